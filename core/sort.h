/* Sorting of numbers: what is compared, for qsort and bsearch.
 *
 * A struct is compared by numbers of its own, with sort_order for each. What two sorted arrays
 * share is here as well. Not here: radix and counting sorts, which belong to the data that they
 * know. */
#ifndef AXB_CORE_SORT_H
#define AXB_CORE_SORT_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* -1 if x comes before y, 0 if they are equal, 1 if x comes after y. */
static inline int sort_order(uint64_t x, uint64_t y)
{
    return (x > y) - (x < y);
}

/* For qsort and bsearch of arrays of uint32_t. */
static inline int sort_compare_u32(const void *x, const void *y)
{
    return sort_order(*(const uint32_t *)x, *(const uint32_t *)y);
}

/* The same of uint64_t. */
static inline int sort_compare_u64(const void *x, const void *y)
{
    return sort_order(*(const uint64_t *)x, *(const uint64_t *)y);
}

/* The same of double; none may be NaN. */
static inline int sort_compare_double(const void *x, const void *y)
{
    const double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static inline void sort_u32(uint32_t *x, size_t n)
{
    qsort(x, n, sizeof *x, sort_compare_u32);
}

static inline void sort_u64(uint64_t *x, size_t n)
{
    qsort(x, n, sizeof *x, sort_compare_u64);
}

static inline void sort_double(double *x, size_t n)
{
    qsort(x, n, sizeof *x, sort_compare_double);
}

/* Of two ascending arrays, the share of the shorter one that the other has, too; 0 if one is empty.
 * Numbers may repeat: each has one partner at most. */
static inline double sort_shared_u64(const uint64_t *x, size_t n_x, const uint64_t *y, size_t n_y)
{
    size_t i = 0, k = 0, both = 0;
    while (i < n_x && k < n_y) {
        const int order = sort_order(x[i], y[k]);
        both += order == 0;
        i += order <= 0;
        k += order >= 0;
    }
    const size_t fewer = n_x < n_y ? n_x : n_y;
    return fewer ? (double)both / (double)fewer : 0;
}

#endif
