/* Opens a run, and prepares it up to its plan. */
#include "matcher/run/run.h"

#include "core/log.h"
#include "core/memory.h"
#include "core/report.h"
#include "core/sandbox.h"
#include "data/format/pack.h"
#include "matcher/engine/stage.h"
#include "matcher/inputs/column_check.h"
#include "matcher/join/score_cost.h"
#include "matcher/output/histogram_file.h"
#include "matcher/output/output_form.h"
#include "matcher/planner/plan_make.h"
#include "matcher/run/query_make.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OWN_BYTES ((size_t)16 << 20) /* of memory, before anything is read */
#define ONE_WORKER_PAIRS 200000.0    /* that one worker scores while others would start */

/* ---- Opening ---------------------------------------------------------------------------------*/

static bool open_journal(struct run *r, const struct opts *o, struct err *e)
{
    if (!o->resume)
        return true;
    if (!journal_open(&r->journal, o->resume, e))
        return false;
    stage_catch_early(); /* a stop keeps the journal and names the command that goes on */
    return true;
}

bool run_open_outputs(struct run *r, struct err *e)
{
    const struct opts *o = r->opts;
    struct outputs *out = &r->outputs;
    if (o->prepare && pack_kind_of(o->prepare))
        return err_set(e, ERR_USAGE, "name it RUN.axbrun",
                       "--prepare: the file is mapped, so it is not compressed, and %s ends in %s",
                       o->prepare, strrchr(o->prepare, '.'));
    if (o->prepare || o->slurm) {
        out->prepared_open = out_open(&out->prepared, o->prepare ? o->prepare : o->slurm, e);
        return out->prepared_open;
    }
    if (o->stats && !(out->stats_open = out_open(&out->stats, o->stats, e)))
        return false;
    if (o->rejects && !(out->rejects_open = out_open(&out->rejects, o->rejects, e)))
        return false;
    if (!open_journal(r, o, e))
        return false;
    const bool in_journal = o->resume && r->choice.collects;
    if (in_journal && !(out->found_open = out_open_partial(&out->found, o->resume, e)))
        return false;
    if (o->histogram && !(out->histogram_open = out_open(&out->histogram, o->histogram, e)))
        return false;
    if (o->clusters && !(out->clusters_open = out_open(&out->clusters, o->clusters, e)))
        return false;
    if (o->golden && !(out->golden_open = out_open(&out->golden, o->golden, e)))
        return false;
    if (!output_form_has_pairs(o))
        return true;
    out->pairs_open =
        (o->resume && !in_journal ? out_open_partial : out_open)(&out->pairs, o->output, e);
    return out->pairs_open;
}

/* The page of --report, whatever the verb. */
static bool open_report(struct run *r, const struct opts *o, struct err *e)
{
    struct outputs *out = &r->outputs;
    return !o->report || !r->page || o->plan ||
           (out->report_open = page_open(&out->report, o->report, e));
}

struct out *run_growing(struct run *r)
{
    struct outputs *out = &r->outputs;
    return out->found_open ? &out->found : out->pairs_open ? &out->pairs : NULL;
}

/* To a program that started us, descriptors say nothing: it explains pairs in its own words. And
 * `axb explain` takes no pair of several files. */
static bool make_explain_command(struct run *r, struct err *e)
{
    if (report_active() || (r->sources.self && r->opts->n_inputs > 1))
        return true;
    r->explain_command = opts_explain_command(r->asked);
    return r->explain_command || err_set(e, ERR_OS, NULL, "not enough memory");
}

/* Of what shards leave, axb merge copies the lines that it keeps. */
bool run_check_lines(const struct run *r, struct err *e)
{
    return !opts_in_parts(r->opts) || !r->choice.collects || !emit_is_of_values(r->format) ||
           err_set(e, ERR_USAGE, "choose --format pairs",
                   "--shard: axb merge chooses from the lines of all shards, and the format %s has "
                   "none",
                   emit_name(r->format));
}

/* Those of the pairs, and of the files of clusters. */
static bool choose_formats(struct run *r, const struct opts *o, struct err *e)
{
    return output_form_choose(o, &r->format, e) && run_check_lines(r, e) &&
           (!o->clusters ||
            output_form_of_clusters(o, o->clusters, "--clusters", &r->clusters_format, e)) &&
           (!o->golden || output_form_of_fields(o, o->golden, "--golden", &r->golden_format, e)) &&
           histogram_file_check(o->histogram, e);
}

