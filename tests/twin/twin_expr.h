/* The slow twin of expressions: one value by plain recursion, NaN where it has none. And random
 * expressions as text, for tests that compare with the twin. */
#ifndef AXB_TESTS_TWIN_TWIN_EXPR_H
#define AXB_TESTS_TWIN_TWIN_EXPR_H

#include "matcher/expr/expr_bound.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One pair of records: leaf() gives the value of a term, column or SAME node of x, present() says
 * whether a column of x has a text. */
struct twin_expr {
    const struct expr *x;
    double (*leaf)(void *context, const struct expr *x, uint32_t node);
    bool (*present)(void *context, const struct expr *x, uint32_t column);
    void *context;
};

/* The value of a node, as expr.h says; NaN if it has none. */
double twin_expr_value(const struct twin_expr *pair, uint32_t node);

/* Does the pair match? Then its score is in *score, unless the goal has none. */
bool twin_expr_matches(const struct twin_expr *pair, const struct expr_goal *goal, double *score);

/* What random expressions are made of: columns that both files have, by name, and texts that may
 * stand in the text columns; n of each, texts and values at least 1. */
struct twin_expr_columns {
    const char *const *texts, *const *numbers, *const *dates, *const *values;
    size_t n_texts, n_numbers, n_dates, n_values;
};

/* A random expression into text[bytes], the same for the same seed: a score, most often between 0
 * and 1, or a condition for --where. Some 600 bytes at most. */
void twin_expr_random(uint64_t seed, const struct twin_expr_columns *columns, bool condition,
                      char *text, size_t bytes);

#endif
