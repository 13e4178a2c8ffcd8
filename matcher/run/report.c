/* What a run says of itself: --plan, the closing lines, --stats; and the doing in between. */
#include "core/log.h"
#include "matcher/kernel/isa.h"
#include "matcher/run/run.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- --plan ----------------------------------------------------------------------------------*/

static void print_side(const struct run *r, int side, FILE *out)
{
    char rows[32];
    const struct table *t = &r->job.table[side];
    fprintf(out, "%c         %s: %s records", 'A' + side, run_path(r, side),
            log_count((double)t->head->n_rows, rows));
    fputc('\n', out);
}

/* The columns that are compared, with how many values each has. */
static void print_columns(const struct run *r, FILE *out)
{
    const struct expr *x = &r->job.task.expr;
    char values[32];
    for (uint32_t i = 0; i < x->n_columns; i++) {
        const struct expr_column *c = &x->column[i];
        const struct index_view *v = &r->job.view.field[c->field];
        const char side = c->side ? 'b' : 'a';
        if (c->kind == INDEX_TEXT)
            fprintf(out, "%s%c.%.*s: %s distinct values\n", i ? "          " : "columns   ", side,
                    (int)c->name_bytes, x->text + c->name_at, log_count(v->side.n, values));
    }
}

static void print_join(const struct run *r, const struct boss_join *join, FILE *out)
{
    char term[300], pairs[32];
    const struct wire_task *task = &r->job.task;
    expr_print_term(&task->expr, join->term, term, sizeof term);
    if (!r->job.refine) {
        fprintf(out, "join      %s: %s\n", join->join->name, join->join->what);
        return;
    }
    fprintf(out, "join      %s %s %.4g by %s: about %s candidates\n", term,
            metric_falls(join->use.view) ? "<=" : ">=", join->min, join->join->name,
            log_count(estimate_pairs(&r->estimate, join->term, join->min), pairs));
    if (join->prefilter != EXPR_NONE) {
        expr_print_term(&task->expr, join->prefilter, term, sizeof term);
        fprintf(out, "          of these, dropped at a glance by %s\n", term);
    }
}

/* The terms in the order in which they are computed. */
static void print_terms(const struct run *r, FILE *out)
{
    const struct wire_task *task = &r->job.task;
    struct err e;
    char term[300];
    for (uint32_t s = 0; s < task->expr.n_terms; s++) {
        uint32_t t = task->step[s];
        double need = expr_need(&task->expr, &task->goal, t, &e);
        double share = estimate_pairs(&r->estimate, t, need) / r->estimate.all_pairs;
        expr_print_term(&task->expr, t, term, sizeof term);
        fprintf(out, "%s%s", s ? "          " : "terms     ", term);
        if (expr_asks(&task->expr.term[t], need))
            fprintf(out, " must %s %.4g: %.2g %% of all pairs do",
                    metric_falls((enum metric_view)task->expr.term[t].view) ? "not exceed"
                                                                            : "reach",
                    need, 100 * share);
        fprintf(out, "; %.0f ns\n", 1e9 * r->estimate.term[t].seconds);
    }
}

static void print_how(const struct run *r, FILE *out)
{
    const struct boss_job *job = &r->job;
    char term[300];
    for (uint32_t i = 0; i < job->n_joins; i++)
        print_join(r, &job->join[i], out);
    if (job->nothing) {
        fprintf(out, "nothing   no pair can match\n");
    } else if (job->n_joins == 0 && job->prefilter != EXPR_NONE) {
        expr_print_term(&job->task.expr, job->prefilter, term, sizeof term);
        fprintf(out, "loop      every pair, most dropped at a glance by %s\n", term);
    } else if (job->n_joins == 0) {
        fprintf(out, "loop      every pair is scored%s\n",
                job->scorer && job->task.goal.score != EXPR_NONE ? " by compiled code"
                : job->scorer                                    ? "; axb check says how fast"
                                                                 : "");
    }
    if (job->refine && !job->nothing)
        print_terms(r, out);
    if ((job->n_joins || job->refine) && !job->nothing)
        fprintf(out, "          lossless; about %.2g s on %u workers\n",
                r->plan_cost / job->n_workers, job->n_workers);
}

