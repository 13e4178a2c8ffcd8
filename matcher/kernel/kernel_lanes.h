/* Vectors of lanes of LANE_BITS bits and their names. Kernel files include it once for each size,
 * hence there is no include guard. LANES(f) is f_8, f_16, f_32, f_64; VEC and SVEC are the vectors
 * of unsigned and signed lanes. */
#ifndef LANES
#define LANES_PASTE2(name, bits) name##_##bits
#define LANES_PASTE(name, bits) LANES_PASTE2(name, bits)
#define LANES(name) LANES_PASTE(name, LANE_BITS)
#define LANES_TYPE2(bits) uint##bits##_t
#define LANES_TYPE(bits) LANES_TYPE2(bits)
#define LANES_SIGNED2(bits) int##bits##_t
#define LANES_SIGNED(bits) LANES_SIGNED2(bits)
#define VEC LANES(vec)
#define SVEC LANES(svec)
#define LANE_ALL(x) ((VEC){0} + (LANES_TYPE(LANE_BITS))(x))
#endif

typedef LANES_TYPE(LANE_BITS) LANES(vec) __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef LANES_SIGNED(LANE_BITS) LANES(svec) __attribute__((vector_size(VECTOR_BYTES), may_alias));

/* Bits set in each lane: by one instruction if the set has it, else by halves of halves. */
static inline VEC LANES(popcount)(VEC x)
{
#if defined(__AVX512BITALG__) && LANE_BITS == 8
    return (VEC)_mm512_popcnt_epi8((__m512i)x);
#elif defined(__AVX512BITALG__) && LANE_BITS == 16
    return (VEC)_mm512_popcnt_epi16((__m512i)x);
#elif defined(__AVX512VPOPCNTDQ__) && LANE_BITS == 32
    return (VEC)_mm512_popcnt_epi32((__m512i)x);
#elif defined(__AVX512VPOPCNTDQ__) && LANE_BITS == 64
    return (VEC)_mm512_popcnt_epi64((__m512i)x);
#else
    const uint64_t ones = ~0ull;
    x = x - ((x >> 1) & LANE_ALL(ones / 3));
    x = (x & LANE_ALL(ones / 5)) + ((x >> 2) & LANE_ALL(ones / 5));
    x = (x + (x >> 4)) & LANE_ALL(ones / 17);
#if LANE_BITS >= 16
    x += x >> 8;
#endif
#if LANE_BITS >= 32
    x += x >> 16;
#endif
#if LANE_BITS >= 64
    x += x >> 32;
#endif
    return x & LANE_ALL(LANE_BITS * 2 - 1);
#endif
}
