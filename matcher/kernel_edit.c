/* The scan kernels of the edit family. The bodies stand in kernel_edit_lanes.h, which is read once
 * for each lane size. Vectors are as wide as the instruction set has them: wider ones are spilled
 * by the compiler at a cost of three times. */
#include "matcher/kernel_edit.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__AVX512BW__)
#define VECTOR_BYTES 64
#define TEXTS_AT_ONCE 4 /* independent chains that fill both ports; more do not fit registers */
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#define TEXTS_AT_ONCE 2
#else
#define VECTOR_BYTES 16
#define TEXTS_AT_ONCE 2
#endif

typedef uint64_t edit_words __attribute__((vector_size(VECTOR_BYTES), may_alias));

/* Is any bit set? The generic way costs ten instructions, in the innermost loop but one. */
static inline bool edit_any(edit_words v)
{
#if defined(__AVX512BW__)
    return _mm512_test_epi64_mask((__m512i)v, (__m512i)v) != 0;
#elif defined(__AVX2__)
    return !_mm256_testz_si256((__m256i)v, (__m256i)v);
#elif defined(__SSE4_1__)
    return !_mm_testz_si128((__m128i)v, (__m128i)v);
#else
    uint64_t any = 0;
    for (size_t i = 0; i < VECTOR_BYTES / 8; i++)
        any |= v[i];
    return any != 0;
#endif
}

#define LANE_BITS 8
#include "matcher/kernel_edit_lanes.h"
#define LANE_BITS 16
#include "matcher/kernel_edit_lanes.h"
#define LANE_BITS 32
#include "matcher/kernel_edit_lanes.h"
#define LANE_BITS 64
#include "matcher/kernel_edit_lanes.h"

const struct edit_scan_kernels ISA_NAME(edit_scan_kernels) = {
    .vector_bytes = VECTOR_BYTES,
    .scan =
        {
            [EDIT_LEVENSHTEIN] = {scan_levenshtein_8, scan_levenshtein_16, scan_levenshtein_32,
                                  scan_levenshtein_64},
            [EDIT_OSA] = {scan_osa_8, scan_osa_16, scan_osa_32, scan_osa_64},
            [EDIT_INDEL] = {scan_indel_8, scan_indel_16, scan_indel_32, scan_indel_64},
            [EDIT_HAMMING] = {scan_hamming_8, scan_hamming_16, scan_hamming_32, scan_hamming_64},
        },
};
