/* --histogram against the pairs that the same question writes, one by one: for each kind of plan,
 * numbers of workers, with and without pruning. And `axb suggest` against counts of axb match and
 * axb dedupe. */
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_A 170u
#define ROWS_B 140u
#define MOST_PAIRS (ROWS_A * ROWS_A)

/* ---- Tables and questions --------------------------------------------------------------------*/

/* Each plan: one join, nested joins, refine with joins and without, a loop by one metric and by a
 * scorer. */
static const char *const questions[] = {
    "--on name --min 0.5",
    "--on name --min 0",
    "--on name --metric levenshtein --min 0.4",
    "--on name --metric levenshtein_distance --max 5",
    "--on name --metric levenshtein --max 0.6",
    "--score '0.6 * jaro_winkler(name) + 0.4 * (a.city == b.city)' --min 0.5",
    "--score 'jaro_winkler(name) * 300 - abs(number(a.age) - number(b.age))' --min=-20",
    "--score '1 - abs(number(a.age) - number(b.age)) / 100' --min 0.3",
    "--on name --min 0.4 --where 'a.city == b.city'",
    "--on name --min 0.4 --where 'a.city == \"Bonn\" && b.city == \"Bonn\"'",
    "--score lev.c --min 0.3",
    "--score lev.c --min 0.3 --where 'jaro(name) > 0.5'",
};

static const char *const files[] = {"match A.csv B.csv", "dedupe A.csv"};
static const char *const roads[] = {"-j 1", "-j 7", "-j 2 --no-prune"};
static const char *const bins[] = {"", "--bins 2", "--bins 20"};
#define N_BINS (sizeof bins / sizeof *bins)

/* ---- The pairs -------------------------------------------------------------------------------*/

static double scores[MOST_PAIRS];

/* Reads the scores of all pairs; returns how many these are. */
static size_t find_scores(const char *asked)
{
    char command[600];
    size_t n = 0;
    snprintf(command, sizeof command, "axb %s -q -j 1 --format csv", asked);
    char *text = harness_shell_written(command);
    for (const char *line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1)
        scores[n++] = strtod(strchr(strchr(line, ',') + 1, ',') + 1, NULL);
    free(text);
    return n;
}

static size_t count_from_to(size_t n, double from, double to, bool falls)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += from == to ? scores[i] == from
                 : falls    ? from < scores[i] && scores[i] <= to
                            : from <= scores[i] && scores[i] < to;
    return count;
}

/* Each line has the pairs that it says, and all lines have all pairs. */
static void check_lines(const char *command, const char *text, size_t n, bool falls)
{
    const bool exact = strncmp(text, "score,pairs\n", 12) == 0;
    size_t all = 0;
    double before = -(double)INFINITY;
    assert_true(exact || strncmp(text, "from,to,pairs\n", 14) == 0);
    for (const char *line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
        char *end;
        const double from = strtod(line, &end), to = exact ? from : strtod(end + 1, &end);
        const size_t pairs = strtoull(end + 1, NULL, 10);
        if (pairs == 0 || pairs != count_from_to(n, from, to, falls) || !(from > before))
            fail_msg("%s: %.60s: %zu", command, line, count_from_to(n, from, to, falls));
        before = from;
        all += pairs;
    }
    if (all != n)
        fail_msg("%s: %zu of %zu pairs", command, all, n);
}

/* One number of bins, or, in the long tier, all of them. */
static void check_question(const char *asked, size_t b)
{
    const size_t n = find_scores(asked);
    const bool falls = strstr(asked, "--max") != NULL;
    for (size_t end = b + harness_tries(1, N_BINS); b < end; b++) {
        char *first = NULL, command[600];
        for (size_t k = 0; k < sizeof roads / sizeof *roads; k++) {
            snprintf(command, sizeof command, "axb %s -q %s %s --histogram -", asked,
                     bins[b % N_BINS], roads[k]);
            char *text = harness_shell_written(command);
            if (!first)
                check_lines(command, text, n, falls);
            else if (strcmp(first, text) != 0)
                fail_msg("%s: other bytes than with one worker", command);
            free(k ? text : NULL);
            first = k ? first : text;
        }
        free(first);
    }
}

