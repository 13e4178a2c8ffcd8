/* For an expression: what the threshold asks of each term (expr_bound.h), what each way would leave
 * and cost (estimate.h), and the cheapest way. */
#include "matcher/planner/plan_make.h"

#include "core/base.h"
#include "matcher/engine/pair_join.h"
#include "matcher/expr/expr_ceiling.h"
#include "matcher/join/prefilter.h"
#include "matcher/planner/nested_cost.h"
#include "matcher/planner/some_sides.h"
#include "matcher/planner/term_order.h"
#include "matcher/scorer/scorer.h"

#include <math.h>

#define PREFILTER_SECONDS 2e-9 /* of one core, for a candidate whose signature is looked at */
#define COMPILE_PAIRS 3e8      /* of rows; for more, compiling takes less time than it saves */
#define CANDIDATE_SECONDS 2e-8 /* of one core, to evaluate a candidate, besides its terms */
#define GLANCE_SECONDS 1.2e-7  /* of one core, to look at the profiles of a candidate … */
#define GLANCED_SHARE .1       /* … and so many are left */
#define LIST_SECONDS 8e-8      /* of one core, to write down a pair and to put it in order … */
#define LIST_BYTES 56.0 /* … in so much memory: the arena, and the order in both directions */
#define COMPOUND_SECONDS 1.5e-7 /* of one core, to make the compounds, for a row */
#define GROUP_SECONDS 3e-5      /* of one core, to begin a join within a group */
#define NODE_SECONDS 1.2e-9     /* of one core, to evaluate a node of an expression */
#define LEFT_SHARE 0.5          /* of the candidates, after a term */
#define NEXT_SHARE                                                                                 \
    0.2 /* of the time of a term, where the next text of B is near, and A's known                  \
         */
#define PARTS_SECONDS 3e-6    /* of one core, to cut a text into its parts */
#define PLACES_SECONDS 1.5e-8 /* of one core, to look for the groups of a pair of places */
#define LOOK_SECONDS 1e-9     /* of one core, to look whether a list has a value of a group */

/* Starting a worker costs some milliseconds of processor time, so each must have this much work. */
#define WORKER_SECONDS 0.03
#define METRIC_SECONDS 5e-8 /* of one core, for a pair of a loop by one metric */
/* How long a scorer takes is not known; a Python worker takes longer to start. */
#define SCORER_PAIRS 64.0
#define PYTHON_PAIRS 500.0

/* The joins of terms that were asked for, which many covers ask for again. */
#define MEMO_SIZE 256u
struct memo {
    uint32_t n;
    struct known {
        struct plan_term term;
        double cost;
        double passing; /* the share of pairs of values that a prefilter lets pass; NaN: not yet
                           known */
    } at[MEMO_SIZE];
};

/* A stage that finds pairs takes this much, however few they are; for a worker. */
#define STAGE_SECONDS 0.005
/* The search for unions of joins takes about this much for each term, so a plan that takes less is
 * good enough. */
#define SEARCH_SECONDS 0.1

/* What a plan is made from. */
struct planner {
    const struct query *query;
    const struct inputs *inputs;
    const struct estimate *estimate;
    const struct plan_request *request;
    struct memo *memo;
    const double *need;   /* of an expression: what the goal asks of each term (expr_need) … */
    const uint32_t *step; /* … and the order in which they are computed */
    bool glances;         /* candidates are dropped by the profiles of their records */
};

/* ---- Joins over one term ---------------------------------------------------------------------*/

static const struct plan_term no_term = {.term = EXPR_NONE};

static struct plan_term find_join(const struct planner *p, uint32_t term, double need, double *cost)
{
    const struct expr *x = &p->query->expr;
    const struct expr_term *t = &x->term[term];
    struct plan_term found = {.use = expr_use(t),
                              .need = need,
                              .term = term,
                              .field_a = x->column[t->column_a].field,
                              .field_b = x->column[t->column_b].field,
                              .counts = p->query->count && !p->request->scores &&
                                        query_single_term(p->query) != EXPR_NONE};
    *cost = (double)INFINITY;
    if (t->view != METRIC_SIMILARITY && expr_asks(t, need) && expr_possible(t, need)) {
        const struct side *a = plan_term_side(&found, p->inputs, 0);
        const struct join_job job = plan_term_job(&found, p->inputs, a, p->request->prune);
        found.join = join_choose(&job, p->request->join, cost);
    }
    found.seconds = *cost;
    return found;
}

