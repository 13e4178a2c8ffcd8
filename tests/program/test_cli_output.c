/* The output for odd but right inputs, and where it goes. Whether the pairs are the right ones is
 * the subject of test_program_metrics.c. */
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Odd but right inputs --------------------------------------------------------------------*/

#define EQUAL " --on name --metric equal --min 1 -q"

static void test_no_number(void **state)
{
    (void)state;
    harness_shell_output(
        "axb match A.csv B.csv --score nan.c --min -inf -q",
        "a,b,score\n1,1,1\n1,2,1\n1,3,1\n2,1,1\n2,2,1\n2,3,1\n4,1,1\n4,2,1\n4,3,1\n");
}

static void test_right_inputs(void **state)
{
    (void)state;
    harness_shell_output("axb match header.csv B.csv --keep name" EQUAL,
                         "a,b,score,a.name,b.name\n");
    harness_shell_output("axb dedupe header.csv --count" EQUAL, "0\n");
    harness_shell_output("axb dedupe header.csv --on name --min 1 2>&1 | grep -o '.* match'",
                         "axb: 0 of 0 pairs match\n");
    harness_shell_output("axb dedupe A.csv -j 3 -k name -m0 -cq", "6\n");
    harness_shell_output("axb match A.csv B.csv" EQUAL " 2>&- <&-", "a,b,score\n1,1,1\n4,4,1\n");
    harness_shell_output("axb match crlf.csv A.csv --keep a.name" EQUAL,
                         "a,b,score,a.name\n1,1,1,anna\n2,2,1,bert\n");
    harness_shell_output("axb match mark.csv A.csv --keep a.id" EQUAL, "a,b,score,a.id\n1,1,1,1\n");
    harness_shell_output(
        "axb match A.csv B.csv --on name --where 'a.city != b.city' --min 0.9 --audit 4 -q",
        "a,b,score\n");
    harness_shell_output("axb match no_end.csv A.csv" EQUAL, "a,b,score\n1,1,1\n2,2,1\n");
    harness_shell_output("axb match tabs.tsv tabs.tsv --keep a.name" EQUAL,
                         "a,b,score,a.name\n1,1,1,anna\n2,2,1,\"bert, x\"\n");
    harness_shell_output("axb match semicolons.csv semicolons.csv -d ';' --keep a.name" EQUAL,
                         "a,b,score,a.name\n1,1,1,anna\n2,2,1,\"bert, x\"\n");
    harness_shell_output(
        "axb match bare.csv bare.csv --no-header --on 2 --metric equal --min 1 --keep 2",
        "a,b,score,a.2,b.2\n1,1,1,anna,anna\n2,2,1,bert,bert\n");
    harness_shell_output("axb match twice.csv A.csv --on 3=2 --metric equal --min 1",
                         "a,b,score\n1,2,1\n");
    harness_shell_output("axb match - B.csv" EQUAL " <A.csv", "a,b,score\n1,1,1\n4,4,1\n");
    harness_shell_output("axb match A.csv -" EQUAL " <B.csv", "a,b,score\n1,1,1\n4,4,1\n");
    harness_shell_output("cat A.csv | axb dedupe - --count --on city --metric equal --min 0 -q",
                         "6\n");
}

/* A missing value scores 0 with everything; "" is a text, and the same text as "". */
static void test_missing(void **state)
{
    (void)state;
    harness_shell_output(
        "axb match A.csv B.csv --on name --metric equal --min 0 --id id --keep name -q",
        "a,b,score,a.name,b.name\n"
        "1,7,1,anna,anna\n1,8,0,anna,bart\n1,9,0,anna,\n1,10,0,anna,\"\"\n"
        "2,7,0,bert,anna\n2,8,0,bert,bart\n2,9,0,bert,\n2,10,0,bert,\"\"\n"
        "3,7,0,,anna\n3,8,0,,bart\n3,9,0,,\n3,10,0,,\"\"\n"
        "4,7,0,\"\",anna\n4,8,0,\"\",bart\n4,9,0,\"\",\n4,10,1,\"\",\"\"\n");
    harness_shell_output("axb match A.csv B.csv --id name=city" EQUAL,
                         "a,b,score\nanna,Rome,1\n\"\",Kiel,1\n");
    harness_shell_output("axb match A.csv B.csv --id name --on city --metric equal --min 1 -q",
                         "a,b,score\nanna,anna,1\nbert,bart,1\n,,1\n\"\",\"\",1\n");
}

