/* Watches workers, takes their bytes out of the rings in order, replaces the dead. */
#include "core/memory.h"
#include "core/process.h"
#include "core/shm.h"
#include "matcher/engine/stage_internal.h"

#include "core/log.h"
#include "matcher/engine/pairs.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_KILLED_IN_A_ROW 20u /* without a tile done in between */
#define STOP_SECONDS 30.0       /* for the tiles at hand, after a request to stop */
#define SLOW_SECONDS 5.0        /* a tile that takes longer is too large */
#define WAIT_MS 20u
#define LOOK_SECONDS 0.02 /* between two looks at what the workers are doing */
#define LEAVE_SECONDS 5.0 /* for a worker to end that has nothing left to do */
#define TAKING_LOOK_NS 200000
#define MOST_TAKING_LOOKS 10000 /* 2 s */

static volatile sig_atomic_t caught, n_caught;

static void on_signal(int number)
{
    caught = number;
    n_caught++;
}

/* Does nothing but wake us: a worker has ended. */
static void on_child(int number)
{
    (void)number;
}

void stage_catch_signals(void)
{
    struct sigaction a = {.sa_handler = on_signal}, before;
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = on_child}, NULL);
    if (sigaction(SIGPIPE, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGPIPE, &a, NULL);
}

void stage_catch_early(void)
{
    struct sigaction a = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
}

int stage_signal(void)
{
    return caught;
}

/* ---- Taking bytes out of the rings, in the order of the tiles --------------------------------*/

struct ring {
    char *base;
    uint64_t bytes, head, tail;
};

static struct ring ring_of(const struct stage *s, unsigned i)
{
    const struct wire_slot *slot = &s->control->slot[i];
    uint64_t bytes = s->control->ring_bytes;
    return (struct ring){wire_ring(s->control, i), bytes,
                         atomic_load_explicit(&slot->head, memory_order_acquire),
                         atomic_load_explicit(&slot->tail, memory_order_relaxed)};
}

static struct wire_frame ring_frame(const struct ring *r, uint64_t at)
{
    struct wire_frame f;
    memcpy(&f, r->base + at % r->bytes, sizeof f); /* aligned to 16: never across the end */
    return f;
}

static uint64_t frame_size(struct wire_frame f)
{
    return sizeof f + ((f.bytes + 15ull) & ~15ull);
}

static bool too_many(const struct stage *s, struct err *e)
{
    return err_set(e, ERR_STOPPED, "raise --min, or raise --max-results",
                   "more than %llu pairs match (--max-results)",
                   (unsigned long long)s->job->sinks->max_results);
}

/* How many more pairs --max-results allows. */
static uint64_t pairs_left(const struct stage *s)
{
    uint64_t found = s->pairs_before + s->pairs_found, max = s->job->sinks->max_results;
    return !max ? UINT64_MAX : found < max ? max - found : 0;
}

/* Writes the first n_lines lines of a frame that has more. */
static bool write_lines(const struct stage *s, const char *const piece[2], const size_t bytes[2],
                        uint64_t n_lines, struct err *e)
{
    struct emit_cut cut = {.n_lines = n_lines};
    for (int k = 0; k < 2 && cut.n_lines; k++) {
        size_t n = emit_cut(&s->job->query->lines, &cut, piece[k], bytes[k]);
        if (!out_write(s->job->sinks->out, piece[k], n, e))
            return false;
    }
    return too_many(s, e);
}

/* Takes the frame at `at` of the tile that is due. A frame begins with a line or with a piece of
 * one long line. */
