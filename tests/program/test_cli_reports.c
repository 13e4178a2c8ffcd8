/* What axb tells about a run: --plan, --stats, --json, and the verb eval. */
#include "tests/harness/harness_left.h"
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_plan(void **state)
{
    char *out;
    (void)state;
    size_t names = harness_left_names(".", "");
    assert_int_equal(harness_shell("axb match A.csv B.csv --on name --min 0.9 --plan -o plan.csv "
                                   "--stats plan.json",
                                   &out, NULL),
                     0);
    assert_int_equal(harness_left_names(".", ""), names);
    assert_non_null(strstr(out, "A.csv: 4 records"));
    assert_non_null(strstr(out, "a.name: 3 distinct values"));
    assert_non_null(strstr(out, "jaro_winkler(a.name, b.name) >= 0.9"));
    assert_non_null(strstr(out, "lossless"));
    free(out);
    static const char *const metrics[] = {"jaccard", "levenshtein", "jaro", "soundex", "days"};
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) { /* every pair, by some scan */
        char command[200];
        snprintf(command, sizeof command,
                 "axb match A.csv B.csv --on name --metric %s --min 0.9 --no-prune --plan | "
                 "grep -c '^join .*scan: every pair'",
                 metrics[i]);
        harness_shell_output(command, "1\n");
    }
}

/* How long a compiled scorer takes is tried, alone or after a join. A function in Python is not
 * called for a plan, nor is a metric of very long texts. */
static void test_plan_of_loops(void **state)
{
    static const char seconds[] =
        "--plan --json -q | grep -Eo '\"seconds\":(null|[0-9])' | tr -d '0-9'";
    static const struct {
        const char *command;
        bool known;
    } cases[] = {
        {"axb match A.csv B.csv --score one.c --min 0.5", true},
        {"axb match A.csv B.csv --score one.c --min 0.5 --where 'a.name == b.name'", true},
        {"axb match A.csv B.csv --score one.py --min 0.5", false},
        {"axb match A.csv B.csv --score 'levenshtein_distance(name)' --min 2", true},
        {"axb match long.csv long.csv --score 'levenshtein_distance(t)' --min 2", false},
    };
    const bool has_python = harness_has_python("one.py");
    (void)state;
    harness_shell_output(
        "printf '#include <axb.h>\ndouble score(const axb_row_a *a, const axb_row_b *b) "
        "{ return a->name.n == b->name.n; }\n' > one.c; "
        "printf 'def score(a, b):\n    raise ValueError\n' > one.py; "
        "awk 'BEGIN { print \"t\"; for (i = 0; i < 40; i++) { for (k = 0; k < 5000; k++) "
        "printf \"%c\", 97 + (i + k) % 20; print \"\" } }' > long.csv",
        "");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[300];
        if (strstr(cases[i].command, "one.py") && !has_python)
            continue;
        snprintf(command, sizeof command, "%s %s", cases[i].command, seconds);
        harness_shell_output(command, cases[i].known ? "\"seconds\":\n" : "\"seconds\":null\n");
    }
    harness_shell_output("rm one.c one.py long.csv", "");
}

/* Pairs that are only counted take less time than pairs whose scores are wanted. So many match here
 * that the plan must say so: a histogram is promised what pairs are that are written. */
static void test_plan_of_a_histogram(void **state)
{
    (void)state;
    harness_shell_output(
        "awk 'BEGIN { srand(5); print \"w\"; for (i = 0; i < 6000; i++) { for (k = 0; k < 12; k++) "
        "printf \"%c\", 97 + int(8 * rand()); print \"\" } }' > w.csv; "
        "for o in --count '--histogram h.csv' '-o pairs.csv'; do "
        "axb match w.csv w.csv --on w --metric jaro --min 0.6 -j 1 $o --plan --json -q | "
        "grep -Eo '\"seconds\":[0-9.e-]*' | cut -d: -f2; done | "
        "awk '{ s[NR] = $1 } END { print (s[2] > 1.2 * s[1]), (s[2] == s[3]) }'; rm w.csv",
        "1 1\n");
}

/* Pairs by row numbers and a truth by ids have nothing in common, which is said. */
static void test_eval(void **state)
{
    (void)state;
    harness_shell_output("axb match A.csv B.csv -o rows.csv --on name --metric equal --min 1 -q; "
                         "axb match A.csv B.csv -o ids.csv --id id --on name --metric equal --min "
                         "1 -q; axb eval rows.csv ids.csv 2>&1 >/dev/null",
                         "axb: no pair is in both: does rows.csv name records as ids.csv does? "
                         "(axb match --id)\n");
    harness_shell_output(
        "axb eval ids.csv ids.csv 2>&1 | head -1; rm rows.csv ids.csv",
        "2 pairs, 2 true, 2 in both:  precision 1.0000  recall 1.0000  F1 1.0000\n");
}

/* Phases have names and no negative times; those of the run are among them. */
static void check_phases(const json_t *phases)
{
    static const char *const times[] = {"seconds", "thread_seconds", "process_seconds",
                                        "workers_seconds"};
    bool reading = false, matching = false;
    for (size_t i = 0; i < json_array_size(phases); i++) {
        const json_t *phase = json_array_get(phases, i);
        const char *name = json_string_value(json_object_get(phase, "phase"));
        assert_non_null(name);
        reading = reading || strcmp(name, "reading A.csv") == 0;
        matching = matching || strcmp(name, "matching") == 0;
        for (size_t k = 0; k < sizeof times / sizeof *times; k++)
            assert_true(json_number_value(json_object_get(phase, times[k])) > -1e-3);
    }
    assert_true(reading && matching);
}

