/* Metrics by the tile: what the program computes for it, and modules whose calls become elements of
 * arrays, against the same functions called pair by pair. This program is its own `axb`: started as
 * `… worker compile` or `… worker probe` it is that child. */
#include "matcher/metric/metric.h"
#include "matcher/scorer/scorer.h"
#include "matcher/scorer/scorer_internal.h"
#include "matcher/scorer/scorer_tile_abi.h"
#include "tests/harness/harness_metric.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_run.h"
#include "tests/harness/harness_scorer.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 20260203u
#define ROWS 320u
#define WORDS 400u
#define LENGTH 80u
#define TILE_FIELDS 8u /* of B, at most, in a scorer of this test */

/* Words of letters, digits and blanks, and two tables of them; a few are long, a few are missing.
 */
static struct {
    struct dictionary dictionary;
    uint64_t begin[WORDS + 1];
    char text[WORDS * LENGTH + 64], codes[WORDS * LENGTH + 64];
    uint32_t code_point[27];
    axb_str name[2][ROWS], city[2][ROWS];
    double x[2][ROWS], day[2][ROWS];
} data;

static axb_str word_text(uint32_t word)
{
    return (axb_str){data.text + data.begin[word],
                     (uint32_t)(data.begin[word + 1] - data.begin[word]), word + 1};
}

static axb_str random_field(uint32_t words)
{
    return harness_below(12) ? word_text(harness_below(words)) : (axb_str){0};
}

static void make_word(uint32_t w)
{
    const uint32_t n = harness_below(20) ? harness_below(20) : harness_below(LENGTH);
    data.begin[w + 1] = data.begin[w] + n;
    for (uint64_t i = data.begin[w]; i < data.begin[w + 1]; i++) {
        const char code = (char)harness_below(w % 2 ? 27 : 4);
        data.codes[i] = code;
        data.text[i] = code ? (char)('a' + code - 1) : ' ';
    }
}

static void make_data(void)
{
    for (uint32_t w = 0; w < WORDS; w++)
        make_word(w);
    for (uint32_t i = 0; i < 27; i++)
        data.code_point[i] = i ? 'a' + i - 1 : ' ';
    data.dictionary = (struct dictionary){.n = WORDS,
                                          .width = 1,
                                          .max_length = LENGTH,
                                          .alphabet = {27, data.code_point},
                                          .begin = data.begin,
                                          .codes = data.codes,
                                          .utf8_begin = data.begin,
                                          .utf8 = data.text};
    for (uint32_t side = 0; side < 2; side++)
        for (uint32_t i = 0; i < ROWS; i++) {
            data.name[side][i] = random_field(WORDS);
            data.city[side][i] = random_field(9);
            data.x[side][i] = harness_below(20) ? harness_below(1000) / 8.0 : (double)NAN;
            data.day[side][i] = harness_below(9);
        }
    scorer_bind_dictionary(&data.dictionary);
}

/* ---- What the program computes ---------------------------------------------------------------*/

static const char *const plain_names[] = {
#define NAME(name) #name,
    AXB_TILE_METRICS(NAME)};
static const char *const q_names[] = {AXB_TILE_METRICS_OF_Q(NAME)};

#define N_PLAIN (sizeof plain_names / sizeof *plain_names)

/* A metric of a tile by its number, opened for single pairs. */
static struct metric_state *open_metric(uint32_t number, double *missing)
{
    char name[64];
    struct err e = {0};
    struct metric_state *s;
    if (number < N_PLAIN)
        snprintf(name, sizeof name, "%s", plain_names[number]);
    else
        snprintf(name, sizeof name, "%s:%u", q_names[(number - N_PLAIN) / 4],
                 (unsigned)(number - N_PLAIN) % 4);
    const struct metric_use use = harness_metric_use(name);
    *missing = metric_missing(use.view);
    assert_true(metric_open(&s, &use, &data.dictionary.alphabet, data.dictionary.max_length, &e));
    return s;
}

