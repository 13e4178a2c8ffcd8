/* Judges and counts trials. */
#include "tests/fault/trial.h"

#include "core/err.h"
#include "core/random.h"
#include "tests/harness/harness_left.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FEW_TRIALS 8 /* so few are done one after another, without other processes */

double trial_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

struct tally *trial_tally(void)
{
    struct tally *t =
        mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (t == MAP_FAILED)
        abort();
    return t;
}

void trial_good(const struct place *p, const char *const argv[], struct good *g)
{
    int status;
    char first[200];
    place_reset(p, TRIAL_FORMER);
    double begin = trial_seconds();
    waitpid(place_start(argv, false), &status, 0);
    g->seconds = trial_seconds() - begin;
    harness_left_wait(10, first, sizeof first);
    place_result(&g->result);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "fault: a run without a fault fails: %s\n", g->result.errors);
        exit(99);
    }
}

/* ---- Judging ---------------------------------------------------------------------------------*/

static bool is_promised(int status)
{
    static const int some[] = {0,      ERR_USAGE, ERR_DATA,    ERR_NOINPUT, ERR_UNAVAILABLE,
                               ERR_OS, ERR_IO,    ERR_STOPPED, ERR_SCORER};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        if (some[i] == status)
            return true;
    return false;
}

static bool same(const char *a, size_t n_a, const char *b, size_t n_b)
{
    return n_a == n_b && (n_a == 0 || memcmp(a, b, n_a) == 0);
}

/* Is it a death by a signal, or with the status that libraries give? */
static bool is_death(int status)
{
    return WIFSIGNALED(status) || WEXITSTATUS(status) == EXIT_FAILURE;
}

static bool good_bytes(const struct result *r, const struct good *g, const struct outcome *o,
                       char *why, size_t bytes)
{
    bool done = o->status == 0;
    if (done && !same(r->said, r->n_said, g->result.said, g->result.n_said))
        snprintf(why, bytes, "status 0, but other bytes on stdout: %zu for %zu", r->n_said,
                 g->result.n_said);
    else if (done && !same(r->out, r->n_out, g->result.out, g->result.n_out))
        snprintf(why, bytes, "status 0, but other bytes in the output: %zu for %zu", r->n_out,
                 g->result.n_out);
    else if (!done && !same(r->out, r->n_out, TRIAL_FORMER, sizeof TRIAL_FORMER - 1))
        snprintf(why, bytes, "the former output was touched");
    else if (!done && !is_death(o->status) && !o->mute && !r->errors[0])
        snprintf(why, bytes, "no word about what is wrong");
    else
        return true;
    return false;
}

static void describe_death(int status, char *why, size_t bytes)
{
    if (WIFSIGNALED(status))
        snprintf(why, bytes, "it dies by signal %d", WTERMSIG(status));
    else
        snprintf(why, bytes, "exit status %d", WEXITSTATUS(status));
}

bool trial_judge(const struct place *p, const struct good *g, const struct outcome *o, char *why,
                 size_t bytes)
{
    struct result r;
    bool ok = false;
    char left[100], first[100];
    if (WIFEXITED(o->status) && WEXITSTATUS(o->status) == PLACE_NO_START) {
        fprintf(stderr, "fault: the program cannot be started: was it built anew meanwhile?\n");
        exit(99);
    }
    bool gone = harness_left_wait(10, first, sizeof first);
    place_result(&r);
    bool died = is_death(o->status);
    if (o->late)
        snprintf(why, bytes, "it hangs");
    else if (died && !o->library)
        describe_death(o->status, why, bytes);
    else if (!died && !is_promised(WEXITSTATUS(o->status)))
        snprintf(why, bytes, "exit status %d", WEXITSTATUS(o->status));
    else if (o->stayed || !gone)
        snprintf(why, bytes, "a process stays behind: %s", first);
    else if (!place_is_clean(p, g->resumes && o->status != 0, left, sizeof left))
        snprintf(why, bytes, "left behind: %s", left);
    else
        ok = good_bytes(&r, g, o, why, bytes);
    size_t n = ok ? 0 : strlen(why);
    if (n && r.errors[0])
        snprintf(why + n, bytes - n, "; it says: %.*s", (int)strcspn(r.errors, "\n"), r.errors);
    place_forget(&r);
    return ok;
}

bool trial_judge_done(const struct place *p, const struct good *g, const struct outcome *o,
                      char *why, size_t bytes)
{
    if (!trial_judge(p, g, o, why, bytes))
        return false;
    if (o->status == 0)
        return true;
    struct result r;
    place_result(&r);
    snprintf(why, bytes, "exit status %d, though nothing stops it; it says: %.*s",
             WEXITSTATUS(o->status), (int)strcspn(r.errors, "\n"), r.errors);
    place_forget(&r);
    return false;
}

void trial_go_on(const struct place *p, const char *const argv[], const struct good *g, int status,
                 char *why, size_t bytes)
{
    if (!g->resumes || status == 0)
        return;
    struct outcome o = trial_wait(place_start(argv, false), TRIAL_SECONDS);
    trial_judge_done(p, g, &o, why, bytes);
}

void trial_count(struct tally *t, const struct outcome *o, const char *why, const char *fault,
                 const char *again)
{
    t->trials++;
    if (WIFEXITED(o->status) && !o->late)
        t->by_status[WEXITSTATUS(o->status)]++;
    t->libraries += is_death(o->status) && o->library;
    if (!why[0])
        return;
    t->failures++;
    printf("FAILED %s: %s\n       again: tests/fault/run %s\n", fault, why, again);
    fflush(stdout);
}

/* ---- Many trials -----------------------------------------------------------------------------*/

