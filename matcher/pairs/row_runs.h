/* Which bytes of a part's output belong to which row of A.
 *
 * A part of a prepared run has rows of A from everywhere in the table, in ascending order. So that
 * parts can be put together row by row, lines are followed by what says of which rows they are: a
 * run for each row, in the order of the lines, and the end of these runs. An output is many such
 * stretches, one after the other, and is read from its end on:
 *
 *     lines of rows 3, 17, 18 | 3: 52 bytes | 17: 26 | 18: 104 | end: 182 bytes, 3 runs | lines …
 *
 * A row whose lines take more than 4 GiB has several runs, and one row may end a stretch and begin
 * the next. Where no lines are, nothing is. Integers are little-endian, as on all machines that axb
 * runs on. Not here: the file around it (shard_file.h), and merging (row_merge.h). */
#ifndef AXB_MATCHER_PAIRS_ROW_RUNS_H
#define AXB_MATCHER_PAIRS_ROW_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROW_RUNS_MOST 4096u                 /* of a stretch … */
#define ROW_RUNS_ENOUGH (ROW_RUNS_MOST / 2) /* … which ends with the row that has this one */
#define ROW_RUNS_MARK 0x534e5552u           /* "RUNS" */

/* Lines of one row. */
struct row_run {
    uint32_t row; /* of A, from 0 */
    uint32_t bytes;
};

struct row_runs_end {
    uint64_t bytes; /* of the lines */
    uint64_t check; /* XXH3, 64 bits, of lines and runs */
    uint32_t n;     /* runs */
    uint32_t mark;
};

/* The runs of a stretch that is being written. */
struct row_runs {
    struct row_run run[ROW_RUNS_MOST];
    struct row_runs_end end;
    struct XXH3_state_s *sum;
};

/* NULL without memory. */
struct row_runs *row_runs_open(void);
void row_runs_close(struct row_runs *r);

/* These lines of the stretch, which come in order, are written. */
void row_runs_lines(struct row_runs *r, const char *p, size_t n);

/* Adds lines of a row, at most 8 TiB of them, to a stretch that has not enough runs. */
void row_runs_add(struct row_runs *r, uint32_t row, uint64_t bytes);

/* All lines of the stretch are written, and its runs and their end are next. */
void row_runs_finish(struct row_runs *r);
/* These are written: begins the next stretch. */
void row_runs_next(struct row_runs *r);

/* A stretch of an output that is mapped. */
struct row_stretch {
    const char *lines;
    const struct row_run *run; /* may stand at any address: use row_stretch_run */
    struct row_runs_end end;
};

struct row_run row_stretch_run(const struct row_stretch *s, uint32_t i);

/* The last stretch of n bytes; it takes row_stretch_bytes of them. False if that is none. */
bool row_stretch_last(struct row_stretch *s, const char *p, uint64_t n);
uint64_t row_stretch_bytes(const struct row_stretch *s);

/* Reads all of it: are its lines and runs those that were written, and do its rows ascend? */
bool row_stretch_check(const struct row_stretch *s);

#endif
