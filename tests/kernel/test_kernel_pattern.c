/* The kernels of single pairs of each instruction set, for codes of one, two and four bytes,
 * against whole matrices and plain loops. Every length is tried with every other. */
#include "matcher/kernel/kernel_pattern.h"
#include "matcher/metric/metric_internal.h"
#include "tests/harness/harness_isa.h"
#include "tests/harness/harness_points.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"
#include "tests/twin/twin_metric.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 75u
#define BLOCKS_MAX ((HARNESS_LENGTH_MAX + 63) / 64)
#define N_CODES 66000u
#define SPARE_BYTES 64u
#define GUARD 0x5555555555555555ull

static const struct metric_kernels *const kernels[] = HARNESS_ISA_COPIES(metric_kernels);

/* A text in code points, and as a kernel sees it. */
struct points {
    uint32_t p[HARNESS_LENGTH_MAX], n;
    char codes[4 * HARNESS_LENGTH_MAX + SPARE_BYTES];
    struct text text;
};

static void encode(struct points *t, uint32_t width)
{
    const uint32_t first = width == 1 ? 0 : width == 2 ? 1000 : 65600; /* beyond a smaller width */
    memset(t->codes, 0, sizeof t->codes);
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t code = t->p[i] + first;
        memcpy(t->codes + (size_t)i * width, &code, width);
    }
    t->text = (struct text){.codes = t->codes, .n = t->n, .width = width};
}

/* The pattern of a text, as kernel_pattern.h describes it, in memory of its own. */
static struct pattern pattern_of(const struct points *a)
{
    static uint64_t mask[(HARNESS_POINTS + 1) * BLOCKS_MAX];
    static uint32_t row[N_CODES + 1];
    struct pattern p = {.mask = mask,
                        .row = row,
                        .n = a->n,
                        .blocks = a->n ? (a->n + 63) / 64 : 1,
                        .width = a->text.width,
                        .n_codes = N_CODES};
    memset(mask, 0, sizeof mask);
    memset(row, 0, sizeof row);
    for (uint32_t i = 0; i < a->n; i++) {
        uint32_t code = text_code(a->codes, p.width, i);
        if (!row[code])
            row[code] = ++p.n_used;
        mask[(p.width == 1 ? code : row[code]) * p.blocks + i / 64] |= 1ull << i % 64;
    }
    return p;
}

struct pair {
    struct points a, b;
    struct pattern pattern;
    uint64_t scratch[KERNEL_SCRATCH(BLOCKS_MAX, HARNESS_LENGTH_MAX) + 1];
    size_t n_scratch; /* that a kernel may write; after them stands a guard */
};

static uint64_t distance_of(const char *name, const struct points *a, const struct points *b)
{
    struct metric_use use;
    struct err e;
    double distance;
    assert_true(metric_find(name, strlen(name), &use, &e));
    assert_true(twin_metric(&use, a->p, a->n, b->p, b->n, &distance));
    return (uint64_t)distance;
}

static void check(const struct pair *p, const char *kernel, uint64_t is, uint64_t should)
{
    if (is != should || p->scratch[p->n_scratch] != GUARD)
        fail_msg("%s, lengths %u and %u, %u bytes: %lu instead of %lu%s", kernel, p->a.n, p->b.n,
                 p->a.text.width, (unsigned long)is, (unsigned long)should,
                 p->scratch[p->n_scratch] == GUARD ? "" : "; writes after its scratch");
}

/* ---- Common subsequences ---------------------------------------------------------------------*/

/* lcs[i][j]: of the first i characters of A, as far as they are kept, and the first j of B. */
typedef uint32_t matrix[HARNESS_LENGTH_MAX + 1][HARNESS_LENGTH_MAX + 1];

static bool is_kept(const uint64_t *keep, uint32_t i)
{
    return !keep || keep[i / 64] >> i % 64 & 1;
}

static void fill_matrix(matrix lcs, const struct points *a, const struct points *b,
                        const uint64_t *keep)
{
    for (uint32_t i = 0; i <= a->n; i++)
        for (uint32_t j = 0; j <= b->n; j++) {
            lcs[i][j] = 0;
            if (i == 0 || j == 0)
                continue;
            lcs[i][j] = lcs[i - 1][j] > lcs[i][j - 1] ? lcs[i - 1][j] : lcs[i][j - 1];
            if (is_kept(keep, i - 1) && a->p[i - 1] == b->p[j - 1])
                lcs[i][j] = lcs[i - 1][j - 1] + 1;
        }
}

