/* Counting scores: by a plan of its own for whatever is asked, and for --histogram beside a run. */
#include "matcher/run/run_histogram.h"

#include "core/inherited.h"
#include "core/log.h"
#include "core/memory.h"
#include "matcher/engine/coordinator.h"
#include "matcher/output/histogram_file.h"
#include "matcher/planner/plan_make.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- --histogram -----------------------------------------------------------------------------*/

bool run_open_histogram(const struct run *r, bool falls, struct histogram *h, struct err *e)
{
    const uint32_t most = r->opts->bins ? (uint32_t)r->opts->bins : HISTOGRAM_USUAL;
    return histogram_open(h, most, falls, e);
}

bool run_begin_histogram(struct run *r, struct err *e)
{
    const bool counts = r->opts->histogram || (r->outputs.report_open && !r->choice.collects);
    return !counts || run_open_histogram(r, r->query.least, &r->histogram, e);
}

bool run_write_histogram(struct run *r, struct err *e)
{
    const struct histogram *h = &r->histogram;
    char score[400];
    if (!r->outputs.histogram_open)
        return true;
    struct histogram_bin *bin = malloc((h->n + 1ull) * sizeof *bin);
    if (!bin)
        return err_set(e, ERR_OS, NULL, "not enough memory for the histogram");
    histogram_sorted(h, bin);
    run_score_text(r, score, sizeof score);
    const struct histogram_shown shown = {
        .bin = bin, .n = h->n, .level = h->level, .falls = h->falls, .score = score};
    const bool ok = histogram_file_write(&r->outputs.histogram, r->opts->histogram, &shown, e);
    free(bin);
    return ok;
}

void run_score_text(const struct run *r, char *text, size_t bytes)
{
    const struct query *query = &r->query;
    if (r->model.used)
        snprintf(text, bytes, "%s", inherited_shown(r->asked->score));
    else if (query->goal.score == EXPR_NONE)
        snprintf(text, bytes, "%s", query->scorer->path);
    else
        expr_print(&query->expr, query->goal.score, text, bytes);
}

/* ---- Queries ---------------------------------------------------------------------------------*/

void run_set_floor(struct query *query, double floor)
{
    if (query->least)
        query->goal.most = floor;
    else
        query->goal.threshold = floor;
    query->open_ended = false;
}

/* The node of a term. */
static uint32_t node_of_term(const struct expr *x, uint32_t term)
{
    uint32_t i = 0;
    while (x->node[i].op != EXPR_TERM || x->node[i].index != term)
        i++;
    return i;
}

void run_query_of_term(const struct query *query, uint32_t term, double floor,
                       struct query *of_term)
{
    *of_term = *query;
    of_term->scorer = NULL;
    of_term->n_fields = 0;
    of_term->asked_where = of_term->excluded = EXPR_NONE;
    of_term->top = 0;
    of_term->least = metric_falls((enum metric_view)query->expr.term[term].view);
    of_term->goal = (struct expr_goal){.score = node_of_term(&query->expr, term),
                                       .where = EXPR_NONE,
                                       .threshold = -(double)INFINITY,
                                       .most = INFINITY};
    run_set_floor(of_term, floor);
}

/* ---- Records of one side among themselves ----------------------------------------------------*/

/* Is the name of both columns the same? */
static bool have_one_name(const struct expr *x, const struct expr_column *c,
                          const struct expr_column *d)
{
    return c->name_bytes == d->name_bytes &&
           memcmp(x->text + c->name_at, x->text + d->name_at, c->name_bytes) == 0;
}

/* The column of `side` that column i of the other side is compared with: by a metric, else the one
 * of its name. EXPR_NONE: there is none. */
static uint32_t partner_of(const struct expr *x, uint32_t i, uint32_t side)
{
    for (uint32_t t = 0; t < x->n_terms; t++) {
        const uint32_t pair[2] = {x->term[t].column_a, x->term[t].column_b};
        if (pair[!side] == i)
            return pair[side];
    }
    for (uint32_t k = 0; k < x->n_columns; k++) {
        const struct expr_column *c = &x->column[i], *d = &x->column[k];
        if (d->side == side && d->kind == c->kind && d->figure == c->figure && d->form == c->form &&
            have_one_name(x, c, d))
            return k;
    }
    return EXPR_NONE;
}

/* Has all columns of the expression read by `side`. False if some column cannot. */
static bool turn_columns(struct expr *x, uint32_t side)
{
    for (uint32_t i = 0; i < x->n_columns; i++) {
        if (x->column[i].side == side)
            continue;
        const uint32_t k = partner_of(x, i, side);
        if (k == EXPR_NONE)
            return false;
        x->column[i].field = x->column[k].field;
    }
    return true;
}

