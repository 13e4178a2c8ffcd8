/* The coordinator's side of a stage, one function at a time: tiles are written in order whatever
 * ring they are in, and what a dead worker leaves is neither lost nor written twice. No process is
 * started; the test plays the workers. */
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_stage.h"

#include "matcher/engine/audit_tap.h"
#include "matcher/engine/pairs.h"
#include "matcher/scorer/scorer.h"
#include "tests/harness/harness_join.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct harness_stage h;

static void open_rows(unsigned n_workers, uint64_t n_tiles)
{
    harness_stage_make(&h, &stage_emit, n_workers, n_tiles);
    harness_stage_open(&h);
}

static void put(unsigned worker, uint32_t tile, const char *bytes, bool last)
{
    harness_stage_put(&h, worker, tile, bytes, last);
}

static void check_output(const char *expected)
{
    char *output = harness_stage_output(&h);
    assert_string_equal(output, expected);
    free(output);
}

static void drain_some(void)
{
    struct err e = {0};
    if (!stage_drain_output(&h.stage, &e))
        fail_msg("%s", e.text);
}

static void drain(const char *expected)
{
    drain_some();
    check_output(expected);
}

/* Worker i took a tile and has it at hand. */
static void take(unsigned i, uint64_t tile)
{
    struct wire_reports *reports = h.stage.reports;
    atomic_store(&reports->slot[i].tile, tile);
    if (tile < h.task.n_tiles && tile >= atomic_load(&reports->next_tile))
        atomic_store(&reports->next_tile, tile + 1);
}

/* Worker i is dead, as all are that have no process; its slot is left to another. */
static void leave(unsigned i)
{
    struct err e = {0};
    if (!stage_leave_tile(&h.stage, i, &e))
        fail_msg("%s", e.text);
    harness_stage_attach(&h, i);
}

static void check_left(unsigned i, uint64_t tile, uint64_t skip_bytes)
{
    const struct wire_order *order = &h.stage.orders->order[i];
    assert_int_equal(order->redo_tile, tile);
    assert_int_equal(order->skip_bytes, skip_bytes);
    assert_int_equal(atomic_load(&h.stage.reports->slot[i].tile), tile);
}

/* ---- The beginning ---------------------------------------------------------------------------*/

/* Each worker has a place of its own, as far as there are so many. */
static void places(void **state)
{
    static const char *const units[] = {"0", "1", "0"}; /* of two */
    (void)state;
    harness_stage_make(&h, &stage_emit, 3, 1);
    h.placement.bind = TOPO_BIND_PU;
    harness_stage_open(&h);
    for (unsigned i = 0; i < 3; i++) {
        assert_string_equal(h.stage.orders->order[i].place.pus, units[i]);
        check_left(i, WIRE_NO_TILE, 0);
        assert_int_equal(h.stage.procs[i].pid, -1);
    }
    harness_stage_close(&h);
}

/* A scorer has a descriptor of the reports that can be written to. */
static void reports_stay_writable(void **state)
{
    (void)state;
    open_rows(1, 1);
    assert_int_equal(fcntl(h.stage.reports_segment.fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), -1);
    assert_int_equal(errno, EPERM);
    harness_stage_close(&h);
}

/* ---- Order -----------------------------------------------------------------------------------*/

static void in_order(void **state)
{
    (void)state;
    open_rows(3, 5);
    put(1, 1, "1\n", true);
    put(2, 3, "3\n", true);
    drain("");
    put(0, 0, "0 a\n", false);
    drain("0 a\n");
    put(0, 0, "0 b\n", true);
    put(0, 4, "4\n", true);
    drain("0 a\n0 b\n1\n");
    put(1, 2, "", true);
    drain("0 a\n0 b\n1\n3\n4\n");
    assert_int_equal(h.stage.next_out, 5);
    assert_int_equal(h.stage.pairs_found, 5);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(h.stage.orders->order[i].tail, h.stage.reports->slot[i].head);
    harness_stage_close(&h);
}

#define TILES 400u

/* Tiles of three frames, which workers finish in any order. Every ring begins a little before its
 * end. */
static void in_order_random(void **state)
{
    static char expected[TILES * 64]; /* a tile: at most 3 + 33 + 3 + 8 bytes and line ends */
    uint32_t tile[4], left[4], next = 0;
    size_t n = 0;
    (void)state;
    open_rows(4, TILES);
    harness_seed(7);
    for (unsigned i = 0; i < 4; i++) {
        harness_stage_begin_ring(&h, i, h.stage.ring_bytes * 3 - 32ull * (i + 1));
        left[i] = 0;
    }
    for (uint32_t t = 0; t < TILES; t++)
        n += (size_t)sprintf(expected + n, "%u, the first of three lines of it\n%u\n%u last\n", t,
                             t, t);
    for (uint32_t frames = 0; frames < 3 * TILES;) {
        char line[64];
        unsigned i = harness_below(4);
        if (!left[i] && next == TILES)
            continue;
        if (!left[i]) {
            tile[i] = next++;
            left[i] = 3;
        }
        left[i]--;
        snprintf(line, sizeof line, "%u%s\n", tile[i],
                 left[i] == 2   ? ", the first of three lines of it"
                 : left[i] == 1 ? ""
                                : " last");
        put(i, tile[i], line, left[i] == 0);
        frames++;
        if (harness_below(5) == 0)
            drain_some();
    }
    drain(expected);
    assert_int_equal(h.stage.pairs_found, 3 * TILES);
    harness_stage_close(&h);
}

