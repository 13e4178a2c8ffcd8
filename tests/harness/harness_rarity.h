/* How rare the values of a dictionary are, in plain memory: what index/rarity.c makes from tables,
 * in the slowest obvious way, for tests of joins and metrics. */
#ifndef AXB_TESTS_HARNESS_HARNESS_RARITY_H
#define AXB_TESTS_HARNESS_HARNESS_RARITY_H

#include "matcher/index/rarity.h"
#include "tests/harness/harness_dictionary.h"

#include <stdbool.h>

/* The table of both sides; `self`: of side A alone, whose records count once. Freed by
 * harness_rarity_free. */
struct harness_rarity {
    struct rarity rarity;
    uint32_t *value;
    double *bits;
};

void harness_rarity_make(struct harness_rarity *h, const struct harness_dictionary *d, bool self);
void harness_rarity_free(struct harness_rarity *h);

/* Are these the bits of a value that `having` of the records have, by the log2 of the C library?
 * Its last digits are not ours. */
bool harness_rarity_is(double bits, uint64_t having, uint64_t n_records);

#endif
