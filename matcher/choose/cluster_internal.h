/* What the kinds of clusters share: trees of numbers that point to the number of their cluster. */
#ifndef AXB_MATCHER_CHOOSE_CLUSTER_INTERNAL_H
#define AXB_MATCHER_CHOOSE_CLUSTER_INTERNAL_H

#include <stdint.h>

/* The root of a tree, which points to itself. Each number on the way is made to point to the next
 * but one. */
static inline uint32_t cluster_root(uint32_t *cluster, uint32_t at)
{
    while (cluster[at] != at) {
        cluster[at] = cluster[cluster[at]];
        at = cluster[at];
    }
    return at;
}

#endif
