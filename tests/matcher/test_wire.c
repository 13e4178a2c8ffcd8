/* The wire: rings whose frames come out as they were put in, whatever their size and wherever the
 * end of the ring is; tiles that are given out once each; and both together, with threads as
 * workers and a reader that takes the tiles in order, as the coordinator does. */
#include "matcher/engine/wire.h"
#include "tests/harness/harness_control.h"
#include "tests/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS 4u
#define RING_BYTES 256u
#define FRAME_MOST (RING_BYTES - sizeof(struct wire_frame)) /* bytes that follow */

static struct wire_control *make_control(unsigned n_workers, uint64_t n_tiles)
{
    struct wire_task task = {.n_workers = n_workers, .n_tiles = n_tiles};
    return harness_control_make(&task, RING_BYTES, 0);
}

/* ---- Frames ----------------------------------------------------------------------------------*/

/* Byte i of frame `number` of a tile: any function will do that seldom repeats itself. */
static char frame_byte(uint32_t tile, uint32_t number, uint32_t i)
{
    return (char)((tile * 31 + number * 17 + i * 7 + 1) % 251);
}

static bool put_frame(struct wire_control *c, unsigned worker, struct wire_frame frame,
                      uint32_t number)
{
    char bytes[RING_BYTES];
    for (uint32_t i = 0; i < frame.bytes; i++)
        bytes[i] = frame_byte(frame.tile, number, i);
    return wire_put(c, worker, frame, bytes);
}

/* n bytes of a ring from position `at`, one by one around its end. */
static void ring_read(struct wire_control *c, unsigned worker, uint64_t at, void *out, size_t n)
{
    const char *ring = wire_ring(c, worker);
    for (size_t i = 0; i < n; i++)
        ((char *)out)[i] = ring[(at + i) % RING_BYTES];
}

/* The first frame that waits in a ring; false if there is none. */
static bool first_frame(struct wire_control *c, unsigned worker, struct wire_frame *frame)
{
    struct wire_slot *slot = &c->slot[worker];
    uint64_t tail = atomic_load(&slot->tail), head = atomic_load(&slot->head);
    if (tail == head)
        return false;
    assert_in_range(head - tail, sizeof *frame, RING_BYTES);
    assert_int_equal(tail % 16, 0);
    ring_read(c, worker, tail, frame, sizeof *frame);
    return true;
}

/* Checks the bytes of the frame that waits, and takes it out. */
static void take_frame(struct wire_control *c, unsigned worker, const struct wire_frame *frame,
                       uint32_t number)
{
    struct wire_slot *slot = &c->slot[worker];
    uint64_t tail = atomic_load(&slot->tail);
    char bytes[RING_BYTES];
    ring_read(c, worker, tail + sizeof *frame, bytes, frame->bytes);
    for (uint32_t i = 0; i < frame->bytes; i++)
        if (bytes[i] != frame_byte(frame->tile, number, i))
            fail_msg("tile %u, frame %u of %u bytes at %lu: byte %u is another", frame->tile,
                     number, frame->bytes, (unsigned long)tail, i);
    atomic_store(&slot->tail, tail + sizeof *frame + (frame->bytes + 15ull) / 16 * 16);
    wire_wake(&slot->taken);
}

/* ---- One ring --------------------------------------------------------------------------------*/

#define ROUNDS 40u

/* Frames of every size that fits, in each of the rounds from another place of the ring on. */
static uint32_t size_of(uint32_t number)
{
    uint32_t in_round = number % (uint32_t)(FRAME_MOST + 1), round = number / (FRAME_MOST + 1);
    return (in_round * 37 + round * 11) % (uint32_t)(FRAME_MOST + 1);
}

static void *put_all_sizes(void *context)
{
    struct wire_control *c = context;
    for (uint32_t i = 0; i < ROUNDS * (FRAME_MOST + 1); i++) {
        struct wire_frame frame = {.tile = i,
                                   .bytes = size_of(i),
                                   .pairs = i * 3,
                                   .last = i % 5 == 0,
                                   .tapped = i % 7 == 0};
        if (!put_frame(c, 0, frame, 0))
            return c;
    }
    return NULL;
}

static void test_all_sizes(void **state)
{
    (void)state;
    struct wire_control *c = make_control(1, 0);
    pthread_t writer;
    void *failed;
    assert_int_equal(pthread_create(&writer, NULL, put_all_sizes, c), 0);
    for (uint32_t i = 0; i < ROUNDS * (FRAME_MOST + 1); i++) {
        struct wire_frame f;
        uint32_t seen;
        while (seen = atomic_load(&c->doorbell), !first_frame(c, 0, &f))
            wire_wait(&c->doorbell, seen, 1000);
        if (f.tile != i || f.bytes != size_of(i) || f.pairs != i * 3 || f.last != (i % 5 == 0) ||
            f.tapped != (i % 7 == 0))
            fail_msg("frame %u is another: tile %u, %u bytes", i, f.tile, f.bytes);
        take_frame(c, 0, &f, 0);
    }
    pthread_join(writer, &failed);
    assert_null(failed);
    harness_control_free(c);
}

