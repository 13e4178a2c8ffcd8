/* Every error of scorer_make: of sources, of files, of modules that others compiled. This program
 * is its own `axb`: started as `… worker compile` or `… worker probe` it is that child. */
#include "matcher/scorer/scorer.h"
#include "matcher/scorer/scorer_internal.h"
#include "tests/harness/harness_left.h"
#include "tests/harness/harness_scorer.h"
#include "tests/test.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD "#include <axb.h>\n"
#define SCORE "double score(const axb_row_a *a, const axb_row_b *b)\n"

/* Compiles root/name.so from plain C text with the system's compiler. */
static const char *put_so(const char *name, const char *text)
{
    static char so[PATH_MAX];
    char command[3 * PATH_MAX];
    const char *source = harness_scorer_put("module.c", text);
    snprintf(so, sizeof so, "%s/%s.so", harness_scorer_root, name);
    snprintf(command, sizeof command, "cc -shared -fPIC -I %s/core -o %s %s", SOURCE_DIR, so,
             source);
    assert_int_equal(system(command), 0);
    return so;
}

/* scorer_make fails with this status, and says these words in text or hint. */
static void check_error(const char *path, enum err_status status, const char *dictionary,
                        const char *more_words)
{
    struct scorer s;
    struct err e = {0};
    assert_false(scorer_make(path, NULL, &harness_scorer_headers, &s, &e));
    assert_int_equal(s.fd, -1);
    assert_int_equal(harness_left_names(harness_scorer_tmp, ""), 0);
    if (e.status != status || !strstr(e.text, dictionary) ||
        !(strstr(e.text, more_words) || strstr(e.hint, more_words)))
        fail_msg("%d: %s / %s", (int)e.status, e.text, e.hint);
}

static void test_source_errors(void **state)
{
    (void)state;
    check_error(
        harness_scorer_put("e.c", HEAD SCORE "{\n return axb_equal(a->nmae, b->name);\n}\n"),
        ERR_SCORER, "/e.c:4:", "there is no column `nmae` in A; did you mean name");
    check_error(harness_scorer_put("e.c", HEAD SCORE "{\n return b->grose_number;\n}\n"),
                ERR_SCORER, "/e.c:4:", "there is no column `grose` in B; did you mean grosse");
    check_error(harness_scorer_put("e.c", HEAD "int x;\n"), ERR_SCORER,
                "no function called `score`",
                "double score(const axb_row_a *a, const axb_row_b *b)");
    check_error(harness_scorer_put("e.c", HEAD "\nfloat score(int a)\n{\n return a;\n}\n"),
                ERR_SCORER, "/e.c:3:", "it must be: double score(const axb_row_a *a");
    check_error(harness_scorer_put("e.c", HEAD SCORE "{ return axb_nope(a->name, b->name); }\n"),
                ERR_SCORER, "/e.c:3:", "axb metrics");
    check_error(
        harness_scorer_put("e.c", HEAD SCORE "{ return axb_cosine_idf(a->name, b->name); }\n"),
        ERR_SCORER, "cannot compare two texts alone", "AXB_WHERE");
    check_error(harness_scorer_put("e.c", HEAD SCORE "{ return axb_rarity(a->name, b->name); }\n"),
                ERR_SCORER, "cannot compare two texts alone", "AXB_WHERE");
    check_error(harness_scorer_put("e.c", HEAD SCORE "{ return axb_jaro(a->name, \"x\") + !b; }\n"),
                ERR_SCORER, "/e.c:3:", "texts are axb_str");
    check_error(harness_scorer_put("e.c",
                                   HEAD "struct key { int x; };\nAXB_PREPARED(struct key);\n"
                                        "static void prepare_a(const axb_row_a *a, struct key *k)\n"
                                        "{ k->x = !a; }\n"
                                        "static void prepare_b(const axb_row_b *b, struct key *k)\n"
                                        "{ k->x = !b; }\n" SCORE
                                        "{ return a->prepared->x + b->prepared->x; }\n"),
                ERR_SCORER, "/e.c:9:", "const struct key *key = a->prepared;");
    check_error(harness_scorer_put("e.c",
                                   HEAD "struct key { int x; };\nAXB_PREPARED(struct key);\n"
                                        "static void prepare_a(const axb_row_a *a, struct key *k)\n"
                                        "{ k->x = !a; }\n" SCORE "{ return !a + !b; }\n"),
                ERR_SCORER, "prepare_b", "AXB_PREPARED(struct key) needs both");
    check_error(harness_scorer_put("e.c", HEAD "#include \"nope.h\"\n" SCORE "{ return 0; }\n"),
                ERR_SCORER, "/e.c:2:", "nope.h");
    check_error(
        harness_scorer_put("e.c", HEAD "double other(int);\n" SCORE "{ return other(!a); }\n"),
        ERR_SCORER, "undefined symbol: other", "link its library: --libs '-L/folder -lname'");
    check_error(
        harness_scorer_put("e.c", HEAD
                           "__attribute__((constructor)) void f(void) { __builtin_trap(); }\n" SCORE
                           "{ return !a + !b; }\n"),
        ERR_SCORER, "the process that loaded the module was killed by SIG", "constructor");
}

