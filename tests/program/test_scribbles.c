/* Scorers that write where they must not, in the program: the result has the right bytes, or the
 * run ends with status 76. No run ends with 0 and other bytes, none hangs, and no process but a
 * worker gets a signal. Each run has a seed, which the module scribbler.c takes its harm from.
 * `test_scribbles FIRST N` tries N seeds. */
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS 300u
#define SEED 1u

static char folder[] = "/tmp/axb-scribble-XXXXXX";
static unsigned long first_seed = SEED;
static size_t n_seeds;

static const struct way {
    const char *module, *more[4];
} ways[] = {
    {"scribbler", {"-j2"}},
    {"scribbler", {"-j3", "--sandbox"}},
    {"scribbler", {"-j1", "--on-crash", "skip"}},
    {"scribbler-where", {"-j2", "--sandbox"}},
    {"scribbler-where", {"-j3"}},
    {"scribbler-prepares", {"-j2"}},
    {"scribbler-prepares", {"-j3", "--sandbox"}},
};

#define N_WAYS (sizeof ways / sizeof *ways)

static char *expected[N_WAYS];
static size_t expected_bytes[N_WAYS];

static void write_table(const char *name)
{
    char path[100];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("id,name\n", f);
    for (unsigned i = 0; i < ROWS; i++) {
        fprintf(f, "%u,", i);
        for (unsigned n = 3 + harness_below(5); n > 0; n--)
            fputc((int)('a' + harness_below(4)), f);
        fputc('\n', f);
    }
    fclose(f);
}

/* Runs a way, into the file "result". Returns its status. */
static int run(const struct way *w, char **err)
{
    char module[300];
    const char *argv[20] = {"/usr/bin/env", "timeout", "120",    BINARY_DIR "/axb", "match",
                            "a.csv",        "b.csv",   "-q",     "--min",           "0.7",
                            "-o",           "result",  "--score"};
    size_t n = 13;
    snprintf(module, sizeof module, BINARY_DIR "/tests/%s.so", w->module);
    argv[n++] = module;
    for (size_t i = 0; i < 4 && w->more[i]; i++)
        argv[n++] = w->more[i];
    unlink("result");
    return harness_run(argv, NULL, err);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder) || chdir(folder) != 0)
        return -1;
    harness_seed(5);
    write_table("a.csv");
    write_table("b.csv");
    if (!HARNESS_SANITIZED)
        setenv("LD_PRELOAD", BINARY_DIR "/tests/kill-watch.so", 1);
    for (size_t i = 0; i < N_WAYS; i++) {
        assert_int_equal(run(&ways[i], NULL), 0);
        expected[i] = harness_read("result", &expected_bytes[i]);
        assert_true(expected_bytes[i] > 1000);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_WAYS; i++)
        free(expected[i]);
    return harness_remove(folder);
}

static bool is_right(size_t way)
{
    size_t n;
    char *bytes = harness_read("result", &n);
    const bool same = n == expected_bytes[way] && memcmp(bytes, expected[way], n) == 0;
    free(bytes);
    return same;
}

static void scribbles(void **state)
{
    size_t n_right = 0, n_refused = 0;
    (void)state;
    for (unsigned long seed = first_seed; seed < first_seed + n_seeds; seed++) {
        const size_t way = seed % N_WAYS;
        char text[32], *err;
        snprintf(text, sizeof text, "%lu", seed);
        setenv("AXB_SCRIBBLE", text, 1);
        const int status = run(&ways[way], &err);
        const bool right = status == 0 && is_right(way);
        if (!right && (status != 76 || access("result", F_OK) == 0))
            fail_msg("seed %lu (test_scribbles %lu 1): status %d%s\n%s", seed, seed, status,
                     status ? "" : " with other bytes", err);
        n_right += right;
        n_refused += !right;
        free(err);
    }
    unsetenv("AXB_SCRIBBLE");
    print_message("%zu scribbles: %zu right, %zu ended with 76\n", n_seeds, n_right, n_refused);
    assert_true(n_right > 0 && n_refused > 0);
}

int main(int argc, char **argv)
{
    n_seeds = harness_tries(150, 10000);
    if (argc == 3) {
        first_seed = strtoul(argv[1], NULL, 10);
        n_seeds = strtoul(argv[2], NULL, 10);
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(scribbles)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
