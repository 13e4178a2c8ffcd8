/* The smaller and the larger of two numbers: what every floor needs and C does not have.
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

#endif
