/* A tap: takes down a second time, on the side, what a run writes for certain rows of A.
 *
 * The rows are handed to the workers; these keep the bytes of such rows apart in their frames
 * (wire.h), and the coordinator, while it writes all bytes in order, copies those here. So it is
 * known what belongs to a row without reading the output. Not here: which rows, or what for
 * (audit.h). */
#ifndef AXB_MATCHER_ENGINE_AUDIT_TAP_H
#define AXB_MATCHER_ENGINE_AUDIT_TAP_H

#include "core/err.h"

#include <stddef.h>
#include <stdint.h>

struct audit_tap {
    const uint64_t *row; /* ascending; borrowed */
    uint64_t n;
    char *bytes; /* in the order in which they are written */
    size_t n_bytes, room;
};

/* Adds n bytes. ERR_OS when there is no memory for them. */
bool audit_tap_take(struct audit_tap *t, const char *p, size_t n, struct err *e);
/* Frees the bytes. */
void audit_tap_close(struct audit_tap *t);

#endif
