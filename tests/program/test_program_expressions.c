/* Expressions and --where in the program against the naive double loop: random expressions over
 * random tables, the same pairs, scores, order and bytes for several numbers of workers, with and
 * without pruning; and the ways that only large tables take, against the loop over all pairs.
 * The long tier tries 200 expressions in place of 40, and larger tables. */
#include "data/text.h"
#include "matcher/expr/expr_sides.h"
#include "matcher/index/index.h"
#include "matcher/index/typed_value.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"
#include "tests/twin/twin_expr.h"
#include "tests/twin/twin_metric.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AXB BINARY_DIR "/axb"
#define SEED 4711u
#define ROWS 60u
#define COLUMNS 5u

static char directory[] = "/tmp/axb-expressions-XXXXXX";
static const char *const header[COLUMNS] = {"name", "city", "size", "born", "zip"};
static const char *const texts[] = {"anna",   "anne",   "ana",    "jo ann", "berta", "bertha",
                                    "björn",  "bjorn",  "maría",  "maria",  "",      "x",
                                    "martha", "marhta", "dwayne", "duane",  "li",    "lee"};
static const char *const cities[] = {"rome", "roma", "paris", "london", "londn"};
static const char *const numbers[] = {"1", "2", "2.5", "-3", "0", "x", "1e2"};
static const char *const dates[] = {"2001-02-03", "2001-02-13", "1999-12-31", "soon"};

#define PICK(list) list[(size_t)rand() % (sizeof list / sizeof *list)]

/* ---- Tables ----------------------------------------------------------------------------------*/

/* NULL: missing. */
typedef const char *row[COLUMNS];
static row tables[2][ROWS];

static void make_tables(void)
{
    for (int side = 0; side < 2; side++)
        for (uint32_t r = 0; r < ROWS; r++) {
            const char *values[COLUMNS] = {PICK(texts), PICK(cities), PICK(numbers), PICK(dates),
                                           PICK(numbers)};
            for (uint32_t c = 0; c < COLUMNS; c++)
                tables[side][r][c] = rand() % 8 ? values[c] : NULL;
        }
}

static void write_table(const char *path, int side)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (uint32_t c = 0; c < COLUMNS; c++)
        fprintf(f, "%s%s", c ? "," : "", header[c]);
    fputc('\n', f);
    for (uint32_t r = 0; r < ROWS; r++)
        for (uint32_t c = 0; c < COLUMNS; c++) {
            const char *v = tables[side][r][c];
            fprintf(f, v ? "\"%s\"" : "%s", v ? v : "");
            fputc(c + 1 < COLUMNS ? ',' : '\n', f);
        }
    assert_int_equal(fclose(f), 0);
}

/* ---- The double loop -------------------------------------------------------------------------*/

struct pair {
    const row *a, *b;
};

static const char *value_of(const struct pair *p, const struct expr *x, uint32_t column)
{
    const struct expr_column *c = &x->column[column];
    return (*(c->side ? p->b : p->a))[c->column];
}

static double without_twin(const struct metric_use *use, const char *a, const char *b)
{
    struct bytes x = {a, (uint32_t)strlen(a)}, y = {b, (uint32_t)strlen(b)};
    struct err e;
    double score;
    assert_true(metric_score_utf8(use, x, y, &score, &e));
    return score;
}

static double term_of(const struct pair *p, const struct expr *x, const struct expr_term *t)
{
    const char *a = value_of(p, x, t->column_a), *b = value_of(p, x, t->column_b);
    uint32_t points_a[64], points_b[64];
    struct metric_use use = expr_use(t);
    double score = 0;
    if (!a || !b)
        return twin_metric_missing(&use);
    size_t n_a = text_decode(a, strlen(a), points_a), n_b = text_decode(b, strlen(b), points_b);
    if (!twin_metric(&use, points_a, n_a, points_b, n_b, &score))
        score = without_twin(&use, a, b); /* values and sounds: tested in test_metric.c */
    return score;
}

