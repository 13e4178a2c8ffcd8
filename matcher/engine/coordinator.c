/* The order of things in a run: joins, order, emit or refine, slice by slice; or one loop over all
 * pairs. */
#include "matcher/engine/coordinator.h"
#include "core/memory.h"
#include "core/shm.h"

#include "core/log.h"
#include "data/emit.h"
#include "matcher/engine/nested_join.h"
#include "matcher/engine/pairs.h"
#include "matcher/engine/prefilter.h"
#include "matcher/engine/stage.h"
#include "matcher/engine/worker.h"
#include "matcher/index/row_range.h"

#include <math.h>
#include <string.h>

#define CHUNK_BYTES (PAIRS_IN_CHUNK * sizeof(struct join_pair))
#define MAX_ARENA_BYTES (1ull << 30)
#define REFINE_ROWS 64u
#define LOOP_ROWS 64u
#define PREPARE_ROWS 4096u

/* What one join of one try holds. */
struct part {
    const struct boss_join *join; /* NULL: all rows of B */
    bool ranged;
    struct shm row_range, index, pairs, ordered, signatures;
    struct side side; /* of A, if sliced */
    uint32_t n_items;
    uint64_t n_chunks;
};

/* One try at a run of rows of A. */
struct attempt {
    uint64_t row_from, row_to;
    bool overflow;
    double share; /* of the tiles that were done when the arena was full */
    uint64_t join_rows;
    uint32_t n_parts;
    struct part part[WIRE_MAX_OPTIONS];
};

