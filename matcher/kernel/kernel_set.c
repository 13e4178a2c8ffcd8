/* The kernels of the set and of the count join. Counting is a tree of carry-save adders (Harley,
 * Seal) over vectors of the instruction set's own width; matching compares all elements of y with
 * one of x at once. */
#include "matcher/kernel/kernel_set.h"
#include "matcher/kernel/kernel_vector.h"

#include <string.h>

#define VECTOR_WORDS (VECTOR_BYTES / 8)
#define MOST_HIGH ((int)SET_LIMIT_BITS - 2) /* counters of 4, 8, 16 … */

/* ---- Counting --------------------------------------------------------------------------------*/

static inline vector majority(vector a, vector b, vector c)
{
#if defined(__AVX512F__)
    return (vector)_mm512_ternarylogic_epi64((__m512i)a, (__m512i)b, (__m512i)c, 0xe8);
#else
    return (a & b) | ((a ^ b) & c);
#endif
}

/* Adds c to the counters of 1 and b to what is carried. */
static inline vector add_two(vector *sum, vector b, vector c)
{
    vector carry = majority(*sum, b, c);
    *sum ^= b ^ c;
    return carry;
}

/* Adds `carry` to the counters from `from` on. */
static inline __attribute__((always_inline)) void add_carry(vector *counter, vector carry, int from,
                                                            const int high)
{
    for (int h = from; h < high; h++) {
        vector next = counter[h] & carry;
        counter[h] ^= carry;
        carry = next;
    }
}

/* One vector of lanes. `high` counters beyond those of 1 and 2 are enough for n; it is a constant
 * wherever sets are small. */
static inline __attribute__((always_inline)) vector
count_lanes(const uint64_t (*planes)[SET_PLANE_WORDS], uint32_t from, const uint16_t *plane,
            uint32_t n, const uint64_t (*below)[SET_PLANE_WORDS], const int high)
{
    vector ones = {0}, twos = {0}, counter[MOST_HIGH];
    for (int h = 0; h < high; h++)
        counter[h] = (vector){0};
    uint32_t i = 0;
#define PLANE(k) (*(const vector *)(const void *)(planes[plane[i + (k)]] + from))
#define ADD_FOUR(k)                                                                                \
    add_two(&twos, add_two(&ones, PLANE(k), PLANE((k) + 1)),                                       \
            add_two(&ones, PLANE((k) + 2), PLANE((k) + 3)))
    for (; high > 3 && i + 8 <= n; i += 8) {
        vector four_a = ADD_FOUR(0), four_b = ADD_FOUR(4);
        add_carry(counter, add_two(&counter[0], four_a, four_b), 1, high);
    }
    for (; i < n; i += 4)
        add_carry(counter, ADD_FOUR(0), 0, high);
#undef ADD_FOUR
#undef PLANE
    /* Compares the counters with the limits, lowest first: `pass` is "at least" so far. */
    vector pass = ~(vector){0};
#define BELOW(bit) (*(const vector *)(const void *)(below[bit] + from))
    pass = majority(ones, pass, BELOW(0));
    pass = majority(twos, pass, BELOW(1));
    for (int h = 0; h < high; h++)
        pass = majority(counter[h], pass, BELOW(h + 2));
#undef BELOW
    return pass;
}

static inline __attribute__((always_inline)) bool
count_high(const uint64_t (*planes)[SET_PLANE_WORDS], uint32_t n_lanes, const uint16_t *plane,
           uint32_t n, const uint64_t (*below)[SET_PLANE_WORDS], uint64_t *pass, const int high)
{
    vector any = {0};
    uint32_t from = 0;
    for (; from * 64 < n_lanes; from += VECTOR_WORDS) {
        vector v = count_lanes(planes, from, plane, n, below, high);
        *(vector *)(void *)(pass + from) = v;
        any |= v;
    }
    for (; from < SET_PLANE_WORDS; from += VECTOR_WORDS)
        *(vector *)(void *)(pass + from) = (vector){0};
    return vector_any(any);
}

static bool count(const uint64_t (*planes)[SET_PLANE_WORDS], uint32_t n_lanes,
                  const uint16_t *plane, uint32_t n, const uint64_t (*below)[SET_PLANE_WORDS],
                  uint64_t pass[SET_PLANE_WORDS])
{
    if (n < 16)
        return count_high(planes, n_lanes, plane, n, below, pass, 2);
    if (n < 32)
        return count_high(planes, n_lanes, plane, n, below, pass, 3);
    if (n < 64)
        return count_high(planes, n_lanes, plane, n, below, pass, 4);
    if (n < 128)
        return count_high(planes, n_lanes, plane, n, below, pass, 5);
    if (n < 256)
        return count_high(planes, n_lanes, plane, n, below, pass, 6);
    if (n < 512)
        return count_high(planes, n_lanes, plane, n, below, pass, 7);
    return count_high(planes, n_lanes, plane, n, below, pass, MOST_HIGH);
}

