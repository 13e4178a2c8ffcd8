/* Starting a worker, the tiles of a join, and the way to the other stages. */
#include "matcher/worker/worker.h"
#include "core/machine/topology.h"
#include "core/process.h"
#include "core/shm.h"

#include "core/sandbox.h"
#include "core/sort.h"
#include "matcher/engine/pairs.h"
#include "matcher/index/row_range.h"
#include "matcher/join/join.h"
#include "matcher/scorer/scorer.h"
#include "matcher/worker/worker_internal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct metric_use worker_metric_use(const struct wire_metric *metric,
                                    const struct wire_sides *sides, const struct index *index)
{
    const struct metric *row = metric_at(metric->metric);
    struct metric_use use = {.metric = row,
                             .view = (enum metric_view)metric->view,
                             .n_args = metric->n_args,
                             .formed = row->form != TEXT_FORM_VALUE,
                             .idf = index_idf(index, sides->field_a, sides->field_b),
                             .rarity = index_rarity(index, sides->field_a, sides->field_b)};
    memcpy(use.args, metric->args, sizeof use.args);
    return use;
}

struct join_job worker_join_job(const struct wire_task *task, const struct index *index,
                                const struct side *a, struct shm_view half)
{
    const struct side *b = &index->field[task->sides.field_b].side;
    return (struct join_job){
        .use = worker_metric_use(&task->join.metric, &task->sides, index),
        .need = task->join.need,
        .self = task->self && a == b,
        .prune = task->prune,
        .dictionary = &index->dictionary,
        .a = a,
        .b = b,
        .half = task->self && a == b ? (struct shm_view){NULL, 0} : half,
    };
}

/* ---- Tiles that are done ---------------------------------------------------------------------*/

void worker_commit(struct worker *w, struct wire_frame frame)
{
    struct wire_done *done = w->done;
    struct histogram_bin *bin = (void *)(done->chunk + done->n_chunks);
    if (w->task->bins) {
        done->n_bins = w->histogram.n;
        done->level = w->histogram.level;
        histogram_copy(&w->histogram, bin);
        histogram_clear(&w->histogram);
    }
    struct wire_failed *failed = (void *)(bin + done->n_bins);
    if (done->n_failed)
        memcpy(failed, w->failed, done->n_failed * sizeof *failed);
    frame.bytes = (uint32_t)((char *)(failed + done->n_failed) - (char *)done);
    frame.last = 1;
    wire_put(&w->wire, frame, done);
    memset(done, 0, sizeof *done);
}

void worker_note_failed(struct worker *w, uint64_t row_a, uint64_t row_b, const char *reason)
{
    struct wire_done *done = w->done;
    for (uint32_t k = done->n_failed; k && w->failed[k - 1].row_a == row_a; k--)
        if (w->failed[k - 1].row_b == row_b)
            return; /* another option has found the pair, too */
    done->work.failed++;
    if (done->n_failed == WIRE_MAX_FAILED)
        return;
    struct wire_failed *x = &w->failed[done->n_failed++];
    *x = (struct wire_failed){.row_a = (uint32_t)row_a, .row_b = (uint32_t)row_b};
    snprintf(x->reason, sizeof x->reason, "%s", reason);
}

void worker_open_pairs(struct worker *w, struct pairs_writer *writer, const struct side *a,
                       const struct side *b)
{
    pairs_writer_init(writer, &w->wire, w->done, a, b, (void *)(uintptr_t)w->pairs.base,
                      w->pairs_fd);
    writer->histogram = w->task->bins ? &w->histogram : NULL;
}

void worker_commit_pairs(struct worker *w, uint64_t tile, struct pairs_writer *writer)
{
    pairs_writer_settle(writer);
    worker_commit(w, (struct wire_frame){.tile = (uint32_t)tile});
}

/* ---- The join stage --------------------------------------------------------------------------*/

static bool work_join(struct worker *w, struct err *e)
{
    const struct join *join = join_at(w->task->join.join);
    struct join_job job = worker_join_job(w->task, &w->index, w->a, w->half);
    struct pairs_writer writer;
    void *scratch = NULL;
    if (!join->open(&job, w->join_index, &scratch, e))
        return false;
    worker_open_pairs(w, &writer, job.a, job.b);
    for (uint64_t tile; (tile = wire_next_tile(&w->wire)) != WIRE_NO_TILE;) {
        join->run(&job, w->join_index, scratch, (uint32_t)tile, &writer.sink, &w->done->work.stats);
        worker_commit_pairs(w, tile, &writer);
    }
    join->close(scratch);
    return true;
}

