/* Where results go: stdout, or a file that appears whole or not at all.
 *
 * A file is written without a name (O_TMPFILE) where the file system can, else under a temporary
 * one, and takes its name only in out_commit; so a run that fails or is killed leaves the old file
 * as it was and nothing beside it. */
#ifndef AXB_DATA_OUT_H
#define AXB_DATA_OUT_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out {
    int fd;
    const char *path; /* NULL: stdout */
    char *temporary;  /* its present name, or NULL when it has none */
    uint64_t bytes;   /* written so far */
};

/* `path` NULL or "-" is stdout. Refuses a directory and a place that cannot be written, now. */
bool out_open(struct out *o, const char *path, struct err *e);
bool out_write(struct out *o, const char *p, size_t n, struct err *e);
/* Flushes, gives the file its name, closes. */
bool out_commit(struct out *o, struct err *e);
/* Closes and drops what was written; harmless after out_commit. */
void out_abort(struct out *o);

#endif
