/* For an expression: what the threshold asks of each term (expr_bound.h), what each way would leave
 * and cost (estimate.h), and the cheapest way. Then the order of the terms, by the pairs that they
 * reject a second. */
#include "matcher/planner/plan_make.h"

#include "matcher/engine/prefilter.h"
#include "matcher/scorer/scorer.h"

#include <math.h>

#define PREFILTER_SECONDS 2e-9 /* of one core, for a candidate whose signature is looked at */
#define COMPILE_PAIRS 3e8      /* of rows; for more, compiling takes less time than it saves */
#define CANDIDATE_SECONDS 2e-8 /* of one core, to evaluate a candidate, besides its terms */

/* Starting a worker costs some milliseconds of processor time, so each must have this much work. */
#define WORKER_SECONDS 0.03
#define METRIC_SECONDS 5e-8 /* of one core, for a pair of a loop by one metric */
/* How long a scorer takes is not known; a Python worker takes longer to start. */
#define SCORER_PAIRS 64.0
#define PYTHON_PAIRS 500.0

/* What a plan is made from. */
struct planner {
    const struct query *query;
    const struct inputs *inputs;
    const struct estimate *estimate;
    const struct plan_request *request;
};

/* ---- Joins -----------------------------------------------------------------------------------*/

/* The join over a term that must reach `need`, and its cost; infinity if no join exists. A missing
 * value scores 0, so a need of 0 has no join. */
static struct plan_join term_join(const struct planner *p, uint32_t term, double need, double *cost)
{
    const struct expr *x = &p->query->expr;
    const struct expr_term *t = &x->term[term];
    struct plan_join join = {.use = expr_use(t),
                             .need = need,
                             .term = term,
                             .field_a = x->column[t->column_a].field,
                             .field_b = x->column[t->column_b].field,
                             .prefilter = EXPR_NONE};
    *cost = (double)INFINITY;
    if (t->view != METRIC_SIMILARITY && expr_asks(t, need) && expr_possible(t, need)) {
        const struct side *a = plan_join_side(&join, p->inputs, 0);
        const struct join_job job = plan_join_job(&join, p->inputs, a, p->request->prune);
        join.join = join_choose(&job, p->request->join, cost);
    }
    return join;
}

static bool no_such_join(const struct planner *p, struct err *e)
{
    return err_set(e, ERR_USAGE, "--plan shows which one is chosen without --algorithm",
                   "--algorithm: no join \"%s\" serves this score", p->request->join);
}

/* One metric: its join, or a loop. No join finds distances of at least a threshold, nor
 * similarities of at most one. */
static bool plan_single(const struct planner *p, uint32_t term, struct plan *plan, struct err *e)
{
    const struct expr_goal *goal = &p->query->goal;
    const struct expr_term *t = &p->query->expr.term[term];
    const bool falls = metric_falls((enum metric_view)t->view);
    double lo, hi;
    expr_term_range(t, &lo, &hi);
    const bool wrong_end = falls ? goal->threshold > lo : goal->most < hi;
    const double need = falls ? goal->most : goal->threshold;
    const struct plan_join join = term_join(p, term, need, &plan->seconds);
    plan->term = term;
    if (join.join && !wrong_end) {
        plan->kind = PLAN_JOIN;
        plan->join[0] = join;
        plan->n_joins = 1;
    } else if (plan->prune && (goal->threshold > hi || goal->most < lo)) {
        plan->kind = PLAN_NOTHING;
    }
    return plan->kind != PLAN_LOOP || !p->request->join || no_such_join(p, e);
}

/* ---- Expressions -----------------------------------------------------------------------------*/

