/* The kernels of single pairs. Texts are short and come one after the other. The time goes into the
 * chain of instructions that depend on each other for one character, and into branches that the
 * processor cannot foresee. */
#include "matcher/kernel/kernel_pattern.h"

#include <string.h>

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))
#define NO_LIMIT (UINT64_MAX / 4) /* of a distance; so large that sums do not overflow */
#define APART static __attribute__((noinline)) /* keeps registers free for the short way */

/* Calls body(…, 1), body(…, 2) or body(…, 4), so that the width is a constant in it. */
#define BY_WIDTH(width, body, ...)                                                                 \
    ((width) == 1   ? body(__VA_ARGS__, 1)                                                         \
     : (width) == 2 ? body(__VA_ARGS__, 2)                                                         \
                    : body(__VA_ARGS__, 4))

INLINE uint64_t count_bits(uint64_t x)
{
    return (uint64_t)__builtin_popcountll(x);
}

/* The lowest n bits, n from 0 to 64. */
INLINE uint64_t low_bits(uint64_t n)
{
    return n >= 64 ? ~0ull : (1ull << n) - 1;
}

/* The bits of block k that stand for characters of A. */
INLINE uint64_t bits_of_block(const struct pattern *p, uint32_t k)
{
    return low_bits(p->n - k * 64ull);
}

/* The row of B's character j in a pattern of one block. */
INLINE uint64_t places(const struct pattern *p, const struct text *b, uint32_t j,
                       const uint32_t width)
{
    uint32_t code = text_code(b->codes, width, j);
    return p->mask[width == 1 ? code : p->row[code]];
}

/* ---- Levenshtein and OSA: Myers 1999 in the form of Hyyrö 2003 ---------------------------------
 * vp and vn: where the cell is one more, or one less, than that above it. As Hyyrö has them,
 *     d0 = (((x & vp) + vp) ^ vp) | x | vn     hp = vn | ~(d0 | vp)     hn = d0 & vp
 * Here ~hp is kept instead of hp: as vp and vn have no bit in common, it is
 *     vp | ((((x & vp) + vp) | x) & ~vn)
 * which does not wait for d0, and the 1 that is shifted into hp becomes a 0. Seven steps depend on
 * each other instead of nine. The distance is read off the last column once. */
struct column {
    uint64_t vp, vn;
};

/* The carries go in and out through *up (of ~hp) and *down (of hn), each 0 or 1. `swapped` is what
 * transpositions add to d0. Returns d0. */
INLINE uint64_t column_step(struct column *c, uint64_t x, uint64_t swapped, uint64_t *up,
                            uint64_t *down)
{
    uint64_t vp = c->vp, vn = c->vn, y = x | *down, z = y | swapped;
    uint64_t sum = (y & vp) + vp;
    uint64_t d0 = (sum ^ vp) | (z | vn);
    uint64_t not_hp = (sum & ~vn) | (vp | (z & ~vn));
    uint64_t hn = d0 & vp;
    uint64_t not_hp_shifted = not_hp << 1 | *up, hn_shifted = hn << 1 | *down;
    *up = not_hp >> 63;
    *down = hn >> 63;
    c->vp = hn_shifted | (~d0 & not_hp_shifted);
    c->vn = ~not_hp_shifted & d0;
    return d0;
}

INLINE uint64_t levenshtein_one_block(const struct pattern *p, const struct text *b,
                                      const uint32_t width)
{
    struct column c = {~0ull, 0};
    for (uint32_t j = 0; j < b->n; j++) {
        uint64_t up = 0, down = 0;
        column_step(&c, places(p, b, j, width), 0, &up, &down);
    }
    uint64_t rows = bits_of_block(p, 0);
    return b->n + count_bits(c.vp & rows) - count_bits(c.vn & rows);
}

/* Blocks of rows that may have a cell on the way to a distance of at most `most` (Ukkonen 1985). It
 * is set again for each 64 columns. From a cell as many edits are still to come as its diagonal is
 * away from that of the last cell, so a cell matters only if its distance leaves that much. A row
 * above the blocks counts one more for each column, and one below them one more for each row: never
 * too little, and right wherever it matters. */
struct band {
    uint64_t most;
    uint64_t ahead, back; /* no place of A matters that is further from its place in B */
    uint64_t n_a, n_b;
    uint64_t above; /* the cell above block `first`, in the present column */
    uint32_t first, end;
};

/* False if the lengths alone are further apart than `most`. */
INLINE bool make_band(struct band *band, const struct pattern *p, const struct text *b,
                      uint64_t most)
{
    const int64_t longer = (int64_t)p->n - b->n, limit = (int64_t)most;
    if (limit < longer || limit < -longer)
        return false;
    *band = (struct band){.most = most,
                          .ahead = (uint64_t)(limit + longer) / 2,
                          .back = (uint64_t)(limit - longer) / 2,
                          .n_a = p->n,
                          .n_b = b->n};
    return true;
}

