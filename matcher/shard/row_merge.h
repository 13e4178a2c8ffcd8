/* Puts parts of a prepared run together, row by row.
 *
 * Each part has its rows in ascending order, with what says of which rows its lines are
 * (pairs/row_runs.h). So the rows of all parts are interleaved as they come: a part is mapped, read
 * once from its begin to its end, and kept nowhere. A range of rows of A alone is looked up in each
 * part, and nothing else is read. Not here: which parts there are (command/cmd_merge.c). */
#ifndef AXB_MATCHER_SHARD_ROW_MERGE_H
#define AXB_MATCHER_SHARD_ROW_MERGE_H

#include "core/err.h"
#include "data/out.h"
#include "matcher/shard/shard_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The lines of a row of A, in a part that is mapped. */
struct row_lines {
    uint32_t row;
    const char *p;
    uint64_t bytes;
    size_t part; /* which */
};

struct row_merge; /* owned by row_merge_open / _close */

/* The rows from <= row < to of n parts, which are all of a run and `by_row`, in the order of their
 * numbers. `after` bytes at the end of each payload are no lines. ERR_DATA if a part is damaged. */
bool row_merge_open(struct row_merge **m, const struct shard_file *files, size_t n,
                    const uint64_t *after, uint64_t from, uint64_t to, struct err *e);
void row_merge_close(struct row_merge *m);

/* The head of the output, which the first part has. */
struct row_lines row_merge_head(const struct row_merge *m);
/* What is after the lines of a part. */
const char *row_merge_after(const struct row_merge *m, size_t part);

/* The next lines: *got false: there are none. ERR_DATA if a part is damaged. */
bool row_merge_next(struct row_merge *m, struct row_lines *lines, bool *got, struct err *e);

/* Writes all lines of these rows, after the head of the output if it is asked for. ERR_DATA if a
 * part is damaged. */
bool row_merge_write(const struct shard_file *files, size_t n, uint64_t from, uint64_t to,
                     bool head, struct out *out, struct err *e);

#endif
