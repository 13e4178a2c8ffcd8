/* Writes sources of scorers, and is the child that compiles them. */
#include "tests/harness/harness_scorer.h"
#include "matcher/scorer/scorer_internal.h"
#include "tests/harness/harness_left.h"
#include "tests/test.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

char harness_scorer_root[] = "/tmp/axb-test-XXXXXX";
char harness_scorer_tmp[64];

static char *names_a[] = {"name", "city", "x", "day", "id", "full name"};
static char *names_b[] = {"name", "city", "x", "day", "id", "größe"};
const struct scorer_headers harness_scorer_headers = {names_a, 6, names_b, 6};

const char *harness_scorer_put(const char *name, const char *text)
{
    static char paths[2][PATH_MAX];
    static unsigned turn;
    char *path = paths[turn++ % 2];
    snprintf(path, PATH_MAX, "%s/%s", harness_scorer_root, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    return path;
}

const char *harness_scorer_good(void)
{
    return harness_scorer_put("good.c", "#include <axb.h>\n"
                                        "double score(const axb_row_a *a, const axb_row_b *b)\n"
                                        "{ return !a + !b; }\n");
}

bool harness_scorer_nameless(void)
{
    int status = 1;
    pid_t pid = fork();
    if (pid == 0) {
        struct err e;
        char dir[PATH_MAX];
        _exit(!scorer_build_dir_open("/nonexistent/axb", dir, sizeof dir, &e));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status == 0;
}

int harness_scorer_set_up(void **state)
{
    (void)state;
    harness_left_begin();
    if (!mkdtemp(harness_scorer_root))
        return -1;
    snprintf(harness_scorer_tmp, sizeof harness_scorer_tmp, "%s/tmp", harness_scorer_root);
    unsetenv("AXB_CC");
    unsetenv("CC");
    unsetenv("AXB_CXX");
    unsetenv("CXX");
    scorer_bind_raised(NULL, NULL); /* links the function that modules in C++ call */
    return mkdir(harness_scorer_tmp, 0700) || setenv("TMPDIR", harness_scorer_tmp, 1);
}

int harness_scorer_tear_down(void **state)
{
    (void)state;
    scorer_remove_dir(harness_scorer_root);
    return 0;
}

bool harness_scorer_child(int argc, char **argv, int *status)
{
    if (argc < 3 || strcmp(argv[1], "worker") != 0)
        return false;
    *status = strcmp(argv[2], "compile") == 0 ? scorer_compile_child(argc - 3, argv + 3)
                                              : scorer_probe_child(argc - 3, argv + 3);
    return true;
}