/* The edits that are still to come at least from a cell of block k in column j. */
INLINE uint64_t edits_to_come(const struct band *band, uint32_t k, uint64_t j)
{
    const uint64_t left = band->n_b - j;
    const uint64_t most = band->n_a - k * 64ull, least = most > 64 ? most - 64 : 0;
    return left > most ? left - most : left < least ? least - left : 0;
}

/* Are all cells of a block too large, which has these cells above it and at its end? */
INLINE bool is_beyond(const struct band *band, uint32_t k, uint64_t j, uint64_t above,
                      uint64_t last)
{
    const uint64_t in_block = above + last > 64 ? (above + last - 64) / 2 : 0;
    return in_block + edits_to_come(band, k, j) > band->most;
}

INLINE uint64_t cell_below(uint64_t above, const struct column *c)
{
    return above + count_bits(c->vp) - count_bits(c->vn);
}

/* Drops blocks that no longer matter after j columns, and returns how many are needed for the next
 * 64 columns; those from band->end on are new. Blocks are `stride` bytes apart. A swap reaches back
 * by two columns, so two blocks after the last that matters are needed. None: no cell is left. */
INLINE uint32_t move_band(struct band *band, const char *blocks, size_t stride, uint64_t j,
                          uint32_t n_blocks)
{
    const uint64_t widest = (j + band->ahead) / 64 + 2;
    uint64_t above = band->above;
    uint32_t end = 0; /* of those that matter */
    for (uint32_t k = band->first; k < band->end; k++) {
        const uint64_t last = cell_below(above, (const void *)(blocks + k * stride));
        if (!is_beyond(band, k, j, above, last) && (k + 1) * 64ull + band->back > j) {
            end = k + 1;
        } else if (k == band->first) {
            band->first++;
            band->above = last;
        }
        above = last;
    }
    if (end == 0 && j > 0)
        return 0;
    uint64_t needed = j > 0 && end + 2ull < widest ? end + 2ull : widest;
    needed = needed < n_blocks ? needed : n_blocks;
    return (uint32_t)needed;
}

/* The last cell of the last column, where the blocks reach it. */
INLINE uint64_t last_cell(const struct band *band, const struct pattern *p, const char *blocks,
                          size_t stride)
{
    uint64_t cell = band->above;
    if (band->end < p->blocks)
        return band->most + 1;
    for (uint32_t k = band->first; k < band->end; k++) {
        const struct column *c = (const void *)(blocks + k * stride);
        const uint64_t rows = bits_of_block(p, k);
        cell += count_bits(c->vp & rows) - count_bits(c->vn & rows);
    }
    return cell;
}

INLINE uint64_t levenshtein_blocks(const struct pattern *p, const struct text *b, uint64_t most,
                                   struct column *c, const uint32_t width)
{
    struct band band;
    if (!make_band(&band, p, b, most))
        return most + 1;
    for (uint32_t begin = 0; begin < b->n; begin += 64) {
        const uint32_t end = b->n - begin < 64 ? b->n : begin + 64;
        const uint32_t needed = move_band(&band, (const char *)c, sizeof *c, begin, p->blocks);
        if (needed == 0)
            return most + 1;
        for (uint32_t k = band.end; k < needed; k++)
            c[k] = (struct column){~0ull, 0};
        band.end = needed;
        for (uint32_t j = begin; j < end; j++) {
            const uint64_t *x = pattern_row(p, text_code(b->codes, width, j), width);
            uint64_t up = 0, down = 0;
            for (uint32_t k = band.first; k < needed; k++)
                column_step(&c[k], x[k], 0, &up, &down);
        }
        band.above += end - begin;
    }
    return last_cell(&band, p, (const char *)c, sizeof *c);
}

/* Of very long texts a narrow band is tried first, and one WIDER times as wide as long as it does
 * not hold the way (Ukkonen 1985). Texts that are alike need no more, and a band that is too narrow
 * ends early. */
#define BANDED_BLOCKS 32u /* of shorter texts a band is not much less than all */
#define NARROWEST 128u    /* the first band: a part of the length */
#define WIDER 4u

/* The next limit to try, after `tried` (0: none): at most `most`. */
INLINE uint64_t next_limit(const struct pattern *p, uint64_t tried, uint64_t most)
{
    const uint64_t next = tried ? tried * WIDER : p->n / NARROWEST;
    return p->blocks < BANDED_BLOCKS || most / WIDER < next ? most : next;
}

APART uint64_t levenshtein_long(const struct pattern *p, const struct text *b, uint64_t most,
                                uint64_t *scratch)
{
    struct column *c = (struct column *)(void *)scratch;
    const uint64_t longer = p->n > b->n ? p->n : b->n, whole = most < longer ? most : longer;
    uint64_t limit = 0, distance;
    do {
        limit = next_limit(p, limit, whole);
        distance = BY_WIDTH(b->width, levenshtein_blocks, p, b, limit, c);
    } while (distance > limit && limit < whole);
    return distance;
}

