/* Futexes, and the worker's end of the rings. The coordinator's end is in stage_rings.c, which
 * knows the order of the tiles. */
#include "matcher/engine/wire.h"

#include "matcher/engine/stage_kind.h"

#include <linux/futex.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

_Static_assert(offsetof(struct wire_orders, magic) == 0 &&
                   offsetof(struct wire_orders, orders_bytes) == sizeof(uint64_t),
               "every build finds them");

/* ---- Both ends -------------------------------------------------------------------------------*/

uint64_t wire_frame_check(const struct wire_frame *frame, unsigned worker, uint64_t position)
{
    const struct {
        struct wire_frame frame;
        uint64_t position, worker;
    } all = {*frame, position, worker};
    const size_t from = sizeof frame->check; /* which is what is computed */
    return XXH3_64bits_withSeed((const char *)&all + from, sizeof all - from, WIRE_MAGIC);
}

uint64_t wire_frame_sum(const char *p, size_t n)
{
    return XXH3_64bits(p, n);
}

void wire_wait(const _Atomic uint32_t *futex, uint32_t seen, unsigned milliseconds)
{
    struct timespec t = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    syscall(SYS_futex, futex, FUTEX_WAIT, seen, &t, NULL, 0);
}

void wire_wake(_Atomic uint32_t *futex)
{
    atomic_fetch_add_explicit(futex, 1, memory_order_release);
    syscall(SYS_futex, futex, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* ---- The worker's end ------------------------------------------------------------------------*/

/* Do both segments hold what this build takes for orders and reports? */
static bool is_ours(const struct wire_orders *o, const struct shm *orders,
                    const struct shm *reports, unsigned number)
{
    return o->magic == WIRE_MAGIC && number < o->task.n_workers &&
           o->orders_bytes == wire_orders_bytes(o->task.n_workers) &&
           o->orders_bytes <= orders->bytes - SHM_HEAD_AT && stage_kind_at(o->task.kind) &&
           reports->bytes >= SHM_HEAD_AT + wire_reports_bytes(o->task.n_workers) +
                                 o->task.n_workers * o->ring_bytes;
}

bool wire_attach(struct wire *w, const struct shm *orders, const struct shm *reports,
                 unsigned number, struct err *e)
{
    if (orders->bytes < SHM_HEAD_AT + sizeof *w->orders ||
        !is_ours(shm_at(shm_view_of(orders), SHM_HEAD_AT, struct wire_orders), orders, reports,
                 number))
        return err_set(e, ERR_SOFTWARE, NULL, "the control segment is not one of ours");
    *w = (struct wire){.orders = shm_at(shm_view_of(orders), SHM_HEAD_AT, struct wire_orders),
                       .reports = shm_writable(reports, SHM_HEAD_AT, struct wire_reports),
                       .number = number,
                       .pid = getpid()};
    const struct wire_order *order = &w->orders->order[number];
    w->slot = &w->reports->slot[number];
    w->head = order->ring_from;
    w->redo_tile = order->redo_tile;
    return true;
}

/* User code may fork and return in both processes. The copy is no worker: it would take tiles and
 * write into the ring of the first, and nobody would end it. */
static void end_copy(const struct wire *w)
{
    if (getpid() != w->pid)
        _exit(ERR_SCORER);
}

/* Takes a number from the counter; WIRE_NO_TILE if no more are to be taken. */
static uint64_t take_tile(const struct wire *w)
{
    if (atomic_load(&w->orders->closed) || atomic_load(&w->reports->overflow))
        return WIRE_NO_TILE;
    atomic_store(&w->slot->tile, WIRE_TAKING);
    const uint64_t tile = atomic_fetch_add(&w->reports->next_tile, 1);
    return tile < w->orders->task.n_tiles ? tile : WIRE_NO_TILE;
}

uint64_t wire_next_tile(struct wire *w)
{
    end_copy(w);
    const bool redo = w->redo_tile != WIRE_NO_TILE;
    const uint64_t tile = redo ? w->redo_tile : take_tile(w);
    w->skip_bytes = redo ? w->orders->order[w->number].skip_bytes : 0;
    w->redo_tile = WIRE_NO_TILE;
    atomic_store(&w->slot->tile, tile);
    return tile;
}

/* Copies n bytes to position `at` of a ring, across its end. Positions only grow. */
static void ring_copy(char *ring, uint64_t ring_bytes, uint64_t at, const void *p, size_t n)
{
    uint64_t offset = at % ring_bytes;
    size_t first = n < ring_bytes - offset ? n : (size_t)(ring_bytes - offset);
    memcpy(ring + offset, p, first);
    memcpy(ring, (const char *)p + first, n - first);
}

/* Waits until `need` bytes of the ring are free. While it waits it says again where its head is:
 * the scorer of another worker may have overwritten that. */
static void wait_for_space(struct wire *w, uint64_t need)
{
    const struct wire_order *order = &w->orders->order[w->number];
    for (;;) {
        const uint32_t seen = atomic_load_explicit(&order->taken, memory_order_acquire);
        const uint64_t tail = atomic_load_explicit(&order->tail, memory_order_acquire);
        if (w->head + need - tail <= w->orders->ring_bytes)
            return;
        atomic_store_explicit(&w->slot->head, w->head, memory_order_release);
        wire_wake(&w->reports->doorbell);
        wire_wait(&order->taken, seen, 100);
    }
}

/* Bytes that go to the output are wanted at once. What else is done the coordinator reads when it
 * next looks, unless the ring fills up. */
static bool is_urgent(const struct wire *w)
{
    const uint64_t tail =
        atomic_load_explicit(&w->orders->order[w->number].tail, memory_order_relaxed);
    return stage_kind_at(w->orders->task.kind)->has_rows ||
           w->head - tail > w->orders->ring_bytes / 2;
}

void wire_put(struct wire *w, struct wire_frame frame, const void *p)
{
    const struct wire_orders *orders = w->orders;
    char *ring = wire_ring(w->reports, orders->task.n_workers, orders->ring_bytes, w->number);
    end_copy(w);
    wait_for_space(w, wire_frame_size(&frame));
    frame.sum = orders->task.module.any ? wire_frame_sum(p, frame.bytes) : 0;
    frame.check = wire_frame_check(&frame, w->number, w->head);
    ring_copy(ring, orders->ring_bytes, w->head, &frame, sizeof frame);
    if (frame.bytes)
        ring_copy(ring, orders->ring_bytes, w->head + sizeof frame, p, frame.bytes);
    w->head += wire_frame_size(&frame);
    atomic_store_explicit(&w->slot->head, w->head, memory_order_release);
    if (is_urgent(w))
        wire_wake(&w->reports->doorbell);
}