static void check_prefixes(struct pair *p, const struct metric_kernels *k, matrix lcs,
                           bool backwards)
{
    uint32_t lengths[HARNESS_LENGTH_MAX];
    struct points b = p->b;
    for (uint32_t j = 0; j < b.n; j++)
        b.p[j] = p->b.p[backwards ? b.n - 1 - j : j];
    fill_matrix(lcs, &p->a, &b, NULL);
    k->lcs_prefixes(&p->pattern, &p->b.text, backwards, lengths, p->scratch);
    for (uint32_t j = 0; j < b.n; j++)
        check(p, backwards ? "lcs_prefixes, backwards" : "lcs_prefixes", lengths[j],
              lcs[p->a.n][j + 1]);
    for (uint32_t i = 0; i < p->a.n; i++)
        check(p, "lcs_prefixes, row", !(p->scratch[i / 64] >> i % 64 & 1),
              lcs[i + 1][b.n] > lcs[i][b.n]);
}

/* Some blocks are kept in part, those around them not at all. */
static void check_kept(struct pair *p, const struct metric_kernels *k, matrix lcs)
{
    uint64_t keep[BLOCKS_MAX] = {0};
    uint32_t first = harness_below(p->pattern.blocks);
    uint32_t blocks = 1 + harness_below(p->pattern.blocks - first);
    for (uint32_t i = first * 64; i < p->a.n && i < (first + blocks) * 64; i++)
        keep[i / 64] |= (uint64_t)(harness_below(4) > 0) << i % 64;
    fill_matrix(lcs, &p->a, &p->b, keep);
    check(p, "lcs_kept", k->lcs_kept(&p->pattern, &p->b.text, keep, first, blocks, p->scratch),
          lcs[p->a.n][p->b.n]);
}

/* B in two pieces, each into blocks of its own; A's first characters have no partner. */
static void check_take(struct pair *p, const struct metric_kernels *k, matrix lcs)
{
    const uint32_t blocks = p->pattern.blocks, cut = harness_below(p->b.n + 1);
    const uint32_t start = harness_below(p->a.n + 1) / 2;
    uint32_t first[2] = {harness_below(blocks)}, end[2];
    first[1] = first[0] + harness_below(blocks - first[0]);
    end[0] = first[1] + 1;
    end[1] = end[0] + harness_below(blocks - end[0] + 1);
    memset(p->scratch, 0xff, blocks * sizeof *p->scratch);
    for (uint32_t i = 0; i < start; i++)
        p->scratch[i / 64] &= ~(1ull << i % 64);
    for (uint32_t i = 0; i <= p->a.n; i++)
        for (uint32_t j = 0; j <= p->b.n; j++) {
            lcs[i][j] = 0;
            if (i == 0 || j == 0)
                continue;
            const uint32_t block = (i - 1) / 64, piece = j > cut;
            const bool taken = i > start && block >= first[piece] && block < end[piece];
            lcs[i][j] = lcs[i - 1][j] > lcs[i][j - 1] ? lcs[i - 1][j] : lcs[i][j - 1];
            if (taken && p->a.p[i - 1] == p->b.p[j - 1])
                lcs[i][j] = lcs[i - 1][j - 1] + 1;
        }
    struct text head = p->b.text, tail = p->b.text;
    head.n = cut;
    tail.n -= cut;
    tail.codes = p->b.codes + (size_t)cut * tail.width;
    k->lcs_take(&p->pattern, &head, first[0], end[0], p->scratch);
    k->lcs_take(&p->pattern, &tail, first[1], end[1], p->scratch);
    for (uint32_t i = start; i < p->a.n; i++)
        check(p, "lcs_take", !(p->scratch[i / 64] >> i % 64 & 1),
              lcs[i + 1][p->b.n] > lcs[i][p->b.n]);
}

static void check_subsequences(struct pair *p)
{
    static matrix lcs;
    const struct metric_kernels *k = kernels[harness_isa_copy()];
    fill_matrix(lcs, &p->a, &p->b, NULL);
    check(p, "lcs", k->lcs(&p->pattern, &p->b.text, p->scratch), lcs[p->a.n][p->b.n]);
    for (uint32_t i = 0; i < 6; i++) {
        const uint32_t length = lcs[p->a.n][p->b.n];
        const uint32_t least = i < 3 ? length + i - (length > 0) : harness_below(p->a.n + 2);
        const uint64_t is = k->lcs_reaching(&p->pattern, &p->b.text, least, p->scratch);
        check(p, "lcs_reaching", length >= least ? is : is < least, length >= least ? length : 1);
    }
    check_kept(p, k, lcs);
    check_take(p, k, lcs);
    check_prefixes(p, k, lcs, false);
    check_prefixes(p, k, lcs, true);
}