static void all_roads(void **state)
{
    char asked[400];
    (void)state;
    srand(2207);
    harness_shell_people("A.csv", ROWS_A);
    harness_shell_people("B.csv", ROWS_B);
    harness_write_text("lev.c", "#include <axb.h>\n"
                                "double score(const axb_row_a *a, const axb_row_b *b)\n"
                                "{ return axb_levenshtein(a->name, b->name); }\n");
    for (size_t f = 0; f < sizeof files / sizeof *files; f++)
        for (size_t q = 0; q < sizeof questions / sizeof *questions; q++) {
            snprintf(asked, sizeof asked, "%s %s", files[f], questions[q]);
            check_question(asked, q + f);
        }
}

/* ---- Files -----------------------------------------------------------------------------------*/

static void formats(void **state)
{
    (void)state;
    harness_write_text("x.csv", "name\nann\nbob\nanna\n");
    harness_write_text("y.csv", "name\nann\nbo\n");
#define ASK "axb match x.csv y.csv --on name --metric levenshtein --min 0.5 -q "
    harness_shell_output(ASK "--histogram -", "score,pairs\n0.6666666666666667,1\n0.75,1\n1,1\n");
    harness_shell_output(ASK "--count --histogram h.csv && cat h.csv",
                         "3\nscore,pairs\n0.6666666666666667,1\n0.75,1\n1,1\n");
    harness_shell_output(ASK "--histogram - --bins 2", "from,to,pairs\n0.6,0.8,2\n1,1.2,1\n");
    harness_shell_output(ASK "--histogram h.json && cat h.json",
                         "{\"pairs\":3,\"width\":0,\"bins\":[\n"
                         "{\"score\":0.6666666666666667,\"pairs\":1},\n"
                         "{\"score\":0.75,\"pairs\":1},\n{\"score\":1,\"pairs\":1}\n]}\n");
    harness_shell_output(ASK "--histogram h.svg && head -c 4 h.svg && tail -1 h.svg && "
                             "grep -c '<rect class=\"bar\"' h.svg",
                         "<svg</svg>\n3\n");
    harness_shell_output(ASK "--histogram h.csv.gz && gzip -dc h.csv.gz | tail -1", "1,1\n");
    harness_shell_output("axb match x.csv y.csv --score 'levenshtein_distance(name)' --max=0 -q "
                         "--histogram -",
                         "score,pairs\n0,1\n");
    harness_shell_output("axb match x.csv y.csv --on name --min 1 --where 'a.name == \"x\"' -q "
                         "--histogram -",
                         "score,pairs\n");
    harness_shell_output("rm x.csv y.csv h.csv h.json h.svg h.csv.gz", "");
}

static void check_refused(const char *command, const char *says)
{
    char *out, *err;
    const int status = harness_shell(command, &out, &err);
    if (status != ERR_USAGE || !strstr(err, says))
        fail_msg("%s: status %d, %s", command, status, err);
    free(out);
    free(err);
}

static void refused(void **state)
{
    (void)state;
#define BAD "axb match A.csv B.csv --on name --min 0.9 --histogram "
    check_refused(BAD "h.pdf", "name it .csv, .json or .svg");
    check_refused(BAD "h.csv -o pairs.csv", "together with --output");
    check_refused(BAD "h.csv --top 1", "together with --top");
    check_refused(BAD "h.csv --one-to-one", "together with --one-to-one");
    check_refused(BAD "h.csv --audit 3", "together with --audit");
    check_refused(BAD "h.csv --bins 1", "2 to 4096");
    check_refused(BAD "h.csv --bins 5000", "2 to 4096");
    check_refused(BAD "A.csv", "A.csv");
    check_refused(BAD "- --count", "both go to stdout");
    check_refused("axb suggest A.csv B.csv --on name --histogram -", "both go to stdout");
    check_refused("axb match A.csv B.csv --on name --min 0.9 --bins 9", "add --histogram FILE");
    check_refused("axb suggest A.csv B.csv --score lev.c", "--min is missing");
    check_refused("axb suggest A.csv B.csv", "--on is missing");
    check_refused("axb suggest A.csv B.csv --on name --histogram x.pdf", "x.pdf");
    harness_shell_output("ls h.csv h.pdf x.pdf 2>/dev/null | wc -l", "0\n");
}

/* ---- axb suggest -----------------------------------------------------------------------------*/

static double number_of(const char *command)
{
    char *text = harness_shell_written(command);
    const double x = strtod(text, NULL);
    free(text);
    return x;
}

static json_t *suggested(const char *command)
{
    char *text = harness_shell_written(command);
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    free(text);
    return json;
}

static double member(const json_t *json, const char *name)
{
    return json_number_value(json_object_get(json, name));
}

