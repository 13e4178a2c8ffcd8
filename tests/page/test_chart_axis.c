/* chart_axis: what holds of every axis, whatever its numbers. */
#include "matcher/page/chart_axis.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

/* Ticks ascend, lie on the axis, are not too many, and their texts differ. */
static void check(const struct chart_axis *a, double from, double to)
{
    char text[CHART_AXIS_TICKS][PAGE_NUMBER_BYTES];
    assert_true(a->from < a->to && isfinite(a->to - a->from));
    const double near = 1e-8 * (a->log ? from : a->step);
    assert_true(a->from <= from + near && a->to >= to - near);
    assert_true(a->n_ticks <= CHART_AXIS_TICKS);
    for (uint32_t k = 0; k < a->n_ticks; k++) {
        const double place = chart_axis_place(a, a->tick[k]);
        assert_true(place >= 0 && place <= 1);
        assert_true(k == 0 || a->tick[k] > a->tick[k - 1]);
        chart_axis_label(a, a->tick[k], text[k]);
        if (k && strcmp(text[k], text[k - 1]) == 0)
            fail_msg("%g to %g: two ticks are %s", from, to, text[k]);
    }
}

static double random_number(void)
{
    const double scale = pow(10, (int)harness_below(30) - 15);
    return ((double)harness_below(2000001) - 1000000) / 1e6 * scale;
}

static void test_linear(void **state)
{
    (void)state;
    harness_seed(1);
    for (unsigned round = 0; round < 20000; round++) {
        struct chart_axis a;
        const double x = random_number();
        const double y = harness_below(2) ? random_number() : x * (1 + harness_below(100) / 100.0);
        const double from = fmin(x, y), to = fmax(x, y);
        const unsigned ticks = 3 + harness_below(CHART_AXIS_TICKS - 4);
        chart_axis_make(&a, from, to, ticks, harness_below(2));
        check(&a, from, to);
        assert_true(a.n_ticks >= 1 && a.n_ticks <= ticks + 2);
    }
}

static void test_log(void **state)
{
    (void)state;
    harness_seed(2);
    for (unsigned round = 0; round < 20000; round++) {
        struct chart_axis a;
        const double x = fabs(random_number()) + 1e-14, y = fabs(random_number()) + 1e-14;
        const double from = fmin(x, y), to = fmax(x, y);
        chart_axis_make_log(&a, from, to, 5, harness_below(2) ? 1.6 : 1);
        check(&a, from, to);
        if (to / from > 10)
            assert_true(a.n_ticks >= 1);
    }
}

static void test_extremes(void **state)
{
    (void)state;
    static const double odd[][2] = {
        {0, 0},           {1e299, 1e299},    {-1e299, 1e299},  {0, 5e-324}, {1, 1 + 1e-15},
        {5e-324, 5e-324}, {-1e-290, 1e-290}, {1e15, 1e15 + 1}, {-3, -3}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct chart_axis a;
        chart_axis_make(&a, odd[i][0], odd[i][1], 5, true);
        assert_true(a.from < a.to && isfinite(a.to - a.from));
        assert_true(a.n_ticks <= CHART_AXIS_TICKS);
    }
}

static void test_places(void **state)
{
    (void)state;
    struct chart_axis a;
    chart_axis_make(&a, 0, 10, 5, false);
    assert_true(fabs(chart_axis_place(&a, 2.5) - 0.25) < 1e-12);
    assert_true(chart_axis_place(&a, -1) == 0 && chart_axis_place(&a, 11) == 1);
    assert_true(isnan(chart_axis_place(&a, (double)NAN)));
    assert_true(isnan(chart_axis_place(&a, (double)INFINITY)));
    chart_axis_make_log(&a, 1, 10000, 5, 1);
    assert_true(fabs(chart_axis_place(&a, 100) - 0.5) < 1e-12);
    assert_true(isnan(chart_axis_place(&a, 0)) && isnan(chart_axis_place(&a, -1)));
}

static void test_nice(void **state)
{
    (void)state;
    static const double pairs[][2] = {{1, 1},       {1.0001, 2},   {2, 2},
                                      {3, 5},       {5.1, 10},     {0.05, 0.05},
                                      {0.03, 0.05}, {7000, 10000}, {1.1 - 0.9, 0.2}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_true(fabs(chart_axis_nice(pairs[i][0]) / pairs[i][1] - 1) < 1e-9);
}

static void test_labels(void **state)
{
    (void)state;
    struct chart_axis a;
    char text[PAGE_NUMBER_BYTES];
    chart_axis_make(&a, 0.9, 1, 5, false);
    assert_string_equal(chart_axis_label(&a, 0.92, text), "0.92");
    chart_axis_make(&a, 0, 8e6, 5, true);
    assert_string_equal(chart_axis_label(&a, 2e6, text), "2 M");
    assert_string_equal(chart_axis_label(&a, 0, text), "0");
    chart_axis_make(&a, 1990, 2020, 5, false);
    assert_string_equal(chart_axis_label(&a, 2000, text), "2000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear), cmocka_unit_test(test_log),  cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_places), cmocka_unit_test(test_nice), cmocka_unit_test(test_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