bool run_open(struct run *r, const struct opts *o, const struct run_request *request, struct err *e)
{
    *r = (struct run){.asked = o,
                      .scorer = {.fd = -1, .terms_fd = -1},
                      .journal.fd = -1,
                      .rejects.max = o->max_rejects,
                      .page = request->page,
                      .started = log_seconds()};
    loaded_begin(&r->loaded);
    r->sources.self = request->self;
    if (!model_options_make(&r->model, o, request->self, e))
        return false;
    r->opts = o = &r->model.opts;
    r->choice = choice_make(o, request->self);
    return (!request->writes || choose_formats(r, o, e)) &&
           (!o->shard || o->slurm || shard_parse(o->shard, &r->shard, e)) &&
           mem_check("axb itself", OWN_BYTES, e) && sandbox_ask(o->sandbox, e) &&
           sources_open(&r->sources, o, request->self, e) &&
           (!r->model.used ||
            column_check_model(&r->model.model, r->asked->score, &r->sources, e)) &&
           (!request->writes || make_explain_command(r, e)) &&
           (!request->writes || o->plan || run_open_outputs(r, e)) && open_report(r, o, e);
}

/* ---- The plan --------------------------------------------------------------------------------*/

/* Compiles the expression, if a compiler exists. */
static bool compile(struct run *r, const struct query *asked, const struct plan *plan,
                    struct err *e)
{
    log_phase("compiling the score", 0);
    if (query_compile(&r->query, &r->scorer, asked, &r->sources, e)) {
        plan_compiled(&r->plan, plan);
        return true;
    }
    log_verbose("the expression is not compiled: %s", e->text);
    r->query = *asked;
    r->plan = *plan;
    return e->status == ERR_UNAVAILABLE;
}

/* Is it known without a plan that one worker is enough? */
static bool is_little(const struct query *asked, const struct inputs *inputs, double all_pairs)
{
    return !asked->scorer && all_pairs <= ONE_WORKER_PAIRS &&
           inputs->index.dictionary.max_length <= SCORE_WHOLE;
}

/* How many workers there may be. To read the topology takes some milliseconds, and many on large
 * machines, so where one worker is enough it is left unread. */
static bool find_workers(struct run *r, const struct query *asked, double all_pairs,
                         unsigned *workers, struct err *e)
{
    *workers = r->opts->workers ? r->opts->workers : 1;
    if (is_little(asked, &r->loaded.inputs, all_pairs))
        return true;
    if (!r->topo && !topo_open(&r->topo, NULL, e))
        return false;
    *workers = r->opts->workers ? r->opts->workers : topo_workers(r->topo);
    return true;
}

/* Makes the query and the plan of the run: those that were asked for, or their compiled form. */
static bool resolve_plan(struct run *r, const struct query *asked, struct err *e)
{
    const struct inputs *inputs = &r->loaded.inputs;
    const double all_pairs = span_pairs_taken(&r->span, inputs);
    const size_t available = mem_available_bytes();
    unsigned workers;
    if (!find_workers(r, asked, all_pairs, &workers, e))
        return false;
    const struct plan_request request = {.all_pairs = all_pairs,
                                         .workers = workers,
                                         .available_bytes = available,
                                         .prune = r->opts->prune,
                                         .scores = r->opts->histogram || r->opts->report,
                                         .join = r->opts->algorithm};
    const double start = log_seconds();
    struct plan plan;
    if (available < PLAN_WORKER_BYTES)
        return mem_refuse("a worker", PLAN_WORKER_BYTES, e);
    log_phase("planning", 0);
    if (!estimate_make(&r->estimate, asked, inputs, request.all_pairs, e) ||
        !plan_make(&plan, asked, inputs, &r->estimate, &request, e))
        return false;
    r->plan_request = request;
    if (asked->open_ended && plan.prune && plan.kind == PLAN_JOIN)
        rounds_plan_all(&plan, asked, request.all_pairs);
    if (!run_plan_best(r, asked, &plan, e))
        return false;
    if (plan.worth_compiling && !r->by_rounds) {
        if (!compile(r, asked, &plan, e))
            return false;
    } else {
        r->query = *asked;
        r->plan = plan;
    }
    log_progress_end();
    r->plan_seconds = log_seconds() - start;
    run_note_plan(r, workers);
    return true;
}

/* Before anything large is read, since memory lies where it is touched first. */
static bool spread_memory(struct run *r, struct err *e)
{
    size_t bytes = load_bytes(&r->sources.load[0]);
    if (!r->sources.self)
        bytes += load_bytes(&r->sources.load[1]);
    return topo_spread_for(&r->topo, bytes, r->opts->workers, e);
}

