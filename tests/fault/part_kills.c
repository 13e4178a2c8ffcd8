/* kill -9 of random workers at random moments: the bytes are the same, and nothing is left. */
#include "tests/fault/killer.h"
#include "tests/fault/parts.h"

#include <stdio.h>

#define ROWS 1500
#define KILLS_A_RUN 4u /* tried, at most */
#define SHORT_TRIALS 1 /* of each kind */
#define LONG_KILLS 10000u

static const char *const workers[] = {"-j", "3", NULL};

static void try_one(const struct place *p, uint64_t i, void *context)
{
    struct trial_kind *s = context;
    uint64_t random = s->ask->seed * 1000003 + i;
    char fault[100], why[600] = "";
    place_reset(p, TRIAL_FORMER);
    pid_t coordinator = place_start(s->argv, false);
    unsigned killed = killer_workers(coordinator, KILLS_A_RUN, s->good.seconds, &random);
    struct outcome o = trial_wait(coordinator, TRIAL_SECONDS);
    s->tally->faults += killed;
    trial_judge_done(p, &s->good, &o, why, sizeof why);
    snprintf(fault, sizeof fault, "%s, %u workers killed", s->kind->name, killed);
    trial_count_seeded(s, "kills", i, &o, why, fault);
}

static bool has_workers(const struct kind *k)
{
    return !kinds_has(k, "data");
}

static void try_kind(void *context)
{
    struct trial_kind *s = context;
    uint64_t kills = trial_share(s->ask, has_workers, LONG_KILLS);
    kinds_command(s->kind, workers, s->argv);
    trial_good(&s->place, s->argv, &s->good);
    uint64_t killed = trial_until(s->ask, s->tally, &s->place, SHORT_TRIALS, kills, try_one, s);
    printf("  %-10s %llu workers killed\n", s->kind->name, (unsigned long long)killed);
    fflush(stdout);
    place_forget(&s->good.result);
}

bool part_kills(const struct ask *ask)
{
    struct trial_kind s;
    trial_kinds(&s, ask, ROWS, has_workers, try_kind, &s);
    return trial_report("kills", s.tally, "workers killed");
}
