/* The plain scan: every pair of values through the metric itself. It does any metric, and is what
 * every other join is compared with. Where pruning is allowed it skips pairs whose lengths alone
 * forbid a match. It has no index and no kernels. */
#include "core/base.h"
#include "core/process.h"
#include "core/random.h"
#include "core/shm.h"
#include "matcher/join/join.h"
#include "matcher/join/score_cost.h"

#include <math.h>
#include <stdlib.h>

#define MAX_ITEMS (1u << 18)
#define PAIRS_PER_ITEM 400000u
#define ITEM_SECONDS 0.01     /* of an item, where texts are so long that scores take time */
#define SECONDS_A_PAIR 60e-9  /* where so few pairs are to be scanned that … */
#define PAIRS_TO_SAMPLE 2e5   /* … none are tried; else some are, … */
#define SAMPLE_B 128u         /* … so many of B against each of A, … */
#define SAMPLE_SECONDS 0.3e-3 /* … for so long … */
#define SAMPLE_LEAST 4u       /* … and for at least so many of A */

/* Item k is run k / parts of places of A against part k % parts of those of B. */
struct scan_head {
    uint64_t first_at; /* u32 × (runs + 1): the first place of A of each run */
    uint32_t parts;
};

/* ---- Build -----------------------------------------------------------------------------------*/

/* Pairs of the places of A before `a`. */
static uint64_t pairs_before(const struct join_job *job, uint64_t a)
{
    return job->self ? a * job->a->n - a * (a - 1) / 2 : a * job->b->n;
}

/* Pairs whose scores take about as long as an item should. */
static uint64_t pairs_per_item(const struct join_job *job)
{
    if (job->dictionary->max_length <= SCORE_WHOLE)
        return PAIRS_PER_ITEM;
    const double one = score_cost_seconds(&job->use, job->dictionary, job->a, job->b);
    return one * PAIRS_PER_ITEM <= ITEM_SECONDS ? PAIRS_PER_ITEM
                                                : (uint64_t)fmax(1, ITEM_SECONDS / one);
}

static bool scan_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                       struct err *e)
{
    const uint64_t pairs = pairs_before(job, job->a->n), each = pairs_per_item(job);
    const uint64_t most = least_size(pairs / each + 1, least(MAX_ITEMS, job->a->n + 1));
    uint64_t at = shm_alloc(index, "the scan", sizeof(struct scan_head), 64, e);
    uint64_t first_at = at ? shm_alloc(index, "the scan", (most + 1) * sizeof(uint32_t), 64, e) : 0;
    if (!first_at)
        return false;
    uint32_t *first = shm_writable_array(index, first_at, uint32_t, most + 1), n = 0;
    for (uint32_t a = 0; a < job->a->n; a++)
        if (n < most && pairs_before(job, a) >= pairs / most * n)
            first[n++] = a;
    first[n] = job->a->n;
    const uint64_t parts = n ? pairs / each / n + 1 : 1;
    struct scan_head *head = shm_writable(index, at, struct scan_head);
    head->first_at = first_at;
    head->parts = (uint32_t)least_size(least_size(parts, MAX_ITEMS / (n + 1) + 1), job->b->n + 1);
    *n_items = n * head->parts;
    return true;
}

/* ---- Workers ---------------------------------------------------------------------------------*/

static bool scan_open(const struct join_job *job, struct shm_view index, void **scratch,
                      struct err *e)
{
    struct metric_state *s;
    (void)index;
    bool ok =
        metric_open(&s, &job->use, &job->dictionary->alphabet, job->dictionary->max_length, e);
    *scratch = s;
    return ok;
}

/* The best score that two lengths allow: as many characters in common as the shorter text has. */
static double best_score(const struct metric *m, uint32_t la, uint32_t lb)
{
    uint32_t shorter = la < lb ? la : lb;
    return m->bound(la, lb, shorter, shorter < METRIC_PREFIX_MOST ? shorter : METRIC_PREFIX_MOST);
}

static bool lengths_bound(const struct join_job *job)
{
    return job->prune && job->use.metric->bound && job->use.view == METRIC_NORMALIZED_SIMILARITY;
}

/* Lengths of B, from `least` to `most`, that a text of A can match. */
struct lengths {
    uint32_t least, most;
};