/* Loads the tables, decides which of their rows take part, and builds the index of these. */
static bool load(struct run *r, struct query *asked, struct err *e)
{
    struct loaded *l = &r->loaded;
    if (!spread_memory(r, e) || !loaded_tables(l, &r->wanted, &r->sources, e) ||
        !conditions_decide(&r->conditions, asked, l->field, l->inputs.table, e))
        return false;
    conditions_drop(asked);
    if (!loaded_index(l, asked, &r->wanted, r->conditions.rows, e))
        return false;
    query_bound_terms(asked, &l->inputs.index);
    return true;
}

/* Without --min and --max nearly all pairs match, and the best of these are kept. */
static bool set_least_goal(struct query *asked, struct err *e)
{
    struct expr_span range = {0, INFINITY};
    if (asked->goal.score != EXPR_NONE && !expr_range(&asked->expr, asked->goal.score, &range, e))
        return false;
    rounds_least_goal(asked, &range, &asked->goal);
    asked->open_ended = true;
    return true;
}

bool run_prepare(struct run *r, const struct run_request *request, struct err *e)
{
    struct query asked;
    if (!query_make(&asked, &r->wanted, &r->scorer, r->opts, r->format, request->originals,
                    &r->sources, e) ||
        !load(r, &asked, e) || !sources_commit_mended(&r->sources, e))
        return false;
    r->better = choice_better(r->opts, &asked);
    asked.least = r->better == CHOOSE_LEAST;
    asked.top = r->choice.collects ? 0 : r->choice.top[0];
    if (!r->opts->min_given && !r->opts->max_given && !set_least_goal(&asked, e))
        return false;
    shard_rows(&r->shard, r->loaded.inputs.table[0].head->n_rows, r->sources.self,
               &r->span.row_from, &r->span.row_to);
    if (request->unplanned) {
        r->query = asked;
        log_progress_end();
        return r->topo || topo_open(&r->topo, NULL, e);
    }
    return resolve_plan(r, &asked, e);
}

/* ---- What the engine takes from the options ---------------------------------------------------*/

struct faults run_faults(struct run *r)
{
    return (struct faults){.rejects = r->opts->on_crash == ON_CRASH_SKIP ? &r->rejects : NULL,
                           .pair_timeout_seconds = r->opts->pair_timeout_seconds,
                           .explain_command = r->explain_command};
}

struct placement run_placement(const struct run *r)
{
    return (struct placement){r->topo, r->opts->bind};
}

/* ---- Closing ---------------------------------------------------------------------------------*/

/* `useless`: the output of this run is of no use to a later one. */
static void close_outputs(struct outputs *out, bool useless)
{
    if (out->pairs_open)
        (useless ? out_drop : out_abort)(&out->pairs);
    if (out->found_open)
        (useless ? out_drop : out_abort)(&out->found);
    if (out->stats_open)
        out_abort(&out->stats);
    if (out->rejects_open)
        out_abort(&out->rejects);
    if (out->clusters_open)
        out_abort(&out->clusters);
    if (out->golden_open)
        out_abort(&out->golden);
    if (out->histogram_open)
        out_abort(&out->histogram);
    if (out->report_open)
        page_drop(&out->report);
    if (out->prepared_open)
        out_abort(&out->prepared);
}

void run_close(struct run *r)
{
    const bool useless = !journal_keep(&r->journal);
    close_outputs(&r->outputs, useless);
    journal_close(&r->journal);
    rejects_close(&r->rejects);
    free(r->explain_command);
    free(r->facts);
    audit_close(&r->audit);
    histogram_close(&r->histogram);
    timeline_close(&r->timeline);
    collect_close(&r->kept);
    loaded_close(&r->loaded);
    conditions_close(&r->conditions);
    scorer_close(&r->scorer);
    estimate_close(&r->estimate);
    wanted_close(&r->wanted);
    sources_close(&r->sources);
    topo_close(r->topo);
    model_options_free(&r->model);
}

bool run_with(const struct opts *o, const struct run_request *request,
              bool (*act)(struct run *r, struct err *e), struct err *e)
{
    struct run *r = malloc(sizeof *r); /* of more than a small stack has */
    if (!r)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    bool ok = run_open(r, o, request, e) && run_prepare(r, request, e) && act(r, e);
    run_close(r);
    free(r);
    return ok;
}
