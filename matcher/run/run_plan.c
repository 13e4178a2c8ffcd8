/* How a run goes: one join, joins whose candidates are refined, or a loop; how many workers.
 *
 * For an expression: what the threshold asks of each part (expr_bound.h), what each way would leave
 * and cost (estimate.h), the cheapest of them; then the order in which the terms are computed, by
 * what they reject for their time. The result never depends on it. */
#include "core/log.h"
#include "core/memory.h"
#include "core/topology.h"
#include "matcher/engine/prefilter.h"
#include "matcher/engine/worker.h"
#include "matcher/run/run.h"

#include <math.h>
#include <string.h>

#define PREFILTER_SECONDS 2e-9 /* of one core, for a candidate that a gate looks at */
#define COMPILE_PAIRS 3e8      /* of rows, for which compiling takes less time than it saves */
#define CANDIDATE_SECONDS 2e-8 /* for one that is evaluated, besides its terms */

/* The threshold: --min, or every pair that has a score. */
static double threshold(const struct opts *o)
{
    return o->min_given ? o->min : -(double)INFINITY;
}

/* ---- Joins -----------------------------------------------------------------------------------*/

/* The join over a term that reaches `need`, and its cost; without one, infinity. A missing value
 * scores 0, so there is none for a need of 0. */
static struct boss_join term_join(const struct run *r, uint32_t term, double need, double *cost)
{
    const struct expr *x = &r->job.task.expr;
    const struct expr_term *t = &x->term[term];
    struct boss_join join = {.use = expr_use(t),
                             .min = need,
                             .field_a = x->column[t->column_a].field,
                             .field_b = x->column[t->column_b].field,
                             .term = term,
                             .prefilter = EXPR_NONE};
    *cost = (double)INFINITY;
    if (t->view != METRIC_SIMILARITY && expr_asks(t, need) && expr_possible(t, need)) {
        struct join_job job = boss_join_job(&r->job, &join);
        join.join = join_choose(&job, r->opts->join, cost);
    }
    return join;
}

static bool no_such_join(const struct run *r, struct err *e)
{
    return err_set(e, ERR_USAGE, "--plan shows which one is chosen without --join",
                   "--join: there is no join \"%s\" for this score", r->opts->join);
}

/* One metric alone: its join, or a loop. */
static bool plan_single(struct run *r, uint32_t term, struct err *e)
{
    struct boss_job *job = &r->job;
    struct boss_join join = term_join(r, term, job->task.min, &r->plan_cost);
    double lo, hi;
    expr_term_range(&job->task.expr.term[term], &lo, &hi);
    job->nothing = job->task.prune && job->task.min > hi;
    if (metric_falls(join.use.view)) /* a distance of at least --min */
        join.join = NULL;
    if (metric_falls(join.use.view) && r->opts->metric)
        log_note("%s is small where values are alike, and --min keeps the greater ones; for the "
                 "others: --score '%s(COL) <= 2' --min 1",
                 r->opts->metric, r->opts->metric);
    if (join.join) {
        job->join[0] = join;
        job->n_joins = 1;
    }
    job->task.field_a = join.field_a;
    job->task.field_b = join.field_b;
    job->task.metric = job->task.expr.term[term].metric;
    job->task.view = join.use.view;
    job->task.n_args = join.use.n_args;
    memcpy(job->task.args, join.use.args, sizeof job->task.args);
    return join.join || job->nothing || !r->opts->join || no_such_join(r, e);
}

/* ---- Expressions -----------------------------------------------------------------------------*/

/* The gate with which a candidate of the option (EXPR_NONE: any pair) is dropped soonest. */
static uint32_t choose_prefilter(const struct run *r, uint32_t option, struct err *e)
{
    const struct wire_task *task = &r->job.task;
    uint32_t best = EXPR_NONE;
    double fewest = 0.9 * r->estimate.all_pairs;
    for (uint32_t t = 0; t < task->expr.n_terms && task->prune; t++) {
        struct metric_use use = expr_use(&task->expr.term[t]);
        double need =
            t == option || !prefilter_knows(&use) ? 0 : expr_need(&task->expr, &task->goal, t, e);
        if (need > 0 && estimate_pairs(&r->estimate, t, need) < fewest) {
            fewest = estimate_pairs(&r->estimate, t, need);
            best = t;
        }
    }
    return best;
}

