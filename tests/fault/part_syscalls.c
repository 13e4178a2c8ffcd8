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
    const struct ask *ask;
    struct tally *tally;
    const struct kind *kind;
    const char *argv[2 * KINDS_ARGUMENTS];
    struct place place;
    struct good good;
    struct tracer_told counted;
    struct trial_order order;
};

/* Case i of all: the call, its process and its error. */
static struct tracer_ask case_at(const struct syscalls *s, uint64_t i)
{
    uint64_t at = trial_order_at(&s->order, i);
    struct tracer_ask ask = {
        .seconds = SECONDS, .stays = s->ask->stays, .flavour = (unsigned)(at % CALLS_FLAVOURS)};
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
    tracer_run(place_start(s->argv, true), ask, &told);
    struct outcome o = {told.status, told.late, told.stayed, culprit_library(told.crash),
                        ask->stays};
    if (trial_judge(p, &s->good, &o, why, sizeof why))
        trial_go_on(p, s->argv, &s->good, o.status, why, sizeof why);
    s->tally->faults += told.failed;
    snprintf(fault, sizeof fault, "%s, %s: %s gives %s%s", s->kind->name,
             told.failed ? told.what : "nothing", told.failed ? calls_name(told.number) : "-",
             told.failed ? strerrorname_np(told.error) : "-", ask->stays ? " from then on" : "");
    snprintf(again, sizeof again, "syscalls%s --kind %s --only %u:%llu:%u",
             ask->stays ? " --stays" : "", s->kind->name, ask->process,
             (unsigned long long)ask->call, ask->flavour);
    trial_count(s->tally, &o, why, fault, again);
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
    kinds_command(s->kind, two_workers, s->argv);
    s->good.resumes = kinds_resumes(s->kind);
    trial_good(&s->place, s->argv, &s->good);
    place_reset(&s->place, TRIAL_FORMER);
    tracer_run(place_start(s->argv, true), &count, &s->counted);
    uint64_t n = 0;
    for (unsigned k = 0; k < TRACER_PROCESSES; k++)
        n += s->counted.calls[k] * CALLS_FLAVOURS;
    trial_order_open(&s->order, n, s->ask->seed);
}

static void only_one(struct syscalls *s)
{
    struct tracer_ask ask = {.seconds = SECONDS, .stays = s->ask->stays};
    unsigned long long call = 0;
    if (sscanf(s->ask->only, "%u:%llu:%u", &ask.process, &call, &ask.flavour) != 3) {
        fprintf(stderr, "fault: --only wants PROCESS:CALL:ERROR\n");
        exit(2);
    }
    ask.call = call;
    try_case(&s->place, s, &ask);
}

static void try_kind(struct syscalls *s)
{
    prepare(s);
    uint64_t n = s->ask->n ? s->ask->n : s->ask->is_long ? s->order.n : SHORT_TRIALS;
    uint64_t before = s->tally->trials;
    if (s->ask->only)
        only_one(s);
    else
        trial_each(s->ask, s->tally, &s->place, n < s->order.n ? n : s->order.n, try_one, s);
    printf("  %-10s %llu calls in %u processes, %llu cases, %llu of them tried\n", s->kind->name,
           (unsigned long long)(s->order.n / CALLS_FLAVOURS), s->counted.n_processes,
           (unsigned long long)s->order.n, (unsigned long long)(s->tally->trials - before));
    fflush(stdout);
    place_forget(&s->good.result);
}

bool part_syscalls(const struct ask *ask)
{
    struct syscalls s = {.ask = ask, .tally = trial_tally()};
    place_open(&s.place, ROWS, ask->seed);
    for (size_t i = 0; (s.kind = kinds_at(i)) != NULL; i++)
        if (!ask->kind || strcmp(ask->kind, s.kind->name) == 0)
            try_kind(&s);
    place_close(&s.place);
    if (ask->is_long) {
        calls_print();
        culprit_print();
    }
    return trial_report("syscalls", s.tally, "calls made to fail");
}
