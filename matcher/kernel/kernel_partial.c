/* Every part of the longer text is tried, by its longest common subsequence with the shorter one
 * (Hyyrö 2004): all parts that begin at one place come out of one pass. The bodies are in
 * kernel_partial_lanes.h. */
#include "matcher/kernel/kernel_partial.h"
#include "matcher/index/dictionary.h"
#include "matcher/kernel/kernel_vector.h"

#define LANE_BITS 16
#include "matcher/kernel/kernel_partial_lanes.h"
#define LANE_BITS 32
#include "matcher/kernel/kernel_partial_lanes.h"
#define LANE_BITS 64
#include "matcher/kernel/kernel_partial_lanes.h"

/* ---- One pair after the other ----------------------------------------------------------------*/

#define INLINE static inline __attribute__((always_inline))

INLINE uint32_t common_of(const struct partial_look *look, const struct partial_piece *piece,
                          const uint32_t width)
{
    uint64_t now = ~0ull;
    for (uint32_t j = 0; j < piece->n; j++) {
        uint64_t u = now & look->where[text_code(piece->codes, width, j)];
        now = (now + u) | (now - u);
    }
    return (uint32_t)__builtin_popcountll(~now & ~0ull >> (64 - look->n));
}

INLINE bool narrow_width(const struct partial_look *look, uint64_t *pass, uint32_t n_words,
                         const uint32_t width)
{
    uint64_t any = 0;
    for (uint32_t w = 0; w < n_words; w++) {
        for (uint64_t bits = pass[w]; bits; bits &= bits - 1) {
            const struct partial_piece *piece = &look->piece[64 * w + (uint32_t)__builtin_ctzll(bits)];
            bool enough = common_of(look, piece, width) >= look->common_least[piece->kind];
            pass[w] ^= enough ? 0 : bits & -bits;
        }
        any |= pass[w];
    }
    return any != 0;
}

static bool narrow(const struct partial_look *look, uint64_t *pass, uint32_t n_words)
{
    return look->width == 1   ? narrow_width(look, pass, n_words, 1)
           : look->width == 2 ? narrow_width(look, pass, n_words, 2)
                              : narrow_width(look, pass, n_words, 4);
}

const struct partial_kernels ISA_NAME(partial_kernels) = {
    .best = {partial_best_16, partial_best_32, partial_best_64},
    .narrow = narrow,
};
