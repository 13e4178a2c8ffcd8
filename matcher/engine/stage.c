/* Watches workers, takes their bytes out of the rings in order, replaces the dead. */
#include "core/memory.h"
#include "core/process.h"
#include "core/shm.h"
#include "matcher/engine/stage_internal.h"

#include "core/log.h"
#include "matcher/scorer/scorer.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define MAX_KILLED_IN_A_ROW 20u /* without a tile done in between */
#define STOP_SECONDS 30.0       /* for the tiles in progress, after a request to stop */
#define MOST_STOP_MS 400        /* without a journal, from SIGINT to the end */
#define SLOW_SECONDS 5.0        /* a tile that takes longer is too large */
#define WAIT_MS 20u
#define ROUNDS 64u            /* over all rings, until signals and workers are looked at again */
#define LOOK_SECONDS 0.02     /* between two looks at what the workers are doing */
#define HEADLESS_SECONDS 0.25 /* between two looks for a worker without its main thread */
#define LEAVE_SECONDS 5.0     /* for a worker to end that has nothing left to do */
#define TAKING_LOOK_NS 200000
#define MOST_TAKING_LOOKS 10000 /* 2 s */

static volatile sig_atomic_t caught, n_caught, patient; /* patient: there is a journal to keep */

/* The way out takes too long, as on a machine that is busy. What is left is memory and processes,
 * which the kernel takes back. */
static void on_late(int number)
{
    (void)number;
    signal(SIGINT, SIG_DFL);
    raise(SIGINT);
}

static void on_signal(int number)
{
    static const struct itimerval late = {.it_value.tv_usec = MOST_STOP_MS * 1000};
    caught = number;
    n_caught++;
    if (number == SIGINT && !patient)
        setitimer(ITIMER_REAL, &late, NULL);
}

/* Installs a handler where our parent does not have us ignore the signal, as a shell does with
 * SIGINT for what runs in the background. */
static void take_signal(int number, const struct sigaction *action)
{
    struct sigaction before;
    if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(number, action, NULL);
}

/* Does nothing but wake us: a worker has ended. */
static void on_child(int number)
{
    (void)number;
}

void stage_catch_signals(void)
{
    const struct sigaction a = {.sa_handler = on_signal};
    take_signal(SIGINT, &a);
    take_signal(SIGPIPE, &a);
    sigaction(SIGTERM, &a, NULL);
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = on_child}, NULL);
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = on_late}, NULL);
}

void stage_catch_early(void)
{
    const struct sigaction a = {.sa_handler = on_signal,
                                .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    patient = 1;
    take_signal(SIGINT, &a);
    sigaction(SIGTERM, &a, NULL);
}

int stage_signal(void)
{
    return caught;
}

/* ---- Watching --------------------------------------------------------------------------------*/

bool stage_replace(struct stage *s, unsigned i, struct err *e)
{
    int status;
    if (s->procs[i].pid > 0)
        kill(s->procs[i].pid, SIGKILL);
    proc_reap(&s->procs[i], true, &status);
    s->replaced++;
    atomic_store(&s->reports->slot[i].scoring, 0);
    if (!s->overflow) /* it may have said so in a tile that is not done */
        atomic_store(&s->reports->overflow, 0);
    return stage_leave_tile(s, i, e) && stage_spawn(s, i, e);
}

/* Worker i was killed: by a user, or by the system when memory ran out. */
static bool worker_killed(struct stage *s, unsigned i, struct err *e)
{
    if (++s->killed > MAX_KILLED_IN_A_ROW * (uint64_t)s->task.n_workers)
        return err_set(e, ERR_OS, "is the machine out of memory?",
                       "workers are killed again and again");
    log_verbose("worker %u was killed; another takes its place", i);
    return true;
}

/* Worker i says that it has failed, and why, in texts that may have no end, or be gone. Its exit
 * status must say the same. */
static bool worker_failed(const struct stage *s, unsigned i, int status, struct err *e)
{
    struct err said = s->reports->slot[i].error;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != (int)said.status || said.status < ERR_DATA ||
        said.status > ERR_SCORER || !*said.text)
        return stage_overwritten(s, i, e);
    said.text[sizeof said.text - 1] = 0;
    said.hint[sizeof said.hint - 1] = 0;
    *e = said;
    return false;
}

