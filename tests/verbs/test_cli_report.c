/* --report of match and dedupe: the page changes no byte of what a run writes, and what it counts
 * is what the output has, for each kind of plan and of choice and for numbers of workers. */
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_A 170u
#define ROWS_B 140u

/* ---- Tables and questions --------------------------------------------------------------------*/

static int set_up(void **state)
{
    const int status = harness_shell_set_up(state);
    srand(2711);
    harness_shell_people("A.csv", ROWS_A);
    harness_shell_people("B.csv", ROWS_B);
    harness_write_text("lev.c", "#include <axb.h>\n"
                                "double score(const axb_row_a *a, const axb_row_b *b)\n"
                                "{ return axb_levenshtein(a->name, b->name); }\n");
    return status;
}

/* Each plan: one join, nested joins, refine with joins and without, a loop by one metric and by a
 * scorer. */
static const char *const questions[] = {
    "--on name --min 0.8",
    "--on name --min 1",
    "--on name --min 0",
    "--on name --metric levenshtein --min 0.6",
    "--on name --metric levenshtein_distance --max 4",
    "--score '0.6 * jaro_winkler(name) + 0.4 * (a.city == b.city)' --min 0.7",
    "--score '1 - abs(number(a.age) - number(b.age)) / 100' --min 0.9",
    "--on name --min 0.7 --where 'a.city == b.city'",
    "--on name --min 0.7 --where 'a.city == \"Bonn\" && b.city == \"Bonn\"'",
    "--score lev.c --min 0.6",
    "--score lev.c --min 0.95",
    "--score lev.c --min 0.3 --where 'jaro(name) > 0.7'",
};

static const char *const choices[] = {
    "", "--keep '*' --id id", "--top 2", "--one-to-one", "--unmatched both", "--linked"};

#define N_CHOICES (sizeof choices / sizeof *choices)

static const char *const roads[] = {"-j 1", "-j 2 --no-prune", "-j 7"};

/* ---- Reading a page --------------------------------------------------------------------------*/

static char *read_page(void)
{
    size_t n;
    return harness_read("r.html", &n);
}

/* Which column of the numbers of a chart has this name, from 0; `at` is before them. */
static unsigned column_of(const char *at, const char *name)
{
    const char *end = strstr(at, "</thead>");
    unsigned k = 0;
    for (at = strstr(at, "<th scope"); at && at < end; at = strstr(at + 1, "<th scope"), k++)
        if (strncmp(strchr(at, '>') + 1, name, strlen(name)) == 0)
            return k;
    fail_msg("no column is called %s", name);
    return 0;
}

/* Row i of the named column of the numbers of the chart of this title; false if there is no such
 * row. */
static bool number_of_chart(const char *page, const char *title, const char *name, unsigned row,
                            double *value)
{
    const char *at = strstr(page, title), *end = at ? strstr(at, "</tbody>") : NULL;
    if (!end)
        return false;
    const unsigned k = column_of(at, name);
    at = strstr(at, "<tbody>");
    for (unsigned i = 0; at && i <= row; i++)
        at = strstr(at + 1, "<tr>");
    for (unsigned i = 0; at && i <= k; i++)
        at = strstr(at + 1, "<td");
    if (!at || at > end)
        return false;
    char digits[40] = "";
    size_t n = 0;
    for (at = strchr(at, '>') + 1; *at != '<'; at++)
        if (*at != ',' && n + 1 < sizeof digits)
            digits[n++] = *at;
    *value = strtod(digits, NULL);
    return true;
}

/* The sum of such a column. */
static double sum_of_chart(const char *page, const char *title, const char *name)
{
    double sum = 0, value;
    for (unsigned row = 0; number_of_chart(page, title, name, row, &value); row++)
        sum += value;
    return sum;
}

static void check_is_whole(const char *command, const char *page)
{
    const size_t n = strlen(page);
    if (strncmp(page, "<!DOCTYPE html>", 15) != 0 || n < 100 || !strstr(page + n - 12, "</html>"))
        fail_msg("%s: the page is not whole", command);
    for (const char *at = page; (at = strstr(at, "://")); at++)
        if (strncmp(at, "://www.w3.org/", 14) != 0)
            fail_msg("%s: the page speaks of %.40s", command, at);
    if (strstr(page, "<script") || strstr(page, "src="))
        fail_msg("%s: the page loads something", command);
}

/* ---- The output stays, and is what the page counts -------------------------------------------*/

