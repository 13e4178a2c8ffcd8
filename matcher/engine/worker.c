/* Starting a worker, the tiles of a join, and the way to the other stages. */
#include "matcher/engine/worker.h"
#include "core/process.h"
#include "core/shm.h"
#include "core/topology.h"

#include "core/sandbox.h"
#include "matcher/engine/pairs.h"
#include "matcher/engine/worker_internal.h"
#include "matcher/index/row_range.h"
#include "matcher/join/join.h"
#include "matcher/scorer/scorer.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct metric_use worker_metric_use(const struct wire_task *task)
{
    struct metric_use use = {.metric = metric_at(task->metric),
                             .view = (enum metric_view)task->view,
                             .n_args = task->n_args};
    memcpy(use.args, task->args, sizeof use.args);
    return use;
}

struct join_job worker_join_job(const struct wire_task *task, const struct index *index,
                                const struct side *a)
{
    return (struct join_job){
        .use = worker_metric_use(task),
        .min = task->min,
        .self = task->self && a == &index->field[task->field_b].side,
        .prune = task->prune,
        .dictionary = &index->dictionary,
        .a = a,
        .b = &index->field[task->field_b].side,
    };
}

/* ---- The join stage --------------------------------------------------------------------------*/

void worker_resume_pairs(struct worker *w, struct pairs_writer *writer, struct join_stats *stats,
                         const struct side *a, const struct side *b)
{
    const struct wire_slot *slot = &w->control->slot[w->number];
    uint64_t n = atomic_load(&slot->commits);
    *stats = n > 0 ? slot->commit[(n - 1) % 2].stats : (struct join_stats){0};
    pairs_writer_init(writer, w->control, w->number, a, b, (char *)(uintptr_t)w->pairs,
                      w->pairs_fd);
    writer->rows = n > 0 ? slot->commit[(n - 1) % 2].rows : 0;
}

void worker_commit_pairs(struct wire_slot *slot, uint64_t tile, struct pairs_writer *writer,
                         const struct join_stats *stats, struct wire_control *control)
{
    uint64_t n = atomic_load_explicit(&slot->commits, memory_order_relaxed);
    struct wire_commit *c = &slot->commit[n % 2];
    pairs_writer_state(writer, &c->n_chunks, &c->used);
    c->tile = tile;
    c->rows = writer->rows;
    c->stats = *stats;
    atomic_store_explicit(&slot->commits, n + 1, memory_order_release);
    atomic_store_explicit(&slot->pairs_done, stats->pairs, memory_order_relaxed);
    wire_tile_done(control, tile);
}

static bool worker_join(struct worker *w, struct err *e)
{
    struct wire_control *c = w->control;
    struct wire_slot *slot = &c->slot[w->number];
    const struct join *join = join_at(c->task.join);
    struct join_job job = worker_join_job(&c->task, &w->index, w->a);
    struct pairs_writer writer;
    struct join_stats stats;
    void *scratch = NULL;
    if (!join->open(&job, w->join_index, &scratch, e))
        return false;
    worker_resume_pairs(w, &writer, &stats, job.a, job.b);
    for (uint64_t tile; (tile = wire_next_tile(c, slot)) != WIRE_NO_TILE;) {
        join->run(&job, w->join_index, scratch, (uint32_t)tile, &writer.sink, &stats);
        worker_commit_pairs(slot, tile, &writer, &stats, c);
    }
    join->close(scratch);
    return true;
}

/* ---- All stages ------------------------------------------------------------------------------*/

bool worker_loop(struct worker *w, struct err *e)
{
    switch ((enum wire_stage)w->control->task.stage) {
    case WIRE_JOIN:
        return worker_join(w, e);
    case WIRE_EMIT:
        return worker_emit(w, e);
    case WIRE_PREPARE:
        return worker_prepare(w, e);
    case WIRE_CLAIM:
        return worker_claim(w, e);
    case WIRE_NESTED:
        return worker_nested(w, e);
    case WIRE_REFINE:
        return worker_refine(w, e);
    case WIRE_LOOP:
        return worker_score(w, e);
    case WIRE_PROBE:
        return worker_probe(w, e);
    }
    return err_set(e, ERR_SOFTWARE, NULL, "unknown stage %u", w->control->task.stage);
}

/* ---- The process -----------------------------------------------------------------------------*/

static bool attach_tables(struct worker *w, struct err *e)
{
    for (int side = 0; side < 2; side++) {
        struct shm s;
        if (!shm_attach(&s, WIRE_FD_TABLE_A + side, false, e) ||
            !table_view(&w->tables[side], &s, e))
            return false;
    }
    return true;
}

static bool attach_index(struct worker *w, struct err *e)
{
    struct shm s;
    if (!shm_attach(&s, WIRE_FD_INDEX, false, e) || !index_view(&w->index, &s, e))
        return false;
    scorer_bind_words(&w->index.dictionary);
    w->a = &w->index.field[w->control->task.field_a].side;
    if (!w->control->task.ranged)
        return true;
    if (!shm_attach(&s, WIRE_FD_ROW_RANGE, false, e))
        return false;
    row_range_view(&w->row_range, &s);
    w->a = &w->row_range;
    return true;
}

