/* The start of a stage: its segments and tables, and worker processes with the descriptors that
 * they need. */
#include "core/machine/topology.h"
#include "core/memory.h"
#include "core/process.h"
#include "core/shm.h"
#include "matcher/engine/stage_internal.h"
#include "matcher/scorer/scorer.h"

#include "data/emit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RING_MOST ((size_t)4 << 20) /* where lines go through it */
#define RING_LEAST ((size_t)1 << 20)
#define RING_DONE RING_LEAST /* where only tiles that are done are said, each with its chunks */
_Static_assert(RING_LEAST / 4 >= EMIT_FLUSH_BYTES, "a frame takes whole lines");
_Static_assert(RING_MOST / 4 <= UINT32_MAX, "a frame counts its bytes");
_Static_assert(WIRE_FD_END - WIRE_FD_ORDERS <= PROC_MAX_FDS, "a worker gets all its descriptors");

#define LEAST_SHARE_BYTES (256ull << 20)
#define OWN_BYTES (128ull << 20) /* of a worker, besides its lists of candidates … */
#define LIST_BYTES 28ull         /* … of so many bytes a row of B and option */

static const char what[] = "the control segment";

/* ---- Segments --------------------------------------------------------------------------------*/

/* The segment that a worker reads under descriptor `k`, or NULL. */
static const struct shm *readonly_segment(const struct stage *s, int k)
{
    if (k >= WIRE_FD_OPTIONS) {
        const uint32_t at = (uint32_t)(k - WIRE_FD_OPTIONS), option = at / WIRE_OPTION_PARTS;
        const struct shm *const part[] = {[WIRE_ROW_RANGE] = s->row_range[option],
                                          [WIRE_PAIRS] = s->pairs[option],
                                          [WIRE_SIGNATURES] = s->signatures[option],
                                          [WIRE_COMPOUNDS] = s->compounds[option]};
        return part[at % WIRE_OPTION_PARTS];
    }
    const struct inputs *inputs = s->job->inputs;
    return k == WIRE_FD_ORDERS                               ? &s->orders_segment
           : k == WIRE_FD_TABLE_A                            ? inputs->table_segment[0]
           : k == WIRE_FD_TABLE_B                            ? inputs->table_segment[1]
           : k == WIRE_FD_INDEX                              ? inputs->index_segment
           : k == WIRE_FD_JOIN                               ? s->join
           : k == WIRE_FD_HALF                               ? s->half
           : k == WIRE_FD_PREPARED && s->prepared->row_bytes ? &s->prepared->shm
                                                             : NULL;
}

/* ---- Orders ----------------------------------------------------------------------------------*/

/* Tells the workers which rows are tapped. */
static bool share_tapped(struct stage *s, struct err *e)
{
    const struct audit_tap *tap = s->job->sinks->tap;
    const size_t bytes = tap ? tap->n * sizeof *tap->row : 0;
    struct wire_orders *orders = s->orders;
    orders->tapped_at = shm_alloc(&s->orders_segment, what, bytes + 1, 64, e);
    if (!orders->tapped_at)
        return false;
    orders->n_tapped = tap ? tap->n : 0;
    if (bytes)
        memcpy(wire_at(orders, orders->tapped_at), tap->row, bytes);
    return true;
}

/* Tells the workers which rows of A are of this part, where those without a pair have lines. */
static bool share_part(struct stage *s, struct err *e)
{
    const struct inputs *inputs = s->job->inputs;
    const struct row_list *part = &inputs->part;
    struct wire_orders *orders = s->orders;
    if (!part->row || !s->task.lines.unmatched[0] || s->kind->by_item)
        return true;
    const uint64_t words = inputs->table[0].head->n_rows / 64 + 1;
    orders->part_at = shm_alloc(&s->orders_segment, what, words * sizeof(uint64_t), 64, e);
    if (!orders->part_at)
        return false;
    uint64_t *bits = wire_at(orders, orders->part_at);
    for (uint64_t i = 0; i < part->n; i++)
        bits[part->row[i] / 64] |= 1ull << part->row[i] % 64;
    return true;
}

/* Says where in their files the segments lie. */
static void share_pieces(struct stage *s)
{
    for (int k = WIRE_FD_ORDERS + 1; k < WIRE_FD_END; k++) {
        const struct shm *segment = readonly_segment(s, k);
        if (segment && segment->file_at)
            s->orders->piece[k] = (struct wire_piece){segment->file_at, segment->bytes};
    }
}