static double leaf_of(void *context, const struct expr *x, uint32_t node)
{
    const struct pair *p = context;
    const struct expr_node *v = &x->node[node];
    if (v->op == EXPR_TERM)
        return term_of(p, x, &x->term[v->index]);
    const char *value = value_of(p, x, v->index);
    size_t n = value ? strlen(value) : 0;
    if (v->op == EXPR_SAME)
        return value && n == v->text_bytes && memcmp(value, x->text + v->text_at, n) == 0;
    if (!value)
        return (double)NAN;
    struct bytes bytes = {value, (uint32_t)n};
    return x->column[v->index].kind == INDEX_DAYS ? value_days(bytes) : value_number(bytes);
}

static bool is_present(void *context, const struct expr *x, uint32_t column)
{
    return value_of(context, x, column) != NULL;
}

static char *double_loop(const struct expr *x, const struct expr_goal *goal, bool self)
{
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    fputs("a,b,score\n", f);
    for (uint32_t i = 0; i < ROWS; i++)
        for (uint32_t j = self ? i + 1 : 0; j < ROWS; j++) {
            struct pair p = {&tables[0][i], &tables[self ? 0 : 1][j]};
            struct twin_expr twin = {x, leaf_of, is_present, &p};
            double score;
            if (!twin_expr_matches(&twin, goal, &score))
                continue;
            fprintf(f, "%u,%u,", i + 1, j + 1);
            harness_print_score(f, score);
            fputc('\n', f);
        }
    fclose(f);
    return text;
}

/* ---- The program -----------------------------------------------------------------------------*/

static char path_a[64], path_b[64];

/* What the program writes; where it says that no score can match, a header alone. */
static char *run_program(bool self, const char *const *options, size_t n)
{
    const char *argv[32] = {AXB, self ? "dedupe" : "match", path_a};
    size_t used = 3;
    char *out, *err;
    if (!self)
        argv[used++] = path_b;
    memcpy(argv + used, options, n * sizeof *options);
    argv[used + n] = "-q";
    int status = harness_run(argv, &out, &err);
    if (status == 2 && strstr(err, "no pair can match: --m")) {
        free(out);
        out = strdup("a,b,score\n");
    } else if (status != 0) {
        fail_msg("status %d: %s", status, err);
    }
    free(err);
    return out;
}

static void expect_same(const char *expected, const char *score, const char *where, const char *min,
                        const char *max, bool self, const char *workers, bool prune,
                        const char *join)
{
    const char *options[16] = {"--score", score, "--min", min, "-j", workers};
    size_t n = 6;
    if (max) {
        options[n++] = "--max";
        options[n++] = max;
    }
    if (join) {
        options[n++] = "--algorithm";
        options[n++] = join;
    }
    if (where) {
        options[n++] = "--where";
        options[n++] = where;
    }
    if (!prune)
        options[n++] = "--no-prune";
    char *got = run_program(self, options, n);
    if (strcmp(expected, got) != 0) {
        size_t at = 0;
        while (expected[at] == got[at])
            at++;
        while (at > 0 && expected[at - 1] != '\n')
            at--;
        fail_msg("%s --score '%s' --where '%s' --min %s -j %s%s\n expected %.60s\n got %.60s",
                 self ? "dedupe" : "match", score, where ? where : "", min, workers,
                 prune ? "" : " --no-prune", expected + at, got + at);
    }
    free(got);
}

static bool find_name(void *context, int side, const char *name, uint32_t *column, struct err *e)
{
    (void)context;
    (void)side;
    for (*column = 0; *column < COLUMNS; (*column)++)
        if (strcmp(name, header[*column]) == 0)
            return true;
    return err_set(e, ERR_USAGE, NULL, "no column %s", name);
}

