/* What a run says before it begins: scores out of reach, one value that makes up most pairs, ids
 * that are not unique, how many pairs to expect; and --max. */
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES "id,name\n1,anna\n2,bob\n3,\n4,anne\n"

/* What a command says on stderr, exactly, before the line with the figures. */
static void expect_notes(const char *command, const char *notes)
{
    char *out, *err;
    assert_int_equal(harness_shell(command, &out, &err), 0);
    harness_shell_drop_itself(err);
    char *figures = strstr(err, " pairs match; ");
    assert_non_null(figures);
    while (figures > err && figures[-1] != '\n')
        figures--;
    *figures = 0;
    if (strcmp(err, notes) != 0)
        fail_msg("%s\n expected %s\n got %s", command, notes, err);
    free(out);
    free(err);
}

static void scores_out_of_reach(void **state)
{
    (void)state;
    harness_write_text("n.csv", NAMES);
    harness_shell_fails(
        (const struct harness_shell_failure[]){
            {ERR_USAGE,
             "axb match n.csv n.csv --on name --min 90",
             {"no pair can match: --min 90 is above the highest possible score, 1\n",
              "did you mean --min 0.9?"}},
            {ERR_USAGE,
             "axb match n.csv n.csv --score '0.5 * jaro(name)' --min 0.6",
             {"no pair can match: --min 0.6 is above the highest possible score, 0.5\n"}},
            {ERR_USAGE,
             "axb match n.csv n.csv --on name --max -1",
             {"no pair can match: --max -1 is below the lowest possible score, 0\n"}},
            {ERR_USAGE,
             "axb match n.csv n.csv --on name --min 0.9 --max 0.5",
             {"no pair can match: --min 0.9 is above --max 0.5\n"}},
        },
        4);
    expect_notes("axb match n.csv n.csv --on name --min 0",
                 "axb: --min 0 keeps every pair: no score is below 0, so all 16 pairs match\n");
}

/* Without --min and --max nothing is said of them. Scores of another scale are. */
static void bounds_and_scores(void **state)
{
    (void)state;
    harness_write_text("n.csv", NAMES);
    harness_shell_output("axb check 'jaro(name)' n.csv n.csv 2>&1 >/dev/null", "");
    harness_shell_output("axb check 'jaro(name)' n.csv n.csv --min 0 2>&1 >/dev/null",
                         "axb: --min 0 keeps every pair: no score is below 0, so all 16 pairs "
                         "match\n");
    expect_notes("axb match n.csv n.csv --score '100 * jaro(name)' --min 0.8",
                 "axb: the scores go up to 100, so --min 0.8 is low; did you mean --min 80?\n");
    expect_notes("axb match n.csv n.csv --score '100 * jaro(name)' --min 80", "");
    expect_notes("axb match n.csv n.csv --score '2 * jaro(name)' --min 0.8", "");
    expect_notes("axb match n.csv n.csv --score 'levenshtein_distance(name)' --min 1 --max 2", "");
}

static void one_file_twice(void **state)
{
    static const char note[] =
        "axb: n.csv is compared with itself, so each record meets itself, and each pair comes "
        "twice; axb dedupe compares each pair once\n";
    (void)state;
    harness_write_text("n.csv", "id,name,other\n1,anna,bob\n2,bob,anna\n");
    harness_shell_output("axb match n.csv n.csv --on name --min 1 2>&1 >/dev/null | head -1", note);
    harness_shell_output("axb match n.csv n.csv --on name=other --min 1 --count 2>&1 | grep itself "
                         "|| cp n.csv m.csv && axb match n.csv m.csv --on name --min 1 --count "
                         "2>&1 | grep itself; axb dedupe n.csv --on name --min 1 --count 2>&1 | "
                         "grep itself; rm m.csv",
                         "");
}

/* A distance up to --max; a missing value has none. */
static void largest_scores(void **state)
{
    (void)state;
    harness_write_text("n.csv", NAMES);
    harness_shell_output("axb match n.csv n.csv --on name --metric levenshtein_distance --max 1 -q",
                         "a,b,score\n1,1,0\n1,4,1\n2,2,0\n4,1,1\n4,4,0\n");
    harness_shell_output(
        "axb match n.csv n.csv --on name --metric levenshtein_distance --min 1 --max 2 -q",
        "a,b,score\n1,4,1\n4,1,1\n");
    /* By a loop; a similarity of a missing value is 0. */
    harness_shell_output(
        "axb match n.csv n.csv --on name --metric levenshtein --max 0.3 --count -q", "11\n");
    harness_shell_output("axb dedupe n.csv --score '2 * levenshtein_distance(name)' --max 2 -q",
                         "a,b,score\n1,4,2\n");
    expect_notes("axb match n.csv n.csv --on name --metric levenshtein_distance --min 2",
                 "axb: levenshtein_distance is small where values are alike, and --min keeps the "
                 "pairs that differ most; to keep those that are alike, give --max: --max 2\n");
}

/* The parts of a count add up. */
static void parts_are_counted(void **state)
{
    (void)state;
    harness_write_text("d.csv", "name\nann\nbob\nann\nann\nbob\ncy\nann\n");
    harness_shell_output("for i in 1 2 3; do axb dedupe d.csv --on name --min 0.9 --count -q "
                         "--shard $i/3; done",
                         "4\n2\n1\n");
}

