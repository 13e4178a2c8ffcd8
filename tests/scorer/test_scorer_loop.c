/* Modules made of scorers: the generated loop and the metrics that scorers call, against plain
 * calls. This program is its own `axb`: started as `… worker compile` or `… worker probe` it is
 * that child. */
#include "matcher/metric/metric.h"
#include "matcher/options/opts.h"
#include "matcher/scorer/scorer.h"
#include "matcher/scorer/scorer_internal.h"
#include "matcher/scorer/scorer_tile_abi.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_left.h"
#include "tests/harness/harness_metric.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_scorer.h"
#include "tests/test.h"
#include "tests/twin/twin_metric.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Data for modules ------------------------------------------------------------------------*/

#define ROWS 300u
#define WORDS 200u

/* Words over a small alphabet, and two tables of them. */
static struct {
    struct dictionary dictionary;
    uint64_t begin[WORDS + 1];
    char text[WORDS * 16 + 64], codes[WORDS * 16 + 64];
    uint32_t code_point[26];
    axb_str name[2][ROWS], city[2][ROWS];
    double x[2][ROWS], day[2][ROWS];
} data;

static axb_str random_field(void)
{
    uint32_t word = harness_below(WORDS + WORDS / 10);
    if (word >= WORDS)
        return (axb_str){0};
    return (axb_str){data.text + data.begin[word],
                     (uint32_t)(data.begin[word + 1] - data.begin[word]), word + 1};
}

static void make_words(void)
{
    for (uint32_t w = 0; w < WORDS; w++) {
        uint32_t n = harness_below(16), m = 0;
        data.begin[w + 1] = data.begin[w];
        for (uint32_t i = 0; i < n; i++) {
            uint32_t code = harness_below(w % 2 ? 26 : 4);
            data.codes[data.begin[w] + m] = (char)code;
            data.text[data.begin[w] + m++] = (char)('a' + code);
        }
        data.begin[w + 1] += m;
    }
    for (uint32_t i = 0; i < 26; i++)
        data.code_point[i] = 'a' + i;
    data.dictionary = (struct dictionary){.n = WORDS,
                                          .width = 1,
                                          .max_length = 16,
                                          .alphabet = {26, data.code_point},
                                          .begin = data.begin,
                                          .codes = data.codes,
                                          .utf8_begin = data.begin,
                                          .utf8 = data.text};
}

static void make_data(void)
{
    make_words();
    for (uint32_t side = 0; side < 2; side++)
        for (uint32_t i = 0; i < ROWS; i++) {
            data.name[side][i] = random_field();
            data.city[side][i] = random_field();
            data.x[side][i] = harness_below(20) ? harness_below(1000) / 8.0 : (double)NAN;
            data.day[side][i] = harness_below(9);
        }
    scorer_bind_dictionary(&data.dictionary);
}

/* Compiles, and loads here, in the test itself. */
struct loaded {
    struct scorer s;
    const axb_module *m;
    const void *a[SCORER_MAX_FIELDS], *b[SCORER_MAX_FIELDS];
};

static const void *array_of(const struct scorer_field *f)
{
    switch (f->column) {
    case 0:
        return data.name[f->side];
    case 1:
        return data.city[f->side];
    case 2:
        return data.x[f->side];
    default:
        return data.day[f->side];
    }
}

static void load(struct loaded *l, const char *path)
{
    struct err e = {0};
    uint32_t n_a = 0, n_b = 0;
    if (!scorer_make(path, NULL, &harness_scorer_headers, &l->s, &e))
        fail_msg("%s / %s", e.text, e.hint);
    assert_true(scorer_attach(l->s.fd, &l->m, &e));
    assert_int_equal(harness_left_names(harness_scorer_tmp, ""), 0);
    for (size_t k = 0; k < l->s.n_fields; k++) {
        const struct scorer_field *f = &l->s.fields[k];
        if (f->side)
            l->b[n_b++] = array_of(f);
        else
            l->a[n_a++] = array_of(f);
    }
}

