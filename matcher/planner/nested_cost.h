/* What nested joins cost (engine/nested_join.h): joins within the pairs of values of another join.
 *
 * The run decides for them by the pairs that the first join has found. Here sizes of groups and
 * their scores are taken from the estimate, and a join of each size is asked what it costs. The
 * plan says by this how long a run takes; a result never depends on it. */
#ifndef AXB_MATCHER_PLANNER_NESTED_COST_H
#define AXB_MATCHER_PLANNER_NESTED_COST_H

#include "core/err.h"
#include "matcher/engine/plan.h"
#include "matcher/engine/query.h"
#include "matcher/planner/estimate.h"

/* Will the run nest joins over the term of join->prefilter within the pairs of the only join? */
bool nested_cost_applies(const struct estimate *s, const struct plan_join *join);

/* Seconds of one core for these joins and for their pairs, besides the first join. `each` is what a
 * candidate takes that is looked at by itself. NaN with *e set, ERR_OS, without memory. */
double nested_cost_seconds(const struct query *query, const struct inputs *inputs,
                           const struct estimate *s, const struct plan_join *join, double each,
                           struct err *e);

#endif
