/* A whole stage with processes, in which this program plays the workers: some die, some lie, some
 * never end. What each does is in its role, by name. */
#include "tests/harness/harness_stage.h"

#include "core/process.h"
#include "matcher/scorer/scorer.h"
#include "tests/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define ROLE "AXB_TEST_ROLE"
#define TILES 12u
#define ROWS_B 10u
#define TILE_BYTES 64u

static struct harness_stage h;

/* ---- The workers -----------------------------------------------------------------------------*/

struct player {
    struct wire wire;
    const struct wire_task *task;
    struct wire_slot *slot;
};

/* The lines of a tile; returns how long the first one is. */
static size_t tile_lines(uint64_t tile, char text[TILE_BYTES])
{
    int n = snprintf(text, TILE_BYTES, "%u is a tile\n", (unsigned)tile);
    snprintf(text + n, TILE_BYTES - (size_t)n, "%u has\nthree lines\n", (unsigned)tile);
    return (size_t)n;
}

/* Hands over bytes from..to of a tile, but for those that were handed over before. */
static void put_bytes(struct player *p, uint64_t tile, const char *text, size_t from, size_t to,
                      uint64_t skip)
{
    struct wire_frame frame = {.tile = (uint32_t)tile};
    from = from > skip ? from : (size_t)skip;
    for (size_t i = from; i < to; i++)
        frame.pairs += text[i] == '\n';
    frame.bytes = from < to ? (uint32_t)(to - from) : 0;
    if (frame.bytes)
        wire_put(&p->wire, frame, text + from);
}

static void end_tile(struct player *p, uint64_t tile)
{
    const struct wire_done done = {.n_chunks = 0};
    wire_put(&p->wire, (struct wire_frame){.tile = (uint32_t)tile, .bytes = sizeof done, .last = 1},
             &done);
}

/* Every tile. One in three ends a process that has not begun with it, after its first line. */
static void write_tiles(struct player *p, bool mortal)
{
    char text[TILE_BYTES];
    for (;;) {
        const bool redo = p->wire.redo_tile != WIRE_NO_TILE;
        const uint64_t tile = wire_next_tile(&p->wire);
        const uint64_t skip = p->wire.skip_bytes;
        if (tile == WIRE_NO_TILE)
            return;
        const size_t half = tile_lines(tile, text);
        put_bytes(p, tile, text, 0, half, skip);
        if (mortal && !redo && tile % 3 == 0)
            raise(SIGKILL);
        put_bytes(p, tile, text, half, strlen(text), skip);
        end_tile(p, tile);
    }
}

static void play_whole(struct player *p)
{
    write_tiles(p, false);
}

static void play_mortal(struct player *p)
{
    write_tiles(p, true);
}

/* Takes tiles and dies before it says which. */
static void play_unnamed(struct player *p)
{
    if (p->wire.redo_tile == WIRE_NO_TILE) {
        atomic_store(&p->slot->tile, WIRE_TAKING);
        if (atomic_fetch_add(&p->wire.reports->next_tile, 1) < TILES)
            raise(SIGKILL);
    }
    write_tiles(p, false);
}

/* Takes a tile and forgets it, and dies in the next one. */
static void play_forgetful(struct player *p)
{
    if (atomic_load(&p->wire.reports->next_tile) == 0) {
        wire_next_tile(&p->wire);
        wire_next_tile(&p->wire);
        raise(SIGKILL);
    }
    write_tiles(p, false);
}

/* Takes all tiles, and says that they are done. */
static void play_liar(struct player *p)
{
    while (wire_next_tile(&p->wire) != WIRE_NO_TILE) {
    }
}

static void play_endless(struct player *p)
{
    wire_next_tile(&p->wire);
    alarm(30); /* the test has failed by then */
    for (;;)
        pause();
}

static void play_failing(struct player *p)
{
    err_set(&p->slot->error, ERR_DATA, NULL, "the worker says why");
    atomic_store(&p->slot->state, WIRE_FAILED);
}

static void play_crash(struct player *p)
{
    (void)p;
    signal(SIGABRT, SIG_DFL);
    raise(SIGABRT);
}

/* ---- Workers whose scorer fails --------------------------------------------------------------*/

static bool is_guilty(uint64_t row_a, uint64_t row_b)
{
    return (row_a == 2 && (row_b == 3 || row_b == 7)) || (row_a == 4 && row_b == 0);
}