/* ---- Output ----------------------------------------------------------------------------------*/

static void test_quotes_round_trip(void **state)
{
    static const char *const names[] = {"a \"x\", y\nz", "p\rq", "\ttab\\"};
    char *out;
    json_error_t why;
    (void)state;
    harness_shell_output(
        "axb match quotes.csv quotes.csv --on id --metric equal --min 1 --keep a.name -q",
        "a,b,score,a.name\n1,1,1,\"a \"\"x\"\", y\nz\"\n2,2,1,\"p\rq\"\n3,3,1,\ttab\\\n");
    assert_int_equal(
        harness_shell("axb match quotes.csv quotes.csv --on id --metric equal --min 1 --id id "
                      "--keep a.name -q -o kept.csv && axb match kept.csv kept.csv --on a.name "
                      "--metric equal --min 1 --keep a.a.name --format jsonl -q && rm kept.csv",
                      &out, NULL),
        0);
    char *line = out;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *pair = json_loads(line, JSON_DISABLE_EOF_CHECK, &why);
        assert_non_null(pair);
        assert_string_equal(json_string_value(json_object_get(pair, "a.a.name")), names[i]);
        json_decref(pair);
        line = strchr(line, '\n') + 1;
    }
    assert_string_equal(line, "");
    free(out);
}

/* Each line is one JSON value; missing values are null, and infinite scores are still JSON. */
static void test_jsonl(void **state)
{
    char *out;
    size_t n = 0;
    (void)state;
    assert_int_equal(
        harness_shell("axb match A.csv B.csv --score infinite.c --min 0 --keep name -q "
                      "--format jsonl",
                      &out, NULL),
        0);
    for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"), n++) {
        json_error_t why;
        json_t *pair = json_loads(line, 0, &why), *name = json_object_get(pair, "a.name");
        if (!pair)
            fail_msg("%s in %s", why.text, line);
        assert_true(n / 4 == 2 ? json_is_null(name) : json_is_string(name));
        assert_true(json_is_string(json_object_get(pair, "b")));
        json_decref(pair);
    }
    assert_int_equal(n, 16);
    free(out);
}

static void test_dedupe_order(void **state)
{
    char *out, *expected = NULL;
    size_t n;
    (void)state;
    FILE *f = fopen("many.csv", "w"), *e = open_memstream(&expected, &n);
    fputs("name\n", f);
    fputs("a,b,score\n", e);
    for (int i = 1; i <= 60; i++) {
        fprintf(f, "name %c\n", "abc"[i % 3]);
        for (int j = i + 1; j <= 60; j++)
            if (i % 3 == j % 3)
                fprintf(e, "%d,%d,1\n", i, j);
    }
    fclose(f);
    fclose(e);
    harness_shell_output("axb dedupe many.csv -j3" EQUAL, expected);
    harness_shell_output("axb dedupe many.csv -j1 --no-prune" EQUAL, expected);
    harness_shell_output("axb dedupe many.csv --count" EQUAL, "570\n");
    assert_int_equal(harness_shell("axb dedupe many.csv -q --on name --min 0 | wc -l", &out, NULL),
                     0);
    assert_int_equal(atoi(out), 60 * 59 / 2 + 1);
    free(expected);
    free(out);
}

static void test_count(void **state)
{
    static const char *const scores[] = {"--on name --min 0", "--on name --min 0.5",
                                         "--on city --metric indel --min 0.3",
                                         "--score nan.c --min 0"};
    (void)state;
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
        char command[200], *pairs, *count;
        snprintf(command, sizeof command, "axb match A.csv B.csv %s -q | wc -l", scores[i]);
        assert_int_equal(harness_shell(command, &pairs, NULL), 0);
        snprintf(command, sizeof command, "axb match A.csv B.csv %s -q --count", scores[i]);
        assert_int_equal(harness_shell(command, &count, NULL), 0);
        assert_true(atoi(count) > 0);
        assert_int_equal(atoi(count), atoi(pairs) - 1);
        free(pairs);
        free(count);
    }
}