/* ---- Distances, Jaro, by position ------------------------------------------------------------*/

/* What a limit lets through is right; else it is above the limit. */
static void check_limit(const struct pair *p, const char *kernel, uint64_t is, uint64_t distance,
                        uint64_t most)
{
    check(p, kernel, distance <= most ? is : is > most, distance <= most ? distance : 1);
}

/* Limits at the distance, around it, and anywhere. */
static void check_limits(struct pair *p, uint64_t levenshtein, uint64_t osa)
{
    const struct metric_kernels *k = kernels[harness_isa_copy()];
    for (uint32_t i = 0; i < 6; i++) {
        const uint64_t longer = p->a.n > p->b.n ? p->a.n : p->b.n;
        const uint64_t most =
            i < 3 ? levenshtein + i - (levenshtein > 0) : harness_below((uint32_t)longer + 2);
        check_limit(p, "levenshtein_within",
                    k->levenshtein_within(&p->pattern, &p->b.text, most, p->scratch), levenshtein,
                    most);
        check_limit(p, "osa_within", k->osa_within(&p->pattern, &p->b.text, most, p->scratch), osa,
                    most);
    }
}

static void check_distances(struct pair *p)
{
    const struct metric_kernels *k = kernels[harness_isa_copy()];
    if (p->a.n == 0 || p->b.n == 0)
        return;
    const uint64_t levenshtein = distance_of("levenshtein_distance", &p->a, &p->b);
    const uint64_t osa = distance_of("osa_distance", &p->a, &p->b);
    check(p, "levenshtein", k->levenshtein(&p->pattern, &p->b.text, p->scratch), levenshtein);
    check(p, "osa", k->osa(&p->pattern, &p->b.text, p->scratch), osa);
    check_limits(p, levenshtein, osa);
}

static void check_jaro(struct pair *p)
{
    if (p->a.n == 0 || p->b.n == 0)
        return;
    struct twin_jaro twin = twin_jaro(p->a.p, p->a.n, p->b.p, p->b.n);
    struct jaro_counts is =
        kernels[harness_isa_copy()]->jaro(&p->pattern, &p->a.text, &p->b.text, p->scratch);
    check(p, "jaro, common", is.common, twin.common);
    check(p, "jaro, crossed", is.crossed, twin.crossed);
}

static void check_mismatches(struct pair *p)
{
    uint32_t n = p->a.n < p->b.n ? p->a.n : p->b.n;
    uint64_t differ = 0;
    for (uint32_t i = 0; i < n; i++)
        differ += p->a.p[i] != p->b.p[i];
    check(p, "mismatches", kernels[harness_isa_copy()]->mismatches(&p->a.text, &p->b.text, n),
          differ);
}

/* ---- All of it -------------------------------------------------------------------------------*/

static void make_pair(struct pair *p, uint32_t length_a, uint32_t length_b, uint32_t alphabet,
                      uint32_t width)
{
    p->a.n = length_a;
    p->b.n = length_b;
    harness_points_fresh(p->a.p, length_a, alphabet);
    harness_points_like(p->b.p, length_b, p->a.p, length_a, alphabet);
    encode(&p->a, width);
    encode(&p->b, width);
    p->pattern = pattern_of(&p->a);
    p->n_scratch = KERNEL_SCRATCH(p->pattern.blocks, length_b);
    p->scratch[p->n_scratch] = GUARD;
}

static void every_length(void (*check_pair)(struct pair *p))
{
    static struct pair p;
    for (size_t i = 0; i < n_harness_lengths; i++)
        for (size_t j = 0; j < n_harness_lengths; j++) {
            make_pair(&p, harness_lengths[i], harness_lengths[j],
                      harness_alphabets[(i + j) % n_harness_alphabets], 1u << harness_below(3));
            check_pair(&p);
        }
}

static void test_subsequences(void **state)
{
    (void)state;
    for (int again = 0; again < 4; again++)
        every_length(check_subsequences);
}

