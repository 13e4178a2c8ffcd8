/* Arenas: a list of blocks, the newest first, each handed out from its front. Blocks grow with the
 * arena; large ones ask for huge pages, which are a fraction of the work for the kernel. */
#include "data/arena.h"

#include <assert.h>
#include <sys/mman.h>

#define LEAST_BLOCK_BYTES ((size_t)64 << 10)
#define MOST_BLOCK_BYTES ((size_t)32 << 20)
#define HUGE_PAGE_BYTES ((size_t)2 << 20)

struct arena_block {
    struct arena_block *next;
    size_t used, capacity; /* from the begin of the block */
    size_t map_bytes;
};

static size_t round_up(size_t bytes, size_t to)
{
    return (bytes + to - 1) / to * to;
}

/* Maps a block for `need` bytes and puts it in front. */
static bool add_block(struct arena *a, size_t need)
{
    size_t capacity = 2 * a->bytes;
    capacity = capacity < LEAST_BLOCK_BYTES ? LEAST_BLOCK_BYTES : capacity;
    capacity = capacity > MOST_BLOCK_BYTES ? MOST_BLOCK_BYTES : capacity;
    need += round_up(sizeof(struct arena_block), 16) + ARENA_SPARE_BYTES;
    size_t bytes = round_up(need > capacity ? need : capacity, LEAST_BLOCK_BYTES);
    void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED)
        return false;
    if (bytes >= 2 * HUGE_PAGE_BYTES)
        (void)madvise(map, bytes, MADV_HUGEPAGE);
    struct arena_block *b = map;
    *b = (struct arena_block){.next = a->block,
                              .used = round_up(sizeof *b, 16),
                              .capacity = bytes - ARENA_SPARE_BYTES,
                              .map_bytes = bytes};
    a->block = b;
    return true;
}

void *arena_take(struct arena *a, size_t bytes)
{
    if (bytes > SIZE_MAX / 4)
        return NULL;
    size_t need = round_up(bytes, 16);
    if ((!a->block || a->block->capacity - a->block->used < need) && !add_block(a, need))
        return NULL;
    void *p = (char *)a->block + a->block->used;
    a->block->used += need;
    a->bytes += need;
    return p;
}

void arena_trim(struct arena *a, void *p, size_t bytes)
{
    size_t used = (size_t)((char *)p - (char *)a->block) + round_up(bytes, 16);
    assert(used <= a->block->used);
    a->bytes -= a->block->used - used;
    a->block->used = used;
}

void arena_free(struct arena *a)
{
    for (struct arena_block *b = a->block; b;) {
        struct arena_block *next = b->next;
        munmap(b, b->map_bytes);
        b = next;
    }
    *a = (struct arena){0};
}
