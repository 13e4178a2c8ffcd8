/* The fit of a model: weights, rounds, degenerate data, threads. Shares and scores of random data
 * are compared with a second implementation by tests/fit/twin.py; here is what must hold of any. */
#include "matcher/fit/fit.h"
#include "matcher/fit/fit_weights.h"
#include "tests/fit/harness_fit.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define SEED 7301u
#define CASES 300u

/* ---- Weights ---------------------------------------------------------------------------------*/

static double mean_of(const double *y, const double *w, uint32_t first, uint32_t last)
{
    double sum = 0, weight = 0;
    for (uint32_t i = first; i <= last; i++) {
        sum += y[i] * w[i];
        weight += w[i];
    }
    return sum / weight;
}

/* The isotonic regression by its formula: of all beginnings up to i the greatest, over all ends
 * from i on the least mean. */
static double twin_monotone(const double *y, const double *w, uint32_t n, uint32_t i)
{
    double most = -INFINITY;
    for (uint32_t first = 0; first <= i; first++) {
        double least = INFINITY;
        for (uint32_t last = i; last < n; last++)
            least = fmin(least, mean_of(y, w, first, last));
        most = fmax(most, least);
    }
    return most;
}

static void test_monotone(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned c = 0; c < 20 * CASES; c++) {
        double y[FIT_MAX_LEVELS], w[FIT_MAX_LEVELS], got[FIT_MAX_LEVELS];
        const uint32_t n = 1 + harness_below(FIT_MAX_LEVELS);
        for (uint32_t i = 0; i < n; i++) {
            y[i] = (double)harness_below(9) - 4;
            w[i] = harness_share();
        }
        memcpy(got, y, sizeof got);
        fit_monotone(got, w, n);
        for (uint32_t i = 0; i < n; i++) {
            assert_true(fabs(got[i] - twin_monotone(y, w, n, i)) < 1e-12);
            assert_true(i == 0 || got[i - 1] <= got[i]);
        }
    }
}

static void test_soft_min(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES; c++) {
        const double x = (double)harness_below(100) - 50, y = (double)harness_below(100) - 50;
        const double plain = -log2(exp2(-x) + exp2(-y));
        assert_true(fabs(fit_soft_min(x, y) - plain) < 1e-9);
    }
    assert_true(fit_soft_min(3000, 5000) == 3000); /* where 2^-x is 0 */
    assert_true(fit_soft_min(-5000, -3000) == -5000);
}

/* ---- What holds of any model -----------------------------------------------------------------*/

static void check_shares(const struct fit_column *column, uint32_t n_columns, fit_shares share)
{
    for (uint32_t c = 0; c < n_columns; c++) {
        double total = 0;
        for (uint32_t l = 0; l < column[c].n_levels; l++) {
            assert_true(share[c][l] > 0 && share[c][l] <= 1);
            total += share[c][l];
        }
        assert_true(fabs(total - 1) < 1e-9);
    }
}

static void check_weights(const struct fit_column *column, const struct fit *fit)
{
    struct fit_weights w;
    fit_weights(column, fit, &w);
    for (uint32_t c = 0; c < fit->n_columns; c++) {
        assert_true(isfinite(w.exact_bits[c]));
        for (uint32_t l = 0; l < column[c].n_levels; l++) {
            assert_true(isfinite(w.bits[c][l]) && isfinite(w.related_bits[c][l]));
            assert_true(l == 0 || w.bits[c][l - 1] <= w.bits[c][l]);
            assert_true(l == 0 || w.related_bits[c][l - 1] <= w.related_bits[c][l]);
        }
    }
}

static void check_fit(const struct harness_fit *m, struct fit *fit)
{
    struct fit_weights w;
    check_shares(m->column, fit->n_columns, fit->m);
    if (fit->has_related)
        check_shares(m->column, fit->n_columns, fit->h);
    check_weights(m->column, fit);
    assert_true(isfinite(fit->prior_bits) && isfinite(fit->related_prior_bits));
    assert_true(isfinite(fit->k) && fit->k > 0 && isfinite(fit->k_related));
    fit_weights(m->column, fit, &w);
    for (uint64_t i = 0; i < m->data.n_pairs; i++)
        assert_true(isfinite(fit_score(&m->data, &w, i)));
}