/* Worker i has ended in none of the ways in which a worker ends, and not in a pair. */
static bool worker_broken(const struct stage *s, unsigned i, int status, struct err *e)
{
    char description[96];
    proc_describe_status(status, description, sizeof description);
    if (s->task.module.any && !s->begun[i] && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return stage_overwritten(s, i, e); /* it was done, and its slot says otherwise */
    if (!s->begun[i])                      /* the loader, or a library, at its start */
        return err_set(e, ERR_OS, "is memory short, or a limit low (ulimit -a)?",
                       "worker %u %s before it could begin", i, description);
    if (WIFEXITED(status) && WEXITSTATUS(status) == ERR_OS)
        return err_set(e, ERR_OS, "is the machine out of memory?", "worker %u gave up", i);
    if (s->task.module.any)
        return err_set(e, ERR_SCORER,
                       "code that the scorer runs when it is loaded or left, or a "
                       "wrong pointer, may have done this",
                       "%s: worker %u %s, and not while it scored a pair",
                       s->job->query->scorer->path, i, description);
    return err_set(e, ERR_SOFTWARE, "please report it", "worker %u %s", i, description);
}

/* Worker i has ended with `status`: it was done, it is replaced, or *e says why not. */
static bool worker_ended(struct stage *s, unsigned i, int status, struct err *e)
{
    const struct wire_slot *slot = &s->reports->slot[i];
    const uint32_t state = atomic_load_explicit(&slot->state, memory_order_acquire);
    if (state == WIRE_FAILED)
        return worker_failed(s, i, status, e);
    if (state == WIRE_RAISED && s->task.module.python)
        return culprit_raised(s, i, e);
    if (state == WIRE_DONE)
        return true;
    s->begun[i] = s->begun[i] || state == WIRE_RUNNING;
    /* SIGUSR1 is for us, but may have been sent to our whole group. A worker ignores it from main
     * on. */
    const bool killed =
        WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGUSR1);
    const bool scoring = s->task.module.any && atomic_load(&slot->tile) < WIRE_TAKING;
    if (killed && !worker_killed(s, i, e))
        return false;
    if (scoring)
        return culprit_of_death(s, i, status, e);
    return killed ? stage_replace(s, i, e) : worker_broken(s, i, status, e);
}

/* Has the main thread of worker i ended, and had it HEADLESS_SECONDS ago, too? */
static bool is_headless(struct stage *s, unsigned i)
{
    struct stage_liveness *c = &s->liveness[i];
    const double now = log_seconds();
    if (!s->task.module.any || now - c->looked < HEADLESS_SECONDS)
        return false;
    const bool before = c->headless && now - c->looked < 4 * HEADLESS_SECONDS;
    c->looked = now;
    c->headless = proc_is_headless(&s->procs[i]);
    return before && c->headless;
}

bool stage_reap(struct stage *s, unsigned i, int *status)
{
    if (proc_reap(&s->procs[i], false, status))
        return true;
    if (!is_headless(s, i))
        return false;
    kill(s->procs[i].pid, SIGKILL);
    proc_reap(&s->procs[i], true, status);
    if (WIFSIGNALED(*status) && WTERMSIG(*status) == SIGKILL)
        *status = 0;
    return true;
}

/* Has worker i ended? One that says that it is done is waited for, but not for ever: the user's
 * code may delay its end. */
static bool has_ended(struct stage *s, unsigned i, int *status)
{
    const uint32_t state = atomic_load(&s->reports->slot[i].state);
    const bool leaving = state == WIRE_DONE || state == WIRE_FAILED || state == WIRE_RAISED;
    s->begun[i] = s->begun[i] || state == WIRE_RUNNING;
    return leaving ? proc_end(&s->procs[i], LEAVE_SECONDS, status) : stage_reap(s, i, status);
}

/* Looks after all workers; *running is the number of those left. */
static bool reap(struct stage *s, unsigned *running, struct err *e)
{
    *running = 0;
    for (unsigned i = 0; i < s->task.n_workers; i++) {
        int status;
        if (s->procs[i].pid == -1)
            continue;
        if (has_ended(s, i, &status) && !worker_ended(s, i, status, e))
            return false;
        if (atomic_load(&s->reports->slot[i].state) > WIRE_RAISED)
            return stage_overwritten(s, i, e);
        *running += s->procs[i].pid != -1;
    }
    return true;
}

static void show_progress(const struct stage *s)
{
    const struct wire_task *task = &s->task;
    uint64_t done = s->kind->has_rows ? s->next_out : s->n_done;
    double rows_b = (double)s->job->inputs->table[1].head->n_rows;
    double all = (double)(task->row_to - task->row_from) * rows_b;
    double share = task->n_tiles ? (double)done / (double)task->n_tiles : 1;
    log_progress(s->kind->what, done, task->n_tiles, s->kind->reads_pairs ? 0 : share * all,
                 s->pairs_found + s->pairs_before);
}

/* Rows: is the stage to be left because its tiles take too long? The tiles in progress are then
 * done again in smaller ones. So it is left only when no byte of the next tile is written. */
bool stage_is_too_slow(struct stage *s)
{
    const struct wire_task *task = &s->task;
    bool can_shrink = s->kind->has_rows && !s->tile_row && task->rows_per_tile > 1;
    s->too_slow = can_shrink && (s->too_slow || s->waited_seconds > SLOW_SECONDS);
    return s->too_slow && s->out_bytes == 0;
}

double stage_wait(struct stage *s, uint32_t seen, unsigned milliseconds)
{
    double start = log_seconds();
    wire_wait(&s->reports->doorbell, seen, milliseconds);
    double waited = log_seconds() - start, most = 2e-3 * WAIT_MS;
    return waited < most ? waited : most; /* more: we were asleep ourselves */
}

