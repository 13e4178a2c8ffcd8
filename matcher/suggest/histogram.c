/* The table of bins: a hash table with linear probing, which is written anew when bins widen. */
#include "matcher/suggest/histogram.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* Level 1 is 1e-9, 2 is 2e-9, 3 is 1e-8 … 62 is 2e21. */
#define FINEST 9
#define LAST_LEVEL (HISTOGRAM_LEVELS - 1)
#define MOST_MULTIPLE 9007199254740992.0 /* 2^53: below it every whole number is a double */

/* 10^0 to 10^22 are doubles. */
static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* i times the width, which is two or one times a power of ten. Both operands are exact, so the
 * result is the double next to the decimal number, whichever level asks for it. */
static double multiple(double i, uint32_t level)
{
    const int exponent = (int)((level - 1) / 2) - FINEST;
    const double n = (level - 1) % 2 ? 2 * i : i;
    return exponent < 0 ? n / power[-exponent] : n * power[exponent];
}

double histogram_width(uint32_t level)
{
    return level == 0 ? 0 : level >= LAST_LEVEL ? (double)INFINITY : multiple(1, level);
}

/* The multiple of the width that is at or next below x; false if x is a bin of its own. */
static bool find_multiple(double x, uint32_t level, double *i)
{
    *i = floor(x / multiple(1, level));
    if (!(fabs(*i) < MOST_MULTIPLE / 4))
        return false;
    while (multiple(*i, level) > x)
        --*i;
    while (multiple(*i + 1, level) <= x)
        ++*i;
    return true;
}

double histogram_edge(double good, uint32_t level)
{
    double i;
    if (level == 0)
        return good;
    if (level >= LAST_LEVEL)
        return good < 0 ? -(double)INFINITY : 0;
    return find_multiple(good, level, &i) ? multiple(i, level) + 0.0 : good;
}

double histogram_end(double edge, uint32_t level)
{
    double i;
    if (level == 0)
        return edge;
    if (level >= LAST_LEVEL)
        return edge < 0 ? 0 : (double)INFINITY;
    return find_multiple(edge, level, &i) ? multiple(i + 1, level) + 0.0 : edge;
}

bool histogram_open(struct histogram *h, uint32_t most, bool falls, struct err *e)
{
    *h = (struct histogram){.falls = falls, .most = most, .bits = 3};
    while (1u << h->bits < 2 * most + 2)
        h->bits++;
    h->slot = calloc((size_t)1 << h->bits, sizeof *h->slot);
    h->spare = calloc((size_t)1 << h->bits, sizeof *h->spare);
    return (h->slot && h->spare) || err_set(e, ERR_OS, NULL, "not enough memory for a histogram");
}

void histogram_close(struct histogram *h)
{
    free(h->slot);
    free(h->spare);
    *h = (struct histogram){.most = 0};
}

void histogram_clear(struct histogram *h)
{
    memset(h->slot, 0, sizeof *h->slot << h->bits);
    h->n = 0;
}

/* Writes the table anew at this level. */
static void move_to_level(struct histogram *h, uint32_t level)
{
    struct histogram_bin *const old = h->slot;
    h->slot = h->spare;
    h->spare = old;
    h->level = level;
    histogram_clear(h);
    for (size_t i = 0; i < (size_t)1 << h->bits; i++)
        if (old[i].pairs)
            histogram_add_bin(h, histogram_edge(old[i].from, level), old[i].pairs);
}

void histogram_widen(struct histogram *h, uint32_t level)
{
    for (move_to_level(h, level); h->n > h->most; level++)
        move_to_level(h, level + 1);
}

void histogram_merge(struct histogram *h, uint32_t level, const struct histogram_bin *bin,
                     uint32_t n)
{
    if (level > h->level)
        histogram_widen(h, level);
    for (uint32_t i = 0; i < n; i++) {
        histogram_add_bin(h, histogram_edge(bin[i].from, h->level), bin[i].pairs);
        if (h->n > h->most)
            histogram_widen(h, h->level + 1);
    }
}

bool histogram_can_be(uint32_t level, const struct histogram_bin *bin, uint32_t n, uint32_t most)
{
    bool can_be = n <= most && level < HISTOGRAM_LEVELS;
    for (uint32_t i = 0; can_be && i < n; i++)
        can_be = bin[i].pairs && histogram_edge(bin[i].from, level) == bin[i].from;
    return can_be;
}

void histogram_copy(const struct histogram *h, struct histogram_bin *out)
{
    for (size_t i = 0; i < (size_t)1 << h->bits; i++)
        if (h->slot[i].pairs)
            *out++ = h->slot[i];
}

double histogram_pairs(const struct histogram *h)
{
    double pairs = 0;
    for (size_t i = 0; i < (size_t)1 << h->bits; i++)
        pairs += (double)h->slot[i].pairs;
    return pairs;
}

static int by_from(const void *x, const void *y)
{
    const double a = ((const struct histogram_bin *)x)->from;
    const double b = ((const struct histogram_bin *)y)->from;
    return (a > b) - (a < b);
}

void histogram_sorted(const struct histogram *h, struct histogram_bin *out)
{
    histogram_copy(h, out);
    qsort(out, h->n, sizeof *out, by_from);
}