static double one(struct metric_state *s, double missing, axb_str a, axb_str b)
{
    return a.p && b.p ? metric_score(s, dictionary_text(&data.dictionary, a.id - 1),
                                     dictionary_text(&data.dictionary, b.id - 1))
                      : missing;
}

static const void *const arrays_a[] = {data.x[0], data.name[0], data.city[0]};
static const void *const arrays_b[] = {data.city[1], data.name[1]};
static const struct axb_tile_shape shape = {3, 2};

static uint32_t column_of(uint32_t metric, uint32_t field_a, uint32_t field_b)
{
    return (metric * shape.n_a + field_a) * shape.n_b + field_b;
}

/* Has `asked` calls counted in some records, and returns what the next one with texts gets. */
static struct axb_tile *learn(const struct axb_tile_shape *of, uint32_t column, uint32_t asked)
{
    struct axb_tile *t = NULL;
    scorer_bind_tile(arrays_b, ROWS);
    for (uint32_t i = 0; i < 4; i++) {
        t = axb_tile_begin(of, arrays_a, i, arrays_b, 0, ROWS);
        assert_non_null(t);
        assert_null(t->column[column]);
        t->asked[column] = asked;
    }
    for (uint32_t i = 4; !t->column[column] && i < 50; i++)
        if (data.name[0][i].p && data.city[0][i].p)
            t = axb_tile_begin(of, arrays_a, i, arrays_b, 0, ROWS);
    return t;
}

/* Every metric of every pair of columns, asked for so often that it must pay. */
static void test_columns(void **state)
{
    (void)state;
    for (uint32_t metric = 0; metric < AXB_TILE_N_METRICS; metric++) {
        const struct axb_tile_shape fresh = shape;
        const uint32_t field_a = 1 + metric % 2, field_b = metric / 2 % 2;
        const uint32_t column = column_of(metric, field_a, field_b);
        double missing;
        struct metric_state *s = open_metric(metric, &missing);
        learn(&fresh, column, UINT32_MAX);
        for (uint32_t i = 0; i < 40; i++) {
            const struct axb_tile *t = axb_tile_begin(&fresh, arrays_a, i, arrays_b, 3, ROWS - 3);
            const axb_str a = ((const axb_str *)arrays_a[field_a])[i];
            assert_non_null(t->column[column]);
            for (uint32_t j = 0; j < ROWS; j++)
                assert_true(harness_metric_same_bits(
                    t->column[column][j],
                    one(s, missing, a, ((const axb_str *)arrays_b[field_b])[j])));
        }
        metric_close(s);
        scorer_bind_tile(NULL, 0);
        scorer_bind_tile(arrays_b, ROWS);
        axb_tile_begin(&shape, arrays_a, 0, arrays_b, 0, ROWS); /* `fresh` is forgotten */
    }
}

/* What is hardly ever asked for is not computed, nor what lies outside of the tile. */
static void test_no_columns(void **state)
{
    (void)state;
    static const struct axb_tile_shape rare = {3, 2}, never = {3, 2}, wide = {600, 600};
    const uint32_t column = column_of(AXB_TILE_levenshtein, 1, 1);
    assert_null(learn(&rare, column, 1)->column[column]);
    assert_null(learn(&never, column, 0)->column[column]);
    assert_null(axb_tile_begin(&never, arrays_a, 0, arrays_b, 0, ROWS + 1));
    assert_null(axb_tile_begin(&never, arrays_a, 0, arrays_a, 0, ROWS));
    assert_null(axb_tile_begin(&wide, arrays_a, 0, arrays_b, 0, ROWS));
    scorer_bind_tile(NULL, 0);
    assert_null(axb_tile_begin(&never, arrays_a, 0, arrays_b, 0, ROWS));
}

