/* The join of numbers and dates against the double loop. */
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct join join_number;

#define N 160

static const char *const metrics[] = {
    "number",
    "number:100",
    "number:1e-12",
    "number_ratio",
    "days",
    "days:1",
    "days:4000",
    "number_distance",
    "days_distance",
    "number_normalized_distance:30",
    "days_normalized_distance:100",
};

static void random_number(char *text, size_t capacity)
{
    static const char *const odd[] = {"0",      "-0",    "",      "x",      "1e308",  "-1e308",
                                      "1e-310", "1e-17", "4e-17", "5e-324", "1e-320", "0.1",
                                      "0.10",   "1e22",  "nan",   "+7"};
    switch (harness_below(5)) {
    case 0:
        snprintf(text, capacity, "%s", odd[harness_below(sizeof odd / sizeof *odd)]);
        break;
    case 1:
        snprintf(text, capacity, "%d", (int)harness_below(200) - 100);
        break;
    case 2:
        snprintf(text, capacity, "%.17g", 1.0 + harness_below(40) * 2.220446049250313e-16);
        break;
    case 3:
        snprintf(text, capacity, "%s%u.%02ue%d", harness_below(2) ? "-" : "", harness_below(10),
                 harness_below(100), (int)harness_below(5));
        break;
    default:
        snprintf(text, capacity, "%04u-%02u-%02u", 1999 + harness_below(3), 1 + harness_below(12),
                 1 + harness_below(30));
    }
}

static void check(bool self, uint64_t seed)
{
    static char text[2 * N][40];
    const char *list[2 * N];
    struct harness_dictionary r;
    harness_seed(seed);
    for (size_t i = 0; i < 2 * N; i++) {
        random_number(text[i], sizeof text[i]);
        list[i] = text[i];
    }
    harness_dictionary_make(&r, list, N, self ? NULL : list + N, self ? 0 : N);
    for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
        struct join_job job = harness_join_job(metrics[m], &r, self);
        double *score = harness_scores(&job);
        assert_true(harness_join_thresholds(&join_number, job, score, metrics[m]));
        free(score);
    }
    harness_dictionary_free(&r);
}

static void finds_all(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++)
        check(seed & 1, seed);
}

/* Enough pairs for many items. */
static void items_find_all(void **state)
{
    static const struct harness_shape digits = {"digits", 10, '0', 1, 4, 2, 0, 1500};
    (void)state;
    for (int self = 0; self < 2; self++) {
        struct harness_dictionary r;
        harness_dictionary_random(&r, &digits, self, 41);
        struct join_job job = harness_join_job("number:9000", &r, self);
        double *score = harness_scores(&job);
        assert_true(harness_join_thresholds(&join_number, job, score, digits.name));
        free(score);
        harness_dictionary_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_all),
        cmocka_unit_test(items_find_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
