/* `axb check`: its words, and that its figures are those of the plain scores. */
#include "core/sort.h"
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCORE "double score(const axb_row_a *a, const axb_row_b *b)\n"

/* ---- Words -----------------------------------------------------------------------------------*/

/* Seconds and speeds differ from run to run: they stand as T here. */
#define NO_TIMES " 2>&1 | sed -E 's/in [0-9.]+ s$/in T/'"

static void test_words(void **state)
{
    (void)state;
    harness_shell_output(
        "axb check nan.c A.csv B.csv --min 0.5" NO_TIMES,
        "A         A.csv: id, name, city\n"
        "B         B.csv: id, name, city\n"
        "score     nan.c: compiled in T\n"
        "reads     a.id, a.name, b.id, b.name\n"
        "scores    of 16 pairs, 4 rows of A with all of B: least 1, median 1, highest 1\n"
        "          7 (43.8 %) have no value (NaN) and cannot match\n"
        "          9 (56.2 %) reach --min 0.5\n"
        "examples  1           A row 1: id \"1\", name \"anna\"\n"
        "                      B row 1: id \"7\", name \"anna\"\n"
        "          1           A row 1: id \"1\", name \"anna\"\n"
        "                      B row 2: id \"8\", name \"bart\"\n"
        "          1           A row 1: id \"1\", name \"anna\"\n"
        "                      B row 3: id \"9\", name (missing)\n"
        "          1           A row 2: id \"2\", name \"bert\"\n"
        "                      B row 2: id \"8\", name \"bart\"\n"
        "          1           A row 4: id \"4\", name \"\"\n"
        "                      B row 3: id \"9\", name (missing)\n"
        "skips     no pairs: match scores all of them. --where says which are worth scoring\n"
        "speed     16 pairs are too few to say how fast it is\n");
    harness_shell_output(
        "axb check 'jaro(name)' A.csv B.csv --id id --where 'a.city == b.city' --min 0.99",
        "A         A.csv: id, name, city\n"
        "B         B.csv: id, name, city\n"
        "score     jaro(a.name, b.name)\n"
        "scores    of 16 pairs, 4 rows of A with all of B: least 0, median 0.833333, highest 1\n"
        "          12 (75 %) are not scored: --where or AXB_WHERE does not hold\n"
        "          2 (12.5 %) reach --min 0.99\n"
        "examples  1           A row 1, id \"1\": name \"anna\", city \"Rome\"\n"
        "                      B row 1, id \"7\": name \"anna\", city \"Rome\"\n"
        "          1           A row 4, id \"4\": name \"\", city \"Kiel\"\n"
        "                      B row 4, id \"10\": name \"\", city \"Kiel\"\n"
        "          0.833333    A row 2, id \"2\": name \"bert\", city \"Oslo\"\n"
        "                      B row 2, id \"8\": name \"bart\", city \"Oslo\"\n"
        "          0           A row 3, id \"3\": name (missing), city \"Bonn\"\n"
        "                      B row 3, id \"9\": name (missing), city \"Bonn\"\n"
        "skips     pairs for which the condition is false, and pairs whose metrics are too low for "
        "--min; axb match --plan shows how\n"
        "speed     16 pairs are too few to say how fast it is\n");
    harness_shell_output("axb check nan.c header.csv A.csv | tail -1",
                         "scores    none: there are no records\n");
}