static bool is_rejected(const struct wire_orders *c, uint64_t row_a, uint64_t row_b)
{
    for (uint64_t i = 0; i < atomic_load(&c->n_rejects); i++)
        if (wire_rejects(c)[i] == (row_a << 32 | row_b))
            return true;
    return false;
}

/* The user's code over a run of pairs; one that is guilty ends in `go_wrong`. */
static void score(struct player *p, uint64_t row_a, uint64_t b_from, uint64_t b_to,
                  void (*go_wrong)(void))
{
    const bool one_by_one = stage_kind_at(p->task->kind) == &stage_probe;
    atomic_store(&p->slot->row_a, row_a);
    atomic_store(&p->slot->b_from, b_from);
    atomic_store(&p->slot->b_to, b_to);
    for (uint64_t row_b = b_from; row_b < b_to; row_b++) {
        if (is_rejected(p->wire.orders, row_a, row_b))
            continue;
        if (one_by_one)
            atomic_store(&p->slot->b_from, row_b);
        atomic_store(&p->slot->scoring, 1);
        if (is_guilty(row_a, row_b))
            go_wrong();
        atomic_store(&p->slot->scoring, 0);
    }
}

static void score_tiles(struct player *p, void (*go_wrong)(void))
{
    char text[TILE_BYTES];
    const struct wire_task *task = p->task;
    if (stage_kind_at(task->kind) == &stage_probe) {
        score(p, task->row_from, task->probe.b_from, task->probe.b_to, go_wrong);
        return;
    }
    for (uint64_t tile; (tile = wire_next_tile(&p->wire)) != WIRE_NO_TILE;) {
        score(p, tile, 0, ROWS_B, go_wrong);
        tile_lines(tile, text);
        put_bytes(p, tile, text, 0, strlen(text), 0);
        end_tile(p, tile);
    }
}

static void go_segv(void)
{
    signal(SIGSEGV, SIG_DFL); /* a sanitizer has a handler */
    raise(SIGSEGV);
}

static void go_exit(void)
{
    _exit(3);
}

static void go_kill(void)
{
    raise(SIGKILL);
}

static void go_stop(void)
{
    for (;;)
        raise(SIGSTOP);
}

static void go_stop_once(void)
{
    raise(SIGSTOP);
}

static void play_segv(struct player *p)
{
    score_tiles(p, go_segv);
}

static void play_exit(struct player *p)
{
    score_tiles(p, go_exit);
}

static void play_kill(struct player *p)
{
    score_tiles(p, go_kill);
}

static void play_stop(struct player *p)
{
    score_tiles(p, go_stop);
}

static void play_stop_once(struct player *p)
{
    score_tiles(p, go_stop_once);
}

/* Fails in the loop, and never when it is tried again. */
static void play_once(struct player *p)
{
    if (stage_kind_at(p->task->kind) != &stage_probe)
        score_tiles(p, go_segv);
}

static const struct role {
    const char *name;
    void (*play)(struct player *p);
} roles[] = {
    {"whole", play_whole},     {"mortal", play_mortal},       {"unnamed", play_unnamed},
    {"liar", play_liar},       {"forgetful", play_forgetful}, {"endless", play_endless},
    {"failing", play_failing}, {"crash", play_crash},         {"segv", play_segv},
    {"exit", play_exit},       {"kill", play_kill},           {"stop", play_stop},
    {"once", play_once},       {"stop once", play_stop_once},
};

/* PROGRAM worker run NUMBER PARENT */
static int play(char **argv)
{
    const char *name = getenv(ROLE);
    struct player p;
    struct shm orders, reports;
    struct err e;
    proc_die_with_parent((pid_t)strtol(argv[4], NULL, 10));
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    if (name && strcmp(name, "silent") == 0)
        return 0;
    if (!name || strcmp(name, "early") == 0 || !shm_attach(&orders, WIRE_FD_ORDERS, false, &e) ||
        !shm_attach(&reports, WIRE_FD_REPORTS, true, &e) ||
        !wire_attach(&p.wire, &orders, &reports, (unsigned)strtoul(argv[3], NULL, 10), &e))
        return 1;
    p.task = &p.wire.orders->task;
    p.slot = p.wire.slot;
    atomic_store(&p.slot->state, WIRE_RUNNING);
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(roles[i].name, name) == 0)
            roles[i].play(&p);
    const bool failed = atomic_load(&p.slot->state) == WIRE_FAILED;
    atomic_store(&p.slot->state, failed ? WIRE_FAILED : WIRE_DONE);
    wire_wake(&p.wire.reports->doorbell);
    return failed ? (int)p.slot->error.status : 0;
}

