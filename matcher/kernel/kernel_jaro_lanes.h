/* Jaro kernels for lanes of LANE_BITS bits. kernel_jaro.c includes it once for each size, hence
 * there is no include guard. Texts run in groups of TEXTS_AT_ONCE, in independent chains. */
#include "matcher/kernel/kernel_lanes.h"

#define LANE_FIRST_BYTES (~0ull / ((1ull << (LANE_BITS / 8)) - 1))

/* The common prefix of a text with each lane, at most 4. */
static inline VEC LANES(prefix)(const VEC *rows, const uint16_t *text, uint32_t length)
{
    VEC same = LANE_ALL(1), prefix = {0};
    for (uint32_t i = 0; i < 4 && i < length; i++) {
        same &= rows[text[i]] >> i;
        prefix += same;
    }
    return prefix;
}

/* The lanes (all bits set) with enough characters in common for their prefix. */
static inline SVEC LANES(enough)(const struct jaro_block *block, VEC common, VEC prefix)
{
    SVEC least = (SVEC)LANE_ALL(block->common_min[0]);
    for (int l = 1; l < JARO_PREFIXES; l++) {
        SVEC at_least = (SVEC)(prefix >= LANE_ALL(l));
        least = (at_least & (SVEC)LANE_ALL(block->common_min[l])) | (~at_least & least);
    }
    return (SVEC)((SVEC)common >= least);
}

/* Goes through the text again, and through the matched places of the patterns in order, and counts
 * the matches whose characters differ. */
static inline VEC LANES(crossed)(const struct jaro_block *block, const uint16_t *text,
                                 uint32_t length, VEC matched)
{
    const VEC *rows = block->rows;
    VEC used = {0}, crossed = {0};
    for (uint32_t i = 0; i < length; i++) {
        VEC row = rows[text[i]], x = row & LANE_ALL(block->window[i]) & ~used;
        VEC found = (VEC)(x != 0), due = matched & -matched & found;
        used |= x & -x;
        matched ^= due;
        crossed -= (VEC)((row & due) == 0) & found;
    }
    return crossed;
}

/* Writes the lanes of one text that match. */
static __attribute__((noinline)) size_t LANES(collect)(const struct jaro_block *block,
                                                       const uint16_t *text, uint32_t length,
                                                       uint32_t number, VEC matched,
                                                       struct jaro_hit *hits)
{
    VEC common = LANES(popcount)(matched);
    VEC prefix = LANES(prefix)(block->rows, text, length);
    SVEC within = LANES(enough)(block, common, prefix);
    uint64_t bits = vector_byte_bits((vector)within) & LANE_FIRST_BYTES;
    if (!bits)
        return 0;
    VEC crossed = LANES(crossed)(block, text, length, matched);
    size_t n = 0;
    for (; bits; bits &= bits - 1) {
        uint32_t lane = (uint32_t)__builtin_ctzll(bits) / (LANE_BITS / 8);
        hits[n++] = (struct jaro_hit){(uint16_t)number, (uint8_t)lane, (uint8_t)common[lane],
                                      (uint8_t)crossed[lane], (uint8_t)prefix[lane]};
    }
    return n;
}

#define EACH_TEXT _Pragma("GCC unroll 4") for (uint32_t w = 0; w < TEXTS_AT_ONCE; w++)
static size_t LANES(jaro_scan)(const struct jaro_block *block, const uint16_t *texts,
                               uint32_t length, uint32_t n, struct jaro_hit *hits)
{
    const VEC *rows = block->rows;
    const SVEC least = (SVEC)LANE_ALL(block->common_least);
    size_t n_hits = 0;
    for (uint32_t first = 0; first < n; first += TEXTS_AT_ONCE) {
        const uint16_t *text[TEXTS_AT_ONCE];
        VEC matched[TEXTS_AT_ONCE];
        EACH_TEXT text[w] = texts + (size_t)(first + w < n ? first + w : first) * length;
        EACH_TEXT matched[w] = (VEC){0};
        for (uint32_t i = 0; i < length; i++) {
            const VEC window = LANE_ALL(block->window[i]);
            EACH_TEXT
            {
                VEC x = rows[text[w][i]] & window & ~matched[w];
                matched[w] |= x & ~(x - 1);
            }
        }
        SVEC within[TEXTS_AT_ONCE], any = {0};
        EACH_TEXT
        {
            within[w] = (SVEC)((SVEC)LANES(popcount)(matched[w]) >= least);
            any |= within[w];
        }
        if (!vector_any((vector)any))
            continue;
        for (uint32_t w = 0; w < TEXTS_AT_ONCE && first + w < n; w++)
            if (vector_any((vector)within[w]))
                n_hits +=
                    LANES(collect)(block, text[w], length, first + w, matched[w], hits + n_hits);
    }
    return n_hits;
}