/* Frames of tapped rows go to the tap as well. */
static void tapped(void **state)
{
    struct audit_tap tap = {0};
    (void)state;
    harness_stage_make(&h, &stage_emit, 1, 1);
    h.sinks.tap = &tap;
    harness_stage_open(&h);
    put(0, 0, "a\n", false);
    wire_put(&h.wire[0], (struct wire_frame){.bytes = 2, .pairs = 1, .tapped = 1}, "b\n");
    put(0, 0, "c\n", true);
    drain("a\nb\nc\n");
    assert_int_equal(tap.n_bytes, 2);
    assert_memory_equal(tap.bytes, "b\n", 2);
    audit_tap_close(&tap);
    harness_stage_close(&h);
}

/* ---- --max-results ---------------------------------------------------------------------------*/

static void refused(const char *expected)
{
    struct err e = {0};
    assert_false(stage_drain_output(&h.stage, &e));
    assert_int_equal(e.status, ERR_STOPPED);
    assert_non_null(strstr(e.text, "--max-results"));
    check_output(expected);
}

static void open_most(uint64_t max_results, uint64_t pairs_before)
{
    harness_stage_make(&h, &stage_emit, 2, 4);
    h.sinks.max_results = max_results;
    h.stage.pairs_before = pairs_before;
    harness_stage_open(&h);
}

static void most_results(void **state)
{
    (void)state;
    open_most(4, 0);
    put(0, 0, "1\n2\n", true);
    put(1, 1, "3\n4\n", true);
    drain("1\n2\n3\n4\n"); /* as many as there may be */
    put(0, 2, "5\n", true);
    refused("1\n2\n3\n4\n");
    harness_stage_close(&h);

    open_most(3, 0);
    put(0, 0, "1\n2\n", true);
    put(1, 1, "3\n4\n5\n", true);
    refused("1\n2\n3\n");
    harness_stage_close(&h);

    open_most(3, 2); /* two were found before */
    put(0, 0, "1\n2\n", true);
    refused("1\n");
    harness_stage_close(&h);
}

/* A line end in quotes ends no line, and a frame may go around the end of its ring anywhere. */
static void most_results_anywhere(void **state)
{
    (void)state;
    for (uint64_t before_end = 32; before_end <= 96; before_end += 32) {
        open_most(1, 0);
        harness_stage_begin_ring(&h, 1, h.stage.ring_bytes - before_end);
        wire_put(&h.wire[1], (struct wire_frame){.bytes = 27, .pairs = 2},
                 "1,\"a \n quoted \n text\",0.5\n2\n");
        refused("1,\"a \n quoted \n text\",0.5\n");
        harness_stage_close(&h);
    }
}

/* A line that is longer than a frame comes in pieces, the last of which counts it. */
static void most_results_pieces(void **state)
{
    (void)state;
    open_most(1, 0);
    put(0, 0, "a long ", false);
    put(0, 0, "line\n", false);
    put(0, 0, "another long ", false);
    refused("a long line\n");
    harness_stage_close(&h);
}

/* Counting writes nothing, and has a limit as well. */
static void most_results_counted(void **state)
{
    (void)state;
    open_most(5, 0);
    h.sinks.out = NULL;
    harness_stage_done(&h, 0, 0, 5);
    drain_some();
    assert_int_equal(h.stage.pairs_found, 5);
    harness_stage_done(&h, 0, 1, 1);
    refused("");
    harness_stage_close(&h);
}

/* A tile may have more matches than 32 bits count. */
static void counted_beyond_32_bits(void **state)
{
    (void)state;
    open_rows(1, 2);
    h.sinks.out = NULL;
    harness_stage_done(&h, 0, 0, (1ull << 32) + 5);
    harness_stage_done(&h, 0, 1, 1ull << 33);
    drain_some();
    assert_true(h.stage.pairs_found == 3 * (1ull << 32) + 5);
    harness_stage_close(&h);
}

/* ---- The dead --------------------------------------------------------------------------------*/

/* Of a tile that is due, what the dead worker handed over is written, and its successor leaves that
 * out. */
