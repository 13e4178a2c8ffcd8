/* The Jaro kernels of each instruction set against their definitions: matching one character
 * after the other (twin_jaro), counting planes entry by entry. */
#include "matcher/kernel/kernel_jaro.h"
#include "matcher/kernel/kernel_jaro_count.h"
#include "tests/harness/harness_isa.h"
#include "tests/harness/harness_points.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"
#include "tests/twin/twin_metric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 72u
#define TEXTS_MAX 7u

static const struct jaro_scan_kernels *const kernels[] = HARNESS_ISA_COPIES(jaro_scan_kernels);
static const struct jaro_count_kernels *const counters[] = HARNESS_ISA_COPIES(jaro_count_kernels);

struct points {
    uint32_t p[HARNESS_LENGTH_MAX], n;
};

struct matched {
    uint32_t common, crossed, prefix;
};

static uint32_t least_of(uint32_t x, uint32_t y)
{
    return x < y ? x : y;
}

/* How far a partner may be away: half of the longer text, less one. */
static uint32_t reach_of(uint32_t length_a, uint32_t length_b)
{
    uint32_t half = (length_a + length_b - least_of(length_a, length_b)) / 2;
    return half ? half - 1 : 0;
}

static struct matched match(const struct points *a, const struct points *b)
{
    struct twin_jaro twin = twin_jaro(a->p, a->n, b->p, b->n);
    struct matched m = {(uint32_t)twin.common, (uint32_t)twin.crossed, 0};
    while (m.prefix < 4 && m.prefix < least_of(a->n, b->n) && a->p[m.prefix] == b->p[m.prefix])
        m.prefix++;
    return m;
}

static void set_bit(void *vector, uint32_t bits, uint32_t lane, uint32_t i)
{
    if (i < bits)
        ((uint8_t *)vector)[lane * bits / 8 + i / 8] |= (uint8_t)(1u << i % 8);
}

/* ---- Scan ------------------------------------------------------------------------------------*/

struct scan_case {
    uint32_t size, bits, n_lanes, n_texts;
    uint32_t pattern_length, text_length, alphabet;
    struct points text[TEXTS_MAX], pattern[JARO_LANES_MAX];
    struct matched matched[TEXTS_MAX][JARO_LANES_MAX];
    int8_t common_min[JARO_PREFIXES];
};

static void make_scan(struct scan_case *s)
{
    for (uint32_t t = 0; t < s->n_texts; t++) {
        s->text[t].n = s->text_length;
        harness_points_fresh(s->text[t].p, s->text_length, s->alphabet);
    }
    for (uint32_t lane = 0; lane < s->n_lanes; lane++) {
        const struct points *like = &s->text[harness_below(s->n_texts)];
        s->pattern[lane].n = s->pattern_length;
        harness_points_like(s->pattern[lane].p, s->pattern_length, like->p, like->n, s->alphabet);
        for (uint32_t t = 0; t < s->n_texts; t++)
            s->matched[t][lane] = match(&s->pattern[lane], &s->text[t]);
    }
    for (uint32_t l = 0; l < JARO_PREFIXES; l++) {
        const struct matched *m = &s->matched[harness_below(s->n_texts)][harness_below(s->n_lanes)];
        s->common_min[l] = harness_below(6) ? (int8_t)(m->common + harness_below(3)) : INT8_MAX;
    }
}

static size_t run_scan(const struct scan_case *s, struct jaro_hit *hits)
{
    static _Alignas(64) uint8_t rows[HARNESS_POINTS * JARO_VECTOR_BYTES];
    uint64_t window[HARNESS_LENGTH_MAX] = {0};
    uint16_t texts[TEXTS_MAX * HARNESS_LENGTH_MAX], *next = texts;
    const struct jaro_scan_kernels *k = kernels[harness_isa_copy()];
    uint32_t reach = reach_of(s->pattern_length, s->text_length);
    memset(rows, 0, sizeof rows);
    for (uint32_t lane = 0; lane < s->n_lanes; lane++)
        for (uint32_t i = 0; i < s->pattern_length; i++)
            set_bit(rows + s->pattern[lane].p[i] * k->vector_bytes, s->bits, lane, i);
    for (uint32_t j = 0; j < s->text_length; j++)
        for (uint32_t i = 0; i < s->pattern_length; i++)
            window[j] |= (uint64_t)(i + reach >= j && i <= j + reach) << i;
    for (uint32_t t = 0; t < s->n_texts; t++)
        for (uint32_t j = 0; j < s->text_length; j++)
            *next++ = (uint16_t)s->text[t].p[j];
    struct jaro_block block = {.rows = rows, .window = window, .common_least = INT8_MAX};
    for (uint32_t l = 0; l < JARO_PREFIXES; l++) {
        block.common_min[l] = s->common_min[l];
        if (s->common_min[l] < block.common_least)
            block.common_least = s->common_min[l];
    }
    return k->scan[s->size](&block, texts, s->text_length, s->n_texts, hits);
}