static bool take_frame(struct stage *s, const struct ring *r, uint64_t at, struct wire_frame f,
                       struct err *e)
{
    uint64_t offset = (at + sizeof f) % r->bytes, left = pairs_left(s);
    size_t first = f.bytes < r->bytes - offset ? f.bytes : (size_t)(r->bytes - offset);
    const char *piece[2] = {r->base + offset, r->base};
    size_t bytes[2] = {first, f.bytes - first};
    s->out_bytes += f.bytes;
    s->pairs_found += f.pairs;
    if (f.tapped && !(audit_tap_take(s->job->sinks->tap, piece[0], bytes[0], e) &&
                      audit_tap_take(s->job->sinks->tap, piece[1], bytes[1], e)))
        return false;
    if (s->job->sinks->out && f.bytes && (f.pairs > left || left == 0))
        return write_lines(s, piece, bytes, left, e);
    if (f.pairs > left)
        return too_many(s, e);
    return !s->job->sinks->out || !f.bytes ||
           (out_write(s->job->sinks->out, piece[0], bytes[0], e) &&
            out_write(s->job->sinks->out, piece[1], bytes[1], e));
}

/* The row of A at which a tile begins. */
static uint64_t first_row(const struct stage *s, uint64_t tile)
{
    const struct wire_task *task = &s->control->task;
    uint64_t row = s->tile_row ? s->tile_row[tile] : task->row_from + tile * task->rows_per_tile;
    return row < task->row_to ? row : task->row_to;
}

/* The tile that was due is written. */
static bool end_tile(struct stage *s, struct err *e)
{
    s->next_out++;
    s->out_bytes = 0;
    s->waited_seconds = 0;
    return !s->job->sinks->journal ||
           journal_reach(s->job->sinks->journal, first_row(s, s->next_out),
                         s->pairs_before + s->pairs_found, e);
}

/* Takes what a ring has of the tile that is due; *took: there was something. `slot` is that of the
 * worker whose ring it is, or NULL. */
static bool drain_ring(struct stage *s, struct ring *r, struct wire_slot *slot, bool *took,
                       struct err *e)
{
    bool ok = true;
    while (ok && r->tail < r->head) {
        struct wire_frame f = ring_frame(r, r->tail);
        if (f.tile != s->next_out || (s->too_slow && s->out_bytes == 0))
            break;
        ok = take_frame(s, r, r->tail, f, e);
        r->tail += frame_size(f);
        if (slot) {
            atomic_store_explicit(&slot->tail, r->tail, memory_order_release);
            wire_wake(&slot->taken);
        }
        *took = true;
        ok = ok && (!f.last || end_tile(s, e));
    }
    return ok;
}

static bool drain(struct stage *s, struct err *e)
{
    bool took = true;
    while (took) {
        took = false;
        for (unsigned i = 0; i < s->control->task.n_workers; i++) {
            struct ring r = ring_of(s, i);
            if (!drain_ring(s, &r, &s->control->slot[i], &took, e))
                return false;
        }
        for (size_t i = 0; i < s->n_parked; i++)
            if (!drain_ring(s, &s->parked[i], NULL, &took, e))
                return false;
    }
    return true;
}

/* ---- The dead --------------------------------------------------------------------------------*/

/* Join: fixes how much of worker i's chunks counts. The chunks have no owner afterwards. */
void stage_freeze_chunks(struct stage *s, unsigned i)
{
    struct wire_control *c = s->control;
    struct wire_slot *slot = &c->slot[i];
    uint64_t commits = atomic_load(&slot->commits);
    struct wire_commit none = {0}; /* before its first commit a worker may have chunks as well */
    struct wire_commit *last = commits ? &slot->commit[(commits - 1) % 2] : &none;
    if (s->kind->has_rows)
        return;
    uint32_t *owner = wire_chunk_owners(c), mine = 0;
    for (uint64_t k = 0; k < c->max_chunks; k++) {
        if (owner[k] != i + 1)
            continue;
        mine++;
        s->used[k] = mine < last->n_chunks    ? PAIRS_IN_CHUNK
                     : mine == last->n_chunks ? last->used
                                              : 0;
        owner[k] = 0;
    }
    last->n_chunks = last->used = 0;
}

static bool tile_is_done(const struct stage *s, uint64_t tile)
{
    struct wire_control *c = s->control;
    if (atomic_load(&wire_done(c)[tile]))
        return true;
    if (s->kind->has_rows)
        return tile < s->next_out;
    for (unsigned i = 0; i < c->task.n_workers; i++) {
        uint64_t n = atomic_load(&c->slot[i].commits);
        if (n && c->slot[i].commit[(n - 1) % 2].tile == tile)
            return true;
    }
    return false;
}

