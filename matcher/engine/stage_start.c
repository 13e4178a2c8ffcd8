/* The start of a stage: its control segment, and worker processes with the descriptors that they
 * need. */
#include "core/memory.h"
#include "core/process.h"
#include "core/shm.h"
#include "core/topology.h"
#include "matcher/engine/stage_internal.h"
#include "matcher/scorer/scorer.h"

#include "data/emit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RING_MOST ((size_t)4 << 20)
#define RING_LEAST ((size_t)1 << 20)
_Static_assert(RING_LEAST / 4 >= EMIT_FLUSH_BYTES, "a frame takes whole lines");
_Static_assert(RING_MOST / 4 <= UINT32_MAX, "a frame counts its bytes");
_Static_assert(WIRE_FD_END - WIRE_FD_CONTROL <= PROC_MAX_FDS, "a worker gets all its descriptors");

#define LEAST_SHARE_BYTES (256ull << 20)
#define OWN_BYTES (128ull << 20) /* of a worker, besides its lists of candidates … */
#define LIST_BYTES 24ull         /* … of so many bytes a row of B and option */

/* ---- The control segment ---------------------------------------------------------------------*/

/* Tells the workers which rows are tapped. */
static bool share_tapped(struct stage *s, struct err *e)
{
    const struct audit_tap *tap = s->job->sinks->tap;
    size_t bytes = tap->n * sizeof *tap->row;
    s->control->tapped_at = shm_alloc(&s->shm, "the control segment", bytes + 1, 64, e);
    if (!s->control->tapped_at)
        return false;
    s->control->n_tapped = tap->n;
    if (bytes)
        memcpy(wire_at(s->control, s->control->tapped_at), tap->row, bytes);
    return true;
}

/* Tells the workers which pairs are left out. The list has the capacity for all that may come. */
static bool share_rejects(struct stage *s, struct err *e)
{
    const struct rejects *rejects = s->job->faults->rejects;
    struct wire_control *c = s->control;
    if (!rejects)
        return true;
    c->rejects_at =
        shm_alloc(&s->shm, "the control segment", (rejects->max + 1) * sizeof(uint64_t), 64, e);
    if (!c->rejects_at)
        return false;
    for (uint64_t i = 0; i < rejects->n; i++)
        wire_rejects(c)[i] = reject_key(rejects->at[i].row_a, rejects->at[i].row_b);
    atomic_store(&c->n_rejects, rejects->n);
    return true;
}

/* What a worker with a module may take: its share of the available memory, and what it needs
 * itself. */
static uint64_t worker_bytes(const struct stage *s, const struct wire_task *task)
{
    const uint64_t n_options = s->kind->has_options ? task->refine.n_options : 0;
    const uint64_t rows_b = s->job->inputs->table[1].head->n_rows;
    const uint64_t share = mem_available_bytes() / s->job->plan->n_workers;
    const uint64_t lists = n_options * (rows_b + 1) * LIST_BYTES;
    return (share > LEAST_SHARE_BYTES ? share : LEAST_SHARE_BYTES) + OWN_BYTES + lists;
}

/* Rings are smaller where memory is short. */
static size_t ring_size(const struct stage *s, const struct wire_task *task)
{
    size_t bytes = s->kind->has_rows ? RING_MOST : 0, available = mem_available_bytes();
    while (bytes > RING_LEAST && bytes * task->n_workers > available / 4)
        bytes /= 2;
    return bytes;
}

void stage_init(struct stage *s, const struct job *job, const struct prepared *prepared,
                uint64_t pairs_before)
{
    *s = (struct stage){.job = job, .prepared = prepared, .pairs_before = pairs_before};
}

/* The address space of the control segment. Only what is used becomes memory. */
static size_t control_reserve(const struct stage *s, const struct wire_task *task,
                              size_t ring_bytes)
{
    const struct audit_tap *tap = s->job->sinks->tap;
    const struct rejects *rejects = s->job->faults->rejects;
    return (64u << 20) + task->n_workers * (sizeof(struct wire_slot) + ring_bytes) + task->n_tiles +
           task->n_workers * sizeof(struct topo_place) + s->max_chunks * sizeof(uint32_t) +
           (tap ? tap->n * sizeof(uint64_t) : 0) + (rejects ? rejects->max * sizeof(uint64_t) : 0);
}

/* Lays out the control segment: the task, the slots, then the parts whose size the task gives. */
static bool control_create(struct stage *s, const struct wire_task *task, struct err *e)
{
    const char *what = "the control segment";
    const size_t ring_bytes = ring_size(s, task);
    const size_t head = wire_control_bytes(task->n_workers);
    const size_t places = task->n_workers * sizeof(struct topo_place);
    if (!shm_create(&s->shm, what, control_reserve(s, task, ring_bytes), e) ||
        !shm_alloc(&s->shm, what, head, 64, e))
        return false;
    struct wire_control *c = s->control = shm_writable(&s->shm, SHM_HEAD_AT, struct wire_control);
    c->control_bytes = head;
    c->task = *task;
    c->ring_bytes = ring_bytes;
    c->max_chunks = s->max_chunks;
    c->worker_bytes = task->module.any ? worker_bytes(s, task) : 0;
    return (c->places_at = shm_alloc(&s->shm, what, places, 64, e)) &&
           (c->done_at = shm_alloc(&s->shm, what, task->n_tiles + 1, 64, e)) &&
           (c->chunk_owner_at = shm_alloc(&s->shm, what, (s->max_chunks + 1) * 4, 64, e)) &&
           (c->rings_at = shm_alloc(&s->shm, what, task->n_workers * ring_bytes + 64, 64, e)) &&
           (!s->job->sinks->tap || share_tapped(s, e)) && share_rejects(s, e);
}

