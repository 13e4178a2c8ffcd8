/* `axb learn --truth` on tables whose matches are known: what it says of its labels against what
 * `axb eval` counts of the pairs that the model finds; and which files of labels it refuses. And
 * what review, suggest, explain and --plan make of a model, against the pairs that match finds. */
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_shell.h"
#include "tests/test.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 41u
#define MATCHES 120u
/* Of each table; the first MATCHES of both are the same persons, in another order. */
#define ROWS 400u
#define ORDER(i) (((i)*77u + 5u) % ROWS) /* where row i of A stands in B, and of which id */

/* ---- Tables ----------------------------------------------------------------------------------*/

static const char *const first[] = {"Anna", "Bert",  "Carla", "Dirk",
                                    "Eva",  "Frank", "Gerda", "Hans"};
static const char *const last[] = {"Miller", "Smith", "Jones", "Baker",
                                   "Fisher", "Young", "Hunter"};
static const char *const cities[] = {"Rome", "Oslo", "Bonn", "Kiel", "Bern"};
#define PICK(list) (list)[harness_below(sizeof(list) / sizeof *(list))]

struct person {
    char name[40], city[12];
    unsigned code;
};

static struct person random_person(void)
{
    struct person p = {.code = 10000 + harness_below(90000)};
    snprintf(p.name, sizeof p.name, "%s %s", PICK(first), PICK(last));
    snprintf(p.city, sizeof p.city, "%s", PICK(cities));
    return p;
}

/* The same person as another file has it: a typing error here and there. */
static struct person changed(const struct person *p)
{
    struct person q = *p;
    if (harness_below(3) == 0)
        q.name[1 + harness_below(4)] = 'x';
    if (harness_below(4) == 0)
        q.code += 10;
    if (harness_below(5) == 0)
        snprintf(q.city, sizeof q.city, "%s", PICK(cities));
    return q;
}

static void write_person(FILE *f, const char *id, unsigned i, const struct person *p)
{
    fprintf(f, "%s%u,%s,%s,%u\n", id, i, p->name, p->city, p->code);
}

/* A.csv, B.csv, both in one.csv; and all pairs that match: true.csv by ids, rows.csv by rows,
 * one_true.csv of one.csv. */
static void write_tables(void)
{
    static struct person a[ROWS], b[ROWS];
    FILE *f[] = {fopen("A.csv", "w"),    fopen("B.csv", "w"),    fopen("one.csv", "w"),
                 fopen("true.csv", "w"), fopen("rows.csv", "w"), fopen("one_true.csv", "w")};
    harness_seed(SEED);
    for (unsigned i = 0; i < ROWS; i++) {
        a[i] = random_person();
        b[ORDER(i)] = i < MATCHES ? changed(&a[i]) : random_person();
    }
    for (int k = 0; k < 3; k++)
        fputs("id,name,city,code\n", f[k]);
    for (int k = 3; k < 6; k++)
        fputs("a_id,b_id\n", f[k]);
    for (unsigned i = 0; i < ROWS; i++) {
        write_person(f[0], "a", i, &a[i]);
        write_person(f[1], "b", i, &b[i]);
        write_person(f[2], "a", i, &a[i]);
    }
    for (unsigned i = 0; i < ROWS; i++)
        write_person(f[2], "b", i, &b[i]);
    for (unsigned i = 0; i < MATCHES; i++) {
        fprintf(f[3], "a%u,b%u\n", i, ORDER(i));
        fprintf(f[4], "%u,%u\n", i + 1, ORDER(i) + 1);
        fprintf(f[5], "b%u,a%u\n", ORDER(i), i); /* either order will do */
    }
    for (size_t k = 0; k < sizeof f / sizeof *f; k++)
        fclose(f[k]);
}

/* Labels of the first pairs of the truth, and of as many others. */
static void write_labels(const char *path, unsigned matches, unsigned others)
{
    FILE *f = fopen(path, "w");
    fputs("a,b,match\n", f);
    for (unsigned i = 0; i < matches; i++)
        fprintf(f, "a%u,b%u,1\n", i, ORDER(i));
    for (unsigned i = 0; i < others; i++)
        fprintf(f, "a%u,b%u,no\n", i, ORDER(i + 1));
    fclose(f);
}

/* ---- All pairs that match --------------------------------------------------------------------*/

