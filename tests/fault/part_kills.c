/* kill -9 of random workers at random moments: the same bytes, and nothing left behind. */
#include "tests/fault/parts.h"

#include "core/random.h"
#include "tests/ref_left.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROWS 1500
#define KILLS_A_RUN 4u /* at most so many are tried */
#define SHORT_TRIALS 2 /* of each kind */
#define SOON_NANOSECONDS 3000000u
#define LONG_KILLS 10000u
#define SECONDS 60.0

static const char *const workers[] = {"-j", "3", NULL};

struct kills {
    const struct ask *ask;
    struct tally *tally;
    const struct kind *kind;
    const char *argv[2 * KINDS_WORDS];
    struct good good;
};

static bool is_worker(pid_t pid)
{
    char path[64], words[4096];
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, words, sizeof words);
    if (fd >= 0)
        close(fd);
    return n > 0 && memmem(words, (size_t)n, "worker\0run", 10);
}

/* Kills one of the boss's workers; false if there is none. The descriptor holds on to the process:
 * its number might be another's by now. */
static bool kill_one(pid_t boss, uint64_t random)
{
    pid_t children[64];
    size_t n = ref_left_children(boss, children, 64);
    if (n == 0)
        return false;
    pid_t pid = children[random % n];
    int fd = pidfd_open(pid, 0);
    bool killed = fd >= 0 && is_worker(pid) && pidfd_send_signal(fd, SIGKILL, NULL, 0) == 0;
    if (fd >= 0)
        close(fd);
    return killed;
}

static void nap(uint64_t nanoseconds)
{
    nanosleep(
        &(struct timespec){(time_t)(nanoseconds / 1000000000), (long)(nanoseconds % 1000000000)},
        NULL);
}

static bool has_ended(pid_t boss)
{
    siginfo_t info = {.si_pid = 0};
    return waitid(P_PID, (id_t)boss, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid;
}

/* Kills up to KILLS_A_RUN workers, each at a random moment: any of the run, or, when there is no
 * worker then, one soon after there is. Returns how many were killed. */
static unsigned kill_some(const struct kills *s, pid_t boss, uint64_t *random)
{
    unsigned killed = 0;
    uint64_t most = (uint64_t)(s->good.seconds * 1e9 / 2);
    for (unsigned k = 0; k < KILLS_A_RUN; k++) {
        nap(random_next(random) % most);
        while (!has_ended(boss) && !kill_one(boss, random_next(random)))
            nap(random_next(random) % SOON_NANOSECONDS);
        if (has_ended(boss))
            break;
        killed++;
    }
    return killed;
}

static void try_one(const struct place *p, uint64_t i, void *context)
{
    struct kills *s = context;
    uint64_t random = s->ask->seed * 1000003 + i;
    char fault[100], again[200], why[600] = "";
    place_reset(p, TRIAL_FORMER);
    pid_t boss = place_start(s->argv, false);
    unsigned killed = kill_some(s, boss, &random);
    struct outcome o = trial_wait(boss, SECONDS);
    s->tally->faults += killed;
    if (trial_judge(p, &s->good, &o, why, sizeof why) && o.status != 0)
        snprintf(why, sizeof why, "exit status %d, though workers can be replaced",
                 WEXITSTATUS(o.status));
    snprintf(fault, sizeof fault, "%s, %u workers killed", s->kind->name, killed);
    snprintf(again, sizeof again, "kills --kind %s --seed %llu --from %llu --n 1", s->kind->name,
             (unsigned long long)s->ask->seed, (unsigned long long)i);
    trial_count(s->tally, &o, why, fault, again);
}

static void try_kind(struct kills *s, uint64_t kills)
{
    struct place p;
    place_open(&p, ROWS, s->ask->seed);
    kinds_command(s->kind, workers, s->argv);
    trial_good(&p, s->argv, &s->good);
    place_close(&p);
    uint64_t before = s->tally->faults, runs = 0, step = s->ask->n ? s->ask->n : SHORT_TRIALS;
    struct ask ask = *s->ask;
    do {
        trial_each(&ask, s->tally, ROWS, step, try_one, s);
        ask.from += step;
        runs += step;
        step = 200;
    } while (s->tally->faults - before < kills && s->tally->left_out == 0);
    printf("  %-10s %llu runs, %llu workers killed\n", s->kind->name, (unsigned long long)runs,
           (unsigned long long)(s->tally->faults - before));
    fflush(stdout);
    place_forget(&s->good.result);
}

bool part_kills(const struct ask *ask)
{
    struct kills s = {.ask = ask, .tally = trial_tally()};
    size_t n_kinds = 0;
    while (kinds_at(n_kinds))
        n_kinds++;
    uint64_t kills = ask->is_long ? LONG_KILLS / (ask->kind ? 1 : n_kinds) : 0;
    for (size_t i = 0; (s.kind = kinds_at(i)) != NULL; i++)
        if (!ask->kind || strcmp(ask->kind, s.kind->name) == 0)
            try_kind(&s, kills);
    return trial_report("kills", s.tally, "workers killed");
}
