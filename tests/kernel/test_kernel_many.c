/* The kernels of one text against many, of each instruction set, against their definitions: the
 * twins of the metrics, and matching one character after the other (twin_jaro). */
#include "matcher/kernel/kernel_many.h"
#include "tests/harness/harness_isa.h"
#include "tests/harness/harness_metric.h"
#include "tests/harness/harness_points.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"
#include "tests/twin/twin_metric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 91u
#define BLOCKS_MAX 6u
#define LANES_MAX (BLOCKS_MAX * MANY_LANES_MAX)

static const struct many_kernels *const kernels[] = HARNESS_ISA_COPIES(many_kernels);

struct points {
    uint32_t p[HARNESS_LENGTH_MAX], n;
};

/* A text, and lanes of one size. */
static struct {
    uint32_t size, n_lanes, alphabet;
    struct points text, lane[LANES_MAX];
    uint16_t symbols[HARNESS_LENGTH_MAX];
    char *rows, *mask, *length;
    struct many_lanes lanes;
} at;

static const struct many_kernels *kernel(void)
{
    return kernels[harness_isa_copy()];
}

static void make_texts(void)
{
    const uint32_t bits = 8u << at.size;
    at.alphabet = harness_alphabets[harness_below((uint32_t)n_harness_alphabets)];
    at.text.n = harness_below(MANY_LENGTH + 1);
    harness_points_fresh(at.text.p, at.text.n, at.alphabet);
    for (uint32_t l = 0; l < at.n_lanes; l++) {
        struct points *lane = &at.lane[l];
        lane->n = harness_below(4) ? harness_below(bits + 1) : bits;
        if (harness_below(2))
            harness_points_fresh(lane->p, lane->n, at.alphabet);
        else
            harness_points_like(lane->p, lane->n, at.text.p, at.text.n, at.alphabet);
    }
}

static void set_bit(char *lane, uint32_t i)
{
    lane[i / 8] = (char)(lane[i / 8] | 1 << i % 8);
}

/* Symbols are code points + 1, so that symbol 0 is in no lane. */
static void make_lanes(uint32_t n_blocks)
{
    const uint32_t vector = kernel()->vector_bytes, bytes = 1u << at.size;
    const size_t stride = (HARNESS_POINTS + 1) * (size_t)vector;
    memset(at.rows, 0, n_blocks * stride);
    memset(at.mask, 0, (size_t)n_blocks * vector);
    memset(at.length, 0, (size_t)n_blocks * vector);
    for (uint32_t l = 0; l < at.n_lanes; l++) {
        const size_t in_vectors = (size_t)l * bytes, block = in_vectors / vector;
        char *rows = at.rows + block * stride + in_vectors % vector;
        for (uint32_t i = 0; i < at.lane[l].n; i++) {
            set_bit(rows + (at.lane[l].p[i] + 1) * (size_t)vector, i);
            set_bit(at.mask + in_vectors, i);
        }
        at.length[in_vectors] = (char)at.lane[l].n;
    }
    for (uint32_t i = 0; i < at.text.n; i++)
        at.symbols[i] = (uint16_t)(at.text.p[i] + 1);
    at.lanes = (struct many_lanes){at.rows, stride, at.mask, at.length, n_blocks};
}

static void make_case(void)
{
    const uint32_t n_blocks = 1 + harness_below(BLOCKS_MAX);
    at.size = harness_below(MANY_LANE_SIZES);
    at.n_lanes = n_blocks * kernel()->vector_bytes >> at.size;
    make_texts();
    make_lanes(n_blocks);
}