/* Many rows with one name: the rows of B are listed once for all rows of A, in more than one piece
 * where there are very many; dedupe writes the end of the list. */
static void test_many_alike(void **state)
{
    (void)state;
    harness_shell_output(
        "for n in 3 400 40000; do seq 1 $n | sed 's/$/,anna/' >$n.csv; done; "
        "axb match 3.csv 40000.csv --no-header --on 2 --keep a.2,b.1 --min 1 -j 1 -q >got.csv; "
        "awk 'BEGIN { print \"a,b,score,a.2,b.1\"; for (a = 1; a <= 3; a++) "
        "for (b = 1; b <= 40000; b++) print a \",\" b \",1,anna,\" b }' | cmp - got.csv "
        "&& axb dedupe 400.csv --no-header --on 2 --min 1 -q >got.csv; "
        "awk 'BEGIN { print \"a,b,score\"; for (a = 1; a <= 400; a++) "
        "for (b = a + 1; b <= 400; b++) print a \",\" b \",1\" }' | cmp - got.csv "
        "&& echo same; rm got.csv 3.csv 400.csv 40000.csv",
        "same\n");
}

/* A good run replaces the file. */
static void test_file_is_replaced(void **state)
{
    char *out, *err;
    size_t n;
    (void)state;
    assert_int_equal(
        harness_shell("echo old >new.csv; axb match A.csv B.csv -o new.csv" EQUAL, &out, &err), 0);
    assert_string_equal(out, "");
    assert_string_equal(err, "");
    char *written = harness_read("new.csv", &n);
    assert_string_equal(written, "a,b,score\n1,1,1\n4,4,1\n");
    free(out);
    free(err);
    free(written);
}

/* What a symbolic link leads to is replaced, and not the link; and stdout is written, not replaced,
 * by whatever name. */
static void test_links(void **state)
{
    (void)state;
    static const char lines[] = "a,b,score\n1,1,1\n4,4,1\n";
    harness_shell_output("echo old >target.csv; ln -s target.csv link.csv; "
                         "axb match A.csv B.csv -o link.csv" EQUAL
                         "; readlink link.csv; cat target.csv",
                         "target.csv\na,b,score\n1,1,1\n4,4,1\n");
    harness_shell_output(
        "axb match A.csv B.csv -o link.csv --resume journal" EQUAL
        "; readlink link.csv; cat target.csv; ls *.partial journal 2>/dev/null || true",
        "target.csv\na,b,score\n1,1,1\n4,4,1\n");
    harness_shell_output("ln -s /proc/self/fd/1 out; axb match A.csv B.csv -o out" EQUAL " | cat",
                         lines);
    harness_shell_output("axb match A.csv B.csv -o out" EQUAL
                         " >target.csv; readlink out; cat target.csv",
                         "/proc/self/fd/1\na,b,score\n1,1,1\n4,4,1\n");
    harness_shell_output("ln -s nowhere.csv to_be.csv; axb match A.csv B.csv -o to_be.csv" EQUAL
                         "; cat to_be.csv",
                         lines);
    harness_shell_output("rm -f target.csv link.csv out to_be.csv", "");
}

/* More than can be is asked of the score: an error, before anything is compared. */
static void test_out_of_reach(void **state)
{
    (void)state;
    static const char *const scores[] = {
        "--on name --min 90",
        "--on name --metric levenshtein_normalized_distance --min 1.1",
        "--score '0.5 * jaro(name) + 0.4 * equal(city)' --min 0.95",
    };
    static const char *const says[HARNESS_SHELL_SAYS] = {"axb: no pair can match: --min"};
    static const char *const ways[] = {"", "--plan", "--count --no-prune"};
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++)
        for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
            char command[200], *out, *err;
            snprintf(command, sizeof command, "axb match A.csv B.csv %s %s", scores[i], ways[k]);
            assert_int_equal(harness_shell(command, &out, &err), ERR_USAGE);
            assert_string_equal(out, "");
            harness_shell_says(command, err, says);
            free(out);
            free(err);
        }
}

