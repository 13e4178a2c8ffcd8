/* How much pairs of profile items have in common, many pairs at a time; compiled once for each
 * instruction set (isa.h). Where the pairs come from is expr_profile.h's. */
#ifndef AXB_MATCHER_KERNEL_KERNEL_PROFILE_H
#define AXB_MATCHER_KERNEL_KERNEL_PROFILE_H

#include "matcher/kernel/isa.h"

#include <stdint.h>

#define PROFILE_LANES 256u
#define PROFILE_SHORT 16u /* characters whose classes fit into an item */

/* What is known of a text at a glance. */
struct profile_item {
    uint64_t sign; /* a bit for each pair (character, how often it came before), or each q-gram; or
                      the classes of 16 characters, 4 bits each, those of the first one lowest */
    uint32_t more; /* characters: 6 bits for each of the first four; q-grams: 24 bits more of sign.
                      From bit 24 on the size: characters, or distinct q-grams */
    uint32_t id;   /* of the value in the dictionary */
};

static inline uint32_t profile_size(const struct profile_item *item)
{
    return item->more >> 24;
}

/* Pairs of items, and what they have in common. Lanes of which a size is not known may hold
 * anything. */
struct profile_lanes {
    uint64_t sign_a[PROFILE_LANES], sign_b[PROFILE_LANES];
    uint32_t more_a[PROFILE_LANES], more_b[PROFILE_LANES];
    uint8_t common[PROFILE_LANES], prefix[PROFILE_LANES];
};

/* The first n lanes, n <= PROFILE_LANES; lanes up to the next multiple of 8 are touched. */
struct profile_kernels {
    /* The most characters that both texts have, each counted as often as both have it; and at least
     * the length of the common beginning, up to four. */
    void (*characters)(struct profile_lanes *l, uint32_t n);
    /* The most distinct q-grams that both have. */
    void (*grams)(struct profile_lanes *l, uint32_t n);
    /* The characters of the longer text of classes less the edits from one to the other: insert,
     * delete, substitute … */
    void (*levenshtein)(struct profile_lanes *l, uint32_t n);
    /* … and swap neighbours, no substring edited twice. */
    void (*osa)(struct profile_lanes *l, uint32_t n);
};

ISA_TABLE(struct profile_kernels, profile_kernels)

#endif