/* Tells the workers which pairs are left out. The list has the capacity for all that may come. */
static bool share_rejects(struct stage *s, struct err *e)
{
    const struct rejects *rejects = s->job->faults->rejects;
    struct wire_orders *orders = s->orders;
    if (!rejects)
        return true;
    orders->rejects_at =
        shm_alloc(&s->orders_segment, what, (rejects->max + 1) * sizeof(uint64_t), 64, e);
    if (!orders->rejects_at)
        return false;
    for (uint64_t i = 0; i < rejects->n; i++)
        wire_rejects(orders)[i] = reject_key(rejects->at[i].row_a, rejects->at[i].row_b);
    atomic_store(&orders->n_rejects, rejects->n);
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

/* The address space of the orders. Only what is used becomes memory. */
static size_t orders_reserve(const struct stage *s)
{
    const struct audit_tap *tap = s->job->sinks->tap;
    const struct rejects *rejects = s->job->faults->rejects;
    const struct inputs *inputs = s->job->inputs;
    return 4096 + wire_orders_bytes(s->task.n_workers) + (tap ? tap->n * sizeof(uint64_t) : 0) +
           (rejects ? rejects->max * sizeof(uint64_t) : 0) +
           (inputs->part.row ? inputs->table[0].head->n_rows / 8 + 4096 : 0);
}

static bool orders_create(struct stage *s, struct err *e)
{
    const size_t bytes = wire_orders_bytes(s->task.n_workers);
    if (!shm_create(&s->orders_segment, what, orders_reserve(s), e) ||
        !shm_alloc(&s->orders_segment, what, bytes, 64, e))
        return false;
    struct wire_orders *orders = s->orders =
        shm_writable(&s->orders_segment, SHM_HEAD_AT, struct wire_orders);
    orders->orders_bytes = bytes;
    orders->task = s->task;
    orders->ring_bytes = s->ring_bytes;
    orders->max_chunks = s->max_chunks;
    orders->worker_bytes = s->task.module.any ? worker_bytes(s, &s->task) : 0;
    orders->magic = WIRE_MAGIC;
    share_pieces(s);
    return share_tapped(s, e) && share_part(s, e) && share_rejects(s, e);
}

/* ---- Reports ---------------------------------------------------------------------------------*/

/* Rings are smaller where memory is short. */
static size_t ring_size(const struct stage *s)
{
    size_t bytes = s->kind->has_rows ? RING_MOST : RING_DONE, available = mem_available_bytes();
    while (bytes > RING_LEAST && bytes * s->task.n_workers > available / 4)
        bytes /= 2;
    return bytes;
}

static bool reports_create(struct stage *s, struct err *e)
{
    const size_t note_bytes = s->task.module.any ? sizeof(struct wire_note) : 0;
    const size_t bytes =
        wire_reports_bytes(s->task.n_workers) + s->task.n_workers * (s->ring_bytes + note_bytes);
    if (!shm_create(&s->reports_segment, what, bytes + 64, e) ||
        !shm_alloc(&s->reports_segment, what, bytes, 64, e))
        return false;
    s->reports = shm_writable(&s->reports_segment, SHM_HEAD_AT, struct wire_reports);
    return true;
}

/* ---- The stage -------------------------------------------------------------------------------*/

void stage_init(struct stage *s, const struct job *job, const struct prepared *prepared,
                uint64_t pairs_before)
{
    *s = (struct stage){.job = job,
                        .prepared = prepared,
                        .orders_segment.fd = -1,
                        .reports_segment.fd = -1,
                        .life = -1,
                        .pairs_before = pairs_before};
}

/* What the coordinator counts by. */
static bool tables_create(struct stage *s, struct err *e)
{
    const size_t n = s->task.n_workers;
    if (s->task.n_tiles > UINT32_MAX) /* a frame has 32 bits for the number of its tile */
        return err_set(e, ERR_USAGE, "compare fewer pairs at once: --where, or parts of --shard",
                       "there are too many pairs to compare: %llu pieces of work, and 4 billion "
                       "are the most",
                       (unsigned long long)s->task.n_tiles);
    s->procs = calloc(n, sizeof *s->procs);
    s->liveness = calloc(n, sizeof *s->liveness);
    s->begun = calloc(n, sizeof *s->begun);
    s->rings = calloc(n, sizeof *s->rings);
    s->tiles = calloc(s->task.n_tiles + 1, sizeof *s->tiles);
    s->used = calloc(s->max_chunks + 1, sizeof *s->used);
    s->check = calloc(s->max_chunks + 1, sizeof *s->check);
    s->frame = malloc(s->ring_bytes);
    for (size_t i = 0; s->procs && i < n; i++)
        s->procs[i].pid = -1;
    return (s->procs && s->liveness && s->begun && s->rings && s->tiles && s->used && s->check &&
            s->frame) ||
           err_set(e, ERR_OS, NULL, "not enough memory to watch over the workers");
}

/* A pipe that ends when we do. */
static bool life_create(struct stage *s, struct err *e)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_system(e, ERR_OS, errno, NULL, "no pipe for the workers");
    s->life_of_workers = ends[0];
    s->life = ends[1];
    return true;
}

