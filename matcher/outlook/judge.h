/* Decides on pairs of rows by the expression of a query, some at a time, in our own process.
 *
 * For samples, of which people are told. Not here: which pairs these are, and how a run decides
 * (worker/refine.h). */
#ifndef AXB_MATCHER_OUTLOOK_JUDGE_H
#define AXB_MATCHER_OUTLOOK_JUDGE_H

#include "core/err.h"
#include "matcher/engine/query.h"
#include "matcher/expr/expr_interval.h"
#include "matcher/expr/expr_leaves.h"

#include <stdbool.h>
#include <stdint.h>

/* The caller sets the rows of up to EXPR_LANES pairs. */
struct judge {
    const struct query *query;
    struct terms terms;
    struct expr_eval eval;
    double term[EXPR_MAX_TERMS][EXPR_LANES];
    uint32_t row_a[EXPR_LANES], row_b[EXPR_LANES];
};

/* Of a query, which with the inputs must outlive it. NULL without memory: ERR_OS. */
struct judge *judge_open(const struct query *query, const struct inputs *inputs, struct err *e);
void judge_close(struct judge *j); /* harmless on NULL */

/* Computes all nodes for the first n pairs of row_a and row_b. */
void judge_run(struct judge *j, uint32_t n);

/* Does the pair of a lane match, as far as the expression says? */
bool judge_takes(const struct judge *j, uint32_t lane);
/* Its score; 1 where a scorer gives it. */
double judge_score(const struct judge *j, uint32_t lane);

/* Seconds of one core to decide on a pair, where texts are so long that it matters; else 0. */
double judge_seconds(const struct judge *j, const struct inputs *inputs);
/* So many pairs at once, of `each` seconds, that they take at most a part of `seconds`. */
uint32_t judge_lanes(double each, double seconds);

#endif
