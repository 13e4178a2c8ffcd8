/* Doing what was planned: the order of journal, shard, coordinator, audit and outputs. */
#include "matcher/engine/coordinator.h"
#include "matcher/engine/stage.h"
#include "matcher/resolve/resolve.h"
#include "matcher/run/run.h"

#include "core/log.h"
#include "core/process.h"
#include "core/string_builder.h"
#include "data/emit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* The skipped pairs are known. Those that an audit meets later do not count. */
static bool end_rejects(struct run *r, struct err *e)
{
    rejects_complete(&r->rejects);
    return !r->outputs.rejects_open ||
           rejects_write(&r->rejects, &r->query.lines, r->loaded.inputs.table, &r->outputs.rejects,
                         e);
}

static bool commit(struct out *out, bool *is_open, struct err *e)
{
    *is_open = *is_open && !out_commit(out, e);
    return !*is_open;
}

/* The output gets its name last, so it exists only if everything else does. */
static bool commit_outputs(struct outputs *out, struct err *e)
{
    return commit(&out->rejects, &out->rejects_open, e) &&
           commit(&out->clusters, &out->clusters_open, e) &&
           commit(&out->golden, &out->golden_open, e) &&
           commit(&out->histogram, &out->histogram_open, e) &&
           commit(&out->pairs, &out->pairs_open, e);
}