static struct lengths lengths_for(const struct join_job *job, uint32_t length)
{
    struct lengths l = {0, UINT32_MAX};
    const struct metric *m = job->use.metric;
    if (!lengths_bound(job))
        return l;
    l.least = l.most = length;
    while (l.least > 0 && best_score(m, length, l.least - 1) >= job->need)
        l.least--;
    while (l.most < job->dictionary->max_length && best_score(m, length, l.most + 1) >= job->need)
        l.most++;
    return l;
}

/* Scores a place of A against the places first .. end - 1 of B. */
static void scan_place(const struct join_job *job, struct metric_state *metric, uint32_t a,
                       uint32_t first, uint32_t end, struct join_sink *sink,
                       struct join_stats *stats)
{
    const struct dictionary *dictionary = job->dictionary;
    struct text text = dictionary_text(dictionary, job->a->value[a]);
    struct lengths lengths = lengths_for(job, text.n);
    for (uint32_t b = first; b < end; b++) {
        uint32_t value = job->b->value[b], n = dictionary_length(dictionary, value);
        if (n < lengths.least || n > lengths.most)
            continue;
        double score = metric_score(metric, text, dictionary_text(dictionary, value));
        stats->verified++;
        if (join_takes(job, score)) {
            stats->matches++;
            join_put(sink, a, b, score);
        }
    }
    stats->pairs += end - first;
}

static void scan_run(const struct join_job *job, struct shm_view index, void *scratch,
                     uint32_t item, struct join_sink *sink, struct join_stats *stats)
{
    const struct scan_head *head = shm_at(index, SHM_HEAD_AT, struct scan_head);
    const uint32_t *run = shm_at(index, head->first_at, uint32_t) + item / head->parts;
    const uint64_t n_b = job->b->n, part = item % head->parts;
    const uint32_t b = (uint32_t)(n_b * part / head->parts);
    const uint32_t end = (uint32_t)(n_b * (part + 1) / head->parts);
    uint64_t verified = stats->verified;
    for (uint32_t a = run[0]; a < run[1]; a++)
        if (!job->self || a < end)
            scan_place(job, scratch, a, job->self ? greatest(a, b) : b, end, sink, stats);
    stats->candidates += stats->verified - verified;
}

static void scan_close(void *scratch)
{
    metric_close(scratch);
}

/* ---- Cost ------------------------------------------------------------------------------------*/

static void forget(struct join_sink *sink)
{
    sink->next = sink->end - 1;
}

/* Metrics differ by a factor of a hundred, and so do texts. So the scan itself is timed on places
 * of A against runs of places of B; the first of a run, for which A is prepared, is not counted. */
static double sampled_seconds_a_pair(const struct join_job *job, struct metric_state *metric)
{
    struct join_pair pair;
    struct join_sink sink = {&pair, &pair + 1, forget, NULL};
    struct join_stats stats = {0};
    const uint32_t run = job->b->n - 1 < SAMPLE_B ? job->b->n - 1 : SAMPLE_B;
    uint64_t random = 20240304;
    double seconds = 0, pairs = 0;
    for (uint32_t i = 0; i < SAMPLE_LEAST || seconds < SAMPLE_SECONDS; i++) {
        const uint32_t a = (uint32_t)(random_next(&random) % job->a->n);
        const uint32_t b = (uint32_t)(random_next(&random) % (job->b->n - run));
        scan_place(job, metric, a, b, b + 1, &sink, &stats);
        const double start = proc_thread_seconds();
        scan_place(job, metric, a, b + 1, b + 1 + run, &sink, &stats);
        seconds += proc_thread_seconds() - start;
        pairs += run;
    }
    return seconds / pairs;
}

static double scan_cost(const struct join_job *job)
{
    const double pairs = (double)pairs_before(job, job->a->n);
    struct metric_state *metric;
    struct err e;
    if (job->dictionary->max_length > SCORE_WHOLE)
        return pairs * score_cost_seconds(&job->use, job->dictionary, job->a, job->b);
    if (pairs < PAIRS_TO_SAMPLE || job->b->n < 2 ||
        !metric_open(&metric, &job->use, &job->dictionary->alphabet, job->dictionary->max_length,
                     &e))
        return pairs * SECONDS_A_PAIR;
    const double seconds = pairs * sampled_seconds_a_pair(job, metric);
    metric_close(metric);
    return seconds;
}

const struct join join_scan = {
    .name = "scan",
    .what = "every pair of values through the metric itself",
    .cost = scan_cost,
    .build = scan_build,
    .open = scan_open,
    .run = scan_run,
    .close = scan_close,
};
