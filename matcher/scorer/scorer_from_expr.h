/* The C source of a scorer from expressions: what a user would have written with axb.h.
 *
 * Its result is that of the evaluation (expr_interval.h) to the last bit, and NaN where `where` is
 * not true. Metrics are called only where their value is needed, and once a pair. What needs no
 * call has no branch, so numeric expressions become vector code in the loop of the module
 * (scorer_loop.h). Not here: compiling it (scorer_make_expression in scorer.h). */
#ifndef AXB_MATCHER_SCORER_SCORER_FROM_EXPR_H
#define AXB_MATCHER_SCORER_SCORER_FROM_EXPR_H

#include "matcher/expr/expr_bound.h"
#include "matcher/scorer/scorer_internal.h"

/* Does axb.h have a function for each term of the goal? It has none for similarity and
 * normalized_distance; such expressions are evaluated without a compiler. */
bool expr_source_possible(const struct expr *x, const struct expr_goal *goal);

/* Writes the source for a goal with a score that is possible; goal->min is not looked at. */
void expr_source_write(FILE *out, const struct expr *x, const struct expr_goal *goal,
                       const struct scorer_names *names);

/* The fields that the source reads. Returns their number, at most EXPR_MAX_COLUMNS. */
uint32_t expr_source_fields(const struct expr *x, const struct expr_goal *goal,
                            struct scorer_field *fields);

#endif
