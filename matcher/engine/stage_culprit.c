/* Scorers that fail: finding the pair of rows that is the culprit, and what then happens.
 *
 * A worker says which run of pairs it scores, not which pair: that would keep the loop from
 * becoming vector code. So the run is tried again in a process of its own, the probe, which names
 * each pair before it scores it. The pair at which the probe dies, stops itself or takes too long
 * is the culprit. It ends the run; or, with --on-crash skip, it is left out and the worker is
 * replaced.
 *
 * A pair is too slow when its worker has computed for longer than a pair may take. The time for
 * which the worker waits for a core does not count: on a busy machine that is no fault of the pair.
 * A scorer that sleeps computes nothing: it may take BLOCKED_TIMES as long. Only the time for which
 * we ourselves are awake counts: a run that is stopped and continued is not slow.
 *
 * Where a worker says that it is may be anything, if its scorer has written there. It is checked
 * before it is used, and a pair is blamed only if the probe ends at it. */
#include "core/process.h"
#include "core/report.h"
#include "matcher/engine/stage_internal.h"
#include "matcher/scorer/scorer.h"

#include "core/log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define TIMES 3u            /* kills or stops at one place, until its pairs are tried */
#define STOPPED_SECONDS 0.2 /* a shorter stop may be one of our whole group */
#define LONG_SECONDS 60.0   /* at one place before we say so */
#define BLOCKED_TIMES 10.0  /* so many times as long may a pair take that does not compute */
#define PROBE_WAIT_MS 2u
#define REASON_BYTES 300u

/* What trying a run of pairs one by one has shown. */
struct verdict {
    bool is_culprit; /* a pair of the run is the culprit */
    bool killed;     /* the probe was killed by SIGKILL, which others may have sent */
    uint64_t row_b;
    char reason[REASON_BYTES];
};

/* ---- Where a worker is -----------------------------------------------------------------------*/

static struct stage_place place_of(const struct stage *s, unsigned i)
{
    const struct wire_slot *slot = &s->reports->slot[i];
    return (struct stage_place){atomic_load(&slot->row_a), atomic_load(&slot->b_from),
                                atomic_load(&slot->b_to)};
}

/* The same where it is relied upon: the place must exist. */
static bool true_place_of(const struct stage *s, unsigned i, struct stage_place *at, struct err *e)
{
    const struct table *table = s->job->inputs->table;
    *at = place_of(s, i);
    const bool exists = s->kind->by_record
                            ? at->b_from <= 1 && at->row_a < table[at->b_from].head->n_rows
                            : at->row_a < table[0].head->n_rows && at->b_from <= at->b_to &&
                                  at->b_to <= table[1].head->n_rows;
    return exists || stage_overwritten(s, i, e);
}

static bool same_place(const struct stage_place *x, const struct stage_place *y)
{
    return x->row_a == y->row_a && x->b_from == y->b_from && x->b_to == y->b_to;
}

static bool is_scoring(const struct stage *s, unsigned i)
{
    return s->task.module.any && atomic_load(&s->reports->slot[i].scoring);
}

/* Adds to the time for which worker i has been where it is, if it is in the user's code. */
static void note_place(struct stage *s, unsigned i, double awake_seconds)
{
    struct stage_liveness *c = &s->liveness[i];
    const struct stage_place now = place_of(s, i);
    const bool timed = s->job->faults->pair_timeout_seconds > 0;
    const double cpu = timed ? proc_cpu_seconds(&s->procs[i]) : 0;
    const double waited = timed ? proc_waiting_seconds(&s->procs[i]) : 0;
    const double since = awake_seconds - (waited - c->waited_from);
    const bool still = is_scoring(s, i) && same_place(&c->at, &now);
    c->still_seconds = still ? c->still_seconds + (since > 0 ? since : 0) : 0;
    c->cpu_from = still ? c->cpu_from : cpu;
    c->cpu_seconds = cpu - c->cpu_from;
    c->waited_from = waited;
    c->at = now;
}

/* Has it been there for longer than `seconds`? */
static bool is_slow(const struct stage_liveness *c, double seconds)
{
    return (c->still_seconds >= seconds && c->cpu_seconds >= seconds) ||
           c->still_seconds >= BLOCKED_TIMES * seconds;
}

