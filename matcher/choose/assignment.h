/* Maximum weight matching in a bipartite graph, in whole numbers, with a proof.
 *
 * The proof is a dual number for each row of both sides. Not here: scores, and how they become
 * whole numbers (choose_optimal.h). */
#ifndef AXB_MATCHER_CHOOSE_ASSIGNMENT_H
#define AXB_MATCHER_CHOOSE_ASSIGNMENT_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

#define ASSIGNMENT_FREE UINT32_MAX
#define ASSIGNMENT_MOST_BITS 60u /* of a weight; what is added up to three of them fits into 63 */

/* The edges of each row of one side. Those of row r are begin[r] … begin[r + 1] - 1; each names a
 * row of the other side and has a weight from 1 to 2^ASSIGNMENT_MOST_BITS. */
struct assignment_edges {
    uint64_t *begin;
    uint32_t *to;
    int64_t *weight;
};

/* A problem and its solution; the memory is the caller's. Both sides have the same edges. `match`
 * has, for each row, the row of the other side that it is paired with, or ASSIGNMENT_FREE. */
struct assignment {
    uint32_t n[2];
    struct assignment_edges edges[2];
    uint32_t *match[2];
    int64_t *dual[2];
};

/* Sets match and dual so that assignment_proved holds. Matchings of the same total are decided in
 * one fixed way, whatever the number of threads; where it costs nothing, more pairs are preferred,
 * then lower rows. Fails with ERR_OS if there is no memory: 52 bytes a row.
 *
 * Rows of A bid for rows of B first, as in the reduction of augmenting rows of Jonker and Volgenant
 * (1987). From the rows that are still free then, trees of alternating edges grow together, by the
 * primal-dual method (Kuhn, 1955; Galil, 1986, with a heap). */
bool assignment_solve(struct assignment *p, struct err *e);

/* Is this a matching, and are these duals a proof that none has a greater total? They are if none
 * is negative, a free row has 0, and the duals of two rows add up to no less than the weight of
 * their edge, and to just that if they are paired. */
bool assignment_proved(const struct assignment *p);

#endif