/* ---- The coordinator -------------------------------------------------------------------------*/

static void make(const char *role, unsigned n_workers)
{
    setenv(ROLE, role, 1);
    harness_stage_make(&h, &stage_loop, n_workers, TILES);
}

static void check_whole(void)
{
    char expected[TILES * TILE_BYTES] = "", text[TILE_BYTES];
    for (uint64_t tile = 0; tile < TILES; tile++) {
        tile_lines(tile, text);
        strcat(expected, text);
    }
    char *output = harness_stage_output(&h);
    assert_string_equal(output, expected);
    assert_int_equal(h.stage.pairs_found, 3 * TILES);
    free(output);
}

static void run_whole(void)
{
    struct err e = {0};
    if (!stage_run(&h.stage, &h.task, &e))
        fail_msg("%s", e.text);
    for (unsigned i = 0; i < h.task.n_workers; i++)
        assert_int_equal(h.stage.procs[i].pid, -1);
    check_whole();
}

static void run_refused(enum err_status status, const char *text)
{
    struct err e = {0};
    assert_false(stage_run(&h.stage, &h.task, &e));
    if (e.status != status || !strstr(e.text, text))
        fail_msg("%d: %s", (int)e.status, e.text);
}

static void every_worker_lives(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 4; n += 3) {
        make("whole", n);
        run_whole();
        assert_int_equal(h.stage.replaced, 0);
        harness_stage_close(&h);
    }
}

static void workers_die_in_tiles(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 4; n += 3) {
        make("mortal", n);
        run_whole();
        assert_int_equal(h.stage.replaced, TILES / 3);
        harness_stage_close(&h);
    }
}

static void workers_die_before_they_say(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 4; n += 3) {
        make("unnamed", n);
        run_whole();
        assert_true(h.stage.replaced >= 1);
        harness_stage_close(&h);
    }
}

/* A tile that nobody has noticed when all workers have ended. All later ones wait for it. */
static void tile_is_found_at_the_end(void **state)
{
    (void)state;
    make("forgetful", 1);
    run_whole();
    assert_int_equal(h.stage.replaced, 1);
    harness_stage_close(&h);
}

/* The next process in a slot is not where the last one was. */
static void successor_is_fresh(void **state)
{
    struct err e = {0};
    (void)state;
    make("endless", 1);
    harness_stage_open(&h);
    atomic_store(&h.stage.reports->slot[0].scoring, 1);
    atomic_store(&h.stage.reports->slot[0].tile, 5);
    if (!stage_replace(&h.stage, 0, &e))
        fail_msg("%s", e.text);
    assert_int_equal(h.stage.replaced, 1);
    assert_true(h.stage.procs[0].pid > 0);
    assert_int_equal(atomic_load(&h.stage.reports->slot[0].scoring), 0);
    assert_int_equal(atomic_load(&h.stage.reports->slot[0].tile), 5);
    harness_stage_close(&h);
}

/* A result that lacks a tile is no result. */
static void lacks_a_tile(void **state)
{
    (void)state;
    make("liar", 2);
    run_refused(ERR_SOFTWARE, "12 of 12 tiles were lost");
    harness_stage_close(&h);
}

/* Nothing is written yet, so it is left at once, and the workers with it. */
static void too_slow(void **state)
{
    struct err e = {0};
    (void)state;
    make("endless", 2);
    h.task.rows_per_tile = 64;
    h.stage.waited_seconds = 6;
    assert_true(stage_run(&h.stage, &h.task, &e));
    assert_true(h.stage.too_slow);
    assert_int_equal(h.stage.next_out, 0);
    harness_stage_close(&h);
}

static void workers_fail(void **state)
{
    (void)state;
    make("failing", 1);
    run_refused(ERR_DATA, "the worker says why");
    harness_stage_close(&h);
    make("crash", 1);
    run_refused(ERR_SOFTWARE, "worker 0 was killed by SIGABRT");
    harness_stage_close(&h);
    make("early", 1);
    run_refused(ERR_OS, "worker 0 exited with 1 before it could begin");
    harness_stage_close(&h);
}

/* ---- Culprits --------------------------------------------------------------------------------*/

static struct scorer scorer = {.path = "score.c", .fd = -1};
static struct rejects rejects;

