/* Jaro in lanes of one or two machine words (after the bit-parallel Jaro of RapidFuzz). */
#include "matcher/kernel/kernel_jaro_wide.h"
#include "matcher/kernel/kernel_vector.h"

#define LANE_BITS 64
#include "matcher/kernel/kernel_lanes.h"

#define INLINE static inline __attribute__((always_inline))
#define AT_ONCE 4u /* independent chains that hide the latency of one */
#define LANES_HERE (VECTOR_BYTES / 8u)
#define LOOK_EVERY 8u /* places of a text after which it is seen whether a lane can still match */

/* A set of places of the patterns. */
struct places {
    VEC word[JARO_WIDE_WORDS];
};

/* The places of a symbol that a character at `place` of the text may take. */
INLINE struct places free_places(const struct jaro_wide_block *block, const VEC *row,
                                 uint32_t place, const struct places *taken, const uint32_t words)
{
    struct places free = {0};
    for (uint32_t w = 0; w < words; w++)
        free.word[w] = row[w] & LANE_ALL(block->window[place * words + w]) & ~taken->word[w];
    return free;
}

/* Of each lane the lowest place alone: a word gives one if those before it are empty. */
INLINE struct places lowest(struct places p, const uint32_t words)
{
    struct places lowest = {.word = {p.word[0] & ~(p.word[0] - LANE_ALL(1))}};
    if (words == 2)
        lowest.word[1] = p.word[1] & ~(p.word[1] + (VEC)(p.word[0] == 0));
    return lowest;
}

INLINE void add_places(struct places *to, struct places p, const uint32_t words)
{
    for (uint32_t w = 0; w < words; w++)
        to->word[w] |= p.word[w];
}

INLINE VEC count_places(const struct places *p, const uint32_t words)
{
    VEC count = LANES(popcount)(p->word[0]);
    if (words == 2)
        count += LANES(popcount)(p->word[1]);
    return count;
}

INLINE const VEC *row_of(const struct jaro_wide_block *block, uint16_t symbol, const uint32_t words)
{
    return (const VEC *)block->rows + (size_t)symbol * words;
}

/* The common prefix of a text with each lane, at most 4. */
INLINE VEC prefix_of(const struct jaro_wide_block *block, const uint16_t *text, uint32_t length,
                     const uint32_t words)
{
    VEC same = LANE_ALL(1), prefix = {0};
    for (uint32_t i = 0; i + 1 < JARO_PREFIXES && i < length; i++) {
        same &= row_of(block, text[i], words)[0] >> i;
        prefix += same;
    }
    return prefix;
}

/* Goes through the text again, and through the matched places of the patterns in order, and counts
 * the matches whose characters differ, until no lane is within its limit. */
INLINE VEC count_crossed(const struct jaro_wide_block *block, const uint16_t *text, uint32_t length,
                         struct places matched, SVEC most, const uint32_t words)
{
    struct places used = {0};
    VEC crossed = {0};
    for (uint32_t i = 0; i < length; i++) {
        const VEC *row = row_of(block, text[i], words);
        const struct places now = lowest(free_places(block, row, i, &used, words), words);
        struct places due = lowest(matched, words);
        VEC any = now.word[0], same = row[0] & due.word[0];
        if (words == 2) {
            any |= now.word[1];
            same |= row[1] & due.word[1];
        }
        const VEC found = (VEC)(any != 0);
        for (uint32_t w = 0; w < words; w++)
            matched.word[w] ^= due.word[w] & found;
        crossed -= (VEC)(same == 0) & found;
        add_places(&used, now, words);
        if (i % LOOK_EVERY == LOOK_EVERY - 1 && !vector_any((vector)(most >= (SVEC)crossed)))
            break;
    }
    return crossed;
}

/* Writes the lanes of one text that may match. */
INLINE size_t collect(const struct jaro_wide_block *block, const uint16_t *text, uint32_t length,
                      uint32_t number, const struct places *matched, VEC common,
                      struct jaro_hit *hits, const uint32_t words)
{
    const VEC prefix = prefix_of(block, text, length, words);
    SVEC most = {0};
    bool any = false;
    for (uint32_t lane = 0; lane < LANES_HERE; lane++) {
        most[lane] = (*block->crossed_most)[prefix[lane]][common[lane]];
        any |= most[lane] >= 0;
    }
    if (!any)
        return 0;
    const VEC crossed = count_crossed(block, text, length, *matched, most, words);
    size_t n = 0;
    for (uint32_t lane = 0; lane < LANES_HERE; lane++)
        if (most[lane] >= (int64_t)crossed[lane])
            hits[n++] = (struct jaro_hit){(uint16_t)number, (uint8_t)lane, (uint8_t)common[lane],
                                          (uint8_t)crossed[lane], (uint8_t)prefix[lane]};
    return n;
}

#define EACH_TEXT _Pragma("GCC unroll 4") for (uint32_t k = 0; k < AT_ONCE; k++)
INLINE size_t scan_words(const struct jaro_wide_block *block, const uint16_t *const *texts,
                         uint32_t length, uint32_t n, struct jaro_hit *hits, const uint32_t words)
{
    const SVEC least = (SVEC)LANE_ALL(block->common_least);
    size_t n_hits = 0;
    for (uint32_t first = 0; first < n; first += AT_ONCE) {
        const uint16_t *text[AT_ONCE];
        struct places matched[AT_ONCE];
        EACH_TEXT text[k] = texts[first + k < n ? first + k : first];
        EACH_TEXT matched[k] = (struct places){0};
        for (uint32_t i = 0; i < length; i++)
            EACH_TEXT
            {
                const VEC *row = row_of(block, text[k][i], words);
                const struct places free = free_places(block, row, i, &matched[k], words);
                add_places(&matched[k], lowest(free, words), words);
            }
        for (uint32_t k = 0; k < AT_ONCE && first + k < n; k++) {
            const VEC common = count_places(&matched[k], words);
            if (vector_any((vector)((SVEC)common >= least)))
                n_hits += collect(block, text[k], length, first + k, &matched[k], common,
                                  hits + n_hits, words);
        }
    }
    return n_hits;
}
#undef EACH_TEXT

static size_t scan(const struct jaro_wide_block *block, const uint16_t *const *texts,
                   uint32_t length, uint32_t n, struct jaro_hit *hits)
{
    return block->words == 1 ? scan_words(block, texts, length, n, hits, 1)
                             : scan_words(block, texts, length, n, hits, 2);
}

const struct jaro_wide_kernels ISA_NAME(jaro_wide_kernels) = {
    .lanes = LANES_HERE, .scan = scan, .texts_at_once = AT_ONCE};
