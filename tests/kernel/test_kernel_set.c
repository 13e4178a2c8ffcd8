/* The set kernels of each instruction set against plain loops: planes added up lane by lane, one
 * set compared with another element by element, and a sort. */
#include "matcher/kernel/kernel_set.h"
#include "tests/harness/harness_isa.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 73u
#define N_PLANES 300u /* the last is empty */

static const struct set_kernels *const kernels[] = HARNESS_ISA_COPIES(set_kernels);

/* ---- Counting --------------------------------------------------------------------------------*/

struct count_case {
    _Alignas(64) uint64_t planes[N_PLANES][SET_PLANE_WORDS];
    _Alignas(64) uint64_t below[SET_LIMIT_BITS][SET_PLANE_WORDS];
    uint32_t limit[SET_LANES], count[SET_LANES];
    uint16_t plane[SET_COUNT_MOST + 3]; /* and three times the empty one */
};

static uint32_t lane_bit(const uint64_t plane[SET_PLANE_WORDS], uint32_t lane)
{
    return plane[lane / 64] >> lane % 64 & 1;
}

/* Planes of all densities, from nearly empty to nearly full. */
static void make_planes(struct count_case *c)
{
    memset(c->planes, 0, sizeof c->planes);
    for (uint32_t p = 0; p + 1 < N_PLANES; p++)
        for (uint32_t lane = 0; lane < SET_LANES; lane++)
            c->planes[p][lane / 64] |= (uint64_t)(harness_below(8) < p % 9) << lane % 64;
}

/* n planes to add up; `full`: those that all lanes have. */
static void choose_planes(struct count_case *c, uint32_t n, bool full)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t p = harness_below(N_PLANES - 10);
        c->plane[i] = (uint16_t)(full ? p / 9 * 9 + 8 : p);
    }
    for (uint32_t i = 0; i < 3; i++)
        c->plane[n + i] = N_PLANES - 1;
    memset(c->count, 0, sizeof c->count);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t lane = 0; lane < SET_LANES; lane++)
            c->count[lane] += lane_bit(c->planes[c->plane[i]], lane);
}

/* Limits one below, at and one above the counts, and with the highest bit alone; `never`: all
 * above. */
static void choose_limits(struct count_case *c, uint32_t n, bool never)
{
    uint32_t bits = set_limit_bits(n);
    memset(c->below, 0, sizeof c->below);
    for (uint32_t lane = 0; lane < SET_LANES; lane++) {
        uint32_t limit = c->count[lane] + (never ? 1 : harness_below(3));
        limit = limit && !never ? limit - 1 : limit;
        limit = harness_below(8) || never ? limit : 1u << (bits - 1);
        c->limit[lane] = limit >> bits ? (1u << bits) - 1 : limit;
        for (uint32_t b = 0; b < SET_LIMIT_BITS; b++)
            c->below[b][lane / 64] |= (uint64_t)(~c->limit[lane] >> b & 1) << lane % 64;
    }
}

static void check_count(const struct count_case *c, uint32_t n, uint32_t n_lanes)
{
    _Alignas(64) uint64_t pass[SET_PLANE_WORDS];
    uint64_t any = 0;
    memset(pass, 0xaa, sizeof pass);
    bool said = kernels[harness_isa_copy()]->count(c->planes, n_lanes, c->plane, n, c->below, pass);
    for (uint32_t lane = 0; lane < n_lanes; lane++)
        if (lane_bit(pass, lane) != (c->count[lane] >= c->limit[lane]))
            fail_msg("%u planes, lane %u of %u: count %u, limit %u, passes %u", n, lane, n_lanes,
                     c->count[lane], c->limit[lane], lane_bit(pass, lane));
    for (uint32_t w = 0; w < SET_PLANE_WORDS; w++)
        any |= pass[w];
    assert_int_equal(said, any != 0);
}

static void test_count(void **state)
{
    (void)state;
    static struct count_case c;
    static const uint32_t numbers[] = {0,   1,   2,   3,   4,   5,   14,   15,   16,
                                       17,  30,  31,  32,  33,  62,  63,   64,   65,
                                       127, 128, 129, 255, 256, 257, 1023, 1024, SET_COUNT_MOST};
    static const uint32_t lanes[] = {0, 1, 63, 64, 65, 127, 128, 129, 256, 257, 511, 512};
    make_planes(&c);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        choose_planes(&c, numbers[i], true);
        choose_limits(&c, numbers[i], false);
        check_count(&c, numbers[i], SET_LANES);
        choose_planes(&c, numbers[i], false);
        choose_limits(&c, numbers[i], false);
        for (size_t k = 0; k < sizeof lanes / sizeof *lanes; k++)
            check_count(&c, numbers[i], lanes[k]);
        choose_limits(&c, numbers[i], true);
        check_count(&c, numbers[i], SET_LANES);
    }
}

