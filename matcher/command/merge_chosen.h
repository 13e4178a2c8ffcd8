/* Choosing from the pairs of all shards of a run, where what is kept of a pair depends on others.
 *
 * Such a shard has the lines of all its pairs, and after them the pairs as they are in memory, 16
 * bytes each (resolve/resolve.h). Not here: whether all shards are given (cmd_merge.c). */
#ifndef AXB_MATCHER_COMMAND_MERGE_CHOSEN_H
#define AXB_MATCHER_COMMAND_MERGE_CHOSEN_H

#include "core/err.h"
#include "data/out.h"
#include "matcher/shard/shard_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is there something to choose in shards with these facts? */
bool merge_chosen_asked(const struct shard_file *file);

/* Writes the head of the output, and the lines of the pairs that are kept, of n shards in the order
 * of A. *n_kept counts them. The files are mapped, and the pairs copied: 32 bytes a pair. ERR_DATA
 * if a file is damaged, ERR_OS without memory. */
bool merge_chosen(const struct shard_file *files, size_t n, struct out *out, uint64_t *n_kept,
                  struct err *e);

#endif
