/* --pair-timeout in the program: it counts the time for which a scorer computes, and blames nobody
 * who is only kept waiting for a core. */
#include "core/err.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define AXB BINARY_DIR "/axb"
#define ROWS 20u
#define BUSY 6u /* processes that keep the core busy */

static char folder[] = "/tmp/axb-timeout-XXXXXX";

/* At row 7 of both: computes for AXB_TEST_COMPUTES milliseconds, then sleeps for AXB_TEST_SLEEPS.
 */
static const char text[] =
    "#include <axb.h>\n#include <stdlib.h>\n#include <time.h>\n#include <unistd.h>\n"
    "static long milliseconds(const char *name)\n"
    "{\n    const char *text = getenv(name);\n    return text ? atol(text) : 0;\n}\n"
    "static long computed(void)\n"
    "{\n    struct timespec t;\n    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);\n"
    "    return t.tv_sec * 1000 + t.tv_nsec / 1000000;\n}\n"
    "double score(const axb_row_a *a, const axb_row_b *b)\n{\n"
    "    if (a->row_number == 7 && b->row_number == 7) {\n"
    "        const long begin = computed();\n"
    "        while (computed() - begin < milliseconds(\"AXB_TEST_COMPUTES\"))\n            ;\n"
    "        usleep((useconds_t)milliseconds(\"AXB_TEST_SLEEPS\") * 1000);\n    }\n"
    "    return a->row_number == b->row_number;\n}\n";

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder) || chdir(folder) != 0)
        return -1;
    FILE *f = fopen("a.csv", "w");
    assert_non_null(f);
    fputs("row\n", f);
    for (unsigned r = 1; r <= ROWS; r++)
        fprintf(f, "%u\n", r);
    fclose(f);
    harness_write_text("slow.c", text);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return harness_remove(folder);
}

/* All that this process starts shares one core with processes that never rest. */
static void share_one_core(pid_t busy[BUSY])
{
    cpu_set_t all, one;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    for (int cpu = 0; CPU_COUNT(&one) == 0; cpu++)
        if (CPU_ISSET(cpu, &all))
            CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    for (unsigned i = 0; i < BUSY; i++) {
        busy[i] = fork();
        if (busy[i] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (volatile unsigned n = 0;; n++) {
            }
        }
    }
}

static void end_busy(pid_t busy[BUSY])
{
    for (unsigned i = 0; i < BUSY; i++) {
        kill(busy[i], SIGKILL);
        waitpid(busy[i], NULL, 0);
    }
}

/* Runs it; returns how many pairs were found and how many were left out. */
static void run(const char *timeout, const char *computes, const char *sleeps, int *found,
                int *left_out)
{
    const char *const argv[] = {AXB,       "match",      "a.csv",       "a.csv",
                                "--score", "slow.c",     "--min",       "1",
                                "-j",      "2",          "--bind",      "none",
                                "-q",      "--on-crash", "skip",        "--pair-timeout",
                                timeout,   "--rejects",  "rejects.csv", NULL};
    char *out;
    size_t n;
    setenv("AXB_TEST_COMPUTES", computes, 1);
    setenv("AXB_TEST_SLEEPS", sleeps, 1);
    assert_int_equal(harness_run(argv, &out, NULL), 0);
    char *rejects = harness_read("rejects.csv", &n);
    *found = *left_out = -1; /* the header */
    for (const char *p = out; *p; p++)
        *found += *p == '\n';
    for (const char *p = rejects; *p; p++)
        *left_out += *p == '\n';
    free(rejects);
    free(out);
}

static void check(const char *timeout, const char *computes, const char *sleeps, int expected)
{
    int found, left_out;
    run(timeout, computes, sleeps, &found, &left_out);
    if (left_out != expected || found != (int)ROWS - expected)
        fail_msg("timeout %s s, computes %s ms, sleeps %s ms: %d pairs found, %d left out", timeout,
                 computes, sleeps, found, left_out);
}

static void computing_counts(void **state)
{
    (void)state;
    check("0.3", "0", "0", 0);
    check("0.3", "60000", "0", 1);
}

/* A scorer that only sleeps may take ten times as long. */
static void sleeping_counts_less(void **state)
{
    (void)state;
    check("0.4", "0", "1200", 0);
    check("0.2", "0", "60000", 1);
}

/* It has a seventh of a core and needs much longer than it may, by the clock on the wall. */
static void waiting_does_not_count(void **state)
{
    pid_t busy[BUSY];
    (void)state;
    share_one_core(busy);
    check("0.4", "200", "0", 0);
    end_busy(busy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(computing_counts),
                                       cmocka_unit_test(sleeping_counts_less),
                                       cmocka_unit_test(waiting_does_not_count)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
