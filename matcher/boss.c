/* The order of things in a run: join, order, emit, slice by slice; or one loop over all pairs. */
#include "matcher/boss.h"

#include "core/log.h"
#include "data/emit.h"
#include "matcher/pairs.h"
#include "matcher/slice.h"
#include "matcher/stage.h"
#include "matcher/worker.h"

#include <math.h>
#include <string.h>

#define CHUNK_BYTES (PAIRS_IN_CHUNK * sizeof(struct join_pair))
#define MAX_ARENA_BYTES (512ull << 20)
#define LOOP_ROWS 64u

/* What one try at a run of rows of A holds. */
struct attempt {
    uint64_t row_from, row_to;
    bool sliced, overflow;
    double share; /* of the tiles that were done when the arena was full */
    struct shm slice, join, pairs, ordered;
    struct side side; /* of A */
    uint32_t n_items;
    const uint32_t *used;
    uint64_t n_chunks;
};

static void attempt_close(struct attempt *t)
{
    shm_close(&t->slice);
    shm_close(&t->join);
    shm_close(&t->pairs);
    shm_close(&t->ordered);
}

static const struct side *side_a(const struct boss_job *job, const struct attempt *t)
{
    return t->sliced ? &t->side : &job->view.field[job->task.field_a].side;
}