/* Worker i had trouble where it is. Returns how many times in a row by now. */
static unsigned note_trouble(struct stage *s, unsigned i)
{
    struct stage_liveness *c = &s->liveness[i];
    struct stage_place now = place_of(s, i);
    c->times = c->times && same_place(&c->trouble, &now) ? c->times + 1 : 1;
    c->trouble = now;
    return c->times;
}

/* Was worker i stopped by a signal STOPPED_SECONDS ago, and not continued since? True once. */
static bool has_stopped(struct stage *s, unsigned i, double awake_seconds)
{
    struct stage_liveness *c = &s->liveness[i];
    if (proc_stopped(&s->procs[i])) {
        c->stopped = true;
        c->stopped_seconds = 0;
    } else if (c->stopped) {
        c->stopped_seconds += awake_seconds;
    }
    bool now = c->stopped && c->stopped_seconds >= STOPPED_SECONDS;
    c->stopped = c->stopped && !now;
    return now;
}

/* ---- The probe -------------------------------------------------------------------------------*/

/* Does the probe hang? Then v->reason says how. */
static bool probe_hangs(struct stage *probe, double awake_seconds, struct verdict *v)
{
    double limit = probe->job->faults->pair_timeout_seconds;
    if (has_stopped(probe, 0, awake_seconds)) {
        snprintf(v->reason, sizeof v->reason, "stopped itself");
        return true;
    }
    note_place(probe, 0, awake_seconds);
    snprintf(v->reason, sizeof v->reason, "took longer than %g s", limit);
    return limit > 0 && is_slow(&probe->liveness[0], limit);
}

/* Describes how worker i has died: "was killed by SIGSEGV"; "threw std::out_of_range: …" where it
 * has noted an exception. Into text[REASON_BYTES]. The note may be anything; it is one line here.
 */
static void describe_death(const struct stage *s, unsigned i, int status, char *text)
{
    proc_describe_status(status, text, REASON_BYTES);
    if (!s->task.module.any || !WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT)
        return;
    const struct wire_note *note = wire_note(s->reports, s->task.n_workers, s->ring_bytes, i);
    _Static_assert(sizeof note->type == 80 && REASON_BYTES > 6 + 80 + 2 + 200, "it fits");
    if (!note->type[0])
        return;
    /* As much of both as they hold, or as the text does. */
    snprintf(text, REASON_BYTES, "threw %.80s%s%.200s", note->type, note->message[0] ? ": " : "",
             note->message);
    for (char *p = text; *p; p++)
        *p = (unsigned char)*p < 0x20 ? ' ' : *p;
}

static void judge_death(const struct stage *probe, int status, struct verdict *v)
{
    bool running = atomic_load(&probe->reports->slot[0].state) == WIRE_RUNNING;
    v->is_culprit = running && is_scoring(probe, 0);
    v->killed = v->is_culprit && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (WIFSIGNALED(status))
        status = WTERMSIG(status); /* whether core was dumped says nothing of the pair */
    describe_death(probe, 0, status, v->reason);
    if (v->killed)
        snprintf(v->reason, sizeof v->reason, "was killed by SIGKILL, as when memory runs out");
}

/* Waits for the end of the probe. Meanwhile the output of the other workers is written. */
static bool watch_probe(struct stage *s, struct stage *probe, const struct stage_place *run,
                        struct verdict *v, struct err *e)
{
    int status;
    double awake_seconds = 0;
    for (;;) {
        uint32_t seen = atomic_load_explicit(&probe->reports->doorbell, memory_order_acquire);
        if (stage_reap(probe, 0, &status)) {
            judge_death(probe, status, v);
            break;
        }
        v->is_culprit = probe_hangs(probe, awake_seconds, v);
        if (v->is_culprit)
            break;
        if (!stage_drain_output(s, e))
            return false;
        awake_seconds = stage_wait(probe, seen, PROBE_WAIT_MS);
    }
    v->row_b = atomic_load(&probe->reports->slot[0].b_from);
    return !v->is_culprit || (v->row_b >= run->b_from && v->row_b < run->b_to) ||
           stage_overwritten(s, 0, e);
}

