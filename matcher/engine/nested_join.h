/* Nested joins: a join within each pair of values that another join has found.
 *
 * A join over a term with few values (cities) leaves long runs of rows: all rows of one city
 * against all of another. Within such a pair of values one term is known. The threshold then asks
 * another term for a certain value, and a second join over that term finds the pairs of rows that
 * reach it: the same kernels, on smaller sides. A short run is not worth a join and goes through
 * the prefilter. The pairs are pairs of rows; the coordinator puts them in order. */
#ifndef AXB_MATCHER_ENGINE_NESTED_JOIN_H
#define AXB_MATCHER_ENGINE_NESTED_JOIN_H

#include "core/err.h"
#include "core/shm.h"
#include "matcher/engine/pairs.h"
#include "matcher/index/dictionary.h"

#include <stdbool.h>
#include <stdint.h>

/* The rows [a_from, a_to) of a place of A against all rows of a place of B. */
struct nested_item {
    uint32_t place_a, place_b;
    uint32_t a_from, a_to; /* counted from the first row of the place */
    double score;          /* of the first join */
};

/* A view of the flat list of items; tile t has the items from tile[t] to tile[t + 1] - 1. */
struct nested_items {
    const struct nested_item *item;
    const uint64_t *tile;
};

/* Are the pairs worth nested joins: many rows in all, and many a pair of values? */
bool nested_join_pays(const struct pairs *pairs, const struct side *a, const struct side *b);

/* The same of so many pairs of rows in so many pairs of values. */
bool nested_join_is_worth(double pairs, double values);

/* The most rows of A that are joined at once with so many rows of B. */
double nested_join_most_rows(double rows_b);

/* Is a pair of values with so many pairs of rows done by a join, if the nested term must reach
 * `need`? Else it is done row by row, through the prefilter. */
bool nested_join_has_join(double pairs, double need);

/* Are n_a values and n_b values worth filters and their index? Else every pair is looked at. */
bool nested_join_filters(uint32_t n_a, uint32_t n_b);

/* Cuts the pairs into items and tiles, into the empty segment `out`; *n_tiles is their number. */
bool nested_join_build(const struct pairs *pairs, const struct side *a, const struct side *b,
                       struct shm *out, uint64_t *n_tiles, struct err *e);
void nested_join_view(struct nested_items *items, struct shm_view list);

#endif
