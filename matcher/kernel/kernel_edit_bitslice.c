/* The bit-sliced filter of the edit index. Each short length has a function of its own, made from
 * one that is always inlined, so that its adder has no loop. Longer probes take eight planes at a
 * time. */
#include "matcher/kernel/kernel_edit.h"
#include "matcher/kernel/kernel_vector.h"

#define AHEAD 8 /* probes between asking for their offsets and using them */

typedef vector plane;

/* Adds x and y to the bits `*sum`; returns the carries. */
static inline __attribute__((always_inline)) plane add(plane *sum, plane x, plane y)
{
#if defined(__AVX512BW__)
    const __m512i a = (__m512i)*sum, b = (__m512i)x, c = (__m512i)y;
    *sum = (plane)_mm512_ternarylogic_epi64(a, b, c, 0x96); /* a ^ b ^ c */
    return (plane)_mm512_ternarylogic_epi64(a, b, c, 0xe8); /* the majority */
#else
    plane half = *sum ^ x;
    plane carry = (*sum & x) | (half & y);
    *sum = half ^ y;
    return carry;
#endif
}

/* A plane is used twice by an adder: keep the compiler from loading it twice. */
static inline __attribute__((always_inline)) plane take(const uint8_t *planes, uint16_t offset)
{
    plane x = *(const plane *)(const void *)(planes + (size_t)offset * EDIT_OFFSET_UNIT);
#if defined(__x86_64__)
    __asm__("" : "+x"(x));
#endif
    return x;
}

#define TAKE(j) (c + (j) < length ? take(planes, offsets[c + (j)]) : none)

/* The lanes in which enough of the planes are set: the count starts at 2^bits less the number
 * needed, so that it overflows exactly then. */
static inline __attribute__((always_inline)) plane enough(const uint8_t *planes,
                                                          const uint16_t *offsets, uint32_t length,
                                                          uint32_t bits, const plane start[8])
{
    const plane none = {0};
    plane count[8];
#pragma GCC unroll 8
    for (uint32_t i = 0; i < 8; i++)
        count[i] = i < bits ? start[i] : none;
#pragma GCC unroll 4
    for (uint32_t c = 0; c < length; c += 8) {
        plane twos_a = add(&count[0], TAKE(0), TAKE(1));
        plane twos_b = add(&count[0], TAKE(2), TAKE(3));
        plane fours_a = add(&count[1], twos_a, twos_b);
        twos_a = add(&count[0], TAKE(4), TAKE(5));
        twos_b = add(&count[0], TAKE(6), TAKE(7));
        plane fours_b = add(&count[1], twos_a, twos_b);
        plane carry = add(&count[2], fours_a, fours_b);
#pragma GCC unroll 8
        for (uint32_t i = 3; i < 8; i++) {
            plane next = count[i] & carry;
            count[i] ^= carry;
            carry = next;
        }
    }
    return count[bits];
}

/* Writes the wanted entries whose bit is set in the machine words, for one probe. */
static __attribute__((noinline)) size_t collect(const uint64_t *words, uint32_t probe,
                                                uint32_t begin, uint32_t end,
                                                struct edit_bitslice_hit *hits)
{
    size_t n = 0;
    for (uint32_t w = begin / 64; w * 64 < end; w++) {
        uint64_t left = words[w];
        if (w * 64 < begin)
            left &= ~0ull << begin % 64;
        if (w * 64 + 64 > end)
            left &= ~0ull >> (64 - end % 64);
        for (; left; left &= left - 1)
            hits[n++] = (struct edit_bitslice_hit){
                (uint16_t)probe, (uint16_t)(w * 64 + (uint32_t)__builtin_ctzll(left))};
    }
    return n;
}

static inline __attribute__((always_inline)) size_t
bitslice_length(const struct edit_bitslice *s, const uint32_t *probes, uint32_t n, uint32_t length,
                uint32_t bits, struct edit_bitslice_hit *hits)
{
    size_t n_hits = 0;
    plane start[8];
#pragma GCC unroll 8
    for (uint32_t i = 0; i < 8; i++)
        start[i] = (plane){0} - (uint64_t)(((1u << bits) - s->needed) >> i & 1);
    for (uint32_t i = 0; i < n; i++) {
        const uint16_t *offsets = edit_probe_offsets(s, probes[i]);
        if (i + AHEAD < n)
            __builtin_prefetch(edit_probe_offsets(s, probes[i + AHEAD]));
        plane passed[EDIT_PLANE_BYTES / VECTOR_BYTES], any = (plane){0};
#pragma GCC unroll 4
        for (uint32_t part = 0; part < EDIT_PLANE_BYTES / VECTOR_BYTES; part++) {
            passed[part] =
                enough(s->planes + (size_t)part * VECTOR_BYTES, offsets, length, bits, start);
            any |= passed[part];
        }
        if (vector_any(any))
            n_hits +=
                collect((const uint64_t *)(const void *)passed, i, s->begin, s->end, hits + n_hits);
    }
    return n_hits;
}