static uint64_t levenshtein_within(const struct pattern *p, const struct text *b, uint64_t most,
                                   uint64_t *scratch)
{
    if (p->blocks > 1)
        return levenshtein_long(p, b, most, scratch);
    return BY_WIDTH(b->width, levenshtein_one_block, p, b);
}

static uint64_t levenshtein(const struct pattern *p, const struct text *b, uint64_t *scratch)
{
    return levenshtein_within(p, b, NO_LIMIT, scratch);
}

/* A transposition ends in a row where A's character equals B's last but one, and the row above had
 * a match with this one that d0 of the last column has not used. */
struct osa_column {
    struct column c;
    uint64_t d0, x; /* of the column before */
};

/* *cross carries the match of the block below whose partner is in this one. */
INLINE void osa_step(struct osa_column *o, uint64_t x, uint64_t *up, uint64_t *down,
                     uint64_t *cross)
{
    uint64_t open = ~o->d0 & x;
    uint64_t swapped = (open << 1 | *cross) & o->x;
    *cross = open >> 63;
    o->d0 = column_step(&o->c, x, swapped, up, down);
    o->x = x;
}

INLINE uint64_t osa_one_block(const struct pattern *p, const struct text *b, const uint32_t width)
{
    struct osa_column o = {.c = {~0ull, 0}};
    for (uint32_t j = 0; j < b->n; j++) {
        uint64_t up = 0, down = 0, cross = 0;
        osa_step(&o, places(p, b, j, width), &up, &down, &cross);
    }
    uint64_t rows = bits_of_block(p, 0);
    return b->n + count_bits(o.c.vp & rows) - count_bits(o.c.vn & rows);
}

INLINE uint64_t osa_blocks(const struct pattern *p, const struct text *b, uint64_t most,
                           struct osa_column *o, const uint32_t width)
{
    struct band band;
    if (!make_band(&band, p, b, most))
        return most + 1;
    band.back++; /* a swap of neighbours reads the row above it, too */
    for (uint32_t begin = 0; begin < b->n; begin += 64) {
        const uint32_t end = b->n - begin < 64 ? b->n : begin + 64;
        const uint32_t needed = move_band(&band, (const char *)o, sizeof *o, begin, p->blocks);
        if (needed == 0)
            return most + 1;
        for (uint32_t k = band.end; k < needed; k++)
            o[k] = (struct osa_column){.c = {~0ull, 0}};
        band.end = needed;
        for (uint32_t j = begin; j < end; j++) {
            const uint64_t *x = pattern_row(p, text_code(b->codes, width, j), width);
            uint64_t up = 0, down = 0, cross = 0;
            for (uint32_t k = band.first; k < needed; k++)
                osa_step(&o[k], x[k], &up, &down, &cross);
        }
        band.above += end - begin;
    }
    return last_cell(&band, p, (const char *)o, sizeof *o);
}

APART uint64_t osa_long(const struct pattern *p, const struct text *b, uint64_t most,
                        uint64_t *scratch)
{
    struct osa_column *o = (struct osa_column *)(void *)scratch;
    const uint64_t longer = p->n > b->n ? p->n : b->n, whole = most < longer ? most : longer;
    uint64_t limit = 0, distance;
    do {
        limit = next_limit(p, limit, whole);
        distance = BY_WIDTH(b->width, osa_blocks, p, b, limit, o);
    } while (distance > limit && limit < whole);
    return distance;
}

static uint64_t osa_within(const struct pattern *p, const struct text *b, uint64_t most,
                           uint64_t *scratch)
{
    if (p->blocks > 1)
        return osa_long(p, b, most, scratch);
    return BY_WIDTH(b->width, osa_one_block, p, b);
}

static uint64_t osa(const struct pattern *p, const struct text *b, uint64_t *scratch)
{
    return osa_within(p, b, NO_LIMIT, scratch);
}

/* ---- Longest common subsequence: Hyyrö 2004 ----------------------------------------------------
 * A zero in `row` stands where the length grows with A's character. */
INLINE uint64_t lcs_one_block(const struct pattern *p, const struct text *b, const uint32_t width)
{
    uint64_t row = ~0ull;
    for (uint32_t j = 0; j < b->n; j++) {
        uint64_t u = row & places(p, b, j, width);
        row = (row + u) | (row - u);
    }
    return count_bits(~row & bits_of_block(p, 0));
}

INLINE void lcs_step(uint64_t *row, uint64_t u, uint64_t *carry)
{
    uint64_t sum = *row + u, with = sum + *carry;
    *carry = (sum < u) | (with < sum);
    *row = with | (*row - u);
}

/* So many characters of B are taken side by side. Each has its own chain of carries, and a block is
 * read and written once for all of them. */
#define TAKEN_AT_ONCE 4u

