/* Samples of both sides of an edit join, and what they say about the cost of each pair of lengths.
 *
 * A sample chooses the method. It never decides about a pair. */
#ifndef AXB_MATCHER_JOIN_EDIT_EDIT_SAMPLE_H
#define AXB_MATCHER_JOIN_EDIT_EDIT_SAMPLE_H

#include "matcher/join/edit/edit_rows.h"
#include "matcher/join/edit/edit_rule.h"

#define EDIT_SAMPLE_TEXTS_MAX 64

/* How a pair of lengths is joined. */
enum edit_method {
    EDIT_PIECES, /* the segment index */
    EDIT_ALL,    /* every pair, bit-sliced */
    EDIT_METHODS,
    EDIT_IMPOSSIBLE = EDIT_METHODS
};

struct edit_sample; /* owned by edit_sample_open / _close */

/* Looks at about `texts` of each length and side; at fewer if texts have many lengths, and at more
 * if they have few. The work grows with its square. NULL if memory is short. */
struct edit_sample *edit_sample_open(const struct join_job *job, uint32_t texts);
void edit_sample_close(struct edit_sample *s);

/* Texts of a length on side A or B. */
uint32_t edit_sample_count(const struct edit_sample *s, bool a, uint32_t length);

/* Pairs that all estimates would look at with so many texts; at least 1. */
double edit_sample_pairs(const struct edit_sample *s, uint32_t texts);

struct edit_estimate {
    enum edit_method method;
    double seconds;
    double fixed_seconds; /* of these, for the short texts: spent again in each item */
    uint32_t pieces;      /* of EDIT_PIECES */
};

/* The best way for texts of length_a on side A against length_b on side B; both at most
 * EDIT_PAIR_LENGTH. */
struct edit_estimate edit_sample_estimate(const struct edit_sample *s, uint32_t length_a,
                                          uint32_t length_b);

#endif