static void check_scan(struct scan_case *s)
{
    struct jaro_hit hits[TEXTS_MAX * JARO_LANES_MAX];
    size_t k = 0;
    make_scan(s);
    size_t n = run_scan(s, hits);
    for (uint32_t t = 0; t < s->n_texts; t++)
        for (uint32_t lane = 0; lane < s->n_lanes; lane++) {
            const struct matched *m = &s->matched[t][lane];
            const struct jaro_hit *h = &hits[k];
            bool found = k < n && h->text == t && h->lane == lane;
            bool wanted = (int32_t)m->common >= s->common_min[m->prefix];
            bool same = !found || (h->common == m->common && h->crossed == m->crossed &&
                                   h->prefix == m->prefix);
            if (found != wanted || !same)
                fail_msg("%u bits, lengths %u and %u, alphabet %u, text %u, lane %u: %u common, %u "
                         "crossed, prefix %u, at least %d; %s",
                         s->bits, s->pattern_length, s->text_length, s->alphabet, t, lane,
                         m->common, m->crossed, m->prefix, s->common_min[m->prefix],
                         found ? "found otherwise" : "lost");
            k += found;
        }
    assert_int_equal(k, n);
}

static void test_scan(void **state)
{
    (void)state;
    static struct scan_case s;
    for (s.size = 0; s.size < JARO_LANE_SIZES; s.size++)
        for (size_t i = 0; i < n_harness_lengths; i++) {
            s.bits = 8u << s.size;
            s.n_lanes = kernels[harness_isa_copy()]->vector_bytes * 8 / s.bits;
            for (uint32_t less = 0; less < s.bits; less += 1 + s.bits / 4) {
                s.n_texts = 1 + harness_below(TEXTS_MAX);
                s.text_length = harness_lengths[i];
                s.pattern_length = s.bits - less;
                s.alphabet = harness_alphabets[harness_below((uint32_t)n_harness_alphabets)];
                check_scan(&s);
            }
        }
}

/* ---- Pairs -----------------------------------------------------------------------------------*/

struct pair_case {
    uint32_t n, longest_a, longest_b;
    struct points a[JARO_LANES_MAX], b[JARO_LANES_MAX];
    uint8_t common[JARO_LANES_MAX], crossed[JARO_LANES_MAX];
};

/* n pairs; the lengths of A and B are up to these, and reach them in some pair. */
static void make_pairs(struct pair_case *c, uint32_t n, uint32_t longest_a, uint32_t longest_b,
                       uint32_t alphabet)
{
    c->n = n;
    c->longest_a = longest_a;
    c->longest_b = longest_b;
    for (uint32_t i = 0; i < n; i++) {
        struct points *a = &c->a[i], *b = &c->b[i];
        a->n = harness_below(2) || i == 0 ? longest_a : harness_below(longest_a + 1);
        b->n = harness_below(2) || i == 0 ? longest_b : harness_below(longest_b + 1);
        harness_points_fresh(a->p, a->n, alphabet);
        harness_points_like(b->p, b->n, a->p, a->n, alphabet);
    }
    memset(c->common, 0xaa, sizeof c->common);
    memset(c->crossed, 0xaa, sizeof c->crossed);
}

static void check_pairs(const struct pair_case *c, const char *what)
{
    for (uint32_t i = 0; i < c->n; i++) {
        struct matched m = match(&c->a[i], &c->b[i]);
        if (c->common[i] != m.common || c->crossed[i] != m.crossed)
            fail_msg("%s, pair %u of lengths %u (of %u) and %u (of %u): %u common, %u crossed, "
                     "instead of %u and %u",
                     what, i, c->a[i].n, c->longest_a, c->b[i].n, c->longest_b, c->common[i],
                     c->crossed[i], m.common, m.crossed);
    }
}

static void run_pairs(struct pair_case *c, uint32_t size)
{
    struct jaro_batch batch;
    uint32_t bits = 8u << size;
    memset(&batch, 0, sizeof batch);
    for (uint32_t lane = 0; lane < c->n; lane++) {
        const struct points *a = &c->a[lane], *b = &c->b[lane];
        uint32_t reach = reach_of(a->n, b->n);
        batch.reach[lane * bits / 8] = (char)reach;
        for (uint32_t i = 0; i <= reach; i++)
            set_bit(batch.window, bits, lane, i);
        for (uint32_t j = 0; j < b->n; j++)
            for (uint32_t i = 0; i < a->n; i++)
                if (a->p[i] == b->p[j])
                    set_bit(batch.places[j], bits, lane, i);
    }
    kernels[harness_isa_copy()]->pairs[size](&batch, c->longest_b, c->common, c->crossed);
}

static void test_pairs(void **state)
{
    (void)state;
    static const char *const names[JARO_LANE_SIZES] = {"8 bits", "16 bits", "32 bits", "64 bits"};
    static struct pair_case c;
    for (uint32_t size = 0; size < JARO_LANE_SIZES; size++)
        for (size_t i = 0; i < n_harness_lengths && harness_lengths[i] <= JARO_PAIR_LENGTH; i++)
            for (uint32_t less = 0; less < 2; less++) {
                make_pairs(&c, kernels[harness_isa_copy()]->vector_bytes >> size,
                           (8u << size) - less, harness_lengths[i],
                           harness_alphabets[i % n_harness_alphabets]);
                run_pairs(&c, size);
                check_pairs(&c, names[size]);
            }
}

