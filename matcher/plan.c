/* The rooms of a run from the plan on: which join, how many workers; then doing it and reporting.
 */
#include "core/log.h"
#include "matcher/isa.h"
#include "matcher/run.h"
#include "matcher/worker.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The threshold: --min, or every pair that has a score. */
static double threshold(const struct opts *o)
{
    return o->min_given ? o->min : -(double)INFINITY;
}

/* A join serves when a missing value cannot match and the view is the one that joins know. */
static bool can_join(const struct run *r)
{
    return !r->job.task.has_module && r->job.task.min > 0 &&
           r->call.use.view == METRIC_NORMALIZED_SIMILARITY;
}

static bool choose_join(struct run *r, struct err *e)
{
    struct boss_job *job = &r->job;
    const struct side *a = &job->view.field[job->task.field_a].side;
    if (!can_join(r))
        return !r->opts->join ||
               err_set(e, ERR_USAGE, NULL, "--join: this score is not done by a join");
    struct join_job join_job = worker_join_job(&job->task, &job->view, a);
    job->join = join_choose(&join_job, r->opts->join, &r->join_cost);
    if (!job->join)
        return err_set(e, ERR_USAGE, "--plan shows which one is chosen without --join",
                       "--join: there is no join \"%s\" for this score",
                       r->opts->join ? r->opts->join : "");
    for (uint32_t i = 0; join_at(i); i++)
        if (join_at(i) == job->join)
            job->task.join = i;
    return true;
}

bool run_plan(struct run *r, struct err *e)
{
    const struct opts *o = r->opts;
    struct boss_job *job = &r->job;
    double start = log_seconds();
    job->task.min = threshold(o);
    job->task.self = r->self;
    job->task.count = o->count || o->verb == VERB_CHECK;
    job->task.prune = o->prune;
    job->scorer = job->task.has_module ? &r->scorer : NULL;
    job->topo = r->topo;
    job->bind = o->bind;
    job->n_workers = o->workers ? o->workers : topo_workers(r->topo);
    job->max_results = o->max_results;
    job->max_memory_bytes = o->max_memory_bytes;
    bool ok = choose_join(r, e);
    r->plan_seconds = log_seconds() - start;
    return ok;
}

/* ---- --plan ----------------------------------------------------------------------------------*/

static double all_pairs(const struct run *r)
{
    double a = (double)r->job.table[0].head->n_rows, b = (double)r->job.table[1].head->n_rows;
    return r->self ? a * (a - 1) / 2 : a * b;
}

static void print_side(const struct run *r, int side, FILE *out)
{
    char rows[32], values[32];
    uint32_t field = side ? r->job.task.field_b : r->job.task.field_a;
    const struct table *t = &r->job.table[side];
    fprintf(out, "%c         %s: %s records", 'A' + side, run_path(r, side),
            log_count((double)t->head->n_rows, rows));
    if (!r->job.task.has_module)
        fprintf(out, ", %s distinct values of \"%s\"",
                log_count((double)r->job.view.field[field].side.n, values),
                table_column_name(t, r->fields[field].column));
    fputc('\n', out);
}

static void print_how(const struct run *r, FILE *out)
{
    const struct boss_job *job = &r->job;
    if (job->join)
        fprintf(out, "join      %s: %s\n          lossless; about %.2g s on %u workers\n",
                job->join->name, job->join->what, r->join_cost / job->n_workers, job->n_workers);
    else
        fprintf(out, "loop      every pair is scored%s\n",
                job->task.has_module ? "; axb check says how fast" : "");
}

static void print_plan(const struct run *r, FILE *out)
{
    char text[512], pairs[32];
    const struct boss_job *job = &r->job;
    print_side(r, 0, out);
    if (!r->self)
        print_side(r, 1, out);
    if (job->task.has_module)
        snprintf(text, sizeof text, "%s", r->scorer.path);
    else
        call_print(&r->call, text, sizeof text);
    fprintf(out, "score     %s >= %g\n", text, job->task.min);
    fprintf(out, "pairs     %s\n", log_count(all_pairs(r), pairs));
    print_how(r, out);
    fprintf(out, "workers   %u, kernels %s\n", job->n_workers, isa_name(isa_best()));
}