#if LANE_BITS <= 32
/* The most crossed characters that each lane may have, by how many it has in common; -1: it never
 * matches. */
static inline SVEC LANES(crossed_most)(const struct jaro_tally_limits *limits, VEC common)
{
    SVEC most = (SVEC)LANE_ALL(-1);
    for (uint32_t m = limits->common_least; m <= limits->common_most; m++) {
        const SVEC has = (SVEC)(common == LANE_ALL(m));
        most = (has & (SVEC)LANE_ALL(limits->crossed_most[m])) | (~has & most);
    }
    return most;
}

static void LANES(jaro_tally)(const struct jaro_block *block,
                              const struct jaro_tally_limits *limits, const uint16_t *texts,
                              uint32_t length, const uint32_t *weight, uint32_t n,
                              struct jaro_tally *tally)
{
    const VEC *rows = block->rows;
    const SVEC least = (SVEC)LANE_ALL(limits->common_least);
    VEC pairs = {0}, weights = {0};
    for (uint32_t first = 0; first < n; first += TEXTS_AT_ONCE) {
        const uint16_t *text[TEXTS_AT_ONCE];
        VEC taken[JARO_TALLY_LENGTH][TEXTS_AT_ONCE], matched[TEXTS_AT_ONCE];
        EACH_TEXT text[w] = texts + (size_t)(first + w < n ? first + w : first) * length;
        EACH_TEXT matched[w] = (VEC){0};
        for (uint32_t i = 0; i < length; i++) {
            const VEC window = LANE_ALL(block->window[i]);
            EACH_TEXT
            {
                const VEC x = rows[text[w][i]] & window & ~matched[w];
                taken[i][w] = x & ~(x - 1);
                matched[w] |= taken[i][w];
            }
        }
        SVEC common[TEXTS_AT_ONCE], any = {0};
        EACH_TEXT
        {
            common[w] = (SVEC)LANES(popcount)(matched[w]);
            any |= (SVEC)(common[w] >= least);
        }
        if (!vector_any((vector)any))
            continue;
        VEC crossed[TEXTS_AT_ONCE];
        EACH_TEXT crossed[w] = (VEC){0};
        for (uint32_t i = 0; i < length; i++)
            EACH_TEXT
            {
                const VEC found = (VEC)(taken[i][w] != 0), due = matched[w] & -matched[w] & found;
                matched[w] ^= due;
                crossed[w] -= (VEC)((rows[text[w][i]] & due) == 0) & found;
            }
        for (uint32_t w = 0; w < TEXTS_AT_ONCE && first + w < n; w++) {
            VEC match = (VEC)((SVEC)crossed[w] <= LANES(crossed_most)(limits, (VEC)common[w]));
            if (limits->prefix_least)
                match &=
                    (VEC)(LANES(prefix)(rows, text[w], length) >= LANE_ALL(limits->prefix_least));
            pairs -= match;
            weights += match & LANE_ALL(weight[first + w]);
        }
    }
    for (uint32_t lane = 0; lane < VECTOR_BYTES * 8 / LANE_BITS; lane++) {
        tally->pairs[lane] = pairs[lane];
        tally->weight[lane] = weights[lane];
    }
}
#endif
#undef EACH_TEXT

/* The window of the next place: one further, and still from the first place while within reach. */
static inline VEC LANES(next_window)(VEC window, VEC reach, uint32_t place)
{
    return window + window - (VEC)((SVEC)reach > (SVEC)LANE_ALL(place));
}

static void LANES(jaro_pairs)(const struct jaro_batch *batch, uint32_t length,
                              uint8_t common[JARO_LANES_MAX], uint8_t crossed[JARO_LANES_MAX])
{
    const VEC reach = *(const VEC *)(const void *)batch->reach;
    VEC window = *(const VEC *)(const void *)batch->window;
    VEC taken[JARO_PAIR_LENGTH], matched = {0}, out_of_order = {0};
    for (uint32_t j = 0; j < length; j++) {
        VEC x = *(const VEC *)(const void *)batch->places[j] & window & ~matched;
        taken[j] = x & ~(x - 1);
        matched |= taken[j];
        window = LANES(next_window)(window, reach, j);
    }
    VEC count = LANES(popcount)(matched);
    for (uint32_t j = 0; j < length; j++) {
        VEC found = (VEC)(taken[j] != 0), due = matched & -matched & found;
        VEC row = *(const VEC *)(const void *)batch->places[j];
        matched ^= due;
        out_of_order -= (VEC)((row & due) == 0) & found;
    }
    for (uint32_t lane = 0; lane < VECTOR_BYTES * 8 / LANE_BITS; lane++) {
        common[lane] = (uint8_t)count[lane];
        crossed[lane] = (uint8_t)out_of_order[lane];
    }
}

#undef LANE_FIRST_BYTES
#undef LANE_BITS