/* The place of a term that must reach `need`; if it has none, the next one that is free. */
static uint32_t memo_place(const struct memo *memo, uint32_t term, double need)
{
    uint32_t i = 0;
    while (i < memo->n && (memo->at[i].term.term != term || memo->at[i].term.need != need))
        i++;
    return i;
}

static void remember(struct memo *memo, const struct known *known)
{
#pragma omp critical(plan_memo)
    {
        const uint32_t i = memo_place(memo, known->term.term, known->term.need);
        if (i < MEMO_SIZE)
            memo->at[i] = *known;
        memo->n = greatest(memo->n, least(i + 1, MEMO_SIZE));
    }
}

/* What is known of a term that must reach `need`. Several threads may ask. */
static struct known know(const struct planner *p, uint32_t term, double need)
{
    struct known known = {.term = no_term, .passing = (double)NAN};
#pragma omp critical(plan_memo)
    {
        const uint32_t i = memo_place(p->memo, term, need);
        if (i < p->memo->n)
            known = p->memo->at[i];
    }
    if (known.term.term == EXPR_NONE) {
        known.term = find_join(p, term, need, &known.cost);
        remember(p->memo, &known);
    }
    return known;
}

/* The join over a term that must reach `need`, and its cost; infinity if no join exists. A missing
 * value scores 0, so a need of 0 has no join. */
static struct plan_term term_join(const struct planner *p, uint32_t term, double need, double *cost)
{
    const struct known known = know(p, term, need);
    *cost = known.cost;
    return known.term;
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
    const struct plan_term by = term_join(p, term, need, &plan->seconds);
    plan->term = term;
    if (by.join && !wrong_end) {
        plan->kind = PLAN_JOIN;
        plan->join[0] = (struct plan_join){.by = by, .also = no_term, .prefilter = EXPR_NONE};
        plan->n_joins = 1;
    } else if (plan->prune && (goal->threshold > hi || goal->most < lo)) {
        plan->kind = PLAN_NOTHING;
    }
    return plan->kind != PLAN_LOOP || !p->request->join || no_such_join(p, e);
}

/* ---- Expressions -----------------------------------------------------------------------------*/

/* Does a join know that a term reaches what is asked of it? */
static bool is_asked(const struct plan_join *join, uint32_t term)
{
    return join && (term == join->by.term || term == join->also.term);
}

/* The term whose signatures are the best prefilter of a join (NULL: of any pair). */
static uint32_t choose_prefilter(const struct planner *p, const struct plan_join *join)
{
    const struct expr *x = &p->query->expr;
    uint32_t best = EXPR_NONE;
    double fewest = 0.9 * p->estimate->all_pairs;
    for (uint32_t t = 0; t < x->n_terms && p->request->prune; t++) {
        const struct metric_use use = expr_use(&x->term[t]);
        const double need = is_asked(join, t) || !prefilter_knows(&use) ? 0 : p->need[t];
        if (need > 0 && estimate_pairs(p->estimate, t, need) < fewest) {
            fewest = estimate_pairs(p->estimate, t, need);
            best = t;
        }
    }
    return best;
}

/* Seconds of one core for so many candidates. */
static double refine_cost(const struct planner *p, const struct plan_join *join, double candidates,
                          uint32_t prefilter)
{
    const struct expr *x = &p->query->expr;
    double each = CANDIDATE_SECONDS + x->n_nodes * NODE_SECONDS, passing = 1, left = 1;
    for (uint32_t s = 0; s < x->n_terms; s++) {
        const uint32_t t = p->step[s];
        if (is_asked(join, t))
            continue;
        each += left * p->estimate->term[t].seconds;
        left *= LEFT_SHARE;
    }
    /* Few candidates are not looked at so. They cost little, however they are counted. */
    if (p->glances)
        each = fmin(each, GLANCE_SECONDS + GLANCED_SHARE * each);
    if (prefilter != EXPR_NONE) {
        const double need = p->need[prefilter];
        /* A prefilter lets about four times as many pass as match. */
        passing = 4 * estimate_pairs(p->estimate, prefilter, need) / p->estimate->all_pairs;
        passing = passing < 1 ? passing : 1;
    }
    return candidates * (passing * each + (prefilter != EXPR_NONE ? PREFILTER_SECONDS : 0));
}