static void done_again(void **state)
{
    (void)state;
    open_rows(1, 1);
    take(0, 0);
    put(0, 0, "one\n", false);
    put(0, 0, "two\n", false);
    drain("one\ntwo\n");
    put(0, 0, "three\n", false);
    leave(0);
    check_left(0, 0, 14);
    drain("one\ntwo\nthree\n");
    put(0, 0, "four\n", true);
    drain("one\ntwo\nthree\nfour\n");
    assert_int_equal(h.stage.pairs_found, 4);
    harness_stage_close(&h);
}

/* Another tile is due: nothing of this one is written yet. */
static void done_again_from_its_start(void **state)
{
    (void)state;
    open_rows(2, 2);
    take(0, 0);
    take(1, 1);
    put(0, 0, "0 a\n", false);
    put(1, 1, "1 a\n", false);
    drain("0 a\n");
    leave(1);
    check_left(1, 1, 0);
    put(1, 1, "1 a\n", false);
    put(1, 1, "1 b\n", true);
    put(0, 0, "0 b\n", true);
    drain("0 a\n0 b\n1 a\n1 b\n");
    harness_stage_close(&h);
}

/* Tiles that it has finished stay in its ring; it may have died before it could say so. */
static void finished_tiles_stay(void **state)
{
    (void)state;
    open_rows(2, 4);
    take(0, 0);
    put(0, 0, "0\n", true);
    take(0, 2);
    put(0, 2, "2 a\n", false);
    leave(0);
    check_left(0, 2, 0);
    assert_int_equal(h.stage.tiles[0], STAGE_TILE_DONE);
    assert_int_equal(h.stage.tiles[2], STAGE_TILE_NONE);
    assert_int_equal(h.stage.n_parked, 0); /* none of them is in the way */
    put(1, 1, "1\n", true);
    put(0, 2, "2 a\n", false);
    put(0, 2, "2 b\n", true);
    drain("0\n1\n2 a\n2 b\n");
    harness_stage_close(&h);
}

/* It died after its last frame and before the next tile: nothing is left to do. */
static void died_between_tiles(void **state)
{
    (void)state;
    open_rows(1, 3);
    take(0, 0);
    put(0, 0, "0\n", true);
    leave(0);
    check_left(0, WIRE_NO_TILE, 0);
    drain("0\n");
    harness_stage_close(&h);
}

/* A successor that dies before it takes the tile that was left to it leaves it again. */
static void left_twice(void **state)
{
    (void)state;
    open_rows(1, 3);
    take(0, 0);
    put(0, 0, "0 a\n", false);
    drain("0 a\n");
    leave(0);
    leave(0);
    check_left(0, 0, 4);
    harness_stage_close(&h);
}

/* A ring whose worker has tile 1 done again while its later tiles 2 and 4 wait in it. These would
 * never be due: they are parked. Here twice, and around the end of the ring. */
static void later_tiles_are_parked(void **state)
{
    (void)state;
    open_rows(2, 6);
    harness_stage_begin_ring(&h, 0, h.stage.ring_bytes - 64);
    take(0, 2);
    put(0, 2, "2 is so long that it goes around\n", true);
    take(0, 4);
    put(0, 4, "4\n", true);
    take(1, 3);
    take(0, WIRE_TAKING); /* 1 and 0 were taken, by nobody knows whom */
    leave(0);
    check_left(0, 0, 0);
    assert_int_equal(h.stage.n_parked, 1);
    assert_int_equal(h.stage.orders->order[0].tail, h.stage.reports->slot[0].head);
    put(0, 0, "0\n", true);
    take(0, 5);
    put(0, 5, "5\n", true);
    leave(0);
    check_left(0, 1, 0);
    assert_int_equal(h.stage.n_parked, 2);
    put(0, 1, "1\n", true);
    put(1, 3, "3\n", true);
    drain("0\n1\n2 is so long that it goes around\n3\n4\n5\n");
    assert_int_equal(h.stage.next_out, 6);
    harness_stage_close(&h);
}

/* ---- Lost tiles ------------------------------------------------------------------------------*/

static uint64_t lost_tile(void)
{
    struct err e = {0};
    uint64_t tile;
    if (!stage_find_lost_tile(&h.stage, &tile, &e))
        fail_msg("%s", e.text);
    return tile;
}

static pid_t sleeper(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        proc_die_with_parent(getppid());
        for (;;)
            pause();
    }
    assert_true(pid > 0);
    return pid;
}

static void end_sleeper(unsigned i)
{
    int status;
    kill(h.stage.procs[i].pid, SIGKILL);
    assert_true(proc_reap(&h.stage.procs[i], true, &status));
}

/* Tiles 0 to 5 were taken: 0 is done and written, 1 is done and waits, 2 is at hand, 3 is named by
 * a worker that is dead, 4 by nobody, 5 was not taken. */
