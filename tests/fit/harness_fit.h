/* Candidates for tests of fits: records with a few pairs each, of which the first is like a match.
 *
 * Random numbers are those of harness_random.h. */
#ifndef AXB_TESTS_FIT_HARNESS_FIT_H
#define AXB_TESTS_FIT_HARNESS_FIT_H

#include "matcher/fit/fit_data.h"

struct harness_fit {
    struct fit_data data; /* of the arrays below */
    struct fit_column column[FIT_MAX_COLUMNS];
    uint32_t *row[2];
    uint8_t *level[FIT_MAX_COLUMNS];
    uint32_t *count[FIT_MAX_COLUMNS];
};

/* A number above 0 and below 1. */
double harness_share(void);

/* Memory for n pairs of n_columns random columns; all rows, levels and counts are 0 yet. */
void harness_fit_open(struct harness_fit *m, uint32_t n_columns, uint64_t n, uint64_t rows_a,
                      uint64_t rows_b);
void harness_fit_close(struct harness_fit *m);

/* Each row of A has `each` pairs with rows of B that follow each other; the first agrees more.
 * Counts are 1 to most_count. */
void harness_fit_fill(struct harness_fit *m, uint32_t each, uint32_t most_count);

#endif
