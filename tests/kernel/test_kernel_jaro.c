/* The Jaro kernels of each instruction set against their definitions: matching one character
 * after the other (twin_jaro), counting planes entry by entry. */
#include "matcher/kernel/kernel_jaro.h"
#include "matcher/kernel/kernel_jaro_count.h"
#include "matcher/kernel/kernel_jaro_wide.h"
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

static const struct jaro_wide_kernels *const wides[] = HARNESS_ISA_COPIES(jaro_wide_kernels);

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

/* What the kernels read of a case. */
struct scan_input {
    _Alignas(64) uint8_t rows[HARNESS_POINTS * JARO_VECTOR_BYTES];
    uint64_t window[HARNESS_LENGTH_MAX];
    uint16_t texts[TEXTS_MAX * HARNESS_LENGTH_MAX];
};

static const struct scan_input *scan_input_of(const struct scan_case *s)
{
    static struct scan_input input;
    uint8_t *rows = input.rows;
    uint64_t *window = input.window;
    uint16_t *next = input.texts;
    const struct jaro_scan_kernels *k = kernels[harness_isa_copy()];
    uint32_t reach = reach_of(s->pattern_length, s->text_length);
    memset(&input, 0, sizeof input);
    for (uint32_t lane = 0; lane < s->n_lanes; lane++)
        for (uint32_t i = 0; i < s->pattern_length; i++)
            set_bit(rows + s->pattern[lane].p[i] * k->vector_bytes, s->bits, lane, i);
    for (uint32_t j = 0; j < s->text_length; j++)
        for (uint32_t i = 0; i < s->pattern_length; i++)
            window[j] |= (uint64_t)(i + reach >= j && i <= j + reach) << i;
    for (uint32_t t = 0; t < s->n_texts; t++)
        for (uint32_t j = 0; j < s->text_length; j++)
            *next++ = (uint16_t)s->text[t].p[j];
    return &input;
}

static size_t run_scan(const struct scan_case *s, struct jaro_hit *hits)
{
    const struct scan_input *in = scan_input_of(s);
    struct jaro_block block = {.rows = in->rows, .window = in->window, .common_least = INT8_MAX};
    for (uint32_t l = 0; l < JARO_PREFIXES; l++) {
        block.common_min[l] = s->common_min[l];
        if (s->common_min[l] < block.common_least)
            block.common_least = s->common_min[l];
    }
    return kernels[harness_isa_copy()]->scan[s->size](&block, in->texts, s->text_length, s->n_texts,
                                                      hits);
}

/* Limits such that some of the pairs with each number in common match. */
static void make_limits(const struct scan_case *s, struct jaro_tally_limits *limits)
{
    const uint32_t most = least_of(s->pattern_length, s->text_length);
    limits->common_least = harness_below(most + 1);
    limits->common_most = limits->common_least + harness_below(most + 1 - limits->common_least);
    limits->prefix_least = harness_below(JARO_PREFIXES);
    for (uint32_t m = 0; m <= JARO_TALLY_LENGTH; m++)
        limits->crossed_most[m] = (int8_t)((int32_t)harness_below(m + 2) - 1);
}

static void check_tally(const struct scan_case *s)
{
    struct jaro_tally_limits limits;
    struct jaro_tally tally;
    uint32_t weight[TEXTS_MAX];
    if (s->bits > JARO_TALLY_LENGTH || s->text_length > JARO_TALLY_LENGTH)
        return;
    const struct scan_input *in = scan_input_of(s);
    const struct jaro_block block = {.rows = in->rows, .window = in->window};
    make_limits(s, &limits);
    for (uint32_t t = 0; t < s->n_texts; t++)
        weight[t] = harness_below(255 / TEXTS_MAX << (s->size ? 8 : 0)) + 1;
    kernels[harness_isa_copy()]->tally[s->size](&block, &limits, in->texts, s->text_length, weight,
                                                s->n_texts, &tally);
    for (uint32_t lane = 0; lane < s->n_lanes; lane++) {
        uint32_t pairs = 0, sum = 0;
        for (uint32_t t = 0; t < s->n_texts; t++) {
            const struct matched *m = &s->matched[t][lane];
            const bool matches = m->common >= limits.common_least &&
                                 m->common <= limits.common_most &&
                                 (int32_t)m->crossed <= limits.crossed_most[m->common] &&
                                 m->prefix >= limits.prefix_least;
            pairs += matches;
            sum += matches ? weight[t] : 0;
        }
        if (tally.pairs[lane] != pairs || tally.weight[lane] != sum)
            fail_msg("%u bits, lengths %u and %u, lane %u: %u pairs of weight %u instead of %u, %u",
                     s->bits, s->pattern_length, s->text_length, lane, tally.pairs[lane],
                     tally.weight[lane], pairs, sum);
    }
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
                check_tally(&s);
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

static void run_shorts(struct pair_case *c, uint32_t size)
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
    k->shorts[size](&s, c->longest_a, c->longest_b, c->common, c->crossed);
}

