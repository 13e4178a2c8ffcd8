/* The edit kernels of each instruction set against their definitions: scans and pairs against whole
 * matrices (twin_metric), planes and bit-sliced counts against plain loops over the entries. */
#include "matcher/kernel/kernel_edit.h"
#include "tests/harness/harness_isa.h"
#include "tests/harness/harness_points.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"
#include "tests/twin/twin_metric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 71u
#define TEXTS_MAX 6u

static const struct edit_scan_kernels *const scans[] = HARNESS_ISA_COPIES(edit_scan_kernels);
static const struct edit_pair_kernels *const pairs[] = HARNESS_ISA_COPIES(edit_pair_kernels);
static const struct edit_bitslice_kernels *const bitslices[] =
    HARNESS_ISA_COPIES(edit_bitslice_kernels);

struct points {
    uint32_t p[HARNESS_LENGTH_MAX], n;
};

static uint32_t least_of(uint32_t x, uint32_t y)
{
    return x < y ? x : y;
}

/* The distance of two texts by its definition. */
static uint32_t distance_of(enum edit_kind kind, const struct points *a, const struct points *b)
{
    static const char *const names[EDIT_KINDS] = {
        [EDIT_LEVENSHTEIN] = "levenshtein_distance",
        [EDIT_OSA] = "osa_distance",
        [EDIT_INDEL] = "indel_distance",
        [EDIT_HAMMING] = "hamming_distance",
    };
    struct metric_use use;
    struct err e;
    double distance;
    assert_true(metric_find(names[kind], strlen(names[kind]), &use, &e));
    assert_true(twin_metric(&use, a->p, a->n, b->p, b->n, &distance));
    return (uint32_t)distance;
}

/* ---- Scan ------------------------------------------------------------------------------------*/

struct scan_case {
    enum edit_kind kind;
    uint32_t size, bits, n_lanes, n_texts;
    struct points text[TEXTS_MAX], pattern[EDIT_LANES_MAX];
    int64_t delta[TEXTS_MAX][EDIT_LANES_MAX], limit[EDIT_LANES_MAX];
};

/* What a kernel calls the delta of a distance. */
static int64_t delta_of(enum edit_kind kind, const struct points *pattern,
                        const struct points *text)
{
    int64_t distance = distance_of(kind, pattern, text), both = pattern->n + text->n;
    if (kind == EDIT_INDEL)
        return -(both - distance) / 2;
    if (kind == EDIT_HAMMING) /* characters in common: those of the longer text less the distance */
        return distance - (both - least_of(pattern->n, text->n));
    return distance - text->n;
}

/* A limit one below, at or one above a delta that occurs, or the least there is. */
static int64_t limit_beside(const struct scan_case *s, uint32_t lane)
{
    int64_t delta = s->delta[harness_below(s->n_texts)][lane];
    return harness_below(8) ? delta + (int64_t)harness_below(3) - 1 : -(1ll << (s->bits - 2)) * 2;
}

static void make_scan(struct scan_case *s, uint32_t length, uint32_t alphabet)
{
    const uint32_t borders[] = {0, 1, s->bits - 1, s->bits};
    for (uint32_t t = 0; t < s->n_texts; t++) {
        s->text[t].n = length;
        harness_points_fresh(s->text[t].p, length, alphabet);
    }
    for (uint32_t lane = 0; lane < s->n_lanes; lane++) {
        struct points *p = &s->pattern[lane];
        const struct points *like = &s->text[harness_below(s->n_texts)];
        p->n = harness_below(2) ? borders[harness_below(4)] : harness_below(s->bits + 1);
        harness_points_like(p->p, p->n, like->p, like->n, alphabet);
        for (uint32_t t = 0; t < s->n_texts; t++)
            s->delta[t][lane] = delta_of(s->kind, p, &s->text[t]);
        s->limit[lane] = limit_beside(s, lane);
    }
}

/* Sets bit i of a lane in a vector. */
static void set_bit(uint8_t *vector, uint32_t bits, uint32_t lane, uint32_t i)
{
    vector[lane * bits / 8 + i / 8] |= (uint8_t)(1u << i % 8);
}

