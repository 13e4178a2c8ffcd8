/* What a model believes, against sums over all pairs. */
#include "matcher/fit/fit.h"
#include "matcher/fit/fit_belief.h"
#include "matcher/fit/fit_weights.h"
#include "tests/fit/harness_fit.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>

#define SEED 4451u
#define CASES 100u
#define MOST_PAIRS 400u

struct trial {
    struct harness_fit made;
    struct fit fit;
    bool one_to_one;
    double bits[MOST_PAIRS], p[MOST_PAIRS];
};

static double odds_of(const struct trial *t, uint64_t i)
{
    return exp2(fmin(t->bits[i], 60 / log(2)));
}

/* The posteriors: each pair against all others of its rows, if they compete. */
static void twin_posteriors(struct trial *t)
{
    const struct fit_data *d = &t->made.data;
    for (uint64_t i = 0; i < d->n_pairs; i++) {
        double rivals = 0;
        for (uint64_t j = 0; t->one_to_one && j < d->n_pairs; j++) {
            const bool of_a = j != i && d->a[j] == d->a[i], of_b = j != i && d->b[j] == d->b[i];
            rivals += of_a ? odds_of(t, j) : 0;
            rivals += of_b ? odds_of(t, j) / d->share : 0;
        }
        t->p[i] = odds_of(t, i) / (1 + odds_of(t, i) + rivals);
    }
}

static void trial_open(struct trial *t, bool one_to_one)
{
    const uint32_t rows = 20 + harness_below(60), each = 1 + harness_below(5);
    struct fit_weights w;
    struct err e = {0};
    const struct fit_options options = fit_defaults(one_to_one);
    t->one_to_one = one_to_one;
    harness_fit_open(&t->made, 2 + harness_below(4), (uint64_t)rows * each, rows, rows);
    t->made.data.share = harness_below(2) ? 1 : .5;
    harness_fit_fill(&t->made, each, 9);
    assert_true(fit_model(&t->made.data, &options, NULL, &t->fit, &e));
    fit_weights(t->made.column, &t->fit, &w);
    fit_scores(&t->made.data, &w, t->bits);
    twin_posteriors(t);
}

static bool near(double x, double y)
{
    return fabs(x - y) <= 1e-9 * fmax(1, fabs(y));
}

/* ---- The threshold ---------------------------------------------------------------------------*/

/* Is a pair at the threshold kept, one to one: is no better one of its rows? Pairs of equal scores
 * and chains of better ones are left to the test of choose_greedy: this looks at mutual bests. */
static bool is_best(const struct trial *t, uint64_t i)
{
    const struct fit_data *d = &t->made.data;
    for (uint64_t j = 0; j < d->n_pairs; j++)
        if (j != i && (d->a[j] == d->a[i] || d->b[j] == d->b[i]) && t->bits[j] >= t->bits[i])
            return false;
    return true;
}

static void check_threshold(const struct trial *t, double threshold_bits, struct fit_belief *got)
{
    const struct fit_data *d = &t->made.data;
    double accepted = 0, right = 0;
    uint32_t of_a[MOST_PAIRS] = {0}, once = 0, several = 0;
    for (uint64_t i = 0; i < d->n_pairs; i++)
        if (t->bits[i] >= threshold_bits) {
            accepted++;
            right += t->p[i];
            of_a[d->a[i]]++;
        }
    for (uint32_t r = 0; r < d->n_rows[0]; r++) {
        once += of_a[r] > 0;
        several += of_a[r] > 1;
    }
    assert_true(near(got->several, once ? (double)several / once : 0));
    if (t->one_to_one)
        return;
    assert_true(near(got->accepted, accepted / d->share));
    assert_true(near(got->precision, accepted > 0 ? right / accepted : 0));
    assert_true(near(got->recall, fmin(right / (t->fit.k * d->share), 1)));
}

/* One to one at least the mutual bests are accepted, and no row twice. */
static void check_one_to_one(const struct trial *t, double threshold_bits, struct fit_belief *got)
{
    const struct fit_data *d = &t->made.data;
    double best = 0;
    for (uint64_t i = 0; i < d->n_pairs; i++)
        best += t->bits[i] >= threshold_bits && is_best(t, i);
    assert_true(got->accepted * d->share >= best - 1e-9);
    assert_true(got->accepted * d->share <= (double)d->n_rows[0] + 1e-9);
    assert_true(got->precision >= 0 && got->precision <= 1 + 1e-12);
}

/* ---- Columns ---------------------------------------------------------------------------------*/

static void check_columns(const struct trial *t, const struct fit_belief *got)
{
    const struct fit_data *d = &t->made.data;
    struct fit_weights w;
    uint32_t informative = 0;
    fit_weights(t->made.column, &t->fit, &w);
    for (uint32_t c = 0; c < d->n_columns; c++) {
        double sum = 0, total = 0;
        for (uint64_t i = 0; i < d->n_pairs; i++) {
            total += t->p[i];
            sum +=
                t->p[i] * fit_weight_of(t->made.column, &w, c, d->level[c][i], t->made.count[c][i]);
        }
        assert_true(near(got->information_bits[c], sum / total));
        informative += got->information_bits[c] >= 1;
    }
    assert_int_equal(got->n_informative, informative);
}