/* Tries one expression, with a condition or without. Returns the number of pairs that match. */
static size_t check(const char *score, const char *where, const char *min, const char *max,
                    bool self, uint64_t seed)
{
    static struct expr x;
    struct expr_goal goal = {EXPR_NONE, EXPR_NONE, strtod(min, NULL),
                             max ? strtod(max, NULL) : (double)INFINITY};
    const struct expr_names names = {find_name, NULL};
    struct err e;
    memset(&x, 0, sizeof x);
    if ((where && !expr_parse(&x, where, "--where", &names, &goal.where, &e)) ||
        !expr_parse(&x, score, "--score", &names, &goal.score, &e))
        fail_msg("%s", e.text);
    char *expected = double_loop(&x, &goal, self);
    expect_same(expected, score, where, min, max, self, seed % 2 ? "1" : "2", true, NULL);
    if (seed % 4 == 0)
        expect_same(expected, score, where, min, max, self, "7", true, NULL);
    if (seed % 4 == 1)
        expect_same(expected, score, where, min, max, self, "2", false, NULL);
    size_t lines = 0;
    for (const char *p = expected; *p; p++)
        lines += *p == '\n';
    free(expected);
    return lines - 1;
}

/* The same with a. and b. exchanged. */
static void exchange(const char *text, char *out)
{
    for (const char *p = text; *p; p++, out++) {
        const bool is_side = (*p == 'a' || *p == 'b') && p[1] == '.' &&
                             (p == text || !(isalnum((unsigned char)p[-1]) || p[-1] == '_'));
        *out = !is_side ? *p : *p == 'a' ? 'b' : 'a';
    }
    *out = 0;
}

/* In dedupe a pair must have the same score whichever of its records is a. */
static void both_ways_round(char *text, size_t bytes, const char *form)
{
    char other[1000], both[2100];
    exchange(text, other);
    snprintf(both, sizeof both, form, text, other);
    assert_true(strlen(both) < bytes);
    strcpy(text, both);
}

/* Adds a conjunct that reads one side alone. */
static void add_one_sided(char *where, size_t bytes)
{
    static const char *const conditions[] = {"a.city != \"Bonn\"", "!missing(b.name)",
                                             "number(a.size) > 2", "b.city != \"\"",
                                             "(missing(a.zip) || number(a.zip) > 100)"};
    char all[2300];
    snprintf(all, sizeof all, rand() % 2 ? "%s && (%s)" : "%s", PICK(conditions), where);
    snprintf(where, bytes, "%s", all);
}

static void random_expressions(void **state)
{
    static const char *const texts[] = {"name", "city"}, *const counts[] = {"size", "zip"},
                             *const days[] = {"born"};
    const struct twin_expr_columns columns = {texts, counts, days, cities, 2, 2, 1, 5};
    static const char *const mins[] = {"0.3", "0.5", "0.7", "0.85", "0", "1"};
    static const char *const maxs[] = {"0.9", "1", "1.5", "2"};
    size_t n = harness_tries(40, 200), pairs = 0, with = 0;
    (void)state;
    printf("seed %u\n", SEED);
    for (size_t i = 0; i < n; i++) {
        char score[2100], where[2100];
        srand((unsigned)(SEED + i));
        make_tables();
        write_table(path_a, 0);
        write_table(path_b, 1);
        twin_expr_random(SEED + i, &columns, false, score, 1000);
        twin_expr_random(SEED + i + 100000, &columns, true, where, 1000);
        const bool self = i % 3 == 2;
        if (self) {
            both_ways_round(score, sizeof score, "max(%s, %s)");
            both_ways_round(where, sizeof where, "(%s) || (%s)");
        }
        const char *max = rand() % 3 ? NULL : PICK(maxs);
        if (rand() % 2)
            add_one_sided(where, sizeof where);
        size_t found =
            check(score, rand() % 2 ? where : NULL, PICK(mins), max, self, (uint64_t)rand());
        pairs += found;
        with += found > 0;
    }
    printf("%zu expressions, %zu with matches, %zu pairs\n", n, with, pairs);
    assert_true(with > n / 4);
}

/* ---- Mirrors ---------------------------------------------------------------------------------*/