/* ---- Joins over two terms --------------------------------------------------------------------*/

/* Seconds of one core to have the pairs of values of a term in order. */
static double list_cost(const struct planner *p, const struct plan_term *term, double join_cost)
{
    return join_cost + LIST_SECONDS * estimate_values(p->estimate, term->term, term->need);
}

/* Seconds of one core to join groups of n[0] values of A and n[1] values of B. */
static double group_cost(const struct planner *p, const struct plan_term *term, const uint32_t n[2])
{
    struct some_sides some;
    double cost = (double)INFINITY;
    if (some_sides_open(&some, term, p->inputs, n)) {
        struct join_job job = plan_term_job(term, p->inputs, &some.side[0], true);
        job.self = false;
        job.b = &some.side[1];
        (void)pair_join_choose(&job, &cost);
    }
    some_sides_close(&some);
    /* A join that the prefilter does not know cuts each text into parts. */
    const double each = prefilter_knows(&term->use) ? 0 : PARTS_SECONDS;
    return GROUP_SECONDS + cost + each * ((double)n[0] + n[1]);
}

/* The share of pairs of values that the prefilter of a term lets pass. */
static double passing_share(const struct planner *p, const struct plan_term *term)
{
    struct known known = know(p, term->term, term->need);
    if (isnan(known.passing)) {
        known.passing = prefilter_share(&term->use, &p->inputs->index.dictionary,
                                        plan_term_side(term, p->inputs, 0),
                                        plan_term_side(term, p->inputs, 1), term->need);
        remember(p->memo, &known);
    }
    return known.passing;
}

/* Seconds of one core for each pair of compounds of small groups: by its signatures. */
static double scan_seconds(const struct planner *p, const struct plan_term *also)
{
    const struct estimate_term *t = &p->estimate->term[also->term];
    if (!prefilter_knows(&also->use))
        return t->seconds;
    return PREFILTER_SECONDS + passing_share(p, also) * NEXT_SHARE * t->seconds;
}

/* The same of groups with so many rows of A and of B. */
static double group_seconds(const struct planner *p, const struct plan_term *also,
                            const double rows[2])
{
    uint32_t n[2];
    for (int k = 0; k < 2; k++) {
        const double most = plan_term_side(also, p->inputs, k)->n;
        n[k] = (uint32_t)fmin(most, estimate_distinct(p->estimate, also->term, k, rows[k]));
    }
    const double pairs = (double)n[0] * n[1];
    return pairs < PAIR_JOIN_LEAST ? scan_seconds(p, also) : group_cost(p, also, n) / pairs;
}

/* The same of all groups of equal values of `by`. */
static double within_seconds(const struct planner *p, const struct plan_term *by,
                             const struct plan_term *also)
{
    double rows[ESTIMATE_GROUPS][2], sum = 0;
    estimate_groups(p->estimate, by->term, by->need, rows);
    for (uint32_t i = 0; i < ESTIMATE_GROUPS; i++)
        sum += group_seconds(p, also, rows[i]);
    return sum / ESTIMATE_GROUPS;
}

/* Seconds of one core to find the pairs of compounds of two terms. */
static double pairing_cost(const struct planner *p, const struct plan_join *join, double both)
{
    const struct estimate *s = p->estimate;
    const struct table *table = p->inputs->table;
    const struct plan_term *by = &join->by, *also = &join->also;
    const double rows = (double)(table[0].head->n_rows + table[1].head->n_rows);
    double by_cost, also_cost;
    (void)term_join(p, by->term, by->need, &by_cost);
    (void)term_join(p, also->term, also->need, &also_cost);
    const double fixed = list_cost(p, by, by_cost) + both * LIST_SECONDS + COMPOUND_SECONDS * rows;
    const struct estimate_compounds pairs = estimate_compounds(s, by->term, by->need, also->term);
    if (join->pairing == PLAN_LISTED)
        return fixed + list_cost(p, also, also_cost) + (pairs.equal + pairs.unequal) * LOOK_SECONDS;
    const double places = estimate_values(s, by->term, by->need) * PLACES_SECONDS;
    return fixed + places + pairs.equal * within_seconds(p, by, also) +
           pairs.unequal * scan_seconds(p, also);
}

/* Would its lists fit into memory? Else they are made for few rows of A at a time, each time for
 * all of B. */
