/* The counting kernels: straight-line adders for each number of tokens. */
#include "matcher/kernel/kernel_jaro_count.h"
#include "matcher/kernel/kernel_vector.h"

#define VECTORS (JARO_BLOCK / 8 / VECTOR_BYTES) /* of a plane */

/* A plane of each bit of 512 sums; here as much of it as fits a vector. */
struct sums {
    vector bit[JARO_COUNT_BITS];
};

/* A plane, loaded once: without the barrier the compiler loads it for the sum and for the carry. */
static inline vector load(const char *planes, size_t plane)
{
    vector v = *(const vector *)(const void *)(planes + plane * sizeof(jaro_plane));
#if defined(__AVX512F__)
    __asm__("" : "+v"(v));
#elif defined(__x86_64__)
    __asm__("" : "+x"(v));
#endif
    return v;
}

static inline vector majority(vector x, vector y, vector z)
{
#if defined(__AVX512F__)
    return (vector)_mm512_ternarylogic_epi64((__m512i)x, (__m512i)y, (__m512i)z, 0xe8);
#else
    return (x & y) | (z & (x ^ y));
#endif
}

/* x + y + carry; the bits of y and carry beyond `bits` are zero. */
static inline __attribute__((always_inline)) struct sums add(struct sums x, struct sums y,
                                                             vector carry, const int bits)
{
    struct sums sum = {.bit = {{0}}};
#pragma GCC unroll 5
    for (int i = 0; i < bits; i++) {
        sum.bit[i] = x.bit[i] ^ y.bit[i] ^ carry;
        carry = majority(x.bit[i], y.bit[i], carry);
    }
    if (bits < JARO_COUNT_BITS)
        sum.bit[bits] = carry;
    return sum;
}

#define ADDER(n)                                                                                   \
    static inline __attribute__((always_inline)) struct sums count_##n(const char *planes,         \
                                                                       const uint16_t *token)
ADDER(0)
{
    (void)planes;
    (void)token;
    return (struct sums){.bit = {{0}}};
}
ADDER(1)
{
    return (struct sums){.bit = {load(planes, token[0])}};
}
ADDER(2)
{
    vector x = load(planes, token[0]), y = load(planes, token[1]);
    return (struct sums){.bit = {x ^ y, x & y}};
}

/* The sum of n planes: of n1 = 2^bits - 1, of n2 <= n1, and one more as the carry. */
#define COUNT(n, n1, n2, bits)                                                                     \
    ADDER(n)                                                                                       \
    {                                                                                              \
        return add(count_##n1(planes, token), count_##n2(planes, token + (n1)),                    \
                   load(planes, token[(n)-1]), bits);                                              \
    }
COUNT(3, 1, 1, 1)
COUNT(4, 3, 0, 2)
COUNT(5, 3, 1, 2)
COUNT(6, 3, 2, 2)
COUNT(7, 3, 3, 2)
COUNT(8, 7, 0, 3)
COUNT(9, 7, 1, 3)
COUNT(10, 7, 2, 3)
COUNT(11, 7, 3, 3)
COUNT(12, 7, 4, 3)
COUNT(13, 7, 5, 3)
COUNT(14, 7, 6, 3)
COUNT(15, 7, 7, 3)
COUNT(16, 15, 0, 4)
COUNT(17, 15, 1, 4)
COUNT(18, 15, 2, 4)
COUNT(19, 15, 3, 4)
COUNT(20, 15, 4, 4)
COUNT(21, 15, 5, 4)
COUNT(22, 15, 6, 4)
COUNT(23, 15, 7, 4)
COUNT(24, 15, 8, 4)
COUNT(25, 15, 9, 4)
COUNT(26, 15, 10, 4)
COUNT(27, 15, 11, 4)

/* What the values of a block must reach, and which are looked at. A copy, because the compiler
 * cannot know that hits are not written over the original. */
struct limits {
    vector not_least[JARO_COUNT_BITS][VECTORS];
    vector wanted[VECTORS];
};

static inline struct limits limits_of(const struct jaro_counting *c)
{
    struct limits limits;
    memcpy(limits.not_least, c->not_least, sizeof limits.not_least);
    memcpy(limits.wanted, c->wanted, sizeof limits.wanted);
    return limits;
}

