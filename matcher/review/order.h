/* In which order pairs are asked: those first from which most is learned. Pure arithmetic.
 *
 * An answer tells most where it is least certain: the variance p (1 - p) of a match with the
 * probability p (Lewis and Gale, 1994: uncertainty sampling). But fifty pairs of one kind tell
 * little more than ten. So pairs are of kinds, and a kind that was asked k times is worth
 * 1 / (k + 1) of what it was; the next pair is the one with the greatest
 *
 *     p (1 - p) / (1 + k)
 *
 * which gives each kind its share of questions as D'Hondt (1878) gives seats, and spreads them
 * evenly over the order. The kind of a pair is its stratum of scores, one bit of log2 odds wide and
 * without an end beyond 6 bits, and its pattern, which says which columns agree. Within a kind the
 * most uncertain pair comes first, and of equally uncertain ones those that a hash of their numbers
 * puts first, since pairs that follow each other in a file are often of one record.
 *
 * Not here: where the odds come from (questions.h). */
#ifndef AXB_MATCHER_REVIEW_ORDER_H
#define AXB_MATCHER_REVIEW_ORDER_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

#define ORDER_LAST_STRATUM 6 /* strata go from -6 to 6: bits, rounded */

struct order_pair {
    double bits;      /* log2 of the odds that it is a match: p is 1 / (1 + 2^-bits); not NaN */
    uint32_t pattern; /* which columns agree, and how much; 0 where that is not known */
    bool asked;       /* earlier: it counts for its kind, and is not asked again */
};

/* The variance p (1 - p), from 0 to 0.25. */
double order_uncertainty(double bits);

/* Odds for a score of which nothing else is known: 0 bits at the threshold, 6 bits at the distance
 * `farthest` from it, and in proportion between them. 0 where farthest is 0. */
double order_bits_of_score(double score, double threshold, double farthest);

/* Writes the numbers of those of n pairs that are asked to order[], which has room for n, at most
 * `most` of them, and returns how many; n < 2^32. The result depends on nothing but its arguments.
 * Takes n log n steps. False without memory: ERR_OS. */
bool order_make(const struct order_pair *pair, uint64_t n, uint64_t most, uint32_t *order,
                uint64_t *n_order, struct err *e);

#endif
