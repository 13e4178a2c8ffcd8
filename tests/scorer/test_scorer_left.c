/* Nothing is left behind by a scorer that is compiled, whoever is killed. This program is its own
 * `axb`: started as `… worker compile` or `… worker probe` it is that child, and as `… coordinator
 * FILE` a coordinator that is there to be killed. */
#include "core/process.h"
#include "matcher/scorer/scorer.h"
#include "tests/harness/harness_left.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_scorer.h"
#include "tests/test.h"

#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The command lines of running processes that name our directory; *child: the compile child. */
static unsigned running(pid_t *child)
{
    unsigned n = 0;
    DIR *d = opendir("/proc");
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d));) {
        char path[300], line[4096];
        snprintf(path, sizeof path, "/proc/%.20s/cmdline", entry->d_name);
        FILE *f = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? fopen(path, "r") : NULL;
        size_t bytes = f ? fread(line, 1, sizeof line, f) : 0;
        if (f)
            fclose(f);
        if (!memmem(line, bytes, harness_scorer_root, strlen(harness_scorer_root)))
            continue;
        n++;
        if (child && memmem(line, bytes, "worker\0compile", 14))
            *child = (pid_t)strtol(entry->d_name, NULL, 10);
    }
    closedir(d);
    return n;
}

static void nap(uint32_t microseconds)
{
    nanosleep(&(struct timespec){0, (long)microseconds * 1000}, NULL);
}

/* All processes end, and the directory is empty then. */
static void check_nothing_left(void)
{
    char first[200];
    if (!harness_left_wait(30, first, sizeof first))
        fail_msg("left behind: %s", first);
    assert_int_equal(harness_left_names(harness_scorer_tmp, ""), 0);
}

static pid_t start_coordinator(const char *path)
{
    char self[PATH_MAX];
    struct err e = {0};
    assert_true(proc_self_path(self, sizeof self, &e));
    pid_t pid = fork();
    if (pid == 0) {
        execl(self, self, "coordinator", path, (char *)NULL);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

static const char *const slow_text =
    "#include <axb.h>\n#include <math.h>\n#include <stdio.h>\n#include <stdlib.h>\n"
    "#define F(n) static double f##n(double x) { for (int i = 0; i < 9; i++) x = sqrt(x + n + i);"
    " return x; }\nF(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9)\n"
    "double score(const axb_row_a *a, const axb_row_b *b)\n"
    "{ return f1(f2(f3(f4(f5(f6(f7(f8(f9(a->x_number - b->x_number))))))))); }\n";

static void test_killed_coordinator(void **state)
{
    (void)state;
    const char *path = harness_scorer_put("slow.c", slow_text);
    for (int i = 0; i < 30; i++) {
        int status;
        pid_t coordinator = start_coordinator(path);
        nap(harness_below(300000));
        kill(coordinator, SIGKILL);
        assert_int_equal(waitpid(coordinator, &status, 0), coordinator);
        check_nothing_left();
    }
}

static void test_killed_child(void **state)
{
    (void)state;
    const char *path = harness_scorer_put("slow.c", slow_text);
    unsigned killed = 0;
    for (int i = 0; i < 30; i++) {
        int status;
        pid_t coordinator = start_coordinator(path), child = 0;
        while (!child && waitpid(coordinator, &status, WNOHANG) == 0)
            running(&child);
        nap(harness_below(250000));
        if (child)
            kill(child, SIGKILL);
        waitpid(coordinator, &status, 0);
        assert_true(WIFEXITED(status));
        assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == ERR_OS);
        killed += WEXITSTATUS(status) == ERR_OS;
        check_nothing_left();
    }
    assert_true(killed > 0);
}

/* A compiler that never ends, and has started another process, ends with coordinator or child. */
static void test_endless_compiler(void **state)
{
    (void)state;
    const char *compiler =
        harness_scorer_put("cc.sh", "#!/bin/sh\ntail -f \"$TMPDIR/axb.h\" \"$0\" &\nwait\n");
    assert_int_equal(chmod(compiler, 0700), 0);
    setenv("AXB_CC", compiler, 1);
    const char *path = harness_scorer_good();
    for (int i = 0; i < 4; i++) {
        int status;
        pid_t coordinator = start_coordinator(path), child = 0;
        while (running(&child) < 4) /* the coordinator, the child, the compiler, and tail */
            nap(1000);
        kill(i % 2 ? coordinator : child, SIGKILL);
        waitpid(coordinator, &status, 0);
        assert_true(i % 2 || WEXITSTATUS(status) == ERR_OS);
        check_nothing_left();
    }
    unsetenv("AXB_CC");
}

/* Coordinator and child at the same instant, with nobody left to remove anything. */
static void test_killed_both(void **state)
{
    (void)state;
    if (!harness_scorer_nameless()) {
        print_message("this system gives no directory without a name\n");
        skip();
    }
    const char *path = harness_scorer_put("slow.c", slow_text);
    for (int i = 0; i < 20; i++) {
        int status;
        pid_t coordinator = start_coordinator(path), child = 0;
        while (!child && waitpid(coordinator, &status, WNOHANG) == 0)
            running(&child);
        nap(harness_below(250000));
        kill(coordinator, SIGSTOP);
        kill(child, SIGKILL);
        kill(coordinator, SIGKILL);
        check_nothing_left();
    }
}

static int coordinator(const char *path)
{
    struct scorer s;
    struct err e = {0};
    if (!scorer_make(path, NULL, &harness_scorer_headers, &s, &e))
        return (int)e.status;
    scorer_close(&s);
    return 0;
}

int main(int argc, char **argv)
{
    int status;
    if (harness_scorer_child(argc, argv, &status))
        return status;
    if (argc > 2 && strcmp(argv[1], "coordinator") == 0)
        return coordinator(argv[2]);
    harness_seed(20260101);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_coordinator),
        cmocka_unit_test(test_killed_child),
        cmocka_unit_test(test_endless_compiler),
        cmocka_unit_test(test_killed_both),
    };
    return cmocka_run_group_tests(tests, harness_scorer_set_up, harness_scorer_tear_down);
}
