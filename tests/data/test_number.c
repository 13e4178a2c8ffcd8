/* Printing numbers against printf and strtod, which say what the fewest digits are. */
#include "data/number.h"
#include "tests/test.h"
#include "tests/twin/twin_number.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 20240502u

static void check(double x)
{
    char expected[40], got[32];
    size_t n = twin_number(x, expected), m = number_double(x, got);
    if (n != m || memcmp(expected, got, n) != 0)
        fail_msg("%a: \"%s\" is printed as \"%.*s\"", x, expected, (int)m, got);
}

/* x, its neighbours, and their negatives. */
static void check_around(double x)
{
    double below = nextafter(x, -INFINITY), above = nextafter(x, INFINITY);
    check(x);
    check(below);
    check(above);
    check(-x);
    check(-below);
}

static uint64_t random_bits(void)
{
    uint64_t bits = 0;
    for (int i = 0; i < 5; i++)
        bits = bits << 15 ^ (uint64_t)rand();
    return bits;
}

static void fractions(void **state)
{
    (void)state;
    for (int n = 1; n <= 600; n++)
        for (int m = 0; m <= n; m++)
            check((double)m / n);
}

static void decimals(void **state)
{
    (void)state;
    double unit = 1;
    for (int digits = 1; digits <= 17; digits++) {
        unit /= 10;
        for (int i = 0; i < 20000; i++)
            check_around((double)(random_bits() % 100000) * unit);
    }
}

/* Where the number of digits, the width of the gaps or the notation changes. */
static void edges(void **state)
{
    static const double others[] = {0.0, -0.0, DBL_MIN, DBL_MAX, DBL_TRUE_MIN, INFINITY, 1e23};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        check(others[i]), check(-others[i]);
    for (int e = -1074; e <= 1023; e++)
        check_around(ldexp(1, e));
    for (int e = -30; e <= 30; e++) {
        char text[16];
        snprintf(text, sizeof text, "1e%d", e);
        check_around(strtod(text, NULL));
        check_around(5 * strtod(text, NULL));
    }
    for (double x = 999999999999990; x < 1000000000000010; x += 0.125)
        check(x);
}

static void random_doubles(void **state)
{
    (void)state;
    print_message("seed %u\n", SEED);
    srand(SEED);
    for (int i = 0; i < 1000000; i++) {
        uint64_t bits = random_bits();
        double any;
        memcpy(&any, &bits, sizeof any);
        check((double)(bits >> 11) * 0x1p-53);
        check(ldexp((double)(bits >> 11), (int)(bits % 80) - 70));
        if (i % 10 == 0 && !isnan(any))
            check(any);
    }
}

static void integers(void **state)
{
    char expected[40], got[32];
    (void)state;
    srand(SEED + 1);
    for (int i = 0; i < 1000000; i++) {
        uint64_t n = random_bits() >> (rand() % 64);
        n = i == 0 ? 0 : i == 1 ? UINT64_MAX : n;
        int length = snprintf(expected, sizeof expected, "%" PRIu64, n);
        assert_int_equal(number_integer(got, n) - got, length);
        assert_memory_equal(got, expected, (size_t)length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fractions), cmocka_unit_test(decimals),
                                       cmocka_unit_test(edges), cmocka_unit_test(random_doubles),
                                       cmocka_unit_test(integers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
