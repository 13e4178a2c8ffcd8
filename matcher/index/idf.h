/* The words of a pair of columns, and how much each of them says.
 *
 * A metric that weighs words (METRIC_WEIGHS_WORDS) needs more than two texts: how many records have
 * a word. This table has it, for one column of A and one of B. A word that few records have says
 * much when two texts share it, and one that all have says nothing:
 *
 *     idf(word) = log2((records + 1) / records that have the word)        (Sparck Jones, 1972)
 *     weight    = idf², in whole steps of 2^-21, at least one step
 *
 * Records are those of both columns that have a value, all of the tables, whichever of them take
 * part in a run; where both columns are the same one (dedupe) each counts once. Weights are whole
 * numbers, made of whole numbers alone. So their sums do not depend on an order, and every machine
 * has the same ones.
 *
 * Words are what white space separates (text_splits_words); each counts once in a text. They have
 * numbers, the rarest first, so weights never rise. The table is part of the index. Not here: what
 * a metric makes of it (metric/metric_idf.c), and how pairs are found (join/join_words.c). */
#ifndef AXB_MATCHER_INDEX_IDF_H
#define AXB_MATCHER_INDEX_IDF_H

#include "core/err.h"
#include "core/shm.h"
#include "data/table.h"

#include <stdbool.h>
#include <stdint.h>

#define IDF_STEPS (1u << 21) /* a weight of 1 is so many steps */

/* A view of the words of two columns: plain pointers, valid in this process alone. */
struct idf {
    uint32_t n;             /* words of both columns */
    uint64_t n_records;     /* that have a value in one of the columns */
    const uint64_t *having; /* n: records that have the word; never falls */
    const uint32_t *weight; /* n: in steps; never rises */
    const uint64_t *begin;  /* values + 1: the words of value id v are word[begin[v] ..) */
    const uint32_t *word;   /* ascending in each value, so the rarest comes first */
    const uint64_t *total;  /* of each value: the sum of the weights of its words; 0: no word */
};

/* The number of words of a value. */
static inline uint32_t idf_n_words(const struct idf *w, uint32_t value)
{
    return (uint32_t)(w->begin[value + 1] - w->begin[value]);
}

/* The weight of the words that two ascending lists share, in steps. */
static inline uint64_t idf_common(const struct idf *w, const uint32_t *x, const uint32_t *x_end,
                                  const uint32_t *y, const uint32_t *y_end)
{
    uint64_t common = 0;
    while (x < x_end && y < y_end) {
        const uint32_t in_x = *x, in_y = *y;
        common += in_x == in_y ? w->weight[in_x] : 0;
        x += in_x <= in_y;
        y += in_y <= in_x;
    }
    return common;
}

/* One of the two columns. */
struct idf_column {
    const struct table *table;
    uint32_t column;          /* of that table */
    const uint32_t *value_id; /* value of the table -> value id, TABLE_MISSING: it has none */
};

/* Where the table stands in a segment. */
struct idf_at {
    uint64_t n_records, n_words, n_values, n_entries;
    uint64_t having_at, weight_at, begin_at, word_at, total_at;
};

/* Builds the table of two columns in a segment, for values with ids below n_values. On all cores.
 * ERR_OS without memory; ERR_DATA for more than 4 billion words. */
bool idf_build(const struct idf_column column[2], uint32_t n_values, struct shm *out,
               struct idf_at *at, struct err *e);

/* Copies a table as it is into another segment. ERR_OS. */
bool idf_copy(const struct idf *w, uint32_t n_values, struct shm *out, struct idf_at *at,
              struct err *e);

struct idf idf_view(struct shm_view segment, const struct idf_at *at);

/* The weight of a word that so many of the records have, in steps; 0 < having <= n_records. */
uint32_t idf_weight(uint64_t n_records, uint64_t having);

#endif
