/* Puts the pairs of chunks in the order of their places of A.
 *
 * First the pairs are parted by the high bits of their place, into about a thousand parts, each
 * written line of cache by line of cache; then each part, which fits into a cache, is sorted by
 * counting the low bits. So no pair is written to a distant place of memory by itself (Satish et
 * al., 2010, call the lines software write-combining). OpenMP threads share chunks, then parts.
 * Not here: memory of the result (engine/pairs.h). */
#ifndef AXB_MATCHER_PAIRS_PAIR_ORDER_H
#define AXB_MATCHER_PAIRS_PAIR_ORDER_H

#include "core/err.h"
#include "matcher/pairs/pair_chunk.h"

#include <stdbool.h>
#include <stdint.h>

/* What is to be ordered. */
struct pair_order {
    const struct pair_chunk *chunk; /* n_chunks */
    uint64_t n_chunks;
    struct pair_form form;
    uint64_t n_places; /* of A */
    bool self;         /* each pair a != b stands under both places */

    double *score; /* n_scores, all of the chunks: each once, unless there are very many */
    uint64_t n_scores;
    uint32_t *of; /* which of these score k of chunk c is: of[of_begin[c] + k] … */
    uint64_t *of_begin;
    uint64_t *part;   /* where the pairs of each part, of each thread, go */
    uint64_t n_pairs; /* under all places */
    uint32_t shift;   /* a part has 1 << shift places */
    uint32_t n_parts, n_threads;
};

/* Takes the chunks, and finds scores and numbers of pairs. The caller closes it. ERR_OS. */
bool pair_order_open(struct pair_order *o, const struct pair_chunk *chunk, uint64_t n_chunks,
                     struct pair_form form, uint64_t n_places, bool self, struct err *e);
void pair_order_close(struct pair_order *o);

/* Writes the n_pairs pairs to `pair`: the number of the score in the high half, the place of B in
 * the low one. The pairs of place a begin at begin[a], for a <= n_places, in no order. ERR_OS. */
bool pair_order_write(const struct pair_order *o, uint64_t *pair, uint64_t *begin, struct err *e);

#endif
