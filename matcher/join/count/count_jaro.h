/* Scoring what passes under jaro and jaro_winkler, many pairs at once.
 *
 * Where the threshold is low, a large share of all pairs of long texts passes: texts of one
 * language have the same characters in about the same numbers. They do not have them in the same
 * order. So a text of A is compared with as many neighbours of a block of B as a vector holds
 * (kernel_jaro_wide.h), whether or not all of them have passed. Texts that are too long for a
 * lane, or whose alphabet is too large, are left to the metric. */
#ifndef AXB_MATCHER_JOIN_COUNT_COUNT_JARO_H
#define AXB_MATCHER_JOIN_COUNT_COUNT_JARO_H

#include "matcher/join/by_length.h"
#include "matcher/join/count/count_search.h"
#include "matcher/join/join.h"

#include <stdbool.h>
#include <stdint.h>

struct count_jaro; /* a worker's scratch */

/* Is the metric one that this scores? */
bool count_jaro_fits(const struct join_job *job);

/* What is given must outlive it. ERR_OS without memory; *j is NULL then. */
bool count_jaro_open(struct count_jaro **j, const struct join_job *job, const struct by_length *a,
                     const struct by_length *b, struct err *e);
void count_jaro_close(struct count_jaro *j);

/* Where pairs go, by positions. */
struct count_jaro_sink {
    void *to;
    void (*match)(void *to, struct count_hit pair, double score);
    void (*rest)(void *to, struct count_hit pair); /* one that is left to the metric */
};

/* Takes what a block let pass (count_search.h). */
void count_jaro_block(struct count_jaro *j, const struct count_jaro_sink *sink,
                      const struct count_passed *passed, uint32_t n, uint32_t begin, uint32_t end);

/* The work so far: places of texts of A that were looked at, once for each word of each vector. */
uint64_t count_jaro_steps(const struct count_jaro *j);

/* Characters of texts of B that were written into lanes so far. */
uint64_t count_jaro_loaded(const struct count_jaro *j);

#define COUNT_JARO_GROUP 8u /* neighbours of B that are compared together, at most */

/* The same for one of the pairs of texts with so many characters, on average. */
double count_jaro_pair_steps(double characters_a, double characters_b);

#endif
