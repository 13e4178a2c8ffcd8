/* Texts of side A against blocks of side B: which pairs have enough characters in common.
 *
 * The planes that a text of A takes part in are added up for 512 texts of B at once. Limits depend
 * on the lengths alone, and where the metric counts a common prefix, on that: they are chosen lane
 * by lane. Nothing here knows a score. */
#ifndef AXB_MATCHER_JOIN_COUNT_COUNT_SEARCH_H
#define AXB_MATCHER_JOIN_COUNT_COUNT_SEARCH_H

#include "matcher/join/count/count_blocks.h"

#include <stdbool.h>
#include <stdint.h>

/* Texts [a_begin, a_end) of A, by position, against some blocks of a band of B, and of each block
 * part `part` of n_parts equal runs of its texts. */
struct count_item {
    uint32_t band;
    uint32_t a_begin, a_end;
    uint32_t block_begin, block_end;
    uint32_t part, n_parts;
};

/* A pair that passed, by positions. */
struct count_hit {
    uint32_t a, b;
};

/* A text of A, and the texts of a block that passed with it: a bit each. */
struct count_passed {
    uint32_t a; /* position */
    uint64_t lane[SET_PLANE_WORDS];
};

/* What is told of the pairs that passed: either of single ones, or of blocks, where so many pass
 * that the texts of a block are compared together. */
struct count_taker {
    void *to;
    /* Is given pairs by ascending a, at least one. */
    void (*hits)(void *to, const struct count_hit *hits, uint32_t n);
    /* NULL, or is given in place of that, for some positions of B below `end`, the first of which
     * is lane 0, at least one text of A, by ascending positions. */
    void (*block)(void *to, const struct count_passed *passed, uint32_t n, uint32_t begin,
                  uint32_t end);
};

#define COUNT_TEXTS_MOST 256u /* of A, in a call of `block` */

struct count_search; /* owned by count_search_open / _close */

/* `index` and `b` are those of count_blocks_build; `a` is the order of side A. All that is given
 * here must outlive the search. ERR_OS without memory. */
bool count_search_open(struct count_search **s, const struct join_job *job, struct shm_view index,
                       const struct by_length *a, const struct count_blocks_at *b, struct err *e);
void count_search_close(struct count_search *s);

/* Finds the pairs of an item that may match. In a self join only those of a position in A that is
 * not above that in B. */
void count_search_run(struct count_search *s, const struct count_item *item,
                      const struct count_taker *taker);

/* Counts once more what was counted last: some texts of A against one block. Finds nothing; it
 * serves to be timed. Returns how many planes were added up. */
uint64_t count_search_repeat(struct count_search *s);

#endif
