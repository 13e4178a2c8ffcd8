/* The program against the naive double loop: the same pairs, scores, order and bytes, for several
 * numbers of workers, with and without pruning, by metric and by scorer, on random tables with many
 * scripts, missing and empty values, and on the real data sets where they are at hand. Each run has
 * the next number of workers; the long tier tries them all for each, and every metric on every set.
 * In short every second run without pruning is left out: it is the same loop at any threshold. */
#include "core/shm.h"
#include "data/load.h"
#include "data/table.h"
#include "data/text.h"
#include "matcher/index/rarity.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"
#include "tests/twin/twin_idf.h"
#include "tests/twin/twin_metric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA SOURCE_DIR "/../shared/data/"
#define SEED 7u

static char directory[] = "/tmp/axb-program-XXXXXX";

/* ---- Columns of values -----------------------------------------------------------------------*/

struct value {
    char *utf8; /* NULL: missing */
    uint32_t *points;
    size_t n;
};

struct column {
    struct value *value;
    size_t n;
};

static struct value make_value(const char *utf8, size_t bytes)
{
    struct value v = {strndup(utf8, bytes), calloc(bytes + 1, sizeof(uint32_t)), 0};
    v.n = text_decode(v.utf8, bytes, v.points);
    return v;
}

static void column_free(struct column *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->value[i].utf8);
        free(c->value[i].points);
    }
    free(c->value);
}

/* Writes a column as a CSV file with the header "name". */
static void column_write(const struct column *c, const char *path)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("row,name\n", f);
    for (size_t i = 0; i < c->n; i++) {
        fprintf(f, "%zu,", i + 1);
        if (c->value[i].utf8) {
            fputc('"', f);
            for (const char *p = c->value[i].utf8; *p; p++) {
                if (*p == '"')
                    fputc('"', f);
                fputc(*p, f);
            }
            fputc('"', f);
        }
        fputc('\n', f);
    }
    assert_int_equal(fclose(f), 0);
}

/* ---- The double loop -------------------------------------------------------------------------*/

/* All scores of a × b; NaN if the twin says so. */
static double *all_scores(const struct metric_use *use, const struct column *a,
                          const struct column *b)
{
    double *score = calloc(a->n * b->n + 1, sizeof *score);
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < b->n; j++) {
            const struct value *x = &a->value[i], *y = &b->value[j];
            score[i * b->n + j] = twin_metric_missing(use);
            if (x->utf8 && y->utf8)
                assert_true(
                    twin_metric(use, x->points, x->n, y->points, y->n, &score[i * b->n + j]));
        }
    return score;
}

/* The same of cosine_idf; b NULL: a with itself. */
static double *all_weighed(const struct column *a, const struct column *b)
{
    const struct column *columns[] = {a, b ? b : a};
    const char **text[2];
    struct twin_idf twin;
    for (int side = 0; side < 2; side++) {
        text[side] = calloc(columns[side]->n + 1, sizeof *text[side]);
        for (size_t i = 0; i < columns[side]->n; i++)
            text[side][i] = columns[side]->value[i].utf8;
    }
    twin_idf_make(&twin, text[0], a->n, b ? text[1] : NULL, b ? b->n : 0);
    double *score = calloc(a->n * columns[1]->n + 1, sizeof *score);
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < columns[1]->n; j++)
            score[i * columns[1]->n + j] = twin_idf_score(&twin, i, j);
    twin_idf_free(&twin);
    free(text[0]);
    free(text[1]);
    return score;
}

static char *double_loop(const double *score, size_t n_a, size_t n_b, bool self, double min)
{
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    fputs("a,b,score\n", f);
    for (size_t i = 0; i < n_a; i++)
        for (size_t j = self ? i + 1 : 0; j < n_b; j++) {
            if (!(score[i * n_b + j] >= min))
                continue;
            fprintf(f, "%zu,%zu,", i + 1, j + 1);
            harness_print_score(f, score[i * n_b + j]);
            fputc('\n', f);
        }
    fclose(f);
    return text;
}

/* ---- Comparing -------------------------------------------------------------------------------*/

static void show_difference(const char *what, const char *expected, const char *got)
{
    size_t at = 0;
    while (expected[at] && expected[at] == got[at])
        at++;
    while (at && expected[at - 1] != '\n')
        at--;
    fprintf(stderr, "%s differs\n expected %.*s\n got      %.*s\n", what,
            (int)strcspn(expected + at, "\n"), expected + at, (int)strcspn(got + at, "\n"),
            got + at);
}