/* Finds the pattern's rows of n characters of B, from number j on. */
INLINE void rows_of(const struct pattern *p, const struct text *b, uint32_t j,
                    const uint64_t *x[TAKEN_AT_ONCE], const uint32_t n, const uint32_t width)
{
    for (uint32_t i = 0; i < n; i++)
        x[i] = pattern_row(p, text_code(b->codes, width, j + i), width);
}

/* Takes n characters of B, from number j on, into blocks first .. end - 1; `keep` may be NULL. */
INLINE void take_some(const struct pattern *p, const struct text *b, uint32_t j, uint32_t first,
                      uint32_t end, uint64_t *row, const uint64_t *keep, const uint32_t n,
                      const uint32_t width)
{
    const uint64_t *x[TAKEN_AT_ONCE];
    uint64_t carry[TAKEN_AT_ONCE] = {0};
    rows_of(p, b, j, x, n, width);
    for (uint32_t k = first; k < end; k++) {
        const uint64_t kept = keep ? keep[k] : ~0ull;
        uint64_t block = row[k];
#pragma GCC unroll 4
        for (uint32_t i = 0; i < n; i++)
            lcs_step(&block, block & x[i][k] & kept, &carry[i]);
        row[k] = block;
    }
}

#if defined(__AVX512F__)
/* lcs_step for eight blocks. A sum of all ones passes a carry on. So adding the carries to a number
 * with a bit for each block, set where the sum is all ones, carries them through. */
INLINE __m512i lcs_step_eight(__m512i row, __m512i x, uint32_t *carry)
{
    const __m512i ones = _mm512_set1_epi64(-1),
                  sum = _mm512_add_epi64(row, _mm512_and_si512(row, x));
    const uint32_t passes = _mm512_cmpeq_epi64_mask(sum, ones);
    const uint32_t carries = passes + 2u * _mm512_cmplt_epu64_mask(sum, row) + *carry;
    *carry = carries >> 8;
    const __m512i with = _mm512_mask_sub_epi64(sum, (__mmask8)(carries ^ passes), sum, ones);
    return _mm512_or_si512(with, _mm512_andnot_si512(x, row));
}

/* take_some for eight blocks at once. */
INLINE void take_some_wide(const struct pattern *p, const struct text *b, uint32_t j,
                           uint32_t first, uint32_t end, uint64_t *row, const uint64_t *keep,
                           const uint32_t n, const uint32_t width)
{
    const uint64_t *x[TAKEN_AT_ONCE];
    uint32_t carry[TAKEN_AT_ONCE] = {0};
    rows_of(p, b, j, x, n, width);
    for (uint32_t k = first; k < end; k += 8) {
        const __mmask8 lanes = (__mmask8)(end - k < 8 ? (1u << (end - k)) - 1 : 0xffu);
        const __m512i kept =
            keep ? _mm512_maskz_loadu_epi64(lanes, keep + k) : _mm512_set1_epi64(-1);
        __m512i blocks = _mm512_maskz_loadu_epi64(lanes, row + k);
#pragma GCC unroll 4
        for (uint32_t i = 0; i < n; i++) {
            const __m512i places = _mm512_maskz_loadu_epi64(lanes, x[i] + k);
            blocks = lcs_step_eight(blocks, _mm512_and_si512(places, kept), &carry[i]);
        }
        _mm512_mask_storeu_epi64(row + k, lanes, blocks);
    }
}
#define WIDE_BLOCKS 6u /* from so many on eight at once are quicker */
#else
#define take_some_wide take_some
#define WIDE_BLOCKS UINT32_MAX /* never */
#endif

/* Takes characters begin .. until - 1 of B. */
INLINE void take(const struct pattern *p, const struct text *b, uint32_t begin, uint32_t until,
                 uint32_t first, uint32_t end, uint64_t *row, const uint64_t *keep,
                 const uint32_t width)
{
    uint32_t j = begin;
    for (; j + TAKEN_AT_ONCE <= until; j += TAKEN_AT_ONCE)
        if (end - first >= WIDE_BLOCKS)
            take_some_wide(p, b, j, first, end, row, keep, TAKEN_AT_ONCE, width);
        else
            take_some(p, b, j, first, end, row, keep, TAKEN_AT_ONCE, width);
    for (; j < until; j++)
        take_some(p, b, j, first, end, row, keep, 1, width);
}

INLINE uint64_t lcs_blocks(const struct pattern *p, const struct text *b, uint64_t *row,
                           const uint32_t blocks, const uint32_t width)
{
    uint64_t length = 0;
    memset(row, 0xff, blocks * sizeof *row);
    for (uint32_t j = 0; j < b->n; j++) {
        uint32_t code = text_code(b->codes, width, j);
        const uint64_t *x = p->mask + (size_t)(width == 1 ? code : p->row[code]) * blocks;
        uint64_t carry = 0;
#pragma GCC unroll 4
        for (uint32_t k = 0; k < blocks; k++)
            lcs_step(&row[k], row[k] & x[k], &carry);
    }
    for (uint32_t k = 0; k < blocks; k++)
        length += count_bits(~row[k] & bits_of_block(p, k));
    return length;
}