static size_t run_scan(const struct scan_case *s, struct edit_hit *hits)
{
    static _Alignas(64) uint8_t rows[HARNESS_POINTS * EDIT_VECTOR_BYTES];
    _Alignas(64) uint8_t mask[EDIT_VECTOR_BYTES] = {0}, limit[EDIT_VECTOR_BYTES];
    uint16_t texts[TEXTS_MAX * HARNESS_LENGTH_MAX], *next = texts;
    const struct edit_scan_kernels *k = scans[harness_isa_copy()];
    memset(rows, 0, sizeof rows);
    for (uint32_t lane = 0; lane < s->n_lanes; lane++) {
        for (uint32_t i = 0; i < s->pattern[lane].n; i++) {
            set_bit(rows + s->pattern[lane].p[i] * k->vector_bytes, s->bits, lane, i);
            set_bit(mask, s->bits, lane, i);
        }
        memcpy(limit + lane * s->bits / 8, &s->limit[lane], s->bits / 8);
    }
    for (uint32_t t = 0; t < s->n_texts; t++)
        for (uint32_t i = 0; i < s->text[t].n; i++)
            *next++ = (uint16_t)s->text[t].p[i];
    const struct edit_block block = {rows, mask, limit};
    return k->scan[s->kind][s->size](&block, texts, s->text[0].n, s->n_texts, hits);
}

static void check_scan(struct scan_case *s, uint32_t length, uint32_t alphabet)
{
    struct edit_hit hits[TEXTS_MAX * EDIT_LANES_MAX];
    size_t k = 0;
    make_scan(s, length, alphabet);
    size_t n = run_scan(s, hits);
    for (uint32_t t = 0; t < s->n_texts; t++)
        for (uint32_t lane = 0; lane < s->n_lanes; lane++) {
            bool found = k < n && hits[k].text == t && hits[k].lane == lane;
            bool wanted = s->delta[t][lane] <= s->limit[lane];
            if (found != wanted || (found && hits[k].delta != s->delta[t][lane]))
                fail_msg("kind %d, %u bits, text %u of length %u, alphabet %u, lane %u (length %u):"
                         " delta %ld, limit %ld, %s %d",
                         (int)s->kind, s->bits, t, length, alphabet, lane, s->pattern[lane].n,
                         (long)s->delta[t][lane], (long)s->limit[lane],
                         found ? "found with" : "next hit has", k < n ? hits[k].delta : 0);
            k += found;
        }
    assert_int_equal(k, n);
}

static void test_scan(void **state)
{
    (void)state;
    static struct scan_case s;
    const uint32_t vector_bytes = scans[harness_isa_copy()]->vector_bytes;
    for (s.kind = 0; s.kind < EDIT_KINDS; s.kind++)
        for (s.size = 0; s.size < EDIT_LANE_SIZES; s.size++)
            for (size_t i = 0; i < n_harness_lengths; i++) {
                s.bits = 8u << s.size;
                s.n_lanes = vector_bytes * 8 / s.bits;
                s.n_texts = 1 + harness_below(TEXTS_MAX);
                check_scan(&s, harness_lengths[i],
                           harness_alphabets[(i + s.size) % n_harness_alphabets]);
            }
}

/* ---- Pairs -----------------------------------------------------------------------------------*/

struct pair_case {
    enum edit_kind kind;
    struct edit_pair_shape shape;
    uint32_t alphabet;
    uint32_t distance[EDIT_BATCH];
    _Alignas(64) uint8_t short_rows[EDIT_ROWS_BYTES], long_rows[EDIT_ROWS_BYTES];
};

static void put_row(uint8_t *rows, uint32_t slot, const struct points *text)
{
    for (uint32_t i = 0; i < text->n; i++)
        rows[edit_tile_at(slot, i / EDIT_TILE_BYTES) + i % EDIT_TILE_BYTES] = (uint8_t)text->p[i];
}

static void make_pairs(struct pair_case *c)
{
    for (size_t i = 0; i < EDIT_ROWS_BYTES; i++) {
        c->short_rows[i] = (uint8_t)harness_below(4);
        c->long_rows[i] = (uint8_t)harness_below(4);
    }
    for (uint32_t slot = 0; slot < EDIT_BATCH; slot++) {
        struct points x = {.n = c->shape.short_length}, y = {.n = c->shape.long_length};
        harness_points_fresh(y.p, y.n, c->alphabet);
        harness_points_like(x.p, x.n, y.p, y.n, c->alphabet);
        c->distance[slot] = distance_of(c->kind, &x, &y);
        put_row(c->short_rows, slot, &x);
        put_row(c->long_rows, slot, &y);
    }
}