static void *put_one(void *context)
{
    struct wire_control *c = context;
    return put_frame(c, 0, (struct wire_frame){.tile = 9, .bytes = 1}, 0) ? NULL : c;
}

/* A ring that is full to the last byte: the next frame is put only when told to stop, and then it
 * is not put. */
static void test_stop(void **state)
{
    (void)state;
    struct wire_control *c = make_control(1, 0);
    pthread_t writer;
    void *refused;
    assert_true(put_frame(c, 0, (struct wire_frame){.bytes = RING_BYTES / 2 - 16}, 0));
    assert_true(put_frame(c, 0, (struct wire_frame){.bytes = RING_BYTES / 2 - 16}, 0));
    assert_int_equal(atomic_load(&c->slot[0].head), RING_BYTES);
    assert_int_equal(pthread_create(&writer, NULL, put_one, c), 0);
    atomic_store(&c->stop, 1);
    wire_wake(&c->slot[0].taken);
    pthread_join(writer, &refused);
    assert_ptr_equal(refused, c);
    assert_int_equal(atomic_load(&c->slot[0].head), RING_BYTES);
    atomic_store(&c->slot[0].tail, RING_BYTES);
    assert_ptr_equal(put_one(c), c); /* there is space, but it is told to stop */
    atomic_store(&c->stop, 0);
    assert_null(put_one(c));
    assert_int_equal(atomic_load(&c->slot[0].head), RING_BYTES + 32);
    harness_control_free(c);
}

/* ---- The control segment ---------------------------------------------------------------------*/

static bool attaches(const struct shm *s, unsigned number)
{
    struct wire_control *c;
    struct err e = {0};
    bool ok = wire_attach(&c, s, number, &e);
    assert_int_equal(e.status, ok ? ERR_NONE : ERR_SOFTWARE);
    return ok;
}

/* A segment of another program, of another build of this one, or without such a worker. */
static void test_attach(void **state)
{
    struct shm s;
    struct err e;
    (void)state;
    assert_true(shm_create(&s, "the control segment", 1u << 20, &e));
    assert_int_equal(shm_alloc(&s, "it", wire_control_bytes(2), 64, &e), SHM_HEAD_AT);
    struct wire_control *c = shm_writable(&s, SHM_HEAD_AT, struct wire_control);
    c->magic = WIRE_MAGIC;
    c->control_bytes = wire_control_bytes(2);
    c->task.n_workers = 2;
    assert_true(attaches(&s, 0));
    assert_true(attaches(&s, 1));
    assert_false(attaches(&s, 2));
    c->magic++;
    assert_false(attaches(&s, 0));
    c->magic--;
    c->control_bytes += 8; /* a member more */
    assert_false(attaches(&s, 0));
    c->control_bytes -= 8;
    c->task.kind = 1000;
    assert_false(attaches(&s, 0));
    c->task.kind = 0;
    assert_true(attaches(&s, 0));
    s.bytes = SHM_HEAD_AT + sizeof *c - 1; /* what is mapped */
    assert_false(attaches(&s, 0));
    shm_close(&s);
}

/* ---- Tiles -----------------------------------------------------------------------------------*/

static void check_done(struct wire_control *c, const char *expected)
{
    for (uint64_t tile = 0; tile < c->task.n_tiles; tile++)
        assert_int_equal(wire_done(c)[tile], expected[tile] == 'x');
}

static void test_next_tile(void **state)
{
    (void)state;
    struct wire_control *c = make_control(2, 5);
    struct wire_slot *slot = c->slot;
    assert_int_equal(wire_next_tile(c, &slot[0]), 0);
    assert_int_equal(atomic_load(&slot[0].tile), 0);
    assert_int_equal(wire_next_tile(c, &slot[1]), 1);
    wire_tile_done(c, 1);
    check_done(c, ".x...");
    slot[1].redo_tile = 0; /* that slot 0 died with, say */
    assert_int_equal(wire_next_tile(c, &slot[1]), 0);
    assert_int_equal(atomic_load(&slot[1].tile), 0);
    assert_int_equal(slot[1].redo_tile, WIRE_NO_TILE);
    assert_int_equal(wire_next_tile(c, &slot[1]), 2);
    assert_int_equal(wire_next_tile(c, &slot[0]), 3);
    assert_int_equal(wire_next_tile(c, &slot[0]), 4);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(wire_next_tile(c, &slot[0]), WIRE_NO_TILE);
        assert_int_equal(atomic_load(&slot[0].tile), WIRE_NO_TILE);
    }
    wire_tile_done(c, 4);
    wire_tile_done(c, 0);
    check_done(c, "xx..x");
    harness_control_free(c);
}

