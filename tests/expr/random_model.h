/* Random models as expressions: sums of steps over columns, in bits, as matching without labels has
 * them, and what their joins would cost on tables that they are made for. */
#ifndef AXB_TESTS_EXPR_RANDOM_MODEL_H
#define AXB_TESTS_EXPR_RANDOM_MODEL_H

#include "matcher/expr/expr_cover.h"

#include <stddef.h>

#define HARNESS_MODEL_COLUMNS 24u
#define HARNESS_MODEL_LEVELS 5u

/* A column: level k, from 1, is reached by values that reach threshold[k - 1]. */
struct random_model_column {
    uint32_t n_levels;
    bool weighs_rarity; /* equal texts weigh as much as they are rare */
    double threshold[HARNESS_MODEL_LEVELS];
    double share[HARNESS_MODEL_LEVELS]; /* of random pairs, that reach it */
    double weight[2][HARNESS_MODEL_LEVELS + 1];
};

struct random_model {
    uint32_t n_columns;
    uint32_t most_levels;
    double rows;  /* of each table */
    bool related; /* the least of two sums */
    struct random_model_column column[HARNESS_MODEL_COLUMNS];
    double prior[2];
    struct expr x;
    struct expr_goal goal; /* at least 0 bits */
    char text[EXPR_MAX_TEXT];
};

/* Makes a model of so many columns c0, c1 … with at most so many levels, for tables of `rows`. */
void random_model_make(struct random_model *m, uint32_t n_columns, uint32_t most_levels,
                       double rows);

/* Costs for expr_cover in seconds; the context is a struct random_model. */
double random_model_cost(void *model, const struct expr_option *option);

#endif
