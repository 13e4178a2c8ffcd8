/* Expressions of tests over two tables with the same made-up columns. */
#ifndef AXB_TESTS_HARNESS_HARNESS_EXPR_H
#define AXB_TESTS_HARNESS_HARNESS_EXPR_H

#include "matcher/expr/expr.h"
#include "tests/twin/twin_expr.h"

/* name 0, city 1, size 2, born 3, full name 4, größe 5, 名前 6. */
extern const struct expr_names harness_expr_names;

/* Which of them random expressions use, and as what. */
extern const struct twin_expr_columns harness_expr_columns;

/* Adds a text without a fault to x; returns its root. */
uint32_t harness_expr_parse(struct expr *x, const char *text);

#endif