/* --report: writes the page, and gives it its name. Nothing without the option. */
static bool write_page(struct run *r, struct err *e)
{
    struct outputs *out = &r->outputs;
    if (!out->report_open)
        return true;
    if (!r->page(r, e))
        return false;
    out->report_open = false; /* page_finish closes it, whatever comes of it */
    return page_finish(&out->report, e);
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

/* Are bytes of audited rows kept apart? Where pairs are only counted there are none. */
static bool is_tapped(const struct run *r)
{
    return r->opts->audit && (!r->query.count || r->choice.collects || r->by_rounds);
}

/* Finds the best of each row in rounds, and writes them. */
static bool run_rounds(struct run *r, const struct job *job, const struct span *left, struct err *e)
{
    struct found found = {NULL, 0};
    struct query query = *job->query;
    struct job writes = *job;
    const bool writes_any = !query.count || job->sinks->tap; /* the output, or what is audited */
    query.count = false;
    writes.query = &query;
    bool ok = run_find_best(r, job, left, &found, e);
    r->result.pairs = left->pairs_before + found.n;
    ok = ok && (!writes_any || coordinator_write(&writes, left, &found, &r->result, e));
    r->n_found = r->result.pairs;
    free(found.pair);
    return ok && coordinator_check_count(job, r->result.pairs, e);
}

/* Must all pairs be known before one is written? In the format "values" those of the join of a plan
 * are written as they stand; others are pairs of rows, which are collected. */
static bool collects(const struct run *r, const struct job *job)
{
    const bool as_they_stand =
        r->plan.kind == PLAN_NOTHING || (r->plan.kind == PLAN_JOIN && !job->query->top);
    return r->choice.collects ||
           (!job->query->count && !as_they_stand && emit_is_of_values(job->query->lines.format));
}

/* Finds the pairs, and writes those that are kept. */
static bool run_job(struct run *r, const struct job *job, const struct span *left, struct err *e)
{
    const struct resolve how = {&r->choice,
                                r->better,
                                &r->span,
                                left,
                                &r->kept,
                                r->outputs.found_open ? &r->outputs.found : NULL,
                                r->shard.of && r->choice.collects,
                                r->by_rounds};
    if (r->by_rounds && !r->choice.collects)
        return run_rounds(r, job, left, e);
    if (r->by_rounds && !run_find_best(r, job, left, &r->kept.found, e))
        return false;
    if (collects(r, job))
        return resolve_run(job, &how, &r->result, &r->n_found, e);
    const bool ok = coordinator_run(job, left, &r->result, e);
    r->n_found = r->result.pairs;
    return ok;
}

/* The same. If --max-results ends the run, the table shows the pairs that were found until then. */
static bool find_pairs(struct run *r, const struct job *job, const struct span *left, struct err *e)
{
    struct err ignored;
    const double before = proc_own_cpu_seconds();
    const bool ok = run_job(r, job, left, e);
    r->search_cpu_seconds = proc_own_cpu_seconds() - before;
    if (ok)
        return true;
    if (e->status == ERR_STOPPED && !stage_signal())
        (void)write_table(r, true, &ignored);
    return false;
}

/* What is audited is what workers write, before anything is chosen from it. */
static bool audit_job(struct run *r, const struct job *job, struct err *e)
{
    struct query finds;
    struct job audited = *job;
    if (!r->opts->audit)
        return true;
    if (r->choice.collects) {
        if (!resolve_finds(job->query, &finds, e))
            return false;
        audited.query = &finds;
    }
    return run_audit(r, &audited, e);
}

/* Runs the job for the rows that are left, and writes all that is asked for. */
static bool carry_out(struct run *r, struct err *e)
{
    const struct faults faults = run_faults(r);
    const struct placement placement = run_placement(r);
    uint64_t payload_at = 0, head_at = 0;
    struct span left;
    if (!run_resume(r, &faults, &left, e) || !run_shard_begin(r, &payload_at, &head_at, e) ||
        !run_begin_histogram(r, e) ||
        (r->outputs.report_open && !timeline_open(&r->timeline, TIMELINE_PIECES, e)))
        return false;
    struct out into_view;
    out_open_into(&into_view, table_view_take, &r->view);
    table_view_begin(&r->view, &r->query);
    const struct sinks sinks = {.out = !r->outputs.pairs_open ? NULL
                                       : is_table(r)          ? &into_view
                                                              : &r->outputs.pairs,
                                .head_at = head_at,
                                .no_tail = r->shard.number != r->shard.of,
                                .by_row = r->loaded.inputs.part.row != NULL,
                                .max_results = r->opts->max_results,
                                .tap = is_tapped(r) ? &r->audit.found : NULL,
                                .journal = r->opts->resume ? &r->journal : NULL,
                                .histogram = r->histogram.most ? &r->histogram : NULL,
                                .timeline = r->timeline.piece ? &r->timeline : NULL};
    const struct job job = {&r->query, &r->loaded.inputs, &r->plan, &sinks, &faults, &placement};
    if (!find_pairs(r, &job, &left, e) || !end_rejects(r, e) || !audit_job(r, &job, e) ||
        !write_table(r, false, e) || !run_clusters(r, e) || !run_write_histogram(r, e) ||
        !run_shard_end(r, payload_at, e) || !run_note_end(r, e))
        return false;
    r->total_seconds = log_seconds() - r->started - r->audit.seconds;
    return write_page(r, e) && run_write_stats(r, e) && commit_outputs(&r->outputs, e);
}

static bool print_count(const struct run *r, struct err *e)
{
    if (printf("%llu\n", (unsigned long long)r->result.pairs) < 0 || fflush(stdout) != 0)
        return err_system(e, ERR_IO, errno, NULL, "stdout cannot be written");
    return true;
}

/* Nothing is left of what a run needed to go on. */
static void drop_progress(struct run *r)
{
    journal_remove(&r->journal);
    if (r->outputs.found_open)
        out_drop(&r->outputs.found);
    r->outputs.found_open = false;
}

/* A scheduler may start a task again whose part is done. */
static bool leave_shard(struct run *r)
{
    log_note("%s: shard %u of %u of this run is whole already, and is left as it is",
             r->opts->output, r->shard.number, r->shard.of);
    r->is_left = true;
    drop_progress(r);
    if (r->opts->resume && r->outputs.pairs_open)
        out_drop(&r->outputs.pairs);
    return true;
}

/* What may surprise in the inputs; of a prepared run it was said when it was prepared. */
static void note_inputs(struct run *r)
{
    run_note_itself(r);
    run_note_expected(r);
    if (!r->query.count)
        run_note_ids(r);
}

static bool find_and_write(struct run *r, struct err *e)
{
    bool exists;
    if (!run_shard_exists(r, &exists, e))
        return false;
    if (exists)
        return leave_shard(r);
    if (!r->identity)
        note_inputs(r);
    if (!run_audit_begin(r, e) || !carry_out(r, e) || (r->opts->count && !print_count(r, e)))
        return false;
    drop_progress(r);
    return true;
}

static bool show_plan(const struct run *r, FILE *to, struct err *e)
{
    struct string_builder b;
    FILE *out = string_builder_open(&b);
    if (out)
        run_print_plan(r, out);
    return string_builder_show(&b, to) || err_set(e, ERR_OS, NULL, "not enough memory");
}

bool run_execute(struct run *r, struct err *e)
{
    if (!r->identity && !run_expect(r, e)) /* of a prepared run it was said before */
        return false;
    run_expect_seconds(r);
    if (r->opts->plan && r->opts->json)
        return run_print_plan_json(r, e);
    if (r->opts->plan)
        return show_plan(r, stdout, e);
    if (r->opts->level == LOG_VERBOSE && !show_plan(r, stderr, e))
        return false;
    return find_and_write(r, e);
}
