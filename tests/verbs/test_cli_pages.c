/* `--report` of learn, eval, suggest and check: the page says what the terminal says, and its pairs
 * are those that other verbs find. */
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS "150"
#define TEXT_BYTES 4000u
#define TABLES "people/A.csv people/B.csv --id id"

/* ---- Pages -----------------------------------------------------------------------------------*/

/* One table of people, the other with a value that looks like markup. */
static void make_tables(void)
{
    free(harness_shell_written(
        "axb-sample people " ROWS " --seed 5 > /dev/null 2>&1; "
        "sed -i '2s/^\\([^,]*\\),[^,]*/\\1,<b>\\&amp;/' people/A.csv people/B.csv"));
}

/* The page of a command, which also prints what it prints without a page. */
static char *page_of(const char *command)
{
    char with[1000];
    size_t n;
    snprintf(with, sizeof with,
             "rm -f page.html; %s > without.txt && %s --report page.html > with.txt && "
             "cmp without.txt with.txt && "
             "python3 -c 'import xml.dom.minidom as x; x.parse(\"page.html\")' && "
             "! grep -q 'https*://\\|<script' page.html",
             command, command);
    free(harness_shell_written(with));
    char *page = harness_read("page.html", &n);
    assert_true(n < 2u << 20);
    return page;
}

static const char *after(const char *text, const char *word)
{
    const char *at = strstr(text, word);
    if (!at)
        fail_msg("\"%s\" is not in:\n%s", word, text);
    return at + strlen(word);
}

/* The text between two others. */
static char *between(const char *text, const char *from, const char *to, char out[TEXT_BYTES])
{
    const char *begin = after(text, from), *end = strstr(begin, to);
    assert_non_null(end);
    snprintf(out, TEXT_BYTES, "%.*s", (int)(end - begin), begin);
    return out;
}

/* The fact of a key. */
static char *fact(const char *page, const char *key, char out[TEXT_BYTES])
{
    char from[200];
    snprintf(from, sizeof from, "<dt>%s</dt>\n<dd>", key);
    return between(page, from, "</dd>", out);
}

/* A number of a page: 9,029. */
static double counted(const char *text)
{
    char plain[40];
    size_t n = 0;
    for (; strchr("0123456789,.-e", *text) && *text && n + 1 < sizeof plain; text++)
        if (*text != ',')
            plain[n++] = *text;
    plain[n] = 0;
    return strtod(plain, NULL);
}

/* What a command writes, with "&amp;" and such in the command as characters again. */
static char *written_by_page(const char *page, const char *title)
{
    char command[TEXT_BYTES];
    char *at = between(after(page, title), "<pre class=\"command\">", "</pre>", command);
    for (char *quote = strstr(at, "&#39;"); quote; quote = strstr(quote, "&#39;")) {
        *quote = '\'';
        memmove(quote + 1, quote + 5, strlen(quote + 5) + 1);
    }
    return harness_shell_written(command);
}

/* ---- Pairs on a page -------------------------------------------------------------------------*/

#define MOST 1000u

struct pair {
    char a[40], b[40];
    double score;
};

/* The pairs from one place of a page up to another; `caption` is what stands before a score. */
static size_t pairs_on(const char *page, const char *from, const char *to, const char *caption,
                       struct pair pair[MOST])
{
    const char *at = after(page, from), *end = strstr(at, to);
    size_t n = 0;
    char text[TEXT_BYTES];
    end = end ? end : at + strlen(at);
    for (at = strstr(at, "<caption>"); at && at < end; at = strstr(at + 1, "<caption>")) {
        const char *score = strstr(at, caption);
        if (score && score < strstr(at, "</caption>")) {
            pair[n].score = strtod(score + strlen(caption), NULL);
            snprintf(pair[n].a, 40, "%.39s", between(at, "a: <bdi>", "</bdi>", text));
            snprintf(pair[n].b, 40, "%.39s", between(at, "b: <bdi>", "</bdi>", text));
            n++;
        }
    }
    return n;
}

static double distance_to(const struct pair *p, double threshold)
{
    return fabs(p->score - threshold);
}