/* Persons of A in another order, half of them with a typing error; nobody resembles another. */
static void write_persons(const char *path, unsigned from, unsigned to, bool errors)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("id,name\n", f);
    for (unsigned i = from; i < to; i++) {
        char name[13] = "";
        srand(i + 1);
        for (int k = 0; k < 12; k++)
            name[k] = (char)('a' + rand() % 26);
        if (errors && i % 2)
            name[i % 12] = 'Z';
        fprintf(f, "%u,%s\n", i, name);
    }
    fclose(f);
}

/* What is said of each threshold is what axb match and axb dedupe count. */
static void counts_are_counts(void **state)
{
    (void)state;
    write_persons("P.csv", 0, 300, false);
    write_persons("Q.csv", 100, 350, true);
#define ON "--on name --metric levenshtein -q "
    json_t *json = suggested("axb suggest P.csv Q.csv " ON "--min 0.2 --json");
    const json_t *cuts = json_object_get(json, "thresholds");
    assert_string_equal(json_string_value(json_object_get(json, "from")), "within files");
    assert_true(json_array_size(cuts) >= 4);
    const double each = 300.0 * 250 / (300.0 * 299 / 2 + 250.0 * 249 / 2);
    for (size_t i = 0; i < json_array_size(cuts); i++) {
        const json_t *cut = json_array_get(cuts, i);
        char command[3][200];
        const double score = member(cut, "score"), pairs = member(cut, "pairs");
        snprintf(command[0], 200, "axb match P.csv Q.csv " ON "-c --min %.17g", score);
        snprintf(command[1], 200, "axb dedupe P.csv " ON "-c --min %.17g", score);
        snprintf(command[2], 200, "axb dedupe Q.csv " ON "-c --min %.17g", score);
        assert_true(pairs == number_of(command[0]));
        const double within = number_of(command[1]) + number_of(command[2]);
        assert_true(fabs(member(cut, "expected_false") - fmin((within + 0.5) * each, pairs)) <
                    1e-6 * pairs);
    }
    assert_true(member(json, "suggested") > 0.5 && member(json, "suggested") < 0.92);
    assert_true(fabs(member(json, "expected_matches") - 200) < 3);
    json_decref(json);
}

/* The same without a floor, with other names of columns, with a scorer and for one file. */
static void it_finds_a_floor(void **state)
{
    (void)state;
    static const char *const commands[] = {
        "axb suggest P.csv Q.csv " ON "--json",
        "axb suggest P.csv R.csv --on name=who --metric levenshtein -q --json",
        "axb suggest P.csv Q.csv --score lev.c --min 0.2 -q --json",
        "axb suggest P.csv Q.csv --score '0.5 * levenshtein(name) + 0.5 * osa(name)' -q --json",
        "axb suggest both.csv " ON "--json",
    };
    write_persons("P.csv", 0, 300, false);
    write_persons("Q.csv", 100, 350, true);
    harness_shell_output("sed 's/name/who/' Q.csv >R.csv; cat P.csv >both.csv; tail -n +2 Q.csv "
                         ">>both.csv",
                         "");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        json_t *json = suggested(commands[i]);
        const double score = member(json, "suggested");
        if (!(score > 0.5 && score < 0.92))
            fail_msg("%s: %g", commands[i], score);
        json_decref(json);
    }
    json_t *json = suggested("axb suggest P.csv Q.csv --on name --metric levenshtein_distance -q "
                             "--json");
    assert_true(json_is_true(json_object_get(json, "less_is_better")));
    assert_true(member(json, "suggested") >= 1 && member(json, "suggested") < 6);
    json_decref(json);
}

static void it_says_when_nothing_separates(void **state)
{
    (void)state;
    write_persons("P.csv", 0, 200, false);
    write_persons("Q.csv", 200, 400, false);
    json_t *json = suggested("axb suggest P.csv Q.csv " ON "--json");
    assert_true(json_is_null(json_object_get(json, "suggested")));
    json_decref(json);
    char *text = harness_shell_written("axb suggest P.csv Q.csv " ON);
    assert_non_null(strstr(text, "no threshold separates"));
    free(text);
    harness_shell_output("axb suggest P.csv Q.csv " ON "--min 1", "no pair has such a score\n");
    harness_shell_output("rm P.csv Q.csv R.csv both.csv", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_roads),        cmocka_unit_test(formats),
        cmocka_unit_test(refused),          cmocka_unit_test(counts_are_counts),
        cmocka_unit_test(it_finds_a_floor), cmocka_unit_test(it_says_when_nothing_separates),
    };
    return cmocka_run_group_tests(tests, harness_shell_set_up, harness_shell_tear_down);
}