/* Seconds of one core for so many candidates. */
static double refine_cost(const struct run *r, uint32_t option, double candidates,
                          uint32_t prefilter)
{
    double each = CANDIDATE_SECONDS, passing = 1;
    struct err e;
    for (uint32_t t = 0; t < r->job.task.expr.n_terms; t++)
        each += t == option ? 0 : r->estimate.term[t].seconds / 2;
    if (prefilter != EXPR_NONE) {
        double need = expr_need(&r->job.task.expr, &r->job.task.goal, prefilter, &e);
        /* A gate lets several times as many pass as match. */
        passing = 4 * estimate_pairs(&r->estimate, prefilter, need) / r->estimate.all_pairs;
        passing = passing < 1 ? passing : 1;
    }
    return candidates * (passing * each + (prefilter != EXPR_NONE ? PREFILTER_SECONDS : 0));
}

static double option_cost(void *context, uint32_t term, double need)
{
    struct run *r = context;
    struct err e;
    double cost;
    struct boss_join join = term_join(r, term, need, &cost);
    if (!join.join)
        return (double)INFINITY;
    return cost + refine_cost(r, term, estimate_pairs(&r->estimate, term, need),
                              choose_prefilter(r, term, &e));
}

/* Takes the joins of a cover, if there is one that beats looking at all pairs. */
static bool take_cover(struct run *r, const struct expr_cover *cover, struct err *e)
{
    struct boss_job *job = &r->job;
    double all = refine_cost(r, EXPR_NONE, r->estimate.all_pairs, job->prefilter), cost;
    bool joins = job->task.prune && isfinite(cover->cost) && (cover->cost < all || r->opts->join) &&
                 cover->n > 0;
    job->nothing = job->task.prune && cover->n == 0 && isfinite(cover->cost);
    if (r->opts->join && !joins)
        return no_such_join(r, e);
    r->plan_cost = joins || job->nothing ? cover->cost : all;
    r->plan_candidates = joins || job->nothing ? 0 : r->estimate.all_pairs;
    for (uint32_t i = 0; i < cover->n && joins; i++) {
        uint32_t term = cover->option[i].term;
        struct boss_join *join = &job->join[job->n_joins++];
        *join = term_join(r, term, cover->option[i].need, &cost);
        join->prefilter = choose_prefilter(r, term, e);
        r->plan_candidates += estimate_pairs(&r->estimate, term, cover->option[i].need);
    }
    return true;
}

/* Terms by how many pairs they reject for their time, most first. */
static void order_terms(struct run *r, struct err *e)
{
    struct wire_task *task = &r->job.task;
    double worth[EXPR_MAX_TERMS];
    for (uint32_t t = 0; t < task->expr.n_terms; t++) {
        double need = expr_need(&task->expr, &task->goal, t, e);
        double pass = estimate_pairs(&r->estimate, t, need) / r->estimate.all_pairs;
        uint32_t at = t;
        worth[t] = (1 - pass) / (r->estimate.term[t].seconds + 1e-12);
        for (; at > 0 && worth[task->step[at - 1]] < worth[t]; at--)
            task->step[at] = task->step[at - 1];
        task->step[at] = t;
    }
}

/* The field of the index that a field of the module is. */
static uint32_t index_field(const struct run *r, const struct scorer_field *f)
{
    const struct expr *x = &r->job.task.expr;
    uint32_t i = 0;
    while (x->column[i].side != f->side || x->column[i].kind != f->kind ||
           x->column[i].column != f->column)
        i++;
    return x->column[i].field;
}

/* An expression of numbers alone that has to be computed for very many pairs is worth a compiler,
 * where there is one: the loop over them becomes vector code. */
