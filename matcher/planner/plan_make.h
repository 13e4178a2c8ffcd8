/* Choosing a plan: one join, joins whose candidates are refined, or a loop; and how many workers.
 *
 * A pure function of values: it reads no clock, no file and no machine. The request says what the
 * machine has; the estimate says what terms leave and cost. */
#ifndef AXB_MATCHER_PLANNER_PLAN_MAKE_H
#define AXB_MATCHER_PLANNER_PLAN_MAKE_H

#include "core/err.h"
#include "matcher/engine/plan.h"
#include "matcher/planner/estimate.h"

#include <stdbool.h>
#include <stddef.h>

struct plan_request {
    double all_pairs;       /* of rows, in the span that is run */
    unsigned workers;       /* that are wanted, at least 1 */
    size_t available_bytes; /* of memory; a worker takes PLAN_WORKER_BYTES */
    bool prune;             /* false: no filter may drop a pair */
    bool scores;            /* the score of each pair is wanted, even where pairs are counted */
    const char *join;       /* forces a join by its name; NULL: the best one */
};

/* The cheapest plan. ERR_USAGE if no join has that name; ERR_OS without memory. */
bool plan_make(struct plan *plan, const struct query *query, const struct inputs *inputs,
               const struct estimate *estimate, const struct plan_request *request, struct err *e);

/* How many workers a plan that is made is worth here: sets n_workers and most_workers. */
void plan_set_workers(struct plan *plan, const struct query *query,
                      const struct plan_request *request);

/* A plan for the same query that evaluates every pair, with nothing between a pair and its
 * score. */
void plan_loop(struct plan *loop, const struct plan *plan, const struct query *query);

/* The same plan, but every pair is a candidate: to measure what one pair costs. */
void plan_without_joins(struct plan *all, const struct plan *plan);

/* The plan for the same query once its expression is compiled. */
void plan_compiled(struct plan *compiled, const struct plan *plan);

#endif