/* The number after a word. */
static double after(const char *text, const char *word)
{
    const char *at = strstr(text, word);
    if (!at)
        fail_msg("\"%s\" is not in:\n%s", word, text);
    return strtod(at + strlen(word), NULL);
}

/* Learns, and compares what is said of the labels with what the model finds. Returns F1. */
static double check_learned(const char *learn, const char *find, const char *truth)
{
    char command[300];
    snprintf(command, sizeof command, "axb learn %s --id id --truth %s -o m.axb", learn, truth);
    char *report = harness_shell_written(command);
    assert_non_null(strstr(report, "fitted to all 120 pairs that match.\n"));
    const char *seen = strstr(report, "On these labels:");
    const char *crossed = strstr(report, "On labels that it did not see:");
    assert_true(seen && crossed);
    snprintf(command, sizeof command,
             "axb %s --id id --score m.axb -q -o p.csv && axb eval p.csv true.csv", find);
    char *counted = harness_shell_written(command);
    const double precision = after(counted, "precision "), recall = after(counted, "recall "),
                 f1 = after(counted, "F1 ");
    if (precision < 0.8 || recall < 0.8)
        fail_msg("%s%s", report, counted);
    assert_float_equal(after(seen, "precision "), precision, 0.00051);
    assert_float_equal(after(seen, "recall "), recall, 0.00051);
    assert_float_equal(after(seen, "F1 "), f1, 0.00051);
    assert_float_equal(after(crossed, "F1 "), f1, 0.1);
    free(report);
    free(counted);
    return f1;
}

static void it_says_what_eval_counts(void **state)
{
    (void)state;
    write_tables();
    check_learned("A.csv B.csv", "match A.csv B.csv", "true.csv");
    check_learned("A.csv B.csv --one-to-one", "match A.csv B.csv", "true.csv");
    check_learned("one.csv", "dedupe one.csv", "one_true.csv");
}

/* No other threshold does better on the labels. */
static void the_threshold_is_the_best(void **state)
{
    char command[200];
    (void)state;
    const double f1 = check_learned("A.csv B.csv", "match A.csv B.csv", "true.csv");
    for (double least = -8; least < 7; least += 0.5) {
        snprintf(command, sizeof command,
                 "axb match A.csv B.csv --id id --score m.axb --min=%g -q -o p.csv && "
                 "axb eval p.csv true.csv",
                 least);
        char *counted = harness_shell_written(command);
        assert_true(after(counted, "F1 ") <= f1 + 1e-9);
        free(counted);
    }
}

/* The model is the same for any number of workers. */
static void workers_change_nothing(void **state)
{
    (void)state;
    write_tables();
    harness_shell_output("axb learn A.csv B.csv --id id -j 1 -o m.axb -q > /dev/null && "
                         "axb learn A.csv B.csv --id id -j 7 -o n.axb -q > /dev/null && "
                         "cmp m.axb n.axb && echo same",
                         "same\n");
}

static void rows_are_ids_without_id(void **state)
{
    (void)state;
    free(harness_shell_written("axb learn A.csv B.csv --id id --truth true.csv -o m.axb"));
    free(harness_shell_written("axb learn A.csv B.csv --kind id=none --truth rows.csv -o n.axb"));
    harness_shell_output("cmp m.axb n.axb && echo same", "same\n");
}

/* Labels decide: of true pairs that are called false nothing is left. */
/* ---- Placeholders ----------------------------------------------------------------------------*/

/* A.csv and B.csv with a column more, and records that stand for nobody at their ends. */
static void write_with_placeholders(const char *from, const char *to, unsigned copies)
{
    char command[300];
    snprintf(
        command, sizeof command,
        "awk -F, 'NR == 1 { print $0 \",sex,mail\" } NR > 1 { print $0 \",f,m\" $4 }"
        " END { for (i = 0; i < %u; i++) print \"%s\" i \",Test Patient,,,,nobody\" }' %s > %s",
        copies, to, from, to);
    free(harness_shell_written(command));
}

