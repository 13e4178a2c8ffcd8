/* Estimates against exact counts of the double loop: within a factor where many pairs match, never
 * below the pairs of equal values, which are counted, and never above all pairs. */
#include "matcher/planner/estimate.h"
#include "tests/harness/harness_dictionary.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 81u
#define ROWS 250u
#define ALL_PAIRS (ROWS * ROWS)

/* The factor that an estimate may be off, by the share of the pairs that match: of 20000 samples at
 * least 1000, 200, 20 hits. Of fewer no factor is promised, but that besides the equal pairs it is
 * not more than 50 hits. (Equal pairs count although `number` has no value of a text: those of
 * "none" and "none".) */
static double factor_of(double share)
{
    return share >= 0.05 ? 1.12 : share >= 0.01 ? 1.3 : share >= 0.001 ? 2.5 : 0;
}

static bool find(void *context, int side, const char *name, uint32_t *column, struct err *e)
{
    (void)context;
    (void)side;
    *column = 0;
    return strcmp(name, "x") == 0 || err_set(e, ERR_USAGE, NULL, "there is no column %s", name);
}

struct case_ {
    struct harness_dictionary texts;
    struct inputs inputs;
    struct query query; /* of one term */
    struct estimate estimate;
    double *score; /* of all pairs of rows */
    bool *same;    /* their values are equal */
    bool falls;
};

static void score_rows(struct case_ *c)
{
    const struct dictionary *d = &c->texts.dictionary;
    const struct side *a = &c->texts.a, *b = &c->texts.b;
    struct metric_use use = expr_use(&c->query.expr.term[0]);
    struct metric_state *state;
    struct err e = {0};
    assert_true(metric_open(&state, &use, &d->alphabet, d->max_length, &e));
    for (uint32_t i = 0; i < ALL_PAIRS; i++) {
        uint32_t x = a->row_place[i / ROWS], y = b->row_place[i % ROWS];
        bool missing = x == TABLE_MISSING || y == TABLE_MISSING;
        c->same[i] = !missing && a->value[x] == b->value[y];
        c->score[i] = missing ? metric_missing(use.view)
                              : metric_score(state, dictionary_text(d, a->value[x]),
                                             dictionary_text(d, b->value[y]));
    }
    c->falls = metric_falls(use.view);
    metric_close(state);
}

static void case_open(struct case_ *c, const char *score, const char *const *a,
                      const char *const *b)
{
    static const struct expr_names names = {find, NULL};
    struct err e = {0};
    uint32_t root;
    *c = (struct case_){.score = calloc(ALL_PAIRS, sizeof *c->score),
                        .same = calloc(ALL_PAIRS, sizeof *c->same)};
    assert_true(c->score && c->same);
    harness_dictionary_make(&c->texts, a, ROWS, b, ROWS);
    c->inputs.index.dictionary = c->texts.dictionary;
    c->inputs.index.field[0].side = c->texts.a;
    c->inputs.index.field[1].side = c->texts.b;
    c->inputs.index.rows[0].n = c->inputs.index.rows[1].n = ROWS;
    assert_true(expr_parse(&c->query.expr, score, "--score", &names, &root, &e));
    for (uint32_t i = 0; i < c->query.expr.n_columns; i++)
        c->query.expr.column[i].field = c->query.expr.column[i].side;
    /* With a condition, as the one metric alone is not sampled. */
    c->query.goal = (struct expr_goal){.score = root, .where = root, .most = (double)INFINITY};
    score_rows(c);
    assert_true(estimate_make(&c->estimate, &c->query, &c->inputs, ALL_PAIRS, &e));
}

static void case_close(struct case_ *c)
{
    estimate_close(&c->estimate);
    harness_dictionary_free(&c->texts);
    free(c->score);
    free(c->same);
}

/* How many pairs reach the need, and how many are equal. */
static uint32_t count_reached(const struct case_ *c, double need)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < ALL_PAIRS; i++)
        n += c->falls ? c->score[i] <= need : c->score[i] >= need;
    return n;
}

