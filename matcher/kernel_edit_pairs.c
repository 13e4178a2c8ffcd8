/* The kernels behind the edit index: exact distances of batches of pairs, and the signature test.
 * The distances stand in kernel_edit_band.h, which is read once for each lane size. */
#include "matcher/kernel_edit.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__AVX512BW__)
#define VECTOR_BYTES 64
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

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
            v[i] = *(const bytes_vec *)(rows + (size_t)i * EDIT_BATCH + part);
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
            *(bytes_vec *)(columns + (size_t)i * EDIT_BATCH + part) = v[i];
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
#include "matcher/kernel_edit_band.h"
#define LANE_BITS 16
#include "matcher/kernel_edit_band.h"
#define LANE_BITS 32
#include "matcher/kernel_edit_band.h"
#define LANE_BITS 64
#include "matcher/kernel_edit_band.h"

/* ---- Signatures ------------------------------------------------------------------------------ */

/* Compressing in a register and storing the whole of it needs no branch; the compressing store is
 * microcode on Zen 4. */
static size_t filter(const struct edit_filter *f, uint32_t first, uint32_t n, uint32_t *passed)
{
    size_t n_passed = 0;
    uint32_t i = 0;
#if defined(__AVX512VPOPCNTDQ__)
    const __m512i wide = _mm512_set1_epi64((long long)f->probe_wide);
    const __m512i probe = _mm512_set1_epi64((long long)f->probe);
    const __m512i tau_entry = _mm512_set1_epi64(f->tau_entry);
    const __m512i tau_probe = _mm512_set1_epi64(f->tau_probe);
    __m512i number =
        _mm512_add_epi32(_mm512_set1_epi32((int)first),
                         _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    for (; i < n; i += 16) {
        uint32_t pass = 0;
        for (uint32_t half = 0; half < 2; half++) {
            const uint64_t *e = f->entry + i + half * 8, *w = f->entry_wide + i + half * 8;
            __m512i lost = _mm512_andnot_si512(wide, _mm512_loadu_si512(e));
            __mmask8 ok = _mm512_cmple_epu64_mask(_mm512_popcnt_epi64(lost), tau_entry);
            lost = _mm512_andnot_si512(_mm512_loadu_si512(w), probe);
            ok = _mm512_mask_cmple_epu64_mask(ok, _mm512_popcnt_epi64(lost), tau_probe);
            pass |= (uint32_t)ok << half * 8;
        }
        if (n - i < 16)
            pass &= (1u << (n - i)) - 1;
        _mm512_storeu_si512(passed + n_passed,
                            _mm512_maskz_compress_epi32((__mmask16)pass, number));
        n_passed += (size_t)__builtin_popcount(pass);
        number = _mm512_add_epi32(number, _mm512_set1_epi32(16));
    }
#endif
    for (; i < n; i++) {
        const uint32_t lost_entry = (uint32_t)__builtin_popcountll(f->entry[i] & ~f->probe_wide);
        const uint32_t lost_probe = (uint32_t)__builtin_popcountll(f->probe & ~f->entry_wide[i]);
        passed[n_passed] = first + i;
        n_passed += (size_t)((lost_entry <= f->tau_entry) & (lost_probe <= f->tau_probe));
    }
    return n_passed;
}

const struct edit_pair_kernels ISA_NAME(edit_pair_kernels) = {
    .pairs =
        {
            [EDIT_LEVENSHTEIN] = {levenshtein_8, levenshtein_16, levenshtein_32, levenshtein_64},
            [EDIT_OSA] = {osa_8, osa_16, osa_32, osa_64},
            [EDIT_INDEL] = {indel_8, indel_16, indel_32, indel_64},
            [EDIT_HAMMING] = {hamming_8, hamming_8, hamming_8, hamming_8},
        },
    .filter = filter,
};