/* Closed: tiles of the dead are done, no others begun. Told to stop, or without space for pairs: no
 * tile at all. */
static void test_no_more_tiles(void **state)
{
    (void)state;
    struct wire_control *c = make_control(1, 100);
    struct wire_slot *slot = c->slot;
    assert_int_equal(wire_next_tile(c, slot), 0);
    atomic_store(&c->closed, 1);
    assert_int_equal(wire_next_tile(c, slot), WIRE_NO_TILE);
    slot->redo_tile = 0;
    assert_int_equal(wire_next_tile(c, slot), 0);
    assert_int_equal(atomic_load(&c->next_tile), 1);
    atomic_store(&c->closed, 0);
    _Atomic uint32_t *const reasons[] = {&c->stop, &c->overflow};
    for (int i = 0; i < 2; i++) {
        atomic_store(reasons[i], 1);
        assert_int_equal(wire_next_tile(c, slot), WIRE_NO_TILE);
        assert_int_equal(atomic_load(&slot->tile), WIRE_NO_TILE);
        slot->redo_tile = 0;
        assert_int_equal(wire_next_tile(c, slot), WIRE_NO_TILE);
        atomic_store(reasons[i], 0);
    }
    harness_control_free(c);
    c = make_control(1, 0);
    assert_int_equal(wire_next_tile(c, c->slot), WIRE_NO_TILE);
    harness_control_free(c);
}

/* ---- Tiles through rings ---------------------------------------------------------------------*/

#define TILES 3000u

struct worker_thread {
    struct wire_control *control;
    unsigned number;
    pthread_t id;
};

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
    struct worker_thread *w = context;
    struct wire_control *c = w->control;
    uint64_t tile;
    while ((tile = wire_next_tile(c, &c->slot[w->number])) != WIRE_NO_TILE) {
        uint32_t t = (uint32_t)tile, n = frames_of(t);
        for (uint32_t k = 0; k < n; k++)
            put_frame(
                c, w->number,
                (struct wire_frame){
                    .tile = t, .bytes = bytes_of(t, k), .pairs = w->number, .last = k + 1 == n},
                k);
        wire_tile_done(c, tile);
    }
    return NULL;
}

/* Waits for the next frame of a tile; says whose ring has it. */
static unsigned wait_for(struct wire_control *c, uint32_t tile, struct wire_frame *f)
{
    for (;;) {
        uint32_t seen = atomic_load(&c->doorbell);
        for (unsigned i = 0; i < WORKERS; i++)
            if (first_frame(c, i, f)) {
                assert_true(f->tile >= tile); /* rings give their tiles in order */
                if (f->tile == tile)
                    return i;
            }
        wire_wait(&c->doorbell, seen, 1000);
    }
}

static void read_tile(struct wire_control *c, uint32_t tile)
{
    struct wire_frame f = {0};
    unsigned whose = 0;
    for (uint32_t k = 0; k < frames_of(tile); k++) {
        unsigned worker = wait_for(c, tile, &f);
        assert_true(k == 0 || worker == whose);
        whose = worker;
        assert_int_equal(f.bytes, bytes_of(tile, k));
        assert_int_equal(f.pairs, worker);
        assert_int_equal(f.last, k + 1 == frames_of(tile));
        take_frame(c, worker, &f, k);
    }
}

static void test_in_order(void **state)
{
    (void)state;
    struct wire_control *c = make_control(WORKERS, TILES);
    struct worker_thread workers[WORKERS];
    struct wire_frame f;
    for (unsigned i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker_thread){.control = c, .number = i};
        assert_int_equal(pthread_create(&workers[i].id, NULL, work, &workers[i]), 0);
    }
    for (uint32_t tile = 0; tile < TILES; tile++)
        read_tile(c, tile);
    for (unsigned i = 0; i < WORKERS; i++) {
        pthread_join(workers[i].id, NULL);
        assert_false(first_frame(c, i, &f));
        assert_int_equal(atomic_load(&c->slot[i].tile), WIRE_NO_TILE);
    }
    for (uint64_t tile = 0; tile < TILES; tile++)
        assert_int_equal(wire_done(c)[tile], 1);
    harness_control_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_sizes),     cmocka_unit_test(test_stop),
        cmocka_unit_test(test_attach),        cmocka_unit_test(test_next_tile),
        cmocka_unit_test(test_no_more_tiles), cmocka_unit_test(test_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
