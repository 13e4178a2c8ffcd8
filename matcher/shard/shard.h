/* --shard: which rows of A this machine does.
 *
 * Output is written by row of A. So the parts of a run are ranges of rows of A, and their outputs,
 * one after the other, are the output of the whole. `auto` reads the part from the environment
 * (scheduler.h). See shard_file.h for the files of the parts, and cmd_merge.c for merging them. */
#ifndef AXB_MATCHER_SHARD_SHARD_H
#define AXB_MATCHER_SHARD_SHARD_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

#define SHARD_MOST 1000000u /* parts of a run */

/* Part `number` of `of`, from 1. `of` 0: the whole, not a part. */
struct shard {
    uint32_t number, of;
};

/* "2/8", or "auto/8": the part of eight that a task of a scheduler is to do, or "auto": then the
 * scheduler says how many there are. ERR_USAGE for any other text, and for `auto` outside a task of
 * a scheduler. With "auto" alone the variable AXB_SHARD, such as 2/8, goes before the scheduler. */
bool shard_parse(const char *text, struct shard *s, struct err *e);

/* How many parts "auto/8" asks for, whoever does them. ERR_USAGE for any other text. */
bool shard_parse_parts(const char *text, uint32_t *parts, struct err *e);

/* The same as shard_parse of "2/8" alone, which --`option` gave. */
bool shard_parse_part(const char *text, const char *option, struct shard *s, struct err *e);

/* The rows *from <= row < *to of A of a part, which may be none; n_rows is the number of rows of A.
 * Parts have equally many rows; or, with `self` (pairs of rows i < j of one table), equally many
 * pairs, as far as whole rows allow. */
void shard_rows(const struct shard *s, uint64_t n_rows, bool self, uint64_t *from, uint64_t *to);

#endif
