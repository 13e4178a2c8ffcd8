/* What a run does, in order: for each range of rows of A the joins, the ordering of their pairs,
 * then emit or refine; or one loop over all pairs. */
#include "matcher/engine/coordinator.h"

#include "core/log.h"
#include "core/memory.h"
#include "core/shm.h"
#include "matcher/engine/nested_join.h"
#include "matcher/engine/output_head.h"
#include "matcher/engine/pairs.h"
#include "matcher/engine/prefilter.h"
#include "matcher/engine/stage.h"
#include "matcher/engine/stage_task.h"
#include "matcher/index/row_range.h"
#include "matcher/scorer/scorer.h"

#include <math.h>

#define CHUNK_BYTES (PAIRS_IN_CHUNK * sizeof(struct join_pair))
#define MAX_ARENA_BYTES (1ull << 30)

/* A run in progress. */
struct execution {
    const struct job *job;
    struct prepared prepared;
    struct result *result;
};

/* What one join of an attempt holds. */
struct part {
    const struct plan_join *join; /* NULL: all rows of B */
    uint32_t prefilter;           /* a term, or EXPR_NONE */
    bool ranged;                  /* its side of A is a range of rows */
    struct shm row_range, index, pairs, ordered, signatures;
    struct side side; /* of A, if ranged */
    uint32_t n_items;
    uint64_t n_chunks;
};

/* One attempt at a range of rows of A. */
struct attempt {
    uint64_t row_from, row_to;
    bool overflow; /* the pair arena was full … */
    double share;  /* … when this share of the tiles was done */
    uint64_t join_rows;
    uint32_t n_parts;
    struct part part[EXPR_MAX_OPTIONS];
};

static void attempt_open(struct attempt *t, const struct plan *plan, uint64_t from, uint64_t to)
{
    *t = (struct attempt){.row_from = from, .row_to = to, .n_parts = plan->n_joins};
    t->n_parts += t->n_parts == 0; /* no join: one part, of all rows of B */
    for (uint32_t k = 0; k < t->n_parts; k++) {
        struct part *p = &t->part[k];
        p->join = k < plan->n_joins ? &plan->join[k] : NULL;
        p->prefilter = p->join ? p->join->prefilter : plan->prefilter;
        p->row_range.fd = p->index.fd = p->pairs.fd = p->ordered.fd = p->signatures.fd = -1;
    }
}

static void attempt_close(struct attempt *t)
{
    for (uint32_t k = 0; k < t->n_parts; k++) {
        struct part *p = &t->part[k];
        shm_close(&p->row_range);
        shm_close(&p->index);
        shm_close(&p->pairs);
        shm_close(&p->ordered);
        shm_close(&p->signatures);
    }
}

static const struct side *side_a(const struct job *job, const struct part *p)
{
    return p->ranged ? &p->side : plan_join_side(p->join, job->inputs, 0);
}

static const struct side *side_b(const struct job *job, const struct part *p)
{
    return plan_join_side(p->join, job->inputs, 1);
}

/* Makes the pair arena. It gets at most a third of the memory: ordering its pairs takes as much
 * again and more, and workers need memory of their own. */
static bool open_arena(const struct job *job, struct part *p, struct err *e)
{
    const unsigned n_workers = job->plan->n_workers;
    const uint64_t available = shm_available_bytes();
    const uint64_t workers = (uint64_t)n_workers * PLAN_WORKER_BYTES / 3;
    const uint64_t bytes = (available > workers ? available - workers : 0) / 3;
    const uint64_t chunks = (bytes < MAX_ARENA_BYTES ? bytes : MAX_ARENA_BYTES) / CHUNK_BYTES;
    const uint64_t least = 2ull * n_workers;
    p->n_chunks = chunks > least ? chunks : least;
    return mem_check("the pairs that are found", 2 * least * CHUNK_BYTES, e) &&
           pairs_create(&p->pairs, p->n_chunks, e);
}

/* Where a scorer could write into the arena, are its pairs those that the workers handed over, and
 * can they be? No join has more places in B than B has rows. */
static bool verify_pairs(struct part *p, const struct stage *s, uint64_t n_places, struct err *e)
{
    const uint64_t rows_b = s->job->inputs->table[1].head->n_rows;
    if (!s->task.module.any)
        return true;
    return shm_end_writing(&p->pairs, e) &&
           (pairs_verify(&p->pairs, s->used, s->check, p->n_chunks, n_places, rows_b) ||
            stage_overwritten(s, 0, e));
}