static void test_stats(void **state)
{
    static const char *const keys[] = {
        "version", "min",     "rows_a", "rows_b",           "pairs",   "matches",  "join",
        "kernels", "workers", "slices", "workers_replaced", "seconds", "distinct", "phases"};
    json_error_t why;
    (void)state;
    assert_int_equal(
        harness_shell("axb match A.csv B.csv --on name --min 0.5 -q --stats stats.json", NULL,
                      NULL),
        0);
    json_t *stats = json_load_file("stats.json", 0, &why);
    assert_non_null(stats);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!json_object_get(stats, keys[i]))
            fail_msg("the statistics have no \"%s\"", keys[i]);
    assert_int_equal(json_integer_value(json_object_get(stats, "rows_a")), 4);
    assert_int_equal(json_integer_value(json_object_get(stats, "matches")), 4);
    assert_true(json_number_value(json_object_get(stats, "pairs")) == 16);
    assert_true(json_number_value(json_object_get(json_object_get(stats, "seconds"), "total")) > 0);
    check_phases(json_object_get(stats, "phases"));
    assert_true(
        json_number_value(json_object_get(json_object_get(stats, "seconds"), "search_cpu")) > 0);
    const json_t *distinct = json_object_get(stats, "distinct");
    assert_true(json_integer_value(json_object_get(distinct, "pairs")) == 9);
    json_decref(stats);
    harness_shell_output(
        "axb match A.csv B.csv --on name --min 0.5 --stats nowhere/stats.json 2>&1; "
        "echo $?",
        "axb: nowhere/stats.json cannot be written: No such file or directory\n"
        "make its directory first: mkdir -p\n74\n");
}

/* Few pairs of long texts are as much work as many: the plan has as many workers for them. */
static void test_workers_for_long_texts(void **state)
{
    static const char plan[] = "axb match %s.csv %s.csv --on t --metric levenshtein --min 0.4 "
                               "--no-prune --plan | grep -o '^workers *[0-9]*'";
    char command[200];
    (void)state;
    harness_shell_output("awk 'BEGIN { srand(1); print \"t\"; for (i = 0; i < 450; i++) { for (k = "
                         "0; k < 5000; k++) printf \"%c\", 97 + int(rand() * 20); print \"\" } }' "
                         "> many.csv; head -201 many.csv > few.csv",
                         "");
    snprintf(command, sizeof command, plan, "many", "many");
    char *many = harness_shell_written(command);
    snprintf(command, sizeof command, plan, "few", "few");
    harness_shell_output(command, many);
    harness_shell_output("rm many.csv few.csv", "");
    free(many);
}

/* A path may have any bytes, and JSON is UTF-8. */
static void test_json_of_any_path(void **state)
{
    static const char *const commands[] = {
        "axb match ./\377.csv B.csv --on name --min 0.9 --plan --json -q",
        "axb explain ./\377.csv B.csv --on name --min 0.9 --pair 1,1 --json -q",
        "axb suggest ./\377.csv B.csv --on name --min 0.9 --json -q",
        "axb match ./\377.csv B.csv --score ./\377.c --min 0.9 --plan --json -q",
        "axb explain ./\377.csv B.csv --score ./\377.c --min 0.9 --pair 1,1 --json -q",
        "axb suggest ./\377.csv B.csv --score ./\377.c --min 0.9 --json -q",
    };
    (void)state;
    harness_shell_output("cp A.csv ./\377.csv", "");
    harness_write_text("\377.c", "#include <axb.h>\n"
                                 "double score(const axb_row_a *a, const axb_row_b *b)\n"
                                 "{ return axb_jaro(a->name, b->name); }\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char *out = harness_shell_written(commands[i]);
        json_t *json = json_loads(out, 0, NULL);
        if (!json || !json_string_length(json_object_get(json, "text")))
            fail_msg("%s: %s", commands[i], out);
        json_decref(json);
        free(out);
    }
    harness_shell_output("rm ./\377.c ./\377.csv", "");
}

/* Records of which the segments are so large that threads share them: the same bytes, however many
 * threads and workers there are, and as by one. */
static void test_threads(void **state)
{
    static const char *const works[] = {
        "match many/A.csv many/B.csv --on full --metric jaro_winkler --min 0.9",
        "match many/A.csv many/B.csv --score '0.6 * jaro_winkler(full) + 0.4 * levenshtein(city)' "
        "--min 0.85",
        "dedupe many/A.csv --on full --metric levenshtein --min 0.8",
    };
    (void)state;
    free(harness_shell_written(BINARY_DIR "/axb-sample many 40000 2>&1"));
    for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
        char command[1024];
        snprintf(command, sizeof command,
                 "for n in 1 2 7; do OMP_NUM_THREADS=$n axb %s -q --id id -j $n -o by$n.csv || "
                 "echo failed; done; cmp by1.csv by2.csv && cmp by1.csv by7.csv && "
                 "test $(wc -l < by1.csv) -gt 100 && echo same",
                 works[i]);
        harness_shell_output(command, "same\n");
    }
    harness_shell_output("rm -r many by?.csv", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan),
        cmocka_unit_test(test_plan_of_loops),
        cmocka_unit_test(test_plan_of_a_histogram),
        cmocka_unit_test(test_eval),
        cmocka_unit_test(test_stats),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_workers_for_long_texts),
        cmocka_unit_test(test_json_of_any_path),
    };
    return cmocka_run_group_tests_name("cli_reports", tests, harness_shell_set_up,
                                       harness_shell_tear_down);
}