static bool tile_is_at_hand(const struct stage *s, uint64_t tile)
{
    for (unsigned i = 0; i < s->control->task.n_workers; i++)
        if (s->procs[i].pid != -1 && atomic_load(&s->control->slot[i].tile) == tile)
            return true;
    return false;
}

/* Waits until no living worker is WIRE_TAKING. Taking a tile takes a worker no time, unless
 * somebody stops it at that very moment: such a worker is killed. */
static void wait_for_takers(const struct stage *s)
{
    for (unsigned i = 0; i < s->control->task.n_workers; i++)
        for (int look = 0; atomic_load(&s->control->slot[i].tile) == WIRE_TAKING; look++) {
            if (s->procs[i].pid == -1 || proc_has_ended(&s->procs[i]))
                break;
            if (look == MOST_TAKING_LOOKS)
                kill(s->procs[i].pid, SIGKILL);
            nanosleep(&(struct timespec){0, TAKING_LOOK_NS}, NULL);
        }
}

/* A worker that dies between taking a tile and naming it loses the tile. Such a tile is neither at
 * hand nor done. "At hand" is asked first: a tile at hand may be done a moment later. */
uint64_t stage_find_lost_tile(const struct stage *s)
{
    uint64_t end = atomic_load(&s->control->next_tile);
    end = end < s->control->task.n_tiles ? end : s->control->task.n_tiles;
    wait_for_takers(s);
    for (uint64_t tile = 0; tile < end; tile++)
        if (!tile_is_at_hand(s, tile) && !tile_is_done(s, tile))
            return tile;
    return WIRE_NO_TILE;
}

/* Rows: drops what a dead worker put into its ring of a tile that it did not finish. */
static void cut_ring(struct stage *s, unsigned i)
{
    struct ring r = ring_of(s, i);
    uint64_t end = r.tail;
    for (uint64_t at = r.tail; at < r.head;) {
        struct wire_frame f = ring_frame(&r, at);
        at += frame_size(f);
        if (f.last) {
            wire_tile_done(s->control, f.tile);
            end = at;
        }
    }
    atomic_store(&s->control->slot[i].head, end);
}

static bool has_later(const struct ring *r, uint64_t tile)
{
    for (uint64_t at = r->tail; at < r->head; at += frame_size(ring_frame(r, at)))
        if (ring_frame(r, at).tile > tile)
            return true;
    return false;
}

/* A ring gives its frames in the order in which they came. If dead worker i left frames of tiles
 * after `tile`, they are moved out of the ring, or `tile` would never be due. */
static bool park(struct stage *s, unsigned i, uint64_t tile, struct err *e)
{
    struct ring r = ring_of(s, i);
    uint64_t n = r.head - r.tail, offset = r.tail % r.bytes;
    if (!has_later(&r, tile))
        return true;
    struct ring *more = realloc(s->parked, (s->n_parked + 1) * sizeof *more);
    s->parked = more ? more : s->parked;
    char *bytes = more ? malloc(n) : NULL;
    if (!bytes)
        return err_set(e, ERR_OS, NULL, "not enough memory to replace a worker");
    size_t first = n < r.bytes - offset ? n : r.bytes - offset;
    memcpy(bytes, r.base + offset, first);
    memcpy(bytes + first, r.base, n - first);
    s->parked[s->n_parked++] = (struct ring){.base = bytes, .bytes = n, .head = n};
    atomic_store(&s->control->slot[i].tail, r.head);
    return true;
}

/* Has the next process in slot i begin with this tile. */
static bool give_tile(struct stage *s, unsigned i, uint64_t tile, struct err *e)
{
    struct wire_slot *slot = &s->control->slot[i];
    if (tile != WIRE_NO_TILE && s->kind->has_rows && !park(s, i, tile, e))
        return false;
    slot->redo_tile = tile;
    slot->skip_bytes = tile == s->next_out ? s->out_bytes : 0;
    atomic_store(&slot->tile, tile);
    return true;
}