static bool has_memory(const struct planner *p, const struct plan_term *term)
{
    const double pairs = estimate_values(p->estimate, term->term, term->need);
    return pairs * LIST_BYTES < (double)p->request->available_bytes &&
           pairs * sizeof(struct join_pair) < (double)PLAN_ARENA_BYTES;
}

/* ---- Options ---------------------------------------------------------------------------------*/

/* How many stages find the pairs of a join: one for each list, and one for the pairs of both. */
static unsigned n_stages(const struct plan_join *join)
{
    static const unsigned n[] = {[PLAN_ALONE] = 1, [PLAN_WITHIN] = 2, [PLAN_LISTED] = 3};
    return n[join->pairing];
}

/* Takes a join instead of *best if it costs less. */
static void offer(const struct planner *p, struct plan_join join, double cost,
                  struct plan_join *best, double *best_cost)
{
    cost += n_stages(&join) * STAGE_SECONDS;
    if (!(cost < *best_cost))
        return;
    join.prefilter = choose_prefilter(p, &join);
    join.seconds = cost;
    cost += refine_cost(p, &join, estimate_join(p->estimate, &join), join.prefilter);
    if (!(cost < *best_cost))
        return;
    *best = join;
    *best_cost = cost;
}

/* Both terms at once, beginning with `by`. */
static void offer_both(const struct planner *p, const struct plan_term *by,
                       const struct plan_term *also, struct plan_join *best, double *best_cost)
{
    const double both = estimate_both(p->estimate, by->term, by->need, also->term, also->need);
    struct plan_join join = {.by = *by, .also = *also, .pairing = PLAN_LISTED};
    if (!has_memory(p, by))
        return;
    if (has_memory(p, also))
        offer(p, join, pairing_cost(p, &join, both), best, best_cost);
    join.pairing = PLAN_WITHIN;
    join.also.join = NULL;
    offer(p, join, pairing_cost(p, &join, both), best, best_cost);
}

/* The cheapest way to the candidates of an option, and its cost, all in all; infinity if it cannot
 * be had. An option of two terms can be had by either of them, too. */
static struct plan_join option_join(const struct planner *p, const struct expr_option *o,
                                    double *cost)
{
    struct plan_join best = {.by = no_term, .also = no_term};
    double own_cost, also_cost;
    *cost = (double)INFINITY;
    const struct plan_term own = term_join(p, o->term, o->need, &own_cost);
    if (own.join)
        offer(p, (struct plan_join){.by = own, .also = no_term}, list_cost(p, &own, own_cost),
              &best, cost);
    if (o->also == EXPR_NONE)
        return best;
    const struct plan_term also = term_join(p, o->also, o->also_need, &also_cost);
    if (also.join)
        offer(p, (struct plan_join){.by = also, .also = no_term}, list_cost(p, &also, also_cost),
              &best, cost);
    if (own.join && also.join && !p->request->join) {
        offer_both(p, &own, &also, &best, cost);
        offer_both(p, &also, &own, &best, cost);
    }
    return best;
}

static double option_cost(void *context, const struct expr_option *o)
{
    double cost;
    (void)option_join(context, o, &cost);
    return cost;
}