static void test_shorts(void **state)
{
    (void)state;
    static struct pair_case c;
    for (uint32_t size = 0; size < JARO_SHORT_SIZES; size++)
        for (uint32_t longest_a = 0; longest_a <= JARO_SHORT_LENGTH(size); longest_a++)
            for (uint32_t longest_b = 0; longest_b <= JARO_SHORT_LENGTH(size); longest_b++) {
                make_pairs(&c, kernels[harness_isa_copy()]->vector_bytes, longest_a, longest_b,
                           harness_alphabets[(longest_a + longest_b) % n_harness_alphabets]);
                run_shorts(&c, size);
                check_pairs(&c, size ? "short pairs of 32" : "short pairs of 16");
            }
}

/* ---- Wide ------------------------------------------------------------------------------------*/

struct wide_case {
    uint32_t n_texts, n_lanes, pattern_length, text_length, words, alphabet;
    uint32_t text[TEXTS_MAX][JARO_WIDE_LENGTH], pattern[JARO_WIDE_LANES_MAX][JARO_WIDE_LENGTH];
    jaro_crossed_most crossed_most;
};

/* The second half apart, since the harness makes no longer texts. */
static void make_long(uint32_t *p, uint32_t n, const uint32_t *of, uint32_t n_of, uint32_t alphabet)
{
    for (uint32_t half = 0; half < 2; half++) {
        const uint32_t from = half * n / 2, to = n / (2 - half), from_of = half * n_of / 2;
        if (of)
            harness_points_like(p + from, to - from, of + from_of, n_of / 2, alphabet);
        else
            harness_points_fresh(p + from, to - from, alphabet);
    }
}

static void make_wide(struct wide_case *c)
{
    for (uint32_t t = 0; t < c->n_texts; t++)
        make_long(c->text[t], c->text_length, NULL, 0, c->alphabet);
    for (uint32_t lane = 0; lane < c->n_lanes; lane++)
        make_long(c->pattern[lane], c->pattern_length, c->text[harness_below(c->n_texts)],
                  c->text_length, c->alphabet);
    const uint32_t strict = harness_below(3); /* few, some, or many may be out of order */
    for (uint32_t l = 0; l < JARO_PREFIXES; l++)
        for (uint32_t m = 0; m <= JARO_WIDE_LENGTH; m++)
            c->crossed_most[l][m] =
                (int16_t)((int32_t)harness_below(2 + m * strict / 2) - (int32_t)harness_below(2));
}

/* The least number with which some prefix permits a match. */
static uint32_t least_common(const struct wide_case *c)
{
    for (uint32_t m = 0; m <= JARO_WIDE_LENGTH; m++)
        for (uint32_t l = 0; l < JARO_PREFIXES; l++)
            if (c->crossed_most[l][m] >= 0)
                return m;
    return JARO_WIDE_LENGTH + 1;
}

static size_t run_wide(const struct wide_case *c, struct jaro_hit *hits)
{
    static _Alignas(64) uint64_t rows[HARNESS_POINTS * JARO_WIDE_WORDS * JARO_WIDE_LANES_MAX];
    static uint64_t window[JARO_WIDE_LENGTH * JARO_WIDE_WORDS];
    uint16_t symbols[TEXTS_MAX][JARO_WIDE_LENGTH];
    const uint16_t *texts[TEXTS_MAX];
    const uint32_t words = c->words, reach = reach_of(c->pattern_length, c->text_length);
    memset(rows, 0, sizeof rows);
    memset(window, 0, sizeof window);
    for (uint32_t lane = 0; lane < c->n_lanes; lane++)
        for (uint32_t i = 0; i < c->pattern_length; i++)
            rows[(c->pattern[lane][i] * words + i / 64) * c->n_lanes + lane] |= 1ull << i % 64;
    for (uint32_t j = 0; j < c->text_length; j++)
        for (uint32_t i = 0; i < c->pattern_length; i++)
            if (i + reach >= j && i <= j + reach)
                window[j * words + i / 64] |= 1ull << i % 64;
    for (uint32_t t = 0; t < c->n_texts; t++) {
        texts[t] = symbols[t];
        for (uint32_t j = 0; j < c->text_length; j++)
            symbols[t][j] = (uint16_t)c->text[t][j];
    }
    const struct jaro_wide_block block = {.rows = rows,
                                          .window = window,
                                          .words = words,
                                          .near =
                                              reach < 64 ? least_of(c->text_length, 64 - reach) : 0,
                                          .common_least = least_common(c),
                                          .crossed_most = &c->crossed_most};
    return wides[harness_isa_copy()]->scan(&block, texts, c->text_length, c->n_texts, hits);
}

static struct matched match_wide(const struct wide_case *c, uint32_t t, uint32_t lane)
{
    const struct twin_jaro twin =
        twin_jaro(c->pattern[lane], c->pattern_length, c->text[t], c->text_length);
    struct matched m = {(uint32_t)twin.common, (uint32_t)twin.crossed, 0};
    while (m.prefix < 4 && m.prefix < least_of(c->pattern_length, c->text_length) &&
           c->pattern[lane][m.prefix] == c->text[t][m.prefix])
        m.prefix++;
    return m;
}

