/* --plan --json: the plan for programs, with the text that --plan prints for people. */
#include "core/string_builder.h"
#include "matcher/kernel/isa.h"
#include "matcher/run/run.h"
#include "matcher/run/run_json.h"

#include <math.h>

static json_t *term_text(const struct expr *x, uint32_t term)
{
    char text[300];
    if (term == EXPR_NONE)
        return json_null();
    expr_print_term(x, term, text, sizeof text);
    return json_string(text);
}

static json_t *node_text(const struct expr *x, uint32_t node)
{
    char text[1024];
    if (node == EXPR_NONE)
        return json_null();
    expr_print(x, node, text, sizeof text);
    return json_string(text);
}

/* An expression, or the path of a model or a scorer. */
static json_t *score_text(const struct run *r)
{
    const struct query *q = &r->query;
    if (r->model.used)
        return json_text(r->asked->score);
    return q->goal.score == EXPR_NONE ? json_text(q->scorer->path)
                                      : node_text(&q->expr, q->goal.score);
}

static json_t *side_json(const struct run *r, int side)
{
    return json_pack("{s:o, s:I}", "name", json_text(sources_path(&r->sources, side)), "rows",
                     (json_int_t)r->loaded.inputs.table[side].head->n_rows);
}

static json_t *columns_json(const struct run *r)
{
    const struct expr *x = &r->query.expr;
    json_t *all = json_array();
    for (uint32_t i = 0; i < x->n_columns; i++) {
        const struct expr_column *c = &x->column[i];
        const struct index_view *v = &r->loaded.inputs.index.field[c->field];
        if (c->kind == INDEX_TEXT)
            json_array_append_new(all, json_pack("{s:s, s:o, s:I}", "side", c->side ? "b" : "a",
                                                 "column",
                                                 json_stringn(x->text + c->name_at, c->name_bytes),
                                                 "distinct", (json_int_t)v->side.n));
    }
    return all;
}

/* What --where says of one side alone. */
static json_t *conditions_json(const struct run *r)
{
    json_t *all = json_array();
    for (int side = 0; side < 2; side++)
        if (r->conditions.text[side][0])
            json_array_append_new(all, json_pack("{s:s, s:s, s:I}", "side", side ? "b" : "a",
                                                 "where", r->conditions.text[side], "rows",
                                                 (json_int_t)r->conditions.rows[side].n));
    return all;
}

static json_t *expect_json(const struct run *r)
{
    const struct expect *x = &r->expect;
    if (!x->known)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:b}", "pairs", json_count(x->pairs), "least",
                     json_count(x->least), "most", json_count(x->most), "bytes",
                     run_expects_bytes(r) ? json_count(x->bytes) : json_null(), "at_most",
                     (int)x->at_most);
}

/* The second term of a join over two; null for a join over one. Without a name it is joined within
 * each pair of values of the first. */
static json_t *also_json(const struct run *r, const struct plan_join *join)
{
    const struct plan_term *also = &join->also;
    if (join->pairing == PLAN_ALONE)
        return json_null();
    return json_pack("{s:o, s:o, s:s, s:o}", "name",
                     also->join ? json_string(also->join->name) : json_null(), "term",
                     term_text(&r->query.expr, also->term), "asks",
                     metric_falls(also->use.view) ? "<=" : ">=", "need", json_number(also->need));
}

static json_t *joins_json(const struct run *r)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < r->plan.n_joins; i++) {
        const struct plan_join *j = &r->plan.join[i];
        const bool only =
            r->plan.kind == PLAN_JOIN; /* its pairs are the result, none is expected */
        json_array_append_new(
            all,
            json_pack("{s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:o}", "name", j->by.join->name, "what",
                      j->by.join->what, "term", term_text(&r->query.expr, j->by.term), "asks",
                      metric_falls(j->by.use.view) ? "<=" : ">=", "need", json_number(j->by.need),
                      "also", also_json(r, j), "candidates",
                      json_number(only ? (double)NAN : estimate_join(&r->estimate, j)), "prefilter",
                      only ? json_null() : term_text(&r->query.expr, j->prefilter)));
    }
    return all;
}

