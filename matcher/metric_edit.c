/* Edit distances and other metrics by position: equal, levenshtein, osa, damerau_levenshtein,
 * indel, ratio, lcsseq, hamming, prefix, postfix.
 *
 * A is prepared as a bit pattern (metric_state.h), B runs through it a character at a time. Up to
 * 64 characters of A fit into one word; longer ones take several with carries between them. */
#include "matcher/metric_state.h"

#include <string.h>

/* ---- Levenshtein: Myers 1999 in the form of Hyyrö 2003 ---------------------------------------*/

METRIC_INLINE uint64_t levenshtein_word(const struct pattern *p, uint32_t n, struct text b,
                                        const uint32_t width)
{
    uint64_t vp = ~0ull, vn = 0, last = 1ull << (n - 1), distance = n;
    for (uint32_t j = 0; j < b.n; j++) {
        uint64_t x = *pattern_row(p, text_code(b.codes, width, j));
        uint64_t d0 = (((x & vp) + vp) ^ vp) | x | vn;
        uint64_t hp = vn | ~(d0 | vp), hn = d0 & vp;
        distance += (hp & last) != 0;
        distance -= (hn & last) != 0;
        hp = hp << 1 | 1;
        vp = hn << 1 | ~(d0 | hp);
        vn = hp & d0;
    }
    return distance;
}

/* One column of one block. hp_in and hn_in come from the block below; those of the row `last` go
 * out. */
struct column {
    uint64_t vp, vn;
};

METRIC_INLINE void levenshtein_block(struct column *c, uint64_t x, uint64_t *hp_in, uint64_t *hn_in,
                                     uint64_t last)
{
    uint64_t vp = c->vp, vn = c->vn, y = x | *hn_in;
    uint64_t d0 = (((y & vp) + vp) ^ vp) | y | vn;
    uint64_t hp = vn | ~(d0 | vp), hn = d0 & vp;
    uint64_t hp_out = (hp & last) != 0, hn_out = (hn & last) != 0;
    hp = hp << 1 | *hp_in;
    hn = hn << 1 | *hn_in;
    c->vp = hn | ~(d0 | hp);
    c->vn = hp & d0;
    *hp_in = hp_out;
    *hn_in = hn_out;
}

METRIC_INLINE uint64_t levenshtein_blocks(struct column *c, const struct pattern *p, uint32_t n,
                                          struct text b, const uint32_t width)
{
    uint64_t distance = n, top = 1ull << ((n - 1) % 64);
    for (uint32_t k = 0; k < p->blocks; k++)
        c[k] = (struct column){~0ull, 0};
    for (uint32_t j = 0; j < b.n; j++) {
        const uint64_t *x = pattern_row(p, text_code(b.codes, width, j));
        uint64_t hp = 1, hn = 0;
        for (uint32_t k = 0; k + 1 < p->blocks; k++)
            levenshtein_block(&c[k], x[k], &hp, &hn, 1ull << 63);
        levenshtein_block(&c[p->blocks - 1], x[p->blocks - 1], &hp, &hn, top);
        distance += hp;
        distance -= hn;
    }
    return distance;
}

static double levenshtein(struct metric_state *s, struct text a, struct text b)
{
    uint64_t maximum = a.n > b.n ? a.n : b.n, distance = maximum;
    metric_prepare(s, a);
    const struct pattern *p = &s->pattern;
    if (a.n && b.n && p->blocks == 1) {
        distance = METRIC_BY_WIDTH(b.width, levenshtein_word, p, a.n, b);
    } else if (a.n && b.n) {
        struct column *c = (struct column *)(void *)metric_words(s, 2ull * p->blocks);
        distance = METRIC_BY_WIDTH(b.width, levenshtein_blocks, c, p, a.n, b);
    }
    return metric_view_value(s, distance, maximum);
}

/* ---- Optimal string alignment: Hyyrö 2003 ----------------------------------------------------*/

struct osa_column {
    uint64_t vp, vn, d0, x; /* d0 and x: of the column before */
};

/* As levenshtein_block, with transpositions: *cross_in is the bit that the block below hands over,
 * whether its last row and the one before match crosswise. */