/* NaN where the pair has no score, or --where leaves it out. */
static double score_of(const struct expr *x, const struct expr_goal *goal, const row *a,
                       const row *b)
{
    struct pair p = {a, b};
    struct twin_expr twin = {x, leaf_of, is_present, &p};
    double score;
    return twin_expr_matches(&twin, goal, &score) ? score : (double)NAN;
}

/* Has each pair of records the same score both ways round, but for the last digits of a sum? */
static bool is_symmetric(const struct expr *x, const struct expr_goal *goal)
{
    for (uint32_t i = 0; i < ROWS; i++)
        for (uint32_t j = 0; j < i; j++) {
            const double one = score_of(x, goal, &tables[0][i], &tables[0][j]);
            const double other = score_of(x, goal, &tables[0][j], &tables[0][i]);
            if (isnan(one) != isnan(other) || fabs(one - other) > 1e-9 * (1 + fabs(one)))
                return false;
        }
    return true;
}

/* What mirrors itself is symmetric for any records; and what is made symmetric mirrors itself. */
static void mirrors_are_symmetric(void **state)
{
    static const char *const texts[] = {"name", "city"}, *const counts[] = {"size", "zip"},
                             *const days[] = {"born"};
    const struct twin_expr_columns columns = {texts, counts, days, cities, 2, 2, 1, 5};
    const struct expr_names names = {find_name, NULL};
    size_t mirrors = 0, others = 0;
    (void)state;
    srand(SEED);
    make_tables();
    for (size_t i = 0; i < harness_tries(300, 5000); i++) {
        static struct expr x;
        struct expr_goal goal = {EXPR_NONE, EXPR_NONE, -(double)INFINITY, (double)INFINITY};
        struct err e;
        char score[2100];
        memset(&x, 0, sizeof x);
        twin_expr_random(SEED + i / 2, &columns, false, score, 1000);
        if (i % 2)
            both_ways_round(score, sizeof score, "min(%s, %s)");
        assert_true(expr_parse(&x, score, "--score", &names, &goal.score, &e));
        const bool is_mirror = expr_mirrors(&x, goal.score, goal.score);
        if ((is_mirror && !is_symmetric(&x, &goal)) || (i % 2 && !is_mirror))
            fail_msg("%s", score);
        mirrors += i % 2 == 0 && is_mirror;
        others += i % 2 == 0 && !is_mirror;
    }
    printf("%zu mirrors, %zu others\n", mirrors, others);
    assert_true(mirrors > 0 && others > 0);
}

/* ---- Large tables ----------------------------------------------------------------------------*/

#define LARGE 5000u
#define LARGE_LONG 9000u

/* One column has few values, so that whole groups of rows are joined within another join; names are
 * followed by a number below `most`. */
static void write_large(const char *path, unsigned seed, int most)
{
    const size_t n_rows = harness_tries(LARGE, LARGE_LONG);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    srand(seed);
    fputs("name,city,size\n", f);
    for (uint32_t r = 0; r < n_rows; r++) {
        fprintf(f, "%s%s%d,", PICK(texts), PICK(texts), rand() % most);
        const char *city = rand() % 30 ? cities[rand() % 2 * 2] : PICK(cities);
        fprintf(f, "%s,%s\n", rand() % 50 ? city : "", PICK(numbers));
    }
    assert_int_equal(fclose(f), 0);
}

static void check_large(const char *score, const char *where, const char *min, bool self,
                        const char *join)
{
    const char *options[] = {"--score", score, "--min", min, "--where", where, "--no-prune"};
    char *expected = run_program(self, options, 7);
    for (int workers = 1; workers <= 4; workers += 3) {
        char number[8];
        snprintf(number, sizeof number, "%d", workers);
        expect_same(expected, score, where, min, NULL, self, number, true, join);
    }
    const char *count[] = {"--score", score, "--min", min, "--where", where, "--count"};
    size_t lines = 0;
    for (const char *p = expected; *p; p++)
        lines += *p == '\n';
    char *counted = run_program(self, count, 7);
    assert_int_equal(strtoul(counted, NULL, 10), lines - 1);
    assert_true(lines > 100);
    free(counted);
    free(expected);
}