static bool probe_once(struct stage *s, const struct stage_place *run, struct verdict *v,
                       struct err *e)
{
    struct stage probe;
    struct wire_task task;
    stage_init(&probe, s->job, s->prepared, 0);
    stage_task_probe(&task, s->job, s->prepared, run->row_a, run->b_from, run->b_to);
    bool ok = stage_open(&probe, &task, e);
    if (ok) {
        stage_prepare_workers(&probe);
        ok = stage_spawn(&probe, 0, e) && watch_probe(s, &probe, run, v, e);
    }
    stage_close(&probe);
    return ok;
}

/* Tries the pairs of the run one by one. If the probe is killed at a pair, it is tried again; the
 * pair is the culprit if all TIMES tries end there. */
static bool probe_run(struct stage *s, const struct stage_place *run, struct verdict *v,
                      struct err *e)
{
    struct verdict before;
    *v = (struct verdict){.is_culprit = false};
    if (!probe_once(s, run, v, e))
        return false;
    for (unsigned times = 1; v->is_culprit && v->killed && times < TIMES; times++) {
        before = *v;
        if (!probe_once(s, run, v, e))
            return false;
        v->is_culprit = v->is_culprit && (!v->killed || v->row_b == before.row_b);
    }
    return true;
}

/* ---- What is said ----------------------------------------------------------------------------*/

/* The name of a column of a file, where the table of that side has the column; else "". */
static const char *column_name(const struct table *t, uint32_t file_column)
{
    for (uint32_t c = 0; c < t->head->n_columns; c++)
        if (t->columns[c].source == file_column)
            return table_column_name(t, c);
    return "";
}

/* " NAME "value"" of a field of the index in one row, into text[bytes]. Returns as snprintf. */
static int field_text(const struct job *job, const struct index_view *v, const char *name,
                      uint64_t row, char *text, size_t bytes)
{
    const char *blank = *name ? " " : "";
    if (v->number)
        return snprintf(text, bytes, "%s%.60s %g", blank, name, v->number[row]);
    if (v->side.row_place[row] == TABLE_MISSING)
        return snprintf(text, bytes, "%s%.60s (missing)", blank, name);
    const struct text t =
        dictionary_text(&job->inputs->index.dictionary, v->side.value[v->side.row_place[row]]);
    return snprintf(text, bytes, "%s%.60s \"%.*s\"", blank, name,
                    (int)(t.utf8_bytes < 60 ? t.utf8_bytes : 60), t.utf8);
}

/* A line with the fields of one row that the scorer reads, into text[bytes]; nothing if it reads
 * none. */
static void culprit_line(const struct job *job, uint32_t side, uint64_t row, char *text,
                         size_t bytes)
{
    size_t n = 0;
    text[0] = 0;
    for (uint32_t k = 0; k < job->query->n_fields; k++) {
        const struct scorer_field *f = &job->query->scorer->fields[k];
        if (f->side != side || n + 8 >= bytes)
            continue;
        if (n == 0)
            n = (size_t)snprintf(text, bytes, "\n  %c:", "AB"[side]);
        const int wrote =
            field_text(job, &job->inputs->index.field[job->query->field[k]],
                       column_name(&job->inputs->table[side], f->column), row, text + n, bytes - n);
        n = wrote < 0 ? n : n + (size_t)wrote < bytes ? n + (size_t)wrote : bytes - 1;
    }
}

/* An item of a map ends the run. */
static bool item_failed(const struct stage *s, struct report_failure f, struct err *e)
{
    f.is_item = true;
    report_failure(&f);
    return err_set(e, ERR_SCORER, "items are counted from 0", "%s %s on item %llu%s%s",
                   s->job->query->scorer->path, f.reason, (unsigned long long)f.row_a,
                   f.traceback ? "\n" : "", f.traceback ? f.traceback : "");
}