/* ---- The loop against plain calls ------------------------------------------------------------*/

static const char *const numeric_text =
    "#include <axb.h>\n#include <math.h>\n#include \"helper.h\"\n"
    "double score(const axb_row_a *a, const axb_row_b *b)\n{\n"
    "    double d = a->x_number - b->x_number;\n"
    "    return axb_helper(sqrt(d * d + 1), a->day_days == b->day_days);\n}\n";
static const char *const helper_text =
    "static double axb_helper(double d, int same) { return 1 - d * 0.01 + (same ? 0.1 : 0.0); }\n";

static double numeric(uint32_t i, uint32_t j)
{
    double d = data.x[0][i] - data.x[1][j];
    return 1 - sqrt(d * d + 1) * 0.01 + (data.day[0][i] == data.day[1][j] ? 0.1 : 0.0);
}

static const char *const text_text =
    "#include <axb.h>\n"
    "AXB_WHERE(\"a.city == b.city\");\nAXB_MONOTONE;\n"
    "double score(const axb_row_a *a, const axb_row_b *b)\n{\n"
    "    return 0.5 * axb_levenshtein(a->name, b->name) + 0.3 * axb_levenshtein(a->city, b->city)\n"
    "           + 0.2 * axb_equal(a->name, b->name);\n}\n";

static double plain(const char *metric, axb_str a, axb_str b)
{
    struct err e = {0};
    struct metric_use use;
    struct metric_state *s;
    assert_true(metric_find(metric, strlen(metric), &use, &e) && metric_check(&use, &e));
    if (!a.p || !b.p)
        return twin_metric_missing(&use);
    assert_true(metric_open(&s, &use, &data.dictionary.alphabet, data.dictionary.max_length, &e));
    double x = metric_score(s, dictionary_text(&data.dictionary, a.id - 1),
                            dictionary_text(&data.dictionary, b.id - 1));
    metric_close(s);
    return x;
}

static double text(uint32_t i, uint32_t j)
{
    axb_str a = data.name[0][i], b = data.name[1][j];
    return 0.5 * plain("levenshtein", a, b) +
           0.3 * plain("levenshtein", data.city[0][i], data.city[1][j]) +
           0.2 * plain("equal", a, b);
}

static double twin[ROWS]; /* the scores of one row of A by plain calls */

/* match over from..to against the twin: the very hits, the very scores, nothing beyond. */
static void check_match(const struct loaded *l, uint32_t i, uint32_t from, uint32_t to, double min)
{
    static uint32_t hits[ROWS + 1];
    static double scores[ROWS + 1];
    hits[to - from] = 12345;
    uint32_t n = l->m->match(l->a, i, l->b, from, to, min, hits, scores), k = 0;
    for (uint32_t j = from; j < to; j++) {
        if (!(twin[j] >= min))
            continue;
        assert_true(k < n);
        assert_int_equal(hits[k], j);
        assert_memory_equal(&scores[k], &twin[j], sizeof twin[j]);
        k++;
    }
    assert_int_equal(k, n);
    assert_int_equal(hits[to - from], 12345);
}

static void assert_same(double x, double y)
{
    assert_true(harness_metric_same_bits(x, y));
}

static void check_loop(const struct loaded *l, double (*score)(uint32_t, uint32_t))
{
    for (uint32_t i = 0; i < 12; i++) {
        for (uint32_t j = 0; j < ROWS; j++) {
            twin[j] = score(i, j);
            assert_same(l->m->score(l->a, i, l->b, j), twin[j]);
        }
        for (uint32_t k = 0; k < 200; k++) {
            uint32_t from = harness_below(ROWS), to = from + harness_below(ROWS - from + 1);
            double edge = twin[harness_below(ROWS)]; /* a score that occurs: >= must take it */
            check_match(l, i, from, to, edge);
            check_match(l, i, from, to, nextafter(edge, 2));
        }
        check_match(l, i, 0, ROWS, -1e9);
        check_match(l, i, 0, ROWS, 1e9);
    }
}