static void choose(const uint64_t (*below)[SET_LIMIT_BITS][SET_PLANE_WORDS], uint32_t n_bits,
                   const uint64_t *const *lead, uint32_t n_leads,
                   uint64_t (*chosen)[SET_PLANE_WORDS])
{
    for (uint32_t from = 0; from < SET_PLANE_WORDS; from += VECTOR_WORDS) {
        vector so_far = ~(vector){0}, bit[SET_LIMIT_BITS];
        for (uint32_t b = 0; b < n_bits; b++)
            bit[b] = *(const vector *)(const void *)(below[0][b] + from);
        for (uint32_t l = 0; l < n_leads; l++) {
            so_far &= *(const vector *)(const void *)(lead[l] + from);
            if (!vector_any(so_far))
                break;
            for (uint32_t b = 0; b < n_bits; b++)
                bit[b] ^=
                    so_far & (bit[b] ^ *(const vector *)(const void *)(below[l + 1][b] + from));
        }
        for (uint32_t b = 0; b < n_bits; b++)
            *(vector *)(void *)(chosen[b] + from) = bit[b];
    }
}

/* ---- Matching --------------------------------------------------------------------------------*/

typedef uint16_t vec_16 __attribute__((vector_size(VECTOR_BYTES), aligned(2), may_alias));
typedef uint32_t vec_32 __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));

/* One bit for each lane of ones. */
static inline uint64_t bits_16(vec_16 v)
{
#if defined(__AVX512BW__)
    return _mm512_movepi16_mask((__m512i)v);
#elif defined(__AVX2__)
    return _pext_u32((uint32_t)_mm256_movemask_epi8((__m256i)v), 0x55555555u);
#else
    uint64_t bits = 0;
    for (int i = 0; i < VECTOR_BYTES / 2; i++)
        bits |= (uint64_t)(v[i] & 1) << i;
    return bits;
#endif
}

static inline uint64_t bits_32(vec_32 v)
{
#if defined(__AVX512BW__)
    return _mm512_movepi32_mask((__m512i)v);
#elif defined(__AVX2__)
    return (uint32_t)_mm256_movemask_ps((__m256)v);
#else
    uint64_t bits = 0;
    for (int i = 0; i < VECTOR_BYTES / 4; i++)
        bits |= (uint64_t)(v[i] & 1) << i;
    return bits;
#endif
}

#define MATCH(BITS)                                                                                \
    static uint64_t match_##BITS(const uint##BITS##_t *x, uint32_t n_x, const uint##BITS##_t *y,   \
                                 uint32_t n_y)                                                     \
    {                                                                                              \
        const uint32_t lanes = VECTOR_BYTES * 8 / BITS;                                            \
        uint64_t mask = 0;                                                                         \
        for (uint32_t from = 0; from < n_y; from += lanes) {                                       \
            vec_##BITS v = *(const vec_##BITS *)(y + from), found = v ^ v;                         \
            for (uint32_t i = 0; i < n_x; i++)                                                     \
                found |= (vec_##BITS)(v == x[i]);                                                  \
            mask |= bits_##BITS(found) << from;                                                    \
        }                                                                                          \
        return n_y < 64 ? mask & ((1ull << n_y) - 1) : mask;                                       \
    }

MATCH(16)
MATCH(32)

/* ---- Sorting ---------------------------------------------------------------------------------*/

typedef int16_t signed_vec __attribute__((vector_size(VECTOR_BYTES), may_alias));
#define SORT_LANES (VECTOR_BYTES / 2)

/* Every number goes to the place that says how many are less. Equal ones go to the same place, and
 * the next places stay free. */
static uint32_t sort(uint32_t *x, uint32_t n)
{
    int16_t number[SET_SORT_MOST] __attribute__((aligned(64)));
    uint16_t less[SET_SORT_MOST] __attribute__((aligned(64))), sorted[SET_SORT_MOST];
    for (uint32_t i = 0; i < n; i++)
        number[i] = (int16_t)(x[i] - 0x8000);
    for (uint32_t from = 0; from < n; from += SORT_LANES) {
        signed_vec v = *(const signed_vec *)(const void *)(number + from), count = v ^ v;
        for (uint32_t i = 0; i < n; i++)
            count -= v > number[i];
        *(signed_vec *)(void *)(less + from) = count;
    }
    memset(sorted, 0xff, sizeof sorted);
    for (uint32_t i = 0; i < n; i++)
        sorted[less[i]] = (uint16_t)x[i];
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        x[kept] = sorted[i];
        kept += sorted[i] != SET_SORT_NONE;
    }
    return kept;
}

const struct set_kernels ISA_NAME(set_kernels) = {
    .count = count,
    .choose = choose,
    .match_16 = match_16,
    .match_32 = match_32,
    .sort = sort,
};