/* The pairs of an output that has a,b,score and perhaps records without a partner, which lack a
 * score or one of both ids. */
static double count_pairs(const char *text)
{
    double n = 0;
    for (const char *line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
        const char *b = strchr(line, ',') + 1, *score = strchr(b, ',') + 1;
        n += *line != ',' && *b != ',' && *score != ',' && *score != '\n';
    }
    return n;
}

/* How many records of A have a pair, and how many of them one alone. */
static void count_of_a(const char *text, double *some, double *one)
{
    const char *before = "";
    unsigned run = 0;
    *some = *one = 0;
    for (const char *line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
        const char *b = strchr(line, ',') + 1, *score = strchr(b, ',') + 1;
        if (*line == ',' || *b == ',' || *score == ',' || *score == '\n')
            continue;
        if (strncmp(before, line, (size_t)(b - line)) != 0) {
            *one += run == 1;
            ++*some;
            run = 0;
        }
        run++;
        before = line;
    }
    *one += run == 1;
}

/* The columns of --linked are others. */
static void check_counts(const char *command, const char *page, const char *text)
{
    const bool match = strncmp(command, "axb match", 9) == 0;
    const double pairs = sum_of_chart(page, "Pairs by their score", "pairs of the result");
    if (strstr(command, "--linked"))
        return;
    if (pairs != count_pairs(text))
        fail_msg("%s: %.0f scores of %.0f pairs", command, pairs, count_pairs(text));
    if (!match || strstr(command, "--one-to-one"))
        return;
    double none = 0, one = 0, some_expected, one_expected;
    const double all = sum_of_chart(page, "Records of A by their number", "records");
    (void)number_of_chart(page, "Records of A by their number", "records", 0, &none);
    (void)number_of_chart(page, "Records of A by their number", "records", 1, &one);
    count_of_a(text, &some_expected, &one_expected);
    if (all != ROWS_A || none != ROWS_A - some_expected || one != one_expected)
        fail_msg("%s: %.0f of %.0f records have no partner, and %.0f have one", command, none, all,
                 one);
}

static void check_question(const char *asked, size_t first_road)
{
    char command[700];
    for (size_t k = first_road; k < first_road + harness_tries(1, 3); k++) {
        const char *road = roads[k % (sizeof roads / sizeof *roads)];
        snprintf(command, sizeof command, "axb %s -q %s --format csv", asked, road);
        char *plain = harness_shell_written(command);
        snprintf(command, sizeof command, "axb %s -q %s --format csv --report r.html", asked, road);
        char *with = harness_shell_written(command), *page = read_page();
        if (strcmp(plain, with) != 0)
            fail_msg("%s: other bytes than without", command);
        check_is_whole(command, page);
        check_counts(command, page, with);
        free(plain);
        free(with);
        free(page);
    }
}

static void all_roads(void **state)
{
    static const char *const files[] = {"match A.csv B.csv", "dedupe A.csv"};
    char asked[500];
    size_t k = 0;
    (void)state;
    for (size_t f = 0; f < 2; f++)
        for (size_t q = 0; q < sizeof questions / sizeof *questions; q++)
            for (size_t i = 0; i < harness_tries(2, N_CHOICES); i++, k++) {
                const size_t c =
                    i == 0 ? 0 : 1 + (q + i) % (N_CHOICES - 1); /* all pairs, and another */
                if (f && c >= 4)                                /* of two tables alone */
                    continue;
                snprintf(asked, sizeof asked, "%s %s %s", files[f], questions[q], choices[c]);
                check_question(asked, k);
            }
    harness_shell_output("rm r.html", "");
}

/* ---- What a page says ------------------------------------------------------------------------*/

static void check_says(const char *command, const char *const *says)
{
    char *out, *err;
    if (harness_shell(command, &out, &err) != 0)
        fail_msg("%s: %s", command, err);
    char *page = read_page();
    check_is_whole(command, page);
    for (; *says; says++)
        if (!strstr(page, *says))
            fail_msg("%s: the page does not say \"%s\"", command, *says);
    free(page);
    free(out);
    free(err);
}
#define SAYS(command, ...) check_says(command, (const char *const[]){__VA_ARGS__, NULL})

