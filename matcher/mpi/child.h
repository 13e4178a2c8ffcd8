/* An axb that a rank has started: what it reports, and how it ended.
 *
 * It reports as to any program that starts axb (core/report.h), and ends when this process does. */
#ifndef AXB_MATCHER_MPI_CHILD_H
#define AXB_MATCHER_MPI_CHILD_H

#include "core/err.h"
#include "core/process.h"

#include <stdbool.h>
#include <stddef.h>

struct child {
    struct proc proc;  /* pid -1: none */
    int report, alive; /* our ends of its pipes; -1 */
    char *text;        /* what it has reported, up to the line that is not whole yet */
    size_t bytes;
    const char *host; /* where it runs, for its notes */
    double share;     /* of what it is doing that is done, 0 to 1 */
    double matches;   /* that it has found */
    struct err error; /* that it has reported; ERR_NONE */
};

/* The axb beside this program; it is to be of this version. ERR_UNAVAILABLE if it
 * does not exist, ERR_OS. */
#define CHILD_PATH_BYTES 4096u
bool child_path(char path[CHILD_PATH_BYTES], struct err *e);

/* Starts argv[0], a path. `host` is borrowed. An axb that can report has CHILD_REPORT and
 * CHILD_ALIVE among its arguments. ERR_OS. */
#define CHILD_REPORT "--report-fd=3"
#define CHILD_ALIVE "--alive-fd=4"
bool child_start(struct child *c, char *const argv[], const char *host, struct err *e);

/* Takes what it has reported; waits up to wait_ms for that. Has it ended? Then *c holds nothing any
 * more, and *e says what went wrong, or has ERR_NONE. */
bool child_ended(struct child *c, int wait_ms, struct err *e);

/* Asks it to end, and ends it if it does not. Harmless without a child. */
void child_stop(struct child *c);

#endif