void run_print_plan(const struct run *r, FILE *out)
{
    char text[1024], pairs[32];
    const struct boss_job *job = &r->job;
    const struct wire_task *task = &job->task;
    print_side(r, 0, out);
    if (!r->self)
        print_side(r, 1, out);
    print_columns(r, out);
    if (task->goal.where != EXPR_NONE) {
        expr_print(&task->expr, task->goal.where, text, sizeof text);
        fprintf(out, "where     %s\n", text);
    }
    if (task->goal.score == EXPR_NONE)
        snprintf(text, sizeof text, "%s", r->scorer.path);
    else
        expr_print(&task->expr, task->goal.score, text, sizeof text);
    fprintf(out, "score     %s >= %g\n", text, task->min);
    fprintf(out, "pairs     %s\n", log_count(run_all_pairs(r), pairs));
    if (r->shard.of)
        fprintf(out, "shard     %u of %u: %llu rows of A from row %llu\n", r->shard.number,
                r->shard.of, (unsigned long long)(job->row_to - job->row_from),
                (unsigned long long)job->row_from + 1);
    print_how(r, out);
    fprintf(out, "workers   %u, kernels %s\n", job->n_workers, isa_name(isa_best()));
}

/* ---- Statistics ------------------------------------------------------------------------------*/

static json_t *stats_json(const struct run *r)
{
    const struct boss_result *b = &r->result;
    return json_pack(
        "{s:s, s:f, s:I, s:I, s:f, s:I, s:s, s:s, s:i, s:I, s:I, s:{s:f, s:f, s:f, s:f, s:f, s:f, "
        "s:f, s:f}, "
        "s:{s:I, s:I, s:I, s:I, s:I}, s:I}",
        "version", AXB_VERSION, "min", r->job.task.min, "rows_a",
        (json_int_t)r->job.table[0].head->n_rows, "rows_b",
        (json_int_t)r->job.table[1].head->n_rows, "pairs", run_all_pairs(r), "matches",
        (json_int_t)b->pairs, "join", r->job.n_joins ? r->job.join[0].join->name : "none",
        "kernels", isa_name(isa_best()), "workers", (int)r->job.n_workers, "slices",
        (json_int_t)b->row_ranges, "workers_replaced", (json_int_t)b->replaced, "seconds", "load",
        r->load_seconds, "index", r->index_seconds, "plan", r->plan_seconds, "build",
        b->build_seconds, "join", b->join_seconds, "order", b->order_seconds, "write",
        b->write_seconds, "total", r->total_seconds, "distinct", "pairs", (json_int_t)b->join.pairs,
        "candidates", (json_int_t)b->join.candidates, "verified", (json_int_t)b->join.verified,
        "matches", (json_int_t)b->join.matches, "join_index_bytes", (json_int_t)b->index_bytes,
        "skipped", (json_int_t)r->rejects.n_final);
}

static bool write_stats(struct run *r, struct err *e)
{
    if (!r->stats_open)
        return true;
    json_t *json = stats_json(r);
    if (r->opts->audit)
        json_object_set_new(json, "audit", audit_json(&r->audit));
    if (r->shard.of)
        json_object_set_new(json, "shard",
                            json_pack("{s:I, s:I}", "number", (json_int_t)r->shard.number, "of",
                                      (json_int_t)r->shard.of));
    char *text = json ? json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) : NULL;
    json_decref(json);
    if (!text)
        return err_set(e, ERR_OS, NULL, "not enough memory for the statistics");
    bool ok = out_write(&r->stats, text, strlen(text), e) && out_write(&r->stats, "\n", 1, e) &&
              out_commit(&r->stats, e);
    r->stats_open = !ok;
    free(text);
    return ok;
}

/* ---- Doing it --------------------------------------------------------------------------------*/

static bool open_audit(struct run *r, struct err *e)
{
    if (!r->job.task.count)
        r->job.audit_tap = &r->audit.found;
    return audit_pick(&r->audit, r->opts->audit, r->opts->seed, r->job.row_from, r->job.row_to, e);
}

/* The pairs that were skipped are known; those that an audit meets besides do not count. */
static bool end_rejects(struct run *r, struct err *e)
{
    rejects_finish(&r->rejects);
    return !r->rejects_open ||
           rejects_write(&r->rejects, &r->job.task.emit, r->job.table, &r->rejects_out, e);
}

