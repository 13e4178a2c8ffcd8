/* Scan kernels for lanes of LANE_BITS bits. kernel_edit.c includes it once for each size, hence
 * there is no include guard. Texts run in groups of TEXTS_AT_ONCE, in independent chains. */
#include "matcher/kernel/kernel_edit_steps.h"
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

SCAN_KERNEL(scan_levenshtein, MYERS_STATE, MYERS_STEP, MYERS_DELTA)
SCAN_KERNEL(scan_osa, OSA_STATE, OSA_STEP, MYERS_DELTA)
SCAN_KERNEL(scan_indel, INDEL_STATE, INDEL_STEP, INDEL_DELTA)
SCAN_KERNEL(scan_hamming, HAMMING_STATE, HAMMING_STEP, HAMMING_DELTA)

#undef SCAN_KERNEL
#undef LANE_BITS
