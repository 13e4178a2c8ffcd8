/* What a threshold asks of the parts of an expression.
 *
 * 0.6 * x + 0.4 * y >= 0.85 with x and y at most 1 asks x >= 0.75 and y >= 0.625: each of the two
 * alone finds all pairs that can match. Found by evaluating the very operations over intervals
 * (expr_interval.h) and searching for the least double that still lets the whole reach its
 * threshold; so nothing is lost, whatever the operations are. Not here: which terms together find
 * all matches (expr_cover.h). */
#ifndef AXB_MATCHER_EXPR_EXPR_BOUND_H
#define AXB_MATCHER_EXPR_EXPR_BOUND_H

#include "matcher/expr/expr_interval.h"

/* A pair matches if `where` is true and `score` is from the threshold to `most`. Either node may be
 * EXPR_NONE. */
struct expr_goal {
    uint32_t score, where;
    double threshold; /* the least score that matches; minus infinity: any */
    double most;      /* the greatest; infinity: any */
};

/* Does a score match? One without a value (NaN) does not. */
static inline bool expr_goal_takes(const struct expr_goal *goal, double score)
{
    return score >= goal->threshold && score <= goal->most;
}

/* What the values of an expression can be, whatever the records are; they may have none as well.
 * Both ends are NaN if it has never a value. ERR_OS. */
bool expr_range(const struct expr *x, uint32_t root, struct expr_span *range, struct err *e);

/* Can the pair of a lane match, as far as the lanes of v say? */
bool expr_can_match(const struct expr_eval *v, const struct expr_goal *goal, uint32_t lane);

/* The least value of a term with which a pair can match, whatever the rest is: infinity if there
 * is none, and the least value that the term can have if the goal asks nothing of it. Of a distance
 * it is the greatest value: minus infinity if there is none. NaN with
 * *e set, ERR_OS, without memory. */
double expr_need(const struct expr *x, const struct expr_goal *goal, uint32_t term, struct err *e);

/* The same if `given` (another term, or EXPR_NONE) has the value `value`. Uses lane 0 of *v, which
 * is open. */
double expr_need_given(struct expr_eval *v, const struct expr_goal *goal, uint32_t term,
                       uint32_t given, double value);

#endif
