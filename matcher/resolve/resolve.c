/* Three steps: find, choose, write. */
#include "matcher/resolve/resolve.h"

#include "data/emit.h"
#include "data/out.h"
#include "matcher/engine/coordinator.h"
#include "matcher/resolve/collect.h"

/* Runs the plan with a list in place of the output. */
static bool find(const struct job *job, const struct span *span, struct collect *found,
                 struct result *result, struct err *e)
{
    struct query query = *job->query;
    struct out into;
    query.count = false;
    query.lines = (struct emit_spec){.id_a = EMIT_ROW_NUMBER, .id_b = EMIT_ROW_NUMBER};
    out_open_into(&into, collect_take, found);
    const struct sinks sinks = {.out = &into, .head_at = UINT64_MAX, .tap = job->sinks->tap};
    const struct job finds = {&query, job->inputs, job->plan, &sinks, job->faults, job->placement};
    return emit_find("table", &query.lines.format, e) && coordinator_run(&finds, span, result, e);
}

bool resolve_run(const struct job *job, const struct choice *choice, const struct span *span,
                 struct result *result, uint64_t *n_found, struct err *e)
{
    struct collect all = {.capacity = 0};
    bool ok = find(job, span, &all, result, e);
    *n_found = result->pairs;
    (void)choice; /* choosing is put in here */
    result->pairs = all.found.n;
    ok = ok && (job->query->count || coordinator_write(job, span, &all.found, result, e));
    collect_close(&all);
    return ok;
}
