/* Gathers the ranks, leases parts, merges them. */
#include "matcher/mpi/leader.h"

#include "core/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SHARES 1000       /* of a part, in the progress line */
#define SEEN_SECONDS 60.0 /* until all machines see a file that one has made */
#define LOOK_MS 200

bool leader_open(struct leader *l, const struct opts *o, const struct leader_run *run,
                 struct peers *peers, struct err *e)
{
    *l = (struct leader){.o = o,
                         .run = *run,
                         .peers = peers,
                         .rank = calloc(peers->n, sizeof *l->rank),
                         .merge.proc.pid = -1};
    return l->rank || err_set(e, ERR_OS, NULL, "not enough memory for %u ranks", peers->n);
}

void leader_close(struct leader *l)
{
    leases_close(&l->leases);
    part_files_close(&l->files);
    free(l->rank);
    l->rank = NULL;
}

/* ---- Gathering -------------------------------------------------------------------------------*/

static bool take_hello(struct leader *l, uint32_t from, const struct peer_message *m, struct err *e)
{
    struct leader_rank *rank = &l->rank[from];
    rank->ready = true;
    rank->workers = m->workers;
    memcpy(rank->host, m->host, sizeof rank->host);
    rank->host[sizeof rank->host - 1] = 0;
    l->n_ready++;
    return m->error.status == ERR_NONE ||
           err_set(e, m->error.status, m->error.hint, "on %s: %s", rank->host, m->error.text);
}

/* Each axb takes all cores that it may use, so two on a machine are in each other's way. */
static void note_neighbours(const struct leader *l)
{
    for (uint32_t i = 1; i < l->peers->n; i++)
        for (uint32_t k = 0; k < i; k++)
            if (strcmp(l->rank[i].host, l->rank[k].host) == 0) {
                log_note("ranks %u and %u are both on %s; one rank a machine is enough: mpirun "
                         "--map-by ppr:1:node --bind-to none",
                         k, i, l->rank[i].host);
                return;
            }
}

static uint32_t count_parts(const struct leader *l)
{
    uint32_t workers = 0;
    for (uint32_t i = 0; i < l->peers->n; i++)
        workers += l->rank[i].workers;
    return leases_parts(l->run.seconds, l->peers->n, workers ? workers : 1);
}

static void skip_whole(void *leader, uint32_t part, uint64_t pairs)
{
    struct leader *l = leader;
    leases_skip(&l->leases, part);
    l->matches += (double)pairs;
    l->n_whole++;
}

/* All ranks are ready. */
static bool begin(struct leader *l, struct err *e)
{
    note_neighbours(l);
    if (!part_files_open(&l->files, l->o->output, l->run.identity, (uint32_t)l->o->parts, e))
        return false;
    if (!l->files.of)
        l->files.of = count_parts(l);
    if (!leases_open(&l->leases, l->files.of, l->peers->n, e) ||
        !part_files_find(&l->files, skip_whole, l, e))
        return false;
    if (l->n_whole)
        log_note("%s: %u of %u parts are whole already, and are left as they are", l->files.folder,
                 l->n_whole, l->files.of);
    log_verbose("%u part%s for %u rank%s", l->files.of, l->files.of == 1 ? "" : "s", l->peers->n,
                l->peers->n == 1 ? "" : "s");
    for (uint32_t i = 0; i < l->peers->n; i++)
        leases_ask(&l->leases, i);
    l->began = l->ended = log_seconds();
    l->state = LEADER_LEASES;
    return true;
}

/* ---- Leases ----------------------------------------------------------------------------------*/

static void show_progress(const struct leader *l)
{
    double parts = l->leases.n_done, matches = l->matches;
    for (uint32_t i = 0; i < l->peers->n; i++) {
        parts += l->rank[i].share;
        matches += l->rank[i].matches;
    }
    log_progress("matching", (uint64_t)(parts * SHARES), (uint64_t)l->files.of * SHARES,
                 parts / l->files.of * l->run.pairs, (uint64_t)matches);
}

static bool give_all(struct leader *l, struct err *e)
{
    uint32_t rank, part;
    while (leases_give(&l->leases, &rank, &part)) {
        log_verbose("part %u of %u: %s", part + 1, l->files.of, l->rank[rank].host);
        const struct peer_message lease = {.kind = PEER_LEASE, .part = part, .of = l->files.of};
        if (!peers_send(l->peers, rank, &lease, e))
            return false;
    }
    return true;
}

static void take_done(struct leader *l, uint32_t from, const struct peer_message *m)
{
    leases_done(&l->leases, from);
    leases_ask(&l->leases, from);
    l->busy_seconds += m->seconds;
    l->matches += m->matches;
    l->ended = log_seconds();
}

