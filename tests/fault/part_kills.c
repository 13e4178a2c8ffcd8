/* kill -9 of random workers at random moments: the bytes are the same, and nothing is left. */
#include "tests/fault/killer.h"
#include "tests/fault/parts.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define ROWS 1500
#define KILLS_A_RUN 4u /* tried, at most */
#define SHORT_TRIALS 1 /* of each kind */
#define LONG_KILLS 10000u

static const char *const workers[] = {"-j", "3", NULL};

struct kills {
    const struct ask *ask;
    struct tally *tally;
    const struct kind *kind;
    const char *argv[2 * KINDS_ARGUMENTS];
    struct place place;
    struct good good;
};

static void try_one(const struct place *p, uint64_t i, void *context)
{
    struct kills *s = context;
    uint64_t random = s->ask->seed * 1000003 + i;
    char fault[100], again[200], why[600] = "";
    place_reset(p, TRIAL_FORMER);
    pid_t coordinator = place_start(s->argv, false);
    unsigned killed = killer_workers(coordinator, KILLS_A_RUN, s->good.seconds, &random);
    struct outcome o = trial_wait(coordinator, TRIAL_SECONDS);
    s->tally->faults += killed;
    trial_judge_done(p, &s->good, &o, why, sizeof why);
    snprintf(fault, sizeof fault, "%s, %u workers killed", s->kind->name, killed);
    snprintf(again, sizeof again, "kills --kind %s --seed %llu --from %llu --n 1", s->kind->name,
             (unsigned long long)s->ask->seed, (unsigned long long)i);
    trial_count(s->tally, &o, why, fault, again);
}

static bool has_workers(const struct kind *k)
{
    return !kinds_has(k, "data");
}

static void try_kind(struct kills *s, uint64_t kills)
{
    kinds_command(s->kind, workers, s->argv);
    trial_good(&s->place, s->argv, &s->good);
    uint64_t killed = trial_until(s->ask, s->tally, &s->place, SHORT_TRIALS, kills, try_one, s);
    printf("  %-10s %llu workers killed\n", s->kind->name, (unsigned long long)killed);
    fflush(stdout);
    place_forget(&s->good.result);
}

bool part_kills(const struct ask *ask)
{
    struct kills s = {.ask = ask, .tally = trial_tally()};
    size_t n_kinds = 0;
    for (size_t i = 0; kinds_at(i); i++)
        n_kinds += has_workers(kinds_at(i));
    uint64_t kills = ask->is_long && n_kinds ? LONG_KILLS / n_kinds + 1 : 0;
    place_open(&s.place, ROWS, ask->seed);
    for (size_t i = 0; (s.kind = kinds_at(i)) != NULL; i++)
        if (has_workers(s.kind) && (!ask->kind || strcmp(ask->kind, s.kind->name) == 0))
            try_kind(&s, kills);
    place_close(&s.place);
    return trial_report("kills", s.tally, "workers killed");
}
