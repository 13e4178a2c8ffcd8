/* One to one by the best pair first.
 *
 * Not here: the greatest total of scores, which this does not always reach (choose_optimal.h). */
#ifndef AXB_MATCHER_CHOOSE_CHOOSE_GREEDY_H
#define AXB_MATCHER_CHOOSE_CHOOSE_GREEDY_H

#include "core/err.h"
#include "matcher/choose/found.h"

/* Looks at the pairs by their scores, the best first, those of equal scores by row_a, then by
 * row_b, and keeps a pair if both of its rows are still free. So each row is in at most one pair;
 * if rows.self, each record, on whichever side it stands.
 *
 * Memory, in bytes: 16 a pair, 8 a row of A, and 1 a record. Fails with ERR_OS if that is not
 * available; then *found is as it was. It takes time in proportion to the pairs, on all threads. */
bool choose_greedy(struct found *found, struct found_rows rows, enum choose_better better,
                   struct err *e);

#endif
