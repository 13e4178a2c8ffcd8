/* The best pairs of each row.
 *
 * Not here: one to one (choose_greedy.h, choose_optimal.h). Two rows may well keep the same row of
 * the other side. */
#ifndef AXB_MATCHER_CHOOSE_CHOOSE_TOP_H
#define AXB_MATCHER_CHOOSE_CHOOSE_TOP_H

#include "core/err.h"
#include "matcher/choose/found.h"

/* Keeps the pairs that are among the best top[0] of their row of A, and also among the best top[1]
 * of their row of B; 0 is no bound. Of pairs of one row with equal scores, the one with the lower
 * row of the other side is the better one. {1, 1} keeps the pairs in which each row is the best of
 * the other: mutual best.
 *
 * If rows.self, the pair i, j stands for (i, j) and for (j, i), both rows being of A and of B. It
 * is kept if one of these two would be. So {k, 0} and {0, k} keep a pair if one of its rows is
 * among the best k of the other, and {k, k} if each is.
 *
 * Memory, in bytes: 12 for each row that has a bound, and 16 for each of the k places of a row that
 * has more than k pairs. Fails with ERR_OS if that is not available; then *found is as it was. */
bool choose_top(struct found *found, struct found_rows rows, const uint32_t top[2],
                enum choose_better better, struct err *e);

#endif
