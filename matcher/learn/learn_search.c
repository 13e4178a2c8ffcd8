/* Another query over the same index: parsed once; planned and carried out into memory for each
 * threshold. */
#include "matcher/learn/learn_search.h"

#include "core/log.h"
#include "core/memory.h"
#include "core/shm.h"
#include "matcher/engine/coordinator.h"
#include "matcher/engine/stage.h"
#include "matcher/planner/plan_make.h"
#include "matcher/resolve/resolve.h"

#include <math.h>
#include <stdlib.h>

/* What a search is carried out with. */
struct learn_search {
    struct learn_search_asked asked;
    struct query query; /* with the threshold of the last attempt, as the plan */
    struct inputs inputs;
    struct shm index; /* of some rows of A */
    struct estimate estimate;
    struct plan plan;
};

/* ---- The query -------------------------------------------------------------------------------*/

static bool find_name(void *context, int side, const char *name, uint32_t *column, struct err *e)
{
    const struct run *r = context;
    return load_find(sources_load(&r->sources, side), name, column, e);
}

/* The fields of the index are those of the query that the run was prepared for. */
static bool find_fields(const struct expr *have, struct expr *x, struct err *e)
{
    for (uint32_t i = 0; i < x->n_columns; i++) {
        struct expr_column *c = &x->column[i];
        uint32_t k = 0;
        while (k < have->n_columns &&
               (have->column[k].side != c->side || have->column[k].column != c->column ||
                have->column[k].kind != c->kind || have->column[k].figure != c->figure ||
                have->column[k].form != c->form))
            k++;
        if (k == have->n_columns)
            return err_set(e, ERR_SOFTWARE, NULL, "a model reads a column that is not indexed");
        c->field = have->column[k].field;
    }
    return true;
}

static bool make_query(struct learn_search *s, struct err *e)
{
    struct run *r = s->asked.run;
    const struct expr_names names = {find_name, r, false};
    struct query q = {.excluded = EXPR_NONE, .one_sided = {EXPR_NONE, EXPR_NONE}};
    q.goal = (struct expr_goal){EXPR_NONE, EXPR_NONE, -(double)INFINITY, (double)INFINITY};
    q.asked_where = EXPR_NONE;
    return expr_parse(&q.expr, s->asked.score, "the score of a model", &names, &q.goal.score, e) &&
           find_fields(&r->query.expr, &q.expr, e) && resolve_finds(&q, &s->query, e);
}

/* ---- Opening ---------------------------------------------------------------------------------*/

static double all_pairs(const struct learn_search *s)
{
    return span_pairs_taken(&s->asked.run->span, &s->inputs);
}

struct learn_search *learn_search_open(const struct learn_search_asked *asked, struct err *e)
{
    struct learn_search *s = calloc(1, sizeof *s);
    if (!s) {
        err_set(e, ERR_OS, NULL, "not enough memory");
        return NULL;
    }
    s->asked = *asked;
    s->index.fd = -1;
    if (make_query(s, e) &&
        loaded_take_rows(&s->asked.run->loaded, s->asked.rows, &s->inputs, &s->index, e) &&
        estimate_make(&s->estimate, &s->query, &s->inputs, all_pairs(s), e))
        return s;
    learn_search_close(s);
    return NULL;
}

void learn_search_close(struct learn_search *s)
{
    if (!s)
        return;
    estimate_close(&s->estimate);
    shm_close(&s->index);
    free(s);
}

/* ---- An attempt ------------------------------------------------------------------------------*/

static bool make_plan(struct learn_search *s, struct err *e)
{
    const struct run *r = s->asked.run;
    const struct plan_request request = {.all_pairs = all_pairs(s),
                                         .workers = r->opts->workers ? r->opts->workers
                                                                     : topo_workers(r->topo),
                                         .available_bytes = mem_available_bytes(),
                                         .prune = r->opts->prune,
                                         .join = r->opts->algorithm};
    if (request.available_bytes < PLAN_WORKER_BYTES)
        return mem_refuse("a worker", PLAN_WORKER_BYTES, e);
    return plan_make(&s->plan, &s->query, &s->inputs, &s->estimate, &request, e);
}

static bool carry_out(struct learn_search *s, struct out *out, uint64_t *n, struct err *e)
{
    struct run *r = s->asked.run;
    const struct faults faults = {.rejects = NULL};
    const struct placement placement = run_placement(r);
    const struct sinks sinks = {.out = out, .head_at = UINT64_MAX, .max_results = s->asked.most};
    const struct job job = {&s->query, &s->inputs, &s->plan, &sinks, &faults, &placement};
    struct result result;
    const bool ok = coordinator_run(&job, &r->span, &result, e);
    *n = ok ? result.pairs : LEARN_SEARCH_MANY;
    return ok || (s->asked.most && e->status == ERR_STOPPED && !stage_signal());
}

/* For -v: what was asked, and what it took. */
static void say(const struct learn_search *s, uint64_t n, double seconds)
{
    char pairs[32];
    log_verbose("%.60s >= %.6g: %s pairs; %u joins, %.2g s expected, %.2f s", s->asked.score,
                s->query.goal.threshold,
                n == LEARN_SEARCH_MANY ? "too many" : log_count((double)n, pairs), s->plan.n_joins,
                s->plan.seconds, seconds);
}

bool learn_search_find(struct learn_search *s, double least, struct collect *found, uint64_t *n,
                       struct err *e)
{
    const double start = log_seconds();
    struct out into;
    out_open_into(&into, collect_take, found);
    *n = LEARN_SEARCH_MANY;
    s->query.goal.threshold = least;
    const bool ok = make_plan(s, e) && carry_out(s, &into, n, e);
    say(s, *n, log_seconds() - start);
    return ok;
}