/* The values whose sums reach what they must. */
static inline __attribute__((always_inline)) vector
reached(const struct limits *limits, struct sums sum, size_t v, const int bits)
{
    vector reached = ~(vector){0};
#pragma GCC unroll 5
    for (int i = 0; i < bits; i++)
        reached = majority(sum.bit[i], limits->not_least[i][v], reached);
    return reached;
}

/* Writes the set bits. Most often there is one: the loops end after the first as the processor
 * expects. */
static inline size_t collect(vector found, uint32_t words, uint32_t first, uint32_t *hits)
{
    uint64_t word[VECTOR_BYTES / 8];
    size_t n = 0;
    memcpy(word, &found, sizeof word);
    for (; words; words &= words - 1) {
        uint32_t k = (uint32_t)__builtin_ctz(words);
        for (uint64_t bits = word[k]; bits; bits &= bits - 1)
            hits[n++] = first + 64 * k + (uint32_t)__builtin_ctzll(bits);
    }
    return n;
}

#define COUNT_ROWS(n, bits)                                                                        \
    static size_t count_rows_##n(const struct jaro_counting *c, const uint16_t *rows,              \
                                 uint32_t n_rows, uint32_t *hits)                                  \
    {                                                                                              \
        const struct limits limits = limits_of(c);                                                 \
        size_t n_hits = 0;                                                                         \
        for (uint32_t i = 0; i < n_rows; i++) {                                                    \
            const uint16_t *row = rows + (size_t)i * ((n) + 1);                                    \
            for (size_t v = 0; v < VECTORS; v++) {                                                 \
                const char *planes = (const char *)c->plane + v * VECTOR_BYTES;                    \
                const char *leads = (const char *)c->lead + v * VECTOR_BYTES;                      \
                vector found = reached(&limits, count_##n(planes, row), v, bits);                  \
                found &= limits.wanted[v] & ~load(leads, row[n]);                                  \
                uint32_t words = vector_word_bits(found);                                          \
                uint32_t first = i * JARO_BLOCK + (uint32_t)v * 8 * VECTOR_BYTES;                  \
                if (words)                                                                         \
                    n_hits += collect(found, words, first, hits + n_hits);                         \
            }                                                                                      \
        }                                                                                          \
        return n_hits;                                                                             \
    }
COUNT_ROWS(1, 1)
COUNT_ROWS(2, 2)
COUNT_ROWS(3, 2)
COUNT_ROWS(4, 3)
COUNT_ROWS(5, 3)
COUNT_ROWS(6, 3)
COUNT_ROWS(7, 3)
COUNT_ROWS(8, 4)
COUNT_ROWS(9, 4)
COUNT_ROWS(10, 4)
COUNT_ROWS(11, 4)
COUNT_ROWS(12, 4)
COUNT_ROWS(13, 4)
COUNT_ROWS(14, 4)
COUNT_ROWS(15, 4)
COUNT_ROWS(16, 5)
COUNT_ROWS(17, 5)
COUNT_ROWS(18, 5)
COUNT_ROWS(19, 5)
COUNT_ROWS(20, 5)
COUNT_ROWS(21, 5)
COUNT_ROWS(22, 5)
COUNT_ROWS(23, 5)
COUNT_ROWS(24, 5)
COUNT_ROWS(25, 5)
COUNT_ROWS(26, 5)
COUNT_ROWS(27, 5)

const struct jaro_count_kernels ISA_NAME(jaro_count_kernels) = {
    .count = {NULL,          count_rows_1,  count_rows_2,  count_rows_3,  count_rows_4,
              count_rows_5,  count_rows_6,  count_rows_7,  count_rows_8,  count_rows_9,
              count_rows_10, count_rows_11, count_rows_12, count_rows_13, count_rows_14,
              count_rows_15, count_rows_16, count_rows_17, count_rows_18, count_rows_19,
              count_rows_20, count_rows_21, count_rows_22, count_rows_23, count_rows_24,
              count_rows_25, count_rows_26, count_rows_27},
};
