/* The wire: rings whose frames come out as they were put in, whatever their size and wherever the
 * end of the ring is; tiles that are given out once each; and both together, with threads as
 * workers and a reader that takes the tiles in order, as the coordinator does. */
#include "matcher/engine/stage_kind.h"
#include "matcher/engine/wire.h"
#include "tests/harness/harness_wire.h"
#include "tests/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WORKERS 4u
#define RING_BYTES 256u
#define FRAME_MOST (RING_BYTES - sizeof(struct wire_frame)) /* bytes that follow */

static struct harness_wire h;
static struct wire wires[WORKERS];

static void make(unsigned n_workers, uint64_t n_tiles)
{
    struct wire_task task = {
        .kind = stage_kind_number(&stage_loop), .n_workers = n_workers, .n_tiles = n_tiles};
    harness_wire_make(&h, &task, RING_BYTES, 0);
    for (unsigned i = 0; i < n_workers; i++)
        harness_wire_attach(&h, i, &wires[i]);
}

/* ---- Frames ----------------------------------------------------------------------------------*/

/* Byte i of frame `number` of a tile: any function will do that seldom repeats itself. */
static char frame_byte(uint32_t tile, uint32_t number, uint32_t i)
{
    return (char)((tile * 31 + number * 17 + i * 7 + 1) % 251);
}

static void put_frame(unsigned worker, struct wire_frame frame, uint32_t number)
{
    char bytes[RING_BYTES];
    for (uint32_t i = 0; i < frame.bytes; i++)
        bytes[i] = frame_byte(frame.tile, number, i);
    wire_put(&wires[worker], frame, bytes);
}

/* Takes the frame that waits out of the ring, and checks its bytes. */
static void take_frame(unsigned worker, struct wire_frame *frame, uint32_t number)
{
    char bytes[RING_BYTES];
    assert_true(harness_wire_take(&h, worker, frame, bytes));
    for (uint32_t i = 0; i < frame->bytes; i++)
        if (bytes[i] != frame_byte(frame->tile, number, i))
            fail_msg("tile %u, frame %u of %u bytes: byte %u is another", frame->tile, number,
                     frame->bytes, i);
}

/* ---- One ring --------------------------------------------------------------------------------*/

#define ROUNDS 40u

/* Frames of every size that fits, in each of the rounds from another place of the ring on. */
static uint32_t size_of(uint32_t number)
{
    uint32_t in_round = number % (uint32_t)(FRAME_MOST + 1), round = number / (FRAME_MOST + 1);
    return (in_round * 37 + round * 11) % (uint32_t)(FRAME_MOST + 1);
}

static void *put_all_sizes(void *unused)
{
    for (uint32_t i = 0; i < ROUNDS * (FRAME_MOST + 1); i++)
        put_frame(0,
                  (struct wire_frame){.tile = i,
                                      .bytes = size_of(i),
                                      .pairs = i * 3,
                                      .last = i % 5 == 0,
                                      .tapped = i % 7 == 0},
                  0);
    return unused;
}

static void test_all_sizes(void **state)
{
    pthread_t writer;
    (void)state;
    make(1, 0);
    assert_int_equal(pthread_create(&writer, NULL, put_all_sizes, NULL), 0);
    for (uint32_t i = 0; i < ROUNDS * (FRAME_MOST + 1); i++) {
        struct wire_frame f;
        uint32_t seen;
        while (seen = atomic_load(&h.reports->doorbell), !harness_wire_first(&h, 0, &f))
            wire_wait(&h.reports->doorbell, seen, 1000);
        if (f.tile != i || f.bytes != size_of(i) || f.pairs != i * 3 || f.last != (i % 5 == 0) ||
            f.tapped != (i % 7 == 0))
            fail_msg("frame %u is another: tile %u, %u bytes", i, f.tile, f.bytes);
        take_frame(0, &f, 0);
    }
    pthread_join(writer, NULL);
    harness_wire_free(&h);
}

static void *put_one(void *unused)
{
    put_frame(0, (struct wire_frame){.tile = 9, .bytes = 1}, 0);
    return unused;
}

/* A ring that is full to the last byte: the next frame waits until one is taken out. Meanwhile its
 * worker says again where its head is, if somebody has overwritten that. */
