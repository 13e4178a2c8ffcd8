/* Every allocation of small runs fails, one a run: in axb and in the libraries it uses. */
#include "tests/fault/culprit.h"
#include "tests/fault/parts.h"
#include "tests/fault/shim.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROWS 300
#define SHORT_TRIALS 1 /* of each kind */
#define SECONDS 120.0  /* on a machine that is busy */

static const char *const two_workers[] = {"-j", "2", NULL};

struct allocations {
    struct trial_kind run;
    uint64_t counted[SHIM_PROCESSES];
    unsigned n_processes;
    struct trial_order order;
};

/* Opens the file that the processes of a run share; it lies beside the inputs. */
static struct shim *open_shim(void)
{
    int fd = open("../shim", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    void *p = fd < 0 || ftruncate(fd, sizeof(struct shim)) != 0
                  ? MAP_FAILED
                  : mmap(NULL, sizeof(struct shim), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        abort();
    close(fd);
    memset(p, 0, sizeof(struct shim));
    return p;
}

/* Runs axb with the shim in front of its allocator. */
static struct outcome run_with(struct allocations *s, const struct place *p)
{
    char path[96];
    snprintf(path, sizeof path, "%s/shim", p->root);
    place_reset(p, TRIAL_FORMER);
    setenv(SHIM_VARIABLE, path, 1);
    setenv("LD_PRELOAD", place_binary("tests/fault/libaxb_fault_shim.so"), 1);
    struct outcome o = trial_wait(place_start(s->run.argv, false), SECONDS);
    unsetenv("LD_PRELOAD");
    return o;
}

static void try_case(const struct place *p, struct allocations *s, unsigned process, uint64_t n)
{
    char fault[400], again[200], why[600] = "";
    struct shim *shim = open_shim();
    shim->process = process;
    shim->allocation = n;
    struct outcome o = run_with(s, p);
    const char *slash = strrchr(shim->site, '/'), *site = slash ? slash + 1 : shim->site;
    o.library = culprit_library(site);
    if (trial_judge(p, &s->run.good, &o, why, sizeof why))
        trial_go_on(p, s->run.argv, &s->run.good, o.status, why, sizeof why);
    s->run.tally->faults += shim->failed;
    snprintf(fault, sizeof fault, "%s, %s: no memory for %s", s->run.kind->name,
             process ? shim->of[process].what : "coordinator", site);
    snprintf(again, sizeof again, "allocations --kind %s --only %u:%llu", s->run.kind->name,
             process, (unsigned long long)n);
    trial_count(s->run.tally, &o, why, fault, again);
    munmap(shim, sizeof *shim);
}

static void try_one(const struct place *p, uint64_t i, void *context)
{
    struct allocations *s = context;
    uint64_t at = trial_order_at(&s->order, i);
    unsigned process = 0;
    while (at >= s->counted[process])
        at -= s->counted[process++];
    try_case(p, s, process, at + 1);
}

/* Does one good run, and another whose allocations are counted. */
static void prepare(struct allocations *s)
{
    uint64_t n = 0;
    kinds_command(s->run.kind, two_workers, s->run.argv);
    s->run.good.resumes = kinds_resumes(s->run.kind);
    trial_good(&s->run.place, s->run.argv, &s->run.good);
    struct shim *shim = open_shim();
    struct outcome o = run_with(s, &s->run.place);
    s->n_processes = 1 + shim->n_processes;
    for (unsigned k = 0; k < SHIM_PROCESSES; k++)
        n += s->counted[k] = shim->of[k].allocations;
    trial_order_open(&s->order, n, s->run.ask->seed);
    munmap(shim, sizeof *shim);
    if (o.status != 0 || n == 0) {
        fprintf(stderr, "fault: the run whose allocations are counted fails\n");
        exit(99);
    }
}

static void only_one(struct allocations *s)
{
    unsigned process;
    unsigned long long n;
    if (sscanf(s->run.ask->only, "%u:%llu", &process, &n) != 2 || process >= SHIM_PROCESSES) {
        fprintf(stderr, "fault: --only wants PROCESS:ALLOCATION\n");
        exit(2);
    }
    try_case(&s->run.place, s, process, n);
}

static void try_kind(void *context)
{
    struct allocations *s = context;
    prepare(s);
    uint64_t n = s->run.ask->n ? s->run.ask->n : s->run.ask->is_long ? s->order.n : SHORT_TRIALS;
    n = n < s->order.n ? n : s->order.n;
    uint64_t before = s->run.tally->trials;
    if (s->run.ask->only)
        only_one(s);
    else
        trial_each(s->run.ask, s->run.tally, &s->run.place, n, try_one, s);
    printf("  %-10s %llu allocations in %u processes, %llu of them tried\n", s->run.kind->name,
           (unsigned long long)s->order.n, s->n_processes,
           (unsigned long long)(s->run.tally->trials - before));
    fflush(stdout);
    place_forget(&s->run.good.result);
}

bool part_allocations(const struct ask *ask)
{
    struct allocations s = {0};
    trial_kinds(&s.run, ask, ROWS, NULL, try_kind, &s);
    return trial_report("allocations", s.run.tally, "allocations made to fail");
}