const struct stage_kind stage_join = {
    .what = "matching",
    .work = work_join,
    .finds_pairs = true,
    .has_sides = true,
};

/* ---- All stages ------------------------------------------------------------------------------*/

bool worker_loop(struct worker *w, struct err *e)
{
    const struct stage_kind *kind = stage_kind_at(w->task->kind);
    const size_t n_failed = w->task->module.may_fail ? WIRE_MAX_FAILED : 0;
    const size_t chunks = w->wire.orders->max_chunks * sizeof *w->done->chunk;
    const size_t bins = w->task->bins * sizeof(struct histogram_bin);
    w->done = calloc(1, sizeof *w->done + chunks + bins + n_failed * sizeof *w->failed);
    w->failed = calloc(n_failed + 1, sizeof *w->failed);
    bool ok = (w->done && w->failed) || err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    ok = ok && (!bins || histogram_open(&w->histogram, w->task->bins, w->task->least, e)) &&
         kind->work(w, e);
    histogram_close(&w->histogram);
    free(w->failed);
    free(w->done);
    return ok;
}

/* ---- The process -----------------------------------------------------------------------------*/

/* Maps what is under a descriptor: a segment, or a piece of a file. */
static bool attach(const struct worker *w, struct shm *s, int fd, bool writable, struct err *e)
{
    const struct wire_piece *piece = &w->wire.orders->piece[fd];
    return piece->bytes ? shm_attach_piece(s, fd, piece->at, piece->bytes, e)
                        : shm_attach(s, fd, writable, e);
}

static bool attach_tables(struct worker *w, struct err *e)
{
    for (int side = 0; side < 2; side++) {
        struct shm s;
        if (!attach(w, &s, WIRE_FD_TABLE_A + side, false, e) ||
            !table_view(&w->tables[side], &s, e))
            return false;
    }
    return true;
}

static bool attach_items(struct worker *w, struct err *e)
{
    struct shm s;
    return attach(w, &s, WIRE_FD_JOIN, false, e) && map_items_view(&w->items, shm_view_of(&s), e);
}

static bool attach_index(struct worker *w, struct err *e)
{
    struct shm s;
    if (!attach(w, &s, WIRE_FD_INDEX, false, e) || !index_view(&w->index, &s, e))
        return false;
    scorer_bind_dictionary(&w->index.dictionary);
    return true;
}

/* Attaches the tables and the index; or the items in their place. */
static bool attach_inputs(struct worker *w, struct err *e)
{
    return stage_kind_at(w->task->kind)->by_item ? attach_items(w, e)
                                                 : attach_tables(w, e) && attach_index(w, e);
}

/* Attaches the side of A that is compared: the whole, or a range of its rows. */
static bool attach_side(struct worker *w, struct err *e)
{
    const struct wire_sides *sides = &w->task->sides;
    struct shm s;
    w->a = &w->index.field[sides->field_a].side;
    if (!sides->ranged)
        return true;
    if (!attach(w, &s, wire_option_fd(0, WIRE_ROW_RANGE), false, e))
        return false;
    row_range_view(&w->row_range, &s);
    w->a = &w->row_range;
    return true;
}

static bool attach_view(const struct worker *w, struct shm_view *view, int fd, bool writable,
                        struct err *e)
{
    struct shm s;
    if (!attach(w, &s, fd, writable, e))
        return false;
    *view = shm_view_of(&s);
    return true;
}

/* Attaches the compounds of an option, or of a pair stage, whose own segment is under `fd`. */
static bool attach_compounds(const struct worker *w, struct pair_join *join, uint32_t option,
                             int fd, struct err *e)
{
    struct shm_view own, half = {NULL, 0};
    if (!attach_view(w, &own, fd, false, e) ||
        (pair_join_halved(own) &&
         !attach_view(w, &half, wire_option_fd(option, WIRE_COMPOUNDS), false, e)))
        return false;
    pair_join_view(join, own, half);
    return true;
}

