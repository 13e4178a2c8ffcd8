/* Arenas: a list of blocks, the newest first, each handed out from its front. */
#include "data/arena.h"

#include <stdlib.h>

#define BLOCK_BYTES ((size_t)64 * 1024)

struct arena_block {
    struct arena_block *next;
    size_t used, room;
    _Alignas(16) char bytes[];
};

static size_t round_up(size_t bytes)
{
    return (bytes + 15) & ~(size_t)15;
}

void *arena_take(struct arena *a, size_t bytes)
{
    size_t need = round_up(bytes);
    if (!a->block || a->block->room - a->block->used < need) {
        size_t room = need > BLOCK_BYTES ? need : BLOCK_BYTES;
        struct arena_block *b = malloc(sizeof *b + room + ARENA_SPARE_BYTES);
        if (!b)
            return NULL;
        *b = (struct arena_block){.next = a->block, .room = room};
        a->block = b;
        a->bytes += sizeof *b + room + ARENA_SPARE_BYTES;
    }
    void *p = a->block->bytes + a->block->used;
    a->block->used += need;
    return p;
}

void arena_trim(struct arena *a, void *p, size_t bytes)
{
    a->block->used = (size_t)((char *)p - a->block->bytes) + round_up(bytes);
}

void arena_free(struct arena *a)
{
    for (struct arena_block *b = a->block; b;) {
        struct arena_block *next = b->next;
        free(b);
        b = next;
    }
    *a = (struct arena){0};
}