bool stage_open(struct stage *s, const struct wire_task *task, struct err *e)
{
    s->kind = stage_kind_at(task->kind);
    if (!control_create(s, task, e))
        return false;
    s->procs = calloc(task->n_workers, sizeof *s->procs);
    s->used = calloc(s->max_chunks + 1, sizeof *s->used);
    s->liveness = calloc(task->n_workers, sizeof *s->liveness);
    if (!s->procs || !s->used || !s->liveness)
        return err_set(e, ERR_OS, NULL, "not enough memory to watch over the workers");
    s->control->magic = WIRE_MAGIC;
    return true;
}

void stage_prepare_slots(struct stage *s)
{
    unsigned n = s->control->task.n_workers;
    topo_places(s->job->placement->topo, s->job->placement->bind, n, wire_places(s->control));
    for (unsigned i = 0; i < n; i++) {
        s->control->slot[i].redo_tile = WIRE_NO_TILE;
        atomic_store(&s->control->slot[i].tile, WIRE_NO_TILE);
        s->procs[i].pid = -1;
        s->liveness[i].patience_seconds = s->job->faults->pair_timeout_seconds;
    }
}

/* ---- Spawning --------------------------------------------------------------------------------*/

/* A read-only descriptor of `shm`, or of /dev/null if `shm` does not exist. */
static int readonly_fd(const struct shm *shm, struct err *e)
{
    if (shm)
        return shm_readonly_fd(shm, e);
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        err_system(e, ERR_OS, errno, NULL, "/dev/null cannot be opened");
    return fd;
}

static bool spawn_with(struct stage *s, unsigned i, const int *fds, struct err *e)
{
    char path[4096], number[16], parent[16];
    if (!proc_self_path(path, sizeof path, e))
        return false;
    snprintf(number, sizeof number, "%u", i);
    snprintf(parent, sizeof parent, "%d", (int)getpid());
    char verb[] = "worker", run[] = "run";
    char *argv[] = {path, verb, run, number, parent, NULL};
    char one_thread[] = "OMP_NUM_THREADS=1";
    char *env[] = {one_thread, NULL};
    atomic_store(&s->control->slot[i].state, WIRE_STARTING);
    return proc_spawn(&s->procs[i], argv, fds, WIRE_FD_END - WIRE_FD_CONTROL, env, e);
}

/* The segment that a worker reads under descriptor `k`, or NULL. */
static const struct shm *readonly_segment(const struct stage *s, int k)
{
    if (k >= WIRE_FD_SIGNATURES)
        return s->signatures[k - WIRE_FD_SIGNATURES];
    if (k >= WIRE_FD_PAIRS)
        return s->pairs[k - WIRE_FD_PAIRS];
    if (k >= WIRE_FD_ROW_RANGE)
        return s->row_range[k - WIRE_FD_ROW_RANGE];
    const struct inputs *inputs = s->job->inputs;
    return k == WIRE_FD_TABLE_A                              ? inputs->table_segment[0]
           : k == WIRE_FD_TABLE_B                            ? inputs->table_segment[1]
           : k == WIRE_FD_INDEX                              ? inputs->index_segment
           : k == WIRE_FD_JOIN                               ? s->join
           : k == WIRE_FD_PREPARED && s->prepared->row_bytes ? &s->prepared->shm
                                                             : NULL;
}

/* The segment or file that a worker may write to under descriptor `k`; -1: none. */
static int writable_fd(const struct stage *s, int k)
{
    const struct scorer *scorer = s->job->query->scorer;
    const bool prepares = k == WIRE_FD_PREPARED && s->kind->by_record;
    return k == WIRE_FD_CONTROL             ? s->shm.fd
           : k == WIRE_FD_ARENA && s->arena ? s->arena->fd
           : prepares                       ? s->prepared->shm.fd
           : k == WIRE_FD_MODULE && scorer  ? scorer->fd
                                            : -1;
}

/* The descriptor that a worker gets as `k`; the caller closes it. -1 with *e set. */
static int worker_fd(const struct stage *s, int k, struct err *e)
{
    int fd = writable_fd(s, k);
    if (fd < 0)
        return readonly_fd(readonly_segment(s, k), e);
    fd = dup(fd);
    if (fd < 0)
        err_system(e, ERR_OS, errno, NULL, "no descriptor for a worker");
    return fd;
}

bool stage_spawn(struct stage *s, unsigned i, struct err *e)
{
    int fds[WIRE_FD_END - WIRE_FD_CONTROL], n = 0;
    bool ok = true;
    while (ok && n < WIRE_FD_END - WIRE_FD_CONTROL) {
        fds[n] = worker_fd(s, n + WIRE_FD_CONTROL, e);
        ok = fds[n] >= 0;
        n += ok;
    }
    ok = ok && spawn_with(s, i, fds, e);
    while (n > 0)
        close(fds[--n]);
    return ok;
}
