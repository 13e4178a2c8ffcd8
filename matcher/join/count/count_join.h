/* Joining texts of any length by characters in common: all pairs, or those with a long text.
 *
 * join_count.c is the join of all pairs. The joins of the edit and of the Jaro family have better
 * ways for short texts alone, and leave the pairs in which a text is longer to this. A pair matches
 * only if its texts have enough characters in common, in any order (count_rule.h). They are counted
 * in 512 texts of B at once (count_search.h), and the exact metric decides on what passes. */
#ifndef AXB_MATCHER_JOIN_COUNT_COUNT_JOIN_H
#define AXB_MATCHER_JOIN_COUNT_COUNT_JOIN_H

#include "matcher/join/count/count_blocks.h"

#include <stdint.h>

/* Part of a flat index. */
struct count_join_at {
    struct count_blocks_at b;
    struct by_length_at a;
    uint64_t items_at;
    uint32_t n_items; /* 0: there is nothing to join */
};

struct count_join; /* a worker's scratch */

/* Seconds of one core for the pairs in which a text has at least long_from characters, by a sample;
 * 0: for all pairs. INFINITY if the metric has no such bound, or without memory. Takes some
 * milliseconds, and none where no text is long. */
double count_join_seconds(const struct join_job *job, uint32_t long_from);

/* Writes blocks and items of these pairs into an index that is being built. ERR_OS without memory,
 * ERR_USAGE if there are too many items. */
bool count_join_build(struct count_join_at *at, const struct join_job *job, uint32_t long_from,
                      struct shm *index, struct err *e);

/* Must not be asked for without items. What is given here must outlive it. ERR_OS without memory;
 * *c is NULL then. */
bool count_join_open(struct count_join **c, const struct join_job *job, struct shm_view index,
                     const struct count_join_at *at, struct err *e);
void count_join_close(struct count_join *c);

/* Runs item 0 … n_items - 1; counts all but the pairs in `stats`. */
void count_join_run(struct count_join *c, uint32_t item, struct join_sink *sink,
                    struct join_stats *stats);

#endif
