/* The buffer of a tap. It doubles when it is full, if so much memory is available. */
#include "matcher/engine/audit_tap.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES (64u << 10)

static bool grow(struct audit_tap *t, size_t n, struct err *e)
{
    size_t capacity = t->capacity ? t->capacity : FIRST_BYTES;
    while (capacity - t->n_bytes < n)
        capacity *= 2;
    char *bytes = capacity / 2 < mem_available_bytes() ? realloc(t->bytes, capacity) : NULL;
    if (!bytes)
        return err_set(e, ERR_OS, "audit fewer rows", "not enough memory for the audited rows");
    t->bytes = bytes;
    t->capacity = capacity;
    return true;
}

bool audit_tap_take(struct audit_tap *t, const char *p, size_t n, struct err *e)
{
    if (t->capacity - t->n_bytes < n && !grow(t, n, e))
        return false;
    if (n)
        memcpy(t->bytes + t->n_bytes, p, n);
    t->n_bytes += n;
    return true;
}

void audit_tap_close(struct audit_tap *t)
{
    free(t->bytes);
    *t = (struct audit_tap){0};
}
