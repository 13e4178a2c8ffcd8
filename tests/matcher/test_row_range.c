/* A row range against the plain filter of the whole side: the values that occur in the rows, with
 * those of their rows that are in it. */
#include "matcher/index/row_range.h"
#include "tests/harness/harness_dictionary.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 77u
#define ROWS 200u

/* Few values and many, some of them missing. */
static void make_side(struct harness_dictionary *d, uint32_t n_values)
{
    static char text[ROWS][16];
    const char *rows[ROWS];
    for (uint32_t i = 0; i < ROWS; i++) {
        snprintf(text[i], sizeof text[i], "%u", harness_below(n_values));
        rows[i] = harness_below(10) ? text[i] : NULL;
    }
    harness_dictionary_make(d, rows, ROWS, NULL, 0);
}

/* Does a value of the whole side occur in the rows? */
static bool occurs(const struct side *whole, uint32_t place, uint64_t from, uint64_t to)
{
    for (uint64_t r = from; r < to; r++)
        if (whole->row_place[r] == place)
            return true;
    return false;
}

/* Place k of the range is this place of the whole. */
static void check_place(const struct side *range, uint32_t k, const struct side *whole,
                        uint32_t place, uint64_t from, uint64_t to)
{
    uint64_t at = range->rows_begin[k];
    assert_int_equal(range->value[k], whole->value[place]);
    for (uint64_t r = from; r < to; r++)
        if (whole->row_place[r] == place) {
            assert_int_equal(range->rows[at++], r);
            assert_int_equal(range->row_place[r], k);
        }
    assert_int_equal(range->rows_begin[k + 1], at);
}

static void check_range(const struct side *whole, uint64_t from, uint64_t to)
{
    struct shm segment;
    struct side range;
    struct err e = {0};
    uint32_t k = 0;
    assert_true(shm_create(&segment, "a range", 1 << 20, &e));
    assert_true(
        row_range_build(whole, from, to, &(struct row_list){NULL, whole->n_rows}, &segment, &e));
    row_range_view(&range, &segment);
    assert_int_equal(range.n_rows, whole->n_rows);
    assert_int_equal(range.rows_begin[0], 0);
    for (uint32_t place = 0; place < whole->n; place++)
        if (occurs(whole, place, from, to)) {
            assert_true(k < range.n);
            check_place(&range, k++, whole, place, from, to);
        }
    assert_int_equal(range.n, k);
    for (uint64_t r = 0; r < whole->n_rows; r++)
        if (r < from || r >= to || whole->row_place[r] == TABLE_MISSING)
            assert_int_equal(range.row_place[r], TABLE_MISSING);
    shm_close(&segment);
}

static void test_ranges(void **state)
{
    (void)state;
    static const uint32_t n_values[] = {1, 2, 10, 1000};
    harness_seed(SEED);
    for (size_t i = 0; i < sizeof n_values / sizeof *n_values; i++) {
        struct harness_dictionary d;
        make_side(&d, n_values[i]);
        check_range(&d.a, 0, ROWS);
        check_range(&d.a, 0, 0);
        check_range(&d.a, ROWS, ROWS);
        check_range(&d.a, ROWS - 1, ROWS);
        for (int again = 0; again < 50; again++) {
            uint32_t from = harness_below(ROWS), n = harness_below(ROWS - from + 1);
            check_range(&d.a, from, from + n);
        }
        harness_dictionary_free(&d);
    }
}

/* A side in which no row has a value. */
static void test_empty(void **state)
{
    (void)state;
    const char *rows[] = {NULL, NULL, NULL};
    struct harness_dictionary d;
    harness_dictionary_make(&d, rows, 3, NULL, 0);
    check_range(&d.a, 0, 3);
    check_range(&d.a, 1, 2);
    harness_dictionary_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_empty),
    };
    print_message("seed %u\n", SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
