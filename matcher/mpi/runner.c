/* Starts `axb run` for each lease, and reports to the leader. */
#include "matcher/mpi/runner.h"

#include "core/log.h"
#include "matcher/mpi/part_files.h"
#include "matcher/options/opts_row.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TELL_SECONDS 0.5 /* between two messages about one part */
#define LEADER 0u

/* Options that each axb gets as they were given here; they change no byte of the output. */
static const char *const passed_on[] = {"workers", "bind", "max-memory", "checkpoint"};
#define N_PASSED (sizeof passed_on / sizeof *passed_on)
#define N_WORDS (10 + N_PASSED) /* of a command line, at most */

bool runner_open(struct runner *r, const struct opts *o, struct peers *peers, unsigned workers,
                 const struct err *not_ready, struct err *e)
{
    *r = (struct runner){.o = o, .peers = peers, .child.proc.pid = -1};
    struct peer_message hello = {.kind = PEER_HELLO, .workers = workers};
    memcpy(hello.host, peers->host, sizeof hello.host);
    if (not_ready)
        hello.error = *not_ready;
    else
        (void)child_path(r->axb, &hello.error);
    return peers_send(peers, LEADER, &hello, e);
}

/* ---- Starting a part -------------------------------------------------------------------------*/

/* A command line, as it grows. */
struct words {
    char *at[N_WORDS + 1]; /* ended by a NULL */
    size_t n;
    bool lost; /* memory ran out */
};

__attribute__((format(printf, 2, 3))) static void add(struct words *w, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&w->at[w->n], format, arguments) < 0) {
        w->at[w->n] = NULL;
        w->lost = true;
    } else {
        w->n++;
    }
    va_end(arguments);
}

static void add_passed(struct words *w, const struct opts *o)
{
    char text[OPTS_VALUE_BYTES];
    for (size_t i = 0; i < N_PASSED; i++) {
        const struct opts_row *row = opts_find_row(passed_on[i]);
        if (opts_differs(o, row))
            add(w, "--%s=%s", row->name, opts_value(o, row, 0, text));
    }
}

static void add_path(struct words *w, const char *option, const struct runner *r, const char *what)
{
    char *path = part_files_path(r->o->output, r->part, r->of, what);
    w->lost = w->lost || !path;
    add(w, "--%s=%s", option, path ? path : "");
    free(path);
}

/* "axb run --shard=3/16 ... RUN.axbrun" */
static void add_all(struct words *w, const struct runner *r)
{
    add(w, "%s", r->axb);
    add(w, "run");
    add(w, "--shard=%u/%u", r->part + 1, r->of);
    add_path(w, "output", r, "shard");
    add_path(w, "resume", r, "journal");
    add(w, CHILD_REPORT);
    add(w, CHILD_ALIVE);
    add(w, "--no-verify"); /* this rank has read it, unless it was told not to */
    add_passed(w, r->o);
    add(w, "--");
    add(w, "%s", r->o->inputs[0]);
}

static bool start(struct runner *r, struct err *e)
{
    struct words w = {.n = 0};
    add_all(&w, r);
    const bool ok = w.lost ? err_set(e, ERR_OS, NULL, "not enough memory to start axb")
                           : child_start(&r->child, w.at, r->peers->host, e);
    while (w.n)
        free(w.at[--w.n]);
    r->began = r->told = log_seconds();
    return ok;
}

/* ---- The leader ------------------------------------------------------------------------------*/

static bool tell_end(struct runner *r, const struct err *failed, struct err *e)
{
    const bool done = failed->status == ERR_NONE;
    return peers_send(r->peers, LEADER,
                      &(struct peer_message){.kind = done ? PEER_DONE : PEER_FAILED,
                                             .part = r->part,
                                             .of = r->of,
                                             .seconds = log_seconds() - r->began,
                                             .matches = r->child.matches,
                                             .error = *failed},
                      e);
}

static bool tell_progress(struct runner *r, struct err *e)
{
    const double now = log_seconds();
    if (now - r->told < TELL_SECONDS)
        return true;
    r->told = now;
    return peers_send(r->peers, LEADER,
                      &(struct peer_message){.kind = PEER_PROGRESS,
                                             .part = r->part,
                                             .of = r->of,
                                             .share = r->child.share,
                                             .matches = r->child.matches},
                      e);
}

bool runner_take(struct runner *r, const struct peer_message *m, struct err *e)
{
    struct err failed;
    if (m->kind == PEER_STOP) {
        r->over = true;
        runner_stop(r);
        return true;
    }
    r->part = m->part;
    r->of = m->of;
    return start(r, &failed) || tell_end(r, &failed, e);
}

/* ---- Steps -----------------------------------------------------------------------------------*/

static void sleep_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL);
}

bool runner_step(struct runner *r, int wait_ms, struct err *e)
{
    struct err failed;
    if (r->child.proc.pid <= 0) {
        sleep_ms(wait_ms);
        return true;
    }
    return child_ended(&r->child, wait_ms, &failed) ? tell_end(r, &failed, e) : tell_progress(r, e);
}

void runner_stop(struct runner *r)
{
    child_stop(&r->child);
}
