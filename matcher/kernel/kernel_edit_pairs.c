/* Exact distances of batches of pairs, for the edit index. The bodies are in kernel_edit_band.h,
 * which is included once for each lane size. */
#include "matcher/kernel/kernel_edit.h"
#include "matcher/kernel/kernel_vector.h"

typedef uint8_t bytes_vec __attribute__((vector_size(VECTOR_BYTES), may_alias));

/* ---- Transposing ----------------------------------------------------------------------------- */

#define LOW16(n)                                                                                   \
    n, n + VECTOR_BYTES, n + 1, n + 1 + VECTOR_BYTES, n + 2, n + 2 + VECTOR_BYTES, n + 3,          \
        n + 3 + VECTOR_BYTES, n + 4, n + 4 + VECTOR_BYTES, n + 5, n + 5 + VECTOR_BYTES, n + 6,     \
        n + 6 + VECTOR_BYTES, n + 7, n + 7 + VECTOR_BYTES
#if VECTOR_BYTES == 64
#define UNPACK_LOW LOW16(0), LOW16(16), LOW16(32), LOW16(48)
#define UNPACK_HIGH LOW16(8), LOW16(24), LOW16(40), LOW16(56)
#elif VECTOR_BYTES == 32
#define UNPACK_LOW LOW16(0), LOW16(16)
#define UNPACK_HIGH LOW16(8), LOW16(24)
#else
#define UNPACK_LOW LOW16(0)
#define UNPACK_HIGH LOW16(8)
#endif

/* One tile of 64 rows by 16 columns; column c of all rows goes to columns + c * EDIT_BATCH. Four
 * perfect shuffles of sixteen rows transpose them. */
static inline void transpose_tile(const uint8_t *rows, uint8_t *columns)
{
    for (uint32_t part = 0; part < EDIT_BATCH; part += VECTOR_BYTES) {
        bytes_vec v[16], w[16];
        for (uint32_t i = 0; i < 16; i++)
            v[i] = *(const bytes_vec *)(const void *)(rows + (size_t)i * EDIT_BATCH + part);
#pragma GCC unroll 4
        for (int round = 0; round < 4; round++) {
#pragma GCC unroll 8
            for (uint32_t i = 0; i < 8; i++) {
                w[2 * i] = __builtin_shufflevector(v[i], v[i + 8], UNPACK_LOW);
                w[2 * i + 1] = __builtin_shufflevector(v[i], v[i + 8], UNPACK_HIGH);
            }
#pragma GCC unroll 16
            for (uint32_t i = 0; i < 16; i++)
                v[i] = w[i];
        }
        for (uint32_t i = 0; i < 16; i++)
            *(bytes_vec *)(void *)(columns + (size_t)i * EDIT_BATCH + part) = v[i];
    }
}

static void transpose(const uint8_t *rows, uint32_t length, uint8_t *columns)
{
    for (uint32_t c = 0; c < length; c += EDIT_TILE_BYTES)
        transpose_tile(rows + (size_t)c * EDIT_BATCH, columns + (size_t)c * EDIT_BATCH);
}

static uint64_t within_limit(const uint8_t *distance, uint32_t limit)
{
    uint64_t mask = 0;
#if defined(__AVX512BW__)
    mask = _mm512_cmple_epu8_mask(_mm512_loadu_si512(distance), _mm512_set1_epi8((char)limit));
#else
    for (uint32_t i = 0; i < EDIT_BATCH; i++)
        mask |= (uint64_t)(distance[i] <= limit) << i;
#endif
    return mask;
}

#define LANE_BITS 8
#include "matcher/kernel/kernel_edit_band.h"
#define LANE_BITS 16
#include "matcher/kernel/kernel_edit_band.h"
#define LANE_BITS 32
#include "matcher/kernel/kernel_edit_band.h"
#define LANE_BITS 64
#include "matcher/kernel/kernel_edit_band.h"

const struct edit_pair_kernels ISA_NAME(edit_pair_kernels) = {
    .pairs =
        {
            [EDIT_LEVENSHTEIN] = {levenshtein_8, levenshtein_16, levenshtein_32, levenshtein_64},
            [EDIT_OSA] = {osa_8, osa_16, osa_32, osa_64},
            [EDIT_INDEL] = {indel_8, indel_16, indel_32, indel_64},
            [EDIT_HAMMING] = {hamming_8, hamming_8, hamming_8, hamming_8},
        },
};