/* The pair ends the run. */
static bool pair_failed(const struct stage *s, const struct report_failure *f, struct err *e)
{
    if (s->kind->by_item)
        return item_failed(s, *f, e);
    const struct job *job = s->job;
    unsigned long long number_a = f->row_a + 1, number_b = f->row_b + 1;
    char a[400], b[400];
    char hint[sizeof e->hint] = "rows are counted from 1, without the header";
    if (job->faults->explain_command)
        snprintf(hint, sizeof hint, "to see it again: %s --pair %llu,%llu",
                 job->faults->explain_command, number_a, number_b);
    report_failure(f);
    culprit_line(job, 0, f->row_a, a, sizeof a);
    culprit_line(job, 1, f->row_b, b, sizeof b);
    return err_set(e, ERR_SCORER, hint,
                   "%s: the scorer %s on row %llu of A and row %llu of B%s%s%s%s",
                   job->query->scorer->path, f->reason, number_a, number_b, a, b,
                   f->traceback ? "\n" : "", f->traceback ? f->traceback : "");
}

static bool prepare_failed(const struct stage *s, const struct stage_place *at,
                           const char *description, struct err *e)
{
    return err_set(
        e, ERR_SCORER,
        s->job->faults->rejects ? "only pairs can be left out, not what is prepared of a record"
                                : "rows are counted from 1, without the header",
        "%s: prepare_%c %s on row %llu of %c", s->job->query->scorer->path, "ab"[at->b_from],
        description, (unsigned long long)at -> row_a + 1, "AB"[at->b_from]);
}

static bool not_again(const struct stage *s, unsigned i, const char *description, struct err *e)
{
    const struct stage_place at = place_of(s, i);
    return err_set(e, ERR_SCORER, "it did not happen again when they were tried one by one",
                   "%s: the scorer %s on row %llu of A against one of the rows %llu to %llu of B",
                   s->job->query->scorer->path, description, (unsigned long long)at.row_a + 1,
                   (unsigned long long)at.b_from + 1, (unsigned long long)at.b_to);
}

static void say_long(const struct stage *s, unsigned i)
{
    static bool said;
    const struct stage_place *at = &s->liveness[i].at;
    if (said || s->liveness[i].still_seconds < LONG_SECONDS)
        return;
    said = true;
    log_note("row %llu of A against the rows %llu to %llu of B takes longer than %.0f s; with "
             "--pair-timeout S a pair that takes longer than S seconds counts as a crash",
             (unsigned long long)at->row_a + 1, (unsigned long long)at->b_from + 1,
             (unsigned long long)at->b_to, LONG_SECONDS);
}

/* ---- What then happens -----------------------------------------------------------------------*/

bool culprit_leave_out(struct stage *s, uint64_t row_a, uint64_t row_b, const char *reason,
                       struct err *e)
{
    struct wire_orders *orders = s->orders;
    struct rejects *rejects = s->job->faults->rejects;
    if (!rejects_add(rejects, row_a, row_b, reason, e))
        return false;
    wire_rejects(orders)[rejects->n - 1] = reject_key(row_a, row_b);
    atomic_store_explicit(&orders->n_rejects, rejects->n, memory_order_release);
    log_verbose("the scorer %s on row %llu of A and row %llu of B, which are left out", reason,
                (unsigned long long)row_a + 1, (unsigned long long)row_b + 1);
    return true;
}

/* Leaves the pair out from now on, or ends the run. */
static bool leave_out(struct stage *s, uint64_t row_a, const struct verdict *v, struct err *e)
{
    return s->job->faults->rejects
               ? culprit_leave_out(s, row_a, v->row_b, v->reason, e)
               : pair_failed(s,
                             &(struct report_failure){
                                 .row_a = row_a, .row_b = v->row_b, .reason = v->reason},
                             e);
}

/* A copy of worker i's note, whose texts end. ERR_SCORER if its pair does not exist. */
static bool read_note(const struct stage *s, unsigned i, struct wire_note *note, struct err *e)
{
    const struct table *table = s->job->inputs->table;
    *note = *wire_note(s->reports, s->task.n_workers, s->ring_bytes, i);
    note->type[sizeof note->type - 1] = 0;
    note->message[sizeof note->message - 1] = 0;
    note->traceback[sizeof note->traceback - 1] = 0;
    return (note->row_a < table[0].head->n_rows && note->row_b < table[1].head->n_rows) ||
           stage_overwritten(s, i, e);
}