/* Leaves the tile that dead worker i had at hand, or a lost one, to its successor. */
bool stage_leave_tile(struct stage *s, unsigned i, struct err *e)
{
    uint64_t tile = atomic_load(&s->control->slot[i].tile);
    if (s->kind->has_rows)
        cut_ring(s, i);
    if (tile == WIRE_TAKING || tile == WIRE_NO_TILE || tile_is_done(s, tile))
        tile = stage_find_lost_tile(s);
    return give_tile(s, i, tile, e);
}

/* ---- Watching --------------------------------------------------------------------------------*/

bool stage_replace(struct stage *s, unsigned i, struct err *e)
{
    int status;
    if (s->procs[i].pid > 0)
        kill(s->procs[i].pid, SIGKILL);
    proc_reap(&s->procs[i], true, &status);
    stage_freeze_chunks(s, i);
    s->replaced++;
    atomic_store(&s->control->slot[i].scoring, 0);
    return stage_leave_tile(s, i, e) && stage_spawn(s, i, e);
}

/* Worker i was killed: by a user, or by the system when memory ran out. */
static bool worker_killed(struct stage *s, unsigned i, struct err *e)
{
    if (++s->killed > MAX_KILLED_IN_A_ROW + s->control->task.n_tiles)
        return err_set(e, ERR_OS, "is the machine out of memory?",
                       "workers are killed again and again");
    log_verbose("worker %u was killed; another takes its place", i);
    return true;
}

/* Worker i has ended with `status`: it was done, it is replaced, or *e says why not. */
static bool worker_ended(struct stage *s, unsigned i, int status, struct err *e)
{
    struct wire_slot *slot = &s->control->slot[i];
    uint32_t state = atomic_load_explicit(&slot->state, memory_order_acquire);
    char description[96];
    if (state == WIRE_FAILED) {
        *e = slot->error;
        return false;
    }
    stage_freeze_chunks(s, i);
    if (state == WIRE_DONE)
        return true;
    proc_describe_status(status, description, sizeof description);
    /* SIGUSR1 is for us, but may have been sent to our whole group. A worker ignores it from main
     * on. */
    bool killed =
        WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGUSR1);
    bool scoring = s->control->task.module.any && atomic_load(&slot->tile) < WIRE_TAKING;
    if (killed && !worker_killed(s, i, e))
        return false;
    if (scoring)
        return culprit_of_death(s, i, status, e);
    if (killed)
        return stage_replace(s, i, e);
    if (state == WIRE_STARTING) /* the loader, or a library, at its start */
        return err_set(e, ERR_OS, "is memory short, or a limit low (ulimit -a)?",
                       "worker %u %s before it could begin", i, description);
    if (WIFEXITED(status) && WEXITSTATUS(status) == ERR_OS)
        return err_set(e, ERR_OS, "is the machine out of memory?", "worker %u gave up", i);
    return err_set(e, ERR_SOFTWARE, "please report it", "worker %u %s", i, description);
}

/* Has worker i ended? One that says that it is done is waited for, but not for ever: the user's
 * code may delay its end. */
static bool has_ended(struct stage *s, unsigned i, int *status)
{
    uint32_t state = atomic_load(&s->control->slot[i].state);
    bool leaving = state == WIRE_DONE || state == WIRE_FAILED;
    return leaving ? proc_end(&s->procs[i], LEAVE_SECONDS, status)
                   : proc_reap(&s->procs[i], false, status);
}

/* Looks after all workers; *running is the number of those left. */
static bool reap(struct stage *s, unsigned *running, struct err *e)
{
    *running = 0;
    for (unsigned i = 0; i < s->control->task.n_workers; i++) {
        int status;
        if (s->procs[i].pid == -1)
            continue;
        if (has_ended(s, i, &status) && !worker_ended(s, i, status, e))
            return false;
        *running += s->procs[i].pid != -1;
    }
    return true;
}

