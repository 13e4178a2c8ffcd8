/* What cores give at most, for bench/sweep to draw beside what axb gets out of them:
 *
 *   ceiling read CPUS SECONDS BYTES            each thread reads memory of its own
 *   ceiling shared CPUS SECONDS BYTES          all threads read one block, which the first touched
 *   ceiling kernel CPUS SECONDS FILE COLUMN    each runs Levenshtein kernels at 0.85, no pruning
 *
 * CPUS is a list such as 0,2,4-7: one thread is pinned to each. BYTES are those of the memory of a
 * thread, or of the block, and should be many times what caches hold. Prints one number: bytes or
 * pairs of distinct values a second, of all threads together. Reading the file is not timed.
 *
 * This is no benchmark of axb: no processes, no output, no row is expanded. */
#include "core/err.h"
#include "core/log.h"
#include "core/shm.h"
#include "data/load.h"
#include "matcher/index/index.h"
#include "matcher/join/join.h"

#include <omp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEGMENT_BYTES ((size_t)1 << 36) /* of addresses, not of memory */
#define STEP_BYTES ((size_t)1 << 20)    /* read between two looks at the clock */
#define THRESHOLD 0.85
#define SCATTER 2654435761u /* a prime */

/* ---- Where threads run -----------------------------------------------------------------------*/

struct cpus {
    int n;
    size_t cpu[CPU_SETSIZE];
};

static bool add_range(struct cpus *cpus, long first, long last)
{
    if (first < 0 || last < first || last >= CPU_SETSIZE || cpus->n + last - first >= CPU_SETSIZE)
        return false;
    for (long cpu = first; cpu <= last; cpu++)
        cpus->cpu[cpus->n++] = (size_t)cpu;
    return true;
}

/* Reads 0,2,4-7. ERR_USAGE. */
static bool read_cpus(struct cpus *cpus, const char *list, struct err *e)
{
    char *end = NULL;
    const char *at = list;
    cpus->n = 0;
    for (;; at = end + 1) {
        const long first = strtol(at, &end, 10);
        long last = first;
        const bool number = end != at;
        if (*end == '-')
            last = strtol(end + 1, &end, 10);
        if (!number || !add_range(cpus, first, last) || (*end && *end != ','))
            return err_set(e, ERR_USAGE, NULL, "no list of processing units: %s", list);
        if (!*end)
            return true;
    }
}

/* Pins the calling thread, so that memory which it touches first is of its node. */
static bool pin(const struct cpus *cpus, int thread)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpus->cpu[thread], &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

/* ---- Reading memory --------------------------------------------------------------------------*/

struct block {
    uint64_t *words;
    size_t bytes; /* a multiple of STEP_BYTES */
};

static struct block block_make(size_t bytes)
{
    const size_t whole = (bytes + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;
    struct block b = {aligned_alloc(STEP_BYTES, whole), whole};
    if (b.words)
        memset(b.words, 1, whole);
    return b;
}

/* The sum of a step's words, which must be looked at so that they are read. */
static uint64_t sum_step(const uint64_t *words)
{
    uint64_t sum[8] = {0};
    for (size_t i = 0; i < STEP_BYTES / sizeof *words; i += 8)
        for (size_t k = 0; k < 8; k++)
            sum[k] += words[i + k];
    return sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7];
}

/* Reads round and round from a share of the block on; bytes a second. */
static double read_rate(const struct block *b, double from, double seconds)
{
    volatile uint64_t seen = 0;
    const size_t steps = b->bytes / STEP_BYTES;
    size_t at = (size_t)(from * (double)steps), n = 0;
    const double begin = log_seconds();
    double now = begin;
    while (now < begin + seconds) {
        seen = sum_step(b->words + at * (STEP_BYTES / sizeof *b->words));
        at = at + 1 < steps ? at + 1 : 0;
        n++;
        now = log_seconds();
    }
    (void)seen;
    return (double)n * (double)STEP_BYTES / (now - begin);
}

/* All threads begin together. The sum of their rates; 0 where one had no memory or no core. */
static double measure_read(const struct cpus *cpus, bool shared, double seconds, size_t bytes)
{
    double sum = 0;
    int failed = 0;
    struct block common = {NULL, 0};
#pragma omp parallel num_threads(cpus->n) reduction(+ : sum, failed)
    {
        const int thread = omp_get_thread_num();
        const bool pinned = pin(cpus, thread);
        struct block own = {NULL, 0};
        if (!shared)
            own = block_make(bytes);
        else if (thread == 0)
            common = block_make(bytes);
#pragma omp barrier
        const struct block *b = shared ? &common : &own;
        failed += !pinned || !b->words;
        if (b->words)
            sum += read_rate(b, shared ? (double)thread / cpus->n : 0, seconds);
        free(own.words);
    }
    free(common.words);
    return failed ? 0 : sum;
}

/* ---- Kernels ---------------------------------------------------------------------------------*/

struct values {
    struct shm table, memory;
    struct index index;
};

