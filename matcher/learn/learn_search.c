/* Another query over the same index: parsed, planned, and carried out into memory. */
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
struct attempt {
    const struct learn_search *t;
    struct query query;
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
                have->column[k].kind != c->kind || have->column[k].figure != c->figure))
            k++;
        if (k == have->n_columns)
            return err_set(e, ERR_SOFTWARE, NULL, "a model reads a column that is not indexed");
        c->field = have->column[k].field;
    }
    return true;
}

static bool make_query(struct attempt *a, struct err *e)
{
    struct run *r = a->t->run;
    const struct expr_names names = {find_name, r, false};
    struct query *q = &a->query;
    *q = (struct query){.excluded = EXPR_NONE, .one_sided = {EXPR_NONE, EXPR_NONE}};
    q->goal = (struct expr_goal){EXPR_NONE, EXPR_NONE, a->t->least, (double)INFINITY};
    q->asked_where = EXPR_NONE;
    if (!expr_parse(&q->expr, a->t->score, "the score of a model", &names, &q->goal.score, e) ||
        !find_fields(&r->query.expr, &q->expr, e))
        return false;
    const struct query asked = *q;
    return resolve_finds(&asked, q, e);
}

/* ---- The rows --------------------------------------------------------------------------------*/

/* An index of the rows of A that take part. */
static bool take_rows(struct attempt *a, struct err *e)
{
    const struct run *r = a->t->run;
    bool of_side[INDEX_MAX_FIELDS];
    a->inputs = r->loaded.inputs;
    if (!a->t->rows.row)
        return true;
    for (uint32_t f = 0; f < a->inputs.index.n_fields; f++)
        of_side[f] = r->loaded.field[f].side == 0;
    const struct index *whole = &r->loaded.inputs.index;
    a->inputs.index_segment = &a->index;
    return shm_create(&a->index, "the index of some rows", 1ull << 42, e) &&
           index_restrict(whole, 0, a->t->rows, of_side, &a->index, e) &&
           index_view(&a->inputs.index, &a->index, e);
}

/* ---- The run ---------------------------------------------------------------------------------*/

static bool make_plan(struct attempt *a, struct err *e)
{
    const struct run *r = a->t->run;
    const struct plan_request request = {.all_pairs = span_pairs_taken(&r->span, &a->inputs),
                                         .workers = r->opts->workers ? r->opts->workers
                                                                     : topo_workers(r->topo),
                                         .available_bytes = mem_available_bytes(),
                                         .prune = r->opts->prune,
                                         .join = r->opts->algorithm};
    if (request.available_bytes < PLAN_WORKER_BYTES)
        return mem_refuse("a worker", PLAN_WORKER_BYTES, e);
    return estimate_make(&a->estimate, &a->query, &a->inputs, request.all_pairs, e) &&
           plan_make(&a->plan, &a->query, &a->inputs, &a->estimate, &request, e);
}

static bool carry_out(struct attempt *a, struct out *out, uint64_t *n, struct err *e)
{
    struct run *r = a->t->run;
    const struct faults faults = {.rejects = NULL};
    const struct placement placement = run_placement(r);
    const struct sinks sinks = {.out = out, .head_at = UINT64_MAX, .max_results = a->t->most};
    const struct job job = {&a->query, &a->inputs, &a->plan, &sinks, &faults, &placement};
    struct result result;
    const bool ok = coordinator_run(&job, &r->span, &result, e);
    *n = ok ? result.pairs : LEARN_SEARCH_MANY;
    return ok || (a->t->most && e->status == ERR_STOPPED && !stage_signal());
}

/* For -v: what was asked, and what it took. */
static void say(const struct attempt *a, uint64_t n, double seconds)
{
    char pairs[32];
    log_verbose("%.60s >= %.6g: %s pairs; %u joins, %.2g s expected, %.2f s", a->t->score,
                a->t->least,
                n == LEARN_SEARCH_MANY ? "too many or too dear" : log_count((double)n, pairs),
                a->plan.n_joins, a->plan.seconds, seconds);
}

bool learn_search_find(const struct learn_search *t, struct collect *found, uint64_t *n,
                       struct err *e)
{
    const double start = log_seconds();
    struct out into;
    struct attempt *a = calloc(1, sizeof *a);
    if (!a)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    a->t = t;
    a->index.fd = -1;
    out_open_into(&into, collect_take, found);
    *n = LEARN_SEARCH_MANY;
    bool ok = make_query(a, e) && take_rows(a, e) && make_plan(a, e);
    if (ok && (t->most_seconds == 0 || a->plan.seconds <= t->most_seconds))
        ok = carry_out(a, &into, n, e);
    say(a, *n, log_seconds() - start);
    estimate_close(&a->estimate);
    shm_close(&a->index);
    free(a);
    return ok;
}