static bool commit_rejects(struct run *r, struct err *e)
{
    r->rejects_open = r->rejects_open && !out_commit(&r->rejects_out, e);
    return !r->rejects_open;
}

/* The output gets its name last: it is there only when all else is. */
static bool run_boss(struct run *r, struct err *e)
{
    struct boss_job *job = &r->job;
    if (!run_resume(r, e) || !run_shard_begin(r, e))
        return false;
    job->out = r->out_open ? &r->out : NULL;
    if (!boss_run(job, &r->result, e) || !end_rejects(r, e) || !run_audit(r, e) ||
        !run_shard_end(r, e) || !run_note_end(r, e))
        return false;
    r->total_seconds = log_seconds() - r->started - r->audit.seconds;
    if (!write_stats(r, e) || !commit_rejects(r, e))
        return false;
    if (!r->out_open)
        return true;
    r->out_open = !out_commit(&r->out, e);
    return !r->out_open;
}

bool run_go(struct run *r, struct err *e)
{
    if (r->opts->plan) {
        run_print_plan(r, stdout);
        return true;
    }
    if (r->opts->level == LOG_VERBOSE)
        run_print_plan(r, stderr);
    if ((r->opts->audit && !open_audit(r, e)) || !run_boss(r, e))
        return false;
    if (r->job.task.count &&
        (printf("%llu\n", (unsigned long long)r->result.pairs) < 0 || fflush(stdout) != 0))
        return err_system(e, ERR_IO, errno, NULL, "stdout cannot be written");
    journal_remove(&r->journal);
    return true;
}

/* ---- Reporting -------------------------------------------------------------------------------*/

/* What the bounds did: estimate beside fact. */
static void report_refine(const struct run *r)
{
    const struct wire_task *task = &r->job.task;
    const struct wire_tally *t = &r->result.tally;
    char x[32], y[32], term[300];
    if (!r->job.refine)
        return;
    log_verbose("%s candidates (%s were expected), %.3g %% of all pairs",
                log_count((double)t->candidates, x), log_count(r->plan_candidates, y),
                100 * (double)t->candidates / run_all_pairs(r));
    if (t->prefiltered)
        log_verbose("%s of them dropped at a glance", log_count((double)t->prefiltered, x));
    for (uint32_t s = 0; s < task->expr.n_terms; s++) {
        uint32_t k = task->step[s];
        expr_print_term(&task->expr, k, term, sizeof term);
        if (t->computed[k])
            log_verbose("%s computed for %s, %s dropped by it", term,
                        log_count((double)t->computed[k], x), log_count((double)t->dropped[k], y));
    }
    if (task->has_module)
        log_verbose("%s scored by %s", log_count((double)t->scored, x), r->scorer.path);
}

static void report_rejects(const struct run *r)
{
    const struct reject *first = r->rejects.at;
    unsigned long long n = r->rejects.n_final;
    if (n == 0)
        return;
    log_note("%llu pair%s skipped, on which the scorer failed%s%s; the first: on row %u of A and "
             "row %u of B it %s",
             n, n == 1 ? " was" : "s were", r->opts->rejects ? ", see " : "",
             r->opts->rejects ? r->opts->rejects : "", first->row_a + 1, first->row_b + 1,
             first->reason);
}

void run_report(const struct run *r)
{
    char matches[32], pairs[32], rate[32], shard[48] = "";
    if (r->opts->plan)
        return;
    if (r->shard.of)
        snprintf(shard, sizeof shard, " of shard %u of %u", r->shard.number, r->shard.of);
    log_note("%s of %s pairs%s match; %.2f s, %s pairs/s",
             log_count((double)r->result.pairs, matches), log_count(run_all_pairs(r), pairs), shard,
             r->total_seconds, log_count(run_all_pairs(r) / r->total_seconds, rate));
    log_verbose("load %.2f s, index %.2f, plan %.2f, build %.2f, join %.2f, order %.2f, write %.2f",
                r->load_seconds, r->index_seconds, r->plan_seconds, r->result.build_seconds,
                r->result.join_seconds, r->result.order_seconds, r->result.write_seconds);
    report_refine(r);
    report_rejects(r);
    if (r->opts->audit)
        audit_note(&r->audit);
}
