/* Control segments in plain memory. */
#include "tests/harness/harness_control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reserves so many bytes from *end on, which is a multiple of 64 and stays one. Returns where they
 * begin. */
static size_t after(size_t *end, size_t bytes)
{
    size_t at = *end;
    *end = (at + bytes + 63) / 64 * 64;
    return at;
}

struct wire_control *harness_control_make(const struct wire_task *task, uint64_t ring_bytes,
                                          uint64_t max_chunks)
{
    size_t end = SHM_HEAD_AT;
    after(&end, wire_control_bytes(task->n_workers));
    size_t done_at = after(&end, task->n_tiles + 1);
    size_t chunk_owner_at = after(&end, (max_chunks + 1) * sizeof(uint32_t));
    size_t rings_at = after(&end, task->n_workers * ring_bytes + 1);
    char *base = aligned_alloc(64, end);
    if (!base) {
        fprintf(stderr, "harness_control: no memory\n");
        abort();
    }
    memset(base, 0, end);
    struct wire_control *c = (void *)(base + SHM_HEAD_AT);
    c->task = *task;
    c->ring_bytes = ring_bytes;
    c->max_chunks = max_chunks;
    c->done_at = done_at;
    c->chunk_owner_at = chunk_owner_at;
    c->rings_at = rings_at;
    for (unsigned i = 0; i < task->n_workers; i++) {
        c->slot[i].redo_tile = WIRE_NO_TILE;
        atomic_store(&c->slot[i].tile, WIRE_NO_TILE);
    }
    return c;
}

void harness_control_free(struct wire_control *c)
{
    free((char *)c - SHM_HEAD_AT);
}
