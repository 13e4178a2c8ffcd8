/* Which part of a run a task of a scheduler is to do: the environment variables by which clusters
 * number the tasks of an array, and the ranks of a parallel program.
 *
 * Not here: what the rows of a part are (shard.h). */
#ifndef AXB_MATCHER_SHARD_SCHEDULER_H
#define AXB_MATCHER_SHARD_SCHEDULER_H

#include "core/err.h"

#include <stdint.h>

/* The part that this task is to do: *number of *of, from 1. *of is the number of parts; if it is 0,
 * it comes from the variable AXB_SHARDS, else from the scheduler. An array that is submitted again
 * for some of its tasks says a smaller number, so only a number that the user gave is sure.
 * ERR_USAGE where no scheduler is found, what it says is no part, or there are above `most`. */
bool scheduler_part(uint32_t *number, uint32_t *of, uint32_t most, struct err *e);

#endif
