/* Doing what was planned: the order of journal, shard, coordinator, audit and outputs. */
#include "matcher/engine/coordinator.h"
#include "matcher/engine/stage.h"
#include "matcher/run/run.h"

#include "core/log.h"
#include "data/emit.h"

#include <errno.h>
#include <stdio.h>

/* The skipped pairs are known. Those that an audit meets later do not count. */
static bool end_rejects(struct run *r, struct err *e)
{
    rejects_complete(&r->rejects);
    return !r->outputs.rejects_open ||
           rejects_write(&r->rejects, &r->query.lines, r->loaded.inputs.table, &r->outputs.rejects,
                         e);
}

/* The output gets its name last, so it exists only if everything else does. */
static bool commit_outputs(struct outputs *out, struct err *e)
{
    out->rejects_open = out->rejects_open && !out_commit(&out->rejects, e);
    if (out->rejects_open)
        return false;
    out->pairs_open = out->pairs_open && !out_commit(&out->pairs, e);
    return !out->pairs_open;
}

static bool is_table(const struct run *r)
{
    return emit_is_for_people(r->query.lines.format);
}

static bool write_table(struct run *r, bool stopped, struct err *e)
{
    struct table_look look = table_look_of_stdout();
    if (r->opts->output) {
        look.colour = false;
        look.enough = "--format csv writes all";
    }
    if (stopped)
        look.enough = "--max-results ended the run there";
    return !r->outputs.pairs_open || !is_table(r) ||
           table_view_write(&r->view, &r->query, r->loaded.inputs.table, &look, &r->outputs.pairs,
                            e);
}

/* Finds the pairs. Where --max-results ends that, those that were found are shown before it is
 * said, as they are in other formats. */
static bool find_pairs(struct run *r, const struct job *job, const struct span *left, struct err *e)
{
    struct err ignored;
    if (coordinator_run(job, left, &r->result, e))
        return true;
    if (e->status == ERR_STOPPED && !stage_signal())
        (void)write_table(r, true, &ignored);
    return false;
}

/* Runs the job for the rows that are left, and writes all that is asked for. */
static bool carry_out(struct run *r, struct err *e)
{
    const struct faults faults = run_faults(r);
    const struct placement placement = run_placement(r);
    uint64_t payload_at = 0, head_at = 0;
    struct span left;
    if (!run_resume(r, &faults, &left, e) || !run_shard_begin(r, &payload_at, &head_at, e))
        return false;
    struct out into_view;
    out_open_into(&into_view, table_view_take, &r->view);
    table_view_begin(&r->view, &r->query);
    const struct sinks sinks = {.out = !r->outputs.pairs_open ? NULL
                                       : is_table(r)          ? &into_view
                                                              : &r->outputs.pairs,
                                .head_at = head_at,
                                .max_results = r->opts->max_results,
                                .tap = r->opts->audit && !r->query.count ? &r->audit.found : NULL,
                                .journal = r->opts->resume ? &r->journal : NULL};
    const struct job job = {&r->query, &r->loaded.inputs, &r->plan, &sinks, &faults, &placement};
    if (!find_pairs(r, &job, &left, e) || !end_rejects(r, e) || !run_audit(r, &job, e) ||
        !write_table(r, false, e) || !run_shard_end(r, payload_at, e) || !run_note_end(r, e))
        return false;
    r->total_seconds = log_seconds() - r->started - r->audit.seconds;
    return run_write_stats(r, e) && commit_outputs(&r->outputs, e);
}

static bool print_count(const struct run *r, struct err *e)
{
    if (printf("%llu\n", (unsigned long long)r->result.pairs) < 0 || fflush(stdout) != 0)
        return err_system(e, ERR_IO, errno, NULL, "stdout cannot be written");
    return true;
}

bool run_execute(struct run *r, struct err *e)
{
    if (!run_expect(r, e))
        return false;
    if (r->opts->plan && r->opts->json)
        return run_print_plan_json(r, e);
    if (r->opts->plan) {
        run_print_plan(r, stdout);
        return true;
    }
    if (r->opts->level == LOG_VERBOSE)
        run_print_plan(r, stderr);
    run_note_itself(r);
    run_note_expected(r);
    if (!r->query.count)
        run_note_ids(r);
    if (!run_audit_begin(r, e) || !carry_out(r, e) || (r->query.count && !print_count(r, e)))
        return false;
    journal_remove(&r->journal);
    return true;
}