static unsigned placeholders_found(const char *options)
{
    char command[300];
    snprintf(command, sizeof command,
             "axb learn P.csv Q.csv --id id -o m.axb %s && "
             "axb match P.csv Q.csv --id id --score m.axb --min=-20 -q -o p.csv && grep -c "
             "'^P.csv.*,Q.csv' "
             "p.csv || :",
             options);
    char *written = harness_shell_written(command);
    const char *last = strrchr(written, '\n');
    while (last > written && last[-1] != '\n')
        last--;
    const unsigned n = (unsigned)strtoul(last, NULL, 10);
    assert_int_equal(strstr(written, "that stand for nobody") != NULL, *options == 0);
    free(written);
    return n;
}

/* Adds records that stand for nobody, twenty of each kind. Their names have n characters. */
static void write_with_long_placeholders(const char *from, const char *to, unsigned kinds, int n)
{
    char command[100];
    snprintf(command, sizeof command, "cp %s %s", from, to);
    assert_int_equal(harness_shell(command, NULL, NULL), 0);
    FILE *f = fopen(to, "a");
    assert_non_null(f);
    for (unsigned i = 0; i < 20 * kinds; i++)
        fprintf(f, "l%u,%0*u,,\n", i, n, i % kinds);
    assert_int_equal(fclose(f), 0);
}

/* Values that are too long for an expression, or too long together, stay in; the model is one that
 * can be used, also with a condition. */
static void long_placeholders_stay_in(void **state)
{
    (void)state;
    static const struct {
        unsigned kinds;
        int length;
        bool some; /* are left out */
    } cases[] = {{1, 255, true}, {1, 256, false}, {16, 250, true}};
    write_tables();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_with_long_placeholders("A.csv", "P.csv", cases[i].kinds, cases[i].length);
        char *said = harness_shell_written("axb learn P.csv B.csv --id id -o m.axb");
        assert_true((strstr(said, "that stand for nobody") != NULL) == cases[i].some);
        free(said);
        assert_int_equal(harness_shell("axb match P.csv B.csv --id id --score m.axb --where "
                                       "'a.city != \"Atlantis\"' -q -o p.csv",
                                       NULL, NULL),
                         0);
    }
    assert_int_equal(harness_shell("rm P.csv m.axb p.csv", NULL, NULL), 0);
}

/* They match no record, whichever file has many of them; with --keep-placeholders they do. */
static void nobody_matches(void **state)
{
    (void)state;
    write_tables();
    write_with_placeholders("A.csv", "P.csv", 20);
    write_with_placeholders("B.csv", "Q.csv", 5);
    assert_int_equal(placeholders_found(""), 0);
    assert_int_equal(placeholders_found("--keep-placeholders"), 100);
    write_with_placeholders("A.csv", "P.csv", 19);
    assert_int_equal(placeholders_found("--keep-placeholders"), 95);
    harness_shell_output("axb learn P.csv Q.csv --id id -q | grep -c nobody || :", "0\n");
    harness_shell_output("rm P.csv Q.csv", "");
}

/* ---- Some labels -----------------------------------------------------------------------------*/

static void labels_decide(void **state)
{
    (void)state;
    free(harness_shell_written("awk 'NR == 1 {print; next} NR % 4 == 0' true.csv > quarter.csv"));
    free(harness_shell_written("axb learn A.csv B.csv --id id --truth quarter.csv -o q.axb"));
    harness_shell_output("awk -F '[:,]' '/\"matches\"/ {print $2 + 0}' q.axb", "30\n");
    free(harness_shell_written("axb learn A.csv B.csv --id id --truth true.csv -o m.axb"));
    harness_shell_output("awk -F '[:,]' '/\"matches\"/ {print $2 + 0}' m.axb", "120\n");
}

/* ---- Some labels -----------------------------------------------------------------------------*/

/* A truth of few pairs says little of the threshold. */
static void few_matches_leave_the_threshold(void **state)
{
    (void)state;
    free(harness_shell_written("head -n 10 true.csv > few.csv"));
    char *report =
        harness_shell_written("axb learn A.csv B.csv --id id --truth few.csv -o few.axb");
    assert_non_null(strstr(report, "fitted to all 9 pairs that match.\n"));
    assert_non_null(strstr(report, "The threshold stays at 0 bits"));
    assert_null(strstr(report, "On these labels"));
    free(report);
    harness_shell_output("grep threshold few.axb", "  \"threshold_bits\": 0,\n");
}

