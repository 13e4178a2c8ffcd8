/* Long texts that pieces show to be too far apart for an edit metric, after some KB are read.
 *
 * Texts of one language have about the same characters, so counting these drops none of them. But
 * cut one text into pieces of q characters: an edit touches one piece at most, so among them at
 * most as many as there are edits are not in the other text (Baeza-Yates and Perleberg, 1992; the
 * same idea by all q-grams: Jokinen and Ukkonen, 1991). A piece that no edit touches has moved by
 * the insertions and deletions before it alone, so it is looked for near its place. A swap of
 * neighbours could touch two pieces; where the metric has swaps, a character is left out between
 * pieces. Nothing here knows a score. */
#ifndef AXB_MATCHER_JOIN_COUNT_COUNT_PIECES_H
#define AXB_MATCHER_JOIN_COUNT_COUNT_PIECES_H

#include "matcher/join/join.h"

#include <stdbool.h>
#include <stdint.h>

/* Shorter texts are compared at once. */
#define COUNT_PIECES_FROM 2048u

struct count_pieces; /* a worker's scratch: 4 bytes for each character of the longest text */

/* For a job whose texts have at most max_length characters. *p is NULL where pieces say nothing of
 * the metric, or no text is long; all functions take that. ERR_OS without memory. */
bool count_pieces_open(struct count_pieces **p, const struct join_job *job, uint32_t max_length,
                       struct err *e);
void count_pieces_close(struct count_pieces *p);

/* True: the pair does not match. False says nothing. What is made of A is kept for the next call,
 * while its id stays the same. */
bool count_pieces_apart(struct count_pieces *p, const struct text *a, const struct text *b);

#endif
