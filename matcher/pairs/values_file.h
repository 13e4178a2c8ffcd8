/* The format "values": each pair of distinct values once, with the rows that have these values.
 *
 * A pair of values stands for many pairs of rows, so such a file is a small part of one that has
 * lines. It is read by mapping it. All is little-endian, and every array begins at a multiple of 8
 * bytes. First come 8 bytes, "AXBVALS1", then blocks, then 8 bytes, "AXBVEND1", without which the
 * file is not whole. A block has the pairs of a range of rows of A; ranges follow each other:
 *
 *     char[8] "AXBVBLK1"
 *     u64     bytes of the block, from its first to its last
 *     u64     1 if the tables are one: then a pair counts where its row of A is below that of B
 *     u64     values_a, values_b, rows_a, rows_b, scores, pairs: how long the arrays are
 *     u64     begin_a[values_a + 1], begin_b[values_b + 1]
 *     u64     begin[values_a + 1]
 *     f64     score[scores]             ascending
 *     u64     pair[pairs]               the number of the score << 32 | the value of B
 *     u32     row_a[rows_a], row_b[rows_b], each filled with zeros to a multiple of 8 bytes
 *     u64     XXH3 (64 bits) of all of the block before it
 *
 * Value v of A has the rows row_a[begin_a[v]] … row_a[begin_a[v + 1] - 1], from 0 and ascending,
 * and the pairs begin[v] … begin[v + 1] - 1, by ascending value of B. No value has a number in two
 * blocks. The pairs of rows and their scores are those that the other formats have. Not here: lines
 * (data/emit.h). */
#ifndef AXB_MATCHER_PAIRS_VALUES_FILE_H
#define AXB_MATCHER_PAIRS_VALUES_FILE_H

#include "core/err.h"
#include "data/out.h"
#include "matcher/index/dictionary.h"

#include <stdbool.h>
#include <stdint.h>

/* Which rows the values of a side have. */
struct values_side {
    const struct side *side; /* NULL: value v is row v … */
    uint64_t n;              /* … of so many */
};

/* A block that is to be written. */
struct values_block {
    struct values_side a, b;
    bool self;
    const uint64_t *begin; /* as in the file */
    uint64_t *pair;        /* of each value of A in any order, with scores in any order; changed */
    const double *score;   /* n_scores; may repeat */
    uint64_t n_scores;
};

/* Puts the pairs in the order of the file and writes the block. ERR_OS, or what out_write says. */
bool values_write(const struct values_block *block, struct out *out, struct err *e);

#endif
