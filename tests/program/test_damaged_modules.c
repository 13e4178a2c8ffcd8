/* Modules that are not what they should be, in the program. Whatever a .so holds, the run succeeds,
 * or ends with status 76 and a message, and the coordinator never runs a byte of it.
 * `test_damaged_modules N` tries N damaged modules instead of a few. */
#include "matcher/scorer/scorer_internal.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED 20240501u

static char folder[] = "/tmp/axb-module-XXXXXX", csv[64], so[64], source[64];

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(csv, sizeof csv, "%s/a.csv", folder);
    snprintf(so, sizeof so, "%s/m.so", folder);
    snprintf(source, sizeof source, "%s/m.c", folder);
    const char text[] = "name\nanna\nbob\n";
    harness_write(csv, text, sizeof text - 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(csv);
    unlink(so);
    unlink(source);
    return rmdir(folder);
}

/* Compiles C text to the module. */
static void make_module(const char *text)
{
    const char *argv[] = {"/usr/bin/env",     "cc", "-O1", "-shared", "-fPIC", "-I",
                          SOURCE_DIR "/core", "-o", so,    source,    NULL};
    harness_write(source, text, strlen(text));
    assert_int_equal(harness_run(argv, NULL, NULL), 0);
}

/* Runs a scorer, for at most 60 s. */
static int run(const char *scorer, const char *min, char **out, char **err)
{
    const char *argv[] = {"/usr/bin/env",
                          "timeout",
                          "60",
                          BINARY_DIR "/axb",
                          "match",
                          csv,
                          csv,
                          "--score",
                          scorer,
                          "--min",
                          min,
                          "-j",
                          "2",
                          "-q",
                          NULL};
    return harness_run(argv, out, err);
}

static const char valid[] =
    "#include \"axb.h\"\n"
    "static const axb_field f[] = {{0, AXB_TEXT, \"name\"}, {1, AXB_TEXT, \"name\"}};\n"
    "static double s(const void *const *a, uint32_t i, const void *const *b, uint32_t j)\n"
    "{ return axb_jaro(((const axb_str *)a[0])[i], ((const axb_str *)b[0])[j]); }\n"
    "static uint32_t m(const void *const *a, uint32_t i, const void *const *b, uint32_t from,\n"
    "    uint32_t to, double min, uint32_t *h, double *x)\n"
    "{ uint32_t n = 0; for (; from < to; from++) if ((x[n] = s(a, i, b, from)) >= min)\n"
    "    h[n++] = from; return n; }\n"
    "const axb_module axb_scorer = {AXB_ABI, sizeof(axb_module), 0, 2, 0, f, m, s, 0, 0, 0, 0};\n";

/* Cuts the file short or changes bytes, most of them in the heads and tables in front, where the
 * loader looks. Code stays as it is: changed code may run for ever. */
static size_t damage(char *bytes, size_t n)
{
    if (harness_below(10) == 0)
        return harness_below((uint32_t)n);
    for (uint32_t k = 1u << harness_below(5); k > 0; k--) {
        uint32_t at = harness_below(harness_below(2) ? 64 : 0x300);
        bytes[at] = (char)(harness_below(2) ? harness_below(256) : harness_below(2) * 255);
    }
    return n;
}

static void check_ending(int status, const char *err)
{
    if (status != 0 && (status != ERR_SCORER || !strstr(err, "axb: ")))
        fail_msg("status %d: %s", status, err);
}

static void damaged_modules(void **state)
{
    (void)state;
    size_t n;
    unsigned refused = 0, tries = (unsigned)harness_tries(40, 3000);
    make_module(valid);
    char *good = harness_read(so, &n), *bytes = malloc(n), *err;
    assert_int_equal(run(so, "0.1", NULL, NULL), 0);
    for (unsigned i = 0; i < tries; i++) {
        memcpy(bytes, good, n);
        harness_write(so, bytes, damage(bytes, n));
        int status = run(so, "0.1", NULL, &err);
        check_ending(status, err);
        refused += status != 0;
        free(err);
    }
    assert_true(refused > tries / 4);
    free(good);
    free(bytes);
}

/* A constructor writes to all descriptors what could be the report of the probe. */
static void forged_reports(void **state)
{
    (void)state;
    static const char *const forged[] = {"r[0] = 1; r[2] = 5", "r[at / 4] = 0xffffffff",
                                         "r[at / 4] = 1; m = \"\\377\\001name\"",
                                         "r[at / 4] = 1; m = \"\\001\\011name\"", "r[0] = 1000"};
    char text[1200], *err;
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        snprintf(text, sizeof text,
                 "#include \"axb.h\"\n#include <unistd.h>\n"
                 "static uint32_t r[%zu / 4]; enum { at = %zu };\n"
                 "__attribute__((constructor)) static void forge(void)\n"
                 "{ const char *m = \"\"; %s; r[%zu / 4] = 16; write(4, r, sizeof r);\n"
                 "  char more[16] = {0}; for (int i = 0; i < 8 && m[i]; i++) more[i] = m[i];\n"
                 "  write(4, more, sizeof more); _exit(0); }\n",
                 sizeof(struct scorer_report), offsetof(struct scorer_report, n_fields), forged[i],
                 offsetof(struct scorer_report, bytes));
        make_module(text);
        int status = run(so, "0.1", NULL, &err);
        if (status != ERR_SCORER || !strstr(err, so))
            fail_msg("\"%s\": status %d: %s", forged[i], status, err);
        free(err);
    }
}

