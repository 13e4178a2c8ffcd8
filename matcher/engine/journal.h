/* The journal of --resume: how far a run has come, so that it can be resumed.
 *
 * Output is written by row of A, whatever the plan, the tiles or the workers. So a row is all there
 * is to remember: all rows of A before it are done, and they gave so many bytes of output, so many
 * pairs, and so many lines of rows without one. A journal is a text file:
 *
 *     axb journal 3
 *     axb 0.1.0                           the identity of the run (identity.h), a line a fact
 *     ...
 *     head 90b1c2f1a5f2c1d3               checksum of all lines before it
 *     row 4096 bytes 731512 pairs 14021 unmatched 0 output 5d3c40fb2a1e9f67 check 0f3a6c5b7c9d1e2f
 *
 * After `output` stands the checksum of these bytes of the output (XXH3, 64 bits, as in
 * data/out.h), so that an output that others changed is not taken up.
 *
 * The pairs that were left out up to a row (rejects.h) stand before the row's line, a line each:
 *
 *     reject 17 4 was killed by SIGSEGV check 5c1d0f3a6c5b7c9d
 *
 * Each checksum covers its line and the head. A line that was torn, damaged, or belongs to another
 * journal does not count, nor does any line after it: the last line before it counts. A line is
 * written once the output that it speaks of is on the disk. Not here: what makes two runs the same
 * (identity.h), what a resumed run does again (resume.c). */
#ifndef AXB_MATCHER_ENGINE_JOURNAL_H
#define AXB_MATCHER_ENGINE_JOURNAL_H

#include "core/err.h"
#include "data/out.h"
#include "matcher/engine/rejects.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All rows of A before `row` are done. They gave so many bytes of output, so many pairs, and so
 * many lines of rows without a pair. */
struct journal_point {
    uint64_t row, bytes, pairs, unmatched;
    uint64_t output; /* the checksum of the bytes; 0 where nothing is written */
};

struct journal {
    const char *path;
    int fd;       /* locked; -1 when closed */
    char *text;   /* what the file held when it was opened, ended by a zero byte */
    size_t bytes; /* of it; later, how many bytes of the file count */
    uint64_t head_check;
    struct rejects *rejects;   /* or NULL */
    struct out *out;           /* NULL: nothing is written, as in count mode */
    double every_seconds, due; /* the time of the next line, by log_seconds */
    bool empty;                /* the file was empty when it was opened */
    bool ours;                 /* its head is of this run */
    bool any;                  /* `written` is set: a line is in the file */
    bool ahead;                /* `reached` is further than `written` */
    struct journal_point written, reached;
};

/* Opens the file and reads it; makes it if it does not exist. ERR_STOPPED while another run has it.
 * `path` is borrowed. */
bool journal_open(struct journal *j, const char *path, struct err *e);

/* Begins a new journal, or goes on with the one that was opened: j->any says whether anything is
 * done, and j->written what. j->rejects, if it was set, gets the pairs that were left out.
 * `identity` is lines of facts. From here on a line is written every `every_seconds`; 0: at each
 * call of journal_reach. ERR_USAGE if the journal is of another run, ERR_DATA if its head is
 * damaged or of another version of the journal. With an output, journal_take_output comes next. */
bool journal_begin(struct journal *j, const char *identity, double every_seconds, struct out *out,
                   struct err *e);

/* Compares the output's first bytes with what the journal says of them, and cuts what follows them:
 * what is written next belongs to the rows that are not done. ERR_DATA if the output is shorter or
 * its bytes are others; then it stays as it is. */
bool journal_take_output(const struct journal *j, struct err *e);

/* The rows before `row` are done and written to the output; writes a line if one is due. */
bool journal_reach(struct journal *j, uint64_t row, uint64_t pairs, uint64_t unmatched,
                   struct err *e);
/* Writes a line of what was reached last, unless it is written. */
bool journal_write(struct journal *j, struct err *e);

/* The run has ended: writes what was reached, if it can. False if nothing is done that a journal
 * would have to keep. */
bool journal_keep(struct journal *j);
/* Closes it, and removes it if journal_keep says no. */
void journal_close(struct journal *j);
/* Removes and closes it: the run is whole. */
void journal_remove(struct journal *j);

#endif