/* The distinct values of a column, as a run has them; the two sides are the same. */
static bool values_read(struct values *v, const char *file, const char *column, struct err *e)
{
    struct load load;
    struct load_stats stats;
    struct table table;
    struct load_want want = {0};
    const struct load_options options = {.header = true};
    if (!load_open(&load, file, &options, e))
        return false;
    const bool ok = load_find(&load, column, &want.column, e) &&
                    shm_create(&v->table, file, SEGMENT_BYTES, e) &&
                    load_table(&load, &want, 1, &v->table, &stats, e) &&
                    table_view(&table, &v->table, e);
    load_close(&load);
    if (!ok)
        return false;
    const struct index_field fields[] = {{0, INDEX_TEXT, &table, 0, TEXT_FORM_VALUE},
                                         {1, INDEX_TEXT, &table, 0, TEXT_FORM_VALUE}};
    const struct index_spec spec = {.fields = fields, .n_fields = 2, .wanted = INDEX_POSTINGS};
    return shm_create(&v->memory, "the index", SEGMENT_BYTES, e) &&
           index_build(&spec, &v->memory, e) && index_view(&v->index, &v->memory, e);
}

static void forget(struct join_sink *sink)
{
    struct join_pair *buffer = sink->end - 4096;
    sink->next = buffer;
}

/* Runs every n-th item, round and round, scattered, since items stand in the order of lengths and
 * those of short texts cost less: some are like all. Pairs a second. Negative without memory. */
static double kernel_rate(const struct join *join, const struct join_job *job, struct shm_view view,
                          uint32_t n_items, const struct cpus *cpus, int thread, double seconds)
{
    struct err e;
    void *scratch;
    struct join_pair buffer[4096];
    struct join_sink sink = {buffer, buffer + 4096, forget, NULL};
    struct join_stats stats = {0};
    if (!join->open(job, view, &scratch, &e))
        return -1;
    const double begin = log_seconds();
    double now = begin;
    uint64_t item = (uint64_t)thread;
    while (now < begin + seconds) {
        join->run(job, view, scratch, (uint32_t)(item * SCATTER % n_items), &sink, &stats);
        item += (uint64_t)cpus->n;
        now = log_seconds();
    }
    join->close(scratch);
    return (double)stats.pairs / (now - begin);
}

static bool measure_kernel(const struct cpus *cpus, double seconds, const char *file,
                           const char *column, double *rate, struct err *e)
{
    static struct values v;
    struct join_job job = {.need = THRESHOLD};
    struct shm memory;
    uint32_t n_items;
    double sum = 0, cost;
    int failed = 0;
    if (!values_read(&v, file, column, e) || !metric_find("levenshtein", 11, &job.use, e))
        return false;
    job.dictionary = &v.index.dictionary;
    job.a = &v.index.field[0].side;
    job.b = &v.index.field[1].side;
    const struct join *join = join_choose(&job, NULL, &cost);
    if (!shm_create(&memory, "the scan", SEGMENT_BYTES, e) ||
        !join->build(&job, &memory, &n_items, e))
        return false;
#pragma omp parallel num_threads(cpus->n) reduction(+ : sum, failed)
    {
        const int thread = omp_get_thread_num();
        failed += !pin(cpus, thread);
#pragma omp barrier
        const double one =
            kernel_rate(join, &job, shm_view_of(&memory), n_items, cpus, thread, seconds);
        failed += one < 0;
        sum += one;
    }
    *rate = failed ? 0 : sum;
    return true;
}

/* ---- Command line ----------------------------------------------------------------------------*/

static bool measure(int n, char **argv, double *rate, struct err *e)
{
    static struct cpus cpus;
    const double seconds = n > 4 ? strtod(argv[3], NULL) : 0;
    const bool shared = n == 5 && strcmp(argv[1], "shared") == 0;
    if (!(seconds > 0))
        return err_set(e, ERR_USAGE, NULL,
                       "usage: ceiling read|shared CPUS SECONDS BYTES, "
                       "ceiling kernel CPUS SECONDS FILE COLUMN");
    if (!read_cpus(&cpus, argv[2], e))
        return false;
    if (n == 6 && strcmp(argv[1], "kernel") == 0)
        return measure_kernel(&cpus, seconds, argv[4], argv[5], rate, e);
    if (!shared && strcmp(argv[1], "read") != 0)
        return err_set(e, ERR_USAGE, NULL, "a ceiling is read, shared or kernel: %s", argv[1]);
    *rate = measure_read(&cpus, shared, seconds, strtoull(argv[4], NULL, 10));
    return true;
}

int main(int n, char **argv)
{
    struct err e;
    double rate = 0;
    if (!measure(n, argv, &rate, &e)) {
        err_print(&e, stderr);
        return (int)e.status;
    }
    if (!(rate > 0)) {
        fprintf(stderr, "ceiling: a thread had no memory, or could not be pinned\n");
        return ERR_OS;
    }
    return printf("%.6g\n", rate) > 0 ? 0 : ERR_IO;
}