static void test_full(void **state)
{
    struct wire_frame f;
    pthread_t writer;
    (void)state;
    make(1, 0);
    put_frame(0, (struct wire_frame){.bytes = RING_BYTES / 2 - 32}, 0);
    put_frame(0, (struct wire_frame){.bytes = RING_BYTES / 2 - 32}, 0);
    assert_int_equal(atomic_load(&h.reports->slot[0].head), RING_BYTES);
    assert_int_equal(pthread_create(&writer, NULL, put_one, NULL), 0);
    atomic_store(&h.reports->slot[0].head, 0);
    for (int i = 0; i < 1000 && atomic_load(&h.reports->slot[0].head) != RING_BYTES; i++)
        usleep(10000);
    assert_int_equal(atomic_load(&h.reports->slot[0].head), RING_BYTES);
    take_frame(0, &f, 0);
    pthread_join(writer, NULL);
    assert_int_equal(atomic_load(&h.reports->slot[0].head), RING_BYTES + 64);
    take_frame(0, &f, 0);
    take_frame(0, &f, 0);
    assert_int_equal(f.tile, 9);
    harness_wire_free(&h);
}

/* A frame is good in one ring and at one position, and as it is. */
static void test_check(void **state)
{
    const struct wire_frame frame = {
        .sum = 3, .tile = 4, .bytes = 5, .pairs = 6, .last = 1, .tapped = 0};
    const struct wire_frame others[] = {
        {.sum = 2, .tile = 4, .bytes = 5, .pairs = 6, .last = 1, .tapped = 0},
        {.sum = 3, .tile = 5, .bytes = 5, .pairs = 6, .last = 1, .tapped = 0},
        {.sum = 3, .tile = 4, .bytes = 6, .pairs = 6, .last = 1, .tapped = 0},
        {.sum = 3, .tile = 4, .bytes = 5, .pairs = 7, .last = 1, .tapped = 0},
        {.sum = 3, .tile = 4, .bytes = 5, .pairs = 6, .last = 0, .tapped = 0},
        {.sum = 3, .tile = 4, .bytes = 5, .pairs = 6, .last = 1, .tapped = 1},
        {0},
    };
    const uint64_t check = wire_frame_check(&frame, 1, 64);
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_not_equal(wire_frame_check(&others[i], 1, 64), check);
    assert_int_not_equal(wire_frame_check(&frame, 1, 96), check);
    assert_int_not_equal(wire_frame_check(&frame, 2, 64), check);
    assert_int_not_equal(wire_frame_check(&others[6], 0, 0), 0); /* zeros are no frame */
}

/* ---- The segments ----------------------------------------------------------------------------*/

static bool attaches(unsigned number)
{
    struct wire w;
    struct err e = {0};
    bool ok = wire_attach(&w, &h.orders_segment, &h.reports_segment, number, &e);
    assert_int_equal(e.status, ok ? ERR_NONE : ERR_SOFTWARE);
    return ok;
}

/* A segment of another program, of another build of this one, or without such a worker. */
static void test_attach(void **state)
{
    (void)state;
    make(2, 0);
    assert_true(attaches(0));
    assert_true(attaches(1));
    assert_false(attaches(2));
    h.orders->magic++;
    assert_false(attaches(0));
    h.orders->magic--;
    h.orders->orders_bytes += 8; /* a member more */
    assert_false(attaches(0));
    h.orders->orders_bytes -= 8;
    h.orders->task.kind = 1000;
    assert_false(attaches(0));
    h.orders->task.kind = 0;
    h.orders->ring_bytes += 64; /* the rings are not all there */
    assert_false(attaches(0));
    h.orders->ring_bytes -= 64;
    assert_true(attaches(0));
    h.orders_segment.bytes = SHM_HEAD_AT + sizeof *h.orders - 1; /* what is mapped */
    assert_false(attaches(0));
    harness_wire_free(&h);
}

/* ---- Tiles -----------------------------------------------------------------------------------*/

/* A worker in the place of one that died with a tile at hand. */
static void succeed(unsigned i, uint64_t tile, uint64_t skip_bytes)
{
    h.orders->order[i].redo_tile = tile;
    h.orders->order[i].skip_bytes = skip_bytes;
    h.orders->order[i].ring_from = atomic_load(&h.reports->slot[i].head);
    harness_wire_attach(&h, i, &wires[i]);
}