/* ---- Doing it --------------------------------------------------------------------------------*/

static bool run_boss(struct run *r, struct err *e)
{
    struct boss_job *job = &r->job;
    if (job->task.count)
        return boss_run(job, &r->result, e);
    job->out = &r->out;
    if (!boss_run(job, &r->result, e) || !out_commit(&r->out, e))
        return false;
    r->out_open = false;
    return true;
}

bool run_go(struct run *r, struct err *e)
{
    if (r->opts->plan) {
        print_plan(r, stdout);
        return true;
    }
    if (r->opts->level == LOG_VERBOSE)
        print_plan(r, stderr);
    if (!run_boss(r, e))
        return false;
    r->total_seconds = log_seconds() - r->started;
    if (r->job.task.count && printf("%llu\n", (unsigned long long)r->result.pairs) < 0)
        return err_set(e, ERR_IO, NULL, "stdout cannot be written");
    return true;
}

/* ---- Reporting -------------------------------------------------------------------------------*/

static json_t *stats_json(const struct run *r)
{
    const struct boss_result *b = &r->result;
    return json_pack("{s:s, s:f, s:I, s:I, s:f, s:I, s:s, s:s, s:i, s:I, s:I, s:{s:f, s:f, s:f, "
                     "s:f, s:f, s:f, s:f, s:f}, "
                     "s:{s:I, s:I, s:I, s:I, s:I}}",
                     "version", AXB_VERSION, "min", r->job.task.min, "rows_a",
                     (json_int_t)r->job.table[0].head->n_rows, "rows_b",
                     (json_int_t)r->job.table[1].head->n_rows, "pairs", all_pairs(r), "matches",
                     (json_int_t)b->pairs, "join", r->job.join ? r->job.join->name : "none",
                     "kernels", isa_name(isa_best()), "workers", (int)r->job.n_workers, "slices",
                     (json_int_t)b->slices, "workers_replaced", (json_int_t)b->replaced, "seconds",
                     "load", r->load_seconds, "index", r->index_seconds, "plan", r->plan_seconds,
                     "build", b->build_seconds, "join", b->join_seconds, "order", b->order_seconds,
                     "write", b->write_seconds, "total", r->total_seconds, "distinct", "pairs",
                     (json_int_t)b->join.pairs, "candidates", (json_int_t)b->join.candidates,
                     "verified", (json_int_t)b->join.verified, "matches",
                     (json_int_t)b->join.matches, "join_index_bytes", (json_int_t)b->index_bytes);
}

static bool write_stats(struct run *r, struct err *e)
{
    json_t *json = stats_json(r);
    char *text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
    json_decref(json);
    if (!text)
        return err_set(e, ERR_SOFTWARE, NULL, "the statistics cannot be written as JSON");
    bool ok = out_write(&r->stats, text, strlen(text), e) && out_write(&r->stats, "\n", 1, e) &&
              out_commit(&r->stats, e);
    free(text);
    return ok;
}

bool run_report(struct run *r, struct err *e)
{
    char matches[32], pairs[32], rate[32];
    if (r->opts->plan)
        return true;
    log_note("%s of %s pairs match; %.2f s, %s pairs/s",
             log_count((double)r->result.pairs, matches), log_count(all_pairs(r), pairs),
             r->total_seconds, log_count(all_pairs(r) / r->total_seconds, rate));
    log_verbose("load %.2f s, index %.2f, plan %.2f, build %.2f, join %.2f, order %.2f, write %.2f",
                r->load_seconds, r->index_seconds, r->plan_seconds, r->result.build_seconds,
                r->result.join_seconds, r->result.order_seconds, r->result.write_seconds);
    return !r->stats_open || write_stats(r, e);
}