static void columns(void **state)
{
    (void)state;
    harness_write_text("x.csv", "id,name\n1,Ann\n2,Ann\n3,Z\xc3\xbcrich\n4,\n5,!!!\n6,Bob\n");
    SAYS("axb dedupe x.csv --on name --min 0.9 --normalize punct --id id --report r.html -q -o "
         "o.csv",
         "<td><bdi>name</bdi></td><td><bdi>compared</bdi></td><td class=\"number\">4</td><td "
         "class=\"number\">2</td>"
         "<td class=\"number\">3</td><td class=\"number\">3</td><td class=\"number\">3</td>"
         "<td class=\"number\">6</td><td class=\"number\">1</td>",
         "The most frequent values of a.name", "What was said", "1 pair matches");
    harness_shell_output("rm x.csv o.csv r.html", "");
}

static void kinds_of_run(void **state)
{
    (void)state;
#define ASK "axb match A.csv B.csv --on name --min 0.9 --report r.html "
    SAYS(ASK "--count", "The scores of all", "Just below the threshold");
    SAYS(ASK "--histogram h.csv", "are counted");
    SAYS(ASK "--shard 2/3 -o s.shard", "in shard 2 of 3");
    SAYS(ASK "--resume j -o o.csv", "With --resume");
    SAYS(ASK "--audit 5 --seed 1 -o o.csv", "Audited: 700 pairs");
    SAYS(ASK "-o o.values", "Pairs by their score", "were not counted in this run");
    SAYS(ASK "--where 'a.age == \"x\"' -o o.csv", "0 pairs match");
    SAYS("axb dedupe A.csv --on name --min 0.9 --clusters c.csv --report r.html",
         "Clusters by their number of records", "The largest clusters",
         "Records by their number of");
    SAYS("axb match A.csv B.csv --on name --top 1 -o o.csv --report r.html", "pairs kept");
    SAYS("axb match A.csv B.csv --on name --min 0.8 --one-to-one -o o.csv --report r.html",
         "Records of B by their number of partners");
    SAYS("axb match A.csv B.csv --score lev.c --min 0.8 -o o.csv --report r.html", "scoring",
         "Just below the threshold");
    harness_shell_output("rm -f r.html h.csv s.shard o.csv o.values c.csv", "");
}

/* Pairs that cleaning makes the same are not among the best that are not the same; a score below
 * the threshold does not look like it. */
static void pairs_shown(void **state)
{
    (void)state;
    harness_write_text("x.csv", "id,name\n1,ANN MILLER\n2,Bob Smithers\n3,0.30001\n4,0.3\n");
    harness_write_text("y.csv", "id,name\n1,ann miller\n2,bob smithets\n3,0\n4,0.3\n");
    SAYS("axb match x.csv y.csv --on name --min 0.8 --normalize casefold --report r.html -o o.csv",
         "The best that are not the same");
    char *page = read_page();
    const char *best = strstr(page, "The best that are not the same");
    const char *end = strstr(best, "</section>");
    assert_true(strstr(best, "mithe") && strstr(best, "mithe") < end);
    assert_true(!strstr(best, "MILLER") || strstr(best, "MILLER") > end);
    free(page);
    SAYS("axb match x.csv y.csv --score 'number(a.name) - number(b.name)' --min 0.3000099 "
         "--report r.html -o o.csv",
         "score 0.30001");
    SAYS("axb match x.csv y.csv --score 'number(a.name) - number(b.name)' --min 0.30000001 "
         "--report r.html -o o.csv",
         "score 0.3<", "if number(a.name) - number(b.name) is 0.3 or more");
    harness_shell_output("rm x.csv y.csv o.csv r.html", "");
}

/* Names of columns and values that are markup, of a million bytes, and from right to left. */
static void hostile(void **state)
{
    (void)state;
    FILE *f = fopen("x.csv", "w");
    assert_non_null(f);
    fputs("<b>,\"na\"\"me & <i>\",\xd7\xa9\xd7\x9d\n1,\"<script>\",\xd7\x90\xe2\x80\xae x\n2,\"",
          f);
    for (unsigned i = 0; i < 1000000; i++)
        fputc('<', f);
    fputs("\",\x01\n", f);
    fclose(f);
    SAYS("axb match x.csv x.csv --score 'levenshtein(\"<b>\") + jaro(`na\"me & <i>`)' --min 0.1 "
         "--keep '*' --id '<b>' --report r.html -o o.csv",
         "&lt;b&gt;", "&lt;script&gt;", "\xd7\xa9\xd7\x9d");
    char *page = read_page();
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "<i>"));
    assert_null(strstr(page, "\xe2\x80\xae"));
    assert_true(strlen(page) < 200000);
    free(page);
    harness_shell_output("rm x.csv o.csv r.html", "");
}