/* Messages are about the user's files: our own directory is not in them. */
static void test_messages_hide_us(void **state)
{
    (void)state;
    struct scorer s;
    struct err e = {0};
    assert_false(
        scorer_make(harness_scorer_put("e.c", HEAD "int score(int a)\n{ return a + b; }\n"), NULL,
                    &harness_scorer_headers, &s, &e));
    assert_null(strstr(e.text, harness_scorer_tmp));
    assert_null(strstr(e.text, "module.c"));
}

static void test_file_errors(void **state)
{
    (void)state;
    char path[PATH_MAX + 10];
    check_error("/nonexistent/x.c", ERR_NOINPUT, "/nonexistent/x.c", "No such file");
    snprintf(path, sizeof path, "%s/dir.c", harness_scorer_root);
    mkdir(path, 0700);
    check_error(path, ERR_NOINPUT, "is not a file", ".so");
    const char *good = harness_scorer_good();
    setenv("AXB_CC", "/nonexistent/cc", 1);
    check_error(good, ERR_UNAVAILABLE, "/nonexistent/cc", "AXB_CC");
    unsetenv("AXB_CC");
    if (!harness_scorer_nameless()) {
        setenv("TMPDIR", "/nonexistent", 1);
        check_error(good, ERR_OS, "/nonexistent/axb-", "TMPDIR");
        setenv("TMPDIR", harness_scorer_tmp, 1);
    }
    char old[PATH_MAX];
    snprintf(old, sizeof old, "%s", getenv("PATH"));
    setenv("PATH", "/nonexistent", 1);
    check_error(good, ERR_UNAVAILABLE, "there is no C compiler", "install");
    setenv("PATH", old, 1);
}

#define MODULE                                                                                     \
    "#include \"axb.h\"\nstatic uint32_t m(const void *const *a, uint32_t i, const void *const "   \
    "*b,"                                                                                          \
    "uint32_t f, uint32_t t, double min, uint32_t *h, double *s)"                                  \
    "{ (void)a, (void)i, (void)b, (void)f, (void)t, (void)min, (void)h, (void)s; return 0; }"      \
    "static double s(const void *const *a, uint32_t i, const void *const *b, uint32_t j)"          \
    "{ (void)a, (void)i, (void)b, (void)j; return 0.5; }\n"
#define FIELDS(column) "static const axb_field f[] = {{1, AXB_NUMBER, \"" column "\"}};\n"
#define EXPORT(values) "const axb_module axb_scorer = {" values "};\n"