/* All pairs and their scores, as match writes them. */
static size_t all_pairs(const char *score, struct pair **pair)
{
    char command[300];
    size_t n = 0, capacity = 100000;
    snprintf(command, sizeof command, "axb match " TABLES " %s -q | tail -n +2", score);
    char *text = harness_shell_written(command);
    *pair = calloc(capacity, sizeof **pair);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), n++) {
        assert_true(n < capacity);
        assert_int_equal(
            sscanf(line, "%39[^,],%39[^,],%lf", (*pair)[n].a, (*pair)[n].b, &(*pair)[n].score), 3);
    }
    free(text);
    return n;
}

/* The score that a pair of a page has among all; NaN: it is not there. */
static double score_of(const struct pair *shown, const struct pair *all, size_t n_all)
{
    for (size_t k = 0; k < n_all; k++)
        if (strcmp(all[k].a, shown->a) == 0 && strcmp(all[k].b, shown->b) == 0)
            return all[k].score;
    return (double)NAN;
}

struct threshold {
    double at;
    bool falls;
};

static bool takes(struct threshold t, double score)
{
    return t.falls ? score <= t.at : score >= t.at;
}

static bool has_record(const struct pair *shown, size_t n, const char *a)
{
    bool has = false;
    for (size_t i = 0; i < n; i++)
        has = has || strcmp(shown[i].a, a) == 0;
    return has;
}

/* Does a pair with the same score have this record of B? A has titles twice, and a pair of values
 * is shown once. */
static bool has_values(const struct pair *shown, size_t n, const struct pair *pair)
{
    bool has = false;
    for (size_t i = 0; i < n; i++)
        has =
            has || (strcmp(shown[i].b, pair->b) == 0 && fabs(shown[i].score - pair->score) < 1e-4);
    return has;
}

/* Are these pairs of `all`, with their scores, on this side of the threshold, each of another
 * record of A, and is no pair of a further record of A nearer? */
static void check_nearest(const struct pair *shown, size_t n, const struct pair *all, size_t n_all,
                          struct threshold t, bool match)
{
    double furthest = 0;
    size_t found = 0, nearer = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n_all; k++)
            if (strcmp(all[k].a, shown[i].a) == 0 && strcmp(all[k].b, shown[i].b) == 0) {
                assert_true(fabs(all[k].score - shown[i].score) < 1e-4);
                assert_true(takes(t, all[k].score) == match);
                furthest = fmax(furthest, distance_to(&all[k], t.at));
                found++;
            }
    for (size_t k = 0; k < n_all; k++)
        nearer += takes(t, all[k].score) == match &&
                  distance_to(&all[k], t.at) < furthest - 1e-12 &&
                  !has_record(shown, n, all[k].a) && !has_values(shown, n, &all[k]);
    for (size_t i = 0; i < n; i++)
        assert_false(has_record(shown, i, shown[i].a));
    assert_int_equal(found, n);
    assert_int_equal(nearer, 0);
}

/* ---- learn -----------------------------------------------------------------------------------*/

static void learn_says_what_it_says(void **state)
{
    char text[TEXT_BYTES], command[300];
    struct pair pair[MOST];
    (void)state;
    make_tables();
    char *page = page_of("axb learn " TABLES " -o m.axb");
    char *terminal = harness_shell_written("cat with.txt");
    harness_shell_output("axb learn " TABLES " -q -o n.axb > /dev/null && cmp m.axb n.axb && echo "
                         "same",
                         "same\n");
    assert_true(counted(fact(page, "learned from", text)) ==
                strtod(after(terminal, "learned from "), NULL));
    assert_true(counted(fact(page, "matches expected", text)) ==
                strtod(after(terminal, "The model expects "), NULL));
    const char *chosen = after(page, "What it would find");
    snprintf(command, sizeof command, "precision is %.5s", after(terminal, "the precision is "));
    assert_non_null(strstr(page, command));
    assert_non_null(strstr(chosen, "the threshold</bdi>"));
    /* Each pair has the score that explain computes from the model's file. */
    const size_t n = pairs_on(page, ">Pairs</h2>", "</section>", ": ", pair);
    assert_true(n >= 5);
    for (size_t i = 0; i < n; i++) {
        snprintf(command, sizeof command,
                 "axb explain " TABLES " --score m.axb --pair %s,%s | grep ^score", pair[i].a,
                 pair[i].b);
        char *explained = harness_shell_written(command);
        assert_float_equal(strtod(after(explained, "score"), NULL), pair[i].score, 0.0051);
        free(explained);
    }
    free(written_by_page(page, "What to run next"));
    harness_shell_output("head -1 pairs.csv", "a,b,score\n");
    free(page);
    free(terminal);
}