/* Runs axb with `score` and further arguments. Its stdout must be what the double loop writes. */
static void check_run(const char *score, double min, bool self, const char *more1,
                      const char *more2, const char *expected)
{
    char path_a[64], path_b[64], threshold[40], *out = NULL, *err = NULL;
    snprintf(path_a, sizeof path_a, "%s/A.csv", directory);
    snprintf(path_b, sizeof path_b, "%s/B.csv", directory);
    snprintf(threshold, sizeof threshold, "%.17g", min);
    const char *argv[16] = {BINARY_DIR "/axb", self ? "dedupe" : "match", path_a};
    size_t n = 3;
    if (!self)
        argv[n++] = path_b;
    const char *rest[] = {"--score", score, "--min", threshold, "-q", more1, more2};
    for (size_t i = 0; i < sizeof rest / sizeof *rest && rest[i]; i++)
        argv[n++] = rest[i];
    int status = harness_run(argv, &out, &err);
    if (status != 0 || strcmp(out, expected) != 0) {
        fprintf(stderr, "%s >= %s %s %s %s: status %d\n%s", score, threshold,
                self ? "dedupe" : "match", more1 ? more1 : "", more2 ? more2 : "", status, err);
        show_difference(score, expected, out);
        fail();
    }
    free(out);
    free(err);
}

/* As check_run, with the next number of workers, or with each of them. More workers than cores take
 * long to start: one run in five has them. */
static void check_workers(const char *score, double min, bool self, const char *more,
                          const char *expected)
{
    static const char *const workers[] = {"-j1", "-j2", "-j1", "-j7", "-j2"};
    static size_t turn;
    for (size_t n = harness_tries(1, 5); n > 0; n--)
        check_run(score, min, self, workers[turn++ % 5], more, expected);
}

static void check_metric(const char *score, const char *name, const struct column *a,
                         const struct column *b, const double *thresholds, size_t n)
{
    struct metric_use use;
    struct err e;
    assert_true(metric_find(name, strlen(name), &use, &e));
    for (int self = 0; self < 2; self++) {
        const struct column *other = self ? a : b;
        double *scores = all_scores(&use, a, other);
        for (size_t t = 0; t < n; t++) {
            char *expected = double_loop(scores, a->n, other->n, self, thresholds[t]);
            check_workers(score, thresholds[t], self, NULL, expected);
            if (harness_tries((t + (size_t)self) % 2, 1))
                check_workers(score, thresholds[t], self, "--no-prune", expected);
            free(expected);
        }
        free(scores);
    }
}

/* ---- Random tables ---------------------------------------------------------------------------*/

static uint32_t below(uint32_t n)
{
    return (uint32_t)rand() % n;
}

/* A token like a name, of one of several scripts. */
static size_t random_token(char *text)
{
    static const char *const scripts[] = {"a b e n r i", "é ü ñ ł o s",    "а б в н и к",
                                          "α λ ο σ",     "王 李 张 明 华", "🙂 x , \" ' -"};
    const char *script = scripts[below(8) < 5 ? 0 : below(6)];
    size_t n = 0, letters = below(10), units = 1;
    for (const char *p = script; *p; p++)
        units += *p == ' ';
    for (size_t i = 0; i < letters; i++) {
        const char *p = script;
        for (uint32_t skip = below((uint32_t)units); skip; skip--)
            p += strcspn(p, " ") + 1;
        size_t length = strcspn(p, " ");
        memcpy(text + n, p, length);
        n += length;
    }
    text[n] = 0;
    return n;
}

/* A value: missing, empty, one or two tokens; sometimes long, sometimes an earlier one. */
static struct value random_value(const struct column *earlier, size_t n_earlier)
{
    char text[2000];
    size_t n = 0, tokens = 1 + below(3) + (below(40) == 0 ? 12 : 0);
    if (below(25) == 0)
        return (struct value){0};
    if (n_earlier && below(4) == 0) {
        const struct value *v = &earlier->value[below((uint32_t)n_earlier)];
        return v->utf8 ? make_value(v->utf8, strlen(v->utf8)) : (struct value){0};
    }
    if (below(40) == 0)
        tokens = 0;
    for (size_t i = 0; i < tokens; i++) {
        n += random_token(text + n);
        if (i + 1 < tokens)
            text[n++] = ' ';
    }
    return make_value(text, n);
}

static struct column random_column(size_t n, const struct column *like)
{
    struct column c = {calloc(n + 1, sizeof *c.value), n};
    for (size_t i = 0; i < n; i++)
        c.value[i] = like && below(2) ? random_value(like, like->n) : random_value(&c, i);
    return c;
}