static void check_pairs(const struct pair_case *c, uint32_t size)
{
    _Alignas(64) uint8_t distance[EDIT_BATCH];
    uint64_t within = pairs[harness_isa_copy()]->pairs[c->kind][size](&c->shape, c->short_rows,
                                                                      c->long_rows, distance);
    for (uint32_t slot = 0; slot < EDIT_BATCH; slot++) {
        bool wanted = c->distance[slot] <= c->shape.limit;
        if ((within >> slot & 1) != wanted ||
            (wanted ? distance[slot] != c->distance[slot] : distance[slot] <= c->shape.limit))
            fail_msg(
                "kind %d, %u bits, lengths %u and %u, alphabet %u, pair %u: distance %u, limit "
                "%u, but %u",
                (int)c->kind, 8u << size, c->shape.short_length, c->shape.long_length, c->alphabet,
                slot, c->distance[slot], c->shape.limit, distance[slot]);
    }
}

/* One limit, in lanes of every size that the band fits. */
static void check_limit(struct pair_case *c, uint32_t limit)
{
    if (limit < c->shape.long_length - c->shape.short_length || limit > 2 * EDIT_PAIR_LENGTH)
        return;
    c->shape.limit = limit;
    for (uint32_t size = 0; size < EDIT_LANE_SIZES; size++)
        if (edit_band(c->kind, &c->shape) <= 8u << size)
            check_pairs(c, size);
}

static void test_pairs(void **state)
{
    (void)state;
    static struct pair_case c;
    for (c.kind = 0; c.kind < EDIT_KINDS; c.kind++)
        for (size_t i = 0; i < n_harness_lengths; i++) {
            c.alphabet = harness_alphabets[i % n_harness_alphabets];
            c.shape.long_length = least_of(harness_lengths[i], EDIT_PAIR_LENGTH);
            c.shape.short_length =
                c.shape.long_length - least_of(harness_below(6), c.shape.long_length);
            make_pairs(&c);
            for (int beside = -1; beside <= 1; beside++)
                check_limit(&c, c.distance[harness_below(EDIT_BATCH)] + (uint32_t)beside);
        }
}

/* ---- Bitslices -------------------------------------------------------------------------------*/

#define PLACES 40u /* of entries and probes */
#define N_PLANES (PLACES * EDIT_CLASSES + 1)

struct bitslice_case {
    struct edit_block_shape shape;
    uint8_t columns[PLACES * EDIT_BLOCK];
    _Alignas(64) uint8_t exact[N_PLANES * EDIT_PLANE_BYTES], planes[N_PLANES * EDIT_PLANE_BYTES];
};

static bool plane_bit(const struct bitslice_case *c, size_t plane, uint32_t entry)
{
    return c->planes[plane * EDIT_PLANE_BYTES + entry / 8] >> entry % 8 & 1;
}

/* Does an entry have the class at a place where a partner of place q may stand? */
static bool has_class(const struct bitslice_case *c, uint32_t q, uint32_t class, uint32_t entry)
{
    for (uint32_t p = 0; p < c->shape.length; p++)
        if (p + c->shape.ahead >= q && p <= q + c->shape.back &&
            c->columns[p * EDIT_BLOCK + entry] == class)
            return true;
    return false;
}

static void make_planes(struct bitslice_case *c)
{
    uint32_t n_entries = 1 + harness_below(EDIT_BLOCK), n_classes = 1 + harness_below(EDIT_CLASSES);
    for (uint32_t p = 0; p < PLACES; p++)
        for (uint32_t entry = 0; entry < EDIT_BLOCK; entry++)
            c->columns[p * EDIT_BLOCK + entry] =
                (uint8_t)(entry < n_entries ? harness_below(n_classes) : EDIT_CLASSES);
    memset(c->planes, 0xaa, sizeof c->planes);
    bitslices[harness_isa_copy()]->planes(&c->shape, c->columns, c->exact, c->planes);
}

static void check_planes(const struct bitslice_case *c)
{
    size_t plane = 0;
    for (uint32_t q = 0; q < c->shape.probe_length; q++)
        for (uint32_t class = 0; class < EDIT_CLASSES; class ++, plane++)
            for (uint32_t entry = 0; entry < EDIT_BLOCK; entry++)
                if (plane_bit(c, plane, entry) != has_class(c, q, class, entry))
                    fail_msg("lengths %u and %u, back %u, ahead %u: place %u, class %u, entry %u",
                             c->shape.length, c->shape.probe_length, c->shape.back, c->shape.ahead,
                             q, class, entry);
    for (uint32_t entry = 0; entry < EDIT_BLOCK; entry++)
        assert_false(plane_bit(c, plane, entry));
}