/* The term whose signatures are the best prefilter of the option (EXPR_NONE: any pair). */
static uint32_t choose_prefilter(const struct planner *p, uint32_t option, struct err *e)
{
    const struct expr *x = &p->query->expr;
    uint32_t best = EXPR_NONE;
    double fewest = 0.9 * p->estimate->all_pairs;
    for (uint32_t t = 0; t < x->n_terms && p->request->prune; t++) {
        const struct metric_use use = expr_use(&x->term[t]);
        const double need =
            t == option || !prefilter_knows(&use) ? 0 : expr_need(x, &p->query->goal, t, e);
        if (need > 0 && estimate_pairs(p->estimate, t, need) < fewest) {
            fewest = estimate_pairs(p->estimate, t, need);
            best = t;
        }
    }
    return best;
}

/* Seconds of one core for so many candidates. */
static double refine_cost(const struct planner *p, uint32_t option, double candidates,
                          uint32_t prefilter)
{
    const struct expr *x = &p->query->expr;
    double each = CANDIDATE_SECONDS, passing = 1;
    struct err e;
    for (uint32_t t = 0; t < x->n_terms; t++)
        each += t == option ? 0 : p->estimate->term[t].seconds / 2;
    if (prefilter != EXPR_NONE) {
        const double need = expr_need(x, &p->query->goal, prefilter, &e);
        /* A prefilter lets about four times as many pass as match. */
        passing = 4 * estimate_pairs(p->estimate, prefilter, need) / p->estimate->all_pairs;
        passing = passing < 1 ? passing : 1;
    }
    return candidates * (passing * each + (prefilter != EXPR_NONE ? PREFILTER_SECONDS : 0));
}

static double option_cost(void *context, const struct expr_option *o)
{
    const struct planner *p = context;
    struct err e;
    double cost;
    const struct plan_join join = term_join(p, o->term, o->need, &cost);
    if (!join.join)
        return (double)INFINITY;
    return cost + refine_cost(p, o->term, estimate_pairs(p->estimate, o->term, o->need),
                              choose_prefilter(p, o->term, &e));
}

static void take_joins(const struct planner *p, const struct expr_cover *cover, struct plan *plan,
                       struct err *e)
{
    double cost;
    plan->seconds = cover->cost;
    plan->candidates = 0;
    for (uint32_t i = 0; i < cover->n; i++) {
        const struct expr_option *o = &cover->option[i];
        struct plan_join *join = &plan->join[plan->n_joins++];
        *join = term_join(p, o->term, o->need, &cost);
        join->prefilter = choose_prefilter(p, o->term, e);
        plan->candidates += estimate_pairs(p->estimate, o->term, o->need);
    }
}

/* An expression of numbers over very many pairs is worth a compiler: its loop becomes vector
 * code. */
static bool is_worth_compiling(const struct planner *p)
{
    const struct expr *x = &p->query->expr;
    bool numbers = p->query->goal.score != EXPR_NONE && x->n_terms == 0 &&
                   p->request->all_pairs >= COMPILE_PAIRS && p->request->prune;
    for (uint32_t i = 0; i < x->n_columns; i++)
        numbers = numbers && x->column[i].kind != INDEX_TEXT;
    return numbers;
}

/* Takes the joins of a cover, if they cost less than all pairs do. */
static bool take_cover(const struct planner *p, const struct expr_cover *cover, struct plan *plan,
                       struct err *e)
{
    const bool known = plan->prune && isfinite(cover->cost);
    const double all = refine_cost(p, EXPR_NONE, p->estimate->all_pairs, plan->prefilter);
    const bool joins = known && cover->n > 0 && (cover->cost < all || p->request->join);
    if (p->request->join && !joins)
        return no_such_join(p, e);
    plan->seconds = all;
    plan->candidates = p->estimate->all_pairs;
    if (joins || (known && cover->n == 0))
        take_joins(p, cover, plan, e);
    if (known && cover->n == 0)
        plan->kind = PLAN_NOTHING;
    plan->worth_compiling = plan->kind == PLAN_REFINE && !joins && is_worth_compiling(p);
    return true;
}