static void test_foreign_module(void **state)
{
    (void)state;
    struct scorer s;
    struct err e = {0};
    const axb_module *m;
    const char *path = put_so(
        "good", MODULE FIELDS("größe") EXPORT("AXB_ABI, sizeof(axb_module), 0, 1, 0, f, m, s, 0"));
    if (!scorer_make(path, NULL, &harness_scorer_headers, &s, &e) || !scorer_attach(s.fd, &m, &e))
        fail_msg("%s / %s", e.text, e.hint);
    assert_int_equal(s.n_fields, 1);
    assert_int_equal(s.fields[0].side, 1);
    assert_int_equal(s.fields[0].kind, AXB_NUMBER);
    assert_int_equal(s.fields[0].column, 5);
    assert_true(m->score(NULL, 0, NULL, 0) == 0.5);
    scorer_close(&s);
}

static void test_foreign_module_errors(void **state)
{
    (void)state;
    check_error(put_so("abi", MODULE EXPORT("AXB_ABI + 1, sizeof(axb_module), 0, 0, 0, 0, m, s")),
                ERR_SCORER, "version 2", "build it again");
    check_error(put_so("bytes", MODULE EXPORT("AXB_ABI, 8, 0, 0, 0, 0, m, s")), ERR_SCORER,
                "has 8 bytes", "sizeof");
    check_error(put_so("match", MODULE EXPORT("AXB_ABI, sizeof(axb_module), 0, 0, 0, 0, 0, s")),
                ERR_SCORER, "no function `match`", "both");
    check_error(put_so("score", MODULE EXPORT("AXB_ABI, sizeof(axb_module), 0, 0, 0, 0, m, 0")),
                ERR_SCORER, "no function `score`", "both");
    check_error(put_so("none", MODULE), ERR_SCORER, "exports no `axb_scorer`", "must define");
    check_error(put_so("column", MODULE FIELDS("nmae")
                                     EXPORT("AXB_ABI, sizeof(axb_module), 0, 1, 0, f, m, s")),
                ERR_SCORER, "`nmae` of B", "did you mean name");
    check_error(put_so("print", MODULE FIELDS("name")
                                    EXPORT("AXB_ABI, sizeof(axb_module), 7, 1, 0, f, m, s")),
                ERR_SCORER, "fingerprint", "build it again");
    check_error(put_so("fields", MODULE EXPORT("AXB_ABI, sizeof(axb_module), 0, 3, 0, 0, m, s")),
                ERR_SCORER, "lists 3 fields", "");
    check_error(put_so("wild", MODULE EXPORT("AXB_ABI, sizeof(axb_module), 0, 3, 0,"
                                             "(const axb_field *)4096, m, s")),
                ERR_SCORER, "was killed by SIG", "constructor");
    check_error(
        harness_scorer_put("text.so",
                           "This is no module, but a text that is long enough to be read as the "
                           "head of one, if anybody did not look at how it begins."),
        ERR_SCORER, "cannot be loaded", "invalid ELF header");
}

static void test_truncated_module(void **state)
{
    (void)state;
    const char *so = put_so("cut", MODULE "char big[200000] = {1};\n" EXPORT(
                                       "AXB_ABI, sizeof(axb_module), 0, 0, 0, 0, m, s"));
    struct stat st;
    assert_int_equal(stat(so, &st), 0);
    assert_int_equal(truncate(so, st.st_size / 8), 0);
    check_error(so, ERR_SCORER, "", "cut short");
}

int main(int argc, char **argv)
{
    int status;
    if (harness_scorer_child(argc, argv, &status))
        return status;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_source_errors),         cmocka_unit_test(test_messages_hide_us),
        cmocka_unit_test(test_file_errors),           cmocka_unit_test(test_foreign_module),
        cmocka_unit_test(test_foreign_module_errors), cmocka_unit_test(test_truncated_module),
    };
    return cmocka_run_group_tests(tests, harness_scorer_set_up, harness_scorer_tear_down);
}