/* What it says that match can skip. */
static void test_skips(void **state)
{
    static const struct {
        const char *score, *by;
    } cases[] = {
        {"nan.c", "no pairs: match scores all of them. --where says which are worth scoring"},
        {"where.c", "pairs for which the condition is false; axb match --plan shows how"},
        {"monotone.c", "pairs whose metrics are too low for --min (AXB_MONOTONE); axb match "
                       "--plan shows how"},
        {"both.c", "pairs for which the condition is false, and pairs whose metrics are too low "
                   "for --min (AXB_MONOTONE); axb match --plan shows how"},
        {"'jaro(name)'", "pairs whose metrics are too low for --min; axb match --plan shows how"},
        {"'number(a.id) - number(b.id)'",
         "no pairs: match scores all of them. --where says which are worth scoring"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[200], expected[200];
        snprintf(command, sizeof command, "axb check %s A.csv B.csv | sed -n 's/^skips     //p'",
                 cases[i].score);
        snprintf(expected, sizeof expected, "%s\n", cases[i].by);
        harness_shell_output(command, expected);
    }
}

/* The names of the columns come first, also where the scorer does not compile: then each column
 * that does not exist has a hint, and what only follows from that is not shown. */
static void test_wrong_columns(void **state)
{
    (void)state;
    harness_write_text("spaces.csv", "id,Full Name,größe\n1,anna,2\n");
    harness_write_text("wrong.c",
                       "#include <axb.h>\n" SCORE
                       "{\n    return axb_jaro(a->nmae, b->Full_Nane) + a->ctiy.n;\n}\n");
    char *out, *err;
    assert_int_equal(harness_shell("axb check wrong.c A.csv spaces.csv", &out, &err), 76);
    assert_string_equal(out, "A         A.csv: id, name, city\n"
                             "B         spaces.csv: id, Full_Name (\"Full Name\"), grosse "
                             "(\"größe\")\n");
    assert_null(strstr(err, "control reaches end"));
    assert_non_null(strstr(err, "\nthere is no column `nmae` in A; did you mean name?\n"
                                "there is no column `Full_Nane` in B; did you mean Full_Name?\n"
                                "there is no column `ctiy` in A; did you mean city?\n"));
    free(out);
    free(err);
}

static void test_order_of_arguments(void **state)
{
    static const struct harness_shell_failure cases[] = {
        {ERR_USAGE,
         "axb check A.csv B.csv nan.c",
         {"the scorer comes first: axb check SCORER A.csv B.csv",
          "try: axb check nan.c A.csv B.csv"}},
        {ERR_USAGE, "axb check A.csv nan.c B.csv", {"try: axb check nan.c A.csv B.csv"}},
        {ERR_USAGE, "axb check A.csv B.csv 'jaro(name)'", {"axb check 'jaro(name)' A.csv B.csv"}},
    };
    (void)state;
    harness_shell_fails(cases, sizeof cases / sizeof *cases);
}

/* ---- Figures ---------------------------------------------------------------------------------*/

/* The scores of all pairs that have one, as match writes them, ascending; returns how many. */
static size_t all_scores(const char *score, const char *where, double score_of[100])
{
    char command[300], *out;
    size_t n = 0;
    snprintf(command, sizeof command,
             "axb match many.csv many.csv --score %s --min -inf -q%s | cut -d, -f3", score, where);
    assert_int_equal(harness_shell(command, &out, NULL), 0);
    for (char *line = strchr(out, '\n') + 1; *line; line = strchr(line, '\n') + 1)
        score_of[n++] = strtod(line, NULL);
    free(out);
    sort_double(score_of, n);
    return n;
}

static unsigned long long figure(const char *text, const char *after)
{
    char *line = strstr(text, after);
    while (line && line > text && line[-1] != '\n')
        line--;
    return line ? strtoull(line, NULL, 10) : 0;
}

/* Least, median, highest and shares are those of the pairs that match writes without a threshold;
 * for a scorer in C, an expression that is compiled, one that is not, with and without conditions.
 */
static void test_figures(void **state)
{
    static const char *const scores[] = {"own.c",
                                         "own_where.c",
                                         "own.py",
                                         "'jaro(name)'",
                                         "'number(a.n) - number(b.n)'",
                                         "'number(a.n) / number(b.n)'"};
    static const char *const wheres[] = {"", " --where 'a.city == b.city'",
                                         " --where 'a.city != b.city && a.n > 1'"};
    const bool has_python = harness_has_python("own.py");
    (void)state;
    harness_write_text("many.csv", "n,name,city\n1,anna,Rome\n2,bert,Oslo\n,carl,Rome\n4,dora,\n"
                                   "0,emil,Oslo\n6,anne,Rome\nx,,Rome\n");
    harness_write_text("own.c",
                       "#include <axb.h>\n" SCORE "{ return a->n_number / b->n_number; }\n");
    harness_write_text("own_where.c", "#include <axb.h>\nAXB_WHERE(\"a.n < 5\");\n" SCORE
                                      "{ return a->n_number - b->n_number; }\n");
    harness_write_text("own.py", "def score(a, b):\n    return len(a.name) if a.name else None\n");
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++)
        for (size_t k = 0; k < sizeof wheres / sizeof *wheres; k++) {
            char command[300], expected[300], *out;
            double score[100];
            if (strcmp(scores[i], "own.py") == 0 && !has_python)
                continue;
            const size_t n = all_scores(scores[i], wheres[k], score);
            assert_true(n >= 1);
            snprintf(command, sizeof command, "axb check %s many.csv many.csv%s --min 1", scores[i],
                     wheres[k]);
            assert_int_equal(harness_shell(command, &out, NULL), 0);
            snprintf(expected, sizeof expected,
                     "of 49 pairs, 7 rows of A with all of B: least %.6g, median %.6g, highest "
                     "%.6g\n",
                     score[0], score[n - 1 - n / 2], score[n - 1]);
            size_t reached = 0;
            for (size_t j = 0; j < n; j++)
                reached += score[j] >= 1;
            if (!strstr(out, expected))
                fail_msg("%s\ndoes not say %sbut\n%s", command, expected, out);
            const unsigned long long none = figure(out, "have no value"),
                                     excluded = figure(out, "are not scored");
            if (none + excluded + n != 49 || figure(out, "reach --min") != reached ||
                (excluded == 0) != (!wheres[k][0] && strcmp(scores[i], "own_where.c") != 0))
                fail_msg("%s\n%zu have scores, %zu reach 1, but it says\n%s", command, n, reached,
                         out);
            free(out);
        }
}

