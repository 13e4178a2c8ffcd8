/* Memory of one call: asked for at once, taken in pieces, given back together.
 *
 * Not for what outlives the call. */
#ifndef AXB_MATCHER_CHOOSE_SCRATCH_H
#define AXB_MATCHER_CHOOSE_SCRATCH_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCRATCH_PIECES 24u

struct scratch {
    const char *what; /* "the choice of pairs" */
    void *piece[SCRATCH_PIECES];
    unsigned n;
};

/* Asks whether so many bytes are available, for `what`; takes none. False with ERR_OS if not, and
 * then scratch_close may still be called, as it may after a scratch {0}. */
bool scratch_open(struct scratch *s, const char *what, uint64_t bytes, struct err *e);

/* n zeros of `bytes` each (and memory for one more, so that none is no special case). NULL with
 * ERR_OS if there is no memory. It is the scratch's; at most SCRATCH_PIECES may be taken. */
void *scratch_take(struct scratch *s, uint64_t n, size_t bytes, struct err *e);

void scratch_close(struct scratch *s);

#endif