static void test_numeric_loop(void **state)
{
    (void)state;
    struct loaded l;
    harness_scorer_put("helper.h", helper_text);
    load(&l, harness_scorer_put("numeric.c", numeric_text));
    assert_int_equal(l.s.n_fields, 4);
    assert_null(l.m->where);
    assert_int_equal(l.m->flags, 0);
    check_loop(&l, numeric);
    scorer_close(&l.s);
}

static void test_text_loop(void **state)
{
    (void)state;
    struct loaded l;
    load(&l, harness_scorer_put("text.c", text_text));
    assert_string_equal(l.m->where, "a.city == b.city");
    assert_int_equal(l.m->flags, AXB_FLAG_MONOTONE);
    assert_true(l.s.fingerprint != 0 && l.s.fingerprint == l.m->fingerprint);
    check_loop(&l, text);
    scorer_close(&l.s);
}

/* A file that does not include axb.h has it all the same, and what its macros say counts. */
static void test_marks_without_header(void **state)
{
    (void)state;
    struct loaded l;
    const char *rest = strchr(text_text, '\n') + 1;
    load(&l, harness_scorer_put("bare.c", rest));
    assert_string_equal(l.m->where, "a.city == b.city");
    assert_int_equal(l.m->flags, AXB_FLAG_MONOTONE);
    check_loop(&l, text);
    scorer_close(&l.s);
}

/* The same file with other contents must not give the module that was loaded before. */
static void test_no_stale_module(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct loaded l;
        char source[200];
        snprintf(source, sizeof source,
                 "#include <axb.h>\ndouble score(const axb_row_a *a, const axb_row_b *b)\n"
                 "{ (void)a; (void)b; return %d; }\n",
                 i);
        load(&l, harness_scorer_put("constant.c", source));
        assert_int_equal(l.s.n_fields, 0);
        assert_true(l.m->score(l.a, 0, l.b, 0) == i);
        scorer_close(&l.s);
    }
}

