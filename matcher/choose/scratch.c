/* Each piece is an allocation of its own, since calloc gives large ones without touching them. */
#include "matcher/choose/scratch.h"
#include "core/memory.h"

#include <stdlib.h>

bool scratch_open(struct scratch *s, const char *what, uint64_t bytes, struct err *e)
{
    *s = (struct scratch){.what = what};
    return mem_check(what, bytes, e);
}

void *scratch_take(struct scratch *s, uint64_t n, size_t bytes, struct err *e)
{
    void *piece = s->n < SCRATCH_PIECES ? calloc(n + 1, bytes) : NULL;
    if (!piece)
        err_set(e, ERR_OS, NULL, "not enough memory for %s", s->what);
    else
        s->piece[s->n++] = piece;
    return piece;
}

void scratch_close(struct scratch *s)
{
    for (unsigned i = 0; i < s->n; i++)
        free(s->piece[i]);
    s->n = 0;
}