static uint64_t arena_chunks(const struct boss_job *job)
{
    uint64_t room = shm_room_bytes(), memory = mem_room_bytes();
    room = room < memory ? room : memory;
    if (job->max_memory_bytes && job->max_memory_bytes < room)
        room = job->max_memory_bytes;
    room /= 4;
    room = room < MAX_ARENA_BYTES ? room : MAX_ARENA_BYTES;
    uint64_t chunks = room / CHUNK_BYTES;
    return chunks > 2 * job->n_workers ? chunks : 2ull * job->n_workers;
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

/* What stands before the first pair: the CSV header. */
static bool write_head(struct boss_job *job, struct err *e)
{
    struct head h = {job->out, e, true};
    struct emit *emit = NULL;
    if (job->task.count)
        return true;
    if (!emit_open(&emit, &job->task.emit, &job->table[0], &job->table[1], head_flush, &h, e))
        return false;
    emit_head(emit);
    emit_finish(emit);
    emit_close(emit);
    return h.ok;
}

/* ---- With a join -----------------------------------------------------------------------------*/

static bool build(struct boss_job *job, struct attempt *t, struct boss_result *r, struct err *e)
{
    const struct side *whole = &job->view.field[job->task.field_a].side;
    double start = log_seconds();
    t->sliced = t->row_from > 0 || t->row_to < whole->n_rows;
    if (t->sliced) {
        if (!shm_create(&t->slice, "a slice", (whole->n_rows + 1) * 32 + (1u << 20), e) ||
            !slice_build(whole, t->row_from, t->row_to, &t->slice, e))
            return false;
        slice_view(&t->side, &t->slice);
    }
    struct join_job join_job = worker_join_job(&job->task, &job->view, side_a(job, t));
    bool ok = shm_create(&t->join, "the index of the join", 1ull << 40, e) &&
              job->join->build(&join_job, &t->join, &t->n_items, e);
    r->build_seconds += log_seconds() - start;
    r->index_bytes = t->join.used_bytes > r->index_bytes ? t->join.used_bytes : r->index_bytes;
    return ok;
}

static bool run_join(struct boss_job *job, struct attempt *t, struct stage *s,
                     struct boss_result *r, struct err *e)
{
    struct wire_task task = job->task;
    task.stage = WIRE_JOIN;
    task.n_workers = job->n_workers;
    task.n_tiles = t->n_items;
    task.sliced = t->sliced;
    task.row_from = t->row_from;
    task.row_to = t->row_to;
    task.max_chunks = task.count ? 0 : arena_chunks(job);
    double start = log_seconds();
    if (!task.count && !pairs_create(&t->pairs, task.max_chunks, e))
        return false;
    *s = (struct stage){.job = job,
                        .join = &t->join,
                        .slice = t->sliced ? &t->slice : NULL,
                        .pairs = task.count ? NULL : &t->pairs,
                        .what = "matching",
                        .pairs_before = r->pairs};
    bool ok = stage_run(s, &task, e);
    r->join_seconds += log_seconds() - start;
    r->replaced += s->replaced;
    if (!ok)
        return false;
    t->overflow = stage_overflow(s, &t->share);
    t->used = s->used;
    t->n_chunks = task.max_chunks;
    return true;
}

static bool run_emit(struct boss_job *job, struct attempt *t, uint64_t n_tiles,
                     struct boss_result *r, struct err *e)
{
    double start = log_seconds();
    struct wire_task task = job->task;
    task.stage = WIRE_EMIT;
    task.n_workers = job->n_workers;
    task.sliced = t->sliced;
    task.row_from = t->row_from;
    task.row_to = t->row_to;
    task.n_tiles = n_tiles;
    struct stage s = {.job = job,
                      .slice = t->sliced ? &t->slice : NULL,
                      .pairs = &t->ordered,
                      .what = "writing",
                      .pairs_before = r->pairs};
    bool ok = stage_run(&s, &task, e);
    r->pairs += s.pairs_found;
    r->replaced += s.replaced;
    stage_close(&s);
    r->write_seconds += log_seconds() - start;
    return ok;
}

static bool order_and_emit(struct boss_job *job, struct attempt *t, struct boss_result *r,
                           struct err *e)
{
    const struct side *a = side_a(job, t), *b = &job->view.field[job->task.field_b].side;
    uint64_t n_tiles = 0;
    double start = log_seconds();
    bool ok = shm_create(&t->ordered, "the ordered pairs",
                         2 * t->n_chunks * CHUNK_BYTES + a->n * 16ull + (1u << 20), e) &&
              pairs_order(&t->pairs, t->used, t->n_chunks, a->n, job->task.self && a == b,
                          &t->ordered, e) &&
              pairs_cut(&t->ordered, a, b, t->row_from, t->row_to, &n_tiles, e);
    shm_close(&t->pairs);
    r->order_seconds += log_seconds() - start;
    return ok && run_emit(job, t, n_tiles, r, e);
}

/* Joins rows row_from.. of A and writes their matches, or finds that the arena is too small. */
static bool attempt_run(struct boss_job *job, struct attempt *t, struct boss_result *r,
                        struct err *e)
{
    struct stage s = {.control = NULL};
    struct join_stats stats;
    uint64_t rows = 0;
    bool ok = build(job, t, r, e) && run_join(job, t, &s, r, e);
    shm_close(&t->join);
    if (ok && !t->overflow) {
        stage_sum(&s, &rows, &stats);
        r->join.pairs += stats.pairs;
        r->join.candidates += stats.candidates;
        r->join.verified += stats.verified;
        r->join.matches += stats.matches;
        r->slices++;
        if (job->task.count)
            r->pairs += rows;
        else
            ok = order_and_emit(job, t, r, e);
    }
    stage_close(&s);
    return ok;
}

static bool run_slices(struct boss_job *job, struct boss_result *r, struct err *e)
{
    uint64_t n = job->table[0].head->n_rows, step = n;
    for (uint64_t from = 0; from < n;) {
        struct attempt t = {.row_from = from,
                            .row_to = from + step < n ? from + step : n,
                            .slice.fd = -1,
                            .join.fd = -1,
                            .pairs.fd = -1,
                            .ordered.fd = -1};
        bool ok = attempt_run(job, &t, r, e);
        attempt_close(&t);
        if (!ok)
            return false;
        if (!t.overflow) {
            from = t.row_to;
            continue;
        }
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
    uint64_t rows = job->sample_rows ? job->sample_rows : job->table[0].head->n_rows;
    double start = log_seconds();
    task.stage = WIRE_LOOP;
    task.n_workers = job->n_workers;
    task.row_to = rows;
    task.rows_per_tile = rows / 64 < LOOP_ROWS ? rows / 64 + 1 : LOOP_ROWS;
    task.n_tiles = (rows + task.rows_per_tile - 1) / task.rows_per_tile;
    struct stage s = {.job = job, .what = "scoring"};
    bool ok = stage_run(&s, &task, e);
    r->pairs += s.pairs_found;
    r->replaced += s.replaced;
    r->slices = 1;
    r->write_seconds += log_seconds() - start;
    stage_close(&s);
    return ok;
}

bool boss_run(struct boss_job *job, struct boss_result *result, struct err *e)
{
    *result = (struct boss_result){0};
    stage_catch_signals();
    bool ok =
        write_head(job, e) && (job->join ? run_slices(job, result, e) : run_loop(job, result, e));
    log_progress_end();
    if (ok && job->task.count && job->max_results && result->pairs > job->max_results)
        ok = err_set(e, ERR_STOPPED, "raise --min, or raise --max-results",
                     "more than %llu pairs match (--max-results)",
                     (unsigned long long)job->max_results);
    return ok;
}
