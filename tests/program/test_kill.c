/* kill -9 of the coordinator or of a worker at any moment: nothing is left, and a run that lost a
 * worker still writes the same bytes. The program runs on tables of its own generator, through a
 * join and through a scorer in C. */
#include "tests/harness/harness_left.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRIES 30
#define TRIES_LONG 400
#define SEED 20240501u

static char directory[] = "/tmp/axb-kill-XXXXXX";
static char path_a[64], path_b[64], scorer[64], out[64];

static void write_scorer(void)
{
    FILE *f = fopen(scorer, "w");
    assert_non_null(f);
    fputs("#include <axb.h>\n"
          "double score(const axb_row_a *a, const axb_row_b *b)\n"
          "{\n    return axb_levenshtein(a->last, b->last) * axb_jaro(a->first, b->first);\n}\n",
          f);
    fclose(f);
}

static int set_up(void **state)
{
    (void)state;
    harness_left_begin();
    assert_non_null(mkdtemp(directory));
    snprintf(path_a, sizeof path_a, "%s/A.csv", directory);
    snprintf(path_b, sizeof path_b, "%s/B.csv", directory);
    snprintf(scorer, sizeof scorer, "%s/score.c", directory);
    snprintf(out, sizeof out, "%s/out.csv", directory);
    const char *argv[] = {BINARY_DIR "/axb-sample", directory, "5000", NULL};
    assert_int_equal(harness_run(argv, NULL, NULL), 0);
    write_scorer();
    setenv("TMPDIR", directory, 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return harness_remove(directory);
}

static void sleep_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

/* Everything is gone, after some seconds at the latest. */
static void check_nothing_left(size_t names)
{
    char first[200];
    if (!harness_left_wait(10, first, sizeof first))
        fail_msg("left behind: %s", first);
    assert_int_equal(harness_left_names(directory, ""), names);
    assert_int_equal(harness_left_shm(), 0);
}

static const char *const *arguments(bool use_scorer)
{
    static const char *const join[] = {
        BINARY_DIR "/axb", "match", path_a, path_b, "--on", "full", "--metric",
        "levenshtein",     "--min", "0.5",  "-o",   out,    "-q",   NULL};
    static const char *const loop[] = {
        BINARY_DIR "/axb", "match", path_a, path_b, "--score", scorer,
        "--min",           "0.75",  "-o",   out,    "-q",      NULL};
    return use_scorer ? loop : join;
}

/* Runs to the end. Returns the bytes written, and the time taken in *ms. */
static char *reference(bool use_scorer, size_t *n, unsigned *ms)
{
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_int_equal(harness_run(arguments(use_scorer), NULL, NULL), 0);
    clock_gettime(CLOCK_MONOTONIC, &to);
    *ms = (unsigned)((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000);
    char *bytes = harness_read(out, n);
    assert_true(*n > 1000);
    unlink(out);
    return bytes;
}

static void kill_coordinator(bool use_scorer, unsigned delay_ms)
{
    size_t names = harness_left_names(directory, "");
    pid_t coordinator = harness_start(arguments(use_scorer));
    sleep_ms(delay_ms);
    kill(coordinator, SIGKILL);
    int status;
    waitpid(coordinator, &status, 0);
    if (access(out, F_OK) == 0)
        unlink(out); /* it was done before */
    check_nothing_left(names);
}

static bool is_worker(pid_t pid)
{
    char command[300], path[64];
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    FILE *f = fopen(path, "r");
    const size_t length = f ? fread(command, 1, sizeof command, f) : 0;
    if (f)
        fclose(f);
    return length && memmem(command, length, "worker\0run", 10);
}

/* One of the workers; 0: there is none. */
static pid_t find_worker(pid_t coordinator, unsigned random)
{
    pid_t children[64];
    const size_t found = harness_left_children(coordinator, children, 64);
    const pid_t pid = found ? children[random % found] : 0;
    return pid && is_worker(pid) ? pid : 0;
}

/* Waits for a worker, to the end of the run at most. */
static pid_t wait_for_worker(pid_t coordinator, unsigned random)
{
    siginfo_t ended = {.si_pid = 0};
    pid_t worker = 0;
    while (!(worker = find_worker(coordinator, random)) && !ended.si_pid) {
        sleep_ms(1);
        waitid(P_PID, (id_t)coordinator, &ended, WEXITED | WNOHANG | WNOWAIT);
    }
    return worker;
}

/* At any moment of the run, or at any of a worker's first ones, since a fast run is mostly without
 * workers. Returns whether a worker existed to be killed. */
static bool kill_worker(bool use_scorer, unsigned delay_ms, unsigned random, const char *expected,
                        size_t n_expected)
{
    size_t names = harness_left_names(directory, ""), n;
    const bool waits = random & 1;
    pid_t coordinator = harness_start(arguments(use_scorer));
    pid_t worker = waits ? wait_for_worker(coordinator, random / 2) : 0;
    sleep_ms(waits ? random / 2 % 10 : delay_ms);
    if (!waits)
        worker = find_worker(coordinator, random / 2);
    const bool killed = worker && kill(worker, SIGKILL) == 0;
    int status;
    waitpid(coordinator, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    char *bytes = harness_read(out, &n);
    assert_int_equal(n, n_expected);
    assert_memory_equal(bytes, expected, n);
    free(bytes);
    unlink(out);
    check_nothing_left(names);
    return killed;
}

static void coordinator_at_any_moment(void **state)
{
    const size_t tries = harness_tries(TRIES, TRIES_LONG);
    (void)state;
    srand(SEED);
    for (int use_scorer = 0; use_scorer < 2; use_scorer++) {
        size_t n;
        unsigned ms;
        free(reference(use_scorer, &n, &ms));
        for (size_t i = 0; i < tries / 2; i++)
            kill_coordinator(use_scorer, (unsigned)rand() % (ms + 1));
    }
}

static void worker_at_any_moment(void **state)
{
    (void)state;
    const size_t tries = harness_tries(TRIES, TRIES_LONG);
    size_t killed = 0;
    srand(SEED + 1);
    for (int use_scorer = 0; use_scorer < 2; use_scorer++) {
        size_t n;
        unsigned ms;
        char *expected = reference(use_scorer, &n, &ms);
        for (size_t i = 0; i < tries / 2; i++)
            killed +=
                kill_worker(use_scorer, (unsigned)rand() % (ms + 1), (unsigned)rand(), expected, n);
        free(expected);
    }
    print_message("%zu of %zu tries killed a worker\n", killed, tries);
    assert_true(killed > tries / 10);
}

/* Many workers die between taking a tile and naming it, and others are slow just there:
 * tests/program/dying_worker.c. */
static void worker_with_a_tile_that_nobody_knows(void **state)
{
    const char *const runs[][8] = {
        {"--on", "full", "--min", "0.8"},
        {"--score", "levenshtein(full)", "--where", "a.sex == b.sex", "--min", "0.6"},
        {"--score", "0.6 * jaro_winkler(full) + 0.4 * levenshtein(city)", "--min", "0.7"},
        {"--score", scorer, "--min", "0.6"},
    };
    static const char *const workers[] = {"1", "3", "7"};
    (void)state;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        const char *argv[16] = {BINARY_DIR "/axb", "match", path_a, path_b, "-q", "-j", "2"};
        char *expected, *got, *err;
        memcpy(argv + 7, runs[i], sizeof runs[i]);
        assert_int_equal(harness_run(argv, &expected, NULL), 0);
        assert_true(strlen(expected) > 1000);
        for (size_t k = 0; k < sizeof workers / sizeof *workers; k++) {
            argv[0] = BINARY_DIR "/tests/axb-dying";
            argv[6] = workers[k];
            if (harness_run(argv, &got, &err) != 0)
                fail_msg("run %zu with %s workers: %s", i, workers[k], err);
            if (strcmp(got, expected) != 0)
                fail_msg("run %zu with %s workers: other bytes", i, workers[k]);
            free(got);
            free(err);
        }
        free(expected);
    }
}

/* Scorers that undo what lets a worker die with the coordinator, and never end. They say when. */
static void worker_that_would_outlive(void **state)
{
    static const char *const undo[] = {
        "prctl(PR_SET_PDEATHSIG, 0)",
        "(geteuid() == 0 ? syscall(SYS_setresuid, 1000, 1000, 1000) : 0)",
    };
    char text[1000], ready[80];
    (void)state;
    snprintf(ready, sizeof ready, "%s/ready", directory);
    for (size_t i = 0; i < sizeof undo / sizeof *undo; i++) {
        snprintf(text, sizeof text,
                 "#include <axb.h>\n#include <fcntl.h>\n#include <sys/prctl.h>\n"
                 "#include <sys/syscall.h>\n#include <unistd.h>\n"
                 "double score(const axb_row_a *a, const axb_row_b *b)\n"
                 "{\n    int fd = open(\"%s\", O_WRONLY | O_CREAT, 0600);\n"
                 "    (void)a, (void)b, (void)fd, (void)%s;\n"
                 "    for (;;)\n        __asm__ volatile(\"\");\n    return 0;\n}\n",
                 ready, undo[i]);
        harness_write_text(scorer, text);
        const size_t names = harness_left_names(directory, "");
        const pid_t coordinator = harness_start(arguments(true));
        for (int k = 0; k < 6000 && access(ready, F_OK) != 0; k++)
            sleep_ms(10);
        assert_int_equal(access(ready, F_OK), 0);
        sleep_ms(50);
        kill(coordinator, SIGKILL);
        waitpid(coordinator, NULL, 0);
        unlink(ready);
        check_nothing_left(names);
    }
    write_scorer();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(coordinator_at_any_moment),
                                       cmocka_unit_test(worker_at_any_moment),
                                       cmocka_unit_test(worker_with_a_tile_that_nobody_knows),
                                       cmocka_unit_test(worker_that_would_outlive)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
