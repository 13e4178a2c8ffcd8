/* The matches of a row in the order of B: sort_matches against a plain sort, with numbers of
 * matches and of rows around those at which it sorts in another way. */
#include "matcher/worker/worker_internal.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 83u
#define MATCHES_MAX 5000u

static int by_row_then_pair(const void *x, const void *y)
{
    const struct emit_match *p = x, *q = y;
    if (p->row != q->row)
        return p->row < q->row ? -1 : 1;
    return p->pair < q->pair ? -1 : p->pair > q->pair;
}

/* n matches in rows below n_rows; those of one row keep their order. */
static void check_sort(size_t n, uint64_t n_rows)
{
    static struct emit_match m[MATCHES_MAX], spare[MATCHES_MAX], expected[MATCHES_MAX];
    uint64_t last = n_rows - 1;
    for (size_t i = 0; i < n; i++) {
        uint64_t row = (uint64_t)harness_below(1u << 16) << 16 | harness_below(1u << 16);
        m[i] = (struct emit_match){(uint32_t)(harness_below(8) ? row % n_rows : last), (uint32_t)i};
        expected[i] = m[i];
    }
    qsort(expected, n, sizeof *expected, by_row_then_pair);
    sort_matches(m, spare, n, n_rows);
    for (size_t i = 0; i < n; i++)
        if (m[i].row != expected[i].row || m[i].pair != expected[i].pair)
            fail_msg("%zu matches below %lu: number %zu is row %u instead of %u", n,
                     (unsigned long)n_rows, i, m[i].row, expected[i].row);
}

static void test_sort(void **state)
{
    (void)state;
    static const size_t numbers[] = {0, 1, 2, 31, 32, 33, 34, 200, 2047, 2048, 2049, MATCHES_MAX};
    harness_seed(SEED);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        for (unsigned bits = 0; bits <= 32; bits++) {
            check_sort(numbers[i], 1ull << bits);
            if (bits < 32)
                check_sort(numbers[i], (1ull << bits) + 1);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sort)};
    print_message("seed %u\n", SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