bool culprit_raised(const struct stage *s, unsigned i, struct err *e)
{
    struct wire_note *note = malloc(sizeof *note);
    if (!note)
        return err_set(e, ERR_OS, NULL, "not enough memory to say how the scorer failed");
    if (read_note(s, i, note, e)) {
        char reason[sizeof note->type + sizeof note->message + 16];
        snprintf(reason, sizeof reason, "raised %s%s%s", note->type, *note->message ? ": " : "",
                 note->message);
        pair_failed(s,
                    &(struct report_failure){.row_a = note->row_a,
                                             .row_b = note->row_b,
                                             .reason = reason,
                                             .type = note->type,
                                             .traceback = note->traceback},
                    e);
    }
    free(note);
    return false;
}

/* Finds the culprits in the run of pairs of worker i, and leaves them out. If there are any, *found
 * is set and the worker is replaced, dead or hanging. A record that is the culprit ends the run;
 * `what` says what the scorer did on it. */
static bool find_culprits(struct stage *s, unsigned i, const char *what, bool *found, struct err *e)
{
    struct stage_place first, run, now;
    struct verdict v;
    *found = false;
    if (!true_place_of(s, i, &first, e))
        return false;
    if (s->kind->by_record)
        return prepare_failed(s, &first, what, e);
    if (s->kind->by_item)
        return item_failed(s, (struct report_failure){.row_a = first.row_a, .reason = what}, e);
    run = first;
    while (run.b_from < run.b_to) {
        if (!probe_run(s, &run, &v, e))
            return false;
        now = place_of(s, i);
        if (!v.is_culprit || !same_place(&first, &now)) /* the worker was slow, and has moved on */
            break;
        if (!leave_out(s, run.row_a, &v, e))
            return false;
        *found = true;
        run.b_from = v.row_b + 1;
    }
    return !*found || stage_replace(s, i, e);
}

bool culprit_of_death(struct stage *s, unsigned i, int status, struct err *e)
{
    bool found, killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    char description[REASON_BYTES];
    describe_death(s, i, status, description);
    unsigned times = note_trouble(s, i);
    if (killed && times < TIMES)
        return stage_replace(s, i, e);
    if (!find_culprits(s, i, description, &found, e) || found)
        return found;
    bool once_more = killed || (s->job->faults->rejects && times < TIMES);
    s->liveness[i].times = killed ? 0 : times;
    return once_more ? stage_replace(s, i, e) : not_again(s, i, description, e);
}

/* Worker i has stopped: it goes on, unless it stops at this place again and again. */
static bool look_at_stopped(struct stage *s, unsigned i, struct err *e)
{
    bool found = false;
    if (is_scoring(s, i) && note_trouble(s, i) >= TIMES &&
        !find_culprits(s, i, "stopped itself", &found, e))
        return false;
    if (!found)
        kill(s->procs[i].pid, SIGCONT);
    return true;
}

/* Worker i has been at a place for longer than a pair may take. */
static bool look_at_slow(struct stage *s, unsigned i, struct err *e)
{
    char description[64];
    bool found;
    snprintf(description, sizeof description, "took longer than %g s",
             s->job->faults->pair_timeout_seconds);
    if (!find_culprits(s, i, description, &found, e))
        return false;
    if (!found)
        s->liveness[i].patience_seconds *= 2;
    return true;
}

static bool look_at(struct stage *s, unsigned i, double awake_seconds, struct err *e)
{
    const struct stage_liveness *c = &s->liveness[i];
    if (has_stopped(s, i, awake_seconds))
        return look_at_stopped(s, i, e);
    note_place(s, i, awake_seconds);
    if (s->job->faults->pair_timeout_seconds > 0)
        return !is_slow(c, c->patience_seconds) || look_at_slow(s, i, e);
    say_long(s, i);
    return true;
}

bool culprit_watch(struct stage *s, double awake_seconds, struct err *e)
{
    for (unsigned i = 0; i < s->task.n_workers; i++)
        if (s->procs[i].pid > 0 && !look_at(s, i, awake_seconds, e))
            return false;
    return true;
}