/* Puts the pairs of the arena in the order of A, and closes the arena. */
static bool order_pairs(struct execution *x, struct part *p, const struct stage *s,
                        uint64_t n_places, bool self, struct shm *ordered, struct err *e)
{
    const size_t reserve = 2 * p->n_chunks * CHUNK_BYTES + n_places * 16ull + (1u << 20);
    const double start = log_seconds();
    log_phase("sorting pairs", 0);
    bool ok = verify_pairs(p, s, n_places, e) &&
              shm_create(ordered, "the ordered pairs", reserve, e) &&
              pairs_order(&p->pairs, s->used, p->n_chunks, (uint32_t)n_places, self, ordered, e);
    shm_close(&p->pairs);
    x->result->order_seconds += log_seconds() - start;
    return ok;
}

/* ---- A join: from values to ordered pairs ----------------------------------------------------*/

static bool make_range(const struct job *job, const struct attempt *t, struct part *p,
                       struct err *e)
{
    const struct side *whole = plan_join_side(p->join, job->inputs, 0);
    p->ranged = t->row_from > 0 || t->row_to < whole->n_rows;
    if (!p->ranged)
        return true;
    if (!shm_create(&p->row_range, "a range of rows", (whole->n_rows + 1) * 32 + (1u << 20), e) ||
        !row_range_build(whole, t->row_from, t->row_to, &p->row_range, e))
        return false;
    row_range_view(&p->side, &p->row_range);
    return true;
}

static bool build_index(struct execution *x, const struct attempt *t, struct part *p, struct err *e)
{
    struct result *r = x->result;
    const double start = log_seconds();
    if (!make_range(x->job, t, p, e))
        return false;
    const struct join_job join_job =
        plan_join_job(p->join, x->job->inputs, side_a(x->job, p), x->job->plan->prune);
    bool ok = shm_create(&p->index, "the index of the join", 1ull << 40, e) &&
              p->join->join->build(&join_job, &p->index, &p->n_items, e) &&
              shm_freeze(&p->index, e);
    r->build_seconds += log_seconds() - start;
    r->index_bytes = p->index.used_bytes > r->index_bytes ? p->index.used_bytes : r->index_bytes;
    return ok;
}

/* Runs a stage that finds pairs; *s stays open. */
static bool find_pairs(struct execution *x, struct attempt *t, struct stage *s,
                       const struct wire_task *task, struct err *e)
{
    const double start = log_seconds();
    bool ok = stage_run(s, task, e);
    x->result->join_seconds += log_seconds() - start;
    x->result->replaced += s->replaced;
    t->overflow = ok && s->overflow;
    t->share = stage_share(s);
    return ok;
}

static bool join_stage(struct execution *x, struct attempt *t, struct part *p, struct stage *s,
                       struct err *e)
{
    struct wire_task task;
    stage_task_join(&task, x->job, p->join, p->ranged, t->row_from, t->row_to, p->n_items);
    if (!task.count && !open_arena(x->job, p, e))
        return false;
    stage_init(s, x->job, &x->prepared, x->result->pairs);
    s->join = &p->index;
    s->arena = task.count ? NULL : &p->pairs;
    s->max_chunks = p->n_chunks;
    s->row_range[0] = p->ranged ? &p->row_range : NULL;
    return find_pairs(x, t, s, &task, e);
}

/* Runs one join of an attempt: counts its pairs, and puts them in order where they are needed. */
static bool run_part(struct execution *x, struct attempt *t, struct part *p, struct err *e)
{
    struct stage s;
    stage_init(&s, x->job, &x->prepared, x->result->pairs);
    bool ok = build_index(x, t, p, e) && join_stage(x, t, p, &s, e);
    shm_close(&p->index);
    if (ok && !t->overflow) {
        const struct side *a = side_a(x->job, p);
        const bool self = x->job->inputs->self && a == side_b(x->job, p);
        t->join_rows += s.work.rows;
        stage_add_stats(&x->result->join, &s.work.stats);
        ok = p->pairs.fd < 0 || order_pairs(x, p, &s, a->n, self, &p->ordered, e);
    }
    stage_close(&s);
    return ok;
}

