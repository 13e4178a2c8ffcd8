/* The C source of a scorer from expressions: what a user would have written with axb.h.
 *
 * Its result is that of the evaluation (expr_interval.h) to the last bit, NaN where `where` is not
 * true. Metrics are called only where their value is wanted, and once a pair; what needs no call
 * has no branches, so that numeric expressions become vector code in the loop of the module
 * (scorer_loop.h). Not here: compiling it (scorer_make_expression in scorer.h). */
#ifndef AXB_MATCHER_SCORER_SCORER_FROM_EXPR_H
#define AXB_MATCHER_SCORER_SCORER_FROM_EXPR_H

#include "matcher/expr/expr_bound.h"
#include "matcher/scorer/scorer_internal.h"

/* Does axb.h have a function for each term of the goal? It has none for similarity and
 * normalized_distance; such expressions are evaluated as they are. */
bool expr_source_possible(const struct expr *x, const struct expr_goal *goal);

/* Writes the source for a goal with a score that is possible; goal->min is not looked at. */
void expr_source_write(FILE *out, const struct expr *x, const struct expr_goal *goal,
                       const struct scorer_names *names);

/* The fields that it reads: at most EXPR_MAX_COLUMNS; returns how many. */
uint32_t expr_source_fields(const struct expr *x, const struct expr_goal *goal,
                            struct scorer_field *fields);

#endif