/* --where cannot hold: nothing is compared, unless that is wanted, and it is said. */
static void test_nothing_can_match(void **state)
{
#define NEVER "axb match A.csv B.csv --on name --min 0.5 --where 'jaro(city) > 2' "
    static const char *const says[HARNESS_SHELL_SAYS] = {"axb: no pair can match", "axb metrics"};
    char *out, *err;
    (void)state;
    assert_int_equal(harness_shell(NEVER "--audit 4", &out, &err), 0);
    assert_string_equal(out, "a,b,score\n");
    harness_shell_says(NEVER, err, says);
    free(out);
    free(err);
    harness_shell_output(NEVER "--plan 2>&1 | grep ^nothing", "nothing   no pair can match\n");
    harness_shell_output(NEVER "--count -q --no-prune", "0\n");
}

static void expect_reader_gone(const char *before, const char *status, const char *words)
{
    char command[400], expected[64], *out, *err;
    snprintf(command, sizeof command,
             "seq 1 1500 | sed 's/$/,anna/' >same.csv; %s { axb match same.csv same.csv "
             "--no-header --on 2 --min 0.9 -q; echo $? >status; } | head -1; cat status; "
             "rm status same.csv",
             before);
    snprintf(expected, sizeof expected, "a,b,score\n%s\n", status);
    harness_shell(command, &out, &err);
    assert_string_equal(out, expected);
    assert_string_equal(err, words);
    free(out);
    free(err);
}

/* A reader that goes away ends the run as it ends other filters: without a word, by SIGPIPE; or
 * with one, where whoever started us has that signal ignored. */
static void test_reader_goes_away(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_DFL);
    expect_reader_gone("", "141", "");
    expect_reader_gone("trap '' PIPE;", "74",
                       "axb: stdout cannot be written: Broken pipe\n"
                       "its reader has closed it\n");
}

/* A column is called as the file has it, though it is found without its blanks and its case. */
static void test_names_of_columns(void **state)
{
    (void)state;
    harness_shell_output(
        "printf ' Id ,name\\n7,ann\\n' >blanks.csv; axb dedupe blanks.csv --on name "
        "--min 1 --keep id -q; rm blanks.csv",
        "a,b,score,a. Id ,b. Id \n");
}

/* --max-results: that many lines and no more, also where a value has line ends of its own. */
static void test_max_results(void **state)
{
    (void)state;
    harness_shell_output(
        "for n in 1 7 15; do axb match A.csv B.csv --on name --metric equal --min 0 "
        "-q --max-results $n 2>words | wc -l; cat words; done; axb match A.csv B.csv --on "
        "name --metric equal --min 0 --max-results 16 -q | wc -l; rm words",
        "2\naxb: more than 1 pairs match (--max-results)\n"
        "raise --min, or raise --max-results\n"
        "8\naxb: more than 7 pairs match (--max-results)\n"
        "raise --min, or raise --max-results\n"
        "16\naxb: more than 15 pairs match (--max-results)\n"
        "raise --min, or raise --max-results\n17\n");
    harness_shell_output(
        "axb match quotes.csv quotes.csv --on id --metric equal --min 1 --keep a.name -q "
        "--max-results 1 2>/dev/null; echo $?",
        "a,b,score,a.name\n1,1,1,\"a \"\"x\"\", y\nz\"\n75\n");
    harness_shell_output(
        "axb match A.csv B.csv --on city --metric equal --min 1 -q --max-results 3 -o "
        "cut.csv 2>/dev/null; echo $?; ls cut.csv 2>/dev/null; axb match A.csv B.csv "
        "--on city --metric equal --min 1 -q --max-results 4",
        "75\na,b,score\n1,1,1\n2,2,1\n3,3,1\n4,4,1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_number),
        cmocka_unit_test(test_right_inputs),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_quotes_round_trip),
        cmocka_unit_test(test_jsonl),
        cmocka_unit_test(test_dedupe_order),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_many_alike),
        cmocka_unit_test(test_file_is_replaced),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_out_of_reach),
        cmocka_unit_test(test_nothing_can_match),
        cmocka_unit_test(test_reader_goes_away),
        cmocka_unit_test(test_max_results),
        cmocka_unit_test(test_names_of_columns),
    };
    return cmocka_run_group_tests_name("cli_output", tests, harness_shell_set_up,
                                       harness_shell_tear_down);
}