static void attempt_open(struct attempt *t, const struct boss_job *job, uint64_t from, uint64_t to)
{
    *t = (struct attempt){.row_from = from, .row_to = to, .n_parts = job->n_joins};
    t->n_parts += t->n_parts == 0; /* all rows */
    for (uint32_t k = 0; k < t->n_parts; k++) {
        struct part *p = &t->part[k];
        p->join = k < job->n_joins ? &job->join[k] : NULL;
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

static const struct side *side_a(const struct boss_job *job, const struct part *p)
{
    return p->ranged ? &p->side : &job->view.field[p->join->field_a].side;
}

/* The task of a join: what worker_join_job reads. */
static struct wire_task join_task(const struct boss_job *job, const struct boss_join *join)
{
    struct wire_task task = job->task;
    for (uint32_t i = 0; metric_at(i); i++)
        if (metric_at(i) == join->use.metric)
            task.metric = i;
    for (uint32_t i = 0; join_at(i); i++)
        if (join_at(i) == join->join)
            task.join = i;
    task.view = join->use.view;
    task.n_args = join->use.n_args;
    memcpy(task.args, join->use.args, sizeof task.args);
    task.min = join->min;
    task.field_a = join->field_a;
    task.field_b = join->field_b;
    task.has_module = false;
    task.count = task.count && !job->refine;
    return task;
}

struct join_job boss_join_job(const struct boss_job *job, const struct boss_join *join)
{
    struct wire_task task = join_task(job, join);
    return worker_join_job(&task, &job->view, &job->view.field[join->field_a].side);
}

/* Makes the pair arena, unless pairs are only counted. They are put in order in as much memory
 * again and more, and workers have some of their own. */
static bool open_arena(const struct boss_job *job, struct wire_task *task, struct part *p,
                       struct err *e)
{
    uint64_t room = shm_available_bytes(),
             workers = (uint64_t)job->n_workers * BOSS_WORKER_BYTES / 3;
    uint64_t bytes = (room > workers ? room - workers : 0) / 3, least = 2ull * job->n_workers;
    p->n_chunks = task->max_chunks = 0;
    if (task->count)
        return true;
    uint64_t chunks = (bytes < MAX_ARENA_BYTES ? bytes : MAX_ARENA_BYTES) / CHUNK_BYTES;
    p->n_chunks = task->max_chunks = chunks > least ? chunks : least;
    return mem_check("the pairs that are found", 2 * least * CHUNK_BYTES, e) &&
           pairs_create(&p->pairs, p->n_chunks, e);
}

struct head {
    struct out *out;
    struct err *e;
    bool ok;
};

static void head_flush(void *context, const char *p, size_t n, uint32_t n_lines)
{
    (void)n_lines;
    struct head *h = context;
    h->ok = h->ok && out_write(h->out, p, n, h->e);
}

/* What stands before the first pair: the CSV header; it is there already where a run goes on. */
static bool write_head(struct boss_job *job, struct err *e)
{
    struct head h = {job->out, e, true};
    struct emit *emit = NULL;
    if (!job->out || job->out->bytes != job->head_at)
        return true;
    if (!emit_open(&emit, &job->task.emit, &job->table[0], &job->table[1], head_flush, &h, e))
        return false;
    emit_head(emit);
    emit_finish(emit);
    emit_close(emit);
    return h.ok;
}

/* ---- With a join -----------------------------------------------------------------------------*/

static bool build(struct boss_job *job, struct attempt *t, struct part *p, struct boss_result *r,
                  struct err *e)
{
    const struct side *whole = &job->view.field[p->join->field_a].side;
    double start = log_seconds();
    p->ranged = t->row_from > 0 || t->row_to < whole->n_rows;
    if (p->ranged) {
        if (!shm_create(&p->row_range, "a slice", (whole->n_rows + 1) * 32 + (1u << 20), e) ||
            !row_range_build(whole, t->row_from, t->row_to, &p->row_range, e))
            return false;
        row_range_view(&p->side, &p->row_range);
    }
    struct wire_task task = join_task(job, p->join);
    struct join_job join_job = worker_join_job(&task, &job->view, side_a(job, p));
    bool ok = shm_create(&p->index, "the index of the join", 1ull << 40, e) &&
              p->join->join->build(&join_job, &p->index, &p->n_items, e) &&
              shm_freeze(&p->index, e);
    r->build_seconds += log_seconds() - start;
    r->index_bytes = p->index.used_bytes > r->index_bytes ? p->index.used_bytes : r->index_bytes;
    return ok;
}

/* Runs the stage of a join; *s stays open. */
static bool run_join(struct boss_job *job, struct attempt *t, struct part *p, struct stage *s,
                     struct boss_result *r, struct err *e)
{
    struct wire_task task = join_task(job, p->join);
    task.stage = WIRE_JOIN;
    task.n_workers = job->n_workers;
    task.n_tiles = p->n_items;
    task.ranged = p->ranged;
    task.row_from = t->row_from;
    task.row_to = t->row_to;
    double start = log_seconds();
    if (!open_arena(job, &task, p, e))
        return false;
    *s = (struct stage){.job = job,
                        .join = &p->index,
                        .row_range = {p->ranged ? &p->row_range : NULL},
                        .arena = task.count ? NULL : &p->pairs,
                        .what = "matching",
                        .pairs_before = r->pairs};
    bool ok = stage_run(s, &task, e);
    r->join_seconds += log_seconds() - start;
    r->replaced += s->replaced;
    if (!ok)
        return false;
    t->overflow = stage_overflow(s, &t->share);
    return true;
}

static bool order(struct boss_job *job, struct part *p, const struct stage *s,
                  struct boss_result *r, struct err *e)
{
    const struct side *a = side_a(job, p);
    bool self = job->task.self && a == &job->view.field[p->join->field_b].side;
    double start = log_seconds();
    bool ok = shm_create(&p->ordered, "the ordered pairs",
                         2 * p->n_chunks * CHUNK_BYTES + a->n * 16ull + (1u << 20), e) &&
              pairs_order(&p->pairs, s->used, p->n_chunks, a->n, self, &p->ordered, e);
    shm_close(&p->pairs);
    r->order_seconds += log_seconds() - start;
    return ok;
}

/* One join of an attempt: its pairs in order, or, to be counted alone, how many they are. */
static bool run_part(struct boss_job *job, struct attempt *t, struct part *p, struct boss_result *r,
                     struct err *e)
{
    struct stage s = {.control = NULL};
    struct join_stats stats;
    uint64_t rows = 0;
    bool ok = build(job, t, p, r, e) && run_join(job, t, p, &s, r, e);
    shm_close(&p->index);
    if (ok && !t->overflow) {
        stage_sum(&s, &rows, &stats);
        t->join_rows += rows;
        r->join.pairs += stats.pairs;
        r->join.candidates += stats.candidates;
        r->join.verified += stats.verified;
        r->join.matches += stats.matches;
        ok = p->pairs.fd < 0 || order(job, p, &s, r, e);
    }
    stage_close(&s);
    return ok;
}

/* ---- From pairs of values to lines -----------------------------------------------------------*/

/* The cards of the part's gate; of B in the order of the rows that its pairs lead to. */
static bool build_signatures(struct boss_job *job, struct part *p, uint32_t prefilter,
                             struct err *e)
{
    const struct expr *x = &job->task.expr;
    const struct expr_term *t = &x->term[prefilter];
    const struct side *a = &job->view.field[x->column[t->column_a].field].side;
    const struct side *b = &job->view.field[x->column[t->column_b].field].side;
    const struct side *list = p->join ? &job->view.field[p->join->field_b].side : NULL;
    uint64_t n = list ? list->rows_begin[list->n] : b->n_rows;
    return shm_create(&p->signatures, "the cards of a column", (n + a->n_rows) * 32 + (1u << 20),
                      e) &&
           prefilter_build(&job->view.dictionary, a, b, list ? list->rows : NULL, n, &p->signatures,
                           e);
}

static bool set_options(struct boss_job *job, struct attempt *t, struct wire_task *task,
                        struct stage *s, struct err *e)
{
    task->n_options = t->n_parts;
    for (uint32_t k = 0; k < t->n_parts; k++) {
        struct part *p = &t->part[k];
        uint32_t prefilter = p->join ? p->join->prefilter : job->prefilter;
        task->option[k] =
            (struct wire_option){p->join ? p->join->term : EXPR_NONE, prefilter, p->ranged};
        if (prefilter != EXPR_NONE && !build_signatures(job, p, prefilter, e))
            return false;
        s->row_range[k] = p->ranged ? &p->row_range : NULL;
        s->pairs[k] = p->join ? &p->ordered : NULL;
        s->signatures[k] = prefilter != EXPR_NONE ? &p->signatures : NULL;
    }
    return true;
}

/* Leaves only the tapped rows to do, if that is what is wanted. */
static void leave_tapped(const struct boss_job *job, struct wire_task *task)
{
    if (!job->only_tapped)
        return;
    task->only_tapped = true;
    task->rows_per_tile = 1;
    task->n_tiles = job->audit_tap->n;
}

/* Tiles of `rows` rows from task->row_from on. */
static void cut_tiles(const struct boss_job *job, struct wire_task *task, uint64_t rows)
{
    task->rows_per_tile = rows;
    task->n_tiles = (task->row_to - task->row_from + rows - 1) / rows;
    leave_tapped(job, task);
}

static void begin_stage(const struct boss_job *job, uint64_t row_from, uint64_t row_to,
                        struct wire_task *task, enum wire_stage stage, uint64_t tile_rows)
{
    task->stage = stage;
    task->n_workers = job->n_workers;
    task->row_from = row_from;
    task->row_to = row_to;
    cut_tiles(job, task, tile_rows);
}

/* Runs a stage that writes, and closes it. */
static bool finish_stage(struct boss_job *job, struct stage *s, const struct wire_task *task,
                         struct boss_result *r, struct err *e)
{
    double start = log_seconds();
    s->pairs_before = r->pairs;
    bool ok = stage_run(s, task, e);
    if (ok && job->refine && task->stage != WIRE_EMIT)
        stage_tally(s, &r->tally);
    r->pairs += s->pairs_found;
    r->replaced += s->replaced;
    r->write_seconds += log_seconds() - start;
    stage_close(s);
    return ok;
}

/* The same with tiles of rows. Where one takes too long the rest is done with fewer rows a tile: a
 * worker that dies, a run that is stopped, and all others at the end shall not wait for hours. */
static bool finish_by_rows(struct boss_job *job, const struct stage *like, struct wire_task *task,
                           struct boss_result *r, struct err *e)
{
    for (;;) {
        struct stage s = *like;
        if (!finish_stage(job, &s, task, r, e))
            return false;
        uint64_t done = s.next_out * task->rows_per_tile;
        if (!s.too_slow || done >= task->row_to - task->row_from)
            return true;
        task->row_from += done;
        cut_tiles(job, task, task->rows_per_tile < 4 ? 1 : task->rows_per_tile / 4);
        log_verbose("rows take long; going on by %llu of them at a time",
                    (unsigned long long)task->rows_per_tile);
    }
}

/* Expands the pairs of the join, or writes pairs of rows. */
static bool run_emit(struct boss_job *job, struct attempt *t, struct shm *ordered, bool by_rows,
                     struct boss_result *r, struct err *e)
{
    struct wire_task task = join_task(job, t->part[0].join);
    struct stage s = {.job = job, .what = "writing", .pairs = {ordered}};
    s.row_range[0] = t->part[0].ranged ? &t->part[0].row_range : NULL;
    task.ranged = t->part[0].ranged;
    task.by_rows = by_rows;
    begin_stage(job, t->row_from, t->row_to, &task, WIRE_EMIT, 1);
    const struct side *a = by_rows ? NULL : side_a(job, &t->part[0]);
    const struct side *b = by_rows ? NULL : &job->view.field[task.field_b].side;
    struct pairs pairs;
    if (!pairs_cut(ordered, a, b, t->row_from, t->row_to, &task.n_tiles, e))
        return false;
    pairs_view(&pairs, shm_view_of(ordered));
    s.tile_row = pairs.tile_row;
    return finish_stage(job, &s, &task, r, e);
}

static bool run_refine(struct boss_job *job, struct attempt *t, struct boss_result *r,
                       struct err *e)
{
    struct wire_task task = job->task;
    struct stage s = {.job = job, .what = "scoring"};
    begin_stage(job, t->row_from, t->row_to, &task, WIRE_REFINE, REFINE_ROWS);
    return set_options(job, t, &task, &s, e) && finish_by_rows(job, &s, &task, r, e);
}

/* ---- Nesting ---------------------------------------------------------------------------------*/

/* Are the pairs of the only join such that another join within them pays? */
static bool can_nest(const struct boss_job *job, const struct attempt *t)
{
    struct pairs pairs;
    if (!job->refine || job->n_joins != 1 || t->part[0].join->prefilter == EXPR_NONE)
        return false;
    pairs_view(&pairs, shm_view_of(&t->part[0].ordered));
    return nested_join_pays(&pairs, side_a(job, &t->part[0]),
                            &job->view.field[t->part[0].join->field_b].side);
}

static bool nested_stage(struct boss_job *job, struct attempt *t, struct part *p, struct stage *s,
                         struct boss_result *r, struct err *e)
{
    struct wire_task task = job->task;
    struct pairs pairs;
    double start = log_seconds();
    *s = (struct stage){.job = job, .what = "scoring", .pairs_before = r->pairs};
    begin_stage(job, t->row_from, t->row_to, &task, WIRE_NESTED, REFINE_ROWS);
    pairs_view(&pairs, shm_view_of(&p->ordered));
    bool ok = set_options(job, t, &task, s, e) &&
              shm_create(&p->index, "the list of runs of rows", 1ull << 40, e) &&
              nested_join_build(&pairs, side_a(job, p), &job->view.field[p->join->field_b].side,
                                &p->index, &task.n_tiles, e) &&
              open_arena(job, &task, p, e);
    s->join = &p->index;
    s->arena = task.count ? NULL : &p->pairs;
    ok = ok && stage_run(s, &task, e);
    r->join_seconds += log_seconds() - start;
    r->replaced += s->replaced;
    if (ok)
        stage_tally(s, &r->tally);
    t->overflow = ok && stage_overflow(s, &t->share);
    return ok;
}

/* The pairs of rows that the nested joins find, counted or written. */
static bool run_nested(struct boss_job *job, struct attempt *t, struct boss_result *r,
                       struct err *e)
{
    struct part *p = &t->part[0];
    struct stage s = {.control = NULL};
    struct join_stats stats;
    struct shm ordered = {.fd = -1};
    uint64_t rows = 0, n = job->table[0].head->n_rows;
    bool ok = nested_stage(job, t, p, &s, r, e);
    if (ok && !t->overflow) {
        stage_sum(&s, &rows, &stats);
        if (job->task.count)
            r->pairs += rows;
        else
            ok = shm_create(&ordered, "the ordered pairs",
                            2 * p->n_chunks * CHUNK_BYTES + n * 16ull + (1u << 20), e) &&
                 pairs_order(&p->pairs, s.used, p->n_chunks, (uint32_t)n, false, &ordered, e);
    }
    stage_close(&s);
    ok = ok && (t->overflow || job->task.count || run_emit(job, t, &ordered, true, r, e));
    shm_close(&ordered);
    return ok;
}

/* Joins rows row_from.. of A and writes their matches, or finds that the arena is too small. */
static bool attempt_run(struct boss_job *job, struct attempt *t, struct boss_result *r,
                        struct err *e)
{
    for (uint32_t k = 0; k < job->n_joins && !t->overflow; k++)
        if (!run_part(job, t, &t->part[k], r, e))
            return false;
    if (t->overflow)
        return true;
    bool ok = true;
    if (can_nest(job, t))
        ok = run_nested(job, t, r, e);
    else if (job->refine)
        ok = run_refine(job, t, r, e);
    else if (!job->task.count)
        ok = run_emit(job, t, &t->part[0].ordered, false, r, e);
    else
        r->pairs += t->join_rows;
    r->row_ranges += ok && !t->overflow;
    return ok;
}

static bool run_row_ranges(struct boss_job *job, struct boss_result *r, struct err *e)
{
    uint64_t end = job->row_to, step = end - job->row_from;
    for (uint64_t from = job->row_from; from < end;) {
        struct attempt t;
        attempt_open(&t, job, from, from + step < end ? from + step : end);
        bool ok = attempt_run(job, &t, r, e);
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
        double next = floor((double)(t.row_to - from) * (t.share < 0.9 ? t.share : 0.9) * 0.7);
        step = next >= 1 ? (uint64_t)next : 1;
        log_verbose("the pairs do not fit into memory at once; going on by %llu rows of A",
                    (unsigned long long)step);
    }
    return true;
}

/* ---- Without -------------------------------------------------------------------------------- */

static bool run_loop(struct boss_job *job, struct boss_result *r, struct err *e)
{
    struct wire_task task = job->task;
    struct stage s = {.job = job, .what = "scoring"};
    uint64_t rows = job->row_to - job->row_from;
    begin_stage(job, job->row_from, job->row_to, &task, WIRE_LOOP,
                rows / 64 < LOOP_ROWS ? rows / 64 + 1 : LOOP_ROWS);
    r->row_ranges = 1;
    return finish_by_rows(job, &s, &task, r, e);
}

/* Has the scorer prepare all records. */
static bool prepare(struct boss_job *job, struct err *e)
{
    const char *what = "what the scorer prepares of the records";
    uint64_t rows = job->table[0].head->n_rows + job->table[1].head->n_rows;
    struct wire_task *task = &job->task;
    job->prepared = (struct shm){.fd = -1};
    task->prepared_bytes = job->scorer && task->has_module ? job->scorer->prepared_bytes : 0;
    if (!task->prepared_bytes)
        return true;
    if (!shm_create(&job->prepared, what, rows * task->prepared_bytes + 4096, e) ||
        !(task->prepared_at =
              shm_alloc(&job->prepared, what, rows * task->prepared_bytes + 64, 64, e)))
        return false;
    struct wire_task prepare = *task;
    struct stage s = {.job = job, .what = "preparing", .prepared = &job->prepared};
    prepare.stage = WIRE_PREPARE;
    prepare.n_workers = job->n_workers;
    prepare.rows_per_tile = PREPARE_ROWS;
    prepare.n_tiles = (rows + PREPARE_ROWS - 1) / PREPARE_ROWS;
    bool ok = stage_run(&s, &prepare, e);
    stage_close(&s);
    return ok;
}

/* Tries what the scorer claims, before anything rests on it. */
static bool try_claim(struct boss_job *job, struct err *e)
{
    struct wire_task task = job->task;
    struct stage s = {.job = job, .what = "trying AXB_MONOTONE"};
    if (job->claim == EXPR_NONE)
        return true;
    task.stage = WIRE_CLAIM;
    task.n_workers = 1;
    task.n_tiles = 1;
    task.goal.where = job->claim;
    task.self = false;
    uint64_t n_rejects = job->rejects ? job->rejects->n : 0;
    bool ok = stage_run(&s, &task, e);
    stage_close(&s);
    if (job->rejects)
        job->rejects->n = n_rejects; /* the run may not score those that failed here */
    return ok;
}

bool boss_score(struct boss_job *job, uint64_t row_a, uint64_t row_b, double *score, struct err *e)
{
    stage_catch_signals();
    bool ok = prepare(job, e);
    struct wire_task task = job->task;
    struct stage s = {.job = job, .what = "scoring"};
    task.stage = WIRE_PROBE;
    task.n_workers = 1;
    task.n_tiles = 1;
    task.row_from = row_a;
    task.row_to = row_a + 1;
    task.probe_from = row_b;
    task.probe_to = row_b + 1;
    ok = ok && stage_run(&s, &task, e);
    if (ok)
        *score = s.control->slot[0].score;
    stage_close(&s);
    shm_close(&job->prepared);
    log_progress_end();
    return ok;
}

/* By joins, or all pairs; there may be none that can match. */
static bool run_pairs(struct boss_job *job, struct boss_result *r, struct err *e)
{
    if (job->nothing)
        return true;
    return job->n_joins || job->refine ? run_row_ranges(job, r, e) : run_loop(job, r, e);
}

bool boss_run(struct boss_job *job, struct boss_result *result, struct err *e)
{
    *result = (struct boss_result){.pairs = job->pairs_before};
    stage_catch_signals();
    bool ok =
        prepare(job, e) && try_claim(job, e) && write_head(job, e) && run_pairs(job, result, e);
    shm_close(&job->prepared);
    log_progress_end();
    if (ok && job->task.count && job->max_results && result->pairs > job->max_results)
        ok = err_set(e, ERR_STOPPED, "raise --min, or raise --max-results",
                     "more than %llu pairs match (--max-results)",
                     (unsigned long long)job->max_results);
    return ok;
}
