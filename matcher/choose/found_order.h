/* Pairs in the order of their scores, the best first.
 *
 * Not here: the order of rows, in which pairs come and in which they are given back. */
#ifndef AXB_MATCHER_CHOOSE_FOUND_ORDER_H
#define AXB_MATCHER_CHOOSE_FOUND_ORDER_H

#include "matcher/choose/found.h"

/* Puts n pairs in the order of their scores, the best first; those of equal scores keep their
 * order. `spare` has space for n pairs. Returns where the sorted pairs are: at `pair` or at
 * `spare`. The other one is then free to use. It takes time in proportion to n, on all threads. */
struct found_pair *found_order(struct found_pair *pair, struct found_pair *spare, uint64_t n,
                               enum choose_better better);

#endif