/* Of many pairs some rows are taken, the same in every run, and a speed is said. */
static void test_sample(void **state)
{
    (void)state;
    harness_shell_output("(echo x; seq 1 70000) > numbers.csv; (echo x; seq 1 40) > few.csv; "
                         "axb check 'number(b.x)' few.csv numbers.csv | grep '^scores'",
                         "scores    of 70000 pairs, 1 row of A with all of B: least 1, median "
                         "35000, highest 70000\n");
    harness_shell_output("for i in 1 2 3; do axb check 'abs(number(a.x) - number(b.x))' few.csv "
                         "numbers.csv | grep -v -e ^speed -e ^all; done | sort | uniq -c | "
                         "awk '{ print $1 }' | sort -u",
                         "3\n");
    harness_write_text("slow.c", "#include <axb.h>\n#include <math.h>\n" SCORE
                                 "{\n    double x = a->x_number + b->x_number;\n"
                                 "    for (int i = 0; i < 300; i++)\n        x = sin(x);\n"
                                 "    return x;\n}\n");
    harness_shell_output(
        "axb check slow.c few.csv numbers.csv -j 2 | grep -c -E "
        "'^(speed     .* pairs in [0-9.]+ s on 2 workers: .* pairs/s, [0-9.]+ [nu]s a pair "
        "on each|all       2.8 M pairs: about .* at this speed)$'",
        "2\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),         cmocka_unit_test(test_skips),
        cmocka_unit_test(test_wrong_columns), cmocka_unit_test(test_order_of_arguments),
        cmocka_unit_test(test_figures),       cmocka_unit_test(test_sample),
    };
    return cmocka_run_group_tests(tests, harness_shell_set_up, harness_shell_tear_down);
}
