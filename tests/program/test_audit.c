/* --audit passes where a run is right, in every kind of run. Where the run and the loop do not
 * agree it says so, names the pair, and leaves no output. To make them disagree the scorers here
 * count their calls, which no scorer may do. */
#include "matcher/run/audit.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS 300
#define SEED 11u

static char directory[] = "/tmp/axb-audit-XXXXXX";

static char *path_of(const char *name)
{
    static char path[8][80];
    static int turn;
    char *p = path[turn++ % 8];
    snprintf(p, sizeof path[0], "%s/%s", directory, name);
    return p;
}

/* Runs axb with these arguments, split at spaces. "@name" is a file of the directory. */
static int run(const char *arguments, char **out, char **err)
{
    char copy[500];
    const char *argv[40] = {BINARY_DIR "/axb"};
    size_t n = 1;
    snprintf(copy, sizeof copy, "%s", arguments);
    for (char *w = strtok(copy, " "); w; w = strtok(NULL, " "))
        argv[n++] = w[0] == '@' ? path_of(w + 1) : w;
    return harness_run(argv, out, err);
}

/* Names of few letters, so that many match; every tenth is missing. */
static void write_table(const char *name)
{
    char text[ROWS * 40];
    size_t n = (size_t)snprintf(text, sizeof text, "id,name,note\n");
    for (int i = 0; i < ROWS; i++) {
        char name[8] = "";
        for (int k = 0; k < 5 && rand() % 10; k++)
            name[k] = (char)('a' + rand() % 3);
        n += (size_t)snprintf(text + n, sizeof text - n, "r%d,%s,\"two\nlines\"\n", i / 2, name);
    }
    harness_write(path_of(name), text, n);
}

/* ---- Rows ------------------------------------------------------------------------------------*/

static void rows_are_picked(void **state)
{
    struct audit a = {0}, b = {0};
    struct err e = {0};
    (void)state;
    assert_true(audit_pick(&a, 100, 5, 0, 1000, &e));
    assert_int_equal(a.n, 100);
    for (uint64_t i = 0; i < a.n; i++) {
        assert_true(a.row[i] < 1000);
        assert_true(i == 0 || a.row[i - 1] < a.row[i]);
    }
    assert_true(audit_pick(&b, 100, 5, 0, 1000, &e));
    assert_memory_equal(a.row, b.row, 100 * sizeof *a.row);
    audit_close(&b);
    assert_true(audit_pick(&b, 100, 6, 0, 1000, &e));
    assert_memory_not_equal(a.row, b.row, 100 * sizeof *a.row);
    audit_close(&a);
    audit_close(&b);
}

static void no_more_rows_than_there_are(void **state)
{
    struct audit a = {0};
    struct err e = {0};
    (void)state;
    assert_true(audit_pick(&a, 100, 5, 0, 3, &e));
    assert_int_equal(a.n, 3);
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(a.row[i], i);
    audit_close(&a);
}

static void every_row_has_its_chance(void **state)
{
    int hits[20] = {0};
    struct err e = {0};
    (void)state;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct audit a = {0};
        assert_true(audit_pick(&a, 5, seed, 0, 20, &e));
        for (uint64_t i = 0; i < a.n; i++)
            hits[a.row[i]]++;
        audit_close(&a);
    }
    for (int row = 0; row < 20; row++)
        assert_in_range(hits[row], 400, 600); /* 500, and five standard deviations */
}

/* ---- Runs that are right ---------------------------------------------------------------------*/

/* The run with these arguments passes its audit, and writes what it writes without one. */
static void passes(const char *arguments)
{
    static const char *const audits[] = {"--audit 40 --seed 7", "--audit 1000 --seed 7"};
    char line[500], *plain, *out, *err;
    assert_int_equal(run(arguments, &plain, NULL), 0);
    for (int i = 0; i < 2; i++) {
        snprintf(line, sizeof line, "%s %s", arguments, audits[i]);
        int status = run(line, &out, &err);
        if (status != 0 || strcmp(out, plain) != 0 || !strstr(err, "recall 1"))
            fail_msg("axb %s: status %d\n%s", line, status, err);
        free(out);
        free(err);
    }
    free(plain);
}

static void right_runs_pass(void **state)
{
    static const char source[] = "#include <axb.h>\n"
                                 "double score(const axb_row_a *a, const axb_row_b *b)\n"
                                 "{\n    return axb_jaro(a->name, b->name);\n}\n";
    static const char monotone[] = "#include <axb.h>\nAXB_MONOTONE;\n"
                                   "double score(const axb_row_a *a, const axb_row_b *b)\n"
                                   "{\n    return 0.5 * axb_jaro(a->name, b->name) +\n"
                                   "           0.5 * axb_indel(a->name, b->name);\n}\n";
    (void)state;
    harness_write(path_of("monotone.c"), monotone, sizeof monotone - 1);
    harness_write(path_of("jaro.c"), source, sizeof source - 1);
    passes("match @A.csv @B.csv --on name --min 0.8");
    passes("match @A.csv @B.csv --on name --min 0.8 --id id --keep note,a.name --format jsonl -j3");
    passes("match @A.csv @B.csv --on name --min 0.8 --id id --keep note -j7");
    passes("match @A.csv @B.csv --on name --metric jaccard:2 --min 0.5 --count");
    passes("match @A.csv @B.csv --on name --min 0"); /* no join: missing values match */
    passes("match @A.csv @B.csv --score @jaro.c --min 0.8");
    passes("dedupe @A.csv --on name --metric levenshtein --min 0.6");
    passes("dedupe @A.csv --on name --metric levenshtein --min 0.6 --count -j1");
    passes("dedupe @A.csv --score @jaro.c --min 0.8 --count");
    passes("match @A.csv @B.csv --on name --min 0.8 --algorithm scan --no-prune");
    passes("match @A.csv @B.csv --score jaro(name)*(a.id==b.id) --min 0.5");
    passes(
        "dedupe @A.csv --score min(jaro(name),levenshtein(name)) --min 0.7 --where soundex(name)");
    passes("match @A.csv @B.csv --score @monotone.c --min 0.8 --count");
    passes("match @A.csv @B.csv --score @monotone.c --min 0.8 --where osa(name)>=0.9 --id id");
    passes("match @A.csv @none.csv --on name --min 0.8");
    passes("match @none.csv @B.csv --on name --min 0.8");
}