/* The module cannot be changed by whoever has its descriptor. */
static void test_sealed(void **state)
{
    (void)state;
    struct scorer s;
    struct err e = {0};
    assert_true(scorer_make(harness_scorer_good(), NULL, &harness_scorer_headers, &s, &e));
    assert_int_equal(fcntl(s.fd, F_GET_SEALS),
                     F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    assert_int_equal(write(s.fd, "x", 1), -1);
    assert_int_equal(ftruncate(s.fd, 0), -1);
    scorer_close(&s);
}

/* `r->row.id` looks like the id of a text, but is a column: found by the second, wide scan. */
static void test_wide_scan(void **state)
{
    (void)state;
    struct loaded l;
    load(&l,
         harness_scorer_put("wide.c", "#include <axb.h>\nstruct r { axb_row_a row; };\n"
                                      "static double f(const struct r *r) { return r->row.id.n; }\n"
                                      "double score(const axb_row_a *a, const axb_row_b *b)\n"
                                      "{ struct r r = {*a}; (void)b; return f(&r); }\n"));
    assert_int_equal(l.s.n_fields, 2);
    assert_int_equal(l.s.fields[0].column, 4);
    scorer_close(&l.s);
}

static void test_odd_headers(void **state)
{
    (void)state;
    char *odd[] = {"full name", "größe", "x", "x", "a\"b\\?\n", ""};
    struct scorer_headers h = {odd, 6, odd, 6};
    struct scorer s;
    struct err e = {0};
    const char *path = harness_scorer_put(
        "odd.c", "#include <axb.h>\ndouble score(const axb_row_a *a, const axb_row_b *b)\n"
                 "{ return a->full_name.n + b->grosse_number + a->x_2.n + a->a_b.n +\n"
                 "  b->column_6.n; }\n");
    if (!scorer_make(path, NULL, &h, &s, &e))
        fail_msg("%s", e.text);
    assert_int_equal(s.n_fields, 10);
    const uint32_t columns[] = {0, 1, 3, 4, 5};
    for (uint32_t k = 0; k < 10; k++)
        assert_int_equal(s.fields[k].column, columns[k % 5]);
    scorer_close(&s);
}

/* The examples are good C on the columns that they name. */
static void test_examples(void **state)
{
    (void)state;
    char *columns[] = {"given_name", "surname", "date_of_birth", "suburb", "postcode",
                       "title",      "authors", "year",          "artist", "album",
                       "name",       "addr",    "city",          "phone"};
    struct scorer_headers h = {columns, 14, columns, 14};
    DIR *d = opendir(SOURCE_DIR "/matcher/examples");
    assert_non_null(d);
    unsigned n = 0;
    setenv("AXB_CC", "cc -Werror", 1);
    setenv("AXB_CXX", "c++ -Werror", 1);
    for (struct dirent *entry; (entry = readdir(d));) {
        char path[PATH_MAX];
        struct scorer s;
        struct err e = {0};
        snprintf(path, sizeof path, SOURCE_DIR "/matcher/examples/%s", entry->d_name);
        if (!opts_is_scorer_file(path))
            continue;
        if (!scorer_make(path, NULL, &h, &s, &e))
            fail_msg("%s", e.text);
        assert_true(s.n_fields >= 2);
        scorer_close(&s);
        n++;
    }
    closedir(d);
    unsetenv("AXB_CC");
    unsetenv("AXB_CXX");
    assert_true(n >= 7);
}

/* With clang as well, where it is installed. */
static void test_other_compiler(void **state)
{
    (void)state;
    struct loaded l;
    if (system("command -v clang >/dev/null") != 0)
        skip();
    setenv("AXB_CC", "clang -g", 1);
    load(&l, harness_scorer_put("numeric.c", numeric_text));
    unsetenv("AXB_CC");
    check_loop(&l, numeric);
    scorer_close(&l.s);
}

/* ---- Metrics ---------------------------------------------------------------------------------*/

/* Is it among those that a scorer has by the tile, or takes a scale? */
static bool is_in_tiles(const char *name, const char *view)
{
#define NAME(name) #name,
    static const char *const names[] = {AXB_TILE_METRICS(NAME) AXB_TILE_METRICS_OF_Q(NAME) "number",
                                        "days", "km", "equal"};
    char wanted[100];
    bool found = false;
    snprintf(wanted, sizeof wanted, "%s%s", name, view);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        found = found || strcmp(names[i], wanted) == 0;
    return found;
}

static void check_declared(const char *header, const char *name, const char *view)
{
    char symbol[100];
    if (!is_in_tiles(name, view))
        fail_msg("scorer_tile_abi.h does not name %s%s", name, view);
    snprintf(symbol, sizeof symbol, "axb_%s%s(", name, view);
    if (!strstr(header, symbol))
        fail_msg("core/axb.h does not declare %s", symbol);
    symbol[strlen(symbol) - 1] = 0;
    if (!dlsym(RTLD_DEFAULT, symbol))
        fail_msg("the program has no symbol %s", symbol);
}

static void test_every_metric(void **state)
{
    (void)state;
    struct err e = {0};
    char *header;
    size_t n;
    assert_true(scorer_read_file(SOURCE_DIR "/core/axb.h", &header, &n, &e));
    for (size_t i = 0; metric_at(i); i++) {
        if (metric_at(i)->flags & METRIC_OF_COLUMNS)
            continue; /* it cannot be called: test_scorer_errors.c */
        check_declared(header, metric_at(i)->name, "");
        if (metric_at(i)->views)
            check_declared(header, metric_at(i)->name, "_distance");
    }
    assert_string_equal(header, scorer_axb_h);
    free(header);
}

typedef double two_texts(axb_str, axb_str);

static void check_metric(two_texts *f, const char *name)
{
    const axb_str missing = {0}, broken = axb_text("\xff", 1);
    double none = plain(name, missing, missing);
    for (uint32_t k = 0; k < 300; k++) {
        axb_str a = data.name[0][k % 7], b = data.city[1][harness_below(ROWS)];
        double y = plain(name, a, b);
        assert_same(f(a, b), y);
        if (!a.p || !b.p)
            continue;
        assert_same(f(axb_text(a.p, a.n), axb_text(b.p, b.n)), y);
        assert_same(f(a, axb_text(b.p, b.n)), y);
        assert_same(f(missing, b), none);
        assert_same(f(a, missing), none);
        assert_same(f(broken, b), none);
    }
}

/* Calls of the scorer are metric_score itself, with and without ids. */
static void *metric_values(void *unused)
{
    (void)unused;
    check_metric(axb_levenshtein, "levenshtein");
    check_metric(axb_osa_distance, "osa_distance");
    check_metric(axb_damerau_levenshtein, "damerau_levenshtein");
    check_metric(axb_indel, "indel");
    check_metric(axb_jaro_winkler, "jaro_winkler");
    check_metric(axb_token_set_ratio, "token_set_ratio");
    check_metric(axb_soundex, "soundex");
    return NULL;
}

static void test_metric_values(void **state)
{
    (void)state;
    metric_values(NULL);
}

/* Arguments are kept apart: a state for q = 2 does not serve q = 3. */
static void test_metric_arguments(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 100; k++) {
        axb_str a = data.name[0][k], b = data.name[1][k];
        double two = axb_jaccard(a, b, 2), three = axb_jaccard(a, b, 3);
        struct err e = {0};
        struct metric_use use;
        struct metric_state *s;
        double expected[2] = {0, 0};
        for (int q = 2; q <= 3 && a.p && b.p; q++) {
            assert_true(metric_find("jaccard", 7, &use, &e));
            use.n_args = 1;
            use.args[0] = q;
            assert_true(metric_open(&s, &use, &data.dictionary.alphabet, 16, &e));
            expected[q - 2] = metric_score(s, dictionary_text(&data.dictionary, a.id - 1),
                                           dictionary_text(&data.dictionary, b.id - 1));
            metric_close(s);
        }
        assert_true(two == expected[0] && three == expected[1]);
    }
}