/* So few blocks stay in registers. */
INLINE uint64_t lcs_few(const struct pattern *p, const struct text *b, const uint32_t width)
{
    uint64_t row[4];
    return p->blocks == 2   ? lcs_blocks(p, b, row, 2, width)
           : p->blocks == 3 ? lcs_blocks(p, b, row, 3, width)
                            : lcs_blocks(p, b, row, 4, width);
}

/* The blocks of a subsequence of at least `least` characters. Such a one leaves out at most a few
 * of A, and of B, so it pairs no places that are further apart. A cell matters only if what is left
 * of both texts can still make up what its length lacks. Rows after the blocks count as much as
 * that before them: never too much. */
struct lcs_band {
    uint64_t least;
    uint64_t passed; /* in blocks before `first` */
    uint32_t first, end;
};

/* Drops blocks that no longer matter after j columns; returns how many are needed for the next 64.
 * The row above a block is taken for one of it. None: no cell is left. */
INLINE uint32_t move_lcs_band(struct lcs_band *band, const struct pattern *p, const uint64_t *row,
                              uint64_t j, uint64_t n_b)
{
    const uint64_t ahead = p->n - band->least, back = n_b - band->least;
    const uint64_t widest = (j + ahead) / 64 + 2;
    uint64_t length = band->passed;
    uint32_t end = 0;
    for (uint32_t k = band->first; k < band->end; k++) {
        const uint64_t left_a = p->n - k * 64ull, left = left_a < n_b - j ? left_a : n_b - j;
        length += count_bits(~row[k] & bits_of_block(p, k));
        if (length + left >= band->least && (k + 1) * 64ull + back > j) {
            end = k + 1;
        } else if (k == band->first) {
            band->first++;
            band->passed = length;
        }
    }
    if (end == 0 && j > 0)
        return 0;
    uint64_t needed = j > 0 && end + 2ull < widest ? end + 2ull : widest;
    needed = needed < p->blocks ? needed : p->blocks;
    return (uint32_t)needed;
}

INLINE uint64_t lcs_banded(const struct pattern *p, const struct text *b, uint64_t least,
                           uint64_t *row, const uint32_t width)
{
    struct lcs_band band = {.least = least};
    for (uint32_t begin = 0; begin < b->n; begin += 64) {
        const uint32_t end = b->n - begin < 64 ? b->n : begin + 64;
        const uint32_t needed = move_lcs_band(&band, p, row, begin, b->n);
        if (needed == 0)
            return 0;
        for (uint32_t k = band.end; k < needed; k++)
            row[k] = ~0ull;
        band.end = needed;
        take(p, b, begin, end, band.first, needed, row, NULL, width);
    }
    uint64_t length = band.passed;
    for (uint32_t k = band.first; k < band.end; k++)
        length += count_bits(~row[k] & bits_of_block(p, k));
    return length;
}

APART uint64_t lcs_long(const struct pattern *p, const struct text *b, uint64_t least,
                        uint64_t *scratch)
{
    if (p->blocks <= 4)
        return BY_WIDTH(b->width, lcs_few, p, b);
    /* What of the longer text may stay without a partner. */
    const uint64_t longer = p->n > b->n ? p->n : b->n, most = longer - least;
    uint64_t limit = 0, length;
    do {
        limit = next_limit(p, limit, most);
        const uint64_t asked = longer - limit;
        length =
            asked > p->n || asked > b->n ? 0 : BY_WIDTH(b->width, lcs_banded, p, b, asked, scratch);
    } while (length < longer - limit && limit < most);
    return length;
}

static uint64_t lcs_reaching(const struct pattern *p, const struct text *b, uint64_t least,
                             uint64_t *scratch)
{
    if (least > p->n || least > b->n)
        return 0;
    if (p->blocks > 1)
        return lcs_long(p, b, least, scratch);
    return BY_WIDTH(b->width, lcs_one_block, p, b);
}

static uint64_t lcs(const struct pattern *p, const struct text *b, uint64_t *scratch)
{
    return lcs_reaching(p, b, 0, scratch);
}

INLINE uint64_t lcs_kept_blocks(const struct pattern *p, const struct text *b, const uint64_t *keep,
                                uint32_t first, uint32_t end, uint64_t *row, const uint32_t width)
{
    uint64_t length = 0;
    memset(row + first, 0xff, (end - first) * sizeof *row);
    take(p, b, 0, b->n, first, end, row, keep, width);
    for (uint32_t k = first; k < end; k++)
        length += count_bits(~row[k] & keep[k]);
    return length;
}

INLINE uint64_t lcs_kept_one_block(const struct pattern *p, const struct text *b, uint64_t keep,
                                   const uint32_t width)
{
    uint64_t row = ~0ull;
    for (uint32_t j = 0; j < b->n; j++) {
        uint64_t u = row & (places(p, b, j, width) & keep);
        row = (row + u) | (row - u);
    }
    return count_bits(~row & keep);
}