METRIC_INLINE void osa_block(struct osa_column *c, uint64_t x, uint64_t *hp_in, uint64_t *hn_in,
                             uint64_t *cross_in, uint64_t last)
{
    uint64_t vp = c->vp, vn = c->vn, y = x | *hn_in;
    uint64_t open = ~c->d0 & x;
    uint64_t cross = (open << 1 | *cross_in) & c->x;
    uint64_t d0 = (((y & vp) + vp) ^ vp) | y | vn | cross;
    uint64_t hp = vn | ~(d0 | vp), hn = d0 & vp;
    uint64_t hp_out = (hp & last) != 0, hn_out = (hn & last) != 0;
    hp = hp << 1 | *hp_in;
    hn = hn << 1 | *hn_in;
    *c = (struct osa_column){hn | ~(d0 | hp), hp & d0, d0, x};
    *hp_in = hp_out;
    *hn_in = hn_out;
    *cross_in = open >> 63;
}

METRIC_INLINE uint64_t osa_blocks(struct osa_column *c, const struct pattern *p, uint32_t n,
                                  struct text b, const uint32_t width)
{
    uint64_t distance = n, top = 1ull << ((n - 1) % 64);
    for (uint32_t k = 0; k < p->blocks; k++)
        c[k] = (struct osa_column){.vp = ~0ull};
    for (uint32_t j = 0; j < b.n; j++) {
        const uint64_t *x = pattern_row(p, text_code(b.codes, width, j));
        uint64_t hp = 1, hn = 0, cross = 0;
        for (uint32_t k = 0; k + 1 < p->blocks; k++)
            osa_block(&c[k], x[k], &hp, &hn, &cross, 1ull << 63);
        osa_block(&c[p->blocks - 1], x[p->blocks - 1], &hp, &hn, &cross, top);
        distance += hp;
        distance -= hn;
    }
    return distance;
}

METRIC_INLINE uint64_t osa_word(const struct pattern *p, uint32_t n, struct text b,
                                const uint32_t width)
{
    struct osa_column c = {.vp = ~0ull};
    uint64_t distance = n, top = 1ull << (n - 1);
    for (uint32_t j = 0; j < b.n; j++) {
        uint64_t hp = 1, hn = 0, cross = 0;
        osa_block(&c, *pattern_row(p, text_code(b.codes, width, j)), &hp, &hn, &cross, top);
        distance += hp;
        distance -= hn;
    }
    return distance;
}

static double osa(struct metric_state *s, struct text a, struct text b)
{
    uint64_t maximum = a.n > b.n ? a.n : b.n, distance = maximum;
    metric_prepare(s, a);
    const struct pattern *p = &s->pattern;
    if (a.n && b.n && p->blocks == 1) {
        distance = METRIC_BY_WIDTH(b.width, osa_word, p, a.n, b);
    } else if (a.n && b.n) {
        struct osa_column *c = (struct osa_column *)(void *)metric_words(s, 4ull * p->blocks);
        distance = METRIC_BY_WIDTH(b.width, osa_blocks, c, p, a.n, b);
    }
    return metric_view_value(s, distance, maximum);
}

/* ---- Damerau-Levenshtein without restriction: Zhao and Sahni 2019, in linear space -----------*/

/* Rows of the matrix with one more cell in front; `saved` holds for each column what a later
 * transposition that ends there starts from. */
struct damerau {
    uint32_t *now, *before, *saved;
    uint32_t *last_row; /* code -> last row of A with it, 0 = none */
};

static uint32_t least(uint32_t x, uint32_t y)
{
    return x < y ? x : y;
}

/* Row i of the matrix. Cell j stands at [j + 1]; cell -1 is out of reach. */
static void damerau_row(struct damerau *d, struct text a, struct text b, uint32_t i)
{
    uint32_t code = text_code(a.codes, a.width, i - 1), far = a.n + b.n + 1;
    uint32_t last_column = 0, diagonal_saved = far;
    uint32_t *swap = d->now, before_left;
    d->now = d->before;
    d->before = swap;
    before_left = d->now[1]; /* what stands here is two rows old */
    d->now[1] = i;
    for (uint32_t j = 1; j <= b.n; j++) {
        uint32_t other = text_code(b.codes, b.width, j - 1);
        uint32_t cell = d->before[j] + (code != other);
        cell = least(cell, least(d->now[j], d->before[j + 1]) + 1);
        uint32_t row = d->last_row[other];
        if (code == other) {
            last_column = j;
            d->saved[j] = d->before[j - 1];
            diagonal_saved = before_left;
        } else if (last_column && j - last_column == 1 && row) {
            cell = least(cell, d->saved[j] + (i - row));
        } else if (last_column && row && i - row == 1) {
            cell = least(cell, diagonal_saved + (j - last_column));
        }
        before_left = d->now[j + 1];
        d->now[j + 1] = cell;
    }
    d->last_row[code] = i;
}