static void show_progress(const struct stage *s)
{
    const struct wire_task *task = &s->control->task;
    uint64_t taken = atomic_load(&s->control->next_tile), held = 0;
    uint64_t done = taken < task->n_tiles ? taken : task->n_tiles;
    for (unsigned i = 0; i < task->n_workers; i++)
        held += atomic_load(&s->control->slot[i].tile) != WIRE_NO_TILE;
    done = s->kind->has_rows ? s->next_out : done > held ? done - held : 0;
    double rows_b = (double)s->job->inputs->table[1].head->n_rows;
    double all = (double)(task->row_to - task->row_from) * rows_b;
    double share = task->n_tiles ? (double)done / (double)task->n_tiles : 1;
    log_progress(s->kind->what, done, task->n_tiles, s->kind->reads_pairs ? 0 : share * all,
                 s->pairs_found + s->pairs_before);
}

/* Rows: is the stage to be left because its tiles take too long? The tiles at hand are then done
 * again in smaller ones. So it is left only when no byte of the next tile is written. */
bool stage_is_too_slow(struct stage *s)
{
    const struct wire_task *task = &s->control->task;
    bool can_shrink = s->kind->has_rows && !s->tile_row && task->rows_per_tile > 1;
    s->too_slow = can_shrink && (s->too_slow || s->waited_seconds > SLOW_SECONDS);
    return s->too_slow && s->out_bytes == 0;
}

double stage_wait(struct stage *s, uint32_t seen, unsigned milliseconds)
{
    double start = log_seconds();
    wire_wait(&s->control->doorbell, seen, milliseconds);
    double waited = log_seconds() - start, most = 2e-3 * WAIT_MS;
    return waited < most ? waited : most; /* more: we were asleep ourselves */
}

/* A signal has come. With a journal the tiles at hand are finished, so that they need not be done
 * again. True while that goes on. */
static bool is_finishing(struct stage *s)
{
    if (!s->job->sinks->journal || !s->kind->has_rows || stage_signal() == SIGPIPE || n_caught > 1)
        return false;
    if (s->stop_at == 0) {
        atomic_store(&s->control->closed, 1);
        s->stop_at = log_seconds() + STOP_SECONDS;
        log_note("SIG%s: finishing the rows at hand; once more to stop at once",
                 sigabbrev_np(stage_signal()));
    }
    return log_seconds() < s->stop_at;
}

static bool stopped(const struct stage *s, struct err *e)
{
    const struct out *out = s->job->sinks->out;
    const char *left = "nothing was written";
    if (s->job->sinks->journal)
        left = "what is done is kept; to go on:";
    else if (out && !out->path && out->bytes)
        left = "what was written to stdout is not complete";
    return err_set(e, ERR_STOPPED, left, "stopped by SIG%s", sigabbrev_np(stage_signal()));
}

bool stage_drain_output(struct stage *s, struct err *e)
{
    return (!s->kind->has_rows || drain(s, e)) && (!stage_signal() || stopped(s, e));
}

/* Every LOOK_SECONDS: looks for workers that hang, and at the memory that they took without
 * asking. */
static bool look(struct stage *s, struct err *e)
{
    double now = log_seconds(), since = now - s->looked;
    bool first = s->looked == 0;
    if (!first && since < LOOK_SECONDS)
        return true;
    s->looked = now;
    return mem_watch(s->kind->what, s->procs, s->control->task.n_workers, e) &&
           (first || culprit_watch(s, since < 2 * LOOK_SECONDS ? since : 2 * LOOK_SECONDS, e));
}

static bool watch(struct stage *s, struct err *e)
{
    unsigned running = 1;
    while (running) {
        uint32_t seen = atomic_load_explicit(&s->control->doorbell, memory_order_acquire);
        if (s->kind->has_rows && !drain(s, e))
            return false;
        if (!reap(s, &running, e))
            return false;
        if (stage_signal() && !is_finishing(s))
            return stopped(s, e);
        if (s->stop_at == 0 && stage_is_too_slow(s))
            return true;
        if (!look(s, e))
            return false;
        show_progress(s);
        if (running)
            s->waited_seconds += stage_wait(s, seen, WAIT_MS);
    }
    return (!s->kind->has_rows || drain(s, e)) && (s->stop_at == 0 || stopped(s, e));
}

