/* The kernel of partial_ratio for lanes of LANE_BITS bits. kernel_partial.c includes it once for
 * each size, hence there is no include guard.
 *
 * Fractions are compared by common × (SCALE / (n + part)), rounded down. As no text has more
 * characters than a lane has bits, different fractions stay different. */
#include "matcher/kernel/kernel_lanes.h"

#if LANE_BITS == 16
#define SCALE 0xffffu /* so that half of it is a signed number of a lane */
#else
#define SCALE 0x3fffffffu
#endif

struct LANES(parts) {
    const char *rows; /* of the lanes of one vector */
    uint32_t n, longer, part_least;
    VEC bits; /* those that stand for characters */
    SVEC value;
    VEC common, part;
};

static inline VEC LANES(row)(const struct LANES(parts) * p, uint32_t j)
{
    return *(const VEC *)(const void *)(p->rows + (size_t)j * PARTIAL_ROW_BYTES);
}

/* A zero in `now` stands where the common subsequence grows. */
static inline VEC LANES(next)(VEC now, VEC match)
{
    VEC u = now & match;
    return (now + u) | (now - u);
}

static inline void LANES(offer)(struct LANES(parts) * p, VEC common, uint32_t part)
{
    SVEC value = (SVEC)(common * LANE_ALL(SCALE / (p->n + part)));
    VEC better = (VEC)(value > p->value);
    p->value = (SVEC)((better & (VEC)value) | (~better & (VEC)p->value));
    p->common = (better & common) | (~better & p->common);
    p->part = (better & LANE_ALL(part)) | (~better & p->part);
}

/* Parts of the shorter texts: those at their beginnings, after a pass over the whole longer texts,
 * and those at their ends, with a pass for each. */
static void LANES(turned)(struct LANES(parts) * p, VEC whole)
{
    for (uint32_t part = p->part_least; part < p->n; part++) {
        VEC beginning = LANE_ALL((1ull << part) - 1), now = ~(VEC){0};
        VEC end = p->bits & ~LANE_ALL((1ull << (p->n - part)) - 1);
        LANES(offer)(p, LANES(popcount)(~whole & beginning), part);
        for (uint32_t j = 0; j < p->longer; j++)
            now = LANES(next)(now, LANES(row)(p, j) & end);
        LANES(offer)(p, LANES(popcount)(~now & end), part);
    }
}

/* Tries all parts; false if no lane has so many characters in common. */
static bool LANES(try_parts)(struct LANES(parts) * p, uint32_t common_least)
{
    VEC now = ~(VEC){0};
    for (uint32_t j = 0; j < p->longer; j++) {
        now = LANES(next)(now, LANES(row)(p, j));
        if (j < p->n && j + 1 >= p->part_least)
            LANES(offer)(p, LANES(popcount)(~now & p->bits), j + 1);
    }
    SVEC common = (SVEC)LANES(popcount)(~now & p->bits);
    if (!vector_any((vector)(common >= (SVEC)LANE_ALL(common_least))))
        return false;
    if (p->n == p->longer)
        LANES(turned)(p, now);
    for (uint32_t from = 1; from + p->part_least <= p->longer; from++) {
        uint32_t part = p->longer - from < p->n ? p->longer - from : p->n;
        now = ~(VEC){0};
        for (uint32_t j = from; j < from + part; j++)
            now = LANES(next)(now, LANES(row)(p, j));
        LANES(offer)(p, LANES(popcount)(~now & p->bits), part);
    }
    return true;
}

static void LANES(partial_best)(const struct partial_batch *batch, struct partial_best *best)
{
    const uint32_t lanes = VECTOR_BYTES * 8 / LANE_BITS;
    for (uint32_t at = 0; at < PARTIAL_ROW_BYTES / VECTOR_BYTES; at++, best += lanes) {
        struct LANES(parts) p = {.rows = (const char *)batch->match + (size_t)at * VECTOR_BYTES,
                                 .n = batch->n,
                                 .longer = batch->longer,
                                 .part_least = batch->part_least,
                                 .bits = LANE_ALL(~0ull >> (64 - batch->n))};
        bool any = LANES(try_parts)(&p, batch->common_least);
        for (uint32_t i = 0; i < lanes; i++)
            best[i] = any ? (struct partial_best){(uint16_t)p.common[i], (uint16_t)p.part[i]}
                          : (struct partial_best){0, 0};
    }
}

#undef SCALE
#undef LANE_BITS