/* A tile is sure where all that the code may read is computed, and nothing else is possible. */
static void test_sure(void **state)
{
    (void)state;
    const uint32_t column = column_of(AXB_TILE_levenshtein, 1, 1);
    static uint32_t used[4];
    static const struct axb_tile_shape one = {3, 2, used, used + 2}, two = {3, 2, used, used + 3},
                                       unknown = {3, 2, used + 3, used + 4};
    used[0] = used[1] = column;
    used[2] = column_of(AXB_TILE_jaro, 1, 1);
    used[3] = AXB_TILE_UNKNOWN;
    assert_true(learn(&one, column, UINT32_MAX)->sure);
    assert_false(learn(&two, column, UINT32_MAX)->sure);
    assert_false(learn(&unknown, column, UINT32_MAX)->sure);
    assert_false(learn(&one, column, 0)->sure);
    scorer_bind_tile(NULL, 0);
}

/* ---- Modules ---------------------------------------------------------------------------------*/

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
    case 3:
        return data.day[f->side];
    default: /* `id`, which a text has as well */
        return data.name[f->side];
    }
}

static void load(struct loaded *l, const char *name, const char *body)
{
    char text[4000];
    struct err e = {0};
    uint32_t n[2] = {0, 0};
    snprintf(text, sizeof text, "#include <axb.h>\n#include <math.h>\n%s", body);
    if (!scorer_make(harness_scorer_put(name, text), NULL, &harness_scorer_headers, &l->s, &e))
        fail_msg("%s / %s\n%s", e.text, e.hint, text);
    assert_true(scorer_attach(l->s.fd, &l->m, &e));
    for (size_t k = 0; k < l->s.n_fields; k++) {
        const struct scorer_field *f = &l->s.fields[k];
        (f->side ? l->b : l->a)[n[f->side]++] = array_of(f);
    }
}

/* A tile, as the worker makes it: the records of B from `first` on, copied to one place. */
static struct {
    uint32_t first, n;
    axb_str text[TILE_FIELDS][ROWS];
    double number[TILE_FIELDS][ROWS];
    const void *array[TILE_FIELDS];
} tile;

static void make_tile(const struct loaded *l, uint32_t first, uint32_t n)
{
    uint32_t k = 0;
    tile.first = first;
    tile.n = n;
    for (size_t f = 0; f < l->s.n_fields; f++) {
        if (l->s.fields[f].side == 0)
            continue;
        if (l->s.fields[f].kind == AXB_TEXT)
            memcpy(tile.text[k], (const axb_str *)l->b[k] + first, n * sizeof(axb_str));
        else
            memcpy(tile.number[k], (const double *)l->b[k] + first, n * sizeof(double));
        tile.array[k] = l->s.fields[f].kind == AXB_TEXT ? (const void *)tile.text[k]
                                                        : (const void *)tile.number[k];
        k++;
    }
    scorer_bind_tile(tile.array, n);
}

/* The records [from, to) of the tile by `match` against `score`, which knows no tile. */
static void check_row(const struct loaded *l, uint32_t i, uint32_t from, uint32_t to)
{
    static uint32_t hits[ROWS];
    static double scores[ROWS];
    const uint32_t n = l->m->match(l->a, i, tile.array, from, to, -1e300, hits, scores);
    for (uint32_t j = from, k = 0; j < to; j++) {
        const double wanted = l->m->score(l->a, i, l->b, tile.first + j);
        if (isnan(wanted))
            continue;
        assert_true(k < n);
        assert_int_equal(hits[k], j);
        if (!harness_metric_same_bits(scores[k], wanted))
            fail_msg("records %u, %u: %.17g, not %.17g", i, tile.first + j, scores[k], wanted);
        k++;
    }
}

static void check_module(const char *name, const char *body)
{
    struct loaded l;
    load(&l, name, body);
    for (uint32_t round = 0; round < 6; round++) {
        const uint32_t first = harness_below(ROWS / 2), n = ROWS / 4 + harness_below(ROWS / 4);
        make_tile(&l, first, n);
        for (uint32_t i = 0; i < 20; i++)
            check_row(&l, (round + i) % 9, 0, n);
        for (uint32_t i = 0; i < 10; i++) {
            const uint32_t from = harness_below(n);
            check_row(&l, harness_below(ROWS), from, from + harness_below(n - from + 1));
        }
    }
    scorer_bind_tile(NULL, 0);
    check_row(&l, 5, 0, tile.n);
    scorer_close(&l.s);
}