static void write_both(const struct column *a, const struct column *b)
{
    char path[64];
    snprintf(path, sizeof path, "%s/A.csv", directory);
    column_write(a, path);
    snprintf(path, sizeof path, "%s/B.csv", directory);
    column_write(b, path);
}

static void random_tables(void **state)
{
    static const double thresholds[] = {0.55, 0.8, 1.0, 0}; /* at 0 missing values match as well */
    const struct metric *m;
    (void)state;
    srand(SEED);
    for (size_t i = 0; (m = metric_at(i)) != NULL; i++) {
        if (m->flags & (METRIC_READS_UTF8 | METRIC_OF_COLUMNS))
            continue; /* of these test_metric.c, words_of_columns and values_of_columns */
        bool slow = strcmp(m->name, "partial_ratio") == 0;
        struct column a = random_column(slow ? 12 : 50 + below(60), NULL);
        struct column b = random_column(slow ? 15 : 40 + below(60), &a);
        char score[80];
        snprintf(score, sizeof score, "%s(name)", m->name);
        write_both(&a, &b);
        check_metric(score, m->name, &a, &b, thresholds, 4);
        column_free(&a);
        column_free(&b);
    }
}

/* Texts of words out of a few, with white space of all kinds: so pairs have words in common, all
 * words of one in common, the same word twice; some texts have no word. */
static struct column column_of_few_words(size_t n)
{
    static const char *const words[] = {"ann",   "anne",    "lee",     "of",        "the",
                                        "smith", "smyth",   "j\u00f6", "van",       "\u738b",
                                        "berg",  "vanberg", "a",       "maximilian"};
    static const char *const between[] = {" ", "  ", "\t", "\u00a0", "\u3000", " \x1c", "\u2003 "};
    struct column c = {calloc(n + 1, sizeof *c.value), n};
    for (size_t i = 0; i < n; i++) {
        char text[400] = "";
        if (below(20) == 0)
            continue;
        for (uint32_t k = 0, all = below(6); k < all; k++)
            sprintf(text + strlen(text), "%s%s%s", below(4) ? "" : between[below(7)],
                    words[below(14)], between[below(3) ? 0 : below(7)]);
        if (below(20) == 0)
            sprintf(text, "%s", between[below(7)]);
        c.value[i] = make_value(text, strlen(text));
    }
    return c;
}

/* At thresholds that are scores, and right beside them. */
static void check_near_scores(const char *name, const struct column *a, const struct column *b)
{
    struct metric_use use;
    struct err e;
    char score[80];
    double thresholds[7] = {0.6, 0.9}, *scores;
    assert_true(metric_find(name, strlen(name), &use, &e));
    scores = all_scores(&use, a, b);
    for (size_t t = 2; t < 7; t++) {
        double x = 0;
        while (!(x > 0.3))
            x = scores[below((uint32_t)(a->n * b->n))];
        thresholds[t] = t == 2 ? x : fmin(1, nextafter(x, t % 2 ? 0 : 2));
    }
    snprintf(score, sizeof score, "%s(name)", name);
    check_metric(score, name, a, b, thresholds, 7);
    snprintf(score, sizeof score, "0 + %s(name)", name); /* an expression, not one metric */
    check_metric(score, name, a, b, thresholds, 2);
    free(scores);
}

static void few_words(void **state)
{
    static const char *const names[] = {"token_sort_ratio", "token_set_ratio", "ratio"};
    (void)state;
    srand(SEED + 7);
    for (size_t round = 0; round < harness_tries(3, 12); round++) {
        struct column a = column_of_few_words(60 + below(60));
        struct column b = column_of_few_words(50 + below(60));
        write_both(&a, &b);
        for (size_t i = 0; i < 3; i++)
            check_near_scores(names[i], &a, &b);
        column_free(&a);
        column_free(&b);
    }
}

static void views_and_arguments(void **state)
{
    (void)state;
    srand(SEED + 1);
    struct column a = random_column(90, NULL), b = random_column(70, &a);
    write_both(&a, &b);
    check_metric("levenshtein_distance(name)", "levenshtein_distance", &a, &b, (double[]){9}, 1);
    check_metric("indel_similarity(name)", "indel_similarity", &a, &b, (double[]){5}, 1);
    check_metric("osa_normalized_distance(name)", "osa_normalized_distance", &a, &b,
                 (double[]){0.9}, 1);
    for (int q = 0; q <= 3; q++) {
        char score[40], name[40];
        snprintf(score, sizeof score, "jaccard(a.name, b.name, %d)", q);
        snprintf(name, sizeof name, "jaccard:%d", q);
        check_metric(score, name, &a, &b, (double[]){0.3, 0.7}, 2);
        snprintf(score, sizeof score, "cosine(name, %d)", q);
        snprintf(name, sizeof name, "cosine:%d", q);
        check_metric(score, name, &a, &b, (double[]){0.6}, 1);
    }
    column_free(&a);
    column_free(&b);
}

