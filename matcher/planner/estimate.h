/* Estimates for the planner: how many pairs of rows a term leaves, and what it costs.
 *
 * Random pairs of rows are scored. They miss pairs of equal values, so these are counted exactly.
 * The plan depends on the estimates; a result never does. */
#ifndef AXB_MATCHER_PLANNER_ESTIMATE_H
#define AXB_MATCHER_PLANNER_ESTIMATE_H

#include "matcher/engine/query.h"
#include "matcher/expr/expr.h"
#include "matcher/index/index.h"

#define ESTIMATE_PAIRS 20000u /* pairs of rows in the sample */

struct estimate_term {
    double *score;      /* of the sampled pairs whose values differ, ascending, if they have one */
    uint32_t n;         /* their number; the sample has ESTIMATE_PAIRS */
    bool falls;         /* a distance: lower values match */
    double equal_pairs; /* pairs of rows whose values are equal */
    double seconds;     /* of one core for one score */
};

struct estimate {
    double all_pairs; /* of rows */
    uint32_t n_terms;
    struct estimate_term term[EXPR_MAX_TERMS];
};

/* Samples all terms of the query; none if the query is one metric, because its join estimates
 * itself. ERR_OS without memory; estimate_close is due even then. */
bool estimate_make(struct estimate *s, const struct query *query, const struct inputs *inputs,
                   double all_pairs, struct err *e);
void estimate_close(struct estimate *s);

/* How many of all_pairs have a term that reaches `need`; above 0 if all_pairs is. */
double estimate_pairs(const struct estimate *s, uint32_t term, double need);

#endif