#define SCORE "double score(const axb_row_a *a, const axb_row_b *b)\n"

static const char *const bodies[] = {
    /* a sum, with and without early returns */
    SCORE "{ return 0.6 * axb_jaro_winkler(a->name, b->name) + 0.4 * axb_levenshtein(a->city, "
          "b->city); }",
    SCORE "{ if (fabs(a->x_number - b->x_number) > 40) return 0;\n"
          "  double name = axb_jaro(a->name, b->name);\n"
          "  return name < 0.4 ? -1 : name + axb_token_sort_ratio(a->name, b->name); }",
    /* missing texts, distances of them, one column against another */
    SCORE "{ if (axb_missing(a->city) || axb_missing(b->name)) return 7;\n"
          "  return axb_osa_distance(a->city, b->name) + axb_indel_distance(a->name, b->city); }",
    SCORE "{ return axb_levenshtein_distance(a->name, b->name); }",
    /* two fields of a, the sides exchanged, a literal, a part of a text, an id that is kept */
    SCORE "{ return axb_jaro(a->name, a->city) + 2 * axb_jaro(b->name, a->name) +\n"
          "  4 * axb_jaro(a->name, axb_text(\"anna\", 4)) + 8 * axb_jaro(b->city, b->name); }",
    SCORE "{ axb_str part = a->name, other = b->name;\n"
          "  if (part.n > 2) { part.n = 2; part.id = 0; }\n"
          "  if (b->city.n & 1) other = axb_text(other.p, other.n ? other.n - 1 : 0);\n"
          "  return axb_jaro(part, b->name) + 2 * axb_levenshtein(a->name, other); }",
    /* through functions, through a pointer to a metric, in loops */
    "static double both(axb_str x, axb_str y, double weight)\n"
    "{ return axb_missing(x) ? 0.5 : weight * axb_jaro_winkler(x, y); }\n" SCORE
    "{ double (*metric)(axb_str, axb_str) = a->x_number > 50 ? axb_osa : axb_hamming;\n"
    "  return both(a->name, b->name, 2) + both(a->city, b->city, 3) + metric(a->name, b->name); }",
    SCORE "{ double sum = 0;\n"
          "  for (int i = 0; i < 3; i++)\n"
          "      sum += axb_levenshtein(i & 1 ? a->city : a->name, i ? b->name : b->city);\n"
          "  for (int q = 0; q < 4; q++) sum += q * axb_jaccard(a->name, b->name, q);\n"
          "  return sum; }",
    /* texts that are kept from one pair to the next, which is right by their ids */
    "static axb_str last_a = {0}, last_b = {0};\n" SCORE
    "{ if (last_a.id != a->name.id || axb_missing(last_a)) last_a = a->name;\n"
    "  if (last_b.id != b->name.id || axb_missing(last_b)) last_b = b->name;\n"
    "  return axb_jaro(last_a, last_b) + 2 * axb_jaro(a->name, last_b) + 4 * axb_jaro(last_a, "
    "b->name); }",
    /* texts made member by member */
    SCORE "{ axb_str s; s.p = b->name.p; s.n = b->name.n; s.id = b->name.id;\n"
          "  axb_str t[2]; t[0] = a->name; t[1] = s;\n"
          "  return axb_levenshtein(a->name, s) + axb_jaro(t[0], t[1]); }",
    /* records that are prepared, equal texts, and a number */
    "struct key { double length; axb_str name; };\nAXB_PREPARED(struct key);\n"
    "static void prepare_a(const axb_row_a *a, struct key *k) { k->length = axb_levenshtein("
    "a->name, a->city); }\n"
    "static void prepare_b(const axb_row_b *b, struct key *k) { k->length = b->name.n; }\n" SCORE
    "{ return axb_equal(a->name, b->name) + axb_number(a->name, b->name, 3) * 0 +\n"
    "  axb_ratio(a->name, b->name) + 3 * axb_lcsseq(a->name, b->name); }",
};