static uint64_t lcs_kept(const struct pattern *p, const struct text *b, const uint64_t *keep,
                         uint32_t first, uint32_t blocks, uint64_t *scratch)
{
    if (p->blocks == 1)
        return BY_WIDTH(b->width, lcs_kept_one_block, p, b, *keep);
    return BY_WIDTH(b->width, lcs_kept_blocks, p, b, keep, first, first + blocks, scratch);
}

INLINE void lcs_prefixes_one_block(const struct pattern *p, const struct text *b, bool backwards,
                                   uint32_t *lengths, uint64_t *row, const uint32_t width)
{
    uint64_t now = ~0ull, rows = bits_of_block(p, 0);
    for (uint32_t j = 0; j < b->n; j++) {
        uint64_t u = now & places(p, b, backwards ? b->n - 1 - j : j, width);
        now = (now + u) | (now - u);
        lengths[j] = (uint32_t)count_bits(~now & rows);
    }
    *row = now;
}

INLINE void lcs_prefixes_blocks(const struct pattern *p, const struct text *b, bool backwards,
                                uint32_t *lengths, uint64_t *row, const uint32_t width)
{
    memset(row, 0xff, p->blocks * sizeof *row);
    for (uint32_t j = 0; j < b->n; j++) {
        uint32_t code = text_code(b->codes, width, backwards ? b->n - 1 - j : j);
        const uint64_t *x = pattern_row(p, code, width);
        uint64_t carry = 0, length = 0;
        for (uint32_t k = 0; k < p->blocks; k++) {
            lcs_step(&row[k], row[k] & x[k], &carry);
            length += count_bits(~row[k] & bits_of_block(p, k));
        }
        lengths[j] = (uint32_t)length;
    }
}

static void lcs_prefixes(const struct pattern *p, const struct text *b, bool backwards,
                         uint32_t *lengths, uint64_t *row)
{
    if (p->blocks == 1)
        BY_WIDTH(b->width, lcs_prefixes_one_block, p, b, backwards, lengths, row);
    else
        BY_WIDTH(b->width, lcs_prefixes_blocks, p, b, backwards, lengths, row);
}

INLINE void lcs_take_width(const struct pattern *p, const struct text *b, uint32_t first,
                           uint32_t end, uint64_t *row, const uint32_t width)
{
    take(p, b, 0, b->n, first, end, row, NULL, width);
}

static void lcs_take(const struct pattern *p, const struct text *b, uint32_t first, uint32_t end,
                     uint64_t *row)
{
    BY_WIDTH(b->width, lcs_take_width, p, b, first, end, row);
}

/* ---- Jaro --------------------------------------------------------------------------------------
 * Greedily from the left: each character of B takes the first free one of A that is equal and
 * within the window. */
INLINE uint64_t jaro_window(uint64_t la, uint64_t lb)
{
    uint64_t half = (la > lb ? la : lb) / 2;
    return half - (half > 0);
}

/* Counts the taken characters that differ when both texts' are put side by side in order. */
INLINE uint64_t crossed_one_block(const struct pattern *p, const struct text *a,
                                  const struct text *b, uint64_t taken_a, uint64_t taken_b,
                                  const uint32_t width)
{
#if defined(__AVX512VBMI2__)
    if (width == 1) {
        __m512i x = _mm512_maskz_compress_epi8(taken_a, _mm512_loadu_si512(a->codes));
        __m512i y = _mm512_maskz_compress_epi8(taken_b, _mm512_loadu_si512(b->codes));
        return count_bits(_mm512_cmpneq_epi8_mask(x, y));
    }
#endif
    (void)a;
    uint64_t crossed = 0;
    for (; taken_b; taken_b &= taken_b - 1) {
        uint64_t x = places(p, b, (uint32_t)__builtin_ctzll(taken_b), width);
        crossed += (x & taken_a & -taken_a) == 0;
        taken_a &= taken_a - 1;
    }
    return crossed;
}

INLINE struct jaro_counts jaro_one_block(const struct pattern *p, const struct text *a,
                                         const struct text *b, const uint32_t width)
{
    uint64_t window = jaro_window(p->n, b->n), taken_a = 0, taken_b = 0;
    uint64_t stop = p->n + window < b->n ? p->n + window : b->n;
    for (uint64_t j = 0; j < stop; j++) {
        uint64_t near = low_bits(j + window + 1) & (~0ull << (j > window ? j - window : 0));
        uint64_t free = places(p, b, (uint32_t)j, width) & near & ~taken_a;
        taken_a |= free & -free;
        taken_b |= (uint64_t)(free != 0) << j;
    }
    return (struct jaro_counts){count_bits(taken_a),
                                crossed_one_block(p, a, b, taken_a, taken_b, width)};
}

/* The same for texts so short that the window moves by rotation: the bits that leave the machine
 * word at one end and enter it at the other are none of A's. The length and the window fit into 64
 * bits together. */