static void test_distances(void **state)
{
    (void)state;
    for (int again = 0; again < 3; again++)
        every_length(check_distances);
}

static void test_jaro(void **state)
{
    (void)state;
    for (int again = 0; again < 10; again++)
        every_length(check_jaro);
}

static void test_mismatches(void **state)
{
    (void)state;
    for (int again = 0; again < 4; again++)
        every_length(check_mismatches);
}

/* ---- Many blocks -----------------------------------------------------------------------------*/

#define MANY_LONGEST 1500u
#define MANY_BLOCKS (MANY_LONGEST / 64 + 1)
#define MANY_PAIRS 40u

/* The length of the common subsequence of the kept characters of A and of B. grown[i] says whether
 * character i of A adds to it. */
static uint32_t common_slowly(const struct harness_long *a, const struct harness_long *b,
                              const uint64_t *keep, bool *grown)
{
    static uint32_t row[HARNESS_LONG_MOST + 1];
    memset(row, 0, sizeof row);
    for (uint32_t j = 0; j < b->n; j++)
        for (uint32_t i = 1, before = 0, above; i <= a->n; i++, before = above) {
            above = row[i];
            row[i] = above > row[i - 1] ? above : row[i - 1];
            if (is_kept(keep, i - 1) && a->point[i - 1] == b->point[j])
                row[i] = before + 1;
        }
    for (uint32_t i = 0; i < a->n; i++)
        grown[i] = row[i + 1] > row[i];
    return row[a->n];
}

/* Takes B from a random character of A on: those before it are not kept. */
static void check_many_taken(const struct harness_long *a, const struct harness_long *b,
                             const struct pattern *p)
{
    static uint64_t row[MANY_BLOCKS], keep[MANY_BLOCKS];
    static bool grown[HARNESS_LONG_MOST];
    const uint32_t start = harness_below(a->n);
    for (uint32_t k = 0; k < p->blocks; k++)
        row[k] = keep[k] = k * 64 + 64 <= start ? 0 : k * 64 >= start ? ~0ull : ~0ull << start % 64;
    common_slowly(a, b, keep, grown);
    kernels[harness_isa_copy()]->lcs_take(p, &b->text, start / 64, p->blocks, row);
    for (uint32_t i = start; i < a->n; i++)
        if (grown[i] != !(row[i / 64] >> i % 64 & 1))
            fail_msg("lcs_take of %u and %u characters from %u on: %u", a->n, b->n, start, i);
}

static void check_many(const struct harness_long *a, const struct harness_long *b,
                       const struct pattern *p)
{
    static uint64_t scratch[KERNEL_SCRATCH(MANY_BLOCKS, MANY_LONGEST)], keep[MANY_BLOCKS];
    static bool grown[HARNESS_LONG_MOST];
    const struct metric_kernels *k = kernels[harness_isa_copy()];
    const uint32_t first = harness_below(p->blocks), n = 1 + harness_below(p->blocks - first);
    memset(keep, 0, sizeof keep);
    for (uint32_t i = first; i < first + n; i++)
        keep[i] = harness_below(2) ? ~0ull : ~0ull << harness_below(64);
    assert_int_equal(k->lcs(p, &b->text, scratch), common_slowly(a, b, NULL, grown));
    assert_int_equal(k->lcs_kept(p, &b->text, keep, first, n, scratch),
                     common_slowly(a, b, keep, grown));
}

static void test_many_blocks(void **state)
{
    static struct harness_long a, b;
    struct pattern p;
    (void)state;
    assert_true(pattern_open(&p, HARNESS_POINTS, MANY_LONGEST));
    for (uint32_t i = 0; i < MANY_PAIRS; i++) {
        harness_long_random(&a, 200 + harness_below(MANY_LONGEST - 200), i % 3 ? 20 : 2, 1, 0);
        harness_long_copy(&b, &a, (enum harness_long_edit)(i % 6), 2 + harness_below(30), false, 0);
        pattern_make(&p, &a.text, false);
        check_many(&a, &b, &p);
        check_many_taken(&a, &b, &p);
    }
    pattern_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subsequences), cmocka_unit_test(test_distances),
        cmocka_unit_test(test_jaro),         cmocka_unit_test(test_mismatches),
        cmocka_unit_test(test_many_blocks),
    };
    int failed = 0;
    while (harness_isa_next(SEED))
        failed += cmocka_run_group_tests_name(harness_isa_copy_name(), tests, NULL, NULL);
    return failed;
}
