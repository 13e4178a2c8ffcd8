/* The smaller and the larger of two numbers, and runs of bits: what every floor needs and C does
 * not have.
 *
 * One function a type, so that no argument is evaluated twice and no number changes its width. */
#ifndef AXB_CORE_BASE_H
#define AXB_CORE_BASE_H

#include <stddef.h>
#include <stdint.h>

static inline uint32_t least(uint32_t x, uint32_t y)
{
    return x < y ? x : y;
}

static inline uint32_t greatest(uint32_t x, uint32_t y)
{
    return x > y ? x : y;
}

static inline size_t least_size(size_t x, size_t y)
{
    return x < y ? x : y;
}

/* Of two doubles. If x or y is NaN, the result is y. */
static inline double least_double(double x, double y)
{
    return x < y ? x : y;
}

static inline double greatest_double(double x, double y)
{
    return x > y ? x : y;
}

/* Sets bits from, from + 1 … to - 1 of an array of words. */
static inline void set_bits(uint64_t *words, uint64_t from, uint64_t to)
{
    for (uint64_t k = from / 64; k * 64 < to; k++) {
        const uint64_t low = from > k * 64 ? ~0ull << (from - k * 64) : ~0ull;
        const uint64_t high = to - k * 64 >= 64 ? ~0ull : (1ull << (to - k * 64)) - 1;
        words[k] |= low & high;
    }
}

#endif