/* The curve of thresholds has the line that the terminal says. */
static void learn_of_labels_and_of_one_table(void **state)
{
    char text[TEXT_BYTES];
    (void)state;
    char *page = page_of("axb learn " TABLES " --truth people/truth.csv --one-to-one -o t.axb");
    assert_non_null(strstr(page, "where F1 is greatest"));
    assert_string_equal(fact(page, "one to one", text), "yes");
    free(page);
    page = page_of("axb learn people/A.csv");
    assert_non_null(strstr(page, ", for duplicates"));
    assert_non_null(strstr(page, "No model was written"));
    free(page);
}

/* ---- eval ------------------------------------------------------------------------------------*/

static void eval_says_what_it_says(void **state)
{
    struct pair pair[MOST];
    char text[TEXT_BYTES], expected[300];
    (void)state;
    free(harness_shell_written("axb match " TABLES " --on full --min 0.7 -q -o pairs.csv"));
    char *page = page_of("axb eval pairs.csv people/truth.csv " TABLES " --errors errors.csv");
    char *terminal = harness_shell_written("cat with.txt");
    char *errors = harness_shell_written("cat errors.csv");
    snprintf(expected, sizeof expected, "Precision %.6s, recall %.6s, F1 %.6s",
             after(terminal, "precision "), after(terminal, "recall "), after(terminal, "F1 "));
    assert_non_null(strstr(page, expected));
    /* Each line of the curve. */
    const char *line = after(terminal, "by threshold\n");
    for (int step = 0; step < 11; step++) {
        double min, precision, recall, f1;
        unsigned long long pairs;
        assert_int_equal(sscanf(line, " >= %lf %llu pairs precision %lf recall %lf F1 %lf", &min,
                                &pairs, &precision, &recall, &f1),
                         5);
        snprintf(expected, sizeof expected,
                 "<td class=\"number\">%.4f</td><td class=\"number\">%.4f</td>"
                 "<td class=\"number\">%.4f</td>",
                 precision, recall, f1);
        assert_non_null(strstr(page, expected));
        line = strchr(line, '\n') + 1;
    }
    /* Errors are those of the file. */
    const size_t n = pairs_on(page, "False pairs</h3>", "Missed pairs", "score ", pair);
    assert_true(n == 6);
    for (size_t i = 0; i < n; i++) {
        snprintf(text, sizeof text, "\n%s,%s,", pair[i].a, pair[i].b);
        const char *found = after(errors, text);
        assert_float_equal(strtod(found, NULL), pair[i].score, 1e-4);
        assert_int_equal(strncmp(strchr(found, ',') + 1, "false", 5), 0);
    }
    assert_null(strstr(page, "<th scope=\"row\">id</th>")); /* it stands above the fields */
    free(errors);
    free(terminal);
    free(page);
}

/* Scores on the edges of bins and beside them: 0.6 + 0.4 * i / 100, each from three doubles. Steps
 * count them as a comparison with the threshold does. */
static void scores_on_edges(void **state)
{
    double score[303];
    size_t n = 0;
    FILE *f = fopen("edges.csv", "w");
    (void)state;
    fputs("a,b,score\n", f);
    for (int i = 0; i <= 100; i++) {
        const double edge = 0.6 + (1 - 0.6) * (i / 10.0) / 10;
        score[n++] = edge;
        if (i < 100)
            score[n++] = nextafter(edge, 2);
        if (i > 0)
            score[n++] = nextafter(edge, 0);
    }
    for (size_t i = 0; i < n; i++)
        fprintf(f, "a%zu,b%zu,%.17g\n", i, i, score[i]);
    fclose(f);
    char *json = harness_shell_written("axb eval edges.csv edges.csv --json");
    const char *at = after(json, "\"thresholds\":");
    for (int step = 0; step < 11; step++) {
        const double pairs = strtod(after(at, "\"pairs\":"), NULL);
        const double min = strtod(after(at, "\"min\":"), NULL);
        size_t expected = 0;
        for (size_t i = 0; i < n; i++)
            expected += score[i] >= min;
        assert_true(pairs == (double)expected);
        at = strchr(at + 1, '}') + 1;
    }
    free(json);
}

