/* Jaro in lanes of one to four machine words (after the bit-parallel Jaro of RapidFuzz). */
#include "matcher/kernel/kernel_jaro_wide.h"
#include "matcher/kernel/kernel_vector.h"

#define LANE_BITS 64
#include "matcher/kernel/kernel_lanes.h"

#define INLINE static inline __attribute__((always_inline))
#define AT_ONCE 4u /* independent chains that hide the latency of one */
#define LANES_HERE (VECTOR_BYTES / 8u)
#define LOOK_EVERY 4u /* places of a text after which it is seen whether a lane can still match */

/* A set of places of the patterns. */
struct places {
    VEC word[JARO_WIDE_WORDS];
};

/* A block whose patterns have `stride` words, of which the first `words` are looked at. Both are
 * constants wherever it is passed on. */
struct view {
    const struct jaro_wide_block *block;
    uint32_t words, stride;
};

INLINE const VEC *row_of(const struct view v, uint16_t symbol)
{
    return (const VEC *)v.block->rows + (size_t)symbol * v.stride;
}

/* The places of a symbol that a character at `place` of the text may take. */
INLINE struct places free_places(const struct view v, const VEC *row, uint32_t place,
                                 const struct places *taken)
{
    struct places free = {0};
    for (uint32_t w = 0; w < v.words; w++)
        free.word[w] = row[w] & LANE_ALL(v.block->window[place * v.stride + w]) & ~taken->word[w];
    return free;
}

/* Of each lane the lowest place alone: a word gives one if those before it are empty. */
INLINE struct places lowest(struct places p, const uint32_t words)
{
    struct places lowest = {.word = {p.word[0] & ~(p.word[0] - LANE_ALL(1))}};
    VEC before = p.word[0];
    for (uint32_t w = 1; w < words; w++) {
        lowest.word[w] = p.word[w] & ~(p.word[w] + (VEC)(before == 0));
        before |= p.word[w];
    }
    return lowest;
}

INLINE void add_places(struct places *to, struct places p, const uint32_t words)
{
    for (uint32_t w = 0; w < words; w++)
        to->word[w] |= p.word[w];
}

INLINE VEC count_places(const struct places *p, const uint32_t words)
{
    VEC count = {0};
    for (uint32_t w = 0; w < words; w++)
        count += LANES(popcount)(p->word[w]);
    return count;
}

/* The common prefix of a text with each lane, at most 4. */
INLINE VEC prefix_of(const struct view v, const uint16_t *text, uint32_t length)
{
    VEC same = LANE_ALL(1), prefix = {0};
    for (uint32_t i = 0; i + 1 < JARO_PREFIXES && i < length; i++) {
        same &= row_of(v, text[i])[0] >> i;
        prefix += same;
    }
    return prefix;
}

/* Going through a text once more, and through the matched places of the patterns in order. */
struct crossing {
    struct places used, left; /* matched places by now, and those that are still due */
    VEC crossed;              /* matches whose characters differ */
    SVEC most;                /* of them, in a pair that may match */
};

/* Places [from, to) of a text; false as soon as no lane is within its limit. */
INLINE bool cross(const struct view v, const uint16_t *text, uint32_t from, uint32_t to,
                  struct crossing *c)
{
    for (uint32_t i = from; i < to; i++) {
        const VEC *row = row_of(v, text[i]);
        const struct places now = lowest(free_places(v, row, i, &c->used), v.words);
        const struct places due = lowest(c->left, v.words);
        VEC any = now.word[0], same = row[0] & due.word[0];
        for (uint32_t w = 1; w < v.words; w++) {
            any |= now.word[w];
            same |= row[w] & due.word[w];
        }
        const VEC found = (VEC)(any != 0);
        for (uint32_t w = 0; w < v.words; w++)
            c->left.word[w] ^= due.word[w] & found;
        c->crossed -= (VEC)(same == 0) & found;
        add_places(&c->used, now, v.words);
        if (i % LOOK_EVERY == LOOK_EVERY - 1 && !vector_any((vector)(c->most >= (SVEC)c->crossed)))
            return false;
    }
    return true;
}

/* Counts the characters that are out of order in the lanes that may match. What the near places of
 * the text match stands in the first word, so that many matches are due there. */