static bool compile_numbers(struct run *r, struct err *e)
{
    struct wire_task *task = &r->job.task;
    const struct load *a = &r->load[0], *b = &r->load[r->self ? 0 : 1];
    struct scorer_headers headers = {a->names, a->n_columns, b->names, b->n_columns};
    bool numbers = task->goal.score != EXPR_NONE && task->expr.n_terms == 0 &&
                   run_all_pairs(r) >= COMPILE_PAIRS && r->opts->prune;
    for (uint32_t i = 0; i < task->expr.n_columns; i++)
        numbers = numbers && task->expr.column[i].kind != INDEX_TEXT;
    if (!numbers || r->job.nothing)
        return true;
    if (!scorer_make_expression(&task->expr, &task->goal, &headers, &r->scorer, e)) {
        log_verbose("the expression is not compiled: %s", e->text);
        return e->status == ERR_UNAVAILABLE;
    }
    task->has_module = true;
    task->n_fields = (uint32_t)r->scorer.n_fields;
    for (size_t k = 0; k < r->scorer.n_fields; k++)
        task->field[k] = index_field(r, &r->scorer.fields[k]);
    r->job.scorer = &r->scorer;
    r->job.refine = false;
    return true;
}

static bool plan_refine(struct run *r, struct err *e)
{
    struct boss_job *job = &r->job;
    struct expr_costs costs = {option_cost, r};
    struct expr_cover cover;
    job->refine = true;
    if (!estimate_open(&r->estimate, &job->task.expr, &job->view, run_all_pairs(r), e))
        return false;
    job->prefilter = choose_prefilter(r, EXPR_NONE, e);
    order_terms(r, e);
    return expr_cover(&job->task.expr, &job->task.goal, &costs, &cover, e) &&
           take_cover(r, &cover, e) && (job->n_joins || compile_numbers(r, e));
}

double run_all_pairs(const struct run *r)
{
    uint64_t n = r->job.table[0].head->n_rows, from, to;
    shard_rows(&r->shard, n, r->self, &from, &to);
    double rows = (double)(to - from), behind = (double)n - 0.5 * (double)(from + to + 1);
    if (r->self)
        return rows > 0 ? rows * behind : 0;
    return rows * (double)r->job.table[1].head->n_rows;
}

/* One join, a loop, or candidates of joins that are refined. */
static bool plan_way(struct run *r, struct err *e)
{
    const struct wire_task *task = &r->job.task;
    uint32_t single = run_single_term(r);
    if (single != EXPR_NONE)
        return plan_single(r, single, e);
    if (task->goal.score == EXPR_NONE && task->goal.where == EXPR_NONE)
        return !r->opts->join || no_such_join(r, e);
    return plan_refine(r, e);
}

/* How many workers: as many as are wanted and as memory is there for. */
static bool settle_workers(struct run *r, struct err *e)
{
    unsigned wanted = r->opts->workers ? r->opts->workers : topo_workers(r->topo);
    size_t most = mem_available_bytes() / BOSS_WORKER_BYTES;
    r->job.n_workers = most < wanted ? (unsigned)most : wanted;
    if (most < wanted)
        log_note("%zu of %u workers, since memory is limited", most, wanted);
    return most || mem_refuse("a worker", BOSS_WORKER_BYTES, e);
}

bool run_plan(struct run *r, struct err *e)
{
    const struct opts *o = r->opts;
    struct boss_job *job = &r->job;
    double start = log_seconds();
    job->task.min = job->task.goal.min = threshold(o);
    job->task.self = r->self;
    job->task.count = o->count;
    job->task.prune = o->prune;
    job->prefilter = EXPR_NONE;
    run_shard_rows(r);
    job->scorer = job->task.has_module ? &r->scorer : NULL;
    job->topo = r->topo;
    job->bind = o->bind;
    job->max_results = o->max_results;
    bool ok = settle_workers(r, e) && plan_way(r, e);
    if (ok && job->nothing)
        log_note("no pair can match: more is asked than can be reached (axb metrics: ranges)");
    r->plan_seconds = log_seconds() - start;
    return ok;
}