static void make_scorer(const char *role, bool skip)
{
    make(role, 1);
    scorer.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(scorer.fd >= 0);
    rejects = (struct rejects){.max = 10};
    h.query.scorer = &scorer;
    h.task.module.any = true;
    h.faults.rejects = skip ? &rejects : NULL;
}

static void close_scorer(void)
{
    rejects_close(&rejects);
    close(scorer.fd);
    harness_stage_close(&h);
}

static void check_reject(uint64_t i, uint32_t row_a, uint32_t row_b, const char *reason)
{
    assert_int_equal(rejects.at[i].row_a, row_a);
    assert_int_equal(rejects.at[i].row_b, row_b);
    assert_string_equal(rejects.at[i].reason, reason);
}

/* Each pair at fault is found and left out, two in one run of pairs as well; every tile is done. */
static void culprits_are_left_out(void **state)
{
    const struct {
        const char *role, *reason;
        uint64_t replaced;
    } cases[] = {
        {"segv", "was killed by SIGSEGV", 2},
        {"exit", "exited with 3", 2},
        {"kill", "was killed by SIGKILL, as when memory runs out", 6},
        {"stop", "stopped itself", 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_scorer(cases[i].role, true);
        run_whole();
        assert_int_equal(rejects.n, 3);
        check_reject(0, 2, 3, cases[i].reason);
        check_reject(1, 2, 7, cases[i].reason);
        check_reject(2, 4, 0, cases[i].reason);
        assert_int_equal(h.stage.replaced, cases[i].replaced);
        close_scorer();
    }
}

/* What an earlier stage, or an earlier run, has found is left out from the beginning. */
static void known_culprits_are_left_out(void **state)
{
    struct err e;
    (void)state;
    make_scorer("segv", true);
    assert_true(rejects_add(&rejects, 4, 0, "failed", &e) &&
                rejects_add(&rejects, 2, 7, "failed", &e) &&
                rejects_add(&rejects, 2, 3, "failed", &e));
    run_whole();
    assert_int_equal(rejects.n, 3);
    assert_int_equal(h.stage.replaced, 0);
    close_scorer();
}

/* A worker that is stopped goes on: that may have been a user. */
static void stopped_workers_go_on(void **state)
{
    (void)state;
    make_scorer("stop once", true);
    run_whole();
    assert_int_equal(rejects.n, 0);
    assert_int_equal(h.stage.replaced, 0);
    close_scorer();
}

static void culprit_is_named(void **state)
{
    (void)state;
    make_scorer("segv", false);
    run_refused(ERR_SCORER,
                "score.c: the scorer was killed by SIGSEGV on row 3 of A and row 4 of B");
    close_scorer();
}

static void too_many_culprits(void **state)
{
    (void)state;
    make_scorer("segv", true);
    rejects.max = 2;
    run_refused(ERR_SCORER, "failed on more than 2 pairs");
    assert_int_equal(rejects.n, 2);
    close_scorer();
}

/* It ends well, and its slot says that it has never begun: somebody has written there. */
static void slot_is_overwritten(void **state)
{
    (void)state;
    make_scorer("silent", false);
    run_refused(ERR_SCORER, "score.c: the scorer wrote where it must not");
    close_scorer();
}

/* A run of pairs that fails, while none of its pairs does. */
static void culprit_is_not_found(void **state)
{
    (void)state;
    make_scorer("once", false);
    run_refused(ERR_SCORER, "on row 3 of A against one of the rows 1 to 10 of B");
    close_scorer();
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "worker") == 0)
        return play(argv);
    alarm(300); /* a stage that is broken may never end */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_worker_lives),
        cmocka_unit_test(workers_die_in_tiles),
        cmocka_unit_test(workers_die_before_they_say),
        cmocka_unit_test(tile_is_found_at_the_end),
        cmocka_unit_test(successor_is_fresh),
        cmocka_unit_test(lacks_a_tile),
        cmocka_unit_test(too_slow),
        cmocka_unit_test(workers_fail),
        cmocka_unit_test(culprits_are_left_out),
        cmocka_unit_test(known_culprits_are_left_out),
        cmocka_unit_test(stopped_workers_go_on),
        cmocka_unit_test(culprit_is_named),
        cmocka_unit_test(too_many_culprits),
        cmocka_unit_test(slot_is_overwritten),
        cmocka_unit_test(culprit_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