static uint64_t damerau_distance(struct metric_state *s, struct text a, struct text b)
{
    size_t cells = b.n + 2ull;
    uint32_t *p = (uint32_t *)(void *)metric_words(s, (3 * cells + s->alphabet.n_codes) / 2 + 2);
    struct damerau d = {p, p + cells, p + 2 * cells, p + 3 * cells};
    uint32_t far = a.n + b.n + 1;
    memset(d.last_row, 0, s->alphabet.n_codes * sizeof *d.last_row);
    d.now[0] = d.before[0] = far;
    for (uint32_t j = 0; j <= b.n; j++) {
        d.now[j + 1] = j;
        d.before[j + 1] = far;
        d.saved[j] = far;
    }
    for (uint32_t i = 1; i <= a.n; i++)
        damerau_row(&d, a, b, i);
    return d.now[b.n + 1];
}

static double damerau(struct metric_state *s, struct text a, struct text b)
{
    uint64_t maximum = a.n > b.n ? a.n : b.n;
    return metric_view_value(s, damerau_distance(s, a, b), maximum);
}

/* ---- Longest common subsequence: Hyyrö 2004; indel and ratio over it -------------------------*/

METRIC_INLINE uint64_t lcs_word(const struct pattern *p, uint32_t n, struct text b, uint32_t from,
                                uint32_t count, const uint32_t width)
{
    uint64_t row = ~0ull;
    for (uint32_t j = from; j < from + count; j++) {
        uint64_t u = row & *pattern_row(p, text_code(b.codes, width, j));
        row = (row + u) | (row - u);
    }
    uint64_t mask = n == 64 ? ~0ull : (1ull << n) - 1;
    return (uint64_t)__builtin_popcountll(~row & mask);
}

METRIC_INLINE void lcs_column(uint64_t *row, const uint64_t *x, uint32_t blocks)
{
    uint64_t carry = 0;
    for (uint32_t k = 0; k < blocks; k++) {
        uint64_t u = row[k] & x[k], sum = row[k] + u, with = sum + carry;
        carry = (sum < row[k]) | (with < sum);
        row[k] = with | (row[k] - u);
    }
}

METRIC_INLINE uint64_t lcs_blocks(uint64_t *row, const struct pattern *p, uint32_t n, struct text b,
                                  uint32_t from, uint32_t count, const uint32_t width)
{
    uint64_t length = 0;
    memset(row, 0xff, p->blocks * sizeof *row);
    for (uint32_t j = from; j < from + count; j++)
        lcs_column(row, pattern_row(p, text_code(b.codes, width, j)), p->blocks);
    for (uint32_t k = 0; k < p->blocks; k++) {
        bool end = k + 1 == p->blocks && n % 64;
        uint64_t mask = end ? (1ull << (n % 64)) - 1 : ~0ull;
        length += (uint64_t)__builtin_popcountll(~row[k] & mask);
    }
    return length;
}

uint64_t metric_lcs(struct metric_state *s, struct text b, uint32_t from, uint32_t n)
{
    const struct pattern *p = &s->pattern;
    if (s->a.n == 0 || n == 0)
        return 0;
    if (p->blocks == 1)
        return METRIC_BY_WIDTH(b.width, lcs_word, p, s->a.n, b, from, n);
    uint64_t *row = metric_words(s, p->blocks);
    return METRIC_BY_WIDTH(b.width, lcs_blocks, row, p, s->a.n, b, from, n);
}

static double indel(struct metric_state *s, struct text a, struct text b)
{
    uint64_t maximum = (uint64_t)a.n + b.n;
    metric_prepare(s, a);
    return metric_view_value(s, maximum - 2 * metric_lcs(s, b, 0, b.n), maximum);
}

static double lcsseq(struct metric_state *s, struct text a, struct text b)
{
    uint64_t maximum = a.n > b.n ? a.n : b.n;
    metric_prepare(s, a);
    return metric_view_value(s, maximum - metric_lcs(s, b, 0, b.n), maximum);
}

/* ---- By position -----------------------------------------------------------------------------*/