static void check_wide(struct wide_case *c)
{
    static struct jaro_hit hits[TEXTS_MAX * JARO_WIDE_LANES_MAX];
    size_t k = 0;
    make_wide(c);
    const size_t n = run_wide(c, hits);
    for (uint32_t t = 0; t < c->n_texts; t++)
        for (uint32_t lane = 0; lane < c->n_lanes; lane++) {
            const struct matched m = match_wide(c, t, lane);
            const struct jaro_hit *h = &hits[k];
            const bool found = k < n && h->text == t && h->lane == lane;
            const bool wanted = (int32_t)m.crossed <= c->crossed_most[m.prefix][m.common];
            const bool same = !found || (h->common == m.common && h->crossed == m.crossed &&
                                         h->prefix == m.prefix);
            if (found != wanted || !same)
                fail_msg("%u words, lengths %u and %u, alphabet %u, text %u, lane %u: %u common, "
                         "%u crossed, prefix %u, at most %d; %s",
                         c->words, c->pattern_length, c->text_length, c->alphabet, t, lane,
                         m.common, m.crossed, m.prefix, c->crossed_most[m.prefix][m.common],
                         found ? "found otherwise" : "lost");
            k += found;
        }
    assert_int_equal(k, n);
}

static void test_wide(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {1, 2, 30, 63, 64, 65, 80, 127, 128, 129, 191, 193, 254, 255};
    static struct wide_case c;
    const size_t n = sizeof lengths / sizeof *lengths;
    c.n_lanes = wides[harness_isa_copy()]->lanes;
    for (size_t i = 0; i < n * n; i++) {
        c.pattern_length = lengths[i / n];
        c.text_length = lengths[i % n];
        c.words = (c.pattern_length + 63) / 64;
        c.n_texts = 1 + harness_below(TEXTS_MAX);
        c.alphabet = harness_alphabets[harness_below((uint32_t)n_harness_alphabets)];
        check_wide(&c);
    }
}

/* ---- Counting --------------------------------------------------------------------------------*/

#define ROWS 5u

static bool plane_bit(const jaro_plane plane, uint32_t entry)
{
    return plane[entry / 64] >> entry % 64 & 1;
}

#define PLANES 600u /* more than a byte counts */

/* Planes of three densities, and a number to reach for each entry of a block. */
static void make_counting(struct jaro_counting *c, jaro_plane *plane, uint32_t n_tokens,
                          uint8_t *least)
{
    uint32_t highest = least_of(n_tokens + 1, (2u << (31 - __builtin_clz(n_tokens))) - 1);
    memset(c, 0, sizeof *c);
    memset(plane, 0, PLANES * sizeof *plane);
    c->plane = plane;
    for (uint32_t entry = 0; entry < JARO_BLOCK; entry++) {
        uint64_t bit = 1ull << entry % 64;
        for (uint32_t p = 0; p < PLANES; p++)
            if (harness_below(4) < 1 + p % 3)
                plane[p][entry / 64] |= bit;
        for (uint32_t p = 1; p < JARO_LEAD_PLANES; p++)
            if (harness_below(4) < 1 + p % 3)
                c->lead[p][entry / 64] |= bit;
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
    static _Alignas(64) jaro_plane plane[PLANES];
    static uint32_t hits[ROWS * JARO_BLOCK];
    uint16_t rows[ROWS * (JARO_ROW_TOKENS + 1)], *row = rows;
    uint8_t least[JARO_BLOCK];
    size_t k = 0;
    make_counting(&c, plane, n_tokens, least);
    for (uint32_t i = 0; i < ROWS * (n_tokens + 1); i++)
        rows[i] = (uint16_t)(i % (n_tokens + 1) < n_tokens
                                 ? harness_below(PLANES)
                                 : harness_below(2) * harness_below(JARO_LEAD_PLANES));
    size_t n = counters[harness_isa_copy()]->count[n_tokens](&c, rows, ROWS, hits);
    for (uint32_t i = 0; i < ROWS; i++, row += n_tokens + 1)
        for (uint32_t entry = 0; entry < JARO_BLOCK; entry++) {
            uint32_t count = 0;
            for (uint32_t t = 0; t < n_tokens; t++)
                count += plane_bit(c.plane[row[t]], entry);
            bool found = k < n && hits[k] == i * JARO_BLOCK + entry;
            bool wanted = count >= least[entry] && plane_bit(c.wanted, entry) &&
                          !plane_bit(c.lead[row[n_tokens]], entry);
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
        cmocka_unit_test(test_scan), cmocka_unit_test(test_pairs),    cmocka_unit_test(test_shorts),
        cmocka_unit_test(test_wide), cmocka_unit_test(test_counting),
    };
    int failed = 0;
    while (harness_isa_next(SEED))
        failed += cmocka_run_group_tests_name(harness_isa_copy_name(), tests, NULL, NULL);
    return failed;
}
