/* Futexes, and the worker's end of the rings. The coordinator's end is in stage.c, which knows the
 * order of the tiles. */
#include "matcher/engine/wire.h"

#include "matcher/engine/stage_kind.h"

#include <linux/futex.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Static_assert(offsetof(struct wire_control, magic) == 0 &&
                   offsetof(struct wire_control, control_bytes) == sizeof(uint64_t),
               "every build finds them");

bool wire_attach(struct wire_control **c, const struct shm *s, unsigned number, struct err *e)
{
    bool ours = s->bytes >= SHM_HEAD_AT + sizeof **c;
    if (ours) {
        *c = shm_writable(s, SHM_HEAD_AT, struct wire_control);
        ours = (*c)->magic == WIRE_MAGIC &&
               (*c)->control_bytes == wire_control_bytes((*c)->task.n_workers) &&
               number < (*c)->task.n_workers && stage_kind_at((*c)->task.kind);
    }
    return ours || err_set(e, ERR_SOFTWARE, NULL, "the control segment is not one of ours");
}

void wire_wait(_Atomic uint32_t *futex, uint32_t seen, unsigned milliseconds)
{
    struct timespec t = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    syscall(SYS_futex, futex, FUTEX_WAIT, seen, &t, NULL, 0);
}

void wire_wake(_Atomic uint32_t *futex)
{
    atomic_fetch_add_explicit(futex, 1, memory_order_release);
    syscall(SYS_futex, futex, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

uint64_t wire_next_tile(struct wire_control *c, struct wire_slot *slot)
{
    uint64_t tile = slot->redo_tile;
    slot->redo_tile = WIRE_NO_TILE;
    if (tile == WIRE_NO_TILE && !atomic_load(&c->closed)) {
        atomic_store(&slot->tile, WIRE_TAKING);
        tile = atomic_fetch_add(&c->next_tile, 1);
    }
    if (tile >= c->task.n_tiles || atomic_load(&c->stop) || atomic_load(&c->overflow))
        tile = WIRE_NO_TILE;
    atomic_store(&slot->tile, tile);
    return tile;
}

void wire_tile_done(struct wire_control *c, uint64_t tile)
{
    atomic_store_explicit(&wire_done(c)[tile], 1, memory_order_release);
}

/* Copies n bytes to position `at` of a ring, across its end. Positions only grow. */
static void ring_copy(char *ring, uint64_t ring_bytes, uint64_t at, const void *p, size_t n)
{
    uint64_t offset = at % ring_bytes;
    size_t first = n < ring_bytes - offset ? n : (size_t)(ring_bytes - offset);
    memcpy(ring + offset, p, first);
    memcpy(ring, (const char *)p + first, n - first);
}

bool wire_put(struct wire_control *c, unsigned worker, struct wire_frame frame, const char *p)
{
    struct wire_slot *slot = &c->slot[worker];
    uint64_t ring_bytes = c->ring_bytes;
    char *ring = wire_ring(c, worker);
    uint64_t head = atomic_load_explicit(&slot->head, memory_order_relaxed);
    uint64_t need = sizeof frame + ((frame.bytes + 15ull) & ~15ull);
    for (;;) {
        uint32_t seen = atomic_load_explicit(&slot->taken, memory_order_acquire);
        if (atomic_load_explicit(&c->stop, memory_order_relaxed))
            return false;
        if (head + need - atomic_load_explicit(&slot->tail, memory_order_acquire) <= ring_bytes)
            break;
        wire_wait(&slot->taken, seen, 100);
    }
    ring_copy(ring, ring_bytes, head, &frame, sizeof frame);
    if (frame.bytes)
        ring_copy(ring, ring_bytes, head + sizeof frame, p, frame.bytes);
    atomic_store_explicit(&slot->head, head + need, memory_order_release);
    wire_wake(&c->doorbell);
    return true;
}
