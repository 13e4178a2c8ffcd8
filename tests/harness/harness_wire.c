/* Orders and reports in plain memory. */
#include "tests/harness/harness_wire.h"

#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct shm memory(size_t bytes)
{
    const size_t size = (SHM_HEAD_AT + bytes + 63) / 64 * 64;
    char *base = aligned_alloc(64, size);
    if (!base) {
        fprintf(stderr, "harness_wire: no memory\n");
        abort();
    }
    memset(base, 0, size);
    return (struct shm){.fd = -1, .base = base, .bytes = size};
}

void harness_wire_make(struct harness_wire *h, const struct wire_task *task, uint64_t ring_bytes,
                       uint64_t max_chunks)
{
    const size_t orders_bytes = wire_orders_bytes(task->n_workers);
    h->orders_segment = memory(orders_bytes + 256); /* a few tapped rows */
    h->reports_segment = memory(wire_reports_bytes(task->n_workers) + task->n_workers * ring_bytes);
    h->orders = (void *)(h->orders_segment.base + SHM_HEAD_AT);
    h->reports = (void *)(h->reports_segment.base + SHM_HEAD_AT);
    h->orders->magic = WIRE_MAGIC;
    h->orders->orders_bytes = orders_bytes;
    h->orders->task = *task;
    h->orders->ring_bytes = ring_bytes;
    h->orders->max_chunks = max_chunks;
    h->orders->tapped_at = SHM_HEAD_AT + orders_bytes;
    for (unsigned i = 0; i < task->n_workers; i++) {
        h->orders->order[i].redo_tile = WIRE_NO_TILE;
        atomic_store(&h->reports->slot[i].tile, WIRE_NO_TILE);
    }
}

void harness_wire_free(struct harness_wire *h)
{
    free(h->orders_segment.base);
    free(h->reports_segment.base);
}

void harness_wire_attach(struct harness_wire *h, unsigned number, struct wire *w)
{
    struct err e = {0};
    if (!wire_attach(w, &h->orders_segment, &h->reports_segment, number, &e))
        fail_msg("%s", e.text);
}

void harness_wire_attach_worker(struct harness_wire *h, unsigned number, struct worker *w)
{
    harness_wire_attach(h, number, &w->wire);
    w->task = &h->orders->task;
    w->done = calloc(1, sizeof *w->done + h->orders->max_chunks * sizeof *w->done->chunk);
    assert_non_null(w->done);
}

void harness_wire_detach_worker(struct worker *w)
{
    free(w->done);
}

/* n bytes of a ring from position `at`, one by one around its end. */
static void ring_read(struct harness_wire *h, unsigned worker, uint64_t at, void *out, size_t n)
{
    const uint64_t ring_bytes = h->orders->ring_bytes;
    const char *ring = wire_ring(h->reports, h->orders->task.n_workers, ring_bytes, worker);
    for (size_t i = 0; i < n; i++)
        ((char *)out)[i] = ring[(at + i) % ring_bytes];
}

bool harness_wire_first(struct harness_wire *h, unsigned worker, struct wire_frame *frame)
{
    const uint64_t tail = atomic_load(&h->orders->order[worker].tail);
    const uint64_t head = atomic_load(&h->reports->slot[worker].head);
    if (tail == head)
        return false;
    assert_in_range(head - tail, sizeof *frame, h->orders->ring_bytes);
    assert_int_equal(tail % sizeof *frame, 0);
    ring_read(h, worker, tail, frame, sizeof *frame);
    assert_int_equal(frame->check, wire_frame_check(frame, worker, tail));
    return true;
}

bool harness_wire_take(struct harness_wire *h, unsigned worker, struct wire_frame *frame,
                       void *bytes)
{
    struct wire_order *order = &h->orders->order[worker];
    if (!harness_wire_first(h, worker, frame))
        return false;
    const uint64_t tail = atomic_load(&order->tail);
    ring_read(h, worker, tail + sizeof *frame, bytes, frame->bytes);
    atomic_store(&order->tail, tail + wire_frame_size(frame));
    wire_wake(&order->taken);
    return true;
}

/* ---- A pair arena ----------------------------------------------------------------------------*/

static void begin_chunk(struct harness_arena *h)
{
    assert_true(h->chunk < h->n_chunks);
    pair_writer_begin(h->writer, h->shm.base + h->chunk * PAIR_CHUNK_BYTES);
}

void harness_arena_open(struct harness_arena *h, uint64_t n_chunks, uint64_t n_a, uint64_t n_b)
{
    struct err e = {0};
    *h = (struct harness_arena){.n_chunks = n_chunks,
                                .used = calloc(n_chunks + 1, sizeof *h->used),
                                .writer = calloc(1, sizeof *h->writer)};
    assert_non_null(h->used);
    assert_non_null(h->writer);
    assert_true(pairs_create(&h->shm, n_chunks, &e));
    h->writer->form = pair_form(n_a, n_b);
    if (n_chunks)
        begin_chunk(h);
}

void harness_arena_close(struct harness_arena *h)
{
    shm_close(&h->shm);
    free(h->used);
    free(h->writer);
}

void harness_arena_put(struct harness_arena *h, struct join_pair p)
{
    if (pair_writer_put(h->writer, &p, 1) == 0) {
        harness_arena_next(h);
        assert_int_equal(pair_writer_put(h->writer, &p, 1), 1);
    }
    h->used[h->chunk] = h->writer->n;
}

void harness_arena_spoil(struct harness_arena *h, struct join_pair p)
{
    assert_int_equal(pair_writer_put(h->writer, &p, 1), 1);
}

void harness_arena_next(struct harness_arena *h)
{
    h->chunk++;
    if (h->chunk < h->n_chunks)
        begin_chunk(h);
}

struct pairs_arena harness_arena_pairs(const struct harness_arena *h)
{
    return (struct pairs_arena){&h->shm, h->writer->form, h->used, NULL, h->n_chunks};
}