/* ---- From pairs of values to lines -----------------------------------------------------------*/

/* Builds the signatures of the prefilter's term. Those of B are in the order of the join's rows, so
 * that a run of candidates is a run of signatures. */
static bool build_signatures(const struct job *job, struct part *p, struct err *e)
{
    const struct expr *x = &job->query->expr;
    const struct expr_term *t = &x->term[p->prefilter];
    const struct index *index = &job->inputs->index;
    const struct side *a = &index->field[x->column[t->column_a].field].side;
    const struct side *b = &index->field[x->column[t->column_b].field].side;
    const struct side *list = p->join ? side_b(job, p) : NULL;
    const uint32_t *rows = list ? list->rows : index->rows[1].row;
    const uint64_t n = list ? list->rows_begin[list->n] : index->rows[1].n;
    return shm_create(&p->signatures, "the signatures of a column",
                      (n + a->n_rows) * 32 + (1u << 20), e) &&
           prefilter_build(&index->dictionary, a, b, rows, n, &p->signatures, e);
}

/* Fills in the options of a refine or nested stage, and hands the stage the segments that they
 * read. */
static bool make_options(const struct job *job, struct attempt *t, struct task_option *option,
                         struct stage *s, struct err *e)
{
    for (uint32_t k = 0; k < t->n_parts; k++) {
        struct part *p = &t->part[k];
        const bool filtered = p->prefilter != EXPR_NONE;
        option[k] = (struct task_option){p->join, p->prefilter, p->ranged};
        if (filtered && !build_signatures(job, p, e))
            return false;
        s->row_range[k] = p->ranged ? &p->row_range : NULL;
        s->pairs[k] = p->join ? &p->ordered : NULL;
        s->signatures[k] = filtered ? &p->signatures : NULL;
    }
    return true;
}

/* Runs a stage that writes, and closes it. */
static bool finish_stage(struct execution *x, struct stage *s, const struct wire_task *task,
                         struct err *e)
{
    struct result *r = x->result;
    const double start = log_seconds();
    const bool of_b = task->kind == stage_kind_number(&stage_emit) && task->emit.of_b;
    s->pairs_before = r->pairs + r->unmatched[0] + r->unmatched[1];
    s->unmatched_before = r->unmatched[0];
    bool ok = stage_run(s, task, e);
    if (ok && s->kind->has_options)
        stage_add_tally(&r->tally, &s->work.tally);
    r->pairs += s->pairs_found - s->work.unmatched;
    r->unmatched[of_b] += s->work.unmatched;
    r->replaced += s->replaced;
    r->write_seconds += log_seconds() - start;
    stage_close(s);
    return ok;
}

/* Runs a stage whose tiles are rows. If a tile takes too long, the rest is done with a quarter of
 * the rows a tile. Otherwise a dead worker, a stop, or the end of the run could cost hours. */
static bool finish_by_rows(struct execution *x, const struct stage *like, struct wire_task *task,
                           struct err *e)
{
    for (;;) {
        struct stage s = *like;
        if (!finish_stage(x, &s, task, e))
            return false;
        const uint64_t done = s.next_out * task->rows_per_tile;
        if (!s.too_slow || done >= task->row_to - task->row_from)
            return true;
        const uint64_t rows = task->rows_per_tile < 4 ? 1 : task->rows_per_tile / 4;
        task->n_workers = x->job->plan->most_workers; /* it is more work than was expected */
        stage_task_cut(task, x->job, task->row_from + done, rows);
        log_verbose("rows take long; going on by %llu of them at a time",
                    (unsigned long long)task->rows_per_tile);
    }
}

/* Writes the pairs of the join `p`; with `p` NULL the pairs are pairs of rows. */
static bool run_emit(struct execution *x, const struct attempt *t, const struct part *p,
                     struct shm *ordered, struct err *e)
{
    const struct job *job = x->job;
    struct wire_task task;
    struct stage s;
    struct pairs pairs;
    uint64_t n_tiles;
    if (!pairs_cut(ordered, p ? side_a(job, p) : NULL, p ? side_b(job, p) : NULL, t->row_from,
                   t->row_to, &n_tiles, e))
        return false;
    stage_task_emit(&task, job, p ? p->join : NULL, p && p->ranged, t->row_from, t->row_to,
                    n_tiles);
    pairs_view(&pairs, shm_view_of(ordered));
    stage_init(&s, job, &x->prepared, x->result->pairs);
    s.pairs[0] = ordered;
    s.row_range[0] = p && p->ranged ? &p->row_range : NULL;
    s.tile_row = pairs.tile_row;
    return finish_stage(x, &s, &task, e);
}

