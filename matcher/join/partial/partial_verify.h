/* Decides on the pairs that a search let pass, and scores those that match.
 *
 * Pairs of short texts wait in batches, by their lengths, until the lanes of a vector are full
 * (kernel_partial.h). metric_score has the others, one by one. */
#ifndef AXB_MATCHER_JOIN_PARTIAL_PARTIAL_VERIFY_H
#define AXB_MATCHER_JOIN_PARTIAL_PARTIAL_VERIFY_H

#include "matcher/join/join.h"
#include "matcher/kernel/kernel_partial.h"

#include <stdint.h>

/* A value of the dictionary, and its place in its side. */
struct partial_value {
    uint32_t value, place;
};

/* A shorter text, which has a character. */
struct partial_shorter {
    struct partial_value value;
    struct text text;
    const uint64_t *where; /* by code: where the text has it, one bit a character; not read if the
                              text has more than PARTIAL_SHORTER_MOST */
};

/* Is given each pair that matches, by places, with its score. */
typedef void partial_match_fn(void *to, uint32_t shorter, uint32_t longer, double score);

struct partial_verify; /* owned by partial_verify_open / _close */

/* The job must outlive it. ERR_OS without memory. */
bool partial_verify_open(struct partial_verify **v, const struct join_job *job, struct err *e);
void partial_verify_close(struct partial_verify *v);

/* From now on matches are given to `put`. */
void partial_verify_begin(struct partial_verify *v, partial_match_fn *put, void *to);

/* Decides on a pair, sooner or later. `longer` is not the shorter one. */
void partial_verify_pair(struct partial_verify *v, const struct partial_shorter *shorter,
                         struct partial_value longer);

/* Decides on all that wait. */
void partial_verify_end(struct partial_verify *v);

#endif
