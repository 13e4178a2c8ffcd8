/* Lists: for each element the sets that have it among their first, rare ones.
 *
 * Two sets that reach the threshold have their first common element so early in both that enough
 * others can follow. So only a prefix of each set is listed (Chaudhuri, Ganti, Kaushik 2006;
 * Bayardo, Ma, Srikant 2007). A list is in order of the sizes of the sets, then of the positions of
 * the element. */
#ifndef AXB_MATCHER_JOIN_SET_SET_LISTS_H
#define AXB_MATCHER_JOIN_SET_SET_LISTS_H

#include "matcher/join/set/set_blocks.h"

/* Offsets of the lists of a side in a flat index. */
struct set_lists_at {
    uint64_t begin_at; /* u64 × (n_elements + 1) */
    uint64_t set_at;   /* u32 × begin[n_elements] */
};

/* Lists the sets of `own`; `other` are those of the side that they are to be joined with. */
bool set_lists_build(const struct set_rule *rule, const struct sets_at *own,
                     const struct sets_at *other, struct set_lists_at *at, struct shm *index,
                     struct err *e);

static inline struct set_list set_lists_of(struct shm_view index, const struct set_lists_at *at,
                                           uint32_t element)
{
    const uint64_t *begin = shm_at(index, at->begin_at, uint64_t) + element;
    return (struct set_list){.set = shm_at(index, at->set_at, uint32_t) + begin[0],
                             .n = (uint32_t)(begin[1] - begin[0])};
}

#endif