/* What kernel_edit.h calls a delta. */
static int delta_of(enum edit_kind kind, const struct points *lane)
{
    static const char *const metrics[] = {[EDIT_LEVENSHTEIN] = "levenshtein_distance",
                                          [EDIT_OSA] = "osa_distance",
                                          [EDIT_INDEL] = "indel_distance",
                                          [EDIT_HAMMING] = "hamming_distance"};
    const struct metric_use use = harness_metric_use(metrics[kind]);
    const struct points *t = &at.text;
    const int sum = (int)(t->n + lane->n), longer = (int)(t->n > lane->n ? t->n : lane->n);
    double distance;
    assert_true(twin_metric(&use, t->p, t->n, lane->p, lane->n, &distance));
    return kind == EDIT_INDEL     ? ((int)distance - sum) / 2
           : kind == EDIT_HAMMING ? (int)distance - longer
                                  : (int)distance - (int)t->n;
}

static void test_edit(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 200; k++) {
        int8_t delta[LANES_MAX];
        const enum edit_kind kind = (enum edit_kind)(k % EDIT_KINDS);
        make_case();
        kernel()->edit[kind][at.size](&at.lanes, at.symbols, at.text.n, delta);
        for (uint32_t l = 0; l < at.n_lanes; l++)
            assert_int_equal(delta[l], delta_of(kind, &at.lane[l]));
    }
}

static void test_damerau(void **state)
{
    (void)state;
    const struct metric_use use = harness_metric_use("damerau_levenshtein_distance");
    for (uint32_t k = 0; k < 100; k++) {
        int8_t distance[LANES_MAX];
        make_case();
        kernel()->damerau[at.size](&at.lanes, at.symbols, at.text.n, distance);
        for (uint32_t l = 0; l < at.n_lanes; l++) {
            const struct points *lane = &at.lane[l];
            double wanted;
            assert_true(twin_metric(&use, at.text.p, at.text.n, lane->p, lane->n, &wanted));
            assert_int_equal(distance[l], (int)wanted);
        }
    }
}

static int common_end(const struct points *x, const struct points *y, bool ending)
{
    uint32_t n = 0;
    while (n < x->n && n < y->n &&
           x->p[ending ? x->n - 1 - n : n] == y->p[ending ? y->n - 1 - n : n])
        n++;
    return (int)n;
}

static void test_end(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 200; k++) {
        int8_t delta[LANES_MAX];
        const bool ending = k % 2;
        make_case();
        kernel()->end[ending][at.size](&at.lanes, at.symbols, at.text.n, delta);
        for (uint32_t l = 0; l < at.n_lanes; l++)
            assert_int_equal(delta[l], -common_end(&at.text, &at.lane[l], ending));
    }
}

static void test_jaro(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 200; k++) {
        uint8_t common[LANES_MAX], crossed[LANES_MAX], prefix[LANES_MAX];
        make_case();
        kernel()->jaro[at.size](&at.lanes, at.symbols, at.text.n, common, crossed, prefix);
        for (uint32_t l = 0; l < at.n_lanes; l++) {
            const struct points *lane = &at.lane[l], *t = &at.text;
            const struct twin_jaro twin = twin_jaro(lane->p, lane->n, t->p, t->n);
            uint32_t same = 0;
            while (same < 4 && same < lane->n && same < t->n && lane->p[same] == t->p[same])
                same++;
            assert_int_equal(common[l], twin.common);
            assert_int_equal(crossed[l], twin.crossed);
            assert_int_equal(prefix[l], same);
        }
    }
}

static int open_lanes(void **state)
{
    (void)state;
    const size_t vectors = BLOCKS_MAX * (size_t)MANY_VECTOR_BYTES;
    at.rows = aligned_alloc(MANY_VECTOR_BYTES, (HARNESS_POINTS + 1) * vectors);
    at.mask = aligned_alloc(MANY_VECTOR_BYTES, vectors);
    at.length = aligned_alloc(MANY_VECTOR_BYTES, vectors);
    return !at.rows || !at.mask || !at.length;
}

static int close_lanes(void **state)
{
    (void)state;
    free(at.rows);
    free(at.mask);
    free(at.length);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edit),
        cmocka_unit_test(test_damerau),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_jaro),
    };
    int failed = 0;
    while (harness_isa_next(SEED))
        failed +=
            cmocka_run_group_tests_name(harness_isa_copy_name(), tests, open_lanes, close_lanes);
    return failed;
}