static bool attach_options(struct worker *w, struct err *e)
{
    const struct wire_task *task = &w->control->task;
    struct shm s;
    for (uint32_t k = 0; k < task->n_options; k++) {
        const struct wire_option *o = &task->option[k];
        struct worker_option *mine = &w->option[k];
        if (o->ranged) {
            if (!shm_attach(&s, (int)(WIRE_FD_ROW_RANGE + k), false, e))
                return false;
            row_range_view(&mine->row_range, &s);
        }
        if (o->term != EXPR_NONE) {
            if (!shm_attach(&s, (int)(WIRE_FD_PAIRS + k), false, e))
                return false;
            mine->pairs = s.base;
        }
        if (o->prefilter != EXPR_NONE) {
            if (!shm_attach(&s, (int)(WIRE_FD_SIGNATURES + k), false, e))
                return false;
            mine->signatures = s.base;
        }
    }
    return true;
}

static int by_key(const void *p, const void *q)
{
    const uint64_t *x = p, *y = q;
    return *x < *y ? -1 : *x > *y;
}

/* The pairs that are not to be scored, by now. A pair that is added later is of a tile whose worker
 * has died. */
static bool copy_rejects(struct worker *w, struct err *e)
{
    struct wire_control *c = w->control;
    w->n_rejects = atomic_load_explicit(&c->n_rejects, memory_order_acquire);
    if (w->n_rejects == 0)
        return true;
    w->rejects = malloc(w->n_rejects * sizeof *w->rejects);
    if (!w->rejects)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    memcpy(w->rejects, wire_rejects(c), w->n_rejects * sizeof *w->rejects);
    qsort(w->rejects, w->n_rejects, sizeof *w->rejects, by_key);
    return true;
}

/* What this stage has besides tables and index. */
static bool attach_stage(struct worker *w, struct err *e)
{
    const struct wire_task *task = &w->control->task;
    struct shm s;
    bool finds = task->stage == WIRE_JOIN || task->stage == WIRE_NESTED;
    if (finds) {
        if (!shm_attach(&s, WIRE_FD_JOIN, false, e))
            return false;
        w->join_index = s.base;
        w->pairs_fd = WIRE_FD_ARENA;
    }
    if (finds && !task->count) {
        if (!shm_attach(&s, WIRE_FD_ARENA, true, e))
            return false;
        w->pairs = s.base;
    }
    if (task->stage == WIRE_EMIT) {
        if (!shm_attach(&s, WIRE_FD_PAIRS, false, e))
            return false;
        w->pairs = s.base;
    }
    if ((task->stage == WIRE_REFINE || task->stage == WIRE_NESTED) && !attach_options(w, e))
        return false;
    if (task->has_module && task->prepared_bytes) {
        if (!shm_attach(&s, WIRE_FD_PREPARED, task->stage == WIRE_PREPARE, e))
            return false;
        w->prepared = s.base + task->prepared_at;
    }
    return !task->has_module || (sandbox_enter(e) && scorer_attach(WIRE_FD_MODULE, &w->module, e));
}

static bool attach_control(struct worker *w, struct err *e)
{
    struct shm s;
    if (!shm_attach(&s, WIRE_FD_CONTROL, true, e))
        return false;
    w->control = wire_control(&s);
    if (w->control->magic != WIRE_MAGIC || w->number >= w->control->task.n_workers)
        return err_set(e, ERR_SOFTWARE, NULL, "the control segment is not one of ours");
    return true;
}

static int worker_run(unsigned number)
{
    struct err e = {0};
    struct worker w = {.number = number};
    if (!attach_control(&w, &e)) {
        err_print(&e, stderr);
        return (int)e.status;
    }
    struct wire_slot *slot = &w.control->slot[number];
    struct err unbound = {0};
    (void)topo_bind_self(&slot->place, &unbound); /* never fatal: it is only slower */
    atomic_store(&slot->state, WIRE_RUNNING);
    if (w.control->task.has_module && w.control->task.worker_bytes)
        proc_bound_memory(w.control->task.worker_bytes);
    bool ok = attach_tables(&w, &e) && attach_index(&w, &e) && copy_rejects(&w, &e) &&
              attach_stage(&w, &e) && worker_loop(&w, &e);
    int status = ok ? 0 : err_status(&e);
    if (!ok)
        slot->error = e;
    atomic_store_explicit(&slot->state, ok ? WIRE_DONE : WIRE_FAILED, memory_order_release);
    wire_wake(&w.control->doorbell);
    return status;
}

/* axb worker run NUMBER PARENT | compile … | probe … */
int worker_main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[0], "run") == 0) {
        proc_die_with_parent(argc > 2 ? (pid_t)strtol(argv[2], NULL, 10) : getppid());
        signal(SIGINT, SIG_IGN); /* a terminal sends them to all of us; the boss decides */
        signal(SIGTERM, SIG_IGN);
        return worker_run((unsigned)strtoul(argv[1], NULL, 10));
    }
    if (argc >= 1 && strcmp(argv[0], "compile") == 0)
        return scorer_compile_child(argc - 1, argv + 1);
    if (argc >= 1 && strcmp(argv[0], "probe") == 0)
        return scorer_probe_child(argc - 1, argv + 1);
    if (argc >= 1 && strcmp(argv[0], "terms") == 0)
        return scorer_terms_child(argc - 1, argv + 1);
    struct err e = {0};
    err_set(&e, ERR_USAGE, "it is started by axb itself", "`axb worker` is internal");
    err_print(&e, stderr);
    return ERR_USAGE;
}