/* A part that failed once is done by another rank: a machine may lack what others have. */
static bool take_failed(struct leader *l, uint32_t from, const struct peer_message *m,
                        struct err *e)
{
    const char *host = l->rank[from].host;
    if (!leases_failed(&l->leases, from))
        return err_set(e, m->error.status, m->error.hint, "part %u of %u, on %s: %s", m->part + 1,
                       m->of, host, m->error.text);
    log_note("part %u of %u failed on %s, and is done once more: %s", m->part + 1, m->of, host,
             m->error.text);
    leases_ask(&l->leases, from);
    return true;
}

bool leader_take(struct leader *l, uint32_t from, const struct peer_message *m, struct err *e)
{
    struct leader_rank *rank = &l->rank[from];
    if (m->kind == PEER_HELLO)
        return take_hello(l, from, m, e);
    const bool goes_on = m->kind == PEER_PROGRESS;
    rank->share = goes_on ? m->share : 0;
    rank->matches = goes_on ? m->matches : 0;
    if (m->kind == PEER_DONE)
        take_done(l, from, m);
    return m->kind != PEER_FAILED || take_failed(l, from, m, e);
}

static bool lease(struct leader *l, struct err *e)
{
    show_progress(l);
    if (l->leases.n_done == l->files.of)
        l->state = LEADER_LOOKS;
    return give_all(l, e);
}

/* ---- The end ---------------------------------------------------------------------------------*/

static void count_seen(void *leader, uint32_t part, uint64_t pairs)
{
    (void)part, (void)pairs;
    ((struct leader *)leader)->n_seen++;
}

static bool start_merge(struct leader *l, struct err *e)
{
    enum { BEFORE = 5 };
    char axb[CHILD_PATH_BYTES];
    char **words = part_files_paths(l->o->output, l->files.of, BEFORE);
    if (!words)
        return err_set(e, ERR_OS, NULL, "not enough memory to start axb");
    log_progress_end();
    const char *verb[BEFORE] = {axb, "merge", l->o->level == LOG_QUIET ? "-q" : "-v", "-o",
                                l->o->output};
    for (uint32_t i = 0; i < BEFORE; i++)
        words[i] = (char *)(uintptr_t)verb[i];
    const bool ok = child_path(axb, e) && child_start(&l->merge, words, l->peers->host, e);
    for (uint32_t i = 0; i < l->files.of; i++)
        free(words[BEFORE + i]);
    free(words);
    return ok;
}

/* Merges once all parts are in the folder, as this machine sees it. */
static bool look(struct leader *l, struct err *e)
{
    l->n_seen = 0;
    if (!part_files_find(&l->files, count_seen, l, e))
        return false;
    if (l->n_seen == l->files.of) {
        l->state = LEADER_MERGES;
        l->merge_began = log_seconds();
        return start_merge(l, e);
    }
    if (log_seconds() - l->ended > SEEN_SECONDS)
        return err_set(e, ERR_IO, "write to a folder that all machines share",
                       "%s: of %u parts that were done %u can be seen", l->files.folder,
                       l->files.of, l->n_seen);
    nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
    return true;
}

static void report(const struct leader *l)
{
    const double seconds = l->ended - l->began;
    const uint32_t n = l->files.of - l->n_whole;
    char whole[64] = "";
    if (l->n_whole)
        snprintf(whole, sizeof whole, "; %u part%s whole before", l->n_whole,
                 l->n_whole == 1 ? " was" : "s were");
    log_note("%u rank%s did %u part%s in %.2f s, and computed for %.0f %% of it%s; the merge took "
             "%.2f s",
             l->peers->n, l->peers->n == 1 ? "" : "s", n, n == 1 ? "" : "s", seconds,
             seconds > 0 ? 100 * l->busy_seconds / seconds / l->peers->n : 100, whole,
             log_seconds() - l->merge_began);
}

static bool finish(struct leader *l, struct err *e)
{
    if (!child_ended(&l->merge, 0, e))
        return true;
    if (e->status != ERR_NONE)
        return err_set(e, e->status, "start it again when this is mended: whole parts are kept",
                       "the parts in %s could not be merged", l->files.folder);
    if (!l->o->keep_parts)
        part_files_remove(&l->files);
    report(l);
    l->state = LEADER_IS_DONE;
    return true;
}

bool leader_step(struct leader *l, struct err *e)
{
    if (l->state == LEADER_GATHERS && l->n_ready < l->peers->n)
        return true;
    switch (l->state) {
    case LEADER_GATHERS:
        return begin(l, e);
    case LEADER_LEASES:
        return lease(l, e);
    case LEADER_LOOKS:
        return look(l, e);
    case LEADER_MERGES:
        return finish(l, e);
    case LEADER_IS_DONE:
        break;
    }
    return true;
}

void leader_stop(struct leader *l)
{
    struct err ignored;
    log_progress_end();
    child_stop(&l->merge);
    for (uint32_t i = 0; i < l->peers->n; i++)
        (void)peers_send(l->peers, i, &(struct peer_message){.kind = PEER_STOP}, &ignored);
}
