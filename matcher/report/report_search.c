/* A job whose output is a list in memory. */
#include "matcher/report/report_search.h"

#include "matcher/engine/coordinator.h"

bool report_search(struct run *r, const struct query *query, const struct inputs *inputs,
                   const struct plan *plan, const struct span *span, uint64_t most,
                   struct collect *collected, struct err *e)
{
    const struct faults faults = run_faults(r);
    const struct placement placement = run_placement(r);
    struct out into;
    struct result result;
    out_open_into(&into, collect_take, collected);
    const struct sinks sinks = {.out = &into, .head_at = UINT64_MAX, .max_results = most};
    const struct job job = {query, inputs, plan, &sinks, &faults, &placement};
    return coordinator_run(&job, span, &result, e);
}