/* A constructor that never ends: after what could be the report, or after it has closed all that it
 * could report on. */
static void reports_without_end(void **state)
{
    (void)state;
    static const char *const first[] = {"write(4, r, sizeof r)", "close(4)"};
    char text[600], *err;
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        snprintf(text, sizeof text,
                 "#include \"axb.h\"\n#include <unistd.h>\nstatic uint32_t r[%zu / 4];\n"
                 "__attribute__((constructor)) static void forge(void)\n"
                 "{ r[%zu / 4] = 1; %s; for (;;) pause(); }\n",
                 sizeof(struct scorer_report), offsetof(struct scorer_report, n_fields), first[i]);
        make_module(text);
        int status = run(so, "0.1", NULL, &err);
        if (status != ERR_SCORER || !strstr(err, so))
            fail_msg("\"%s\": status %d: %s", first[i], status, err);
        free(err);
    }
}

/* AXB_MONOTONE claims that no score can reach the threshold: no pair, no error. */
static void out_of_reach(void **state)
{
    (void)state;
    char *out;
    const char text[] = "#include <axb.h>\nAXB_MONOTONE;\n"
                        "double score(const axb_row_a *a, const axb_row_b *b)\n"
                        "{ return axb_jaro(a->name, b->name) / 2; }\n";
    harness_write(source, text, sizeof text - 1);
    assert_int_equal(run(source, "0.5", &out, NULL), 0);
    assert_string_equal(out, "a,b,score\n1,1,0.5\n2,2,0.5\n");
    free(out);
    assert_int_equal(run(source, "0.75", &out, NULL), 0);
    assert_string_equal(out, "a,b,score\n");
    free(out);
}

/* ---- What `match` returns --------------------------------------------------------------------*/

/* A module whose `match` does what it must, and then `returns`. */
static void make_match(const char *returns)
{
    static const char text[] =
        "#include <axb.h>\n#include <unistd.h>\n"
        "static double score(const void *const *a, uint32_t i, const void *const *b, uint32_t j)\n"
        "{ return ((const axb_str *)a[0])[i].id == ((const axb_str *)b[0])[j].id; }\n"
        "static uint32_t match(const void *const *a, uint32_t i, const void *const *b,\n"
        "                      uint32_t from, uint32_t to, double min, uint32_t *hits,\n"
        "                      double *scores)\n"
        "{\n    uint32_t n = 0;\n"
        "    for (uint32_t j = from; j < to; j++) {\n"
        "        hits[n] = j;\n        scores[n] = score(a, i, b, j);\n"
        "        n += scores[n] >= min;\n    }\n    %s\n    return n;\n}\n"
        "static const axb_field fields[] = {{0, AXB_TEXT, \"name\"}, {1, AXB_TEXT, \"name\"}};\n"
        "const axb_module axb_scorer = {AXB_ABI, sizeof(axb_module), 0, 2, 0, fields, match,\n"
        "                               score, 0, 0, 0, 0};\n";
    char *whole = NULL;
    assert_true(asprintf(&whole, text, returns) > 0);
    make_module(whole);
    free(whole);
}

/* It is looked at before it is used: such rows, scores and counts end the run, and the message says
 * where. Each of two workers has a row; either may be the first. */
static void returns_of_match(void **state)
{
    static const char *const wrong[] = {
        "hits[0] = 0xfffffff0u; scores[0] = 1; return 1;",
        "hits[0] = to; scores[0] = 1; return 1;",
        "hits[0] = from - 1; scores[0] = 1; return 1;",
        "hits[0] = hits[1] = from; scores[0] = scores[1] = 1; return 2;",
        "hits[0] = from + 1; hits[1] = from; scores[0] = scores[1] = 1; return 2;",
        "hits[0] = from; scores[0] = -5; return 1;",
        "hits[0] = from; scores[0] = 0.0 / 0.0; return 1;",
        "return to - from + 5;",
        "return 0xffffffffu;",
    };
    (void)state;
    make_match("");
    char *out, *err;
    assert_int_equal(run(so, "0.5", &out, NULL), 0);
    assert_string_equal(out, "a,b,score\n1,1,1\n2,2,1\n");
    free(out);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        make_match(wrong[i]);
        const int status = run(so, "0.5", &out, &err);
        if (status != 76 || *out || !strstr(err, "pairs that cannot be, for row "))
            fail_msg("%s: status %d, %s%s", wrong[i], status, out, err);
        free(out);
        free(err);
    }
}

/* Segments have their size for good, whatever a scorer does with its descriptors. */
static void sizes_of_segments(void **state)
{
    static const char *const sizes[] = {"0", "64", "1 << 30"};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *out, text[200];
        snprintf(text, sizeof text, "for (int fd = 3; fd < 60; fd++) if (ftruncate(fd, %s)) {}",
                 sizes[i]);
        make_match(text);
        assert_int_equal(run(so, "0.5", &out, NULL), 0);
        assert_string_equal(out, "a,b,score\n1,1,1\n2,2,1\n");
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_modules),     cmocka_unit_test(forged_reports),
        cmocka_unit_test(reports_without_end), cmocka_unit_test(out_of_reach),
        cmocka_unit_test(returns_of_match),    cmocka_unit_test(sizes_of_segments)};
    print_message("seed %u\n", SEED);
    harness_seed(SEED);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
