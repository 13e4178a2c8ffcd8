/* From query, inputs and plan to what workers are told. */
#include "matcher/engine/stage_task.h"

#include "matcher/scorer/scorer.h"

#include <string.h>

#define REFINE_ROWS 64u
#define LOOP_ROWS 256u
#define PREPARE_ROWS 4096u
#define EMIT_TILES 8u /* for a worker: some 30 ms */

static struct wire_metric wire_metric_of(const struct metric_use *use)
{
    struct wire_metric metric = {.view = use->view, .n_args = use->n_args};
    while (metric_at(metric.metric) != use->metric)
        metric.metric++;
    memcpy(metric.args, use->args, sizeof metric.args);
    return metric;
}

/* Asks for the histogram of the pairs that the stage counts or writes, if it is wanted. Pairs that
 * a later stage goes on with are counted there. */
static void fill_bins(struct wire_task *task, const struct job *job)
{
    const struct histogram *h = job->sinks->histogram;
    const bool counts = task->count || stage_kind_at(task->kind)->has_rows;
    task->bins = counts && h ? h->most : 0;
}

/* No more workers than there are tiles. */
static uint32_t at_most(uint32_t n_workers, uint64_t n_tiles)
{
    return n_tiles >= n_workers ? n_workers : n_tiles ? (uint32_t)n_tiles : 1;
}

/* Fills in what all kinds have in common. */
static void fill_head(struct wire_task *task, const struct job *job, const struct stage_kind *kind,
                      uint64_t row_from, uint64_t row_to)
{
    const struct query *query = job->query;
    *task = (struct wire_task){.kind = stage_kind_number(kind),
                               .n_workers = job->plan->n_workers,
                               .self = job->inputs->self,
                               .count = query->count,
                               .prune = job->plan->prune,
                               .least = query->least,
                               .by_row = job->sinks->by_row && job->sinks->out,
                               .top = query->top,
                               .row_from = row_from,
                               .row_to = row_to,
                               .lines = query->lines,
                               .expr = query->expr,
                               .goal = query->goal};
}

/* Fills in the module, if the scorer or the compiled expression gives the score. */
static void fill_module(struct wire_task *task, const struct job *job,
                        const struct prepared *prepared)
{
    const struct query *query = job->query;
    struct wire_module *module = &task->module;
    if (!query->scorer)
        return;
    module->any = true;
    module->python = query->scorer->python != NULL;
    module->may_fail = module->python && job->faults->rejects;
    module->n_fields = query->n_fields;
    memcpy(module->field, query->field, query->n_fields * sizeof *query->field);
    module->prepared_at = prepared->at;
    module->prepared_bytes = prepared->row_bytes;
}

/* Pairs of compounds have the value of the second term. That of the first is known as well where
 * only its best one is asked. */
static struct wire_option wire_option_of(const struct job *job, const struct task_option *option)
{
    const struct plan_join *join = option->join;
    struct wire_option o = {.term = EXPR_NONE,
                            .sure = EXPR_NONE,
                            .prefilter = option->prefilter,
                            .ranged = option->ranged};
    double lo, hi;
    if (!join)
        return o;
    o.compound = join->pairing != PLAN_ALONE;
    o.term = o.compound ? join->also.term : join->by.term;
    expr_term_range(&job->query->expr.term[join->by.term], &lo, &hi);
    o.sure_value = metric_falls(join->by.use.view) ? lo : hi;
    if (o.compound && join->by.need == o.sure_value)
        o.sure = join->by.term;
    return o;
}

static void fill_options(struct wire_task *task, const struct job *job,
                         const struct task_option *options, uint32_t n_options)
{
    task->refine.n_options = n_options;
    for (uint32_t k = 0; k < n_options; k++)
        task->refine.option[k] = wire_option_of(job, &options[k]);
    memcpy(task->refine.step, job->plan->step, sizeof task->refine.step);
}

void stage_task_cut(struct wire_task *task, const struct job *job, uint64_t row_from,
                    uint64_t rows_per_tile)
{
    task->row_from = row_from;
    task->only_tapped = job->sinks->only_tapped;
    task->rows_per_tile = task->only_tapped ? 1 : rows_per_tile;
    task->n_tiles = task->only_tapped
                        ? job->sinks->tap->n
                        : (task->row_to - row_from + rows_per_tile - 1) / rows_per_tile;
    task->n_workers = at_most(task->n_workers, task->n_tiles);
}

void stage_task_join(struct wire_task *task, const struct job *job, const struct plan_term *term,
                     bool ranged, uint64_t row_from, uint64_t row_to, uint32_t n_items)
{
    fill_head(task, job, &stage_join, row_from, row_to);
    /* Else its pairs are candidates, or not all of them are kept. */
    task->count = task->count && job->plan->kind == PLAN_JOIN && !task->top;
    fill_bins(task, job);
    task->n_tiles = n_items;
    task->n_workers = at_most(task->n_workers, n_items);
    task->sides = (struct wire_sides){term->field_a, term->field_b, ranged};
    task->join.metric = wire_metric_of(&term->use);
    task->join.need = term->need;
    task->join.halved = term->half != NULL;
    while (join_at(task->join.join) != term->join)
        task->join.join++;
}