static void take_joins(const struct planner *p, const struct expr_cover *cover, struct plan *plan)
{
    double cost;
    plan->seconds = cover->cost;
    plan->candidates = 0;
    for (uint32_t i = 0; i < cover->n; i++) {
        struct plan_join *join = &plan->join[plan->n_joins++];
        *join = option_join(p, &cover->option[i], &cost);
        plan->candidates += estimate_join(p->estimate, join);
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

/* Seconds of one core to decide on all pairs. */
static double all_pairs_cost(const struct planner *p, const struct plan *plan)
{
    return STAGE_SECONDS + refine_cost(p, NULL, p->estimate->all_pairs, plan->prefilter);
}

/* Takes the joins of a cover, if they cost less than all pairs do. */
static bool take_cover(const struct planner *p, const struct expr_cover *cover, struct plan *plan,
                       struct err *e)
{
    const bool known = plan->prune && isfinite(cover->cost);
    const double all = all_pairs_cost(p, plan);
    const bool joins = known && cover->n > 0 && (cover->cost < all || p->request->join);
    if (p->request->join && !joins)
        return no_such_join(p, e);
    plan->seconds = all;
    plan->candidates = p->estimate->all_pairs;
    if (joins || (known && cover->n == 0))
        take_joins(p, cover, plan);
    if (known && cover->n == 0)
        plan->kind = PLAN_NOTHING;
    plan->worth_compiling = plan->kind == PLAN_REFINE && !joins && is_worth_compiling(p);
    return true;
}

/* What a candidate takes, of one that is looked at through the prefilter. */
static double candidate_seconds(const struct planner *p, const struct plan_join *join)
{
    return refine_cost(p, join, 1, join->prefilter);
}

/* Where the run nests joins within the pairs of the only one, it takes less than for candidates one
 * by one. */
static bool expect_nested(const struct planner *p, struct plan *plan, struct err *e)
{
    const struct plan_join *join = &plan->join[0];
    if (plan->n_joins != 1 || !nested_cost_applies(p->estimate, join))
        return true;
    const double nested =
        nested_cost_seconds(p->query, p->inputs, p->estimate, join, candidate_seconds(p, join), e);
    if (isnan(nested))
        return false;
    plan->seconds = join->seconds + STAGE_SECONDS + nested;
    return true;
}

static bool plan_refine(const struct planner *p, struct plan *plan, struct err *e)
{
    const struct expr *x = &p->query->expr;
    double need[EXPR_MAX_TERMS];
    struct planner context = *p;
    struct expr_ceiling ceiling;
    const double search = SEARCH_SECONDS * x->n_terms;
    struct expr_costs costs = {option_cost, &context, search};
    struct expr_cover cover;
    context.need = need;
    context.step = plan->step;
    context.glances = plan->prune && expr_ceiling_make(&ceiling, x, &p->query->goal);
    for (uint32_t t = 0; t < x->n_terms; t++)
        if (isnan(need[t] = expr_need(x, &p->query->goal, t, e)))
            return false;
    plan->kind = PLAN_REFINE;
    plan->prefilter = choose_prefilter(&context, NULL);
    if (!plan->prune || all_pairs_cost(&context, plan) <= search)
        costs.enough = (double)INFINITY;
    return term_order(p->query, p->estimate, plan->step, e) &&
           expr_cover(x, &p->query->goal, &costs, &cover, e) &&
           take_cover(&context, &cover, plan, e) && expect_nested(&context, plan, e);
}

/* ---- Workers ---------------------------------------------------------------------------------*/

/* How many workers the search is worth. */
static unsigned useful_workers(const struct plan *plan, const struct query *query,
                               const struct plan_request *request)
{
    const bool loop = plan->kind == PLAN_LOOP;
    const double pairs = loop ? request->all_pairs : plan->candidates;
    const double seconds = loop ? pairs * METRIC_SECONDS : plan->seconds;
    const struct scorer *scorer = query->scorer;
    double useful = seconds / WORKER_SECONDS;
    if (scorer)
        useful = fmax(useful, pairs / (scorer->python ? PYTHON_PAIRS : SCORER_PAIRS));
    if (!(useful > 1))
        return 1;
    return useful < plan->most_workers ? (unsigned)useful : plan->most_workers;
}

void plan_set_workers(struct plan *plan, const struct query *query,
                      const struct plan_request *request)
{
    const size_t most = request->available_bytes / PLAN_WORKER_BYTES;
    plan->most_workers = most < request->workers ? (unsigned)most : request->workers;
    plan->n_workers = useful_workers(plan, query, request);
}

/* ---- The plan --------------------------------------------------------------------------------*/

bool plan_make(struct plan *plan, const struct query *query, const struct inputs *inputs,
               const struct estimate *estimate, const struct plan_request *request, struct err *e)
{
    struct memo memo = {.n = 0};
    const struct planner p = {query, inputs, estimate, request, &memo, NULL, NULL, false};
    const uint32_t single = query_single_term(query);
    bool ok = true;
    *plan = (struct plan){
        .kind = PLAN_LOOP, .prune = request->prune, .term = EXPR_NONE, .prefilter = EXPR_NONE};
    if (single != EXPR_NONE)
        ok = plan_single(&p, single, plan, e);
    else if (query->goal.score == EXPR_NONE && query->goal.where == EXPR_NONE)
        ok = !request->join || no_such_join(&p, e);
    else
        ok = plan_refine(&p, plan, e);
    plan_set_workers(plan, query, request);
    if (plan->kind == PLAN_JOIN)
        plan->seconds += plan->n_workers * STAGE_SECONDS;
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