static bool attach_options(struct worker *w, struct err *e)
{
    const struct wire_task *task = w->task;
    struct shm s;
    for (uint32_t k = 0; k < task->refine.n_options; k++) {
        const struct wire_option *o = &task->refine.option[k];
        struct worker_option *mine = &w->option[k];
        if (o->ranged) {
            if (!attach(w, &s, wire_option_fd(k, WIRE_ROW_RANGE), false, e))
                return false;
            row_range_view(&mine->row_range, &s);
        }
        if (o->compound &&
            !attach_compounds(w, &mine->compounds, k, wire_option_fd(k, WIRE_ROW_RANGE), e))
            return false;
        if (o->term != EXPR_NONE &&
            !attach_view(w, &mine->pairs, wire_option_fd(k, WIRE_PAIRS), false, e))
            return false;
        if (o->prefilter != EXPR_NONE &&
            !attach_view(w, &mine->signatures, wire_option_fd(k, WIRE_SIGNATURES), false, e))
            return false;
    }
    return !task->refine.profiled || attach_view(w, &w->profiles, WIRE_FD_JOIN, false, e);
}

static bool attach_lists(struct worker *w, struct err *e)
{
    const struct wire_task *task = w->task;
    return attach_compounds(w, &w->compounds, 0, WIRE_FD_JOIN, e) &&
           attach_view(w, &w->list[0], wire_option_fd(0, WIRE_PAIRS), false, e) &&
           (!task->pair.listed ||
            attach_view(w, &w->list[1], wire_option_fd(1, WIRE_PAIRS), false, e)) &&
           (!task->pair.filtered ||
            attach_view(w, &w->signatures, wire_option_fd(0, WIRE_SIGNATURES), false, e));
}

/* The pairs that are not to be scored, by now. A pair that is added later is of a tile whose worker
 * has died. */
static bool copy_rejects(struct worker *w, struct err *e)
{
    const struct wire_orders *orders = w->wire.orders;
    w->n_rejects = atomic_load_explicit(&orders->n_rejects, memory_order_acquire);
    if (w->n_rejects == 0)
        return true;
    w->rejects = malloc(w->n_rejects * sizeof *w->rejects);
    if (!w->rejects)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    memcpy(w->rejects, wire_rejects(orders), w->n_rejects * sizeof *w->rejects);
    sort_u64(w->rejects, w->n_rejects);
    return true;
}

/* Has the join made its half of B before? */
static bool is_halved(const struct wire_task *task)
{
    return task->kind == stage_kind_number(&stage_join) && task->join.halved;
}

/* Attaches what a stage needs to find pairs: the join's index or the items, and the pair arena. */
static bool attach_arena(struct worker *w, struct err *e)
{
    if (!attach_view(w, &w->join_index, WIRE_FD_JOIN, false, e))
        return false;
    w->pairs_fd = WIRE_FD_ARENA;
    if (is_halved(w->task) && !attach_view(w, &w->half, WIRE_FD_HALF, false, e))
        return false;
    return w->task->count || attach_view(w, &w->pairs, WIRE_FD_ARENA, true, e);
}

/* Loads the user's code. A library that was made for speed sets how its process computes, as soon
 * as it is loaded; that is taken back. */
static bool load_code(struct worker *w, worker_load_fn *load, struct err *e)
{
    w->float_mode = float_mode_get();
    const bool ok = load(w, e);
    float_mode_set(w->float_mode);
    return ok;
}

/* Attaches what the scorer has prepared, and loads the user's code; from here on in its sandbox. */
static bool attach_module(struct worker *w, bool prepares, worker_load_fn *load, struct err *e)
{
    const struct wire_module *module = &w->task->module;
    struct shm s;
    if (module->prepared_bytes) {
        if (!attach(w, &s, WIRE_FD_PREPARED, prepares, e))
            return false;
        w->prepared = s.base + module->prepared_at;
    }
    return sandbox_enter(e) && proc_end_with(WIRE_FD_LIFE, e) && load_code(w, load, e);
}

/* Attaches the ordered pairs of one join, and what lines say of the rows of B. */
static bool attach_pairs(struct worker *w, struct err *e)
{
    return attach_view(w, &w->pairs, wire_option_fd(0, WIRE_PAIRS), false, e) &&
           (!w->task->emit.has_texts || attach_view(w, &w->texts, WIRE_FD_JOIN, false, e));
}

