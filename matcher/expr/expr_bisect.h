/* Doubles in their order as whole numbers, and the search for the first that has a property.
 *
 * Bisecting over all doubles takes 64 steps and ends at the very one, wherever it is; so what is
 * found with it needs no tolerance. Not here: which property (expr_bound.h, expr_cover.h). */
#ifndef AXB_MATCHER_EXPR_EXPR_BISECT_H
#define AXB_MATCHER_EXPR_EXPR_BISECT_H

#include <stdbool.h>
#include <stdint.h>

/* bisect_order(x) < bisect_order(y) if and only if x < y; 0 and -0 are the same; no NaN. */
int64_t bisect_order(double x);
/* The double at a place of that order. */
double bisect_double(int64_t order);

typedef bool bisect_fn(void *context, double x);

/* The double nearest to `from` in [from, to], from either end, with holds(x), when holds(to) and
 * everything after the first that holds does so as well. */
double bisect_first(bisect_fn *holds, void *context, double from, double to);

#endif