/* Two threads at once have states of their own, which go with them. */
static void *call_metrics(void *sum)
{
    for (uint32_t k = 0; k < 20 * ROWS; k++)
        *(double *)sum += axb_levenshtein(data.name[0][k % 5], data.name[1][k % ROWS]) +
                          axb_levenshtein(data.city[0][k % 5], data.city[1][k % ROWS]);
    return NULL;
}

static void test_metric_threads(void **state)
{
    (void)state;
    pthread_t threads[2];
    double sums[2] = {0, 0}, expected = 0;
    call_metrics(&expected);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call_metrics, &sums[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        assert_true(sums[i] == expected);
    }
}

static int set_up(void **state)
{
    harness_seed(20260101);
    make_data();
    return harness_scorer_set_up(state);
}

int main(int argc, char **argv)
{
    int status;
    if (harness_scorer_child(argc, argv, &status))
        return status;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numeric_loop),
        cmocka_unit_test(test_text_loop),
        cmocka_unit_test(test_marks_without_header),
        cmocka_unit_test(test_no_stale_module),
        cmocka_unit_test(test_sealed),
        cmocka_unit_test(test_wide_scan),
        cmocka_unit_test(test_odd_headers),
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_other_compiler),
        cmocka_unit_test(test_every_metric),
        cmocka_unit_test(test_metric_values),
        cmocka_unit_test(test_metric_arguments),
        cmocka_unit_test(test_metric_threads),
    };
    return cmocka_run_group_tests(tests, set_up, harness_scorer_tear_down);
}
