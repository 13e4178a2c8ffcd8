/* Which instruction set is used: the best that the processor has, or the lower one that AXB_ISA
 * names. With a name as its argument it says by its exit status whether the processor has that set,
 * so that ctest lists those whose kernels no test on this machine has run. */
#include "matcher/kernel/isa.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKIPPED 77 /* SKIP_RETURN_CODE in CMakeLists.txt */

static const enum isa all[] = {ISA_BASE, ISA_V2, ISA_V3, ISA_V4, ISA_V5};
#define N_ALL (sizeof all / sizeof *all)

/* What a new process, which remembers nothing, uses when AXB_ISA is this (NULL: not set). */
static enum isa best_with(const char *asked)
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (asked ? setenv("AXB_ISA", asked, 1) : unsetenv("AXB_ISA"))
            _exit(255);
        enum isa first = isa_best();
        unsetenv("AXB_ISA");
        _exit(isa_best() == first ? (int)first : 254);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_in_range(WEXITSTATUS(status), 0, N_ALL - 1);
    return (enum isa)WEXITSTATUS(status);
}

static void test_asked(void **state)
{
    (void)state;
    enum isa best = best_with(NULL);
    for (size_t i = 0; i < N_ALL; i++) /* never more than the processor has */
        assert_int_equal(best_with(isa_name(all[i])), all[i] < best ? all[i] : best);
    static const char *const unknown[] = {"", "v", "v1", "v22", "V3", "best"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        assert_int_equal(best_with(unknown[i]), best);
}

/* isa_is_refused in a new process; what it says into text[bytes]. */
static bool is_refused(const char *asked, char *text, size_t bytes)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (setenv("AXB_ISA", asked, 1) == 0 && isa_is_refused(text, bytes))
            (void)!write(ends[1], text, strlen(text));
        _exit(0);
    }
    close(ends[1]);
    const ssize_t n = read(ends[0], text, bytes - 1);
    text[n < 0 ? 0 : n] = 0;
    close(ends[0]);
    waitpid(pid, NULL, 0);
    return n > 0;
}

static void test_refused(void **state)
{
    (void)state;
    char text[200], expected[200];
    const enum isa best = best_with(NULL);
    for (size_t i = 0; i < N_ALL; i++) {
        assert_int_equal(is_refused(isa_name(all[i]), text, sizeof text), all[i] > best);
        snprintf(expected, sizeof expected, "AXB_ISA=%s: this processor lacks it; %s is used",
                 isa_name(all[i]), isa_name(best));
        assert_string_equal(text, all[i] > best ? expected : "");
    }
    assert_false(is_refused("", text, sizeof text));
    assert_false(is_refused("best", text, sizeof text));
    assert_true(is_refused("avx2", text, sizeof text));
    snprintf(expected, sizeof expected,
             "AXB_ISA=avx2: it is none of base, v2, v3, v4, v5, best; %s is used", isa_name(best));
    assert_string_equal(text, expected);
}

static void test_names(void **state)
{
    (void)state;
    static const char *const names[N_ALL] = {"base", "v2", "v3", "v4", "v5"};
    for (size_t i = 0; i < N_ALL; i++)
        assert_string_equal(isa_name(all[i]), names[i]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asked),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_names),
    };
    if (argc < 2)
        return cmocka_run_group_tests(tests, NULL, NULL);
    unsetenv("AXB_ISA");
    for (size_t i = 0; i < N_ALL; i++)
        if (strcmp(argv[1], isa_name(all[i])) == 0 && all[i] <= isa_best())
            return 0;
    printf("this processor has no %s: its kernels are not tested\n", argv[1]);
    return SKIPPED;
}
