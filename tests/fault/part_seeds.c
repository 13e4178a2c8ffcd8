/* Random data, random kinds of run, random workers, slices and kills: the bytes of one worker that
 * nobody disturbs and that prunes nothing. */
#include "tests/fault/killer.h"
#include "tests/fault/parts.h"

#include "core/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define MOST_ROWS 1200u
#define MOST_WORKERS 7u
#define MOST_KILLS 3u
#define SHORT_TRIALS 7
#define LONG_TRIALS 1000

struct seeds {
    const struct ask *ask;
    struct tally *tally;
};

/* What one seed stands for. */
struct draw {
    uint64_t data;
    unsigned rows, kills;
    const struct kind *kind;
    char workers[4];
    const char *plain[8], *tried[8]; /* further words, for the good run and for the other */
};

static unsigned below(uint64_t *random, unsigned n)
{
    return (unsigned)(random_next(random) % n);
}

static const struct kind *any_kind(uint64_t *random)
{
    unsigned n = 1; /* there is one at least */
    while (kinds_at(n))
        n++;
    return kinds_at(below(random, n));
}

static void draw(struct draw *d, uint64_t seed, const char *kind)
{
    uint64_t random = seed;
    size_t n = 0;
    *d = (struct draw){.data = random_next(&random), .rows = 1 + below(&random, MOST_ROWS)};
    do
        d->kind = any_kind(&random);
    while (kind && strcmp(kind, d->kind->name) != 0);
    d->plain[n++] = "-j";
    d->plain[n++] = "1";
    if (below(&random, 2))
        d->plain[n++] = "--no-prune";
    snprintf(d->workers, sizeof d->workers, "%u", 1 + below(&random, MOST_WORKERS));
    n = 0;
    d->tried[n++] = "-j";
    d->tried[n++] = d->workers;
    d->kills = below(&random, 2) * below(&random, MOST_KILLS + 1);
}

static void try_one(const struct place *p, uint64_t i, void *context)
{
    struct seeds *s = context;
    uint64_t random = s->ask->seed * 1000003 + i;
    const char *argv[2 * KINDS_WORDS];
    char fault[200], again[200], why[600] = "";
    struct draw d;
    struct good good;
    draw(&d, random, s->ask->kind);
    place_fill(p, d.rows, d.data);
    kinds_command(d.kind, d.plain, argv);
    trial_good(p, argv, &good);
    kinds_command(d.kind, d.tried, argv);
    place_reset(p, TRIAL_FORMER);
    pid_t boss = place_start(argv, false);
    unsigned killed = killer_workers(boss, d.kills, good.seconds, &random);
    struct outcome o = trial_wait(boss, TRIAL_SECONDS);
    s->tally->faults += killed;
    if (trial_judge(p, &good, &o, why, sizeof why) && o.status != 0)
        snprintf(why, sizeof why, "exit status %d", WEXITSTATUS(o.status));
    snprintf(fault, sizeof fault, "%s, %u rows of seed %llu, -j %s, %u workers killed",
             d.kind->name, d.rows, (unsigned long long)d.data, d.workers, killed);
    snprintf(again, sizeof again, "seeds --seed %llu --from %llu --n 1",
             (unsigned long long)s->ask->seed, (unsigned long long)i);
    trial_count(s->tally, &o, why, fault, again);
    place_forget(&good.result);
}

bool part_seeds(const struct ask *ask)
{
    struct seeds s = {.ask = ask, .tally = trial_tally()};
    uint64_t n = ask->n ? ask->n : ask->is_long ? LONG_TRIALS : SHORT_TRIALS;
    struct place p;
    place_open(&p, 1, ask->seed);
    trial_each(ask, s.tally, &p, n, try_one, &s);
    place_close(&p);
    return trial_report("seeds", s.tally, "workers killed on the way");
}
