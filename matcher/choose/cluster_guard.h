/* Clusters by chains that are too large, and the pairs that hold them together.
 *
 * One wrong pair joins two clusters, and a column on which many records agree by chance joins all
 * of them. A pair is a bridge if without it its cluster falls into two parts: no other pair joins
 * these. Not here: other kinds of clusters, which do not chain (cluster.h). */
#ifndef AXB_MATCHER_CHOOSE_CLUSTER_GUARD_H
#define AXB_MATCHER_CHOOSE_CLUSTER_GUARD_H

#include "core/err.h"
#include "matcher/choose/found.h"

/* A cluster of cluster_connected that is too large, and its weakest pair: of its bridges the one of
 * the worst score; if it has none, of all its pairs. Of equals it is the last one. */
struct cluster_large {
    uint32_t cluster; /* its lowest record */
    uint32_t size;    /* records */
    uint64_t weakest; /* the number of the pair in *found */
    bool is_bridge;
};

/* Finds the clusters of more than `max_size` >= 1 records, in the order of their numbers. `large`
 * has space for found_records(rows) / (max_size + 1); *n_large says how many there are. Bridges are
 * found as Tarjan does (1974), in time in proportion to the pairs. Memory: 9 bytes a pair and 36 a
 * record. Fails with ERR_OS if that is not available, and for more than 4 billion pairs. */
bool cluster_guard_find(const struct found *found, struct found_rows rows,
                        enum choose_better better, uint32_t max_size, struct cluster_large *large,
                        uint32_t *n_large, struct err *e);

/* Cuts clusters of more than `max_size` records: of all bridges the one of the worst score first
 * (of equals the last), if its cluster is too large by then. So found->n gets smaller, and the
 * pairs that were cut follow those that stay, both in their order. What is still too large
 * afterwards, as cluster_guard_find says, has no bridge. Memory: 10 bytes a pair, 32 a bridge and
 * 48 a record. If it fails, *found is as it was. (The smaller part is walked, so that all cuts
 * together take time in proportion to n log n.) */
bool cluster_guard_cut(struct found *found, struct found_rows rows, enum choose_better better,
                       uint32_t max_size, struct err *e);

#endif