static void lost_tiles(void **state)
{
    (void)state;
    open_rows(2, 6);
    put(0, 0, "0\n", true);
    drain("0\n");
    assert_int_equal(lost_tile(), WIRE_NO_TILE); /* none was taken */
    take(1, 4);
    take(1, 3);
    take(0, 2);
    h.stage.procs[0].pid = sleeper();
    assert_int_equal(lost_tile(), 1);
    h.stage.tiles[1] = STAGE_TILE_DONE;
    assert_int_equal(lost_tile(), 3);
    h.stage.tiles[3] = STAGE_TILE_DONE;
    assert_int_equal(lost_tile(), 4);
    h.stage.tiles[4] = STAGE_TILE_DONE;
    assert_int_equal(lost_tile(), WIRE_NO_TILE);
    end_sleeper(0);
    assert_int_equal(lost_tile(), 2);
    harness_stage_close(&h);
}

/* More was taken from the counter than there are tiles. */
static void lost_tiles_end(void **state)
{
    (void)state;
    open_rows(2, 2);
    atomic_store(&h.stage.reports->next_tile, 5);
    h.stage.tiles[0] = STAGE_TILE_DONE;
    h.stage.tiles[1] = STAGE_TILE_DONE;
    assert_int_equal(lost_tile(), WIRE_NO_TILE);
    harness_stage_close(&h);
}

/* A worker that dies with nothing at hand leaves its successor what another has lost. */
static void lost_tile_of_another(void **state)
{
    (void)state;
    open_rows(2, 3);
    take(1, 0);
    leave(0);
    check_left(0, 0, 0);
    harness_stage_close(&h);
}

static void *say_late(void *context)
{
    nanosleep(&(struct timespec){0, 20000000}, NULL);
    atomic_store((_Atomic uint64_t *)context, 1);
    return NULL;
}

/* A living worker that has taken a tile and not named it is waited for. */
static void waits_for_takers(void **state)
{
    pthread_t thread;
    (void)state;
    open_rows(2, 3);
    h.stage.tiles[0] = STAGE_TILE_DONE;
    take(1, 2);
    take(1, WIRE_TAKING);
    take(0, 2);
    h.stage.procs[0].pid = sleeper();
    h.stage.procs[1].pid = sleeper();
    assert_int_equal(pthread_create(&thread, NULL, say_late, &h.stage.reports->slot[1].tile), 0);
    assert_int_equal(lost_tile(), WIRE_NO_TILE);
    pthread_join(thread, NULL);
    end_sleeper(0);
    end_sleeper(1);
    harness_stage_close(&h);
}

/* One that never names it is killed after two seconds, and its tile is lost. */
static void kills_takers(void **state)
{
    (void)state;
    open_rows(1, 1);
    take(0, 0);
    take(0, WIRE_TAKING);
    h.stage.procs[0].pid = sleeper();
    assert_int_equal(lost_tile(), 0);
    assert_true(proc_has_ended(&h.stage.procs[0]));
    end_sleeper(0);
    leave(0);
    check_left(0, 0, 0);
    harness_stage_close(&h);
}

/* ---- Pairs that are found --------------------------------------------------------------------*/

#define CHUNKS 8u

static void open_join(unsigned n_workers, uint64_t n_tiles)
{
    harness_stage_make(&h, &stage_join, n_workers, n_tiles);
    h.stage.max_chunks = CHUNKS;
    harness_stage_open(&h);
}

/* Worker i has done a tile of one row, and says what it has in these chunks. */
static void commit(unsigned i, uint32_t tile, const struct wire_chunk *chunk, uint32_t n)
{
    const size_t bytes = sizeof(struct wire_done) + n * sizeof *chunk;
    struct wire_done *said = calloc(1, bytes);
    assert_non_null(said);
    said->work = (struct wire_work){.rows = 10, .stats.pairs = 1};
    said->n_chunks = n;
    if (n)
        memcpy(said->chunk, chunk, n * sizeof *chunk);
    wire_put(&h.wire[i], (struct wire_frame){.tile = tile, .bytes = (uint32_t)bytes, .last = 1},
             said);
    free(said);
}

static void check_used(const uint32_t *used)
{
    for (uint32_t k = 0; k < CHUNKS; k++)
        assert_int_equal(h.stage.used[k].pairs, used[k]);
}

/* What counts is what was said with the newest tile of each worker. A chunk that it took later, and
 * pairs that it added later, do not. */
static void committed_chunks_count(void **state)
{
    const uint32_t full = PAIR_CHUNK_WORDS - 9;
    (void)state;
    open_join(2, 9);
    commit(0, 0, (const struct wire_chunk[]){{0, {999, 9}, 0}}, 1);
    drain_some();
    check_used((const uint32_t[]){999, 0, 0, 0, 0, 0, 0, 0});
    commit(0, 1, (const struct wire_chunk[]){{0, {full, 9}, 0}, {2, {full, 9}, 0}, {3, {5, 1}, 0}},
           3);
    commit(1, 2, (const struct wire_chunk[]){{1, {full, 9}, 0}}, 1);
    drain_some();
    check_used((const uint32_t[]){full, full, full, 5, 0, 0, 0, 0});
    assert_int_equal(h.stage.work.rows, 30);
    assert_int_equal(h.stage.work.stats.pairs, 3);
    take(0, 3);
    leave(0);
    check_used((const uint32_t[]){full, full, full, 5, 0, 0, 0, 0});
    commit(0, 3, (const struct wire_chunk[]){{4, {7, 2}, 0}}, 1); /* its successor */
    drain_some();
    check_used((const uint32_t[]){full, full, full, 5, 7, 0, 0, 0});
    assert_int_equal(h.stage.n_done, 4);
    harness_stage_close(&h);
}

