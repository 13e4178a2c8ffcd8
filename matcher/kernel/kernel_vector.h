/* Vectors as wide as the instruction set has them, and the few operations on them that the
 * compiler does not find by itself. For kernel files alone: they are compiled once for each set.
 * Wider vectors than these are spilled by the compiler, at a cost of three times. */
#ifndef AXB_MATCHER_KERNEL_KERNEL_VECTOR_H
#define AXB_MATCHER_KERNEL_KERNEL_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

typedef uint64_t vector __attribute__((vector_size(VECTOR_BYTES), may_alias));

/* Is any bit set? The generic way costs ten instructions, in the innermost loop but one. */
static inline bool vector_any(vector v)
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

/* A bit for each 64-bit lane that is not zero. */
static inline uint32_t vector_word_bits(vector v)
{
#if defined(__AVX512BW__)
    return _mm512_test_epi64_mask((__m512i)v, (__m512i)v);
#elif defined(__AVX2__)
    return 15 ^ (uint32_t)_mm256_movemask_pd((__m256d)(v == (vector){0}));
#else
    uint32_t bits = 0;
    for (size_t i = 0; i < VECTOR_BYTES / 8; i++)
        bits |= (uint32_t)(v[i] != 0) << i;
    return bits;
#endif
}

/* The highest bit of each byte. */
static inline uint64_t vector_byte_bits(vector v)
{
#if defined(__AVX512BW__)
    return _mm512_movepi8_mask((__m512i)v);
#elif defined(__AVX2__)
    return (uint32_t)_mm256_movemask_epi8((__m256i)v);
#elif defined(__SSE2__)
    return (uint32_t)_mm_movemask_epi8((__m128i)v);
#else
    uint8_t byte[VECTOR_BYTES];
    uint64_t bits = 0;
    memcpy(byte, &v, sizeof byte);
    for (size_t i = 0; i < VECTOR_BYTES; i++)
        bits |= (uint64_t)(byte[i] >> 7) << i;
    return bits;
#endif
}

#endif