/* Of a plan that refines: in the order in which they are computed. */
static json_t *terms_json(const struct run *r)
{
    const struct expr *x = &r->query.expr;
    struct err e;
    json_t *all = json_array();
    for (uint32_t s = 0; s < x->n_terms && r->plan.kind == PLAN_REFINE; s++) {
        const uint32_t t = r->plan.step[s];
        const double need = expr_need(x, &r->query.goal, t, &e);
        const bool asks = expr_asks(&x->term[t], need);
        const double share = estimate_pairs(&r->estimate, t, need) / r->estimate.all_pairs;
        json_array_append_new(
            all, json_pack("{s:o, s:s, s:o, s:o, s:o}", "term", term_text(x, t), "asks",
                           metric_falls((enum metric_view)x->term[t].view) ? "<=" : ">=", "need",
                           json_number(asks ? need : (double)NAN), "share",
                           json_number(asks ? share : (double)NAN), "seconds_a_pair",
                           json_number(r->estimate.term[t].seconds)));
    }
    return all;
}

static json_t *shard_json(const struct run *r)
{
    if (!r->shard.of)
        return json_null();
    const struct part_cost cost = run_part_cost(r);
    return json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "number", (json_int_t)r->shard.number,
                     "of", (json_int_t)r->shard.of, "row_from", (json_int_t)r->span.row_from,
                     "row_to", (json_int_t)r->span.row_to, "begin_seconds", json_number(cost.begin),
                     "search_seconds", json_number(cost.search), "whole_search_seconds",
                     json_number(cost.whole));
}

static json_t *plan_text(const struct run *r)
{
    struct string_builder b;
    FILE *out = string_builder_open(&b);
    if (out)
        run_print_plan(r, out);
    return json_built(&b);
}

/* What is expected of each round: those of which K best are missing yet. */
static json_t *rounds_json(const struct run *r)
{
    const struct rounds_expected *x = &r->rounds.expected;
    json_t *all = json_array();
    for (uint32_t i = 0; i < x->n; i++)
        json_array_append_new(all, json_pack("{s:o, s:o}", "threshold",
                                             json_number(x->round[i].threshold), "rows",
                                             json_count(x->round[i].rows)));
    return all;
}

/* NaN: not known, as of a function in Python, of very large records, and of rounds without a
 * sample. */
static double seconds_of(const struct run *r)
{
    if (r->by_rounds && !r->rounds_once)
        return r->rounds.expected.n ? r->rounds.expected.seconds : (double)NAN;
    return r->expected_seconds / r->plan.n_workers;
}

/* Rows are from 0, as everywhere in what programs read. */
bool run_print_plan_json(const struct run *r, struct err *e)
{
    static const char *const kinds[] = {[PLAN_NOTHING] = "nothing",
                                        [PLAN_JOIN] = "join",
                                        [PLAN_REFINE] = "refine",
                                        [PLAN_LOOP] = "loop"};
    const bool rounds = r->by_rounds && !r->rounds_once;
    const struct query *q = &r->query;
    const struct plan *plan = &r->plan;
    json_t *json = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:i, "
        "s:i, s:o, s:s, s:o, s:o}",
        "version", AXB_VERSION, "a", side_json(r, 0), "b",
        r->sources.self ? json_null() : side_json(r, 1), "columns", columns_json(r), "conditions",
        conditions_json(r), "where", node_text(&q->expr, q->goal.where), "score", score_text(r),
        "min", json_number(run_min(r)), "max", json_number(run_max(r)), "pairs",
        json_count(span_pairs(&r->span, &r->loaded.inputs)), "shard", shard_json(r), "kind",
        rounds ? "rounds" : kinds[plan->kind], "joins", joins_json(r), "prefilter",
        term_text(&q->expr, plan->n_joins ? EXPR_NONE : plan->prefilter), "terms", terms_json(r),
        "seconds", json_number(seconds_of(r)), "workers", (int)plan->n_workers, "most_workers",
        (int)plan->most_workers, "expect", expect_json(r), "kernels", isa_name(isa_best()), "text",
        plan_text(r), "rounds", rounds ? rounds_json(r) : json_null());
    return json_print(json, e);
}