/* Words are weighed by the columns, so that scores are of all records at once; where --where says
 * of one side which take part, too. */
static void words_of_columns(void **state)
{
    static const double thresholds[] = {0.15, 0.4, 0.75, 1.0, 0};
    (void)state;
    srand(SEED + 5);
    for (int round = 0; round < 4; round++) {
        struct column a = random_column(60 + below(90), NULL);
        struct column b = random_column(50 + below(90), &a);
        write_both(&a, &b);
        for (int self = 0; self < 2; self++) {
            const struct column *other = self ? &a : &b;
            double *score = all_weighed(&a, self ? NULL : &b);
            for (size_t t = 0; t < sizeof thresholds / sizeof *thresholds; t++) {
                char *expected = double_loop(score, a.n, other->n, self, thresholds[t]);
                check_workers("cosine_idf(name)", thresholds[t], self, NULL, expected);
                check_run("cosine_idf(name)", thresholds[t], self, "--no-prune", NULL, expected);
                check_run("0 + cosine_idf(name)", thresholds[t], self, NULL, NULL, expected);
                free(expected);
            }
            free(score);
        }
        column_free(&a);
        column_free(&b);
    }
}

/* Rarity by counting all records for each pair; b NULL: a with itself. */
static double *all_rarities(const struct column *a, const struct column *b)
{
    const struct column *other = b ? b : a;
    double *score = calloc(a->n * other->n + 1, sizeof *score);
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < other->n; j++) {
            const char *x = a->value[i].utf8, *y = other->value[j].utf8;
            uint64_t n = 0, having = 0;
            for (size_t k = 0; k < a->n + (b ? b->n : 0); k++) {
                const char *z = k < a->n ? a->value[k].utf8 : b->value[k - a->n].utf8;
                n += z != NULL;
                having += x && z && strcmp(x, z) == 0;
            }
            score[i * other->n + j] = x && y && strcmp(x, y) == 0 ? rarity_of(having, n) : 0;
        }
    return score;
}

/* All records count, also those that take part in nothing because of --where. */
static void values_of_columns(void **state)
{
    static const double thresholds[] = {1, 3.5, 5, 0};
    static const char where[] = "a.row != '2' && b.row != '4'";
    (void)state;
    srand(SEED + 6);
    for (int round = 0; round < 4; round++) {
        struct column a = random_column(60 + below(90), NULL);
        struct column b = random_column(50 + below(90), &a);
        write_both(&a, &b);
        for (int self = 0; self < 2; self++) {
            const size_t n_b = self ? a.n : b.n;
            double *score = all_rarities(&a, self ? NULL : &b);
            for (int some = 0; some < 2; some++) {
                for (size_t i = 0; some && i < a.n * n_b; i++)
                    if (i / n_b == 1 || i % n_b == 3)
                        score[i] = (double)NAN;
                for (size_t t = 0; t < sizeof thresholds / sizeof *thresholds; t++) {
                    char *expected = double_loop(score, a.n, n_b, self, thresholds[t]);
                    const char *more[2] = {some ? "--where" : "-j2", some ? where : NULL};
                    check_run("rarity(name)", thresholds[t], self, more[0], more[1], expected);
                    check_run("0 + rarity(name)", thresholds[t], self, more[0], more[1], expected);
                    check_run("levenshtein(name) >= 1 ? rarity(name) : 0", thresholds[t], self,
                              more[0], more[1], expected);
                    if (!some)
                        check_run("rarity(name)", thresholds[t], self, "--no-prune", NULL,
                                  expected);
                    free(expected);
                }
            }
            free(score);
        }
        column_free(&a);
        column_free(&b);
    }
}

/* ---- Scorers ---------------------------------------------------------------------------------*/