METRIC_INLINE uint64_t mismatches(struct text a, struct text b, uint32_t n, const uint32_t width)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < n; i++)
        count += text_code(a.codes, width, i) != text_code(b.codes, width, i);
    return count;
}

static double hamming(struct metric_state *s, struct text a, struct text b)
{
    uint32_t shorter = a.n < b.n ? a.n : b.n, maximum = a.n > b.n ? a.n : b.n;
    uint64_t differ = METRIC_BY_WIDTH(a.width, mismatches, a, b, shorter);
    return metric_view_value(s, differ + (maximum - shorter), maximum);
}

METRIC_INLINE uint32_t common_prefix(struct text a, struct text b, uint32_t n, const uint32_t width)
{
    uint32_t i = 0;
    while (i < n && text_code(a.codes, width, i) == text_code(b.codes, width, i))
        i++;
    return i;
}

METRIC_INLINE uint32_t common_postfix(struct text a, struct text b, uint32_t n,
                                      const uint32_t width)
{
    uint32_t i = 0;
    while (i < n &&
           text_code(a.codes, width, a.n - 1 - i) == text_code(b.codes, width, b.n - 1 - i))
        i++;
    return i;
}

static double prefix(struct metric_state *s, struct text a, struct text b)
{
    uint32_t shorter = a.n < b.n ? a.n : b.n, maximum = a.n > b.n ? a.n : b.n;
    return metric_view_value(s, maximum - METRIC_BY_WIDTH(a.width, common_prefix, a, b, shorter),
                             maximum);
}

static double postfix(struct metric_state *s, struct text a, struct text b)
{
    uint32_t shorter = a.n < b.n ? a.n : b.n, maximum = a.n > b.n ? a.n : b.n;
    return metric_view_value(s, maximum - METRIC_BY_WIDTH(a.width, common_postfix, a, b, shorter),
                             maximum);
}

static double equal(struct metric_state *s, struct text a, struct text b)
{
    (void)s;
    if (a.id && b.id)
        return a.id == b.id ? 1.0 : 0.0;
    return a.n == b.n && memcmp(a.codes, b.codes, (size_t)a.n * a.width) == 0 ? 1.0 : 0.0;
}

/* ---- The rows --------------------------------------------------------------------------------*/

extern const struct metric metric_edit_rows[];
const struct metric metric_edit_rows[] = {
    {.name = "equal",
     .family = METRIC_EQUAL,
     .range = "0, 1",
     .what = "the same text",
     .arguments = "",
     .score = equal},
    {.name = "levenshtein",
     .family = METRIC_LEVENSHTEIN,
     .range = "0..1",
     .what = "insertions, deletions, substitutions",
     .arguments = "",
     .views = true,
     .score = levenshtein},
    {.name = "osa",
     .family = METRIC_OSA,
     .range = "0..1",
     .what = "as levenshtein, and swaps of neighbours, no text edited twice",
     .arguments = "",
     .views = true,
     .score = osa},
    {.name = "damerau_levenshtein",
     .family = METRIC_DAMERAU,
     .range = "0..1",
     .what = "as levenshtein, and swaps of neighbours without restriction",
     .arguments = "",
     .views = true,
     .score = damerau},
    {.name = "indel",
     .family = METRIC_INDEL,
     .range = "0..1",
     .what = "insertions and deletions, by the sum of the lengths",
     .arguments = "",
     .views = true,
     .score = indel},
    {.name = "ratio",
     .family = METRIC_INDEL,
     .range = "0..1",
     .what = "the same as indel, by the name that RapidFuzz gives it",
     .arguments = "",
     .score = indel},
    {.name = "lcsseq",
     .family = METRIC_LCSSEQ,
     .range = "0..1",
     .what = "longest common subsequence, by the longer length",
     .arguments = "",
     .views = true,
     .score = lcsseq},
    {.name = "hamming",
     .family = METRIC_HAMMING,
     .range = "0..1",
     .what = "positions that differ; what one text is longer differs",
     .arguments = "",
     .views = true,
     .score = hamming},
    {.name = "prefix",
     .family = METRIC_AFFIX,
     .range = "0..1",
     .what = "common beginning, by the longer length",
     .arguments = "",
     .views = true,
     .score = prefix},
    {.name = "postfix",
     .family = METRIC_AFFIX,
     .range = "0..1",
     .what = "common end, by the longer length",
     .arguments = "",
     .views = true,
     .score = postfix},
    {.name = NULL},
};
