/* Three steps: find, choose, write. */
#include "matcher/resolve/resolve.h"

#include "data/emit.h"
#include "data/out.h"
#include "matcher/engine/coordinator.h"
#include "matcher/resolve/collect.h"

bool resolve_finds(const struct query *asked, struct query *finds, struct err *e)
{
    *finds = *asked;
    finds->count = false;
    finds->lines = (struct emit_spec){.id_a = EMIT_ROW_NUMBER, .id_b = EMIT_ROW_NUMBER};
    return emit_find("table", &finds->lines.format, e);
}

/* Runs the plan with a list in place of the output. */
static bool find(const struct job *job, const struct span *span, struct collect *found,
                 struct result *result, struct err *e)
{
    struct query query;
    struct out into;
    out_open_into(&into, collect_take, found);
    const struct sinks sinks = {.out = &into, .head_at = UINT64_MAX, .tap = job->sinks->tap};
    const struct job finds = {&query, job->inputs, job->plan, &sinks, job->faults, job->placement};
    return resolve_finds(job->query, &query, e) && coordinator_run(&finds, span, result, e);
}

/* Writes what is kept. The tap has what was found; it takes nothing here. */
static bool write_kept(const struct job *job, const struct span *span, const struct found *kept,
                       struct result *result, struct err *e)
{
    struct sinks sinks = *job->sinks;
    struct job writes = *job;
    sinks.tap = NULL;
    writes.sinks = &sinks;
    return coordinator_write(&writes, span, kept, result, e);
}

bool resolve_run(const struct job *job, const struct choice *choice, enum choose_better better,
                 const struct span *span, struct result *result, uint64_t *n_found, struct err *e)
{
    struct collect all = {.capacity = 0};
    bool ok = find(job, span, &all, result, e);
    *n_found = result->pairs;
    (void)choice; /* choosing is put in here */
    (void)better;
    result->pairs = all.found.n;
    ok = ok && (job->query->count || write_kept(job, span, &all.found, result, e));
    collect_close(&all);
    return ok;
}
