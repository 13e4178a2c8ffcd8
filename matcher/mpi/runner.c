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
static const char *const passed_on[] = {"workers", "bind", "max-memory", "checkpoint", "verify"};
#define N_PASSED (sizeof passed_on / sizeof *passed_on)
#define N_WORDS (9 + N_PASSED) /* of a command line, at most */

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

__attribute__((format(printf, 1, 2))) static char *word(const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    const int n = vasprintf(&text, format, arguments);
    va_end(arguments);
    return n < 0 ? NULL : text;
}

/* The options to pass on, from words[n]; returns how many words there are then. */
static size_t add_passed(const struct opts *o, char **words, size_t n)
{
    char text[OPTS_VALUE_BYTES];
    for (size_t i = 0; i < N_PASSED; i++) {
        const struct opts_row *row = opts_find_row(passed_on[i]);
        if (opts_differs(o, row))
            words[n++] = row->argument ? word("--%s=%s", row->name, opts_value(o, row, 0, text))
                                       : word("--%s", row->name);
    }
    return n;
}

static void free_words(char **words)
{
    for (size_t i = 0; i < N_WORDS; i++)
        free(words[i]);
}

/* "axb run RUN.axbrun --shard=3/16 ..." */
static bool make_words(const struct runner *r, char *words[N_WORDS + 1], struct err *e)
{
    char *shard = part_files_path(r->o->output, r->part, r->of, "shard");
    char *journal = part_files_path(r->o->output, r->part, r->of, "journal");
    size_t n = 0;
    words[n++] = strdup(r->axb);
    words[n++] = strdup("run");
    words[n++] = word("--shard=%u/%u", r->part + 1, r->of);
    words[n++] = shard ? word("--output=%s", shard) : NULL;
    words[n++] = journal ? word("--resume=%s", journal) : NULL;
    words[n++] = strdup(CHILD_REPORT);
    words[n++] = strdup(CHILD_ALIVE);
    n = add_passed(r->o, words, n);
    words[n++] = strdup("--");
    words[n++] = strdup(r->o->inputs[0]);
    free(shard);
    free(journal);
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        ok = ok && words[i];
    return ok || err_set(e, ERR_OS, NULL, "not enough memory to start axb");
}

static bool start(struct runner *r, struct err *e)
{
    char *words[N_WORDS + 1] = {NULL};
    const bool ok = make_words(r, words, e) && child_start(&r->child, words, r->peers->host, e);
    free_words(words);
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