static bool run_refine(struct execution *x, struct attempt *t, struct err *e)
{
    struct task_option option[EXPR_MAX_OPTIONS];
    struct wire_task task;
    struct stage s;
    stage_init(&s, x->job, &x->prepared, x->result->pairs);
    if (!make_options(x->job, t, option, &s, e))
        return false;
    stage_task_refine(&task, x->job, &x->prepared, option, t->n_parts, t->row_from, t->row_to);
    return finish_by_rows(x, &s, &task, e);
}

/* Is the number of the pairs that are found all that is asked? */
static bool counts_alone(const struct job *job)
{
    return job->query->count && !job->query->top;
}

/* Writes pairs of rows. */
static bool write_found(struct execution *x, const struct span *span, const struct found *found,
                        struct err *e)
{
    const uint64_t n_rows = x->job->inputs->table[0].head->n_rows;
    const size_t bytes = found->n * sizeof *found->pair + n_rows * 16ull + (1u << 20);
    const struct attempt all = {.row_from = span->row_from, .row_to = span->row_to};
    struct shm ordered = {.fd = -1};
    bool ok = shm_create(&ordered, "the pairs to write", bytes, e) &&
              pairs_of_found(found, n_rows, &ordered, e) && run_emit(x, &all, NULL, &ordered, e);
    shm_close(&ordered);
    return ok;
}

/* Writes the rows of B that are in none of these pairs. */
static bool write_unmatched_b(struct execution *x, const struct found *found, struct err *e)
{
    const struct job *job = x->job;
    const uint64_t n_rows = job->inputs->table[1].head->n_rows;
    struct shm ordered = {.fd = -1};
    struct wire_task task;
    struct stage s;
    struct pairs pairs;
    uint64_t n_tiles;
    bool ok =
        shm_create(&ordered, "the records of B that have a match", n_rows * 16 + (1u << 20), e) &&
        pairs_of_b(found, n_rows, &ordered, e) &&
        pairs_cut(&ordered, NULL, NULL, 0, n_rows, &n_tiles, e);
    if (ok) {
        stage_task_emit(&task, job, NULL, false, 0, n_rows, n_tiles);
        task.emit.of_b = true;
        pairs_view(&pairs, shm_view_of(&ordered));
        stage_init(&s, job, &x->prepared, x->result->pairs);
        s.pairs[0] = &ordered;
        s.tile_row = pairs.tile_row;
        ok = finish_stage(x, &s, &task, e);
    }
    shm_close(&ordered);
    return ok;
}

/* Where no pair can match: writes the rows of A that are to be written without one. */
static bool run_nothing(struct execution *x, const struct span *span, struct err *e)
{
    const struct query *query = x->job->query;
    const struct found none = {.n = 0};
    return query->count || !query->lines.unmatched[0] || write_found(x, span, &none, e);
}

/* ---- Nested joins ----------------------------------------------------------------------------*/

/* Does a join within the pairs of the only join pay? */
static bool can_nest(const struct job *job, const struct attempt *t)
{
    const struct part *p = &t->part[0];
    struct pairs pairs;
    if (job->plan->n_joins != 1 || p->prefilter == EXPR_NONE)
        return false;
    pairs_view(&pairs, shm_view_of(&p->ordered));
    return nested_join_pays(&pairs, side_a(job, p), side_b(job, p));
}

/* Finds pairs of rows by nested joins; *s stays open. */
static bool nested_stage(struct execution *x, struct attempt *t, struct part *p, struct stage *s,
                         struct err *e)
{
    const struct job *job = x->job;
    struct task_option option;
    struct wire_task task;
    struct pairs pairs;
    uint64_t n_tiles;
    pairs_view(&pairs, shm_view_of(&p->ordered));
    stage_init(s, job, &x->prepared, x->result->pairs);
    bool ok = make_options(job, t, &option, s, e) &&
              shm_create(&p->index, "the list of runs of rows", 1ull << 40, e) &&
              nested_join_build(&pairs, side_a(job, p), side_b(job, p), &p->index, &n_tiles, e);
    if (!ok)
        return false;
    stage_task_nested(&task, job, &x->prepared, &option, t->row_from, t->row_to, n_tiles);
    if (!task.count && !open_arena(job, p, e))
        return false;
    s->join = &p->index;
    s->arena = task.count ? NULL : &p->pairs;
    s->max_chunks = task.count ? 0 : p->n_chunks;
    ok = find_pairs(x, t, s, &task, e);
    if (ok)
        stage_add_tally(&x->result->tally, &s->work.tally);
    return ok;
}