#define JARO_SHORT 43

INLINE struct jaro_counts jaro_short(const struct pattern *p, const struct text *a,
                                     const struct text *b, const uint32_t width)
{
    uint64_t window = jaro_window(p->n, b->n), taken_a = 0, taken_b = 0;
    uint64_t stop = p->n + window < b->n ? p->n + window : b->n;
    uint64_t ones = low_bits(2 * window + 1),
             near = window ? ones >> window | ones << (64 - window) : 1;
    for (uint64_t j = 0; j < stop; j++) {
        uint64_t free = places(p, b, (uint32_t)j, width) & near & ~taken_a;
        near = near << 1 | near >> 63;
        taken_a |= free & -free;
        taken_b |= (uint64_t)(free != 0) << j;
    }
    return (struct jaro_counts){count_bits(taken_a),
                                crossed_one_block(p, a, b, taken_a, taken_b, width)};
}

/* The same for texts of up to two machine words. A pair of words is one number, so that its lowest
 * bit is found without a branch, which the processor could not foresee. */
#define JARO_PAIR 128
__extension__ typedef unsigned __int128 word_pair;

INLINE word_pair places_of_pair(const struct pattern *p, uint32_t code, const uint32_t width)
{
    const uint64_t *x = pattern_row(p, code, width);
    return p->blocks == 1 ? x[0] : (word_pair)x[1] << 64 | x[0];
}

#if defined(__AVX512VBMI2__)
/* The taken characters of a text, one after the other. */
INLINE void gather_pair(const struct text *t, word_pair taken, uint8_t taken_codes[JARO_PAIR])
{
    const uint64_t low = (uint64_t)taken, high = (uint64_t)(taken >> 64);
    const uint8_t *codes = t->codes;
    const __m512i first = _mm512_maskz_compress_epi8(low, _mm512_loadu_si512(codes));
    const uint64_t more = t->n > 64 ? ~0ull : 0; /* nothing may be read far after the end */
    const __m512i second =
        _mm512_maskz_compress_epi8(high, _mm512_maskz_loadu_epi8(more, codes + 64));
    _mm512_storeu_si512(taken_codes, first);
    _mm512_storeu_si512(taken_codes + count_bits(low), second);
}
#endif

/* Counts the taken characters that differ when both texts' are put side by side in order. */
INLINE uint64_t crossed_pair(const struct pattern *p, const struct text *a, const struct text *b,
                             word_pair taken_a, word_pair taken_b, const uint32_t width)
{
    uint64_t crossed = 0;
#if defined(__AVX512VBMI2__)
    if (width == 1) {
        uint8_t x[JARO_PAIR + 64] = {0}, y[JARO_PAIR + 64] = {0};
        gather_pair(a, taken_a, x);
        gather_pair(b, taken_b, y);
        for (uint32_t i = 0; i < JARO_PAIR; i += 64)
            crossed += count_bits(
                _mm512_cmpneq_epi8_mask(_mm512_loadu_si512(x + i), _mm512_loadu_si512(y + i)));
        return crossed;
    }
#endif
    (void)a;
    for (uint32_t block = 0; block < 2; block++)
        for (uint64_t bits = (uint64_t)(taken_b >> 64 * block); bits; bits &= bits - 1) {
            const uint32_t j = block * 64 + (uint32_t)__builtin_ctzll(bits);
            const word_pair x = places_of_pair(p, text_code(b->codes, width, j), width);
            crossed += (x & taken_a & -taken_a) == 0;
            taken_a &= taken_a - 1;
        }
    return crossed;
}

INLINE struct jaro_counts jaro_pair(const struct pattern *p, const struct text *a,
                                    const struct text *b, const uint32_t width)
{
    const uint64_t window = jaro_window(p->n, b->n);
    const uint64_t stop = p->n + window < b->n ? p->n + window : b->n;
    word_pair taken_a = 0, taken_b = 0, here = 1, near = ((word_pair)2 << window) - 1;
    for (uint64_t j = 0; j < stop; j++) {
        const word_pair free =
            places_of_pair(p, text_code(b->codes, width, j), width) & near & ~taken_a;
        taken_a |= free & -free;
        taken_b |= free ? here : 0;
        here <<= 1;
        near = near << 1 | (j < window);
    }
    const uint64_t common = count_bits((uint64_t)taken_a) + count_bits((uint64_t)(taken_a >> 64));
    return (struct jaro_counts){common, crossed_pair(p, a, b, taken_a, taken_b, width)};
}

/* Takes the first free equal character of A in from .. to - 1; false if there is none. *first is
 * the first block that may have one: for the next character of this code it is none before, since
 * windows move on and what is taken stays taken. So all characters of one code together look at
 * each block once. */
