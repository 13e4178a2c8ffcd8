/* page_number: numbers as people read them, and what is no number. */
#include "matcher/page/page_number.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

typedef char *number_fn(double x, char text[PAGE_NUMBER_BYTES]);

static char *beside_nine_tenths(double x, char text[PAGE_NUMBER_BYTES])
{
    return page_number_beside(x, 0.9, text);
}

static const struct {
    number_fn *write;
    double x;
    const char *text;
} cases[] = {
    {page_number_count, 0, "0"},
    {page_number_count, 999, "999"},
    {page_number_count, 1000, "1,000"},
    {page_number_count, 1543467, "1,543,467"},
    {page_number_count, -1234.6, "-1,235"},
    {page_number_count, -0.4, "0"},
    {page_number_count, 810e9, "810,000,000,000"},
    {page_number_count, 8.1e15, "8.1e15"},
    {page_number_count, (double)NAN, "–"},
    {page_number, 0, "0"},
    {page_number, 1, "1"},
    {page_number, 0.8333333333, "0.83333"},
    {page_number, 12.5, "12.5"},
    {page_number, -12.25, "-12.25"},
    {page_number, 9999.5, "9999.5"},
    {page_number, 12345.6, "12,346"},
    {page_number, 0.00012, "0.00012"},
    {page_number, 3.24e-7, "3.2e-7"},
    {page_number, 1e-300, "1e-300"},
    {page_number, 1e20, "1e20"},
    {page_number, (double)NAN, "–"},
    {page_number, (double)INFINITY, "inf"},
    {beside_nine_tenths, 0.9, "0.9"},
    {beside_nine_tenths, 0.25, "0.25"},
    {beside_nine_tenths, 0.8999751, "0.89998"},
    {beside_nine_tenths, 0.89999999, "0.89999999"},
    {beside_nine_tenths, 0.9000000000000001, "0.9000000000000001"},
    {page_number_seconds, 0, "0 s"},
    {page_number_seconds, 0.0351, "0.035 s"},
    {page_number_seconds, 0.744, "0.74 s"},
    {page_number_seconds, 0.996, "1.0 s"},
    {page_number_seconds, 3.21, "3.2 s"},
    {page_number_seconds, 9.96, "10 s"},
    {page_number_seconds, 95.4, "95 s"},
    {page_number_seconds, 119.6, "2 min"},
    {page_number_seconds, 725, "12 min 5 s"},
    {page_number_seconds, 7199.7, "2 h"},
    {page_number_seconds, 12000, "3 h 20 min"},
    {page_number_seconds, 187200, "2 days 4 h"},
    {page_number_seconds, (double)NAN, "–"},
    {page_number_share, 0, "0 %"},
    {page_number_share, 1, "100 %"},
    {page_number_share, 0.93, "93.0 %"},
    {page_number_share, 0.5, "50 %"},
    {page_number_share, 0.00012, "0.012 %"},
    {page_number_share, 0.9996, "99.96 %"},
    {page_number_share, 0.999999, "99.9999 %"},
    {page_number_short, 0, "0"},
    {page_number_short, 0.25, "0.25"},
    {page_number_short, 999, "999"},
    {page_number_short, 1543467, "1.54 M"},
    {page_number_short, 810e9, "810 G"},
    {page_number_short, 1e-5, "1e-5"},
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[PAGE_NUMBER_BYTES];
        assert_string_equal(cases[i].write(cases[i].x, text), cases[i].text);
    }
}

/* A share that is not 0 or 1 does not read so. */
static void test_shares_near_the_ends(void **state)
{
    (void)state;
    char text[PAGE_NUMBER_BYTES];
    for (int k = 1; k <= 12; k++) {
        const double small = pow(10, -k) * 0.999;
        assert_string_not_equal(page_number_share(small, text), "0 %");
        assert_int_not_equal(strtod(page_number_share(small, text), NULL), 100);
        assert_true(strtod(page_number_share(1 - small, text), NULL) < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_shares_near_the_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
