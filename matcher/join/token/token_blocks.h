/* Blocks: up to 4096 texts of B in bit planes, and the search among them for partners of a text of
 * A.
 *
 * The texts of a group share a word, the pivot. A pair is reported in the group of its first,
 * rarest word in common alone. Without a pivot the group is all texts that have words. Two counts
 * are made for 512 pairs at once, each an upper bound: of characters in common, and of what the
 * words in common weigh. A pair for which neither reaches what a match needs (token_rule.h) is
 * dropped. The others are decided by their words and by the metric. */
#ifndef AXB_MATCHER_JOIN_TOKEN_TOKEN_BLOCKS_H
#define AXB_MATCHER_JOIN_TOKEN_TOKEN_BLOCKS_H

#include "matcher/join/join.h"
#include "matcher/join/token/token_words.h"
#include "matcher/kernel/kernel_set.h"

#include <stdbool.h>
#include <stdint.h>

#define TOKEN_BLOCKS_TEXTS 4096u /* that fit at once */
#define TOKEN_NO_PIVOT UINT32_MAX

/* One join in one worker: what all its groups share. */
struct token_task {
    const struct join_job *job;
    const struct set_kernels *kernels;
    struct token_words words;
    struct metric_state *metric;
    bool counts_always; /* even where counting does not pay, as in a sample */
    struct token_blocks *blocks;
    struct join_sink *sink;
    struct join_stats *stats;
};

/* Allocates task->blocks; the rest of the task is filled before. ERR_OS; token_blocks_close is due
 * even then. */
bool token_blocks_open(struct token_task *task, struct err *e);
void token_blocks_close(struct token_task *task);

/* Joins list x of A with y_begin .. y_end of list y of B. In a self join both lists are the same,
 * and only pairs with x <= y in the list are looked at. */
void token_blocks_join(struct token_task *task, uint32_t pivot, struct token_list x,
                       struct token_list y, uint32_t y_begin, uint32_t y_end);

#endif
