/* Kernels of the set and of the count join: counting over bit planes, and matching one set with
 * another.
 *
 * A block holds up to 512 sets, one a bit ("lane"). A plane is 512 bits: plane p of a block has the
 * bit of each set that has an element which falls to p. So the planes that the elements of a set x
 * fall to, added up lane by lane, say for 512 sets at once how many elements of x they can have at
 * most. Elements that share a plane only make the count too large. */
#ifndef AXB_MATCHER_KERNEL_KERNEL_SET_H
#define AXB_MATCHER_KERNEL_KERNEL_SET_H

#include "matcher/kernel/isa.h"

#include <stdbool.h>
#include <stdint.h>

#define SET_LANES 512u
#define SET_PLANE_WORDS (SET_LANES / 64)
#define SET_COUNT_MOST 65000u /* planes that can be added up */
#define SET_LIMIT_BITS 17u    /* of a limit of so many planes */
#define SET_MATCH_MOST 64u    /* elements of a set that can be matched */
#define SET_SORT_MOST 32u     /* numbers that can be sorted */
#define SET_SORT_NONE 0xffffu /* numbers that can be sorted are below this */

/* The bits of a limit that are read where n planes are counted. */
static inline uint32_t set_limit_bits(uint32_t n)
{
    return n < 16 ? 4 : n < 512 ? 32 - (uint32_t)__builtin_clz(n) : SET_LIMIT_BITS;
}

struct set_kernels {
    /* Which of the first n_lanes lanes have a count over the planes plane[0 .. n) that reaches the
     * lane's own limit? Bit b of a lane's limit is in plane b of `below`, inverted;
     * set_limit_bits(n) bits are read. Plane numbers are padded by three numbers of an empty plane;
     * planes are aligned to 64 bytes. Sets pass[] and returns whether any bit of it is set. Lanes
     * from n_lanes on may be set, too. */
    bool (*count)(const uint64_t (*planes)[SET_PLANE_WORDS], uint32_t n_lanes,
                  const uint16_t *plane, uint32_t n, const uint64_t (*below)[SET_PLANE_WORDS],
                  uint64_t pass[SET_PLANE_WORDS]);

    /* Chooses a limit for each lane: chosen[] gets that of below[l], where l is how many of the
     * planes lead[0], lead[1] … lead[n_leads - 1] have the lane, up to the first that lacks it.
     * n_bits bits of limits are read and written; planes are aligned to 64 bytes. */
    void (*choose)(const uint64_t (*below)[SET_LIMIT_BITS][SET_PLANE_WORDS], uint32_t n_bits,
                   const uint64_t *const *lead, uint32_t n_leads,
                   uint64_t (*chosen)[SET_PLANE_WORDS]);

    /* Bit i is set if y[i] is one of x; n_y <= SET_MATCH_MOST. 64 bytes after y may be read. */
    uint64_t (*match_16)(const uint16_t *x, uint32_t n_x, const uint16_t *y, uint32_t n_y);
    uint64_t (*match_32)(const uint32_t *x, uint32_t n_x, const uint32_t *y, uint32_t n_y);

    /* Sorts up to SET_SORT_MOST numbers and drops repeated ones; returns how many are left. */
    uint32_t (*sort)(uint32_t *x, uint32_t n);
};

ISA_TABLE(struct set_kernels, set_kernels)

#endif