/* A signal has come. With a journal the tiles in progress are finished, so that they need not be
 * done again. True while that goes on. */
static bool is_finishing(struct stage *s)
{
    if (!s->job->sinks->journal || !s->kind->has_rows || stage_signal() == SIGPIPE || n_caught > 1)
        return false;
    if (s->stop_at == 0) {
        atomic_store(&s->orders->closed, 1);
        s->stop_at = log_seconds() + STOP_SECONDS;
        log_note("SIG%s: finishing the rows in progress; a second signal stops at once",
                 sigabbrev_np(stage_signal()));
    }
    return log_seconds() < s->stop_at;
}

bool stage_stopped(const struct job *job, struct err *e)
{
    const struct out *out = job->sinks->out;
    const char *left = "nothing was written";
    if (job->sinks->journal)
        left = "what is done is kept; to continue:";
    else if (out && !out->path && out->bytes)
        left = "what was written to stdout is not complete";
    return err_set(e, ERR_STOPPED, left, "stopped by SIG%s", sigabbrev_np(stage_signal()));
}

bool stage_drain_output(struct stage *s, struct err *e)
{
    bool stuck;
    return stage_drain(s, ROUNDS, &stuck, e) && (!stage_signal() || stage_stopped(s->job, e));
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
    return mem_watch(s->kind->what, s->procs, s->task.n_workers, e) &&
           (first || culprit_watch(s, since < 2 * LOOK_SECONDS ? since : 2 * LOOK_SECONDS, e));
}

static bool watch(struct stage *s, struct err *e)
{
    unsigned running = 1;
    bool stuck;
    while (running) {
        uint32_t seen = atomic_load_explicit(&s->reports->doorbell, memory_order_acquire);
        if (!stage_drain(s, ROUNDS, &stuck, e))
            return false;
        if (stuck)
            return stage_overwritten(s, 0, e);
        if (!reap(s, &running, e))
            return false;
        if (stage_signal() && !is_finishing(s))
            return stage_stopped(s->job, e);
        if (s->stop_at == 0 && stage_is_too_slow(s))
            return true;
        if (!look(s, e))
            return false;
        show_progress(s);
        if (running)
            s->waited_seconds += stage_wait(s, seen, WAIT_MS);
    }
    return stage_drain(s, UINT_MAX, &stuck, e) && (s->stop_at == 0 || stage_stopped(s->job, e));
}

/* May the stage end with tiles that are not done? */
static bool may_lack_tiles(const struct stage *s)
{
    return s->n_done == s->task.n_tiles || s->overflow || s->too_slow;
}

/* All workers have ended. A tile is lost if its worker died just after taking it and no other was
 * left to notice: does such tiles. */
static bool finish_lost_tiles(struct stage *s, struct err *e)
{
    while (s->replaced && !may_lack_tiles(s)) {
        const uint64_t before = s->n_done;
        uint64_t tile;
        if (!stage_find_lost_tile(s, &tile, e))
            return false;
        if (tile == WIRE_NO_TILE)
            break;
        if (!stage_give_tile(s, 0, tile, e) || !stage_spawn(s, 0, e) || !watch(s, e))
            return false;
        if (s->n_done == before)
            break;
    }
    return true;
}

/* A result that lacks a tile must never pass for a whole one. */
static bool all_done(const struct stage *s, struct err *e)
{
    if (may_lack_tiles(s) && (!s->kind->has_rows || s->too_slow || s->next_out == s->n_done))
        return true;
    if (s->task.module.any)
        return stage_overwritten(s, 0, e);
    return err_set(e, ERR_SOFTWARE, "please report it", "%llu of %llu tiles were lost",
                   (unsigned long long)(s->task.n_tiles - s->n_done),
                   (unsigned long long)s->task.n_tiles);
}

bool stage_run(struct stage *s, const struct wire_task *task, struct err *e)
{
    struct timeline *timeline = s->job->sinks->timeline;
    if (timeline)
        timeline_begin_stage(timeline, stage_kind_at(task->kind)->what, task->n_workers,
                             log_seconds());
    if (!stage_open(s, task, e))
        return false;
    stage_prepare_workers(s);
    for (unsigned i = 0; i < task->n_workers; i++)
        if (!stage_spawn(s, i, e))
            return false;
    const bool ok = watch(s, e) && finish_lost_tiles(s, e) && all_done(s, e);
    if (timeline)
        timeline_end_stage(timeline, log_seconds());
    return ok;
}

double stage_share(const struct stage *s)
{
    return s->task.n_tiles ? (double)s->n_done / (double)s->task.n_tiles : 1;
}

static void end_workers(struct stage *s)
{
    int status;
    for (unsigned i = 0; i < s->task.n_workers; i++)
        if (s->procs[i].pid > 0)
            kill(s->procs[i].pid, SIGKILL);
    for (unsigned i = 0; i < s->task.n_workers; i++)
        proc_reap(&s->procs[i], true, &status);
}

void stage_close(struct stage *s)
{
    if (s->procs)
        end_workers(s);
    stage_free(s);
}
