/* A stage whose workers do anything: the coordinator's own loop, with processes that are made up.
 * Whenever it waits, the input says what happens: a worker hands over a piece of its tile, dies,
 * fails, stops, or its scorer overwrites a part of the reports with zeros, ones, random words, a
 * copy of another part, or what the input says. At the end all workers do what they must. The
 * stage ends; with every byte of the output as it should be, or with an error that has a status and
 * a text; and no process but its workers gets a signal. */
#include "tests/fuzz/fuzz.h"
#include "tests/harness/harness_memory.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_stage.h"

#include "matcher/scorer/scorer.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 3u
#define MOST_PROCESSES 2000u
#define MOST_STEPS 20000u /* after the input has ended */
#define TILES 6u
#define ROWS 6u
#define CHUNKS 4u
#define FIRST_PID 1000000000 /* no process has that */

static struct harness_stage h;
static struct fuzz_input input;
static unsigned steps_after;
static bool only_kills; /* so far nothing has happened but work, and kills from outside */

/* A process that is made up: a worker, or a probe. */
static struct fake {
    bool alive, stopped;
    int status; /* as waitpid has it, once it is dead */
    struct shm orders, reports;
    struct wire wire;
    uint64_t tile;
    unsigned step; /* in it */
    uint32_t used; /* pairs in the chunk of its number, its predecessors' with them */
} fakes[MOST_PROCESSES];

static unsigned n_fakes;

static struct fake *fake_of(pid_t pid)
{
    FUZZ_EXPECT(pid >= FIRST_PID && pid < FIRST_PID + (pid_t)n_fakes);
    return &fakes[pid - FIRST_PID];
}

static void end_fake(struct fake *f, int status)
{
    f->alive = false;
    f->status = status;
    shm_close(&f->orders);
    shm_close(&f->reports);
}

/* ---- What a worker does ----------------------------------------------------------------------*/

static const struct stage_kind *kind_of(const struct fake *f)
{
    return stage_kind_at(f->wire.orders->task.kind);
}

static void hand_over_lines(struct fake *f)
{
    char text[64];
    int n = snprintf(text, sizeof text, "%u,%u,of tile\n", f->step, (unsigned)f->tile);
    const uint64_t skip = f->wire.skip_bytes < (uint64_t)n ? f->wire.skip_bytes : (uint64_t)n;
    f->wire.skip_bytes -= skip;
    if (skip < (uint64_t)n)
        wire_put(&f->wire,
                 (struct wire_frame){
                     .tile = (uint32_t)f->tile, .bytes = (uint32_t)n - (uint32_t)skip, .pairs = 1},
                 text + skip);
}

static void hand_over_done(struct fake *f)
{
    const bool finds_pairs = kind_of(f)->finds_pairs;
    const size_t bytes = sizeof(struct wire_done) + finds_pairs * sizeof(struct wire_chunk);
    struct wire_done *said = calloc(1, bytes);
    FUZZ_EXPECT(said);
    said->work.rows = 1;
    if (finds_pairs) {
        said->n_chunks = 1;
        said->chunk[0] = (struct wire_chunk){.chunk = f->wire.number, .used = {++f->used, 1}};
    }
    wire_put(&f->wire,
             (struct wire_frame){.tile = (uint32_t)f->tile, .bytes = (uint32_t)bytes, .last = 1},
             said);
    free(said);
}

static void leave(struct fake *f)
{
    atomic_store(&f->wire.slot->state, WIRE_DONE);
    end_fake(f, 0);
}

/* One step of an honest worker. */
static void work(struct fake *f)
{
    atomic_store(&f->wire.slot->state, WIRE_RUNNING);
    if (f->tile == WIRE_NO_TILE) {
        f->tile =
            kind_of(f) == &stage_probe ? (f->step ? WIRE_NO_TILE : 0) : wire_next_tile(&f->wire);
        f->step = 0;
        if (f->tile == WIRE_NO_TILE)
            leave(f);
        return;
    }
    if (kind_of(f)->has_rows && f->step < 3) {
        hand_over_lines(f);
        f->step++;
        return;
    }
    hand_over_done(f);
    f->tile = WIRE_NO_TILE;
    f->step = kind_of(f) == &stage_probe;
}

/* It says where it scores: some pair that exists, or not. */
static void score(struct fake *f)
{
    const uint8_t at = fuzz_byte(&input);
    struct wire_slot *slot = f->wire.slot;
    atomic_store(&slot->row_a, at % ROWS);
    if (kind_of(f)->by_record)
        atomic_store(&slot->b_from, at & 1);
    else if (kind_of(f) != &stage_probe)
        atomic_store(&slot->b_from, at / 8 % ROWS);
    else
        atomic_store(&slot->b_from, f->wire.orders->task.probe.b_from);
    atomic_store(&slot->b_to, at / 8 % ROWS + 1);
    atomic_store(&slot->scoring, at & 128);
}

