/* Levels of a column, against the definition: each share counted by looking at all values again. */
#include "matcher/fit/fit_levels.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>

#define SEED 8123u
#define CASES 3000u
#define MOST_VALUES 400u

struct made {
    double value[MOST_VALUES], share[MOST_VALUES];
    struct fit_null null;
};

/* Values from above down, the higher the rarer; what is missing to 1 lies below. */
static void made_make(struct made *m, double exact_share, bool fine)
{
    const uint32_t n = harness_below(MOST_VALUES);
    double left = 1 - exact_share, x = 1;
    m->null = (struct fit_null){0, m->value, m->share, exact_share, harness_below(2) ? 1e-9 : 1e-4};
    for (uint32_t i = 0; i < n; i++) {
        x -= (1 + harness_below(1000)) / (fine ? 2e5 : 2e4);
        if (x <= 0)
            break;
        m->value[i] = x;
        m->share[i] = fmin(left, exp2(-24. * x) * (1 + harness_below(100)) / 100.);
        left -= m->share[i];
        m->null.n = i + 1;
    }
}

static double share_from(const struct fit_null *null, double low, double high)
{
    double sum = 0;
    for (uint32_t i = 0; i < null->n; i++)
        sum += null->value[i] >= low && null->value[i] < high ? null->share[i] : 0;
    return sum;
}

/* The greatest of the tails that a cut may stand for: the share at the cut or above, without exact
 * agreement, is at most one of them, and with the next value it would be more. */
static bool is_a_tail(const struct fit_null *null, double cut)
{
    static const double tails[] = {1e-6, 1e-5, 1e-4, 1e-3, 1e-2, .03, .1, .3};
    const double above = share_from(null, cut, 2);
    double next = 0;
    for (uint32_t i = 0; i < null->n; i++)
        if (null->value[i] < cut) {
            next = null->share[i];
            break;
        }
    for (int t = 0; t < 8; t++)
        if (above <= tails[t] * (1 + 1e-9) && above + next > tails[t] * (1 - 1e-9))
            return true;
    return cut == .99;
}

static void check_levels(const struct fit_null *null, const struct fit_levels *l)
{
    double total = 0;
    assert_true(l->n_levels >= 2 && l->n_levels <= FIT_MAX_LEVELS);
    for (uint32_t i = 0; i + 2 < l->n_levels; i++) {
        assert_true(l->cut[i] > .05 && l->cut[i] <= .99);
        assert_true(i == 0 || l->cut[i - 1] + .02 <= l->cut[i] + 1e-12);
        assert_true(is_a_tail(null, l->cut[i]));
    }
    for (uint32_t i = 0; i < l->n_levels; i++) {
        assert_true(l->u[i] > 0 && l->u[i] <= 1);
        total += l->u[i];
    }
    assert_true(fabs(total - 1) < 1e-9);
}

/* Each u, but for the lowest, which has the rest, is what lies between its cuts, or the least. */
static void check_u(const struct fit_null *null, const struct fit_levels *l)
{
    const uint32_t exact = l->n_levels - 1;
    for (uint32_t i = 1; i < exact; i++) {
        const double high = i + 1 < exact ? l->cut[i] : 2;
        const double share = fmax(share_from(null, l->cut[i - 1], high), .3 * null->least_share);
        assert_true(fabs(l->u[i] - share) <= 1e-3 * share + 1e-12);
    }
}

static void test_random(void **state)
{
    (void)state;
    static const double exact[] = {0, 1e-8, 1e-5, 1e-3, .03, .5};
    uint32_t most = 0;
    harness_seed(SEED);
    for (unsigned c = 0; c < CASES; c++) {
        struct made m;
        struct fit_levels l;
        made_make(&m, exact[harness_below(6)], harness_below(2));
        fit_levels(&m.null, false, &l);
        check_levels(&m.null, &l);
        check_u(&m.null, &l);
        most = l.n_levels > most ? l.n_levels : most;
    }
    assert_int_equal(most, FIT_MAX_LEVELS);
}

/* By hand: no value above the tail of 1e-4, two above that of 1e-3, one more above that of 1e-1. */
static void test_by_hand(void **state)
{
    (void)state;
    static const double value[] = {.9, .8, .61, .5}, share[] = {4e-4, 5e-4, .05, .2};
    const struct fit_null null = {4, value, share, 5e-5, 1e-6};
    struct fit_levels l;
    fit_levels(&null, false, &l);
    assert_int_equal(l.n_levels, 5);
    assert_true(l.cut[0] == .6); /* 0.0509 is at most .1; with .5 it would be more */
    assert_true(l.cut[1] == .7); /* 9e-4 is at most 1e-3 */
    assert_true(fabs(l.u[1] - .05) < 1e-6 && fabs(l.u[2] - 9e-4) < 1e-8);
    assert_true(l.cut[2] == .91); /* nobody was seen there */
    assert_true(fabs(l.u[3] - 3e-7) < 1e-10);
    fit_levels(&null, true, &l);
    assert_int_equal(l.n_levels, 2);
    assert_true(l.u[1] == 5e-5 && fabs(l.u[0] - .99995) < 1e-12);
}

static void test_degenerate(void **state)
{
    (void)state;
    static const double exact[] = {0, 1e-300, .5, 1};
    static const double one = .97, all = 1, nothing = 0;
    for (int i = 0; i < 4; i++)
        for (int only = 0; only < 2; only++) {
            struct fit_levels l;
            const struct fit_null none = {0, NULL, NULL, exact[i], 0};
            const struct fit_null all_at_one = {1, &one, &all, exact[i], 0};
            const struct fit_null seen_never = {1, &one, &nothing, exact[i], 1};
            fit_levels(&none, only, &l);
            check_levels(&none, &l);
            fit_levels(&all_at_one, only, &l);
            check_levels(&all_at_one, &l);
            fit_levels(&seen_never, only, &l);
            check_levels(&seen_never, &l);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_degenerate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
