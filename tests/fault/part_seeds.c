/* Random data, kinds of run, workers, memory, kills and shards. The bytes must be those of one
 * worker that nobody disturbs and that, half of the time, does not prune. */
#include "tests/fault/killer.h"
#include "tests/fault/parts.h"

#include "core/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_ROWS 1200u
#define MOST_WORKERS 7u
#define MOST_KILLS 3u
#define MOST_SHARDS 4u
#define SHORT_TRIALS 7
#define LONG_TRIALS 1000

struct seeds {
    const struct ask *ask;
    struct tally *tally;
};

/* What one seed stands for. */
struct draw {
    uint64_t data;
    unsigned rows, kills, shards; /* shards 0: a run of one part */
    const struct kind *kind;
    const char *memory; /* little of it makes row ranges */
    char workers[4];
    const char *plain[8], *tried[8]; /* further arguments of the good run and of the other */
};

static unsigned below(uint64_t *random, unsigned n)
{
    return (unsigned)(random_next(random) % n);
}

static const char *const memories[] = {NULL, NULL, "256M", "96M", "64M"};

static const struct kind *any_kind(uint64_t *random)
{
    unsigned n = 1; /* at least one */
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
    d->memory = memories[below(&random, sizeof memories / sizeof *memories)];
    if (d->memory && !kinds_has(d->kind, "--max-memory")) {
        d->tried[n++] = "--max-memory";
        d->tried[n++] = d->memory;
    }
    bool whole = kinds_has(d->kind, "--audit") || kinds_has(d->kind, "--count") ||
                 kinds_has(d->kind, "--resume") || kinds_has(d->kind, "data");
    d->shards = whole ? 0 : below(&random, 2) * below(&random, MOST_SHARDS + 1);
}

/* ---- Running ---------------------------------------------------------------------------------*/

/* Runs a command while workers are killed, and adds up the kills. */
static struct outcome disturbed(const struct draw *d, const char *const argv[], double seconds,
                                uint64_t *random, unsigned *killed)
{
    pid_t coordinator = place_start(argv, false);
    *killed += killer_workers(coordinator, d->kills, seconds, random);
    return trial_wait(coordinator, TRIAL_SECONDS);
}

/* Writes the command of a shard, with its own output and number. */
static void shard_command(const struct draw *d, const char *file, const char *which,
                          const char **argv)
{
    size_t n = 0;
    kinds_command(d->kind, d->tried, argv);
    for (size_t i = 0; argv[i]; i++)
        if (strcmp(argv[i], "-o") == 0)
            i++;
        else
            argv[n++] = argv[i];
    argv[n++] = "-o";
    argv[n++] = file;
    argv[n++] = "--shard";
    argv[n++] = which;
    argv[n] = NULL;
}

/* Runs all shards, one after another, then their merge. Returns the outcome of the first that
 * fails. */
static struct outcome in_shards(const struct draw *d, double seconds, uint64_t *random,
                                unsigned *killed)
{
    char file[MOST_SHARDS][32], which[24];
    const char *argv[2 * KINDS_ARGUMENTS],
        *merge[8 + MOST_SHARDS] = {place_binary("axb"), "merge", "-q"};
    struct outcome o = {0};
    size_t n = 3;
    unsigned n_files = 0;
    while (n_files < d->shards && o.status == 0 && !o.late) {
        char *part = file[n_files++];
        snprintf(part, sizeof file[0], "../part-%u.shard", n_files);
        snprintf(which, sizeof which, "%u/%u", n_files, d->shards);
        shard_command(d, part, which, argv);
        o = disturbed(d, argv, seconds / d->shards, random, killed);
        merge[n++] = part;
    }
    if (kinds_has(d->kind, "-o")) {
        merge[n++] = "-o";
        merge[n++] = "out.csv";
    }
    if (o.status == 0 && !o.late)
        o = trial_wait(place_start(merge, false), TRIAL_SECONDS);
    for (unsigned i = 0; i < n_files; i++)
        unlink(file[i]);
    return o;
}

static void try_one(const struct place *p, uint64_t i, void *context)
{
    struct seeds *s = context;
    uint64_t random = s->ask->seed * 1000003 + i;
    const char *argv[2 * KINDS_ARGUMENTS];
    char fault[200], again[200], why[600] = "";
    struct draw d;
    struct good good;
    draw(&d, random, s->ask->kind);
    place_fill(p, d.rows, d.data);
    kinds_command(d.kind, d.plain, argv);
    trial_good(p, argv, &good);
    kinds_command(d.kind, d.tried, argv);
    place_reset(p, TRIAL_FORMER);
    unsigned killed = 0;
    struct outcome o = d.shards ? in_shards(&d, good.seconds, &random, &killed)
                                : disturbed(&d, argv, good.seconds, &random, &killed);
    s->tally->faults += killed;
    trial_judge_done(p, &good, &o, why, sizeof why);
    snprintf(fault, sizeof fault,
             "%s, %u rows of seed %llu, -j %s, %s of memory, %u shards, %u workers killed",
             d.kind->name, d.rows, (unsigned long long)d.data, d.workers,
             d.memory ? d.memory : "all", d.shards, killed);
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