/* Orders the terms by how many pairs they reject for their time, most first. */
static void order_terms(const struct planner *p, uint32_t step[EXPR_MAX_TERMS], struct err *e)
{
    const struct expr *x = &p->query->expr;
    double worth[EXPR_MAX_TERMS];
    for (uint32_t t = 0; t < x->n_terms; t++) {
        const double need = expr_need(x, &p->query->goal, t, e);
        const double pass = estimate_pairs(p->estimate, t, need) / p->estimate->all_pairs;
        uint32_t at = t;
        worth[t] = (1 - pass) / (p->estimate->term[t].seconds + 1e-12);
        for (; at > 0 && worth[step[at - 1]] < worth[t]; at--)
            step[at] = step[at - 1];
        step[at] = t;
    }
}

static bool plan_refine(const struct planner *p, struct plan *plan, struct err *e)
{
    struct planner context = *p;
    const struct expr_costs costs = {option_cost, &context};
    struct expr_cover cover;
    plan->kind = PLAN_REFINE;
    plan->prefilter = choose_prefilter(p, EXPR_NONE, e);
    order_terms(p, plan->step, e);
    return expr_cover(&p->query->expr, &p->query->goal, &costs, &cover, e) &&
           take_cover(p, &cover, plan, e);
}

/* ---- Workers ---------------------------------------------------------------------------------*/

/* How many workers the search is worth. */
static unsigned useful_workers(const struct planner *p, const struct plan *plan)
{
    const bool loop = plan->kind == PLAN_LOOP;
    const double pairs = loop ? p->request->all_pairs : plan->candidates;
    const double seconds = loop ? pairs * METRIC_SECONDS : plan->seconds;
    const struct scorer *scorer = p->query->scorer;
    double useful = seconds / WORKER_SECONDS;
    if (scorer)
        useful = fmax(useful, pairs / (scorer->python ? PYTHON_PAIRS : SCORER_PAIRS));
    if (!(useful > 1))
        return 1;
    return useful < plan->most_workers ? (unsigned)useful : plan->most_workers;
}

/* ---- The plan --------------------------------------------------------------------------------*/

bool plan_make(struct plan *plan, const struct query *query, const struct inputs *inputs,
               const struct estimate *estimate, const struct plan_request *request, struct err *e)
{
    const struct planner p = {query, inputs, estimate, request};
    const size_t most = request->available_bytes / PLAN_WORKER_BYTES;
    const uint32_t single = query_single_term(query);
    bool ok = true;
    *plan =
        (struct plan){.kind = PLAN_LOOP,
                      .prune = request->prune,
                      .term = EXPR_NONE,
                      .prefilter = EXPR_NONE,
                      .most_workers = most < request->workers ? (unsigned)most : request->workers};
    if (single != EXPR_NONE)
        ok = plan_single(&p, single, plan, e);
    else if (query->goal.score == EXPR_NONE && query->goal.where == EXPR_NONE)
        ok = !request->join || no_such_join(&p, e);
    else
        ok = plan_refine(&p, plan, e);
    plan->n_workers = useful_workers(&p, plan);
    return ok;
}

void plan_loop(struct plan *loop, const struct plan *plan, const struct query *query)
{
    const bool scorer_alone = query->scorer && query->goal.where == EXPR_NONE;
    const bool alone = plan->kind == PLAN_LOOP || plan->term != EXPR_NONE || scorer_alone;
    *loop = *plan;
    loop->kind = alone ? PLAN_LOOP : PLAN_REFINE;
    loop->n_workers = plan->most_workers;
    loop->prune = false;
    loop->n_joins = 0;
    loop->prefilter = EXPR_NONE;
}

void plan_compiled(struct plan *compiled, const struct plan *plan)
{
    *compiled = *plan;
    compiled->kind = PLAN_LOOP;
    compiled->worth_compiling = false;
}

void plan_without_joins(struct plan *all, const struct plan *plan)
{
    *all = *plan;
    all->kind = plan->kind == PLAN_JOIN ? PLAN_LOOP : plan->kind;
    all->n_workers = plan->most_workers;
    all->n_joins = 0;
}
