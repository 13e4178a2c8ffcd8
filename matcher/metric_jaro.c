/* Jaro and Jaro-Winkler (Jaro 1989, Winkler 1990), with RapidFuzz's order of operations.
 *
 * The characters in common are found greedily from the left: each character of B takes the first
 * free one of A that is equal and within the window. With A as a bit pattern that is one word at a
 * time, for A of any length. */
#include "matcher/metric_state.h"

#include <string.h>

#define PREFIX_WEIGHT 0.1
#define BOOST_ABOVE 0.7

double metric_jaro_similarity(uint64_t la, uint64_t lb, uint64_t common, uint64_t transpositions,
                              unsigned prefix, bool winkler)
{
    double sim;
    if (la == 0 && lb == 0) {
        sim = 1.0;
    } else if (common == 0) {
        sim = 0.0;
    } else {
        sim = (double)common / (double)la;
        sim += (double)common / (double)lb;
        sim += ((double)common - (double)transpositions) / (double)common;
        sim /= 3.0;
    }
    if (winkler && sim > BOOST_ABOVE) {
        sim += (double)prefix * PREFIX_WEIGHT * (1.0 - sim);
        sim = sim < 1.0 ? sim : 1.0;
    }
    return sim;
}

/* Scratch: which characters of A are taken, and of B. */
struct taken {
    uint64_t *a, *b;
};

/* Bits from..to - 1 of the word that begins at bit `base`. */
METRIC_INLINE uint64_t window_bits(uint64_t base, uint64_t from, uint64_t to)
{
    uint64_t low = from > base ? from - base : 0, high = to - base;
    uint64_t below = high >= 64 ? ~0ull : (1ull << high) - 1;
    return low >= 64 ? 0 : below & (~0ull << low);
}

/* Takes the first free character of A in [from, to) that is equal; false if there is none. */
METRIC_INLINE bool take_first(const uint64_t *x, uint64_t *taken, uint64_t from, uint64_t to)
{
    for (uint64_t k = from / 64; k * 64 < to; k++) {
        uint64_t free = x[k] & ~taken[k] & window_bits(k * 64, from, to);
        if (free) {
            taken[k] |= free & -free;
            return true;
        }
    }
    return false;
}

METRIC_INLINE uint64_t mark_common(const struct pattern *p, struct taken t, uint32_t n,
                                   struct text b, uint64_t window, const uint32_t width)
{
    uint64_t common = 0;
    for (uint32_t j = 0; j < b.n; j++) {
        uint64_t from = j > window ? j - window : 0, to = j + window + 1;
        to = to < n ? to : n;
        if (from >= to)
            break;
        if (take_first(pattern_row(p, text_code(b.codes, width, j)), t.a, from, to)) {
            t.b[j / 64] |= 1ull << (j % 64);
            common++;
        }
    }
    return common;
}

/* Walks through the taken characters of both in order and counts those that differ. */
METRIC_INLINE uint64_t count_crossed(const struct pattern *p, struct taken t, struct text b,
                                     const uint32_t width)
{
    uint64_t crossed = 0, k = 0, left = t.a[0];
    for (uint32_t word = 0; word * 64ull < b.n; word++)
        for (uint64_t bits = t.b[word]; bits; bits &= bits - 1) {
            uint32_t j = word * 64 + (uint32_t)__builtin_ctzll(bits);
            while (!left)
                left = t.a[++k];
            crossed += (pattern_row(p, text_code(b.codes, width, j))[k] & left & -left) == 0;
            left &= left - 1;
        }
    return crossed;
}

/* The same for A and B of at most 64 characters, in registers. */
METRIC_INLINE uint64_t jaro_word(const struct pattern *p, uint32_t n, struct text b,
                                 uint64_t window, uint64_t *crossed, const uint32_t width)
{
    uint64_t taken_a = 0, taken_b = 0, bound = n == 64 ? ~0ull : (1ull << n) - 1;
    for (uint32_t j = 0; j < b.n; j++) {
        uint64_t from = j > window ? j - window : 0, to = j + window + 1;
        if (from >= n)
            break;
        uint64_t mask = (~0ull << from) & (to >= 64 ? ~0ull : (1ull << to) - 1) & bound;
        uint64_t free = *pattern_row(p, text_code(b.codes, width, j)) & ~taken_a & mask;
        taken_a |= free & -free;
        taken_b |= (uint64_t)(free != 0) << j;
    }
    uint64_t left = taken_a;
    *crossed = 0;
    for (uint64_t bits = taken_b; bits; bits &= bits - 1) {
        uint32_t j = (uint32_t)__builtin_ctzll(bits);
        *crossed += (*pattern_row(p, text_code(b.codes, width, j)) & left & -left) == 0;
        left &= left - 1;
    }
    return (uint64_t)__builtin_popcountll(taken_a);
}

METRIC_INLINE uint64_t jaro_words(struct metric_state *s, struct text b, uint64_t window,
                                  uint64_t *crossed, const uint32_t width)
{
    size_t words_a = s->pattern.blocks, words_b = b.n / 64 + 1;
    uint64_t *scratch = metric_words(s, words_a + words_b);
    struct taken t = {scratch, scratch + words_a};
    memset(scratch, 0, (words_a + words_b) * sizeof *scratch);
    uint64_t common = mark_common(&s->pattern, t, s->a.n, b, window, width);
    *crossed = count_crossed(&s->pattern, t, b, width);
    return common;
}

/* Characters in common, and in *crossed how many of them are out of order. */
static uint64_t jaro_common(struct metric_state *s, struct text b, uint64_t *crossed)
{
    uint32_t n = s->a.n;
    uint64_t longer = n > b.n ? n : b.n, window = longer / 2;
    window -= window > 0;
    *crossed = 0;
    if (n == 0 || b.n == 0)
        return 0;
    if (n <= 64 && b.n <= 64)
        return METRIC_BY_WIDTH(b.width, jaro_word, &s->pattern, n, b, window, crossed);
    return METRIC_BY_WIDTH(b.width, jaro_words, s, b, window, crossed);
}

static double jaro(struct metric_state *s, struct text a, struct text b)
{
    uint64_t crossed;
    metric_prepare(s, a);
    uint64_t common = jaro_common(s, b, &crossed);
    return metric_jaro_similarity(a.n, b.n, common, crossed / 2, 0, false);
}

static double jaro_winkler(struct metric_state *s, struct text a, struct text b)
{
    uint64_t crossed;
    unsigned prefix = 0;
    metric_prepare(s, a);
    uint64_t common = jaro_common(s, b, &crossed);
    while (prefix < 4 && prefix < a.n && prefix < b.n &&
           text_code(a.codes, a.width, prefix) == text_code(b.codes, b.width, prefix))
        prefix++;
    return metric_jaro_similarity(a.n, b.n, common, crossed / 2, prefix, true);
}

extern const struct metric metric_jaro_rows[];
const struct metric metric_jaro_rows[] = {
    {.name = "jaro",
     .family = METRIC_JARO,
     .range = "0..1",
     .what = "characters in common and their order",
     .arguments = "",
     .score = jaro},
    {.name = "jaro_winkler",
     .family = METRIC_JARO_WINKLER,
     .range = "0..1",
     .what = "as jaro, and more for a common beginning; made for names",
     .arguments = "",
     .score = jaro_winkler},
    {.name = NULL},
};
