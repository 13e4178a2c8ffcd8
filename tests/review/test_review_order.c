/* The order of questions against the rule, followed step by step; and what people expect of it. */
#include "matcher/review/order.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SEED 20261130u
#define MOST 120u

static double slow_uncertainty(double bits)
{
    const double p = 1 / (1 + exp2(-bits));
    return p * (1 - p);
}

static long slow_stratum(double bits)
{
    return bits > 6 ? 6 : bits < -6 ? -6 : lround(bits);
}

static bool same_kind(const struct order_pair *a, const struct order_pair *b)
{
    return a->pattern == b->pattern && slow_stratum(a->bits) == slow_stratum(b->bits);
}

/* How often the kind of a pair was asked: earlier, and by the first n of the order. */
static unsigned times_asked(const struct order_pair *pair, uint64_t n_pairs, const uint32_t *order,
                            uint64_t n, const struct order_pair *of)
{
    unsigned times = 0;
    for (uint64_t i = 0; i < n_pairs; i++)
        times += pair[i].asked && same_kind(&pair[i], of);
    for (uint64_t i = 0; i < n; i++)
        times += same_kind(&pair[order[i]], of);
    return times;
}

static double slow_worth(const struct order_pair *pair, uint64_t n_pairs, const uint32_t *order,
                         uint64_t n, uint32_t i)
{
    return slow_uncertainty(pair[i].bits) / (1 + times_asked(pair, n_pairs, order, n, &pair[i]));
}

/* Each question is worth as much as any pair that is not asked yet, and none comes twice. */
static void check_order(const struct order_pair *pair, uint64_t n_pairs, const uint32_t *order,
                        uint64_t n)
{
    bool done[MOST] = {false};
    for (uint64_t k = 0; k < n; k++) {
        const double worth = slow_worth(pair, n_pairs, order, k, order[k]);
        assert_true(order[k] < n_pairs && !pair[order[k]].asked && !done[order[k]]);
        done[order[k]] = true;
        for (uint32_t i = 0; i < n_pairs; i++)
            if (!pair[i].asked && !done[i] &&
                slow_worth(pair, n_pairs, order, k, i) > worth * (1 + 1e-9))
                fail_msg("question %u is worth %g, and pair %u is worth more", (unsigned)k, worth,
                         i);
    }
}

static void test_rule(void **state)
{
    const size_t tries = harness_tries(300, 20000);
    (void)state;
    harness_seed(SEED);
    for (size_t t = 0; t < tries; t++) {
        struct order_pair pair[MOST];
        uint32_t order[MOST], again[MOST];
        uint64_t n, n_again, n_free = 0;
        struct err e;
        const uint64_t n_pairs = harness_below(MOST), most = harness_below(MOST);
        const unsigned range = 1 + harness_below(12), patterns = 1 + harness_below(4);
        for (uint64_t i = 0; i < n_pairs; i++) {
            pair[i] = (struct order_pair){.bits = (harness_below(200) - 100.0) * range / 100,
                                          .pattern = harness_below(patterns),
                                          .asked = harness_below(5) == 0};
            n_free += !pair[i].asked;
        }
        assert_true(order_make(pair, n_pairs, most, order, &n, &e));
        assert_int_equal(n, n_free < most ? n_free : most);
        check_order(pair, n_pairs, order, n);
        assert_true(order_make(pair, n_pairs, most, again, &n_again, &e));
        assert_int_equal(n_again, n);
        assert_memory_equal(again, order, n * sizeof *order);
    }
}

/* Scores from .85 to 1: the first questions are near .85, but among fifty of two hundred are some
 * of the upper half, and not all of the lowest tenth. */
static void test_spread(void **state)
{
    enum { N = 2000, ASKED = 200 };
    static struct order_pair pair[N];
    static uint32_t order[N];
    uint64_t n;
    unsigned upper = 0, lowest = 0;
    struct err e;
    (void)state;
    for (int i = 0; i < N; i++)
        pair[i].bits = order_bits_of_score(0.85 + 0.15 * i / (N - 1), 0.85, 0.15);
    assert_true(order_make(pair, N, ASKED, order, &n, &e));
    assert_int_equal(n, ASKED);
    assert_true(pair[order[0]].bits == 0);
    for (uint64_t k = 0; k < 50; k++) {
        upper += order[k] >= N / 2;
        lowest += order[k] < N / 10;
    }
    assert_true(upper >= 3 && upper < 20);
    assert_true(lowest >= 10 && lowest < 40);
}

/* A pattern that is rare is asked early, although another has a hundred times as many pairs. */
static void test_patterns(void **state)
{
    enum { N = 101 };
    struct order_pair pair[N];
    uint32_t order[N], place = 0;
    uint64_t n;
    struct err e;
    (void)state;
    for (int i = 0; i < N; i++)
        pair[i] = (struct order_pair){.bits = i == 77 ? 1 : 0.1, .pattern = i == 77};
    assert_true(order_make(pair, N, N, order, &n, &e));
    while (order[place] != 77)
        place++;
    assert_true(place == 1);
}

/* Pairs of equal worth come from all over the file. */
static void test_lots(void **state)
{
    enum { N = 1000, ASKED = 20 };
    static struct order_pair pair[N];
    static uint32_t order[N];
    uint64_t n;
    bool tenth[10] = {false};
    unsigned n_tenths = 0;
    struct err e;
    (void)state;
    assert_true(order_make(pair, N, ASKED, order, &n, &e));
    for (uint64_t k = 0; k < ASKED; k++)
        tenth[order[k] / (N / 10)] = true;
    for (int i = 0; i < 10; i++)
        n_tenths += tenth[i];
    assert_true(n_tenths >= 6);
}

static void test_bits(void **state)
{
    (void)state;
    assert_true(order_uncertainty(0) == 0.25);
    assert_true(order_uncertainty(INFINITY) == 0 && order_uncertainty(-(double)INFINITY) == 0);
    for (double bits = -60; bits <= 60; bits += 0.25)
        assert_true(fabs(order_uncertainty(bits) - slow_uncertainty(fabs(bits) < 40 ? bits : 99)) <
                    1e-12);
    assert_true(order_bits_of_score(0.9, 0.9, 0.1) == 0);
    assert_true(order_bits_of_score(1, 0.5, 0.5) == 6);
    assert_true(order_bits_of_score(0, 0.5, 0.5) == -6);
    assert_true(order_bits_of_score(7, 7, 0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule), cmocka_unit_test(test_spread), cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_lots), cmocka_unit_test(test_bits),
    };
    printf("seed %u\n", SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