static void test_planes(void **state)
{
    (void)state;
    static struct bitslice_case c;
    static const struct edit_block_shape shapes[] = {
        {1, 1, 0, 0}, {1, 3, 1, 2},  {7, 9, 0, 3},      {9, 7, 3, 0},
        {8, 8, 1, 1}, {20, 4, 2, 5}, {PLACES, 6, 9, 9}, {3, 8, 40, 40},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        c.shape = shapes[i];
        make_planes(&c);
        check_planes(&c);
    }
}

#define PROBES 9u
#define STRIDE (PLACES + EDIT_OFFSETS_ROUND)

/* Probes of random planes, their rows padded with the empty plane, by numbers with other bits above
 * those that count. */
static void make_probes(const struct bitslice_case *c, uint32_t length, uint16_t *offsets,
                        uint32_t *probes)
{
    const uint32_t unit = EDIT_PLANE_BYTES / EDIT_OFFSET_UNIT;
    const uint32_t empty = c->shape.probe_length * EDIT_CLASSES;
    for (uint32_t i = 0; i < PROBES; i++) {
        uint32_t row = PROBES - 1 - i;
        for (uint32_t j = 0; j < STRIDE; j++)
            offsets[row * STRIDE + j] =
                (uint16_t)(unit * (j < length ? harness_below(empty) : empty));
        probes[i] = row | harness_below(1u << 12) << EDIT_PROBE_BITS;
    }
}

static uint32_t count_planes(const struct bitslice_case *c, const uint16_t *offsets,
                             uint32_t length, uint32_t entry)
{
    uint32_t n = 0;
    for (uint32_t j = 0; j < length; j++)
        n += plane_bit(c, (size_t)offsets[j] * EDIT_OFFSET_UNIT / EDIT_PLANE_BYTES, entry);
    return n;
}

static void check_bitslice(const struct bitslice_case *c, struct edit_bitslice *s)
{
    static uint16_t offsets[PROBES * STRIDE];
    static struct edit_bitslice_hit hits[PROBES * EDIT_BLOCK];
    uint32_t probes[PROBES];
    size_t k = 0;
    make_probes(c, s->length, offsets, probes);
    s->planes = c->planes;
    s->offsets = offsets;
    s->stride = STRIDE;
    size_t n = bitslices[harness_isa_copy()]->bitslice(s, probes, PROBES, hits);
    for (uint32_t i = 0; i < PROBES; i++)
        for (uint32_t entry = s->begin; entry < s->end; entry++) {
            uint32_t count = count_planes(c, edit_probe_offsets(s, probes[i]), s->length, entry);
            bool found = k < n && hits[k].probe == i && hits[k].entry == entry;
            if (found != (count >= s->needed))
                fail_msg("probe %u of length %u, entry %u of [%u, %u): %u partners, %u needed", i,
                         s->length, entry, s->begin, s->end, count, s->needed);
            k += found;
        }
    assert_int_equal(k, n);
}

static void test_bitslice(void **state)
{
    (void)state;
    static struct bitslice_case c = {.shape = {12, 8, 3, 3}};
    static const uint32_t borders[] = {0, 1, 63, 64, 65, 127, 128, 129, 511, 512};
    const uint32_t n_borders = sizeof borders / sizeof *borders;
    make_planes(&c);
    for (uint32_t length = 1; length <= PLACES; length++)
        for (uint32_t needed = 1; needed <= length; needed += 1 + length / 6) {
            uint32_t x = borders[harness_below(n_borders)], y = borders[harness_below(n_borders)];
            check_bitslice(&c, &(struct edit_bitslice){.length = length,
                                                       .needed = needed,
                                                       .begin = least_of(x, y),
                                                       .end = x + y - least_of(x, y)});
            check_bitslice(
                &c, &(struct edit_bitslice){.length = length, .needed = length, .end = EDIT_BLOCK});
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_planes),
        cmocka_unit_test(test_bitslice),
    };
    int failed = 0;
    while (harness_isa_next(SEED))
        failed += cmocka_run_group_tests_name(harness_isa_copy_name(), tests, NULL, NULL);
    return failed;
}
