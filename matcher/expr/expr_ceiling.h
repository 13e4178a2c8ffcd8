/* The most that the score of a pair can be, from the most that each of its parts can be.
 *
 * Many scores are made of parts, each of which reads one pair of columns with one metric (a column
 * of a model, a weighted metric), by operations that never fall while their operands rise: sums,
 * minima, maxima, conditions that are all asked for. So the upper ends of the parts give that of
 * the whole, by a few operations a lane, and without lower ends. Each operation is the one of the
 * score and rounding keeps the order, so the upper end encloses the score to the last bit. What is
 * not made so can be anything.
 *
 * It is for a first glance at many pairs (worker/glance.h). Not here: where the parts' upper ends
 * come from, and scores (expr_interval.h). */
#ifndef AXB_MATCHER_EXPR_EXPR_CEILING_H
#define AXB_MATCHER_EXPR_EXPR_CEILING_H

#include "matcher/expr/expr_bound.h"

#define CEILING_MAX_SLOTS 512u

/* A part: a node that depends on the terms of one pair of columns. Of these one at most is a
 * metric of texts; the others weigh the value that both texts have. */
struct ceiling_part {
    uint32_t node;
    enum ceiling_end {
        CEILING_HIGHEST, /* what is asked is its upper end … */
        CEILING_LOWEST,  /* … or its lower end, negated: the part is subtracted … */
        CEILING_ABSENT   /* … or whether one of these two columns may be missing, 0 or 1 */
    } end;
    uint32_t term; /* the metric of texts; if the part has none, another term of the part */
};

/* One operation on slots: EXPR_ADD, _MUL, _DIV, _MIN, _MAX, _SOFT_MIN; _GE and _GT, which are 0 or
 * 1; and _IF: where z is not 0, the greater of x and y, else y. */
struct ceiling_step {
    enum expr_op op;
    uint32_t out, x, y, z;
};

/* Slots 0 to n_parts - 1 are the parts, in the lanes of which the caller puts their upper ends. */
struct expr_ceiling {
    uint32_t n_parts, n_steps, n_slots;
    uint32_t score, where; /* slots; EXPR_NONE: there is none */
    struct ceiling_part part[CEILING_MAX_SLOTS];
    struct ceiling_step step[CEILING_MAX_SLOTS];
    uint32_t n_constants;
    struct ceiling_constant {
        uint32_t slot;
        double number;
    } constant[CEILING_MAX_SLOTS];
};

/* False if the upper ends of parts say nothing of what the goal asks. */
bool expr_ceiling_make(struct expr_ceiling *c, const struct expr *x, const struct expr_goal *goal);

/* Puts the constants into their slots; once is enough. */
void expr_ceiling_fill(const struct expr_ceiling *c, double (*slot)[EXPR_LANES]);

/* Computes the other slots of the first n lanes, n <= EXPR_LANES. */
void expr_ceiling_run(const struct expr_ceiling *c, double (*slot)[EXPR_LANES], uint32_t n);

/* Can the pair of a lane match, with a score of at least `threshold`? */
static inline bool expr_ceiling_may(const struct expr_ceiling *c, double (*slot)[EXPR_LANES],
                                    double threshold, uint32_t lane)
{
    return !(c->score != EXPR_NONE && slot[c->score][lane] < threshold) &&
           !(c->where != EXPR_NONE && slot[c->where][lane] == 0);
}

#endif
