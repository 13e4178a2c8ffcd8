/* Histograms against their definition: the least width with which the bins fit, whatever the order
 * and the parts in which pairs were counted. */
#include "matcher/suggest/histogram.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 4711u
#define PAIRS 3000u

static int by_value(const void *x, const void *y)
{
    const double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

/* The definition of an edge: of all decimal multiples of the width the greatest that is read as a
 * number not above x. */
static double edge_twin(double x, int exponent, int times)
{
    const long long guess = (long long)floor(x / (times * pow(10, exponent)));
    double edge = -(double)INFINITY;
    for (long long i = guess - 2; i <= guess + 2; i++) {
        char text[64];
        snprintf(text, sizeof text, "%llde%d", i * times, exponent);
        const double at = strtod(text, NULL);
        edge = at <= x && at > edge ? at : edge;
    }
    return edge + 0.0;
}

static void edges_are_decimal_numbers(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 20000; k++) {
        const uint32_t level = 1 + harness_below(36);
        const double x = (harness_below(2000001) / 1e6 - 1) * pow(10, harness_below(5));
        const double edge = histogram_edge(x, level);
        assert_true(edge == edge_twin(x, (int)((level - 1) / 2) - 9, (level - 1) % 2 ? 2 : 1));
        assert_true(edge <= x && histogram_end(edge, level) > x);
        assert_true(histogram_edge(edge, level) == edge);
        assert_true(histogram_edge(histogram_end(edge, level), level) ==
                    histogram_end(edge, level));
        /* bins only ever merge */
        assert_true(histogram_edge(edge, level + 1) == histogram_edge(x, level + 1));
    }
    assert_true(histogram_edge(0.93, 15) == 0.93); /* 93 * 0.01 is another double */
    assert_true(histogram_width(15) == 0.01 && histogram_width(16) == 0.02);
}

/* Scores of several kinds: few or many values, on edges, negative, huge, infinite. */
static double some_score(uint32_t kind)
{
    switch (kind) {
    case 0:
        return harness_below(12) / 12.0;
    case 1:
        return harness_below(1000000) / 1e6;
    case 2:
        return harness_below(101) / 100.0;
    case 3:
        return (harness_below(2000) - 1000.0) * 7;
    case 4:
        return ldexp(harness_below(1000) + 1.0, (int)harness_below(200)) - 1e30;
    default:
        return harness_below(5)   ? harness_below(100) / 3.0
               : harness_below(2) ? (double)INFINITY
                                  : -(double)INFINITY;
    }
}

/* How many bins these goods make at a level. */
static uint32_t count_bins(const double *good, uint32_t n, uint32_t level)
{
    static double edge[PAIRS];
    uint32_t bins = 0;
    for (uint32_t i = 0; i < n; i++)
        edge[i] = histogram_edge(good[i], level);
    qsort(edge, n, sizeof *edge, by_value);
    for (uint32_t i = 0; i < n; i++)
        bins += i == 0 || edge[i] != edge[i - 1];
    return bins;
}

static void check(const struct histogram *h, const double *good, const uint64_t *times, uint32_t n)
{
    static struct histogram_bin bin[HISTOGRAM_MOST];
    uint32_t level = 0;
    double all = 0;
    while (count_bins(good, n, level) > h->most)
        level++;
    assert_int_equal(h->level, level);
    assert_int_equal(h->n, count_bins(good, n, level));
    histogram_sorted(h, bin);
    for (uint32_t b = 0; b < h->n; b++) {
        uint64_t pairs = 0;
        for (uint32_t i = 0; i < n; i++)
            pairs += histogram_edge(good[i], level) == bin[b].from ? times[i] : 0;
        assert_int_equal(bin[b].pairs, pairs);
        assert_true(b == 0 || bin[b - 1].from < bin[b].from);
        all += (double)pairs;
    }
    assert_true(histogram_can_be(h->level, bin, h->n, h->most));
    assert_true(histogram_pairs(h) == all);
}

static void open_one(struct histogram *h, uint32_t most, bool falls)
{
    struct err e;
    if (!histogram_open(h, most, falls, &e))
        fail_msg("%s", e.text);
}

/* Counts in some parts, which are merged in random order of their levels. */
static void try_once(uint32_t kind, uint32_t most, bool falls)
{
    static double good[PAIRS];
    static uint64_t times[PAIRS];
    static struct histogram_bin bin[HISTOGRAM_MOST];
    const uint32_t n = harness_below(PAIRS), n_parts = 1 + harness_below(5);
    struct histogram sum, part[5];
    open_one(&sum, most, falls);
    for (uint32_t p = 0; p < n_parts; p++)
        open_one(&part[p], most, falls);
    for (uint32_t i = 0; i < n; i++) {
        const double score = some_score(kind);
        good[i] = (falls ? -score : score) + 0.0;
        times[i] = 1 + harness_below(3);
        histogram_add(&part[harness_below(n_parts)], score, times[i]);
    }
    for (uint32_t p = 0; p < n_parts; p++) {
        histogram_copy(&part[p], bin);
        histogram_merge(&sum, part[p].level, bin, part[p].n);
        histogram_clear(&part[p]);
        assert_int_equal(part[p].n, 0);
        histogram_close(&part[p]);
    }
    check(&sum, good, times, n);
    histogram_close(&sum);
}

static void parts_make_the_whole(void **state)
{
    static const uint32_t most[] = {2, 3, 7, 50, 1000, HISTOGRAM_MOST};
    (void)state;
    for (uint32_t k = 0; k < 180; k++)
        try_once(k % 6, most[harness_below(6)], harness_below(2));
}

static void zeros_are_one(void **state)
{
    struct histogram h;
    (void)state;
    open_one(&h, 8, true);
    histogram_add(&h, 0.0, 1);
    histogram_add(&h, -0.0, 1);
    assert_int_equal(h.n, 1);
    histogram_close(&h);
}

static void forged_bins_are_none(void **state)
{
    const struct histogram_bin good[] = {{0.5, 3}, {0.25, 1}}, none[] = {{0.5, 0}},
                               between[] = {{0.505, 1}}, nan[] = {{NAN, 1}};
    (void)state;
    assert_true(histogram_can_be(0, good, 2, 2));
    assert_true(histogram_can_be(15, good, 2, 9));
    assert_false(histogram_can_be(0, good, 2, 1));
    assert_false(histogram_can_be(HISTOGRAM_LEVELS, good, 2, 2));
    assert_false(histogram_can_be(0, none, 1, 2));
    assert_false(histogram_can_be(15, between, 1, 2));
    assert_false(histogram_can_be(0, nan, 1, 2));
    assert_false(histogram_can_be(15, nan, 1, 2));
    assert_false(histogram_can_be(HISTOGRAM_LEVELS - 1, nan, 1, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_are_decimal_numbers),
        cmocka_unit_test(parts_make_the_whole),
        cmocka_unit_test(zeros_are_one),
        cmocka_unit_test(forged_bins_are_none),
    };
    harness_seed(SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
