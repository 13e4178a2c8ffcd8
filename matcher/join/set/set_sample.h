/* What a join of sets takes, by a small one: the groups of some values, made as large as they are
 * among all values, are joined by the very code of the join and timed.
 *
 * A sample says what a join costs. It never decides about a pair. */
#ifndef AXB_MATCHER_JOIN_SET_SET_SAMPLE_H
#define AXB_MATCHER_JOIN_SET_SET_SAMPLE_H

#include "matcher/join/join.h"

/* Seconds of one core to make the sets of a job, of q-grams as in sets_build, and to join them: in
 * groups, or with job->prune false all with all. Takes some milliseconds. INFINITY without memory.
 */
double set_sample_seconds(const struct join_job *job, unsigned q);

#endif