static void run_shorts(struct pair_case *c)
{
    struct jaro_shorts s;
    const struct jaro_scan_kernels *k = kernels[harness_isa_copy()];
    memset(&s, 1, sizeof s); /* after a text stands a character that texts have */
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t slot = jaro_short_slot(i, k->vector_bytes);
        s.length_a[i] = (uint8_t)c->a[i].n;
        s.length_b[i] = (uint8_t)c->b[i].n;
        for (uint32_t j = 0; j < c->a[i].n; j++)
            ((uint8_t *)&s.a[j / 8][slot])[j % 8] = (uint8_t)c->a[i].p[j];
        for (uint32_t j = 0; j < c->b[i].n; j++)
            ((uint8_t *)&s.b[j / 8][slot])[j % 8] = (uint8_t)c->b[i].p[j];
    }
    k->shorts(&s, c->longest_a, c->longest_b, c->common, c->crossed);
}

static void test_shorts(void **state)
{
    (void)state;
    static struct pair_case c;
    for (uint32_t longest_a = 0; longest_a <= JARO_SHORT_LENGTH; longest_a++)
        for (uint32_t longest_b = 0; longest_b <= JARO_SHORT_LENGTH; longest_b++) {
            make_pairs(&c, kernels[harness_isa_copy()]->vector_bytes, longest_a, longest_b,
                       harness_alphabets[(longest_a + longest_b) % n_harness_alphabets]);
            run_shorts(&c);
            check_pairs(&c, "short pairs");
        }
}

/* ---- Counting --------------------------------------------------------------------------------*/

#define ROWS 5u

static bool plane_bit(const jaro_plane plane, uint32_t entry)
{
    return plane[entry / 64] >> entry % 64 & 1;
}

/* Planes of three densities, and a number to reach for each entry of a block. */
static void make_counting(struct jaro_counting *c, uint32_t n_tokens, uint8_t *least)
{
    uint32_t highest = least_of(n_tokens + 1, (2u << (31 - __builtin_clz(n_tokens))) - 1);
    memset(c, 0, sizeof *c);
    for (uint32_t entry = 0; entry < JARO_BLOCK; entry++) {
        uint64_t bit = 1ull << entry % 64;
        for (uint32_t p = 0; p < JARO_PLANES; p++)
            if (p != JARO_LEAD_PLANE && harness_below(4) < 1 + p % 3)
                c->plane[p][entry / 64] |= bit;
        least[entry] = (uint8_t)harness_below(highest + 1);
        for (uint32_t i = 0; i < JARO_COUNT_BITS; i++)
            if (!(least[entry] >> i & 1))
                c->not_least[i][entry / 64] |= bit;
        if (harness_below(8))
            c->wanted[entry / 64] |= bit;
    }
}

static void check_counting(uint32_t n_tokens)
{
    static struct jaro_counting c;
    static uint32_t hits[ROWS * JARO_BLOCK];
    uint8_t least[JARO_BLOCK], rows[ROWS * (JARO_ROW_TOKENS + 1)], *row = rows;
    size_t k = 0;
    make_counting(&c, n_tokens, least);
    for (uint32_t i = 0; i < ROWS * (n_tokens + 1); i++)
        rows[i] = (uint8_t)(i % (n_tokens + 1) < n_tokens
                                ? harness_below(JARO_LEAD_PLANE)
                                : harness_below(2) * harness_below(JARO_PLANES - JARO_LEAD_PLANE));
    size_t n = counters[harness_isa_copy()]->count[n_tokens](&c, rows, ROWS, hits);
    for (uint32_t i = 0; i < ROWS; i++, row += n_tokens + 1)
        for (uint32_t entry = 0; entry < JARO_BLOCK; entry++) {
            uint32_t count = 0;
            for (uint32_t t = 0; t < n_tokens; t++)
                count += plane_bit(c.plane[row[t]], entry);
            bool found = k < n && hits[k] == i * JARO_BLOCK + entry;
            bool wanted = count >= least[entry] && plane_bit(c.wanted, entry) &&
                          !plane_bit(c.plane[JARO_LEAD_PLANE + row[n_tokens]], entry);
            if (found != wanted)
                fail_msg("%u tokens, row %u, entry %u: %u counted, %u needed, %s", n_tokens, i,
                         entry, count, least[entry], found ? "found" : "lost");
            k += found;
        }
    assert_int_equal(k, n);
}

static void test_counting(void **state)
{
    (void)state;
    for (uint32_t n_tokens = 1; n_tokens <= JARO_ROW_TOKENS; n_tokens++)
        check_counting(n_tokens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_shorts),
        cmocka_unit_test(test_counting),
    };
    int failed = 0;
    while (harness_isa_next(SEED))
        failed += cmocka_run_group_tests_name(harness_isa_copy_name(), tests, NULL, NULL);
    return failed;
}
