/* Every system call of small runs fails, one a run, with each of six errors. */
#include "tests/fault/calls.h"
#include "tests/fault/culprit.h"
#include "tests/fault/parts.h"
#include "tests/fault/tracer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 300
#define SHORT_TRIALS 2 /* of each kind */
#define SECONDS 120.0  /* on a machine that is busy */

static const char *const two_workers[] = {"-j", "2", NULL};

struct syscalls {
    struct trial_kind run;
    struct tracer_told counted;
    struct trial_order order;
};

/* Case i of all: the call, its process and its error. */
static struct tracer_ask case_at(const struct syscalls *s, uint64_t i)
{
    uint64_t at = trial_order_at(&s->order, i);
    struct tracer_ask ask = {
        .seconds = SECONDS, .stays = s->run.ask->stays, .flavour = (unsigned)(at % CALLS_FLAVOURS)};
    at /= CALLS_FLAVOURS;
    while (at >= s->counted.calls[ask.process])
        at -= s->counted.calls[ask.process++];
    ask.call = at + 1;
    return ask;
}

static void try_case(const struct place *p, struct syscalls *s, const struct tracer_ask *ask)
{
    struct tracer_told told;
    char fault[200], again[200], why[600] = "";
    place_reset(p, TRIAL_FORMER);
    tracer_run(place_start(s->run.argv, true), ask, &told);
    struct outcome o = {told.status, told.late, told.stayed, culprit_library(told.crash),
                        ask->stays};
    if (trial_judge(p, &s->run.good, &o, why, sizeof why))
        trial_go_on(p, s->run.argv, &s->run.good, o.status, why, sizeof why);
    s->run.tally->faults += told.failed;
    snprintf(fault, sizeof fault, "%s, %s: %s gives %s%s", s->run.kind->name,
             told.failed ? told.what : "nothing", told.failed ? calls_name(told.number) : "-",
             told.failed ? strerrorname_np(told.error) : "-", ask->stays ? " from then on" : "");
    snprintf(again, sizeof again, "syscalls%s --kind %s --only %u:%llu:%u",
             ask->stays ? " --stays" : "", s->run.kind->name, ask->process,
             (unsigned long long)ask->call, ask->flavour);
    trial_count(s->run.tally, &o, why, fault, again);
    if (why[0])
        printf("       made at %s\n       crashed at %s\n", told.site, told.crash);
}

static void try_one(const struct place *p, uint64_t i, void *context)
{
    struct syscalls *s = context;
    struct tracer_ask ask = case_at(s, i);
    try_case(p, s, &ask);
}

/* Does one good run, and another whose calls are counted. */
static void prepare(struct syscalls *s)
{
    struct tracer_ask count = {.seconds = SECONDS};
    kinds_command(s->run.kind, two_workers, s->run.argv);
    s->run.good.resumes = kinds_resumes(s->run.kind);
    trial_good(&s->run.place, s->run.argv, &s->run.good);
    place_reset(&s->run.place, TRIAL_FORMER);
    tracer_run(place_start(s->run.argv, true), &count, &s->counted);
    uint64_t n = 0;
    for (unsigned k = 0; k < TRACER_PROCESSES; k++)
        n += s->counted.calls[k] * CALLS_FLAVOURS;
    trial_order_open(&s->order, n, s->run.ask->seed);
}

static void only_one(struct syscalls *s)
{
    struct tracer_ask ask = {.seconds = SECONDS, .stays = s->run.ask->stays};
    unsigned long long call = 0;
    if (sscanf(s->run.ask->only, "%u:%llu:%u", &ask.process, &call, &ask.flavour) != 3) {
        fprintf(stderr, "fault: --only wants PROCESS:CALL:ERROR\n");
        exit(2);
    }
    ask.call = call;
    try_case(&s->run.place, s, &ask);
}

static void try_kind(void *context)
{
    struct syscalls *s = context;
    prepare(s);
    uint64_t n = s->run.ask->n ? s->run.ask->n : s->run.ask->is_long ? s->order.n : SHORT_TRIALS;
    uint64_t before = s->run.tally->trials;
    if (s->run.ask->only)
        only_one(s);
    else
        trial_each(s->run.ask, s->run.tally, &s->run.place, n < s->order.n ? n : s->order.n,
                   try_one, s);
    printf("  %-10s %llu calls in %u processes, %llu cases, %llu of them tried\n",
           s->run.kind->name, (unsigned long long)(s->order.n / CALLS_FLAVOURS),
           s->counted.n_processes, (unsigned long long)s->order.n,
           (unsigned long long)(s->run.tally->trials - before));
    fflush(stdout);
    place_forget(&s->run.good.result);
}

bool part_syscalls(const struct ask *ask)
{
    struct syscalls s = {0};
    trial_kinds(&s.run, ask, ROWS, NULL, try_kind, &s);
    if (ask->is_long) {
        calls_print();
        culprit_print();
    }
    return trial_report("syscalls", s.run.tally, "calls made to fail");
}
