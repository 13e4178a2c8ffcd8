/* Joins on two columns: pairs of compounds both of whose columns match.
 *
 * a.last == b.last && jaro_winkler(first) >= 0.85 asks two things at once. 4e8 pairs of records
 * have equal last names, so a join over last names alone leaves far too much. A join over the first
 * term finds pairs of its places: Smith and Smith. Its compounds (compound.h), the first names of
 * the Smiths of A and of B, are then compared, in one of two ways:
 *
 *   listed  A join over the second column was done once, for all: which first names are like Ann.
 *           Only these have to be looked for among the Smiths. Good where the lists are short.
 *   within  The first names of the Smiths of A and those of B are joined, or, if they are few,
 *           compared by their signatures. Good where groups are few and large, or lists long.
 *
 * Either way the work is cut into tiles: runs of compounds of A, in the order of the second column
 * where lists are used, so that a list is unpacked once, and else in their own order. What is found
 * are pairs of compounds with the value of the second term; the coordinator puts them in order, and
 * they are candidates like those of any join. Not here: which way is cheaper (plan_make.c), and the
 * inner loops (worker_pair.c). */
#ifndef AXB_MATCHER_ENGINE_PAIR_JOIN_H
#define AXB_MATCHER_ENGINE_PAIR_JOIN_H

#include "core/err.h"
#include "core/shm.h"
#include "matcher/engine/pairs.h"
#include "matcher/index/compound.h"
#include "matcher/join/join.h"

#include <stdbool.h>
#include <stdint.h>

#define PAIR_JOIN_LEAST                                                                            \
    60000u /* pairs of compounds of two groups, from which on a join is worth it */

/* The cheapest join of the second columns of two groups, and its cost in seconds of one core. Sets
 * job->prune: where filters are not worth their index the kernels look at every pair. */
const struct join *pair_join_choose(struct join_job *job, double *cost);

/* Both columns of both tables. */
struct pair_sides {
    const struct side *first[2], *second[2]; /* of A, or a range of its rows, and of B */
};

/* A view of the segment, and of its half. Tile t has the compounds of A at positions tile[t] to
 * tile[t + 1] - 1. */
struct pair_join {
    struct compound a, b;
    const uint64_t *tile; /* once they are cut */
};

/* Are the compounds of A those of B (dedupe)? Then each unordered pair is found once. */
bool pair_sides_same(const struct pair_sides *sides);

/* Makes the compounds of B alone, for joins with any side of A, into the empty segment `out`.
 * ERR_OS without memory. */
bool pair_half_build(const struct pair_sides *sides, struct shm *out, struct err *e);
void pair_half_view(struct compound *b, struct shm_view half);

/* Makes the compounds, into the empty segment `out`; those of B only if they are not in a half.
 * ERR_OS without memory. */
bool pair_join_build(const struct pair_sides *sides, bool halved, struct shm *out, struct err *e);
/* Are its compounds of B in a half? */
bool pair_join_halved(struct shm_view segment);

/* What a tile may ask for, in pairs of compounds: it ends with the compound that brings it to
 * `pairs`, but within a group, whose compounds of B each tile of it reads anew, to `group_pairs`.
 */
struct pair_tiles {
    double pairs, group_pairs;
};
#define PAIR_TILES ((struct pair_tiles){4e6, 2e9})

/* Cuts the work into tiles, and adds them to the segment. `first` has the pairs of places of the
 * first column, and `second`, of PLAN_LISTED alone, those of the second, else NULL. */
bool pair_join_cut(struct shm *out, struct shm_view half, const struct pairs *first,
                   const struct pairs *second, const struct pair_tiles *most, uint64_t *n_tiles,
                   struct err *e);

/* `half` is what pair_half_build made, if the segment is halved. */
void pair_join_view(struct pair_join *join, struct shm_view segment, struct shm_view half);

#endif
