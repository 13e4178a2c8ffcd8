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

/* The character of a text decides on the next one's work, so one text alone would leave the
 * processor waiting. This many go side by side. */
#define AT_ONCE 4u

INLINE uint64_t next(const struct partial_look *look, uint64_t now, const void *codes, uint32_t j,
                     const uint32_t width)
{
    uint64_t u = now & look->where[text_code(codes, width, j)];
    return (now + u) | (now - u);
}

/* Which of AT_ONCE pieces have enough in common: a bit for each. */
INLINE uint32_t look_at(const struct partial_look *look, const struct partial_piece *const *piece,
                        const uint32_t width)
{
    uint64_t now[AT_ONCE];
    uint32_t shortest = piece[0]->n, enough = 0;
    for (uint32_t i = 0; i < AT_ONCE; i++) {
        now[i] = ~0ull;
        shortest = shortest < piece[i]->n ? shortest : piece[i]->n;
    }
    for (uint32_t j = 0; j < shortest; j++)
#pragma GCC unroll 4
        for (uint32_t i = 0; i < AT_ONCE; i++)
            now[i] = next(look, now[i], piece[i]->codes, j, width);
    for (uint32_t i = 0; i < AT_ONCE; i++) {
        for (uint32_t j = shortest; j < piece[i]->n; j++)
            now[i] = next(look, now[i], piece[i]->codes, j, width);
        uint32_t common = (uint32_t)__builtin_popcountll(~now[i] & ~0ull >> (64 - look->n));
        enough |= (uint32_t)(common >= look->common_least[piece[i]->kind]) << i;
    }
    return enough;
}

/* Lists the bits that are set; returns how many. After them the last one stands AT_ONCE times
 * more. */
INLINE uint32_t list_bits(const uint64_t *pass, uint32_t n_words, uint16_t *number)
{
    uint32_t n = 0;
    for (uint32_t w = 0; w < n_words; w++)
        for (uint64_t bits = pass[w]; bits; bits &= bits - 1)
            number[n++] = (uint16_t)(64 * w + (uint32_t)__builtin_ctzll(bits));
    for (uint32_t i = 0; i < AT_ONCE && n; i++)
        number[n + i] = number[n - 1];
    return n;
}

INLINE bool narrow_width(const struct partial_look *look, uint64_t *pass, uint32_t n_words,
                         const uint32_t width)
{
    uint16_t number[64 * PARTIAL_LOOK_WORDS + AT_ONCE];
    uint32_t n = list_bits(pass, n_words, number), left = n;
    for (uint32_t k = 0; k < n; k += AT_ONCE) {
        const struct partial_piece *piece[AT_ONCE];
        for (uint32_t i = 0; i < AT_ONCE; i++)
            piece[i] = &look->piece[number[k + i]];
        uint32_t enough = look_at(look, piece, width);
        for (uint32_t i = 0; i < AT_ONCE && k + i < n; i++) {
            uint64_t bit = (uint64_t)(~enough >> i & 1) << number[k + i] % 64;
            pass[number[k + i] / 64] &= ~bit;
            left -= bit != 0;
        }
    }
    return left != 0;
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
