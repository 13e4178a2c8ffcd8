/* Bits of evidence: near the long double of the C library, exact where they must be, and the very
 * doubles that this text names, whatever the machine. */
#include "core/bits.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SEED 7u

static void test_log2(void **state)
{
    (void)state;
    for (int i = -1022; i <= 1023; i++)
        assert_true(bits_log2(ldexp(1, i)) == i);
    double worst = 0;
    for (double x = 1; x < 1e9; x *= 1.00001) {
        const double error = fabs((double)(bits_log2(x) - log2l((long double)x)));
        worst = fmax(worst, error / fmax(1, log2(x)));
    }
    print_message("log2: %.3g of its value\n", worst);
    assert_true(worst < 0x1p-52);
}

/* The distances at which the sum is large, small, and at the ends of the series. */
static void test_soft_min(void **state)
{
    (void)state;
    double worst = 0;
    for (double d = 0; d < 80; d += 0x1p-12) {
        const double error =
            fabs((double)(bits_soft_min(0, d) + log2l(1 + exp2l(-(long double)d))));
        worst = fmax(worst, error);
    }
    print_message("soft_min: %.3g bits\n", worst);
    assert_true(worst < BITS_ERROR);
    for (uint32_t i = 0; i < 100000; i++) {
        const double x = (harness_below(1u << 30) - 0x1p29) * 0x1p-22, y = x + harness_below(70);
        assert_true(bits_soft_min(x, y) == bits_soft_min(y, x));
        assert_true(bits_soft_min(x, y) <= x && bits_soft_min(x, y) >= x - 1);
        assert_true(bits_soft_min(x, x) == x - 1);
    }
}

static void test_ends(void **state)
{
    (void)state;
    const double inf = (double)INFINITY, none = (double)NAN;
    assert_true(bits_soft_min(inf, 3) == 3 && bits_soft_min(-3, inf) == -3);
    assert_true(bits_soft_min(-inf, 3) == -inf && bits_soft_min(inf, -inf) == -inf);
    assert_true(bits_soft_min(inf, inf) == inf && bits_soft_min(-inf, -inf) == -inf);
    assert_true(isnan(bits_soft_min(none, 3)) && isnan(bits_soft_min(3, none)));
    assert_true(isnan(bits_soft_min(none, inf)) && isnan(bits_soft_min(-inf, none)));
    assert_true(bits_soft_min(1e308, -1e308) == -1e308 && bits_soft_min(0, 1000) == 0);
}

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* All doubles of a long walk, as one number: another machine or compiler gives the same. */
static void test_same_everywhere(void **state)
{
    (void)state;
    uint64_t sum = 0;
    for (double x = 1; x < 1e6; x *= 1.0001) {
        sum = sum * 0x9e3779b97f4a7c15u + bits_of(bits_log2(x));
        sum = sum * 0x9e3779b97f4a7c15u + bits_of(bits_soft_min(x / 1e4, 3));
    }
    print_message("the sum of all bits is %016llx\n", (unsigned long long)sum);
    assert_true(sum == 0x15b4d6ed8a8f004e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log2),
        cmocka_unit_test(test_soft_min),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_same_everywhere),
    };
    harness_seed(SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