static void fit_by(const struct harness_fit *m, struct fit_options options, struct fit *fit)
{
    struct err e = {0};
    if (!fit_model(&m->data, &options, NULL, fit, &e))
        fail_msg("%s", e.text);
    check_fit(m, fit);
}

static void fit_and_check(const struct harness_fit *m, struct fit *fit)
{
    for (int one_to_one = 0; one_to_one < 2; one_to_one++)
        fit_by(m, fit_defaults(one_to_one), fit);
}

/* With no pairs that the start of m counts for. */
static void fit_without_start(const struct harness_fit *m, bool one_to_one, struct fit *fit)
{
    struct fit_options options = fit_defaults(one_to_one);
    options.alpha = 0;
    fit_by(m, options, fit);
}

static void test_random(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES; c++) {
        struct harness_fit m;
        struct fit fit;
        const uint32_t rows = 4 + harness_below(40), each = 1 + harness_below(4);
        harness_fit_open(&m, 1 + harness_below(6), (uint64_t)rows * each, rows, rows);
        m.data.share = harness_below(2) ? 1 : harness_share();
        harness_fit_fill(&m, each, 9);
        fit_and_check(&m, &fit);
        harness_fit_close(&m);
    }
}

/* ---- Degenerate data -------------------------------------------------------------------------*/

static void test_no_candidates(void **state)
{
    (void)state;
    struct harness_fit m;
    struct fit fit;
    harness_seed(SEED);
    harness_fit_open(&m, 2, 0, 100, 50);
    fit_and_check(&m, &fit);
    assert_true(fit.k == .5);
    for (uint32_t c = 0; c < 2; c++)
        assert_true(fabs(fit.m[c][m.column[c].n_levels - 1] - .7) < 1e-12);
    harness_fit_close(&m);
}

/* No record, one record, or one of each: no pair is left that could be random. */
static void test_few_rows(void **state)
{
    (void)state;
    static const uint64_t rows[][2] = {{0, 0}, {0, 5}, {1, 1}, {1, 2}};
    harness_seed(SEED);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int self = 0; self < 2; self++) {
            struct harness_fit m;
            struct fit fit;
            const bool pair = !self && rows[i][0] && rows[i][1];
            harness_fit_open(&m, 1, pair, rows[i][0], self ? rows[i][0] : rows[i][1]);
            m.data.self = self;
            fit_and_check(&m, &fit);
            harness_fit_close(&m);
        }
}

/* All pairs the same: all missing, all exact, all at the lowest level. */
static void test_one_pattern(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES; c++) {
        struct harness_fit m;
        struct fit fit;
        const uint32_t n_columns = 1 + harness_below(3), kind = c % 3;
        harness_fit_open(&m, n_columns, 60, 30, 30);
        harness_fit_fill(&m, 2, 3);
        for (uint32_t k = 0; k < n_columns; k++) {
            const uint32_t levels[] = {FIT_MISSING, m.column[k].n_levels - 1, 0};
            memset(m.level[k], (int)levels[kind], 60);
        }
        fit_and_check(&m, &fit);
        fit_without_start(&m, c % 2, &fit);
        if (kind == 0) /* nothing is known of any column */
            assert_true(fabs(fit.m[0][m.column[0].n_levels - 1] - .7) < 1e-9);
        harness_fit_close(&m);
    }
}

