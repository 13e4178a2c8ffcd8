/* The beginning of a stage: its control segment, and worker processes with the descriptors that
 * they need. */
#include "core/memory.h"
#include "core/process.h"
#include "core/shm.h"
#include "core/topology.h"
#include "matcher/engine/stage_internal.h"

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

#define LEAST_SHARE_BYTES (256ull << 20)
#define OWN_BYTES (128ull << 20) /* of a worker, besides lists of candidates … */
#define LIST_BYTES 24ull         /* … of so much a row of B and option */

bool stage_has_rows(const struct wire_task *task)
{
    return task->stage == WIRE_EMIT || task->stage == WIRE_REFINE || task->stage == WIRE_LOOP;
}

/* ---- The control segment ---------------------------------------------------------------------*/

/* Tells the workers which rows are tapped. */
static bool share_tapped(struct stage *s, struct err *e)
{
    const struct audit_tap *audit_tap = s->job->audit_tap;
    size_t bytes = audit_tap->n * sizeof *audit_tap->row;
    s->control->tapped_at = shm_alloc(&s->shm, "the control segment", bytes + 1, 64, e);
    if (!s->control->tapped_at)
        return false;
    s->control->task.n_tapped = audit_tap->n;
    memcpy(wire_at(s->control, s->control->tapped_at), audit_tap->row, bytes);
    return true;
}

/* Tells the workers which pairs are left out; there is room for as many as there may be. */
static bool share_rejects(struct stage *s, struct err *e)
{
    const struct rejects *rejects = s->job->rejects;
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

/* What a worker with a module may take: its share of what there is, besides what it needs for
 * itself. */
static uint64_t worker_bytes(const struct stage *s, const struct wire_task *task)
{
    uint64_t share = mem_available_bytes() / s->job->n_workers;
    uint64_t lists = task->n_options * (s->job->table[1].head->n_rows + 1) * LIST_BYTES;
    return (share > LEAST_SHARE_BYTES ? share : LEAST_SHARE_BYTES) + OWN_BYTES + lists;
}

/* Rings are smaller where memory is short. */
static size_t ring_size(const struct wire_task *task)
{
    size_t bytes = stage_has_rows(task) ? RING_MOST : 0, room = mem_available_bytes();
    while (bytes > RING_LEAST && bytes * task->n_workers > room / 4)
        bytes /= 2;
    return bytes;
}

bool stage_open(struct stage *s, const struct wire_task *task, struct err *e)
{
    const char *what = "the control segment";
    size_t slots = task->n_workers * sizeof(struct wire_slot);
    size_t ring_bytes = ring_size(task);
    size_t reserve = (64u << 20) + slots + task->n_workers * ring_bytes + task->n_tiles +
                     task->max_chunks * sizeof(uint32_t) +
                     (s->job->audit_tap ? s->job->audit_tap->n * sizeof(uint64_t) : 0) +
                     (s->job->rejects ? s->job->rejects->max * sizeof(uint64_t) : 0);
    if (!shm_create(&s->shm, what, reserve, e) ||
        !shm_alloc(&s->shm, what, sizeof(struct wire_control) + slots, 64, e))
        return false;
    s->control = wire_control(&s->shm);
    s->control->task = *task;
    s->control->task.ring_bytes = ring_bytes;
    s->control->done_at = shm_alloc(&s->shm, what, task->n_tiles + 1, 64, e);
    s->control->chunk_owner_at =
        s->control->done_at ? shm_alloc(&s->shm, what, (task->max_chunks + 1) * 4, 64, e) : 0;
    s->control->rings_at = s->control->chunk_owner_at
                               ? shm_alloc(&s->shm, what, task->n_workers * ring_bytes + 64, 64, e)
                               : 0;
    if (s->control->rings_at &&
        ((s->job->audit_tap && !share_tapped(s, e)) || !share_rejects(s, e)))
        return false;
    s->control->task.worker_bytes = task->has_module ? worker_bytes(s, task) : 0;
    s->procs = calloc(task->n_workers, sizeof *s->procs);
    s->used = calloc(task->max_chunks + 1, sizeof *s->used);
    if (!s->control->rings_at)
        return false;
    s->care = calloc(task->n_workers, sizeof *s->care);
    if (!s->procs || !s->used || !s->care)
        return err_set(e, ERR_OS, NULL, "not enough memory to watch over the workers");
    s->control->magic = WIRE_MAGIC;
    return true;
}

void stage_prepare_slots(struct stage *s)
{
    unsigned n = s->control->task.n_workers;
    struct topo_place *places = calloc(n, sizeof *places);
    if (places)
        topo_places(s->job->topo, s->job->bind, n, places);
    for (unsigned i = 0; i < n; i++) {
        s->control->slot[i].redo_tile = WIRE_NO_TILE;
        atomic_store(&s->control->slot[i].tile, WIRE_NO_TILE);
        if (places)
            s->control->slot[i].place = places[i];
        s->procs[i].pid = -1;
        s->care[i].patience_seconds = s->job->pair_timeout_seconds;
    }
    free(places);
}

/* ---- Spawning --------------------------------------------------------------------------------*/

/* A descriptor of `shm` that is only for reading, or of /dev/null when there is none. */
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

/* What a worker gets under descriptor `k`: the segment to read, or NULL for nothing. */
static const struct shm *readonly_segment(const struct stage *s, int k)
{
    if (k >= WIRE_FD_SIGNATURES)
        return s->signatures[k - WIRE_FD_SIGNATURES];
    if (k >= WIRE_FD_PAIRS)
        return s->pairs[k - WIRE_FD_PAIRS];
    if (k >= WIRE_FD_ROW_RANGE)
        return s->row_range[k - WIRE_FD_ROW_RANGE];
    return k == WIRE_FD_TABLE_A                             ? s->job->tables[0]
           : k == WIRE_FD_TABLE_B                           ? s->job->tables[1]
           : k == WIRE_FD_INDEX                             ? s->job->index
           : k == WIRE_FD_JOIN                              ? s->join
           : k == WIRE_FD_PREPARED && s->job->prepared.base ? &s->job->prepared
                                                            : NULL;
}

/* The descriptor itself; the caller closes it. -1 with *e set. */
static int worker_fd(const struct stage *s, int k, struct err *e)
{
    int fd = k == WIRE_FD_CONTROL                    ? s->shm.fd
             : k == WIRE_FD_ARENA && s->arena        ? s->arena->fd
             : k == WIRE_FD_PREPARED && s->prepared  ? s->prepared->fd
             : k == WIRE_FD_MODULE && s->job->scorer ? s->job->scorer->fd
                                                     : -1;
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
