/* Runs one join over two files of one value a line, with a thread for a worker, and prints what it
 * took and what it found. No ingest, no output, no processes: the join alone.
 *
 *   joinbench JOIN METRIC MIN A.txt B.txt [-j THREADS] [-n REPEATS] [--no-prune]
 *
 * JOIN is a name as --plan shows it, or "best". B.txt may be "self". */
#include "core/log.h"
#include "matcher/isa.h"
#include "matcher/join.h"
#include "tests/ref_words.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct lines {
    char *bytes;
    const char **line;
    size_t n;
};

static bool lines_read(struct lines *l, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0) {
        perror(path);
        return false;
    }
    size_t bytes = (size_t)ftell(f);
    rewind(f);
    l->bytes = calloc(bytes + 1, 1);
    l->line = calloc(bytes + 1, sizeof *l->line);
    bool ok = l->bytes && l->line && fread(l->bytes, 1, bytes, f) == bytes;
    fclose(f);
    for (char *p = l->bytes, *end; ok && p < l->bytes + bytes; p = end + 1) {
        end = strchr(p, '\n');
        end = end ? end : l->bytes + bytes;
        *end = 0;
        l->line[l->n++] = p;
    }
    return ok;
}

/* A sink that counts rows and forgets the pairs. */
struct counter {
    struct join_sink sink;
    const struct join_job *job;
    uint64_t rows;
    uint64_t check; /* does not depend on the order of the pairs */
    struct join_pair buffer[4096];
};

static void counter_flush(struct join_sink *sink)
{
    struct counter *c = (struct counter *)(void *)sink;
    for (const struct join_pair *p = c->buffer; p < sink->next; p++) {
        uint64_t rows =
            (uint64_t)side_multiplicity(c->job->a, p->a) * side_multiplicity(c->job->b, p->b);
        uint64_t score;
        memcpy(&score, &p->score, sizeof score);
        c->rows += rows;
        c->check += (p->a * 0x9e3779b97f4a7c15ull ^ p->b * 0xc2b2ae3d27d4eb4full) * (score | 1);
    }
    sink->next = c->buffer;
}

struct totals {
    struct join_stats stats;
    uint64_t rows, check;
    double longest_item;
};

/* Seconds of all processors that this process has used: what counts on a machine with others. */
static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void run_worker(const struct join *join, const struct join_job *job, const char *index,
                       uint32_t n_items, uint32_t *next, struct totals *total)
{
    struct err e = {0};
    void *scratch;
    struct counter *c = calloc(1, sizeof *c);
    if (!c || !join->open(job, index, &scratch, &e)) {
        err_print(&e, stderr);
        exit(1);
    }
    c->sink = (struct join_sink){c->buffer, c->buffer + 4096, counter_flush};
    c->job = job;
    struct totals t = {0};
    double before = log_seconds();
    for (uint32_t i; (i = __atomic_fetch_add(next, 1, __ATOMIC_RELAXED)) < n_items;) {
        join->run(job, index, scratch, i, &c->sink, &t.stats);
        double now = log_seconds();
        t.longest_item = fmax(t.longest_item, now - before);
        before = now;
    }
    counter_flush(&c->sink);
    join->close(scratch);
#pragma omp critical
    {
        total->stats.pairs += t.stats.pairs;
        total->stats.candidates += t.stats.candidates;
        total->stats.verified += t.stats.verified;
        total->stats.matches += t.stats.matches;
        total->rows += c->rows;
        total->check += c->check;
        total->longest_item = fmax(total->longest_item, t.longest_item);
    }
    free(c);
}

static bool run_once(const struct join *join, const struct join_job *job, int threads)
{
    struct err e = {0};
    struct shm index;
    uint32_t n_items = 0, next = 0;
    double begin = log_seconds(), cpu_begin = cpu_seconds();
    if (!shm_create(&index, "index", (size_t)8 << 30, &e) ||
        !join->build(job, &index, &n_items, &e)) {
        err_print(&e, stderr);
        return false;
    }
    double built = log_seconds(), cpu_built = cpu_seconds();
    struct totals t = {0};
#pragma omp parallel num_threads(threads)
    run_worker(join, job, index.base, n_items, &next, &t);
    double done = log_seconds(), cpu_done = cpu_seconds();
    printf("build %.3f s (cpu %.3f) run %.3f s (cpu %.3f) | %.4g pairs %.4g/s | candidates %llu "
           "verified %llu matches %llu rows %llu check %016llx | items %u longest %.1f ms | "
           "index %.1f MB\n",
           built - begin, cpu_built - cpu_begin, done - built, cpu_done - cpu_built,
           (double)t.stats.pairs, (double)t.stats.pairs / (done - built),
           (unsigned long long)t.stats.candidates, (unsigned long long)t.stats.verified,
           (unsigned long long)t.stats.matches, (unsigned long long)t.rows,
           (unsigned long long)t.check, n_items, 1e3 * t.longest_item,
           (double)index.used_bytes / 1e6);
    fflush(stdout);
    shm_close(&index);
    return true;
}

struct options {
    const char *word[5]; /* join, metric, threshold, files */
    int n_words, threads, repeats;
    bool prune;
};

static bool options_read(struct options *o, int n, char **arg)
{
    *o = (struct options){.threads = 1, .repeats = 1, .prune = true};
    for (int i = 1; i < n; i++) {
        if (strcmp(arg[i], "-j") == 0 && i + 1 < n)
            o->threads = atoi(arg[++i]);
        else if (strcmp(arg[i], "-n") == 0 && i + 1 < n)
            o->repeats = atoi(arg[++i]);
        else if (strcmp(arg[i], "--no-prune") == 0)
            o->prune = false;
        else if (o->n_words < 5)
            o->word[o->n_words++] = arg[i];
    }
    return o->n_words == 5 && o->threads > 0;
}

int main(int n, char **arg)
{
    struct options o;
    struct err e = {0};
    struct lines a = {0}, b = {0};
    struct ref_words r;
    if (!options_read(&o, n, arg)) {
        fprintf(stderr, "usage: joinbench JOIN METRIC MIN A.txt B.txt|self [-j THREADS] "
                        "[-n REPEATS] [--no-prune]\n");
        return 2;
    }
    struct join_job job = {.min = atof(o.word[2]), .prune = o.prune};
    job.self = strcmp(o.word[4], "self") == 0;
    if (!metric_find(o.word[1], strlen(o.word[1]), &job.use, &e)) {
        err_print(&e, stderr);
        return 2;
    }
    if (!lines_read(&a, o.word[3]) || (!job.self && !lines_read(&b, o.word[4])))
        return 1;
    ref_words_make(&r, a.line, a.n, b.line, b.n);
    job.words = &r.words;
    job.a = &r.a;
    job.b = job.self ? &r.a : &r.b;
    double cost;
    double begin = log_seconds();
    const struct join *join =
        join_choose(&job, strcmp(o.word[0], "best") == 0 ? NULL : o.word[0], &cost);
    if (!join) {
        fprintf(stderr, "no join of that name for this metric\n");
        return 2;
    }
    printf("%s: %u x %u distinct values, estimated %.3g s (in %.1f ms), %s\n", join->name, job.a->n,
           job.b->n, cost, 1e3 * (log_seconds() - begin), isa_name(isa_best()));
    bool ok = true;
    for (int i = 0; i < o.repeats && ok; i++)
        ok = run_once(join, &job, o.threads);
    ref_words_free(&r);
    free(a.bytes);
    free(a.line);
    free(b.bytes);
    free(b.line);
    return ok ? 0 : 1;
}