/* u is as small as it can be, and alpha is none. */
static void test_extremes(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES; c++) {
        struct harness_fit m;
        struct fit fit;
        harness_fit_open(&m, FIT_MAX_COLUMNS, 80, 40, 41);
        harness_fit_fill(&m, 2, 3);
        for (uint32_t k = 0; k < FIT_MAX_COLUMNS; k++) {
            const uint32_t exact = m.column[k].n_levels - 1;
            m.column[k].u[0] += m.column[k].u[exact] - 1e-12;
            m.column[k].u[exact] = 1e-12;
            m.column[k].n_values = UINT32_MAX;
        }
        fit_without_start(&m, c % 2, &fit);
        harness_fit_close(&m);
    }
}

/* ---- What is not as it should be -------------------------------------------------------------*/

static void refused(const struct harness_fit *m)
{
    struct fit fit;
    struct err e = {0};
    const struct fit_options options = fit_defaults(false);
    assert_false(fit_model(&m->data, &options, NULL, &fit, &e));
    assert_int_equal(e.status, ERR_SOFTWARE);
}

static void test_refused(void **state)
{
    (void)state;
    for (int what = 0; what < 9; what++) {
        struct harness_fit m;
        harness_seed(SEED);
        harness_fit_open(&m, 2, 40, 20, 20);
        harness_fit_fill(&m, 2, 3);
        m.level[1][7] = what == 0 ? (uint8_t)m.column[1].n_levels : m.level[1][7];
        m.column[1].u[0] += what == 1 ? 1e-3 : 0;
        m.column[0].u[1] = what == 2 ? 0 : m.column[0].u[1];
        m.column[0].n_levels = what == 3 ? FIT_MAX_LEVELS + 1 : m.column[0].n_levels;
        m.row[0][39] = what == 4 ? 20 : m.row[0][39];
        m.row[1][39] = what == 5 ? 20 : m.row[1][39];
        m.row[1][1] = what == 6 ? m.row[1][0] : m.row[1][1];
        m.data.share = what == 7 ? 0 : 1;
        m.data.self = what == 8;
        refused(&m);
        harness_fit_close(&m);
    }
}

/* More different counts than a column can have codes. */
static void test_too_many_counts(void **state)
{
    (void)state;
    struct harness_fit m;
    struct fit fit;
    struct err e = {0};
    const struct fit_options options = fit_defaults(false);
    harness_seed(SEED);
    harness_fit_open(&m, 1, 70000, 70000, 70000);
    for (uint32_t i = 0; i < 70000; i++) {
        m.row[0][i] = m.row[1][i] = i;
        m.level[0][i] = (uint8_t)(m.column[0].n_levels - 1);
        m.count[0][i] = i;
    }
    m.column[0].rarity = true;
    m.column[0].n_values = UINT32_MAX;
    assert_false(fit_model(&m.data, &options, NULL, &fit, &e));
    assert_int_equal(e.status, ERR_DATA);
    harness_fit_close(&m);
}

/* ---- Threads ---------------------------------------------------------------------------------*/

static void test_threads(void **state)
{
    (void)state;
    static const int threads[] = {1, 2, 7};
    struct harness_fit m;
    struct fit fit[3];
    harness_seed(SEED);
    harness_fit_open(&m, 5, 60000, 30000, 29000);
    harness_fit_fill(&m, 2, 300);
    for (int i = 0; i < 3; i++) {
        struct err e = {0};
        struct fit_options options = fit_defaults(true);
        memset(&fit[i], 0, sizeof fit[i]); /* padding, too */
        omp_set_num_threads(threads[i]);
        assert_true(fit_model(&m.data, &options, NULL, &fit[i], &e));
        assert_memory_equal(fit[i].m, fit[0].m, sizeof fit[i].m);
        assert_memory_equal(fit[i].h, fit[0].h, sizeof fit[i].h);
        assert_true(fit[i].k == fit[0].k && fit[i].prior_bits == fit[0].prior_bits);
    }
    harness_fit_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_monotone),        cmocka_unit_test(test_soft_min),
        cmocka_unit_test(test_random),          cmocka_unit_test(test_no_candidates),
        cmocka_unit_test(test_few_rows),        cmocka_unit_test(test_one_pattern),
        cmocka_unit_test(test_extremes),        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_too_many_counts), cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