/* Counts or writes the pairs of rows that the nested joins find. */
static bool run_nested(struct execution *x, struct attempt *t, struct err *e)
{
    struct part *p = &t->part[0];
    struct stage s;
    struct shm ordered = {.fd = -1};
    stage_init(&s, x->job, &x->prepared, x->result->pairs);
    bool ok = nested_stage(x, t, p, &s, e);
    if (ok && !t->overflow && counts_alone(x->job)) {
        x->result->pairs += s.work.rows;
    } else if (ok && !t->overflow) {
        ok = order_pairs(x, p, &s, x->job->inputs->table[0].head->n_rows, false, &ordered, e);
    }
    stage_close(&s);
    ok = ok && (ordered.fd < 0 || run_emit(x, t, NULL, &ordered, e));
    shm_close(&ordered);
    return ok;
}

/* ---- One range of rows after another ---------------------------------------------------------*/

/* Joins the rows of an attempt and writes their matches, or finds that the arena is too small
 * (t->overflow). */
static bool attempt_run(struct execution *x, struct attempt *t, struct err *e)
{
    const struct plan *plan = x->job->plan;
    for (uint32_t k = 0; k < plan->n_joins && !t->overflow; k++)
        if (!run_part(x, t, &t->part[k], e))
            return false;
    if (t->overflow)
        return true;
    bool ok = true;
    if (plan->kind == PLAN_REFINE)
        ok = can_nest(x->job, t) ? run_nested(x, t, e) : run_refine(x, t, e);
    else if (!counts_alone(x->job))
        ok = run_emit(x, t, &t->part[0], &t->part[0].ordered, e);
    else
        x->result->pairs += t->join_rows;
    x->result->row_ranges += ok && !t->overflow;
    return ok;
}

/* The number of rows to try after an overflow. */
static uint64_t fewer_rows(const struct attempt *t)
{
    const double share = t->share < 0.9 ? t->share : 0.9;
    const double next = floor((double)(t->row_to - t->row_from) * share * 0.7);
    return next >= 1 ? (uint64_t)next : 1;
}

static bool run_row_ranges(struct execution *x, const struct span *span, struct err *e)
{
    const uint64_t end = span->row_to;
    uint64_t step = end - span->row_from;
    for (uint64_t from = span->row_from; from < end;) {
        struct attempt t;
        attempt_open(&t, x->job->plan, from, from + step < end ? from + step : end);
        bool ok = attempt_run(x, &t, e);
        attempt_close(&t);
        if (!ok)
            return false;
        if (!t.overflow) {
            from = t.row_to;
            continue;
        }
        if (t.row_to - from == 1)
            return err_set(e, ERR_OS, "raise --min, or allow more memory (--max-memory)",
                           "the pairs of row %llu of A alone do not fit into memory",
                           (unsigned long long)from + 1);
        step = fewer_rows(&t);
        log_verbose("the pairs do not fit into memory at once; going on by %llu rows of A",
                    (unsigned long long)step);
    }
    return true;
}

/* ---- Without a join --------------------------------------------------------------------------*/

static bool run_loop(struct execution *x, const struct span *span, struct err *e)
{
    struct wire_task task;
    struct stage s;
    stage_task_loop(&task, x->job, &x->prepared, span->row_from, span->row_to);
    stage_init(&s, x->job, &x->prepared, x->result->pairs);
    x->result->row_ranges = 1;
    return finish_by_rows(x, &s, &task, e);
}

static bool make_prepared(const struct job *job, struct prepared *prepared, struct err *e)
{
    const char *what = "what the scorer prepares of the records";
    const struct table *table = job->inputs->table;
    const uint64_t bytes = (table[0].head->n_rows + table[1].head->n_rows) * prepared->row_bytes;
    if (!shm_create(&prepared->shm, what, bytes + 4096, e) ||
        !(prepared->at = shm_alloc(&prepared->shm, what, bytes + 64, 64, e)))
        return false;
    shm_seal(&prepared->shm, true);
    return true;
}