static void test_next_tile(void **state)
{
    (void)state;
    make(2, 5);
    struct wire_slot *slot = h.reports->slot;
    assert_int_equal(wire_next_tile(&wires[0]), 0);
    assert_int_equal(atomic_load(&slot[0].tile), 0);
    assert_int_equal(wire_next_tile(&wires[1]), 1);
    succeed(1, 0, 7); /* that worker 0 died with, say */
    assert_int_equal(wire_next_tile(&wires[1]), 0);
    assert_int_equal(atomic_load(&slot[1].tile), 0);
    assert_int_equal(wires[1].skip_bytes, 7);
    assert_int_equal(wire_next_tile(&wires[1]), 2);
    assert_int_equal(wires[1].skip_bytes, 0);
    assert_int_equal(wire_next_tile(&wires[0]), 3);
    assert_int_equal(wire_next_tile(&wires[0]), 4);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(wire_next_tile(&wires[0]), WIRE_NO_TILE);
        assert_int_equal(atomic_load(&slot[0].tile), WIRE_NO_TILE);
    }
    harness_wire_free(&h);
}

/* Closed, or without space for pairs: tiles of the dead are done, no others begun. */
static void test_no_more_tiles(void **state)
{
    (void)state;
    make(1, 100);
    assert_int_equal(wire_next_tile(&wires[0]), 0);
    _Atomic uint32_t *const reasons[] = {&h.orders->closed, &h.reports->overflow};
    for (int i = 0; i < 2; i++) {
        atomic_store(reasons[i], 1);
        assert_int_equal(wire_next_tile(&wires[0]), WIRE_NO_TILE);
        assert_int_equal(atomic_load(&h.reports->slot[0].tile), WIRE_NO_TILE);
        succeed(0, 0, 0);
        assert_int_equal(wire_next_tile(&wires[0]), 0);
        assert_int_equal(wire_next_tile(&wires[0]), WIRE_NO_TILE);
        atomic_store(reasons[i], 0);
        assert_int_equal(atomic_load(&h.reports->next_tile), 1);
    }
    harness_wire_free(&h);
    make(1, 0);
    assert_int_equal(wire_next_tile(&wires[0]), WIRE_NO_TILE);
    harness_wire_free(&h);
}

/* ---- Tiles through rings ---------------------------------------------------------------------*/

#define TILES 3000u

/* A tile has up to three frames, the last of which says so; some tiles have no bytes. */
static uint32_t frames_of(uint32_t tile)
{
    return 1 + tile * 7 % 3;
}

static uint32_t bytes_of(uint32_t tile, uint32_t number)
{
    return tile % 4 == 1 ? 0 : (tile * 13 + number * 29) % (uint32_t)(FRAME_MOST / 2);
}

static void *work(void *context)
{
    struct wire *w = context;
    uint64_t tile;
    while ((tile = wire_next_tile(w)) != WIRE_NO_TILE) {
        uint32_t t = (uint32_t)tile, n = frames_of(t);
        for (uint32_t k = 0; k < n; k++)
            put_frame(
                w->number,
                (struct wire_frame){
                    .tile = t, .bytes = bytes_of(t, k), .pairs = w->number, .last = k + 1 == n},
                k);
    }
    return NULL;
}

/* Waits for the next frame of a tile; says whose ring has it. */
static unsigned wait_for(uint32_t tile, struct wire_frame *f)
{
    for (;;) {
        uint32_t seen = atomic_load(&h.reports->doorbell);
        for (unsigned i = 0; i < WORKERS; i++)
            if (harness_wire_first(&h, i, f)) {
                assert_true(f->tile >= tile); /* rings give their tiles in order */
                if (f->tile == tile)
                    return i;
            }
        wire_wait(&h.reports->doorbell, seen, 1000);
    }
}

static void read_tile(uint32_t tile)
{
    struct wire_frame f = {0};
    unsigned whose = 0;
    for (uint32_t k = 0; k < frames_of(tile); k++) {
        unsigned worker = wait_for(tile, &f);
        assert_true(k == 0 || worker == whose);
        whose = worker;
        assert_int_equal(f.bytes, bytes_of(tile, k));
        assert_int_equal(f.pairs, worker);
        assert_int_equal(f.last, k + 1 == frames_of(tile));
        take_frame(worker, &f, k);
    }
}

static void test_in_order(void **state)
{
    pthread_t threads[WORKERS];
    struct wire_frame f;
    (void)state;
    make(WORKERS, TILES);
    for (unsigned i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &wires[i]), 0);
    for (uint32_t tile = 0; tile < TILES; tile++)
        read_tile(tile);
    for (unsigned i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
        assert_false(harness_wire_first(&h, i, &f));
        assert_int_equal(atomic_load(&h.reports->slot[i].tile), WIRE_NO_TILE);
    }
    harness_wire_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_sizes), cmocka_unit_test(test_full),
        cmocka_unit_test(test_check),     cmocka_unit_test(test_attach),
        cmocka_unit_test(test_next_tile), cmocka_unit_test(test_no_more_tiles),
        cmocka_unit_test(test_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
