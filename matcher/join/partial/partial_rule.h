/* How many q-grams two texts must have in common to reach a threshold of partial_ratio.
 *
 * Let the shorter text have n characters, and c of them be in common with a part of j characters
 * of the longer: n - c are deleted, j - c inserted. Between two neighbours of the c characters that
 * stay, each of these opens at most one gap, and a gap breaks q - 1 of the q-grams. So at least
 *
 *     c - (q - 1) × (1 + (n - c) + (j - c))
 *
 * q-grams are in both texts (Ukkonen 1992, for insertions and deletions alone). How large c must be
 * follows from the very doubles of the metric. */
#ifndef AXB_MATCHER_JOIN_PARTIAL_PARTIAL_RULE_H
#define AXB_MATCHER_JOIN_PARTIAL_PARTIAL_RULE_H

#include "matcher/join/join.h"

#include <stdbool.h>
#include <stdint.h>

/* Least numbers of q-grams (0: none is needed), or of characters in a common subsequence. */
struct partial_limits {
    uint32_t inside; /* with a part as long as the shorter text */
    uint32_t end;    /* with any part; not above `inside` */
};

/* Is the job's metric the ratio of the best part, in a view that rises? */
bool partial_rule_fits(const struct join_job *job);

/* The limits of a shorter text of n characters, n > 0, for q from 1 on; those for q = 1 are those
 * of a common subsequence, too. Takes time in proportion to n. */
struct partial_limits partial_rule_limits(const struct join_job *job, uint32_t n, uint32_t q);

/* How many characters in common a part of each length up to n needs, in common[1 .. n]; more than
 * the part has, if no number is enough. */
void partial_rule_common(const struct join_job *job, uint32_t n, uint32_t *common);

#endif