/* A tile is done when its frame has come, whether or not its worker lived to say more. */
static void committed_tile_is_done(void **state)
{
    (void)state;
    open_join(2, 9);
    take(0, 2);
    commit(0, 0, NULL, 0);
    commit(0, 1, NULL, 0);
    commit(0, 2, NULL, 0);
    leave(0);
    check_left(0, WIRE_NO_TILE, 0);
    take(1, 3);
    leave(1);
    check_left(1, 3, 0);
    harness_stage_close(&h);
}

/* ---- What cannot be --------------------------------------------------------------------------*/

static void drain_refused(const char *what)
{
    struct err e = {0};
    bool stuck;
    if (stage_drain(&h.stage, 1000, &stuck, &e) || e.status != ERR_SOFTWARE ||
        !strstr(e.text, "handed over what cannot be"))
        fail_msg("%s: %d %s", what, (int)e.status, e.text);
    harness_stage_close(&h);
}

/* Worker 0 has done tile 0 and says that so many of its lines are no pairs. */
static void say_unmatched(uint64_t n)
{
    const struct wire_done done = {.work.unmatched = n};
    wire_put(&h.wire[0], (struct wire_frame){.tile = 0, .bytes = sizeof done, .last = 1}, &done);
}

/* Lines of rows without a pair are no more than all lines. */
static void unmatched_lines(void **state)
{
    (void)state;
    open_rows(2, 4);
    put(0, 0, "0\n1\n", false);
    say_unmatched(2);
    drain("0\n1\n");
    assert_int_equal(h.stage.work.unmatched, 2);
    harness_stage_close(&h);
    open_rows(2, 4);
    put(0, 0, "0\n1\n", false);
    say_unmatched(3);
    drain_refused("unmatched");
}

/* ---- Scores that are counted -----------------------------------------------------------------*/

/* Opens a stage that counts into a histogram of at most four bins. */
static void open_counting(struct histogram *counted)
{
    struct err e;
    harness_stage_make(&h, &stage_loop, 2, 4);
    assert_true(histogram_open(counted, 4, false, &e));
    h.sinks.histogram = counted;
    h.task.count = true;
    h.task.bins = 4;
    harness_stage_open(&h);
}

/* Worker i has done a tile of so many pairs, and says that their scores are these. */
static void say_bins(unsigned i, uint32_t tile, uint32_t pairs, uint32_t level,
                     const struct histogram_bin *bin, uint32_t n)
{
    struct {
        struct wire_done done;
        struct histogram_bin bin[8];
    } said = {.done = {.work.counted = pairs, .n_bins = n, .level = level}};
    if (n)
        memcpy(said.done.chunk, bin, n * sizeof *bin);
    wire_put(&h.wire[i],
             (struct wire_frame){
                 .tile = tile, .bytes = (uint32_t)(sizeof said.done + n * sizeof *bin), .last = 1},
             &said);
}

/* Tiles that are done are counted once, in whatever order they come. */
static void scores_of_tiles(void **state)
{
    struct histogram counted;
    struct histogram_bin bin[4];
    (void)state;
    open_counting(&counted);
    say_bins(1, 1, 7, 0, (const struct histogram_bin[]){{0.25, 4}, {0.5, 3}}, 2);
    drain_some();
    assert_int_equal(counted.n, 0);
    say_bins(0, 0, 5, 0, (const struct histogram_bin[]){{0.5, 5}}, 1);
    say_bins(0, 2, 0, 0, NULL, 0);
    say_bins(1, 3, 6, 15, (const struct histogram_bin[]){{0.51, 5}, {0.52, 1}}, 2);
    drain_some();
    assert_int_equal(h.stage.pairs_found, 18);
    assert_int_equal(counted.level, 15);
    assert_int_equal(counted.n, 4);
    histogram_sorted(&counted, bin);
    assert_true(bin[1].from == 0.5 && bin[1].pairs == 8);
    harness_stage_close(&h);
    histogram_close(&counted);
}

