/* How rare the values of a pair of columns are: what it says that two records have the same one.
 *
 *     share(value)  = records that have the value / records that have a value, but at least
 *                     2 / records that have a value
 *     rarity(value) = log2(1 / share), in bits
 *
 * Records are those of both columns, all of the tables, whichever of them take part in a run:
 * whether a condition is decided before the run or during it is a matter of the plan, and the score
 * must not be. Where both columns are the same one (dedupe), each record counts once. A value that
 * two records share has two at least. (Newcombe et al. 1959 weigh agreement by the frequency of the
 * value.)
 *
 * Only values that both columns have are in the table: all others are equal to none. It is part of
 * the index. Not here: the metric, which looks them up (metric/metric_value.c). */
#ifndef AXB_MATCHER_INDEX_RARITY_H
#define AXB_MATCHER_INDEX_RARITY_H

#include "matcher/index/idf.h"

/* A view of the values of two columns: plain pointers, valid in this process alone. */
struct rarity {
    uint32_t n;
    const uint32_t *value; /* n: value ids, ascending */
    const double *bits;    /* n: of each value, 0 or more */
};

/* Where the table stands in a segment. */
struct rarity_at {
    uint64_t n, value_at, bits_at;
};

/* Builds the table of two columns in a segment, for values with ids below n_values. ERR_OS without
 * memory. */
bool rarity_build(const struct idf_column column[2], uint32_t n_values, struct shm *out,
                  struct rarity_at *at, struct err *e);

/* Copies a table as it is into another segment. ERR_OS. */
bool rarity_copy(const struct rarity *r, struct shm *out, struct rarity_at *at, struct err *e);

struct rarity rarity_view(struct shm_view segment, const struct rarity_at *at);

/* The bits of a value id; 0 for one that is not in the table. */
static inline double rarity_bits(const struct rarity *r, uint32_t value)
{
    uint32_t from = 0, to = r->n;
    while (from < to) {
        const uint32_t middle = from + (to - from) / 2;
        if (r->value[middle] < value)
            from = middle + 1;
        else
            to = middle;
    }
    return from < r->n && r->value[from] == value ? r->bits[from] : 0;
}

/* The bits of a value that `having` of the records have, 0 < having <= n_records. */
double rarity_of(uint64_t having, uint64_t n_records);

#endif