static void overwrite(char *p, size_t n)
{
    const uint8_t what = fuzz_byte(&input);
    if (what < 32)
        memset(p, 0, n);
    else if (what < 64)
        memset(p, 0xff, n);
    else if (what < 96)
        for (size_t i = 0; i < n; i++)
            p[i] = (char)harness_below(256);
    else
        for (size_t i = 0; i < n && input.n; i++)
            p[i] = (char)fuzz_byte(&input);
}

/* The scorer of a worker overwrites a part of the reports: of the slots, mostly. */
static void scribble(struct fake *f)
{
    char *begin = (char *)f->wire.reports;
    const size_t all = f->reports.bytes - SHM_HEAD_AT;
    const size_t slots = wire_reports_bytes(f->wire.orders->task.n_workers);
    const uint8_t where = fuzz_byte(&input);
    const size_t most = where < 128 ? slots : where < 240 ? slots + 4096 : all;
    const size_t word = (size_t)fuzz_byte(&input) << 8 | fuzz_byte(&input);
    const size_t at = word * 4 % most, n = (size_t)1 << fuzz_byte(&input) % 13;
    const size_t bytes = n < most - at ? n : most - at;
    if (fuzz_byte(&input) & 1) {
        const size_t from = ((size_t)fuzz_byte(&input) << 8 | fuzz_byte(&input)) * 4 % most;
        memmove(begin + at, begin + from, bytes < most - from ? bytes : most - from);
        return;
    }
    overwrite(begin + at, bytes);
}

static void fail(struct fake *f)
{
    err_set(&f->wire.slot->error, ERR_OS, NULL, "the worker says why");
    atomic_store(&f->wire.slot->state, WIRE_FAILED);
    end_fake(f, ERR_OS << 8);
}

/* One thing that happens. */
static void happen(void)
{
    const uint8_t what = fuzz_byte(&input), who = fuzz_byte(&input);
    struct fake *f = n_fakes ? &fakes[n_fakes - 1 - who % n_fakes] : NULL;
    if (!f || !f->alive)
        return;
    only_kills = only_kills && (what < 128 || (what >= 208 && what < 220));
    if (what < 128)
        work(f);
    else if (what < 160)
        score(f);
    else if (what < 208)
        scribble(f);
    else if (what < 220)
        end_fake(f, SIGKILL);
    else if (what < 236)
        end_fake(f, SIGSEGV);
    else if (what < 240)
        end_fake(f, 3 << 8);
    else if (what < 244)
        fail(f);
    else
        f->stopped = true;
}

/* After the input all do what they must. */
static void all_work(void)
{
    FUZZ_EXPECT(++steps_after < MOST_STEPS); /* or the stage never ends */
    for (unsigned i = 0; i < n_fakes; i++)
        if (fakes[i].alive)
            work(&fakes[i]);
}

/* ---- What the coordinator calls --------------------------------------------------------------*/

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's names */
bool __wrap_proc_spawn(struct proc *p, char *const argv[], const int *fds, size_t n_fds,
                       char *const env[], struct err *e);
bool __wrap_proc_reap(struct proc *p, bool block, int *status);
bool __wrap_proc_end(struct proc *p, double seconds, int *status);
bool __wrap_proc_has_ended(const struct proc *p);
bool __wrap_proc_stopped(const struct proc *p);
double __wrap_proc_cpu_seconds(const struct proc *p);
bool __wrap_mem_watch(const char *what, const struct proc *children, size_t n, struct err *e);
int __wrap_kill(pid_t pid, int number);
int __wrap_nanosleep(const struct timespec *t, struct timespec *left);
void __wrap_wire_wait(const _Atomic uint32_t *futex, uint32_t seen, unsigned milliseconds);

bool __wrap_proc_spawn(struct proc *p, char *const argv[], const int *fds, size_t n_fds,
                       char *const env[], struct err *e)
{
    (void)n_fds, (void)env;
    if (n_fakes == MOST_PROCESSES)
        return err_set(e, ERR_OS, NULL, "too many processes for this fuzzer");
    struct fake *f = &fakes[n_fakes];
    *f = (struct fake){.alive = true, .tile = WIRE_NO_TILE};
    FUZZ_EXPECT(shm_attach(&f->orders, dup(fds[0]), false, e) &&
                shm_attach(&f->reports, dup(fds[1]), true, e) &&
                wire_attach(&f->wire, &f->orders, &f->reports, (unsigned)atoi(argv[3]), e));
    f->used = h.stage.used[f->wire.number].pairs;
    p->pid = FIRST_PID + (pid_t)n_fakes++;
    return true;
}