static void eval_without_tables_and_of_clusters(void **state)
{
    (void)state;
    char *page = page_of("axb eval pairs.csv people/truth.csv");
    assert_non_null(strstr(page, "With the tables"));
    free(page);
    free(harness_shell_written("axb cluster pairs.csv --tables 2 -q -o groups.csv"));
    page = page_of("axb eval groups.csv people/truth.csv");
    assert_non_null(strstr(page, "B-cubed"));
    assert_null(strstr(page, ">Thresholds</h2>"));
    free(page);
    free(harness_shell_written("echo a,b > none.csv"));
    page = page_of("axb eval none.csv none.csv");
    assert_non_null(strstr(page, "No pair is false, and none was missed."));
    free(page);
}

/* ---- suggest ---------------------------------------------------------------------------------*/

/* The pairs on the page are those that are nearest to what is suggested. */
static void check_suggest(const char *score, const char *floor, bool falls)
{
    struct pair pair[MOST], *all;
    char command[400], text[TEXT_BYTES];
    snprintf(command, sizeof command, "axb suggest " TABLES " %s", score);
    char *page = page_of(command);
    const char *name = falls ? "Suggested: --max " : "Suggested: --min ";
    const struct threshold t = {strtod(after(page, name), NULL), falls};
    snprintf(command, sizeof command, "%s %s", score, floor);
    const size_t n_all = all_pairs(command, &all);
    size_t matches = 0;
    for (size_t i = 0; i < n_all; i++)
        matches += takes(t, all[i].score);
    between(page, "<p class=\"summary\">", " pairs", text);
    assert_true(counted(text) == (double)matches);
    for (int side = 0; side < 2; side++) {
        const size_t n = side ? pairs_on(page, "Just above: ", "</section>", "score ", pair)
                              : pairs_on(page, "Just below: ", "Just above: ", "score ", pair);
        assert_int_equal(n, 5);
        check_nearest(pair, n, all, n_all, t, side);
    }
    free(written_by_page(page, "What to run next"));
    snprintf(text, sizeof text, "%zu\n", matches);
    harness_shell_output("tail -n +2 pairs.csv | wc -l", text);
    free(all);
    free(page);
}

static void suggest_shows_the_nearest(void **state)
{
    (void)state;
    make_tables();
    check_suggest("--on full", "--min 0.5", false);
    check_suggest("--score '0.5 * jaro_winkler(full) + 0.5 * levenshtein(street)'", "--min 0.3",
                  false);
    check_suggest("--score 'levenshtein_distance(full)'", "--max 12", true);
}

static void suggest_without_a_threshold(void **state)
{
    (void)state;
    char *page = page_of("axb suggest " TABLES " --on sex");
    assert_non_null(strstr(page, "No threshold separates matches from other pairs"));
    assert_null(strstr(page, "What to run next"));
    free(page);
    page = page_of("axb suggest people/A.csv --on full");
    free(page);
    free(harness_shell_written("axb learn " TABLES " -q -o m.axb"));
    page = page_of("axb suggest " TABLES " --score m.axb");
    assert_non_null(strstr(page, "missed, about"));
    free(page);
}

/* ---- check -----------------------------------------------------------------------------------*/

static void check_says_what_it_says(void **state)
{
    char text[TEXT_BYTES], expected[300];
    struct pair pair[MOST], *all;
    double least, median, highest;
    (void)state;
    harness_write_text("names.c", "#include <axb.h>\n"
                                  "double score(const axb_row_a *a, const axb_row_b *b)\n"
                                  "{\n    return axb_jaro_winkler(a->full, b->full);\n}\n");
    free(harness_shell_written("axb check names.c " TABLES " --min 0.9 --report page.html > "
                               "with.txt"));
    size_t bytes;
    char *page = harness_read("page.html", &bytes),
         *terminal = harness_shell_written("cat with.txt");
    assert_int_equal(sscanf(after(terminal, "with all of B: "),
                            "least %lf, median %lf, highest %lf", &least, &median, &highest),
                     3);
    between(page, "Of the sample the least score is ", ".</p>", text);
    assert_true(fabs(strtod(after(text, "the median "), NULL) - median) < 1e-4);
    assert_true(fabs(strtod(after(text, "the highest "), NULL) - highest) < 1e-4);
    snprintf(expected, sizeof expected, "%s", fact(page, "match skips", text));
    assert_non_null(strstr(terminal, expected));
    assert_string_equal(fact(page, "reads", text), "a.full, b.full");
    /* Every pair has the score that match gives it. */
    const size_t n_all = all_pairs("--on full --min 0.0001", &all);
    const size_t n = pairs_on(page, "Pairs of the sample</h2>", "</section>", "score ", pair);
    assert_true(n >= 5);
    for (size_t i = 0; i < n; i++)
        assert_true(pair[i].score < 0.0001 ||
                    fabs(score_of(&pair[i], all, n_all) - pair[i].score) < 1e-4);
    char *found = written_by_page(page, "What to run next");
    assert_int_equal(strncmp(found, "a,b,score\n", 10), 0);
    free(found);
    free(all);
    free(terminal);
    free(page);
}