/* ---- Choosing limits -------------------------------------------------------------------------*/

static uint64_t random_word(void)
{
    return (uint64_t)harness_below(UINT32_MAX) << 32 | harness_below(UINT32_MAX);
}

/* Each lane has the limit of as many leads as have it, up to the first that lacks it. */
static void test_choose(void **state)
{
    static _Alignas(64) uint64_t below[5][SET_LIMIT_BITS][SET_PLANE_WORDS];
    static _Alignas(64) uint64_t chosen[SET_LIMIT_BITS][SET_PLANE_WORDS], lead[4][SET_PLANE_WORDS];
    (void)state;
    for (uint32_t n_leads = 0; n_leads <= 4; n_leads++) {
        const uint64_t *leads[4] = {lead[0], lead[1], lead[2], lead[3]};
        for (uint32_t w = 0; w < SET_PLANE_WORDS; w++) {
            for (uint32_t l = 0; l < 4; l++) /* some words have no lane of a lead */
                lead[l][w] = harness_below(4) ? random_word() | random_word() : 0;
            for (uint32_t l = 0; l < 5; l++)
                for (uint32_t b = 0; b < SET_LIMIT_BITS; b++)
                    below[l][b][w] = random_word();
        }
        kernels[harness_isa_copy()]->choose(
            (const uint64_t(*)[SET_LIMIT_BITS][SET_PLANE_WORDS])below, 7, leads, n_leads, chosen);
        for (uint32_t lane = 0; lane < SET_LANES; lane++) {
            uint32_t l = 0;
            while (l < n_leads && lane_bit(lead[l], lane))
                l++;
            for (uint32_t b = 0; b < 7; b++)
                assert_int_equal(lane_bit(chosen[b], lane), lane_bit(below[l][b], lane));
        }
    }
}

/* ---- Matching --------------------------------------------------------------------------------*/

/* Two sets of numbers below `alphabet`, as 16 and as 32 bits; what stands after y is one of x, and
 * must not count. */
static void check_match(uint32_t n_x, uint32_t n_y, uint32_t alphabet)
{
    uint16_t x[200], y[SET_MATCH_MOST + 32];
    uint32_t wide_x[200], wide_y[SET_MATCH_MOST + 16];
    uint64_t expected = 0;
    for (uint32_t i = 0; i < n_x; i++) {
        x[i] = (uint16_t)harness_below(alphabet);
        wide_x[i] = x[i] * 65537u;
    }
    for (uint32_t i = 0; i < SET_MATCH_MOST + 32; i++)
        y[i] = (uint16_t)(i < n_y || !n_x ? harness_below(alphabet) : x[0]);
    for (uint32_t i = 0; i < SET_MATCH_MOST + 16; i++)
        wide_y[i] = y[i] * 65537u;
    for (uint32_t i = 0; i < n_y; i++)
        for (uint32_t k = 0; k < n_x; k++)
            expected |= (uint64_t)(x[k] == y[i]) << i;
    assert_int_equal(kernels[harness_isa_copy()]->match_16(x, n_x, y, n_y), expected);
    assert_int_equal(kernels[harness_isa_copy()]->match_32(wide_x, n_x, wide_y, n_y), expected);
}

static void test_match(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64};
    static const uint32_t alphabets[] = {1, 2, 50, 65536};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++)
            for (size_t a = 0; a < sizeof alphabets / sizeof *alphabets; a++)
                check_match(lengths[i] + (i % 3 == 2 ? 100 : 0), lengths[k], alphabets[a]);
}

/* ---- Sorting ---------------------------------------------------------------------------------*/

static int ascending(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;
    return *a < *b ? -1 : *a > *b;
}

static void check_sort(uint32_t n, uint32_t below, uint32_t from)
{
    uint32_t x[SET_SORT_MOST], expected[SET_SORT_MOST], kept = 0;
    for (uint32_t i = 0; i < n; i++)
        x[i] = expected[i] = from + harness_below(below);
    qsort(expected, n, sizeof *expected, ascending);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || expected[i] != expected[kept - 1])
            expected[kept++] = expected[i];
    assert_int_equal(kernels[harness_isa_copy()]->sort(x, n), kept);
    assert_memory_equal(x, expected, kept * sizeof *x);
}

static void test_sort(void **state)
{
    (void)state;
    for (uint32_t n = 0; n <= SET_SORT_MOST; n++)
        for (uint32_t again = 0; again < 20; again++) {
            check_sort(n, 1, SET_SORT_NONE - 1);
            check_sort(n, 20, 0x7ff8); /* on both sides of the sign of 16 bits */
            check_sort(n, SET_SORT_NONE, 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_choose),
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_sort),
    };
    int failed = 0;
    while (harness_isa_next(SEED))
        failed += cmocka_run_group_tests_name(harness_isa_copy_name(), tests, NULL, NULL);
    return failed;
}