bool __wrap_proc_reap(struct proc *p, bool block, int *status)
{
    if (p->pid <= 0)
        return false;
    const struct fake *f = fake_of(p->pid);
    FUZZ_EXPECT(!block || !f->alive); /* or it would wait for ever */
    if (f->alive)
        return false;
    *status = f->status;
    p->pid = -1;
    return true;
}

bool __wrap_proc_end(struct proc *p, double seconds, int *status)
{
    (void)seconds;
    if (p->pid > 0 && fake_of(p->pid)->alive)
        __wrap_kill(p->pid, SIGKILL);
    return p->pid <= 0 || __wrap_proc_reap(p, true, status);
}

bool __wrap_proc_has_ended(const struct proc *p)
{
    return p->pid > 0 && !fake_of(p->pid)->alive;
}

bool __wrap_proc_stopped(const struct proc *p)
{
    const bool stopped = p->pid > 0 && fake_of(p->pid)->stopped;
    if (stopped)
        fake_of(p->pid)->stopped = false;
    return stopped;
}

double __wrap_proc_cpu_seconds(const struct proc *p)
{
    (void)p;
    return 0;
}

bool __wrap_mem_watch(const char *what, const struct proc *children, size_t n, struct err *e)
{
    (void)what, (void)children, (void)n, (void)e;
    return true;
}

int __wrap_kill(pid_t pid, int number)
{
    struct fake *f = fake_of(pid);
    if (f->alive && number == SIGKILL)
        end_fake(f, SIGKILL);
    return 0;
}

int __wrap_nanosleep(const struct timespec *t, struct timespec *left)
{
    (void)t, (void)left;
    if (input.n)
        happen();
    return 0;
}

void __wrap_wire_wait(const _Atomic uint32_t *futex, uint32_t seen, unsigned milliseconds)
{
    (void)futex, (void)seen, (void)milliseconds;
    for (unsigned n = fuzz_byte(&input) % 32; n > 0 && input.n; n--)
        happen();
    if (!input.n)
        all_work();
}
/* NOLINTEND(bugprone-reserved-identifier) */

/* ---- One stage -------------------------------------------------------------------------------*/

static void check_output(void)
{
    char expected[1024];
    size_t n = 0;
    for (unsigned tile = 0; tile < TILES; tile++)
        for (unsigned step = 0; step < 3; step++)
            n += (size_t)snprintf(expected + n, sizeof expected - n, "%u,%u,of tile\n", step, tile);
    char *output = harness_stage_output(&h);
    FUZZ_EXPECT(strcmp(output, expected) == 0);
    free(output);
}

static uint64_t pairs_that_count(void)
{
    uint64_t n = 0;
    for (unsigned k = 0; k < CHUNKS; k++)
        n += h.stage.used[k].pairs;
    return n;
}

static void check_done(void)
{
    FUZZ_EXPECT(!h.stage.overflow && h.stage.n_done == TILES && h.stage.work.rows == TILES);
    if (h.stage.kind->has_rows) {
        FUZZ_EXPECT(h.stage.pairs_found == 3 * TILES);
        check_output();
    }
    if (h.stage.kind->finds_pairs)
        FUZZ_EXPECT(pairs_that_count() == TILES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct stage_kind *const kinds[] = {&stage_loop, &stage_nested, &stage_prepare};
    static struct scorer scorer = {.path = "score.c", .fd = STDIN_FILENO};
    static struct rejects rejects;
    struct err e = {0};
    input = (struct fuzz_input){data, n};
    const uint8_t how = fuzz_byte(&input);
    harness_memory_bytes = (size_t)8 << 20; /* small rings */
    harness_seed(how);
    n_fakes = steps_after = 0;
    only_kills = kinds[how % 3] != &stage_prepare; /* which blames the record after three kills */
    harness_stage_make(&h, kinds[how % 3], 1 + how / 3 % WORKERS, TILES);
    h.head.n_rows = ROWS;
    h.query.scorer = &scorer;
    h.task.module.any = true;
    rejects = (struct rejects){.max = 3};
    h.faults.rejects = how & 64 ? &rejects : NULL;
    h.stage.max_chunks = CHUNKS;
    if (stage_run(&h.stage, &h.task, &e))
        check_done();
    else
        FUZZ_EXPECT(((e.status == ERR_SCORER && !only_kills) || e.status == ERR_OS) && *e.text);
    harness_stage_close(&h);
    rejects_close(&rejects);
    for (unsigned i = 0; i < n_fakes; i++)
        FUZZ_EXPECT(!fakes[i].alive); /* none is left */
    return 0;
}