/* Attaches what this stage has besides tables and index. */
static bool attach_stage(struct worker *w, worker_load_fn *load, struct err *e)
{
    const struct wire_task *task = w->task;
    const struct stage_kind *kind = stage_kind_at(task->kind);
    return (!kind->has_sides || attach_side(w, e)) && (!kind->finds_pairs || attach_arena(w, e)) &&
           (!kind->reads_pairs || attach_pairs(w, e)) && (!kind->has_lists || attach_lists(w, e)) &&
           (!kind->has_options || attach_options(w, e)) &&
           (!(kind->runs_module && task->module.any) || attach_module(w, kind->by_record, load, e));
}

static bool attach_wire(struct worker *w, unsigned number, struct err *e)
{
    struct shm orders, reports;
    bool ok = shm_attach(&orders, WIRE_FD_ORDERS, false, e) &&
              shm_attach(&reports, WIRE_FD_REPORTS, true, e) &&
              wire_attach(&w->wire, &orders, &reports, number, e);
    w->task = ok ? &w->wire.orders->task : NULL;
    return ok;
}

/* Says that the worker has failed. */
static void say_failed(const struct worker *w, const struct err *e)
{
    w->wire.slot->error = *e;
    atomic_store_explicit(&w->wire.slot->state, WIRE_FAILED, memory_order_release);
    wire_wake(&w->wire.reports->doorbell);
}

void worker_left_code(const struct worker *w)
{
    const struct wire_slot *slot = w->wire.slot;
    struct err e;
    if (float_mode_same(float_mode_get(), w->float_mode))
        return;
    float_mode_set(w->float_mode);
    const bool of_b = stage_kind_at(w->task->kind)->by_record && atomic_load(&slot->b_from);
    err_set(
        &e, ERR_SCORER,
        "let it put back what it found (fegetenv, then fesetenv); a library that sets this as it "
        "is loaded is to be loaded with the scorer, not by the first pair",
        "on row %llu of %c the scorer changed how the processor computes, and left it so: how it "
        "rounds, what it makes of numbers near 0, or what traps",
        (unsigned long long)atomic_load(&slot->row_a) + 1, "AB"[of_b]);
    say_failed(w, &e);
    _exit(ERR_SCORER);
}

int worker_run(unsigned number, worker_load_fn *load)
{
    struct err e = {0};
    struct worker w = {0};
    if (!attach_wire(&w, number, &e)) {
        err_print(&e, stderr);
        return (int)e.status;
    }
    const struct wire_orders *orders = w.wire.orders;
    struct wire_slot *slot = w.wire.slot;
    struct err unbound = {0};
    (void)topo_bind_self(&orders->order[number].place, &unbound); /* never fatal: only slower */
    atomic_store(&slot->state, WIRE_RUNNING);
    if (orders->worker_bytes)
        proc_bound_memory(orders->worker_bytes);
    bool ok = attach_inputs(&w, &e) && copy_rejects(&w, &e) && attach_stage(&w, load, &e) &&
              worker_loop(&w, &e);
    if (!ok) {
        say_failed(&w, &e);
        return err_status(&e);
    }
    atomic_store_explicit(&slot->state, WIRE_DONE, memory_order_release);
    wire_wake(&w.wire.reports->doorbell);
    return 0;
}

void worker_begin(pid_t parent)
{
    proc_die_with_parent(parent);
    signal(SIGINT, SIG_IGN); /* a terminal sends them to all of us; the coordinator decides */
    signal(SIGTERM, SIG_IGN);
}

/* Notes an exception of C++; the process aborts next. */
static void note_raised(void *context, const char *type, const char *what)
{
    const struct worker *w = context;
    const struct wire_orders *orders = w->wire.orders;
    struct wire_note *note =
        wire_note(w->wire.reports, orders->task.n_workers, orders->ring_bytes, w->wire.number);
    snprintf(note->type, sizeof note->type, "%s", type);
    snprintf(note->message, sizeof note->message, "%s", what);
}

/* The program's own way to load a module: a shared library. */
static bool load_library(struct worker *w, struct err *e)
{
    scorer_bind_raised(note_raised, w);
    return scorer_attach(WIRE_FD_MODULE, &w->module, e);
}

/* axb worker run NUMBER PARENT | compile … | probe … */
int worker_main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[0], "run") == 0) {
        worker_begin(argc > 2 ? (pid_t)strtol(argv[2], NULL, 10) : getppid());
        return worker_run((unsigned)strtoul(argv[1], NULL, 10), load_library);
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