/* How many descriptors a worker gets: up to the last segment of an option. */
static int n_worker_fds(const struct stage *s)
{
    int end = WIRE_FD_END;
    while (end > WIRE_FD_OPTIONS && !readonly_segment(s, end - 1))
        end--;
    return end - WIRE_FD_ORDERS;
}

/* Nobody can change what workers read, nor the size of what they write, whatever they do with their
 * descriptors. The pair arena and what is being prepared are sealed where they are made. */
static void seal_segments(const struct stage *s)
{
    for (int k = WIRE_FD_ORDERS; k < WIRE_FD_END; k++) {
        const struct shm *segment = readonly_segment(s, k);
        if (segment && !(k == WIRE_FD_PREPARED && s->kind->by_record))
            shm_seal(segment, false);
    }
    shm_seal(&s->reports_segment, true);
    /* nor can a scorer seal the reports against the successor of its worker */
    (void)fcntl(s->reports_segment.fd, F_ADD_SEALS, F_SEAL_SEAL);
}

bool stage_open(struct stage *s, const struct wire_task *task, struct err *e)
{
    s->task = *task;
    s->kind = stage_kind_at(task->kind);
    s->ring_bytes = ring_size(s);
    if (!tables_create(s, e) || !orders_create(s, e) || !reports_create(s, e) || !life_create(s, e))
        return false;
    seal_segments(s);
    return true;
}

/* Counts stay; what was made goes. */
void stage_free(struct stage *s)
{
    stage_free_parked(s);
    free(s->procs);
    free(s->liveness);
    free(s->begun);
    free(s->rings);
    free(s->tiles);
    free(s->used);
    free(s->check);
    free(s->frame);
    s->procs = NULL;
    s->liveness = NULL;
    s->begun = NULL;
    s->rings = NULL;
    s->tiles = NULL;
    s->used = NULL;
    s->check = NULL;
    s->frame = NULL;
    shm_close(&s->orders_segment);
    shm_close(&s->reports_segment);
    s->orders = NULL;
    s->reports = NULL;
    if (s->life >= 0) {
        close(s->life);
        close(s->life_of_workers);
    }
    s->life = s->life_of_workers = -1;
}