void stage_task_pair(struct wire_task *task, const struct job *job, const struct plan_join *join,
                     bool self, bool filtered, uint64_t row_from, uint64_t row_to, uint64_t n_tiles)
{
    fill_head(task, job, &stage_pair, row_from, row_to);
    task->count = false; /* its pairs are candidates */
    task->n_tiles = n_tiles;
    task->n_workers = at_most(task->n_workers, n_tiles);
    task->sides = (struct wire_sides){join->also.field_a, join->also.field_b, false};
    task->pair.metric = wire_metric_of(&join->also.use);
    task->pair.need = join->also.need;
    task->pair.listed = join->pairing == PLAN_LISTED;
    task->pair.self = self;
    task->pair.filtered = filtered;
}

void stage_task_emit(struct wire_task *task, const struct job *job, const struct plan_term *term,
                     bool ranged, uint64_t row_from, uint64_t row_to, uint64_t n_tiles)
{
    fill_head(task, job, &stage_emit, row_from, row_to);
    fill_bins(task, job);
    task->n_tiles = n_tiles;
    task->n_workers = at_most(job->plan->most_workers, n_tiles / EMIT_TILES);
    task->emit.by_rows = !term;
    if (term)
        task->sides = (struct wire_sides){term->field_a, term->field_b, ranged};
}

/* So many rows of A that about `most` of them take part, in this part of the run. */
static uint64_t rows_with(const struct inputs *inputs, uint64_t most)
{
    const struct row_list *list = inputs->part.row ? &inputs->part : &inputs->index.rows[0];
    return list->row ? most * (inputs->table[0].head->n_rows + 1) / (list->n + 1) : most;
}

void stage_task_refine(struct wire_task *task, const struct job *job,
                       const struct prepared *prepared, const struct task_option *options,
                       uint32_t n_options, uint64_t row_from, uint64_t row_to)
{
    fill_head(task, job, &stage_refine, row_from, row_to);
    fill_bins(task, job);
    fill_module(task, job, prepared);
    fill_options(task, job, options, n_options);
    stage_task_cut(task, job, row_from, rows_with(job->inputs, REFINE_ROWS));
}

void stage_task_nested(struct wire_task *task, const struct job *job,
                       const struct prepared *prepared, const struct task_option *option,
                       uint64_t row_from, uint64_t row_to, uint64_t n_tiles)
{
    fill_head(task, job, &stage_nested, row_from, row_to);
    task->count = task->count && !task->top; /* else not all of its pairs are kept */
    fill_bins(task, job);
    fill_module(task, job, prepared);
    fill_options(task, job, option, 1);
    task->n_tiles = n_tiles;
    task->n_workers = at_most(task->n_workers, n_tiles);
}

/* So many tiles at least: some for each worker, so that all end at about the same time. */
static uint64_t loop_tiles(uint64_t n_workers)
{
    const uint64_t of_few = n_workers < 4 ? 16 * n_workers : 64;
    return of_few > 4 * n_workers ? of_few : 4 * n_workers;
}

void stage_task_loop(struct wire_task *task, const struct job *job, const struct prepared *prepared,
                     uint64_t row_from, uint64_t row_to)
{
    const struct expr *x = &job->query->expr;
    const uint64_t most = rows_with(job->inputs, LOOP_ROWS);
    fill_head(task, job, &stage_loop, row_from, row_to);
    fill_bins(task, job);
    fill_module(task, job, prepared);
    if (!task->module.any) {
        const struct expr_term *term = &x->term[job->plan->term];
        const struct metric_use use = expr_use(term);
        task->loop.metric = wire_metric_of(&use);
        task->sides = (struct wire_sides){x->column[term->column_a].field,
                                          x->column[term->column_b].field, false};
    }
    const uint64_t tiles = loop_tiles(task->n_workers);
    const uint64_t share = (row_to - row_from) / tiles;
    stage_task_cut(task, job, row_from, share < most ? share + 1 : most);
}

void stage_task_prepare(struct wire_task *task, const struct job *job,
                        const struct prepared *prepared)
{
    const uint64_t rows = job->inputs->table[0].head->n_rows + job->inputs->table[1].head->n_rows;
    fill_head(task, job, &stage_prepare, 0, 0);
    fill_module(task, job, prepared);
    task->rows_per_tile = PREPARE_ROWS;
    task->n_tiles = (rows + PREPARE_ROWS - 1) / PREPARE_ROWS;
    task->n_workers = at_most(task->n_workers, task->n_tiles);
}

void stage_task_map(struct wire_task *task, const struct job *job, uint64_t n_runs)
{
    fill_head(task, job, &stage_map, 0, n_runs);
    fill_module(task, job, &(struct prepared){.shm.fd = -1});
    task->rows_per_tile = 1;
    task->n_tiles = n_runs;
    task->n_workers = at_most(task->n_workers, n_runs);
}

void stage_task_claim(struct wire_task *task, const struct job *job,
                      const struct prepared *prepared)
{
    fill_head(task, job, &stage_claim, 0, 0);
    fill_module(task, job, prepared);
    fill_options(task, job, NULL, 0);
    task->n_workers = 1;
    task->n_tiles = 1;
    task->goal.where = job->query->excluded;
    task->self = false;
}

void stage_task_probe(struct wire_task *task, const struct job *job,
                      const struct prepared *prepared, uint64_t row_a, uint64_t b_from,
                      uint64_t b_to)
{
    fill_head(task, job, &stage_probe, row_a, row_a + 1);
    fill_module(task, job, prepared);
    task->n_workers = 1;
    task->n_tiles = 1;
    task->probe.b_from = b_from;
    task->probe.b_to = b_to;
}
