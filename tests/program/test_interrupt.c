/* Control-C: axb ends by SIGINT itself, so that a shell ends its loop; SIGTERM is a stop with 75.
 */
#include "core/err.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A run that never ends by itself. The scorer says when it has begun. */
#define ENDLESS "axb match A.csv B.csv --score forever.c --min 0.5 -o good.csv -j 2"

static int set_up(void **state)
{
    return harness_shell_set_up(state) ||
           harness_shell("printf '#include <axb.h>\\n#include <stdio.h>\\n"
                         "double score(const axb_row_a *a, const axb_row_b *b)\\n"
                         "{ FILE *f = fopen(\"begun\", \"w\"); if (f) fclose(f);"
                         " for (volatile int i = 0; !i || a != (void *)b;) i = 1; return 1; }\\n'"
                         " >forever.c",
                         NULL, NULL);
}

/* Starts a command of bash as the leader of a group, as at a terminal. */
static pid_t start(const char *command, void (*on_interrupt)(int))
{
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        setsid();
        signal(SIGINT, on_interrupt);
        execlp("bash", "bash", "-c", command, NULL);
        _exit(127);
    }
    return pid;
}

static void wait_until_it_scores(void)
{
    for (int i = 0; i < 12000 && access("begun", F_OK) != 0; i++)
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    assert_int_equal(unlink("begun"), 0);
}

static int end_of(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void expect_text(const char *path, const char *text)
{
    char command[200], *out;
    snprintf(command, sizeof command, "cat %s && rm %s", path, path);
    assert_int_equal(harness_shell(command, &out, NULL), 0);
    assert_string_equal(out, text);
    free(out);
}

static void test_a_loop_ends(void **state)
{
    (void)state;
    const pid_t pid = start("for i in 1 2 3; do echo $i >>runs; " ENDLESS " 2>said; done", SIG_DFL);
    wait_until_it_scores();
    kill(-pid, SIGINT);
    const int status = end_of(pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
    expect_text("runs", "1\n");
    expect_text("said", "axb: stopped by SIGINT\nnothing was written\n");
    harness_shell_output("cat good.csv", "what was here before\n");
}

/* As `axb … &` in a script: control-C is for what runs in the foreground. */
static void test_ignored_stays_ignored(void **state)
{
    (void)state;
    const pid_t pid = start("exec " ENDLESS " 2>/dev/null", SIG_IGN);
    wait_until_it_scores();
    kill(pid, SIGINT);
    nanosleep(&(struct timespec){0, 700000000}, NULL);
    assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
    kill(pid, SIGTERM);
    const int status = end_of(pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), ERR_STOPPED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_loop_ends),
        cmocka_unit_test(test_ignored_stays_ignored),
    };
    return cmocka_run_group_tests_name("interrupt", tests, set_up, harness_shell_tear_down);
}
