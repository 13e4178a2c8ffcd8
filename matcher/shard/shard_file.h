/* The file of a part: what --shard writes and `axb merge` reads.
 *
 *     axb shard 2
 *     shard 2 of 8, rows 12500 to 25000 of 100000
 *     axb 0.1.0                            the identity of the run (identity.h), a line a fact
 *     ...
 *     payload behind 90b1c2f1a5f2c1d3      checksum of all lines before it
 *     ...                                  the bytes of this part of the output
 *     axb shard end pairs ... unmatched ... bytes ... payload ... check ...
 *
 * The rows of a part of a prepared run are from everywhere in A: "rows 0 to 100000 of 100000, by
 * row". Then the payload says of which rows its lines are (pairs/row_runs.h), the head of the
 * output before the first stretch.
 *
 * The last line has the same length in all files. It holds a checksum of the payload and one of its
 * own, so one reading shows whether a file was cut or damaged. The parts of a run, without these
 * lines and one after the other, or row by row, are the output of the whole. */
#ifndef AXB_MATCHER_SHARD_SHARD_FILE_H
#define AXB_MATCHER_SHARD_SHARD_FILE_H

#include "core/err.h"
#include "core/shm.h"
#include "data/out.h"
#include "matcher/shard/shard.h"

#include <stdbool.h>
#include <stdint.h>

struct shard_file {
    const char *path;
    struct shard shard;
    uint64_t row_from, row_to, n_rows; /* of A */
    bool by_row;                       /* some of these rows, and the payload says which */
    char *identity;                    /* lines of facts */
    uint64_t payload_at, payload_bytes, pairs;
    uint64_t unmatched; /* lines of rows of A without a pair */
    uint64_t check;     /* XXH3 of the payload */
};

/* The lines before the payload; malloced, NULL without memory. Reads shard, rows and identity of
 * *f. */
char *shard_file_head(const struct shard_file *f);

/* Writes the last line. `out` has the checksum of the payload (out_checksum_begin). */
bool shard_file_end(struct out *out, uint64_t payload_bytes, uint64_t pairs, uint64_t unmatched,
                    struct err *e);
/* Does what `out` holds end with the last line of a part? */
bool shard_file_ended(const struct out *out, uint64_t payload_at);

/* Reads and checks all but the payload. ERR_NOINPUT; ERR_DATA if the file is not a part, or cut or
 * damaged. `path` is borrowed. Closed by shard_file_close. */
bool shard_file_open(struct shard_file *f, const char *path, struct err *e);
/* Copies the payload and checks it: ERR_DATA if it is damaged. */
bool shard_file_copy(const struct shard_file *f, struct out *out, struct err *e);
/* Reads the payload and checks it in the same way. */
bool shard_file_check(const struct shard_file *f, struct err *e);
/* Maps the file up to the end of the payload, which is not checked. ERR_NOINPUT, ERR_IO. The caller
 * unmaps it, which is harmless without a mapping (base NULL). */
bool shard_file_map(const struct shard_file *f, struct shm_view *mapped, struct err *e);
void shard_file_unmap(struct shm_view *mapped);
void shard_file_close(struct shard_file *f);

#endif