/* The same of the fields that a scorer reads: each stands for the one of its name. */
static bool turn_fields(const struct run *r, struct query *query, uint32_t side)
{
    const struct scorer *s = query->scorer;
    for (uint32_t i = 0; i < query->n_fields; i++) {
        const struct scorer_field *f = &s->fields[i];
        uint32_t k = 0;
        if (f->side == side)
            continue;
        const char *name = sources_load(&r->sources, (int)f->side)->names[f->column];
        for (; k < query->n_fields; k++) {
            const struct scorer_field *g = &s->fields[k];
            if (g->side == side && g->kind == f->kind && g->exact == f->exact &&
                strcmp(sources_load(&r->sources, (int)side)->names[g->column], name) == 0)
                break;
        }
        if (k == query->n_fields)
            return false;
        query->field[i] = query->field[k];
    }
    return true;
}

/* Makes the inputs of one side alone; the index is in *index. */
static bool make_one_side(const struct run *r, int side, struct inputs *inputs, struct shm *index,
                          struct err *e)
{
    const struct inputs *whole = &r->loaded.inputs;
    *inputs = *whole;
    inputs->self = true;
    inputs->table[!side] = inputs->table[side] = whole->table[side];
    inputs->table_segment[!side] = inputs->table_segment[side] = whole->table_segment[side];
    inputs->index_segment = index;
    return shm_create(index, "the index of one file", 1ull << 42, e) &&
           index_one_side(&whole->index, side, index, e) && index_view(&inputs->index, index, e);
}

/* ---- Counting --------------------------------------------------------------------------------*/

bool run_make_plan(const struct run *r, const struct query *query, const struct inputs *inputs,
                   double all_pairs, struct plan *plan, struct err *e)
{
    const struct plan_request request = {.all_pairs = all_pairs,
                                         .workers = r->opts->workers ? r->opts->workers
                                                    : r->topo        ? topo_workers(r->topo)
                                                                     : 1,
                                         .available_bytes = mem_available_bytes(),
                                         .prune = r->opts->prune,
                                         .scores = true,
                                         .join = r->opts->algorithm};
    struct estimate estimate = {.n_terms = 0};
    bool ok = request.available_bytes >= PLAN_WORKER_BYTES ||
              mem_refuse("a worker", PLAN_WORKER_BYTES, e);
    log_phase("planning", 0);
    ok = ok && estimate_make(&estimate, query, inputs, all_pairs, e) &&
         plan_make(plan, query, inputs, &estimate, &request, e);
    estimate_close(&estimate);
    return ok;
}

/* Counts what *query finds in these inputs. */
static bool count(struct run *r, const struct query *query, const struct inputs *inputs,
                  struct run_scores *scores, struct histogram *h, struct err *e)
{
    const struct span span = {.row_to = inputs->table[0].head->n_rows};
    const struct faults faults = run_faults(r);
    const struct placement placement = run_placement(r);
    const struct sinks sinks = {.head_at = UINT64_MAX, .histogram = h};
    const double start = log_seconds(), all_pairs = span_pairs_taken(&span, inputs);
    struct plan plan;
    struct result result;
    const struct job job = {query, inputs, &plan, &sinks, &faults, &placement};
    scores->pairs = (uint64_t)all_pairs;
    const bool ok = run_make_plan(r, query, inputs, all_pairs, &plan, e) &&
                    coordinator_run(&job, &span, &result, e);
    scores->seconds = log_seconds() - start;
    scores->looped = ok && plan.kind != PLAN_NOTHING && plan.n_joins == 0;
    return ok;
}

bool run_histogram(struct run *r, struct run_scores *scores, struct histogram *h, bool *known,
                   struct err *e)
{
    const uint32_t side = scores->whose == RUN_WITHIN_B;
    const bool both = scores->whose == RUN_A_WITH_B;
    struct inputs inputs;
    struct shm index = {.fd = -1};
    struct query query = *scores->query;
    query.count = true;
    *known = both || (turn_columns(&query.expr, side) && turn_fields(r, &query, side));
    bool ok = both ? loaded_take_rows(&r->loaded, scores->rows, &inputs, &index, e)
                   : !*known || make_one_side(r, (int)side, &inputs, &index, e);
    ok = ok && (!*known || count(r, &query, &inputs, scores, h, e));
    shm_close(&index);
    return ok;
}