/* Each a function of its own: in one, the compiler runs out of registers for all of them. */
#define LENGTH(l, bits)                                                                            \
    static size_t bitslice_##l(const struct edit_bitslice *s, const uint32_t *probes, uint32_t n,  \
                               struct edit_bitslice_hit *hits)                                     \
    {                                                                                              \
        return bitslice_length(s, probes, n, l, bits, hits);                                       \
    }
LENGTH(1, 1)
LENGTH(2, 2)
LENGTH(3, 2)
LENGTH(4, 3)
LENGTH(5, 3)
LENGTH(6, 3)
LENGTH(7, 3)
LENGTH(8, 4)
LENGTH(9, 4)
LENGTH(10, 4)
LENGTH(11, 4)
LENGTH(12, 4)
LENGTH(13, 4)
LENGTH(14, 4)
LENGTH(15, 4)
LENGTH(16, 5)
LENGTH(17, 5)
LENGTH(18, 5)
LENGTH(19, 5)
LENGTH(20, 5)
LENGTH(21, 5)
LENGTH(22, 5)
LENGTH(23, 5)
LENGTH(24, 5)

static size_t bitslice_longer(const struct edit_bitslice *s, const uint32_t *probes, uint32_t n,
                              struct edit_bitslice_hit *hits)
{
    uint32_t rounded =
        (s->length + EDIT_OFFSETS_ROUND - 1) / EDIT_OFFSETS_ROUND * EDIT_OFFSETS_ROUND;
    return bitslice_length(s, probes, n, rounded, 7, hits);
}

static size_t bitslice(const struct edit_bitslice *s, const uint32_t *probes, uint32_t n,
                       struct edit_bitslice_hit *hits)
{
    static edit_bitslice_fn *const by_length[] = {
        bitslice_longer, bitslice_1,  bitslice_2,  bitslice_3,  bitslice_4,
        bitslice_5,      bitslice_6,  bitslice_7,  bitslice_8,  bitslice_9,
        bitslice_10,     bitslice_11, bitslice_12, bitslice_13, bitslice_14,
        bitslice_15,     bitslice_16, bitslice_17, bitslice_18, bitslice_19,
        bitslice_20,     bitslice_21, bitslice_22, bitslice_23, bitslice_24};
    const size_t n_lengths = sizeof by_length / sizeof *by_length;
    return by_length[s->length < n_lengths ? s->length : 0](s, probes, n, hits);
}

/* ---- Planes ---------------------------------------------------------------------------------- */

/* A bit for each of 64 characters: is it of class c? */
static inline uint64_t same_class(const uint8_t *column, uint8_t c)
{
#if defined(__AVX512BW__)
    return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(column), _mm512_set1_epi8((char)c));
#elif defined(__AVX2__)
    const __m256i want = _mm256_set1_epi8((char)c);
    __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)column);
    __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(column + 32));
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, want)) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, want)) << 32;
#else
    uint64_t bits = 0;
    for (uint32_t i = 0; i < 64; i++)
        bits |= (uint64_t)(column[i] == c) << i;
    return bits;
#endif
}

static void planes(const struct edit_block_shape *b, const uint8_t *columns, uint8_t *exact,
                   uint8_t *out)
{
    uint64_t *bits = (uint64_t *)(void *)exact;
    for (uint32_t p = 0; p < b->length; p++)
        for (uint8_t c = 0; c < EDIT_CLASSES; c++)
            for (uint32_t w = 0; w < EDIT_BLOCK / 64; w++)
                *bits++ = same_class(columns + (size_t)p * EDIT_BLOCK + w * 64, c);
    const size_t column_bytes = EDIT_CLASSES * EDIT_PLANE_BYTES;
    for (uint32_t q = 0; q < b->probe_length; q++, out += column_bytes) {
        uint32_t first = q > b->ahead ? q - b->ahead : 0;
        uint32_t end = q + b->back + 1 < b->length ? q + b->back + 1 : b->length;
        for (size_t i = 0; i < column_bytes; i += VECTOR_BYTES) {
            plane any = {0};
            for (uint32_t p = first; p < end; p++)
                any |= *(const plane *)(const void *)(exact + p * column_bytes + i);
            *(plane *)(void *)(out + i) = any;
        }
    }
    for (size_t i = 0; i < EDIT_PLANE_BYTES; i++)
        out[i] = 0;
}

const struct edit_bitslice_kernels ISA_NAME(edit_bitslice_kernels) = {planes, bitslice};
