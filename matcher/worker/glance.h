/* A glance at candidates: which of them may match, by their profiles alone.
 *
 * Each pair of columns of a candidate is in a state: a text is missing, the values are equal (and
 * so rare), or they differ, and the signatures say how alike they can be at most. What each part of
 * the expression can be at most in each state stands in a table, and a few operations a lane make
 * of it what the score can be at most (expr_ceiling.h). That costs some nanoseconds for each pair
 * of columns, where a metric costs fifty; what is dropped here needs no metric at all. Not here:
 * the decision on what is left (refine.h). */
#ifndef AXB_MATCHER_WORKER_GLANCE_H
#define AXB_MATCHER_WORKER_GLANCE_H

#include "matcher/expr/expr_ceiling.h"
#include "matcher/expr/expr_profile.h"

struct glance_reader;

struct glance {
    const struct expr *x;
    struct expr_goal goal;
    const struct profile_form *form;
    struct profiles profiles;
    uint32_t n; /* candidates in the lanes */
    uint32_t row_a[EXPR_LANES], row_b[EXPR_LANES];
    double value[2][EXPR_LANES]; /* of the known terms */
    /* Of each term: by how much what it compares may lower the scores of the lanes that may match,
     * added up over all looks; 0 if no part has it. The caller may reset it. */
    double room[EXPR_MAX_TERMS];
    /* the rest belongs to glance.c */
    struct expr_ceiling ceiling;
    struct profile_lanes lanes;
    bool equal[EXPR_LANES];
    double (*slot)[EXPR_LANES];
    double *table;                   /* of each part: what it is at most in each state … */
    double least[CEILING_MAX_SLOTS]; /* … and the least of these */
    uint16_t (*state)[EXPR_LANES];   /* of each reader, of the lanes that were last looked at */
    uint32_t n_readers;
    struct glance_reader *reader;
    uint8_t reader_of[CEILING_MAX_SLOTS]; /* of each part */
};

/* Opens a glance for an expression of which expr_ceiling_make makes something. `profiles` are those
 * of *x. ERR_OS without memory; glance_close is due even then. *x must outlive *g. */
bool glance_open(struct glance *g, const struct expr *x, const struct expr_goal *goal,
                 struct profiles profiles, struct err *e);
void glance_close(struct glance *g);

/* Adds a candidate to lanes that are not full; returns whether they are now. Its profile is
 * prefetched. */
static inline bool glance_add(struct glance *g, uint32_t row_a, uint32_t row_b, double first,
                              double second)
{
    const char *at = (const char *)(g->profiles.b + (uint64_t)row_b * g->form->n_items);
    for (uint32_t i = 0; i < g->form->n_items; i += 4)
        __builtin_prefetch(at + i * sizeof(struct profile_item));
    g->row_a[g->n] = row_a;
    g->row_b[g->n] = row_b;
    g->value[0][g->n] = first;
    g->value[1][g->n] = second;
    return ++g->n == EXPR_LANES;
}

/* Writes the lanes that may match to lane[], ascending, and returns how many. `known` are terms
 * that have g->value; EXPR_NONE: none. Pairs of bar_row must reach `bar`. The lanes are as they
 * were; the caller empties them. */
uint32_t glance_look(struct glance *g, const uint32_t known[2], uint32_t bar_row, double bar,
                     uint16_t *lane);

/* What the states of n lanes, such as g->state has them, say of a term: an interval for each, as in
 * expr_interval.h. False, with nothing written, if they say nothing. */
bool glance_ranges(const struct glance *g, uint32_t term, uint16_t (*state)[EXPR_LANES], uint32_t n,
                   double *lo, double *hi);

#endif