/* Bins that do not have the pairs of the tile, or that no worker makes. */
static void scores_that_cannot_be(void **state)
{
    static const struct {
        uint32_t pairs, level, n;
        struct histogram_bin bin[5];
    } forged[] = {
        {5, 0, 1, {{0.5, 6}}},
        {5, 0, 1, {{0.5, 4}}},
        {5, 0, 0, {{0}}},
        {5, 0, 2, {{0.5, 5}, {0.6, 0}}},
        {5, 0, 2, {{0.5, 6}, {0.6, UINT64_MAX}}},
        {5, 15, 1, {{0.505, 5}}},
        {5, HISTOGRAM_LEVELS, 1, {{0, 5}}},
        {5, 0, 1, {{NAN, 5}}},
        {5, 0, 5, {{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        struct histogram counted;
        open_counting(&counted);
        say_bins(0, 0, forged[i].pairs, forged[i].level, forged[i].bin, forged[i].n);
        drain_refused("bins");
        assert_int_equal(counted.n, 0);
        histogram_close(&counted);
    }
}

/* ---- Rings -----------------------------------------------------------------------------------*/

/* A worker's ring whose head stands where it cannot. */
static void heads_that_cannot_be(void **state)
{
    (void)state;
    const uint64_t heads[] = {1, 31, 33, UINT64_MAX, UINT64_MAX - 31, 0, 1u << 31};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        open_rows(2, 4);
        put(0, 0, "0\n", false);
        drain("0\n");
        atomic_store(&h.stage.reports->slot[0].head, heads[i]);
        drain_refused("head");
    }
}

/* The bytes of a frame that has been put, at most 64 from its begin on. */
static char *frame_at(unsigned worker, uint64_t position)
{
    return wire_ring(h.stage.reports, h.task.n_workers, h.stage.ring_bytes, worker) + position;
}

/* Any bit of a header. */
static void headers_that_cannot_be(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 8 * sizeof(struct wire_frame); bit++) {
        open_rows(2, 4);
        put(0, 0, "0\n", false);
        frame_at(0, 0)[bit / 8] ^= (char)(1u << bit % 8);
        drain_refused("header");
    }
}

/* A frame that is right elsewhere: of another worker, or of another position. */
static void copies_of_frames(void **state)
{
    (void)state;
    open_rows(2, 4);
    put(0, 0, "0\n", false);
    put(1, 1, "1\n", false);
    memcpy(frame_at(1, 0), frame_at(0, 0), 64);
    drain_refused("another worker's");
    open_rows(2, 4);
    put(0, 0, "a\n", false);
    put(0, 0, "b\n", false);
    memcpy(frame_at(0, 64), frame_at(0, 0), 64);
    drain_refused("another position's");
}

/* Tiles out of order, twice, of two workers, begun and left, or after the last. */
static void tiles_that_cannot_be(void **state)
{
    (void)state;
    open_rows(2, 4);
    put(0, 0, "0\n", true);
    put(1, 0, "0\n", true);
    drain_refused("twice, once done");
    open_rows(2, 4);
    put(0, 0, "0\n", false);
    put(1, 0, "0\n", false);
    drain_refused("twice, at once");
    open_rows(2, 4);
    put(0, 2, "2\n", true);
    put(0, 1, "1\n", true);
    drain_refused("descending");
    open_rows(2, 4);
    put(0, 1, "1\n", false);
    put(0, 2, "2\n", true);
    drain_refused("left");
    open_rows(2, 4);
    put(0, 4, "4\n", true);
    drain_refused("after the last");
}

/* Lines of a tile that is no run of rows, and tapped ones where nothing is tapped. */
static void frames_of_other_stages(void **state)
{
    (void)state;
    open_join(1, 4);
    wire_put(&h.wire[0], (struct wire_frame){.tile = 0, .bytes = 2, .pairs = 1}, "0\n");
    drain_refused("lines of a join");
    open_rows(1, 4);
    wire_put(&h.wire[0], (struct wire_frame){.bytes = 2, .pairs = 1, .tapped = 1}, "0\n");
    drain_refused("tapped");
}

/* What a tile that is done brings must fit together. */
static void chunks_that_cannot_be(void **state)
{
    static const struct wire_chunk wrong[][2] = {
        {{CHUNKS, {1, 1}, 0}, {0, {0, 0}, 0}},           /* no such chunk */
        {{0, {PAIR_CHUNK_WORDS, 1}, 0}, {0, {0, 0}, 0}}, /* more than it holds */
        {{0, {UINT32_MAX, 2}, 0}, {0, {0, 0}, 0}},       /* their sum goes around */
        {{0, {5, 1}, 0}, {0, {4, 1}, 0}},                /* fewer pairs than before */
        {{0, {5, 2}, 0}, {0, {5, 1}, 0}},                /* fewer scores */
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        open_join(1, 4);
        commit(0, 0, wrong[i], 2);
        drain_refused("chunks");
    }
    for (uint32_t bytes = 0; bytes <= sizeof(struct wire_done) + 16; bytes += 8) {
        char zeros[sizeof(struct wire_done) + 16] = "";
        if (bytes == sizeof(struct wire_done))
            continue;
        open_join(1, 4);
        wire_put(&h.wire[0], (struct wire_frame){.tile = 0, .bytes = bytes, .last = 1}, zeros);
        drain_refused("size");
    }
}

/* Where a module runs, the bytes of a frame have a sum, and the scorer is named. */
static void bytes_that_cannot_be(void **state)
{
    static struct scorer scorer = {.path = "score.c", .fd = -1};
    struct err e = {0};
    (void)state;
    for (int damage = 0; damage < 2; damage++) {
        bool stuck;
        harness_stage_make(&h, &stage_loop, 1, 1);
        h.query.scorer = &scorer;
        h.task.module.any = true;
        harness_stage_open(&h);
        put(0, 0, "0,0,1\n", false);
        frame_at(0, sizeof(struct wire_frame))[2] ^= (char)damage;
        assert_int_equal(stage_drain(&h.stage, 1000, &stuck, &e), !damage);
        check_output(damage ? "" : "0,0,1\n");
        harness_stage_close(&h);
    }
    assert_int_equal(e.status, ERR_SCORER);
    assert_non_null(strstr(e.text, "score.c: the scorer wrote where it must not"));
}

/* A record as workers hand it over where pairs are collected, or shown as a table. */
struct record {
    uint32_t row_a, row_b;
    double score;
};

/* Worker 0 hands over n records of tile 0, cut to `bytes`, as `pairs` pairs. *e: what is said. */
static bool take_records(const struct record *record, size_t bytes, uint32_t pairs, bool self,
                         struct err *e)
{
    static struct scorer scorer = {.path = "score.c", .fd = -1};
    bool stuck;
    harness_stage_make(&h, &stage_loop, 1, 4);
    assert_true(emit_find("table", &h.task.lines.format, e));
    h.query.scorer = &scorer;
    h.task.module.any = true;
    h.task.self = self;
    harness_stage_open(&h);
    wire_put(&h.wire[0], (struct wire_frame){.bytes = (uint32_t)bytes, .pairs = pairs}, record);
    const bool ok = stage_drain(&h.stage, 1000, &stuck, e);
    harness_stage_close(&h);
    return ok;
}

/* Rows that do not exist, or not in order, would be used as they stand to choose from the pairs. */
static void records_that_cannot_be(void **state)
{
    static const struct {
        struct record record[2];
        size_t bytes;
        uint32_t pairs;
        bool self, can_be;
    } cases[] = {
        {{{0, 0, 1}, {0, 3, -1}}, 32, 2, false, true},
        {{{0, 1, 1}, {2, 3, 1}}, 32, 2, true, true},
        {{{4, 0, 1}}, 16, 1, false, false}, /* four rows a side */
        {{{UINT32_MAX, 0, 1}}, 16, 1, false, false},
        {{{0, 4, 1}}, 16, 1, false, false},
        {{{0, UINT32_MAX, NAN}}, 16, 1, false, false}, /* rows alone are not asked for */
        {{{0, 0, NAN}}, 16, 1, false, false},
        {{{0, 2, 1}, {0, 2, 1}}, 32, 2, false, false},
        {{{0, 2, 1}, {0, 1, 1}}, 32, 2, false, false},
        {{{1, 0, 1}, {0, 1, 1}}, 32, 2, false, false},
        {{{1, 1, 1}}, 16, 1, true, false},
        {{{0, 0, 1}}, 16, 2, false, false},
        {{{0, 0, 1}}, 16, 0, false, false},
        {{{0, 0, 1}}, 7, 0, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = {0};
        const bool taken =
            take_records(cases[i].record, cases[i].bytes, cases[i].pairs, cases[i].self, &e);
        if (taken != cases[i].can_be || (!taken && e.status != ERR_SCORER))
            fail_msg("case %zu: %d %s", i, (int)e.status, e.text);
    }
}

/* Three frames of the greatest size. */
static void fill_ring(unsigned worker, uint32_t tile)
{
    const uint32_t bytes = (uint32_t)h.stage.ring_bytes / 4;
    char *zeros = calloc(bytes, 1);
    assert_non_null(zeros);
    for (int i = 0; i < 3; i++)
        wire_put(&h.wire[worker], (struct wire_frame){.tile = tile, .bytes = bytes}, zeros);
    free(zeros);
}

/* All that live are past the tile that is due, and have no space to go on. */
static void nobody_brings_it(void **state)
{
    struct err e = {0};
    bool stuck = true;
    (void)state;
    open_rows(2, 4);
    h.stage.procs[0].pid = h.stage.procs[1].pid = -2; /* they live; nothing is sent to them */
    fill_ring(0, 1);
    put(1, 2, "2\n", false);
    assert_true(stage_drain(&h.stage, 1000, &stuck, &e));
    assert_false(stuck);
    fill_ring(1, 2);
    assert_true(stage_drain(&h.stage, 1000, &stuck, &e));
    assert_true(stuck);
    h.stage.procs[1].pid = -1; /* its successor may bring it */
    leave(1);
    h.stage.procs[1].pid = -2;
    assert_true(stage_drain(&h.stage, 1000, &stuck, &e));
    assert_false(stuck);
    h.stage.procs[0].pid = h.stage.procs[1].pid = -1;
    harness_stage_close(&h);
}

/* The last round takes the tile that was due from the second ring. The next one stands in the first
 * ring, which was looked at before. */
static void the_next_round_brings_it(void **state)
{
    struct err e = {0};
    bool stuck = true;
    (void)state;
    open_rows(2, 4);
    h.stage.procs[0].pid = h.stage.procs[1].pid = -2;
    fill_ring(0, 1);
    put(1, 0, "0\n", true);
    fill_ring(1, 2);
    assert_true(stage_drain(&h.stage, 1, &stuck, &e));
    assert_false(stuck);
    h.stage.procs[0].pid = h.stage.procs[1].pid = -1;
    harness_stage_close(&h);
}

/* ---- Too slow --------------------------------------------------------------------------------*/

/* A stage whose tiles are too slow is left, but not in the middle of a tile that is written. */
static void left_between_tiles(void **state)
{
    (void)state;
    harness_stage_make(&h, &stage_loop, 1, 4);
    h.task.rows_per_tile = 64;
    harness_stage_open(&h);
    put(0, 0, "0 a\n", false);
    drain("0 a\n");
    assert_false(stage_is_too_slow(&h.stage));
    h.stage.waited_seconds = 6;
    assert_false(stage_is_too_slow(&h.stage));
    put(0, 0, "0 b\n", true);
    put(0, 1, "1\n", true);
    drain("0 a\n0 b\n"); /* and no more, though tile 1 is done */
    assert_int_equal(h.stage.next_out, 1);
    assert_int_equal(h.stage.waited_seconds, 0);
    assert_true(stage_is_too_slow(&h.stage));
    drain("0 a\n0 b\n");
    harness_stage_close(&h);
}

/* Only tiles of several rows, which the coordinator has cut by number, can be made smaller. */
static void cannot_be_smaller(void **state)
{
    const struct {
        const struct stage_kind *kind;
        uint64_t rows_per_tile;
        bool tile_row;
        bool too_slow;
    } cases[] = {
        {&stage_loop, 64, false, true},  {&stage_refine, 2, false, true},
        {&stage_loop, 1, false, false},  {&stage_emit, 64, true, false},
        {&stage_join, 64, false, false},
    };
    static const uint64_t tile_row[5];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        harness_stage_make(&h, cases[i].kind, 1, 4);
        h.task.rows_per_tile = cases[i].rows_per_tile;
        h.stage.tile_row = cases[i].tile_row ? tile_row : NULL;
        harness_stage_open(&h);
        h.stage.waited_seconds = 6;
        if (stage_is_too_slow(&h.stage) != cases[i].too_slow)
            fail_msg("case %zu", i);
        harness_stage_close(&h);
    }
}

int main(void)
{
    alarm(300); /* a stage that is broken may never end */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places),
        cmocka_unit_test(reports_stay_writable),
        cmocka_unit_test(in_order),
        cmocka_unit_test(in_order_random),
        cmocka_unit_test(tapped),
        cmocka_unit_test(most_results),
        cmocka_unit_test(most_results_anywhere),
        cmocka_unit_test(most_results_pieces),
        cmocka_unit_test(most_results_counted),
        cmocka_unit_test(counted_beyond_32_bits),
        cmocka_unit_test(done_again),
        cmocka_unit_test(done_again_from_its_start),
        cmocka_unit_test(finished_tiles_stay),
        cmocka_unit_test(died_between_tiles),
        cmocka_unit_test(left_twice),
        cmocka_unit_test(later_tiles_are_parked),
        cmocka_unit_test(lost_tiles),
        cmocka_unit_test(lost_tiles_end),
        cmocka_unit_test(lost_tile_of_another),
        cmocka_unit_test(waits_for_takers),
        cmocka_unit_test(kills_takers),
        cmocka_unit_test(committed_chunks_count),
        cmocka_unit_test(committed_tile_is_done),
        cmocka_unit_test(unmatched_lines),
        cmocka_unit_test(scores_of_tiles),
        cmocka_unit_test(scores_that_cannot_be),
        cmocka_unit_test(heads_that_cannot_be),
        cmocka_unit_test(headers_that_cannot_be),
        cmocka_unit_test(copies_of_frames),
        cmocka_unit_test(frames_of_other_stages),
        cmocka_unit_test(tiles_that_cannot_be),
        cmocka_unit_test(chunks_that_cannot_be),
        cmocka_unit_test(bytes_that_cannot_be),
        cmocka_unit_test(records_that_cannot_be),
        cmocka_unit_test(nobody_brings_it),
        cmocka_unit_test(the_next_round_brings_it),
        cmocka_unit_test(left_between_tiles),
        cmocka_unit_test(cannot_be_smaller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