static void test_modules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        if (strstr(bodies[i], "AXB_PREPARED"))
            continue; /* it needs the arrays of what is prepared: tests/program */
        check_module("tile.c", bodies[i]);
        check_module("tile.cpp", bodies[i]);
    }
}

static void test_clang(void **state)
{
    (void)state;
    if (system("command -v clang >/dev/null") != 0)
        skip();
    setenv("AXB_CC", "clang", 1);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        if (!strstr(bodies[i], "AXB_PREPARED"))
            check_module("tile.c", bodies[i]);
    unsetenv("AXB_CC");
}

/* Sums of random metrics of random columns, each behind a condition. */
static void test_random_modules(void **state)
{
    (void)state;
    static const char *const columns[] = {"name", "city"};
    for (uint32_t k = 0; k < harness_tries(6, 60); k++) {
        char body[3000];
        int n = snprintf(body, sizeof body, SCORE "{ double sum = 0;\n");
        for (uint32_t i = 0; i < 5; i++)
            n += snprintf(body + n, sizeof body - (size_t)n,
                          "if (a->x_number %c %u || sum > %u) sum += %u * axb_%s(a->%s, b->%s);\n",
                          "<>"[harness_below(2)], harness_below(125), harness_below(9),
                          harness_below(9) + 1, plain_names[harness_below((uint32_t)N_PLAIN)],
                          columns[harness_below(2)], columns[harness_below(2)]);
        snprintf(body + n, sizeof body - (size_t)n, "return sum; }\n");
        check_module("random.c", body);
    }
}

/* That calls become elements of arrays at all: the tile keeps its values when the texts are changed
 * behind its back, a call does not. Few texts differ, so that arrays pay in any build. */
static uint32_t stale(const char *name, const char *body)
{
    struct loaded l;
    static uint32_t hits[ROWS];
    static double before[ROWS], after[ROWS];
    char kept[sizeof data.codes];
    uint32_t i = 0, differ = 0;
    while (data.city[0][i].n < 4)
        i++;
    load(&l, name, body);
    scorer_bind_tile(l.b, ROWS);
    for (uint32_t k = 0; k < 6; k++)
        l.m->match(l.a, i, l.b, 0, ROWS, -1, hits, before);
    memcpy(kept, data.codes, sizeof kept);
    memset(data.codes, 1, sizeof data.codes);
    l.m->match(l.a, i, l.b, 0, ROWS, -1, hits, after);
    for (uint32_t j = 0; j < ROWS; j++)
        differ += before[j] != after[j];
    memcpy(data.codes, kept, sizeof kept);
    scorer_bind_tile(NULL, 0);
    scorer_close(&l.s);
    return differ;
}

static void test_arrays_are_read(void **state)
{
    (void)state;
    const char *tiled = SCORE "{ return axb_damerau_levenshtein(a->city, b->city); }";
    const char *helped =
        "static double f(axb_str x, axb_str y) { return axb_damerau_levenshtein(x, y); }\n" SCORE
        "{ return 1 + f(a->city, b->city); }";
    const char *called =
        SCORE "{ axb_str s = b->city, *volatile p = &s; return axb_osa(a->city, *p); }";
    assert_int_equal(stale("tiled.c", tiled), 0);
    assert_int_equal(stale("tiled.cpp", tiled), 0);
    assert_int_equal(stale("helped.c", helped), 0);
    assert_true(stale("called.c", called) > ROWS / 4);
}

static int set_up(void **state)
{
    harness_seed(SEED);
    make_data();
    return harness_scorer_set_up(state);
}

int main(int argc, char **argv)
{
    int status;
    if (harness_scorer_child(argc, argv, &status))
        return status;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_no_columns),
        cmocka_unit_test(test_sure),
        cmocka_unit_test(test_modules),
        cmocka_unit_test(test_clang),
        cmocka_unit_test(test_random_modules),
        cmocka_unit_test(test_arrays_are_read),
    };
    return cmocka_run_group_tests(tests, set_up, harness_scorer_tear_down);
}
