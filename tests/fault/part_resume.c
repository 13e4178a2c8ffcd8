/* kill -9 of the coordinator at random moments, with --resume. The run is started again until it
 * ends, and gives the bytes of a run that nobody disturbed. */
#include "tests/fault/killer.h"
#include "tests/fault/parts.h"

#include "core/random.h"
#include "tests/harness/harness_left.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROWS 1500
#define KILLS_A_RUN 4u
#define SHORT_TRIALS 1 /* of each kind */
#define LONG_KILLS 1000u

static const char *const plain[] = {"-j", "3", NULL};
static const char *const resumed[] = {"-j",           "3", "--resume", "../journal",
                                      "--checkpoint", "0", NULL};

/* Only a run that writes to a file and is not audited can be resumed. */
static bool can_resume(const struct kind *k)
{
    return kinds_has(k, "-o") && !kinds_has(k, "--audit") && !kinds_resumes(k);
}

/* A killed run leaves the former output; or the good one, if the kill came too late. */
static bool is_untouched(const struct good *g)
{
    struct result r;
    place_result(&r);
    bool former = r.n_out == sizeof TRIAL_FORMER - 1 && memcmp(r.out, TRIAL_FORMER, r.n_out) == 0;
    bool good = r.n_out == g->result.n_out && memcmp(r.out, g->result.out, r.n_out) == 0;
    place_forget(&r);
    return former || good;
}

/* Starts the run and kills it; false if it ended before. */
static bool kill_coordinator(const struct trial_kind *s, uint64_t *random, struct outcome *o)
{
    char first[200];
    pid_t coordinator = place_start(s->argv, false);
    killer_nap(s->good.seconds * 1.1, random);
    bool killed = !killer_has_ended(coordinator);
    if (killed)
        kill(coordinator, SIGKILL);
    *o = trial_wait(coordinator, TRIAL_SECONDS);
    o->stayed = !harness_left_wait(10, first, sizeof first);
    return killed && WIFSIGNALED(o->status);
}

static void try_one(const struct place *p, uint64_t i, void *context)
{
    struct trial_kind *s = context;
    uint64_t random = s->ask->seed * 1000003 + i;
    char fault[100], why[600] = "";
    unsigned killed = 0;
    struct outcome o;
    place_reset(p, TRIAL_FORMER);
    while (killed < KILLS_A_RUN && !why[0] && kill_coordinator(s, &random, &o)) {
        killed++;
        if (o.stayed)
            snprintf(why, sizeof why, "a process stays behind");
        else if (!is_untouched(&s->good))
            snprintf(why, sizeof why, "the former output was touched");
    }
    if (killed == KILLS_A_RUN)
        o = trial_wait(place_start(s->argv, false), TRIAL_SECONDS);
    s->tally->faults += killed;
    if (!why[0])
        trial_judge_done(p, &s->good, &o, why, sizeof why);
    snprintf(fault, sizeof fault, "%s, coordinator killed %u times", s->kind->name, killed);
    trial_count_seeded(s, "resume", i, &o, why, fault);
}

static void try_kind(void *context)
{
    struct trial_kind *s = context;
    uint64_t kills = trial_share(s->ask, can_resume, LONG_KILLS);
    kinds_command(s->kind, plain, s->argv);
    trial_good(&s->place, s->argv, &s->good);
    kinds_command(s->kind, resumed, s->argv);
    uint64_t killed = trial_until(s->ask, s->tally, &s->place, SHORT_TRIALS, kills, try_one, s);
    printf("  %-10s coordinator killed %llu times\n", s->kind->name, (unsigned long long)killed);
    fflush(stdout);
    place_forget(&s->good.result);
}

bool part_resume(const struct ask *ask)
{
    struct trial_kind s;
    trial_kinds(&s, ask, ROWS, can_resume, try_kind, &s);
    return trial_report("resume", s.tally, "times the coordinator was killed");
}