/* Does one job's share of the trials, in a process of its own. */
static _Noreturn void do_share(const struct ask *ask, struct tally *t, const struct place *p,
                               uint64_t n, unsigned job,
                               void (*f)(const struct place *, uint64_t, void *), void *context,
                               double end)
{
    struct place mine;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    harness_left_begin();
    place_open(&mine, p->rows, p->seed);
    for (uint64_t i = job; i < n; i += ask->jobs) {
        if (ask->seconds > 0 && trial_seconds() > end)
            t->left_out++;
        else
            f(&mine, ask->from + i, context);
    }
    place_close(&mine);
    exit(0);
}

void trial_each(const struct ask *ask, struct tally *t, const struct place *p, uint64_t n,
                void (*f)(const struct place *p, uint64_t i, void *context), void *context)
{
    double end = trial_seconds() + ask->seconds;
    if (n < FEW_TRIALS) {
        for (uint64_t i = 0; i < n; i++)
            f(p, ask->from + i, context);
        return;
    }
    unsigned started = 0;
    int status;
    fflush(stdout);
    for (unsigned job = 0; job < ask->jobs; job++) {
        pid_t pid = fork();
        if (pid == 0)
            do_share(ask, t, p, n, job, f, context, end);
        started += pid > 0;
    }
    while (started > 0) {
        pid_t pid = wait(&status);
        if (pid < 0 && errno != EINTR)
            break;
        if (pid < 0)
            continue;
        started--;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            t->failures++;
            printf("FAILED a job of the harness itself: status %d\n", status);
        }
    }
}

uint64_t trial_until(const struct ask *ask, struct tally *t, const struct place *p, uint64_t n,
                     uint64_t faults, void (*f)(const struct place *p, uint64_t i, void *context),
                     void *context)
{
    static const uint64_t at_once = 50;
    uint64_t before = t->faults, failures = t->failures;
    double end = trial_seconds() + ask->seconds;
    struct ask now = *ask;
    for (uint64_t step = ask->n ? ask->n : n; step > 0; now.from += step, step = at_once) {
        trial_each(&now, t, p, step, f, context);
        if (t->faults - before >= faults || t->failures > failures ||
            (ask->seconds > 0 && trial_seconds() > end))
            break;
    }
    return t->faults - before;
}

void trial_kinds(struct trial_kind *s, const struct ask *ask, unsigned rows,
                 bool (*takes)(const struct kind *k), void (*f)(void *context), void *context)
{
    *s = (struct trial_kind){.ask = ask, .tally = trial_tally()};
    place_open(&s->place, rows, ask->seed);
    for (size_t i = 0; (s->kind = kinds_at(i)) != NULL; i++)
        if ((!takes || takes(s->kind)) && (!ask->kind || strcmp(ask->kind, s->kind->name) == 0))
            f(context);
    place_close(&s->place);
}

uint64_t trial_share(const struct ask *ask, bool (*takes)(const struct kind *k), uint64_t n)
{
    size_t n_kinds = 0;
    for (size_t i = 0; kinds_at(i); i++)
        n_kinds += takes(kinds_at(i));
    return ask->is_long && n_kinds ? n / n_kinds + 1 : 0;
}

void trial_count_seeded(const struct trial_kind *s, const char *part, uint64_t i,
                        const struct outcome *o, const char *why, const char *fault)
{
    char again[200];
    snprintf(again, sizeof again, "%s --kind %s --seed %llu --from %llu --n 1", part, s->kind->name,
             (unsigned long long)s->ask->seed, (unsigned long long)i);
    trial_count(s->tally, o, why, fault, again);
}

bool trial_report(const char *part, const struct tally *t, const char *faults)
{
    printf("%s: %llu runs, %llu %s;", part, (unsigned long long)t->trials,
           (unsigned long long)t->faults, faults);
    for (int status = 0; status < 256; status++)
        if (t->by_status[status])
            printf("  status %d: %llu", status, (unsigned long long)t->by_status[status]);
    if (t->libraries)
        printf("  a library crashed: %llu", (unsigned long long)t->libraries);
    if (t->left_out)
        printf("  (%llu left out, for want of time)", (unsigned long long)t->left_out);
    printf("\n%s: %llu failed\n", part, (unsigned long long)t->failures);
    fflush(stdout);
    return t->failures == 0;
}

struct outcome trial_wait(pid_t coordinator, double seconds)
{
    struct outcome o = {0};
    double end = trial_seconds() + seconds;
    while (waitpid(coordinator, &o.status, WNOHANG) != coordinator) {
        if (trial_seconds() > end && !o.late) {
            kill(coordinator, SIGKILL);
            o.late = true;
        }
        nanosleep(&(struct timespec){0, 500000}, NULL);
    }
    return o;
}

/* ---- Order -----------------------------------------------------------------------------------*/

static uint64_t greatest_divisor(uint64_t a, uint64_t b)
{
    return b ? greatest_divisor(b, a % b) : a;
}

/* Steps of the golden section. A step without a common divisor with n comes to all cases. */
void trial_order_open(struct trial_order *o, uint64_t n, uint64_t seed)
{
    static const double section = 0.6180339887498949;
    *o = (struct trial_order){n, random_next(&seed), (uint64_t)((double)n * section)};
    while (greatest_divisor(o->step, n) != 1)
        o->step++;
}

uint64_t trial_order_at(const struct trial_order *o, uint64_t i)
{
    uint64_t at = o->first % o->n; /* by adding: the product may be too large */
    for (uint64_t k = 0; k < i % o->n; k++)
        at = (at + o->step) % o->n;
    return at;
}