static uint32_t count_equal(const struct case_ *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < ALL_PAIRS; i++)
        n += c->same[i];
    return n;
}

static void check_need(const struct case_ *c, const char *what, double need)
{
    double exact = count_reached(c, need), is = estimate_pairs(&c->estimate, 0, need);
    double share = exact / ALL_PAIRS, factor = factor_of(share);
    bool near = factor > 0 ? is <= exact * factor && is >= exact / factor
                           : is <= c->estimate.term[0].equal_pairs + 0.0025 * ALL_PAIRS;
    if (!near || is > ALL_PAIRS)
        fail_msg("%s at %g: %.0f pairs instead of %.0f of %u", what, need, is, exact, ALL_PAIRS);
}

static void check_case(const char *score, const char *const *a, const char *const *b)
{
    static struct case_ c;
    case_open(&c, score, a, b);
    assert_true(c.estimate.term[0].equal_pairs == count_equal(&c));
    assert_true(c.estimate.term[0].n <= c.estimate.term[0].drawn);
    double last = c.falls ? 0 : ALL_PAIRS;
    for (uint32_t i = 0; i <= 40; i++) {
        double need = c.falls && c.score[0] > 1 ? i : i / 40.0;
        double is = estimate_pairs(&c.estimate, 0, need);
        check_need(&c, score, need);
        assert_true(is >= c.estimate.term[0].equal_pairs);
        assert_true(c.falls ? is >= last : is <= last);
        last = is;
    }
    for (uint32_t i = 0; i < 20; i++) { /* scores that occur: as many reach them as are not below */
        double need = c.score[harness_below(ALL_PAIRS)];
        if (!isnan(need))
            check_need(&c, score, need);
    }
    case_close(&c);
}

static const char *const scores[] = {
    "levenshtein(x)", "levenshtein_distance(x)",     "jaro_winkler(x)", "jaccard(x, 2)", "equal(x)",
    "number(x, 10)",  "indel_normalized_distance(x)"};

/* Random texts, some of them missing. */
static void test_texts(void **state)
{
    (void)state;
    static const struct harness_shape shape = {"texts", 4, 'a', 2, 7, 2, 0, ROWS, 0, false};
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
        struct harness_texts a, b;
        const char *x[ROWS], *y[ROWS];
        harness_texts_random(&a, &b, &shape, SEED + i);
        for (uint32_t r = 0; r < ROWS; r++) {
            x[r] = harness_below(20) ? a.text[r] : NULL;
            y[r] = harness_below(20) ? b.text[r] : NULL;
        }
        check_case(scores[i], x, y);
        harness_texts_free(&a);
        harness_texts_free(&b);
    }
}

/* Few values, of which one is in most rows; and numbers, so that `number` has values. */
static void test_few_values(void **state)
{
    (void)state;
    static const char *const values[] = {"100", "101", "99", "7", "7.5", "none"};
    const char *x[ROWS], *y[ROWS];
    harness_seed(SEED);
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
        for (uint32_t r = 0; r < ROWS; r++) {
            x[r] = values[harness_below(3) ? 0 : harness_below(6)];
            y[r] = values[harness_below(3) ? 1 : harness_below(6)];
        }
        check_case(scores[i], x, y);
    }
}

/* No values at all, and all the same. */
static void test_extremes(void **state)
{
    (void)state;
    const char *none[ROWS] = {NULL}, *same[ROWS];
    for (uint32_t r = 0; r < ROWS; r++)
        same[r] = "same";
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++)
        if (strncmp(scores[i], "number", 6) != 0) /* which has no value of "same" */
            check_case(scores[i], same, same);
    check_case("levenshtein(x)", none, same);
    check_case("levenshtein_distance(x)", none, none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_few_values),
        cmocka_unit_test(test_extremes),
    };
    print_message("seed %u\n", SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
