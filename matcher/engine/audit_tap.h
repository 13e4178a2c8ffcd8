/* A tap: a second copy of what a run writes for certain rows of A.
 *
 * The workers know these rows and keep their bytes in frames of their own (wire.h). The coordinator
 * writes all bytes in order and copies those here. So it is known what belongs to these rows
 * without reading the output. Not here: which rows, and what for (audit.h). */
#ifndef AXB_MATCHER_ENGINE_AUDIT_TAP_H
#define AXB_MATCHER_ENGINE_AUDIT_TAP_H

#include "core/err.h"

#include <stddef.h>
#include <stdint.h>

struct audit_tap {
    const uint64_t *row; /* ascending; borrowed */
    uint64_t n;
    char *bytes; /* in the order in which they were written; owned */
    size_t n_bytes, capacity;
};

/* Adds n bytes. ERR_OS without memory for them. */
bool audit_tap_take(struct audit_tap *t, const char *p, size_t n, struct err *e);
/* Frees the bytes. */
void audit_tap_close(struct audit_tap *t);

#endif