void stage_prepare_workers(struct stage *s)
{
    const struct placement *placement = s->job->placement;
    const bool here = placement->topo && !topo_described_by(placement->topo);
    struct topo_place *places = calloc(s->task.n_workers, sizeof *places);
    if (places)
        topo_places(here ? placement->topo : NULL, placement->bind, s->task.n_workers, places);
    for (unsigned i = 0; i < s->task.n_workers; i++) {
        if (places)
            s->orders->order[i].place = places[i];
        s->orders->order[i].redo_tile = WIRE_NO_TILE;
        s->rings[i].tile = s->rings[i].given = WIRE_NO_TILE;
        s->liveness[i].patience_seconds = s->job->faults->pair_timeout_seconds;
        atomic_store(&s->reports->slot[i].tile, WIRE_NO_TILE);
    }
    free(places);
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

/* A worker's own number, and ours. */
struct worker_names {
    char number[16], parent[16];
};

static struct worker_names worker_names(unsigned i)
{
    struct worker_names names;
    snprintf(names.number, sizeof names.number, "%u", i);
    snprintf(names.parent, sizeof names.parent, "%d", (int)getpid());
    return names;
}

static bool spawn_program(struct stage *s, unsigned i, const int *fds, struct err *e)
{
    struct worker_names names = worker_names(i);
    char path[PATH_MAX];
    if (!proc_self_path(path, sizeof path, e))
        return false;
    char verb[] = "worker", run[] = "run";
    char *argv[] = {path, verb, run, names.number, names.parent, NULL};
    char one_thread[] = "OMP_NUM_THREADS=1";
    char *env[] = {one_thread, NULL};
    return proc_spawn(&s->procs[i], argv, fds, (size_t)n_worker_fds(s), env, e);
}

/* What PYTHON… variables say is for other programs: they are emptied, but for those that say where
 * Python is and how it reads texts. With the same hash seed in every worker a function that goes by
 * the order of a set gives the same scores. */
static const char *const python_environment[] = {"OMP_NUM_THREADS=1",
                                                 "OPENBLAS_NUM_THREADS=1",
                                                 "MKL_NUM_THREADS=1",
                                                 "PYTHONHASHSEED=0",
                                                 "PYTHONPATH=",
                                                 "PYTHONSTARTUP=",
                                                 "PYTHONINSPECT=",
                                                 "PYTHONOPTIMIZE=",
                                                 "PYTHONWARNINGS=",
                                                 "PYTHONDEVMODE=",
                                                 "PYTHONMALLOC=",
                                                 "PYTHONTRACEMALLOC=",
                                                 "PYTHONFAULTHANDLER=",
                                                 "PYTHONASYNCIODEBUG=",
                                                 "PYTHONPROFILEIMPORTTIME=",
                                                 "PYTHONSAFEPATH=",
                                                 NULL};

/* The worker is the user's interpreter, which loads the extension of the package and runs it. In an
 * editable install that stands apart from the package's Python files, where Python itself finds it.
 */
static bool spawn_python(struct stage *s, unsigned i, const int *fds, struct err *e)
{
    static char begin[] = "import _imp,os,sys\n"
                          "from importlib.machinery import *\n"
                          "f=sys.argv[1]+'/_axb_worker.abi3.so'\n"
                          "if not os.path.exists(f):\n"
                          " from importlib.util import find_spec\n"
                          " f=find_spec('axb._axb_worker').origin\n"
                          "m=_imp.create_dynamic(ModuleSpec('_axb_worker',ExtensionFileLoader("
                          "'_axb_worker',f),origin=f))\n"
                          "sys.modules['_axb_worker']=m\n"
                          "_imp.exec_dynamic(m)\n"
                          "sys.exit(m.run(*sys.argv[1:]))\n";
    const struct scorer *scorer = s->job->query->scorer;
    struct worker_names names = worker_names(i);
    char alone[] = "-s", bare[] = "-B", command[] = "-c";
    char *argv[] = {scorer->python,  alone,        bare,         command, begin,
                    scorer->package, names.number, names.parent, NULL};
    char *env[sizeof python_environment / sizeof *python_environment];
    memcpy(env, python_environment, sizeof env);
    return proc_spawn(&s->procs[i], argv, fds, (size_t)n_worker_fds(s), env, e);
}

static bool spawn_with(struct stage *s, unsigned i, const int *fds, struct err *e)
{
    atomic_store(&s->reports->slot[i].state, WIRE_STARTING);
    return s->task.module.python ? spawn_python(s, i, fds, e) : spawn_program(s, i, fds, e);
}

/* What a worker gets under descriptor `k` as we have it, segments that it may write to among it;
 * -1: nothing. */
static int own_fd(const struct stage *s, int k)
{
    const struct scorer *scorer = s->job->query->scorer;
    const bool prepares = k == WIRE_FD_PREPARED && s->kind->by_record;
    return k == WIRE_FD_REPORTS             ? s->reports_segment.fd
           : k == WIRE_FD_LIFE              ? s->life_of_workers
           : k == WIRE_FD_ARENA && s->arena ? s->arena->fd
           : prepares                       ? s->prepared->shm.fd
           : k == WIRE_FD_MODULE && scorer  ? scorer->fd
                                            : -1;
}

/* The descriptor that a worker gets as `k`; the caller closes it. -1 with *e set. */
static int worker_fd(const struct stage *s, int k, struct err *e)
{
    int fd = own_fd(s, k);
    if (fd < 0)
        return readonly_fd(readonly_segment(s, k), e);
    fd = dup(fd);
    if (fd < 0)
        err_system(e, ERR_OS, errno, NULL, "no descriptor for a worker");
    return fd;
}

bool stage_spawn(struct stage *s, unsigned i, struct err *e)
{
    const int n_fds = n_worker_fds(s);
    int fds[WIRE_FD_END - WIRE_FD_ORDERS], n = 0;
    bool ok = true;
    while (ok && n < n_fds) {
        fds[n] = worker_fd(s, n + WIRE_FD_ORDERS, e);
        ok = fds[n] >= 0;
        n += ok;
    }
    ok = ok && spawn_with(s, i, fds, e);
    while (n > 0)
        close(fds[--n]);
    return ok;
}
