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

/* Is given what passed, by ascending a, at least one pair. */
typedef void count_hits_fn(void *to, const struct count_hit *hits, uint32_t n);

struct count_search; /* owned by count_search_open / _close */

/* `index` and `b` are those of count_blocks_build; `a` is the order of side A. All that is given
 * here must outlive the search. ERR_OS without memory. */
bool count_search_open(struct count_search **s, const struct join_job *job, struct shm_view index,
                       const struct by_length *a, const struct count_blocks_at *b, struct err *e);
void count_search_close(struct count_search *s);

/* Finds the pairs of an item that may match. In a self join only those of a position in A that is
 * not above that in B. */
void count_search_run(struct count_search *s, const struct count_item *item, count_hits_fn *put,
                      void *to);

/* Counts once more what was counted last: some texts of A against one block. Finds nothing; it is
 * there to be timed. Returns how many planes were added up. */
uint64_t count_search_repeat(struct count_search *s);

#endif