INLINE VEC count_crossed(const struct view v, const uint16_t *text, uint32_t length,
                         const struct places *matched, SVEC most)
{
    const uint32_t near = v.words > 1 ? v.block->near : 0;
    struct crossing c = {.left = *matched, .most = most};
    if (cross((struct view){v.block, 1, v.stride}, text, 0, near, &c))
        cross(v, text, near, length, &c);
    return c.crossed;
}

/* Writes the lanes of one text that may match. */
INLINE size_t collect(const struct view v, const uint16_t *text, uint32_t length, uint32_t number,
                      const struct places *matched, VEC common, struct jaro_hit *hits)
{
    const VEC prefix = prefix_of(v, text, length);
    SVEC most = {0};
    bool any = false;
    for (uint32_t lane = 0; lane < LANES_HERE; lane++) {
        most[lane] = (*v.block->crossed_most)[prefix[lane]][common[lane]];
        any |= most[lane] >= 0;
    }
    if (!any)
        return 0;
    const VEC crossed = count_crossed(v, text, length, matched, most);
    size_t n = 0;
    for (uint32_t lane = 0; lane < LANES_HERE; lane++)
        if (most[lane] >= (int64_t)crossed[lane])
            hits[n++] = (struct jaro_hit){(uint16_t)number, (uint8_t)lane, (uint8_t)common[lane],
                                          (uint8_t)crossed[lane], (uint8_t)prefix[lane]};
    return n;
}

#define EACH_TEXT _Pragma("GCC unroll 4") for (uint32_t k = 0; k < AT_ONCE; k++)

/* Places [from, to) of some texts take what is free. */
INLINE void match(const struct view v, const uint16_t *const text[AT_ONCE], uint32_t from,
                  uint32_t to, struct places matched[AT_ONCE])
{
    for (uint32_t i = from; i < to; i++)
        EACH_TEXT
        {
            const struct places free = free_places(v, row_of(v, text[k][i]), i, &matched[k]);
            add_places(&matched[k], lowest(free, v.words), v.words);
        }
}

INLINE size_t scan_words(const struct view v, const uint16_t *const *texts, uint32_t length,
                         uint32_t n, struct jaro_hit *hits)
{
    const SVEC least = (SVEC)LANE_ALL(v.block->common_least);
    const uint32_t near = v.words > 1 ? v.block->near : 0;
    size_t n_hits = 0;
    for (uint32_t first = 0; first < n; first += AT_ONCE) {
        const uint16_t *text[AT_ONCE];
        struct places matched[AT_ONCE];
        EACH_TEXT text[k] = texts[first + k < n ? first + k : first];
        EACH_TEXT matched[k] = (struct places){0};
        match((struct view){v.block, 1, v.stride}, text, 0, near, matched);
        match(v, text, near, length, matched);
        for (uint32_t k = 0; k < AT_ONCE && first + k < n; k++) {
            const VEC common = count_places(&matched[k], v.words);
            if (vector_any((vector)((SVEC)common >= least)))
                n_hits +=
                    collect(v, text[k], length, first + k, &matched[k], common, hits + n_hits);
        }
    }
    return n_hits;
}
#undef EACH_TEXT

/* A copy for each number of words. */
#define SCAN(n)                                                                                    \
    static __attribute__((noinline))                                                               \
    size_t scan_##n(const struct jaro_wide_block *block, const uint16_t *const *texts,             \
                    uint32_t length, uint32_t n_texts, struct jaro_hit *hits)                      \
    {                                                                                              \
        return scan_words((struct view){block, n, n}, texts, length, n_texts, hits);               \
    }
SCAN(1)
SCAN(2)
SCAN(3)
SCAN(4)

static size_t scan(const struct jaro_wide_block *block, const uint16_t *const *texts,
                   uint32_t length, uint32_t n, struct jaro_hit *hits)
{
    jaro_wide_fn *const by_words[] = {scan_1, scan_2, scan_3, scan_4};
    return by_words[block->words - 1](block, texts, length, n, hits);
}

const struct jaro_wide_kernels ISA_NAME(jaro_wide_kernels) = {
    .lanes = LANES_HERE, .scan = scan, .texts_at_once = AT_ONCE};