/* All workers have ended. A tile is lost if its worker died just after taking it and no other was
 * left to notice: does such tiles. */
static bool finish_lost_tiles(struct stage *s, struct err *e)
{
    uint64_t tile;
    while (!atomic_load(&s->control->overflow) && (tile = stage_find_lost_tile(s)) != WIRE_NO_TILE)
        if (!give_tile(s, 0, tile, e) || !stage_spawn(s, 0, e) || !watch(s, e))
            return false;
    return true;
}

/* A result that lacks a tile must never pass for a whole one. */
static bool all_written(const struct stage *s, struct err *e)
{
    return !s->kind->has_rows || s->too_slow || s->next_out >= s->control->task.n_tiles ||
           err_set(e, ERR_SOFTWARE, "please report it", "tile %llu of %llu was lost",
                   (unsigned long long)s->next_out, (unsigned long long)s->control->task.n_tiles);
}

bool stage_run(struct stage *s, const struct wire_task *task, struct err *e)
{
    if (!stage_open(s, task, e))
        return false;
    stage_prepare_slots(s);
    for (unsigned i = 0; i < task->n_workers; i++)
        if (!stage_spawn(s, i, e))
            return false;
    return watch(s, e) && (s->too_slow || s->replaced == 0 || finish_lost_tiles(s, e)) &&
           all_written(s, e);
}

bool stage_overflow(const struct stage *s, double *share)
{
    uint64_t done = atomic_load(&s->control->next_tile), n = s->control->task.n_tiles;
    *share = n ? (double)(done < n ? done : n) / (double)n : 1;
    return atomic_load(&s->control->overflow);
}

void stage_add_up(const struct stage *s, uint64_t *rows, struct join_stats *stats)
{
    *rows = 0;
    *stats = (struct join_stats){0};
    for (unsigned i = 0; i < s->control->task.n_workers; i++) {
        const struct wire_slot *slot = &s->control->slot[i];
        uint64_t n = atomic_load(&slot->commits);
        if (n == 0)
            continue;
        const struct wire_commit *c = &slot->commit[(n - 1) % 2];
        *rows += c->rows;
        stats->pairs += c->stats.pairs;
        stats->candidates += c->stats.candidates;
        stats->verified += c->stats.verified;
        stats->matches += c->stats.matches;
    }
}

void stage_tally(const struct stage *s, struct wire_tally *tally)
{
    for (unsigned i = 0; i < s->control->task.n_workers; i++) {
        const struct wire_tally *mine = &s->control->slot[i].tally;
        tally->candidates += mine->candidates;
        tally->prefiltered += mine->prefiltered;
        tally->scored += mine->scored;
        for (uint32_t t = 0; t < EXPR_MAX_TERMS; t++) {
            tally->computed[t] += mine->computed[t];
            tally->dropped[t] += mine->dropped[t];
        }
    }
}

void stage_close(struct stage *s)
{
    unsigned n = s->control ? s->control->task.n_workers : 0;
    int status;
    for (unsigned i = 0; s->procs && i < n; i++)
        if (s->procs[i].pid > 0)
            kill(s->procs[i].pid, SIGKILL);
    for (unsigned i = 0; s->procs && i < n; i++)
        if (s->procs[i].pid > 0)
            proc_reap(&s->procs[i], true, &status);
    for (size_t i = 0; i < s->n_parked; i++)
        free(s->parked[i].base);
    free(s->parked);
    free(s->procs);
    free(s->used);
    free(s->liveness);
    shm_close(&s->shm);
    s->procs = NULL;
    s->used = NULL;
    s->liveness = NULL;
    s->parked = NULL;
    s->n_parked = 0;
    s->control = NULL;
}