/* ---- Other thresholds, and support -----------------------------------------------------------*/

/* Each step is what is believed of its threshold alone. */
static void check_steps(const struct trial *t)
{
    struct fit_belief_step step[12];
    struct fit_belief alone;
    struct err e = {0};
    for (uint32_t i = 0; i < 12; i++)
        step[i].bits = 1.5 * i - 8;
    assert_true(fit_believe_steps(&t->made.data, &t->fit, t->one_to_one, step, 12, &e));
    for (uint32_t i = 0; i < 12; i++) {
        assert_true(fit_believe(&t->made.data, &t->fit, t->one_to_one, step[i].bits, &alone, &e));
        assert_true(step[i].accepted == alone.accepted);
        assert_true(step[i].precision == alone.precision && step[i].recall == alone.recall);
    }
}

static void check_support(const struct trial *t)
{
    const struct fit_data *d = &t->made.data;
    struct fit_support got;
    struct err e = {0};
    assert_true(fit_support_count(d, &t->fit, t->one_to_one, &got, &e));
    for (uint32_t c = 0; c < d->n_columns; c++)
        for (uint32_t l = 0; l < d->column[c].n_levels; l++) {
            uint64_t candidates = 0;
            double matches = 0;
            for (uint64_t i = 0; i < d->n_pairs; i++)
                if (d->level[c][i] == l) {
                    candidates++;
                    matches += t->p[i];
                }
            assert_int_equal(got.candidates[c][l], candidates);
            assert_true(near(got.matches[c][l], matches));
        }
}

static void test_random(void **state)
{
    (void)state;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES; c++) {
        struct trial t;
        struct fit_belief got;
        struct err e = {0};
        trial_open(&t, c % 2);
        const double threshold_bits = (double)harness_below(8) - 4;
        assert_true(fit_believe(&t.made.data, &t.fit, t.one_to_one, threshold_bits, &got, &e));
        check_threshold(&t, threshold_bits, &got);
        if (t.one_to_one)
            check_one_to_one(&t, threshold_bits, &got);
        check_columns(&t, &got);
        check_steps(&t);
        check_support(&t);
        assert_true(got.matches == t.fit.k && got.explained > 0 && got.explained <= 1);
        harness_fit_close(&t.made);
    }
}

/* ---- Dependence ------------------------------------------------------------------------------*/

/* 200 x 200 records of which each has a double, and 600 pairs that share street and zip. */
static void households_open(struct harness_fit *m, bool together)
{
    harness_fit_open(m, 3, 800, 200, 200);
    for (uint32_t c = 0; c < 3; c++)
        m->column[c] = (struct fit_column){.n_levels = 2, .u = {.995, .005}};
    for (uint32_t i = 0; i < 800; i++) {
        const uint32_t a = i / 4, place = i % 4;
        m->row[0][i] = a;
        m->row[1][i] = a < 197 ? a + place : 196 + place;
        const bool same = m->row[1][i] == a;
        m->level[0][i] = same;
        m->level[1][i] = same || together || place == 1;
        m->level[2][i] = same || together || place == 2;
    }
}

static void test_dependence(void **state)
{
    (void)state;
    for (int together = 0; together < 2; together++) {
        struct harness_fit m;
        struct fit fit;
        struct fit_belief got;
        struct err e = {0};
        struct fit_options options = fit_defaults(true);
        options.related = false;
        harness_seed(SEED);
        households_open(&m, together);
        assert_true(fit_model(&m.data, &options, NULL, &fit, &e));
        assert_true(fit_believe(&m.data, &fit, true, 0, &got, &e));
        assert_int_equal(got.n_dependences, together);
        if (together) {
            assert_int_equal(got.dependence[0].column[0], 1);
            assert_int_equal(got.dependence[0].column[1], 2);
            assert_true(fabs(got.dependence[0].pairs - 600) < 20);
            assert_true(fabs(got.dependence[0].lift - 600) < 20); /* independent: 1 pair */
        }
        harness_fit_close(&m);
    }
}

/* No candidates, or nothing at the threshold. */
static void test_nothing(void **state)
{
    (void)state;
    struct harness_fit m;
    struct fit fit;
    struct fit_belief got;
    struct err e = {0};
    const struct fit_options options = fit_defaults(true);
    harness_seed(SEED);
    harness_fit_open(&m, 2, 0, 50, 60);
    assert_true(fit_model(&m.data, &options, NULL, &fit, &e));
    for (int one_to_one = 0; one_to_one < 2; one_to_one++) {
        assert_true(fit_believe(&m.data, &fit, one_to_one, 1e6, &got, &e));
        assert_true(got.accepted == 0 && got.precision == 0 && got.recall == 0);
        assert_true(got.several == 0 && got.n_informative == 0 && got.n_dependences == 0);
    }
    harness_fit_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_dependence),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