static void statistics_have_it(void **state)
{
    char *out;
    size_t n;
    (void)state;
    assert_int_equal(run("match @A.csv @B.csv --on name --min 0.8 --audit 25 --seed 3 --count -q "
                         "--stats @stats.json",
                         &out, NULL),
                     0);
    free(out);
    char *text = harness_read(path_of("stats.json"), &n);
    json_t *json = json_loads(text, 0, NULL), *audit = json_object_get(json, "audit");
    assert_int_equal(json_integer_value(json_object_get(audit, "rows")), 25);
    assert_int_equal(json_integer_value(json_object_get(audit, "seed")), 3);
    assert_int_equal((int)json_real_value(json_object_get(audit, "pairs")), 25 * ROWS);
    assert_true(json_integer_value(json_object_get(audit, "expected")) > 0);
    assert_int_equal(json_integer_value(json_object_get(audit, "expected")),
                     json_integer_value(json_object_get(audit, "found")));
    json_decref(json);
    free(text);
}

/* ---- Runs that are not -----------------------------------------------------------------------*/

/* The audit finds out a scorer with this body, on one worker, and says `expected`. */
static void caught(const char *body, const char *more, const char *expected)
{
    char source[300], line[300], *out, *err;
    int n = snprintf(source, sizeof source,
                     "#include <axb.h>\nstatic long calls;\n"
                     "double score(const axb_row_a *a, const axb_row_b *b)\n"
                     "{\n    (void)a->name, (void)b->name;\n    %s\n}\n",
                     body);
    harness_write(path_of("counting.c"), source, (size_t)n);
    snprintf(line, sizeof line,
             "match @A.csv @B.csv --score @counting.c --min 0.5 -j1 --audit 20 --seed 7 %s", more);
    int status = run(line, &out, &err);
    if (status != 70 || !strstr(err, expected) || !strstr(err, "--seed 7"))
        fail_msg("%s %s: status %d, not \"%s\" in\n%s", body, more, status, expected, err);
    free(out);
    free(err);
}

static void wrong_runs_are_caught(void **state)
{
    (void)state;
    /* The run comes to call 10001 in row 34; the audit's 20 rows have 6000 calls. */
    caught("return ++calls > 10000;", "-o @pairs.csv", "do not match and were found with score 1");
    assert_int_equal(access(path_of("pairs.csv"), F_OK), -1);
    caught("return ++calls > 10000;", "--format jsonl --id id --keep note", "0 matches expected");
    caught("return ++calls <= 900;", "", "score 1 and were not found");
    caught("return 0.5 + 0.001 * (double)(++calls > 10000);", "",
           "score 0.5 and were found with 0.501");
    caught("return ++calls > 10000;", "--count", "do not match and were found with score 1");
}

static void the_pair_is_shown(void **state)
{
    char *out, *err;
    static const char source[] = "#include <axb.h>\nstatic long calls;\n"
                                 "double score(const axb_row_a *a, const axb_row_b *b)\n"
                                 "{\n    (void)a->name, (void)b->note;\n"
                                 "    return ++calls <= 3;\n}\n";
    (void)state;
    harness_write(path_of("few.c"), source, sizeof source - 1);
    harness_write(path_of("1.csv"), "name\nann\nbob\ncy\ndan\n", 20);
    harness_write(path_of("2.csv"), "note\nx\ny\nz\n", 11);
    /* The run finds row 1 of A with all of B; the audit the first row that it picks. */
    for (int seed = 1; seed < 100; seed++) {
        struct audit a = {0};
        struct err e = {0};
        char line[200], row[40];
        assert_true(audit_pick(&a, 1, (uint64_t)seed, 0, 4, &e));
        uint64_t picked = a.row[0];
        audit_close(&a);
        if (picked != 1)
            continue;
        snprintf(line, sizeof line,
                 "match @1.csv @2.csv --score @few.c --min 1 -j1 --audit 1 --seed %d", seed);
        snprintf(row, sizeof row, "row %d of A and row 1 of B", (int)picked + 1);
        assert_int_equal(run(line, &out, &err), 70);
        assert_non_null(strstr(err, row));
        assert_non_null(strstr(err, "name \"bob\""));
        assert_non_null(strstr(err, "note \"x\""));
        assert_non_null(strstr(err, "3 matches expected, 0 found, 0 in both"));
        free(out);
        free(err);
        return;
    }
    fail_msg("no seed picks the second row");
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return 1;
    srand(SEED);
    write_table("A.csv");
    write_table("B.csv");
    harness_write(path_of("none.csv"), "id,name,note\n", 13);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return harness_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_picked),          cmocka_unit_test(no_more_rows_than_there_are),
        cmocka_unit_test(every_row_has_its_chance), cmocka_unit_test(right_runs_pass),
        cmocka_unit_test(statistics_have_it),       cmocka_unit_test(wrong_runs_are_caught),
        cmocka_unit_test(the_pair_is_shown),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
