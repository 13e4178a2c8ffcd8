/* Scan kernels for lanes of LANE_BITS bits. kernel_edit.c includes it once for each size, hence
 * there is no include guard. Texts run in groups of TEXTS_AT_ONCE, in independent chains. */
#include "matcher/kernel/kernel_lanes.h"

/* Writes the lanes of one text that are within the limit. */
static __attribute__((noinline)) size_t LANES(collect)(SVEC delta, SVEC within, uint32_t text,
                                                       struct edit_hit *hits)
{
    const uint32_t lanes_a_word = 64 / LANE_BITS;
    const vector words = (vector)within;
    size_t n = 0;
    for (uint32_t w = 0; w < VECTOR_BYTES / 8; w++) {
        uint64_t left = words[w];
        while (left) {
            uint32_t in_word = (uint32_t)__builtin_ctzll(left) / LANE_BITS;
            uint32_t lane = w * lanes_a_word + in_word;
            hits[n++] = (struct edit_hit){(uint16_t)text, (uint16_t)lane, (int32_t)delta[lane]};
            left &= ~(~0ull >> (64 - LANE_BITS) << in_word * LANE_BITS);
        }
    }
    return n;
}

/* One kernel: STATE declares and starts what is kept for each text w, STEP takes a symbol's row
 * `m` into it, DELTA gives what is compared with the limit. */
#define SCAN_KERNEL(name, STATE, STEP, DELTA)                                                      \
    static size_t LANES(name)(const struct edit_block *block, const uint16_t *texts,               \
                              uint32_t length, uint32_t n, struct edit_hit *hits)                  \
    {                                                                                              \
        const VEC *rows = block->rows;                                                             \
        const VEC mask = *(const VEC *)block->mask;                                                \
        const SVEC limit = *(const SVEC *)block->limit;                                            \
        size_t n_hits = 0;                                                                         \
        for (uint32_t first = 0; first < n; first += TEXTS_AT_ONCE) {                              \
            const uint16_t *text[TEXTS_AT_ONCE];                                                   \
            EACH_TEXT text[w] = texts + (size_t)(first + w < n ? first + w : first) * length;      \
            STATE;                                                                                 \
            for (uint32_t i = 0; i < length; i++)                                                  \
                EACH_TEXT                                                                          \
                {                                                                                  \
                    const VEC m = rows[text[w][i]];                                                \
                    STEP;                                                                          \
                }                                                                                  \
            SVEC delta[TEXTS_AT_ONCE], within[TEXTS_AT_ONCE], any = {0};                           \
            EACH_TEXT                                                                              \
            {                                                                                      \
                delta[w] = DELTA;                                                                  \
                within[w] = (SVEC)(delta[w] <= limit);                                             \
                any |= within[w];                                                                  \
            }                                                                                      \
            if (!vector_any((vector)any))                                                          \
                continue;                                                                          \
            for (uint32_t w = 0; w < TEXTS_AT_ONCE && first + w < n; w++)                          \
                if (vector_any((vector)within[w]))                                                 \
                    n_hits += LANES(collect)(delta[w], within[w], first + w, hits + n_hits);       \
        }                                                                                          \
        return n_hits;                                                                             \
    }
#define EACH_TEXT _Pragma("GCC unroll 4") for (uint32_t w = 0; w < TEXTS_AT_ONCE; w++)

/* Vertical differences +1 and -1; the horizontal +1 are kept inverted, so that the shift brings in
 * the first row's +1 by itself. */
#define MYERS_STATE                                                                                \
    VEC vp[TEXTS_AT_ONCE], vn[TEXTS_AT_ONCE];                                                      \
    EACH_TEXT vp[w] = LANE_ALL(~0ull), vn[w] = LANE_ALL(0)
#define MYERS_DIFFERENCES(d0)                                                                      \
    VEC not_hp = ~(vn[w] | ~(vp[w] | d0)), hn = vp[w] & d0;                                        \
    not_hp += not_hp;                                                                              \
    hn += hn;                                                                                      \
    vn[w] = ~not_hp & d0;                                                                          \
    vp[w] = hn | (~d0 & not_hp)
#define MYERS_STEP                                                                                 \
    const VEC x = m | vn[w];                                                                       \
    const VEC d0 = (((x & vp[w]) + vp[w]) ^ vp[w]) | x;                                            \
    MYERS_DIFFERENCES(d0)
#define MYERS_DELTA (SVEC)(LANES(popcount)(vp[w] & mask) - LANES(popcount)(vn[w] & mask))
SCAN_KERNEL(scan_levenshtein, MYERS_STATE, MYERS_STEP, MYERS_DELTA)

#define OSA_STATE                                                                                  \
    MYERS_STATE;                                                                                   \
    VEC last_d0[TEXTS_AT_ONCE], last_m[TEXTS_AT_ONCE];                                             \
    EACH_TEXT last_d0[w] = LANE_ALL(~0ull), last_m[w] = LANE_ALL(0)
#define OSA_STEP                                                                                   \
    VEC swap = ~last_d0[w] & m;                                                                    \
    swap = (swap + swap) & last_m[w];                                                              \
    const VEC x = m | vn[w];                                                                       \
    const VEC d0 = (((x & vp[w]) + vp[w]) ^ vp[w]) | x | swap;                                     \
    MYERS_DIFFERENCES(d0);                                                                         \
    last_d0[w] = d0;                                                                               \
    last_m[w] = m
SCAN_KERNEL(scan_osa, OSA_STATE, OSA_STEP, MYERS_DELTA)

/* A bit falls to 0 where the common subsequence grows. */
#define INDEL_STATE                                                                                \
    VEC s[TEXTS_AT_ONCE];                                                                          \
    EACH_TEXT s[w] = LANE_ALL(~0ull)
#define INDEL_STEP                                                                                 \
    const VEC u = s[w] & m;                                                                        \
    s[w] = (s[w] + u) | (s[w] & ~m)
SCAN_KERNEL(scan_indel, INDEL_STATE, INDEL_STEP, -(SVEC)LANES(popcount)(~s[w] & mask))

#define HAMMING_STATE                                                                              \
    VEC same[TEXTS_AT_ONCE];                                                                       \
    VEC bit = LANE_ALL(1);                                                                         \
    EACH_TEXT same[w] = LANE_ALL(0)
#define HAMMING_STEP                                                                               \
    same[w] |= m & bit;                                                                            \
    if (w == TEXTS_AT_ONCE - 1)                                                                    \
    bit += bit
SCAN_KERNEL(scan_hamming, HAMMING_STATE, HAMMING_STEP, -(SVEC)LANES(popcount)(same[w] & mask))

#undef SCAN_KERNEL
#undef EACH_TEXT
#undef MYERS_STATE
#undef MYERS_DIFFERENCES
#undef MYERS_STEP
#undef MYERS_DELTA
#undef OSA_STATE
#undef OSA_STEP
#undef INDEL_STATE
#undef INDEL_STEP
#undef HAMMING_STATE
#undef HAMMING_STEP
#undef LANE_BITS