static void explained(void **state)
{
    static const struct {
        const char *bounds, *says;
    } tries[] = {
        {"--max 1", "match     no: 4 > 1, the lowest --max at which it matches is 4\n"},
        {"--max 4", "match     yes: 4 <= 4, the lowest --max at which it matches is 4\n"},
        {"--min 1 --max 5", "match     yes: 1 <= 4 <= 5\n"},
        {"--min 5 --max 6", "match     no: 4 < 5, the highest --min at which it matches is 4\n"},
        {"", "match     with --max 4 or more\n"},
    };
    (void)state;
    harness_write_text("n.csv", NAMES);
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        char command[200], *out, *err;
        snprintf(command, sizeof command,
                 "axb explain n.csv n.csv --on name --metric levenshtein_distance --pair 1,2 %s",
                 tries[i].bounds);
        assert_int_equal(harness_shell(command, &out, &err), 0);
        if (!strstr(out, tries[i].says))
            fail_msg("%s\n%s", command, out);
        free(out);
        free(err);
    }
}

/* n records with the value, then one of each of two others. */
static void write_repeated(const char *path, const char *value, unsigned n)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("id,full\n", f);
    for (unsigned i = 0; i < n; i++)
        fprintf(f, "%u,%s\n", i, value);
    fputs("x,ann miller\ny,bob smith\n", f);
    fclose(f);
}

static void one_value_makes_most_pairs(void **state)
{
    (void)state;
    write_repeated("q.csv", "\"\"", 198);
    write_repeated("r.csv", "\"\"", 1198);
    expect_notes("axb match q.csv r.csv --on full --min 0.95 --count",
                 "axb: 99 % of all pairs match: 198 × 1,198 records have an empty full; --null '' "
                 "makes it missing\n");
    write_repeated("q.csv", "\\N", 198);
    expect_notes(
        "axb dedupe q.csv --on full --min 0.95 --count",
        "axb: 98 % of all pairs match: 198 records have \"\\N\" as full; --null '\\N' makes "
        "it missing\n");
    write_repeated("q.csv", "john smith", 198);
    expect_notes("axb dedupe q.csv --on full --min 0.95 --count",
                 "axb: 98 % of all pairs match: 198 records have \"john smith\" as full\n");
    write_repeated("q.csv", "", 198); /* missing */
    expect_notes("axb dedupe q.csv --on full --min 0.95 --count", "");
}

static void ids_that_are_not_unique(void **state)
{
    (void)state;
    harness_write_text("ids.csv", "id,name\nx1,ann\nx1,anne\nx2,bob\n,cyd\n");
    harness_write_text("good.csv", "id,name\n1,ann\n2,bob\n");
    expect_notes("axb match ids.csv good.csv --id id --on name --min 0.9",
                 "axb: ids.csv: id is not unique: \"x1\" stands in 2 records; 1 record has none\n");
    expect_notes("axb dedupe good.csv --id id --on name --min 0.9", "");
    expect_notes("axb dedupe ids.csv --on name --min 0.9", "");
}

/* The estimate of a plan against the count, where one value is in a tenth of the records. */
static void write_names(const char *path, unsigned rows)
{
    static const char *const first[] = {"anna", "anne", "bob", "rob", "carla", "karla", "dora"};
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("name,city\n", f);
    for (unsigned i = 0; i < rows; i++)
        fprintf(f, "%s %c%c%c,%u\n", i % 10 ? first[rand() % 7] : "same", 'a' + rand() % 5,
                i % 10 ? 'a' + rand() % 20 : 'x', i % 10 ? 'a' + rand() % 20 : 'y',
                (unsigned)rand() % 9);
    fclose(f);
}

static void expect_estimate(const char *question)
{
    char command[300], *out, *err;
    snprintf(command, sizeof command, "axb %s --count -q", question);
    assert_int_equal(harness_shell(command, &out, &err), 0);
    const double truth = strtod(out, NULL);
    free(out);
    free(err);
    snprintf(command, sizeof command, "axb %s --plan --json", question);
    assert_int_equal(harness_shell(command, &out, &err), 0);
    const char *at = strstr(out, "\"expect\":{\"pairs\":");
    if (!at)
        fail_msg("%s\n%s", command, out);
    const double pairs = strtod(at + strlen("\"expect\":{\"pairs\":"), NULL);
    if (pairs < truth / 2 || pairs > 2 * truth)
        fail_msg("%s: %.0f expected, %.0f are", question, pairs, truth);
    free(out);
    free(err);
}

static void how_many_to_expect(void **state)
{
    (void)state;
    srand(4711);
    write_names("ea.csv", 5000);
    write_names("eb.csv", 4000);
    expect_estimate("match ea.csv eb.csv --on name --min 0.95");
    expect_estimate("dedupe ea.csv --on name --metric levenshtein --min 0.8");
    expect_estimate("match ea.csv eb.csv --score '0.5 * jaro(name) + 0.5 * (a.city == b.city)' "
                    "--min 0.9");
    expect_estimate("match ea.csv eb.csv --on name --min 0.9 --where 'a.city == \"3\"'");
    expect_estimate("dedupe ea.csv --score '1 - abs(number(a.city) - number(b.city)) / 10' "
                    "--min 0.95");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_out_of_reach),
        cmocka_unit_test(largest_scores),
        cmocka_unit_test(parts_are_counted),
        cmocka_unit_test(explained),
        cmocka_unit_test(one_value_makes_most_pairs),
        cmocka_unit_test(ids_that_are_not_unique),
        cmocka_unit_test(how_many_to_expect),
        cmocka_unit_test(bounds_and_scores),
        cmocka_unit_test(one_file_twice),
    };
    return cmocka_run_group_tests(tests, harness_shell_set_up, harness_shell_tear_down);
}