INLINE bool take_first(const uint64_t *x, uint64_t *taken, uint64_t from, uint64_t to,
                       uint32_t *first)
{
    uint32_t k = *first > from / 64 ? *first : (uint32_t)(from / 64);
    for (; k * 64ull < to; k++) {
        const uint64_t base = k * 64ull, inside = from > base ? ~0ull << (from - base) : ~0ull;
        const uint64_t after = x[k] & ~taken[k] & inside;
        if (!after)
            continue;
        const bool found = after & low_bits(to - base);
        *first = k;
        taken[k] |= found ? after & -after : 0;
        return found;
    }
    *first = k;
    return false;
}

INLINE uint64_t crossed_blocks(const struct pattern *p, const struct text *b, uint64_t *taken_a,
                               const uint64_t *taken_b, const uint32_t width)
{
    uint64_t crossed = 0, k = 0;
    for (uint32_t block = 0; block * 64ull < b->n; block++)
        for (uint64_t bits = taken_b[block]; bits; bits &= bits - 1) {
            uint32_t j = block * 64 + (uint32_t)__builtin_ctzll(bits);
            while (!taken_a[k])
                k++;
            const uint64_t *x = pattern_row(p, text_code(b->codes, width, j), width);
            crossed += (x[k] & taken_a[k] & -taken_a[k]) == 0;
            taken_a[k] &= taken_a[k] - 1;
        }
    return crossed;
}

#define JARO_ROWS 258 /* whose first block is kept: of most texts all */

INLINE struct jaro_counts jaro_blocks(const struct pattern *p, const struct text *b,
                                      uint64_t *taken_a, const uint32_t width)
{
    uint64_t window = jaro_window(p->n, b->n), *taken_b = taken_a + p->blocks, common = 0;
    uint32_t first[JARO_ROWS] = {0}; /* of a row; texts have rows in the order of appearance */
    memset(taken_a, 0, (p->blocks + b->n / 64 + 1) * sizeof *taken_a);
    for (uint64_t j = 0; j < b->n && j < p->n + window; j++) {
        const uint64_t from = j > window ? j - window : 0, to = j + window + 1;
        const uint32_t code = text_code(b->codes, width, j);
        const uint32_t row = width == 1 ? code : p->row[code];
        uint32_t none = 0;
        const uint64_t *x = p->mask + (size_t)row * p->blocks;
        if (take_first(x, taken_a, from, to < p->n ? to : p->n,
                       row < JARO_ROWS ? &first[row] : &none)) {
            taken_b[j / 64] |= 1ull << (j % 64);
            common++;
        }
    }
    return (struct jaro_counts){common, crossed_blocks(p, b, taken_a, taken_b, width)};
}

APART struct jaro_counts jaro_long(const struct pattern *p, const struct text *a,
                                   const struct text *b, uint64_t *scratch)
{
    if (p->n > JARO_PAIR || b->n > JARO_PAIR)
        return BY_WIDTH(b->width, jaro_blocks, p, b, scratch);
    if (p->n > 64 || b->n > 64)
        return BY_WIDTH(b->width, jaro_pair, p, a, b);
    return BY_WIDTH(b->width, jaro_one_block, p, a, b);
}

static struct jaro_counts jaro(const struct pattern *p, const struct text *a, const struct text *b,
                               uint64_t *scratch)
{
    if (p->n > JARO_SHORT || b->n > JARO_SHORT)
        return jaro_long(p, a, b, scratch);
    return BY_WIDTH(b->width, jaro_short, p, a, b);
}

/* ---- By position -----------------------------------------------------------------------------*/

INLINE uint64_t load(const struct text *t, size_t byte)
{
    uint64_t x;
    memcpy(&x, (const char *)t->codes + byte, sizeof x);
    return x;
}

/* Eight bytes at a time: the top bit of a character is set where the two differ. */
INLINE uint64_t mismatches_of(const struct text *a, const struct text *b, uint32_t n,
                              const uint32_t width)
{
    const uint64_t unit = width == 1   ? 0x0101010101010101ull
                          : width == 2 ? 0x0001000100010001ull
                                       : 0x0000000100000001ull;
    const uint64_t top = unit << (8 * width - 1), rest = top - unit;
    size_t bytes = (size_t)n * width, at = 0;
    uint64_t count = 0;
    for (; at < bytes; at += 8) {
        uint64_t x = load(a, at) ^ load(b, at);
        x &= low_bits(8 * (bytes - at));
        count += count_bits((((x & ~top) + rest) | x) & top);
    }
    return count;
}

static uint64_t mismatches(const struct text *a, const struct text *b, uint32_t n)
{
    return BY_WIDTH(a->width, mismatches_of, a, b, n);
}

const struct metric_kernels ISA_NAME(metric_kernels) = {
    .levenshtein = levenshtein,
    .osa = osa,
    .levenshtein_within = levenshtein_within,
    .osa_within = osa_within,
    .lcs = lcs,
    .lcs_reaching = lcs_reaching,
    .lcs_kept = lcs_kept,
    .lcs_prefixes = lcs_prefixes,
    .lcs_take = lcs_take,
    .jaro = jaro,
    .mismatches = mismatches,
};