static void large_tables(void **state)
{
    (void)state;
    write_large(path_a, 5, 7);
    write_large(path_b, 6, 7);
    check_large("0.5 * jaro_winkler(name) + 0.5 * equal(city)", "1", "0.94", false, "equal");
    check_large("0.4 * levenshtein(city) + 0.6 * ratio(name)", "a.city == b.city", "0.9", false,
                "equal");
    check_large("0.5 * levenshtein(name) + 0.5 * equal(city)", "1 > 0", "0.93", true, "equal");
}

/* Conditions on two columns at once are found by joins on both, alone and as alternatives. In the
 * first two, so many names are alike that a join over them alone leaves much. */
static void pairs_of_columns(void **state)
{
    static const char *const where[] = {
        "a.city == b.city && jaro_winkler(name) >= 0.7",
        "a.city == b.city && jaro_winkler(name) >= 0.7 || "
        "a.size == b.size && jaro(name) >= 0.7",
        "jaro_winkler(city) >= 0.85 && jaccard(name) >= 0.5",
        "a.city == b.city && a.name == b.name",
        "a.city == b.city && jaccard(name) >= 0.5 || a.size == b.size && cosine(name) >= 0.6",
        "(a.city == b.city && levenshtein_distance(name) <= 1 ? 1 : 0) > 0",
    };
    size_t paired = 0;
    (void)state;
    write_large(path_a, 7, 100);
    write_large(path_b, 8, 100);
    for (size_t i = 0; i < sizeof where / sizeof *where; i++) {
        const char *plan[] = {"--score", "jaro(name)", "--min", "0.3",
                              "--where", where[i],     "--plan"};
        char *text = run_program(false, plan, 7);
        const char *join = strstr(text, "\njoin ");
        assert_non_null(join);
        paired += strstr(join, " and ") != NULL;
        free(text);
        check_large("jaro(name)", where[i], "0.3", i % 2, NULL);
    }
    assert_true(paired >= 2); /* where one column alone is cheaper, its join is taken */
}

/* Does a run say that profiles have dropped candidates? */
static bool glances(const char *score, const char *min)
{
    const char *argv[] = {AXB,     "match", path_a,    path_b, "--score", score,
                          "--min", min,     "--count", "-v",   NULL};
    char *out, *err;
    assert_int_equal(harness_run(argv, &out, &err), 0);
    const bool says = strstr(err, "dropped by their profiles") != NULL;
    free(out);
    free(err);
    return says;
}

/* Where candidates are many, profiles of the records drop most of them. */
static void profiles_of_records(void **state)
{
    static const struct {
        const char *score, *min;
    } asked[] = {
        {"if_missing(steps(jaro_winkler(name), -2, .7, 0, .9, 3), 0) + "
         "if_missing(levenshtein(city) "
         ">= 1 ? rarity(city) : -1, 0) + 4 * cosine(name)",
         "5"},
        {"soft_min(4 * osa(name) + rarity(city), 1 + 3 * jaccard(name) + if_missing(jaro(city), "
         ".5))",
         "3.2"},
    };
    (void)state;
    write_large(path_a, 9, 7);
    write_large(path_b, 10, 7);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        assert_true(glances(asked[i].score, asked[i].min));
        check_large(asked[i].score, "1", asked[i].min, i % 2, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_expressions), cmocka_unit_test(mirrors_are_symmetric),
        cmocka_unit_test(large_tables), cmocka_unit_test(profiles_of_records),
        cmocka_unit_test(pairs_of_columns)};
    if (!mkdtemp(directory))
        return 1;
    snprintf(path_a, sizeof path_a, "%s/A.csv", directory);
    snprintf(path_b, sizeof path_b, "%s/B.csv", directory);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path_a);
    unlink(path_b);
    rmdir(directory);
    return failed;
}