/* Tables without records, and the folder of a page that is gone when the page is written. */
static void nothing_there(void **state)
{
    (void)state;
    harness_write_text("x.csv", "id,name\n");
    SAYS("axb match x.csv A.csv --on name --min 0.9 --report r.html -o o.csv", "0 pairs match");
    SAYS("axb match A.csv x.csv --on name --min 0.9 --report r.html --count", "0 pairs match");
    SAYS("axb dedupe x.csv --on name --min 0.9 --report r.html --clusters c.csv",
         "0 clusters of 0");
    harness_write_text("gone.c", "#include <axb.h>\n#include <unistd.h>\n"
                                 "double score(const axb_row_a *a, const axb_row_b *b)\n"
                                 "{ (void)a; (void)b; rmdir(\"gone\"); return 0; }\n");
    harness_shell_output(
        "mkdir gone; axb match A.csv B.csv --score gone.c --min 0.5 --report "
        "gone/r.html -q -o p.csv 2>e.txt; echo $?; grep -c 'gone/r.html' e.txt; ls "
        "p.csv 2>&1 | grep -c 'No such'",
        "74\n1\n1\n");
    harness_shell_output("rm -rf gone gone.c e.txt x.csv o.csv c.csv r.html", "");
}

/* Whoever starts axb says what was called; records are those of Python then, from 0. */
static void called_as(void **state)
{
    (void)state;
    SAYS(
        "axb match A.csv B.csv --on name --min 0.8 --report r.html --called-as 'axb.match(a, <b>)' "
        "-o o.csv",
        "<pre class=\"command\">axb.match(a, &lt;b&gt;)</pre>", "a: <bdi>position ");
    char *page = read_page();
    assert_null(strstr(page, "--called-as"));
    assert_null(strstr(page, "<bdi>row "));
    free(page);
    SAYS("axb suggest A.csv B.csv --on name --report r.html --called-as 'axb.suggest(a, b)'",
         "axb.suggest(a, b)");
    SAYS("axb dedupe A.csv --on name --min 0.9 --clusters c.csv --report r.html --called-as 'f(a)'",
         "<th scope=\"col\">position</th>");
    harness_shell_output("rm -f r.html o.csv c.csv", "");
}

/* With a model it says what each column adds. */
static void bits(void **state)
{
    (void)state;
    harness_shell_output(
        "axb-sample people 300 && axb learn people/A.csv people/B.csv --id id -q -o "
        "m.axb >/dev/null",
        "");
    SAYS("axb match people/A.csv people/B.csv --id id --score m.axb -o o.csv --report r.html",
         "What each column adds, in bits", "before a look", "The best that are not the same");
    harness_shell_output("rm -r people m.axb o.csv r.html", "");
}

/* ---- Refused ---------------------------------------------------------------------------------*/

static void refused(void **state)
{
    (void)state;
#define BAD "axb match A.csv B.csv --on name --min 0.9 "
    const struct harness_shell_failure failures[] = {
        {ERR_USAGE, BAD "--report -", {"to a file, not to stdout"}},
        {ERR_USAGE, BAD "--report r.txt", {".html"}},
        {ERR_USAGE, BAD "--report r.html --plan", {"--plan finds no pairs"}},
        {ERR_USAGE, BAD "--report r.html -o r.html", {"are the same file"}},
        {ERR_IO, BAD "--report no/r.html", {"no/r.html cannot be written"}},
        {ERR_USAGE, "axb metrics --report r.html", {"--report"}},
    };
    harness_shell_fails(failures, sizeof failures / sizeof *failures);
    harness_shell_output("ls r.html r.txt 2>/dev/null | wc -l", "0\n");
    harness_shell_output(
        "echo old >r.html; " BAD
        "--max-results 3 --report r.html -o o.csv 2>/dev/null; echo $?; cat r.html",
        "75\nold\n");
    harness_shell_output("ls o.csv 2>/dev/null; rm r.html", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_roads),    cmocka_unit_test(columns),
        cmocka_unit_test(kinds_of_run), cmocka_unit_test(bits),
        cmocka_unit_test(refused),      cmocka_unit_test(pairs_shown),
        cmocka_unit_test(hostile),      cmocka_unit_test(nothing_there),
        cmocka_unit_test(called_as),
    };
    return cmocka_run_group_tests(tests, set_up, harness_shell_tear_down);
}