static void scorer_equals_metric(void **state)
{
    static const char *const names[] = {"jaro_winkler", "levenshtein", "token_set_ratio"};
    char path[64], source[300];
    (void)state;
    srand(SEED + 2);
    struct column a = random_column(150, NULL), b = random_column(1100, &a);
    write_both(&a, &b);
    snprintf(path, sizeof path, "%s/score.c", directory);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct metric_use use;
        struct err e;
        int n = snprintf(source, sizeof source,
                         "#include <axb.h>\n"
                         "double score(const axb_row_a *a, const axb_row_b *b)\n"
                         "{\n    return axb_%s(a->name, b->name);\n}\n",
                         names[i]);
        harness_write(path, source, (size_t)n);
        assert_true(metric_find(names[i], strlen(names[i]), &use, &e));
        for (int self = 0; self < 2; self++) {
            const struct column *other = self ? &a : &b;
            double *scores = all_scores(&use, &a, other);
            char *expected = double_loop(scores, a.n, other->n, self, 0.7);
            check_run(path, 0.7, self, NULL, NULL, expected);
            check_run(path, 0.7, self, "-j7", NULL, expected);
            free(expected);
            free(scores);
        }
    }
    column_free(&a);
    column_free(&b);
}

/* ---- Real data -------------------------------------------------------------------------------*/

static const struct {
    const char *set, *column;
    size_t rows; /* of each side in the long tier; half of them in short */
    const char *file_end;
} sets[] = {
    {"febrl1", "surname", 400, ".csv"},      {"febrl2", "address_1", 200, ".csv"},
    {"febrl3", "given_name", 400, ".csv"},   {"febrl4", "suburb", 300, ".csv"},
    {"hist50k", "full_name", 150, ".csv"},   {"gen_10k", "street", 200, ".csv"},
    {"transactions", "memo", 150, ".csv"},   {"musicbrainz20k", "title", 120, ".csv"},
    {"dblp_acm", "title", 60, ".csv"},       {"fodors_zagats", "name", 250, ".csv"},
    {"restaurants864", "addr", 200, ".csv"}, {"ofac_names", "name", 120, ".csv"},
    {"names900k", "full", 250, ".csv.zst"},  {"geonames_postal", "place", 250, ".csv.zst"},
};

/* The first rows of a column of a file. */
static struct column read_column(const char *path, const char *name, size_t most)
{
    struct load load;
    struct load_options options = {.header = true};
    struct load_want want = {0};
    struct load_stats stats;
    struct shm shm;
    struct table table;
    struct err e = {0};
    bool ok = load_open(&load, path, &options, &e) && load_find(&load, name, &want.column, &e) &&
              shm_create(&shm, "a column", 1ull << 36, &e) &&
              load_table(&load, &want, 1, &shm, &stats, &e) && table_view(&table, &shm, &e);
    if (!ok)
        fail_msg("%s: %s", path, e.text);
    size_t rows = ok ? table.head->n_rows : 0, n = rows < most ? rows : most;
    struct column c = {calloc(n + 1, sizeof *c.value), n};
    for (size_t i = 0; i < n; i++) {
        uint32_t value = table_row_values(&table, 0)[i];
        if (value != TABLE_MISSING) {
            struct bytes v = table_value(&table, 0, value);
            c.value[i] = make_value(v.p, v.n);
        }
    }
    shm_close(&shm);
    load_close(&load);
    return c;
}

static void real_data(void **state)
{
    static const char *const names[] = {"jaro_winkler", "levenshtein", "ratio", "osa", "jaccard"};
    const size_t n_names = sizeof names / sizeof *names;
    (void)state;
    if (access(DATA, R_OK) != 0) {
        print_message("the data sets are not at %s\n", DATA);
        skip();
    }
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        const size_t rows = harness_tries(sets[i].rows / 2, sets[i].rows);
        char path[2][300];
        for (int side = 0; side < 2; side++)
            snprintf(path[side], sizeof path[side], "%s%s/%c%s", DATA, sets[i].set, 'A' + side,
                     sets[i].file_end);
        struct column a = read_column(path[0], sets[i].column, rows);
        struct column b = read_column(path[1], sets[i].column, rows);
        write_both(&a, &b);
        for (size_t k = i; k < i + harness_tries(2, n_names); k++) {
            const char *name = names[k % n_names];
            char score[80];
            snprintf(score, sizeof score, "%s(name)", name);
            check_metric(score, name, &a, &b, (double[]){0.75}, 1);
        }
        column_free(&a);
        column_free(&b);
    }
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(directory) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    return harness_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_tables),       cmocka_unit_test(few_words),
        cmocka_unit_test(views_and_arguments), cmocka_unit_test(words_of_columns),
        cmocka_unit_test(values_of_columns),   cmocka_unit_test(scorer_equals_metric),
        cmocka_unit_test(real_data),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