/* Labels of sure pairs alone: between them the model says where the threshold is. */
static void check_some(unsigned matches, unsigned others)
{
    char says[80];
    write_labels("some.csv", matches, others);
    char *report =
        harness_shell_written("axb learn A.csv B.csv --id id --truth some.csv -o some.axb");
    snprintf(says, sizeof says, "fitted with %u labelled pairs, of which %u match.\n",
             matches + others, matches);
    assert_non_null(strstr(report, says));
    const char *expected = strstr(report, "Expected of all pairs:");
    assert_non_null(expected);
    char *counted = harness_shell_written("axb match A.csv B.csv --id id --score some.axb -q -o "
                                          "p.csv && axb eval p.csv true.csv");
    if (after(counted, "F1 ") < 0.9)
        fail_msg("%s%s", report, counted);
    assert_float_equal(after(expected, "F1 "), after(counted, "F1 "), 0.08);
    free(counted);
    free(report);
}

static void some_labels_set_it(void **state)
{
    (void)state;
    check_some(30, 40);
    check_some(9, 0);
    check_some(1, 5);
}

/* A pair that has nothing in common is no candidate, and is told. */
static void matches_that_resemble_nothing(void **state)
{
    (void)state;
    harness_shell_output("cp A.csv C.csv; cp B.csv D.csv; cp true.csv more.csv; "
                         "echo 'x,Wolfgang Zwiebelschneider,Lissabon,77777' >> C.csv; "
                         "echo 'y,Ii Oo,Madrid,111' >> D.csv; echo x,y >> more.csv",
                         "");
    char *report = harness_shell_written("axb learn C.csv D.csv --id id --truth more.csv");
    assert_non_null(strstr(report, "fitted to all 121 pairs that match.\n"));
    if (!strstr(report, "1 labelled match is no candidate: "))
        fail_msg("%s", report);
    free(report);
}

/* ---- What a model is good for ----------------------------------------------------------------*/

#define MOST_PAIRS 20000u

/* A pair as match has written it. */
struct pair {
    unsigned a, b;
    double score;
};

/* Makes m.axb, and finds the pairs that reach `least`, in unsure.csv. */
static size_t find_pairs(double least, struct pair *pair)
{
    char command[200];
    size_t n = 0;
    free(harness_shell_written("axb learn A.csv B.csv --id id --truth true.csv -o m.axb"));
    snprintf(command, sizeof command,
             "axb match A.csv B.csv --id id --score m.axb --min=%g -q -o unsure.csv && "
             "tail -n +2 unsure.csv",
             least);
    char *text = harness_shell_written(command);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), n++) {
        assert_true(n < MOST_PAIRS);
        assert_int_equal(sscanf(line, "a%u,b%u,%lf", &pair[n].a, &pair[n].b, &pair[n].score), 3);
    }
    free(text);
    return n;
}

static double score_of(const struct pair *pair, size_t n, unsigned a, unsigned b)
{
    size_t i = 0;
    while (i < n && (pair[i].a != a || pair[i].b != b))
        i++;
    assert_true(i < n);
    return pair[i].score;
}

/* The questions of a review of these pairs, a line each: a,b,score. */
#define REVIEW(pairs)                                                                              \
    "rm -f answers.csv; yes s | head -n 30 | axb review " pairs " A.csv B.csv --id id -q "         \
    "--truth answers.csv --score m.axb --sample 30 | awk '/^score/ {s = $2} $1 == \"record\" "     \
    "{a = $3; getline; print a \",\" $2 \",\" s}'"

static void review_asks_what_the_model_doubts(void **state)
{
    static struct pair pair[MOST_PAIRS];
    double least = INFINITY;
    unsigned lines = 0, a, b;
    double score;
    (void)state;
    const size_t n = find_pairs(-12, pair);
    for (size_t i = 0; i < n; i++)
        least = fmin(least, fabs(pair[i].score));
    char *asked =
        harness_shell_written("cut -d, -f1,2 unsure.csv > pairs.csv; " REVIEW("pairs.csv"));
    for (const char *at = asked; *at; at = strchr(at, '\n') + 1, lines++) {
        assert_int_equal(sscanf(at, "a%u,b%u,%lf", &a, &b, &score), 3);
        assert_true(fabs(score - score_of(pair, n, a, b)) < 0.0051);
        assert_true(lines || fabs(score) <= least + 0.0051);
    }
    assert_int_equal(lines, 30);
    /* whatever scores the file has, and in whatever order it is */
    char *other = harness_shell_written("(head -n 1 unsure.csv; tail -n +2 unsure.csv | sed "
                                        "'s/,[^,]*$/,0.5/') > pairs.csv; " REVIEW("pairs.csv"));
    assert_string_equal(other, asked);
    free(other);
    free(asked);
}

