/* In which order the terms of a candidate are computed.
 *
 * Most candidates do not match, and the sooner that is known, the fewer metrics are computed. The
 * order decides on time alone. */
#ifndef AXB_MATCHER_PLANNER_TERM_ORDER_H
#define AXB_MATCHER_PLANNER_TERM_ORDER_H

#include "matcher/engine/query.h"
#include "matcher/planner/estimate.h"

/* Puts the terms of the query's expression into step[n_terms]: first the one that, for its time,
 * brings random pairs nearest to being out of reach of the threshold. ERR_OS. */
bool term_order(const struct query *query, const struct estimate *estimate, uint32_t *step,
                struct err *e);

#endif
