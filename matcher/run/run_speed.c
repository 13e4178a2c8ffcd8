/* What scoring pairs one by one takes: the first rows of A are scored against all of B, by workers,
 * as the run would do it. --plan needs it where no join says it: for a compiled scorer, and for a
 * loop. A function in Python is not called for that, since it may do more than score. */
#include "matcher/run/run.h"

#include "core/log.h"
#include "core/process.h"
#include "matcher/engine/coordinator.h"
#include "matcher/planner/plan_make.h"

#include <math.h>

#define ENOUGH_SECONDS 0.1 /* of processor time, more than the sample before took */
#define GROWTH 4u          /* of the number of rows, from one sample to the next */
#define LARGE_BYTES 1024.0 /* of a record, on average; for more, one row of A may take hours */
#define SPARE_BYTES 65536  /* that a table has besides its records */

bool run_time_rows(struct run *r, const struct query *query, const struct plan *plan, uint64_t rows,
                   struct run_timed *timed, struct err *e)
{
    const struct sinks sinks = {.out = NULL};
    const struct faults faults = run_faults(r);
    const struct placement placement = run_placement(r);
    const struct span span = {.row_to = rows};
    struct query counted = *query;
    const struct job job = {&counted, &r->loaded.inputs, plan, &sinks, &faults, &placement};
    struct result result;
    counted.count = true;
    const double before = proc_own_cpu_seconds();
    const bool ok = coordinator_run(&job, &span, &result, e);
    *timed = (struct run_timed){.pairs = span_pairs_taken(&span, &r->loaded.inputs),
                                .seconds = result.write_seconds,
                                .cpu_seconds = proc_own_cpu_seconds() - before};
    return ok;
}

/* Seconds of one core for each pair, of more and more rows of A. What fewer rows take as well, such
 * as the start of a worker, does not count. NaN if there is no more than a row. */
static bool time_pairs(struct run *r, const struct query *query, const struct plan *plan,
                       double *each, struct err *e)
{
    const uint64_t n = r->loaded.inputs.table[0].head->n_rows;
    struct run_timed before, now;
    double seconds = 0;
    *each = (double)NAN;
    if (!run_time_rows(r, query, plan, 1, &now, e))
        return false;
    for (uint64_t rows = 1; rows < n && seconds < ENOUGH_SECONDS;) {
        rows = rows * GROWTH < n ? rows * GROWTH : n;
        before = now;
        if (!run_time_rows(r, query, plan, rows, &now, e))
            return false;
        seconds = fmax(now.cpu_seconds - before.cpu_seconds, 0);
        if (now.pairs > before.pairs)
            *each = seconds / (now.pairs - before.pairs);
    }
    return true;
}

/* The scorer alone, pair by pair, as it is asked about candidates. */
static void plan_candidates(struct plan *plan, struct query *query, const struct run *r)
{
    *query = r->query;
    query->goal.where = EXPR_NONE;
    *plan = r->plan;
    plan->n_workers = 1;
    plan->n_joins = 0;
    plan->prefilter = EXPR_NONE;
}

/* Are records so large that nobody knows how long even one of A takes? */
static bool has_large_records(const struct run *r)
{
    const struct table *t = r->loaded.inputs.table;
    const double rows = (double)t[0].head->n_rows + (double)t[1].head->n_rows;
    return (double)t[0].head->bytes + (double)t[1].head->bytes > LARGE_BYTES * rows + SPARE_BYTES;
}

/* Of how many pairs does the plan not say what they take? NaN: that stays unknown. */
static double pairs_to_time(const struct run *r)
{
    const bool asked = r->opts->plan || r->opts->slurm;
    const struct scorer *scorer = r->query.scorer;
    const bool loop = r->plan.kind == PLAN_LOOP;
    if (!loop && (!scorer || !asked))
        return 0;
    if (!asked || (scorer && scorer->python) || (!loop && !r->expect.known) || has_large_records(r))
        return (double)NAN;
    return loop ? span_pairs_taken(&r->span, &r->loaded.inputs) : r->expect.pairs;
}

void run_expect_seconds(struct run *r)
{
    const double pairs = pairs_to_time(r);
    double each = 0;
    struct plan plan;
    struct query query;
    struct err e;
    plan_candidates(&plan, &query, r);
    if (pairs > 0 && !time_pairs(r, &query, &plan, &each, &e)) {
        log_verbose("how long it takes is not known: %s", e.text);
        each = (double)NAN;
    }
    r->expected_seconds = (r->plan.kind == PLAN_LOOP ? 0 : r->plan.seconds) + pairs * each;
}
