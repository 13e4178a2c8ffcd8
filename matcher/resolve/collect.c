/* A list that doubles. Bytes are copied after the last pair as they come, whole pairs or not. */
#include "matcher/resolve/collect.h"

#include "core/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LEAST_PAIRS 65536u

static bool grow(struct collect *c, uint64_t pairs, struct err *e)
{
    uint64_t capacity = c->capacity ? c->capacity : LEAST_PAIRS;
    while (capacity < pairs)
        capacity *= 2;
    if (!mem_check("the pairs to choose from", (capacity - c->capacity) * sizeof *c->found.pair, e))
        return false;
    struct found_pair *more = realloc(c->found.pair, capacity * sizeof *more);
    if (!more)
        return err_set(e, ERR_OS, "raise --min", "not enough memory for the pairs to choose from");
    c->found.pair = more;
    c->capacity = capacity;
    return true;
}

bool collect_take(void *context, const char *p, size_t n, struct err *e)
{
    struct collect *c = context;
    const size_t bytes = c->partial + n;
    const uint64_t pairs = c->found.n + bytes / sizeof *c->found.pair;
    if (pairs + 1 > c->capacity && !grow(c, pairs + 1, e))
        return false;
    memcpy((char *)(c->found.pair + c->found.n) + c->partial, p, n);
    c->found.n = pairs;
    c->partial = bytes % sizeof *c->found.pair;
    return true;
}

bool collect_map(struct collect *c, int fd, uint64_t bytes, struct err *e)
{
    *c = (struct collect){.found.n = bytes / sizeof *c->found.pair};
    if (c->found.n == 0)
        return true;
    if (!mem_check("the pairs to choose from", bytes, e))
        return false;
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (base == MAP_FAILED)
        return err_system(e, ERR_IO, errno, NULL, "the pairs that were found cannot be read");
    c->found.pair = base;
    c->mapped_bytes = bytes;
    return true;
}

void collect_close(struct collect *c)
{
    if (c->mapped_bytes)
        munmap(c->found.pair, c->mapped_bytes);
    else
        free(c->found.pair);
    *c = (struct collect){0};
}
