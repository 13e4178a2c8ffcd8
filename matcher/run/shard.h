/* --shard: which rows of A this machine does.
 *
 * Output is written by row of A, so the parts of a run are runs of rows of A, and their outputs,
 * one behind the other, are the output of the whole. `auto` reads which part it is from what the
 * schedulers of clusters tell the tasks of an array. Not here: the files of parts (shard_file.h),
 * putting them together (cmd_merge.c). */
#ifndef AXB_MATCHER_RUN_SHARD_H
#define AXB_MATCHER_RUN_SHARD_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

#define SHARD_MOST 1000000u

/* Part `number` of `of`, from 1; `of` 0: not a part, the whole. */
struct shard {
    uint32_t number, of;
};

/* "2/8", or "auto". ERR_USAGE. */
bool shard_parse(const char *text, struct shard *s, struct err *e);

/* The rows of A of a part, which may be none. They are equally many, or, with `self` (pairs of rows
 * i < j of one table), stand in equally many pairs, as far as whole rows allow. */
void shard_rows(const struct shard *s, uint64_t n_rows, bool self, uint64_t *from, uint64_t *to);

#endif