/* Has the scorer prepare all records. */
static bool prepare(struct execution *x, struct err *e)
{
    const struct scorer *scorer = x->job->query->scorer;
    struct wire_task task;
    struct stage s;
    x->prepared = (struct prepared){.shm.fd = -1, .row_bytes = scorer ? scorer->prepared_bytes : 0};
    if (!x->prepared.row_bytes)
        return true;
    if (!make_prepared(x->job, &x->prepared, e))
        return false;
    stage_task_prepare(&task, x->job, &x->prepared);
    stage_init(&s, x->job, &x->prepared, 0);
    bool ok = stage_run(&s, &task, e);
    stage_close(&s);
    return ok;
}

/* Tries what the scorer claims, before anything relies on it. */
static bool run_claim(struct execution *x, struct err *e)
{
    struct rejects *rejects = x->job->faults->rejects;
    const uint64_t n_rejects = rejects ? rejects->n : 0;
    struct wire_task task;
    struct stage s;
    if (x->job->query->excluded == EXPR_NONE)
        return true;
    stage_task_claim(&task, x->job, &x->prepared);
    stage_init(&s, x->job, &x->prepared, 0);
    bool ok = stage_run(&s, &task, e);
    stage_close(&s);
    if (rejects)
        rejects->n = n_rejects; /* the run may never score those that failed here */
    return ok;
}

/* ---- The run ---------------------------------------------------------------------------------*/

static bool probe(struct execution *x, uint64_t row_a, uint64_t row_b, double *score, struct err *e)
{
    struct wire_task task;
    struct stage s;
    stage_task_probe(&task, x->job, &x->prepared, row_a, row_b, row_b + 1);
    stage_init(&s, x->job, &x->prepared, 0);
    bool ok = stage_run(&s, &task, e);
    if (ok)
        *score = s.work.score;
    stage_close(&s);
    return ok;
}

bool coordinator_score(const struct job *job, uint64_t row_a, uint64_t row_b, double *score,
                       struct err *e)
{
    struct execution x = {.job = job};
    stage_catch_signals();
    bool ok = prepare(&x, e) && probe(&x, row_a, row_b, score, e);
    shm_close(&x.prepared.shm);
    log_progress_end();
    return ok;
}

static bool run_plan(struct execution *x, const struct span *span, struct err *e)
{
    switch (x->job->plan->kind) {
    case PLAN_NOTHING:
        return run_nothing(x, span, e);
    case PLAN_JOIN:
    case PLAN_REFINE:
        return run_row_ranges(x, span, e);
    case PLAN_LOOP:
        break;
    }
    return run_loop(x, span, e);
}

bool coordinator_check_count(const struct job *job, uint64_t pairs, struct err *e)
{
    const uint64_t most = job->sinks->max_results;
    return !job->query->count || !most || pairs <= most ||
           err_set(e, ERR_STOPPED, "raise --min, or raise --max-results",
                   "more than %llu pairs match (--max-results)", (unsigned long long)most);
}

bool coordinator_run(const struct job *job, const struct span *span, struct result *result,
                     struct err *e)
{
    struct execution x = {.job = job, .result = result};
    *result = (struct result){.pairs = span->pairs_before, .unmatched = {span->unmatched_before}};
    stage_catch_signals();
    bool ok = prepare(&x, e) && run_claim(&x, e) && run_plan(&x, span, e) &&
              output_head_write(job, e) && output_tail_write(job, e);
    shm_close(&x.prepared.shm);
    log_progress_end();
    return ok && coordinator_check_count(job, result->pairs, e);
}

bool coordinator_write(const struct job *job, const struct span *span, const struct found *found,
                       struct result *result, struct err *e)
{
    struct execution x = {.job = job, .prepared.shm.fd = -1, .result = result};
    result->pairs = span->pairs_before;
    bool ok = write_found(&x, span, found, e) &&
              (!job->query->lines.unmatched[1] || write_unmatched_b(&x, found, e)) &&
              output_head_write(job, e) && output_tail_write(job, e);
    log_progress_end();
    return ok;
}
