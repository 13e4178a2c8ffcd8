/* What a threshold asks of the parts of a metric (metric.parts).
 *
 * WRatio is at least 0.9 only where ratio is, or token_sort_ratio is at least 0.9 / 0.95, or … */
#ifndef AXB_MATCHER_JOIN_UNION_UNION_PARTS_H
#define AXB_MATCHER_JOIN_UNION_UNION_PARTS_H

#include "matcher/join/join.h"

/* A part that can bring a pair to the threshold, and what it must reach for that. */
struct union_part {
    struct metric_use use;
    enum text_form form;
    double need;
    double (*says)(double score); /* of the row */
};

/* Writes the parts of a job's metric that matter; returns how many. None: no pair matches. */
uint32_t union_parts_of(const struct join_job *job, struct union_part part[METRIC_PARTS_MOST]);

/* Can all pairs of a job be found by parts? */
bool union_parts_serve(const struct join_job *job);

#endif