/* How many pairs reach a score, and how many of these are expected to match. */
static void count_expected(const struct pair *pair, size_t n, double least, double *pairs,
                           double *matches)
{
    *pairs = *matches = 0;
    for (size_t i = 0; i < n; i++)
        if (pair[i].score >= least) {
            *pairs += 1;
            *matches += 1 / (1 + exp2(-pair[i].score));
        }
}

static double member(const json_t *json, const char *name)
{
    return json_number_value(json_object_get(json, name));
}

static void suggest_adds_up_what_the_model_believes(void **state)
{
    static struct pair pair[MOST_PAIRS];
    double all, total, pairs, matches, best = 0, best_at = 0;
    json_error_t fault;
    json_t *cut;
    size_t i;
    (void)state;
    const size_t n = find_pairs(-3, pair);
    count_expected(pair, n, -INFINITY, &all, &total);
    char *text = harness_shell_written("axb suggest A.csv B.csv --score m.axb --min=-3 --json");
    json_t *json = json_loads(text, 0, &fault);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "score")), "m.axb");
    assert_string_equal(json_string_value(json_object_get(json, "from")), "model");
    if (!json_is_object(json_object_get(json, "second")))
        fail_msg("%s", text);
    assert_true(json_array_size(json_object_get(json, "thresholds")) > 20);
    json_array_foreach(json_object_get(json, "thresholds"), i, cut)
    {
        const double least = member(cut, "score");
        count_expected(pair, n, least, &pairs, &matches);
        assert_true(member(cut, "pairs") == pairs);
        assert_true(fabs(member(cut, "expected_false") - (pairs - matches)) < 1e-6);
        assert_true(fabs(member(cut, "expected_missed") - (total - matches)) < 1e-6);
        assert_true(member(cut, "second_false") >= 0);
        if (2 * matches / (pairs + total) >= best) {
            best = 2 * matches / (pairs + total);
            best_at = least;
        }
    }
    assert_true(member(json, "suggested") == best_at);
    assert_true(fabs(member(json, "expected_matches") - total) < 1e-6);
    json_decref(json);
    free(text);
}

/* It looks for a floor below even odds, whatever the threshold of the model. */
static void suggest_looks_below_the_threshold(void **state)
{
    (void)state;
    free(harness_shell_written("axb learn A.csv B.csv --id id --truth true.csv -o m.axb && "
                               "sed -i 's/threshold_bits\": [^,]*/threshold_bits\": 6/' m.axb"));
    char *text = harness_shell_written("axb suggest A.csv B.csv --score m.axb");
    assert_non_null(strstr(text, "suggested: --min "));
    assert_true(after(text, "suggested: --min ") < 6);
    assert_non_null(strstr(text, "from what the model believes"));
    assert_non_null(strstr(text, "\nor false:  from how often records of the same file"));
    free(text);
    text = harness_shell_written("axb suggest one.csv --score m.axb");
    assert_non_null(strstr(text, "suggested: --min "));
    free(text);
}

static void no_line_ends_in_blanks(void **state)
{
    (void)state;
    free(harness_shell_written("axb learn A.csv B.csv --id id --truth true.csv -o m.axb"));
    char *text =
        harness_shell_written("axb explain A.csv B.csv --id id --score m.axb --pair a0,b5");
    assert_non_null(strstr(text, "before a look"));
    assert_null(strstr(text, " \n"));
    free(text);
}

static void the_plan_names_the_model(void **state)
{
    (void)state;
    harness_shell_output("axb match A.csv B.csv --score m.axb --min 2.5 --plan | grep ^score",
                         "score     m.axb: 3 columns, threshold 2.5 bits\n");
    harness_shell_output("axb match A.csv B.csv --score m.axb --min 2 --max 9 --plan | grep ^score",
                         "score     m.axb: 3 columns, threshold 2 bits, up to 9\n");
    harness_shell_output("axb match A.csv B.csv --score m.axb --plan --json | "
                         "grep -o '\"score\": *\"[^\"]*\"' | tr -d ' '",
                         "\"score\":\"m.axb\"\n");
    /* 1 bit is no share of the highest score */
    harness_shell_output("axb match A.csv B.csv --score m.axb --min 1 --count 2>&1 | "
                         "grep -c 'did you mean' || true",
                         "0\n");
}

