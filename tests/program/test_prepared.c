/* Scorers that prepare their records write the same lines as one that computes everything for each
 * pair: by loop, by candidates, in match and dedupe. Also what is said when preparing fails. */
#include "core/err.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AXB BINARY_DIR "/axb"
#define ROWS 5000u /* more than a tile of the stage */

static char directory[] = "/tmp/axb-prepared-XXXXXX";

#define KEY                                                                                        \
    "#include <axb.h>\n"                                                                           \
    "struct key { double number; uint32_t letters[4]; };\n"                                        \
    "static void letters(axb_str s, double number, struct key *out) {\n"                           \
    "    out->number = number;\n"                                                                  \
    "    for (uint32_t i = 0; i < s.n; i++) out->letters[s.p[i] & 3]++;\n"                         \
    "}\n"                                                                                          \
    "static void prepare_a(const axb_row_a *a, struct key *out) { letters(a->name, "               \
    "a->size_number, out); }\n"                                                                    \
    "static void prepare_b(const axb_row_b *b, struct key *out) { letters(b->name, "               \
    "b->size_number, out); }\n"                                                                    \
    "static double alike(const struct key *x, const struct key *y) {\n"                            \
    "    double n = 0;\n"                                                                          \
    "    for (int i = 0; i < 4; i++) n += x->letters[i] == y->letters[i];\n"                       \
    "    return x->number == y->number ? n / 4 : 0;\n"                                             \
    "}\n"

static const char prepared[] = KEY "AXB_PREPARED(struct key);\n"
                                   "double score(const axb_row_a *a, const axb_row_b *b) {\n"
                                   "    return alike(a->prepared, b->prepared);\n}\n";
static const char plain[] = KEY "double score(const axb_row_a *a, const axb_row_b *b) {\n"
                                "    struct key x = {0}, y = {0};\n"
                                "    prepare_a(a, &x);\n    prepare_b(b, &y);\n"
                                "    return alike(&x, &y);\n}\n";
static const char crashing[] =
    "#include <axb.h>\n"
    "AXB_PREPARED(double);\n"
    "static void prepare_a(const axb_row_a *a, double *out) { *out = a->size_number; }\n"
    "static void prepare_b(const axb_row_b *b, double *out) {\n"
    "    if (b->row_number == 4321) __builtin_trap();\n    *out = b->size_number;\n}\n"
    "double score(const axb_row_a *a, const axb_row_b *b) {\n"
    "    return *(const double *)a->prepared == *(const double *)b->prepared;\n}\n";

static void write_table(const char *path, unsigned seed)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    srand(seed);
    fputs("row,name,size\n", f);
    for (uint32_t r = 1; r <= ROWS; r++) {
        fprintf(f, "%u,", r);
        for (int n = rand() % 7; n > 0; n--)
            fputc('a' + rand() % 26, f);
        fprintf(f, ",%d\n", rand() % 40);
    }
    assert_int_equal(fclose(f), 0);
}

static int run(const char *verb, const char *scorer, const char *where, char **out, char **err)
{
    const char *argv[16] = {AXB, verb, "A.csv", "B.csv", "--score", scorer, "--min", "0.75", "-q"};
    size_t n = 9;
    if (strcmp(verb, "dedupe") == 0) {
        memmove(argv + 3, argv + 4, 5 * sizeof *argv);
        n--;
    }
    if (where) {
        argv[n++] = "--where";
        argv[n++] = where;
    }
    argv[n] = NULL;
    return harness_run(argv, out, err);
}

static void same_lines(void **state)
{
    static const char *const verbs[] = {"match", "dedupe"};
    static const char *const wheres[] = {NULL, "equal(name)", "abs(a.row - b.row) < 300"};
    (void)state;
    harness_write("prepared.c", prepared, sizeof prepared - 1);
    harness_write("plain.c", plain, sizeof plain - 1);
    for (size_t v = 0; v < 2; v++)
        for (size_t w = 0; w < 3; w++) {
            char *expected, *got;
            assert_int_equal(run(verbs[v], "plain.c", wheres[w], &expected, NULL), 0);
            assert_int_equal(run(verbs[v], "prepared.c", wheres[w], &got, NULL), 0);
            assert_string_equal(got, expected);
            assert_true(strlen(got) > 1000);
            free(expected);
            free(got);
        }
}

static void failures(void **state)
{
    char *err;
    (void)state;
    harness_write("crashing.c", crashing, sizeof crashing - 1);
    assert_int_equal(run("match", "crashing.c", NULL, NULL, &err), ERR_SCORER);
    assert_non_null(strstr(err, "prepare_b"));
    assert_non_null(strstr(err, "row 4321 of B"));
    free(err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_lines), cmocka_unit_test(failures)};
    if (!mkdtemp(directory) || chdir(directory) != 0)
        return 1;
    write_table("A.csv", 1);
    write_table("B.csv", 2);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    static const char *const names[] = {"A.csv", "B.csv", "prepared.c", "plain.c", "crashing.c"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(names[i]);
    rmdir(directory);
    return failed;
}