/* An expression with a blank in it is one word of the next command; and no records are no pairs. */
static void check_of_an_expression(void **state)
{
    size_t n;
    (void)state;
    free(harness_shell_written("axb check '0.5 * jaro(first) + 0.5 * jaro(last)' " TABLES
                               " --report page.html"));
    char *page = harness_read("page.html", &n);
    char *found = written_by_page(page, "What to run next");
    assert_non_null(strstr(found, "suggested: --min "));
    free(found);
    free(page);
    free(harness_shell_written("for i in A B; do head -2 people/$i.csv > one_$i.csv; done; "
                               "axb check 'jaro(first)' one_A.csv one_B.csv --report page.html"));
    page = harness_read("page.html", &n);
    assert_non_null(strstr(page, "<bdi>&lt;b&gt;&amp;amp;</bdi>")); /* as it stands in the file */
    free(page);
    free(
        harness_shell_written("head -1 people/A.csv > empty.csv; axb check 'jaro(first)' empty.csv "
                              "people/B.csv --report page.html"));
    page = harness_read("page.html", &n);
    assert_null(strstr(page, "Pairs of the sample"));
    free(page);
}

/* ---- What is refused -------------------------------------------------------------------------*/

static void what_is_refused(void **state)
{
    static const struct harness_shell_failure cases[] = {
        {ERR_USAGE, "axb learn A.csv B.csv --report page.txt", {"ends in .html"}},
        {ERR_USAGE, "axb check 'jaro(name)' A.csv B.csv --report -", {"to a file, not to stdout"}},
        {ERR_USAGE, "axb eval A.csv B.csv --report A.csv", {"ends in .html"}},
        {ERR_USAGE,
         "axb eval A.csv B.csv --errors x.html --report x.html",
         {"--errors and --report are the same file"}},
        {ERR_IO, "axb suggest A.csv B.csv --on name --report nowhere/page.html", {"nowhere"}},
        {ERR_USAGE, "axb explain A.csv B.csv --on name --pair 1,1 --report x.html", {"--report"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *err;
        const int status = harness_shell(cases[i].command, NULL, &err);
        assert_int_equal(status, cases[i].status);
        harness_shell_says(cases[i].command, err, cases[i].says);
        free(err);
    }
}

/* A verb that fails leaves the page as it was. */
static void a_failure_keeps_the_page(void **state)
{
    (void)state;
    harness_write_text("page.html", "old\n");
    assert_true(harness_shell("axb eval A.csv long.csv --report page.html", NULL, NULL) != 0);
    assert_true(harness_shell("axb learn A.csv nothing.csv --report page.html", NULL, NULL) != 0);
    assert_true(
        harness_shell("axb suggest A.csv long.csv --on name --report page.html", NULL, NULL) != 0);
    assert_true(harness_shell("axb check wrong.c A.csv B.csv --report page.html", NULL, NULL) != 0);
    harness_shell_output("cat page.html", "old\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learn_says_what_it_says),
        cmocka_unit_test(learn_of_labels_and_of_one_table),
        cmocka_unit_test(eval_says_what_it_says),
        cmocka_unit_test(scores_on_edges),
        cmocka_unit_test(eval_without_tables_and_of_clusters),
        cmocka_unit_test(suggest_shows_the_nearest),
        cmocka_unit_test(suggest_without_a_threshold),
        cmocka_unit_test(check_says_what_it_says),
        cmocka_unit_test(check_of_an_expression),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(a_failure_keeps_the_page),
    };
    return cmocka_run_group_tests(tests, harness_shell_set_up, harness_shell_tear_down);
}