/* ---- What is refused -------------------------------------------------------------------------*/

#define LEARN "axb learn A.csv B.csv -o good.axb --id id --truth "

static void refused(void **state)
{
    (void)state;
    harness_write_text("wrong.csv", "a,b,match\na1,b1,1\na2,b9999,0\n");
    harness_write_text("word.csv", "a,b,match\na1,b1,perhaps\n");
    harness_write_text("none.csv", "a,b,match\na1,b1,0\n");
    harness_write_text("narrow.csv", "a\na1\n");
    harness_write_text("far.csv", "a,b\na1,b1\n");
    harness_shell_output("sed 's/city/town/' B.csv > E.csv; "
                         "sed 's/city/town/;s/name/who/' B.csv > F.csv",
                         "");
    harness_write_text("good.axb", "what was here before\n");
    const struct harness_shell_failure failures[] = {
        {ERR_DATA,
         LEARN "wrong.csv",
         {"wrong.csv:3: the record \"b9999\" is not in B.csv", "--id"}},
        {ERR_DATA, LEARN "word.csv", {"word.csv:2: \"perhaps\" in the column match is no label"}},
        {ERR_DATA, LEARN "none.csv", {"none.csv: no pair of it is labelled as a match"}},
        {ERR_USAGE, LEARN "narrow.csv", {"narrow.csv has one column, which does not name pairs"}},
        {ERR_NOINPUT, LEARN "nowhere.csv", {"nowhere.csv"}},
        {ERR_USAGE, LEARN "-", {"--truth needs a file"}},
        {ERR_USAGE,
         "axb learn A.csv B.csv --columns name,city,name",
         {"--columns: \"name\" is named twice"}},
        {ERR_USAGE, /* a model of it could not be read */
         "axb learn A.csv B.csv --kind name=cosine:0x2",
         {"--kind name=cosine:0x2: its numbers must be decimal"}},
        {ERR_USAGE,
         "axb learn A.csv B.csv --kind name=levenshtein_distance",
         {"a model needs a similarity from 0 to 1"}},
        {ERR_DATA, "axb learn A.csv B.csv --id city --truth true.csv", {"city is not unique"}},
        {ERR_USAGE,
         "axb match A.csv E.csv --score m.axb",
         {"m.axb compares the column \"city\", which E.csv does not have",
          "E.csv has id, name, town, code"}},
        {ERR_USAGE,
         "axb match F.csv A.csv --score m.axb",
         {"2 problems", "m.axb compares the column \"name\", which F.csv does not have",
          "m.axb compares the column \"city\", which F.csv does not have"}},
        {ERR_USAGE,
         "axb review true.csv A.csv B.csv --id id --truth x.csv --score 'osa(name)'",
         {"review takes a model, whose name ends in .axb"}},
    };
    harness_shell_fails(failures, sizeof failures / sizeof *failures);
    harness_shell_output("cat good.axb; rm *.axb [B-F].csv pairs.csv answers.csv unsure.csv "
                         "*true.csv p.csv one.csv rows.csv "
                         "some.csv few.csv more.csv quarter.csv wrong.csv word.csv none.csv "
                         "narrow.csv far.csv",
                         "what was here before\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_what_eval_counts),
        cmocka_unit_test(the_threshold_is_the_best),
        cmocka_unit_test(workers_change_nothing),
        cmocka_unit_test(rows_are_ids_without_id),
        cmocka_unit_test(nobody_matches),
        cmocka_unit_test(long_placeholders_stay_in),
        cmocka_unit_test(labels_decide),
        cmocka_unit_test(few_matches_leave_the_threshold),
        cmocka_unit_test(some_labels_set_it),
        cmocka_unit_test(matches_that_resemble_nothing),
        cmocka_unit_test(review_asks_what_the_model_doubts),
        cmocka_unit_test(suggest_adds_up_what_the_model_believes),
        cmocka_unit_test(suggest_looks_below_the_threshold),
        cmocka_unit_test(no_line_ends_in_blanks),
        cmocka_unit_test(the_plan_names_the_model),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, harness_shell_set_up, harness_shell_tear_down);
}
