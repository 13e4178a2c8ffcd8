/* The plain scan: every pair of values through the metric itself. It does any metric, and is what
 * every other join is compared with. Where pruning is allowed it skips pairs whose lengths alone
 * forbid a match. It has no index and no kernels. */
#include "core/shm.h"
#include "matcher/join/join.h"

#include <stdlib.h>

#define MAX_ITEMS (1u << 18)
#define PAIRS_PER_ITEM 400000u
#define SECONDS_A_PAIR 60e-9

struct scan_head {
    uint64_t first_at; /* u32 × (items + 1): the first place of A of each item */
};

/* ---- Cost and build --------------------------------------------------------------------------*/

/* Pairs of the places of A before `a`. */
static uint64_t pairs_before(const struct join_job *job, uint64_t a)
{
    return job->self ? a * job->a->n - a * (a - 1) / 2 : a * job->b->n;
}

static double scan_cost(const struct join_job *job)
{
    return (double)pairs_before(job, job->a->n) * SECONDS_A_PAIR;
}

static bool scan_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                       struct err *e)
{
    uint64_t pairs = pairs_before(job, job->a->n), most = pairs / PAIRS_PER_ITEM + 1;
    most = most < MAX_ITEMS ? most : MAX_ITEMS;
    uint64_t at = shm_alloc(index, "the scan", sizeof(struct scan_head), 64, e);
    uint64_t first_at = at ? shm_alloc(index, "the scan", (most + 1) * sizeof(uint32_t), 64, e) : 0;
    if (!first_at)
        return false;
    uint32_t *first = shm_writable_array(index, first_at, uint32_t, most + 1), n = 0;
    for (uint32_t a = 0; a < job->a->n; a++)
        if (n < most && pairs_before(job, a) >= pairs / most * n)
            first[n++] = a;
    first[n] = job->a->n;
    shm_writable(index, at, struct scan_head)->first_at = first_at;
    *n_items = n;
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
    while (l.least > 0 && best_score(m, length, l.least - 1) >= job->min)
        l.least--;
    while (l.most < job->dictionary->max_length && best_score(m, length, l.most + 1) >= job->min)
        l.most++;
    return l;
}

static void scan_place(const struct join_job *job, struct metric_state *metric, uint32_t a,
                       struct join_sink *sink, struct join_stats *stats)
{
    const struct dictionary *dictionary = job->dictionary;
    struct text text = dictionary_text(dictionary, job->a->value[a]);
    struct lengths lengths = lengths_for(job, text.n);
    uint32_t first = job->self ? a : 0;
    for (uint32_t b = first; b < job->b->n; b++) {
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
    stats->pairs += job->b->n - first;
}

static void scan_run(const struct join_job *job, struct shm_view index, void *scratch,
                     uint32_t item, struct join_sink *sink, struct join_stats *stats)
{
    const struct scan_head *head = shm_at(index, SHM_HEAD_AT, struct scan_head);
    const uint32_t *first = shm_at(index, head->first_at, uint32_t) + item;
    uint64_t verified = stats->verified;
    for (uint32_t a = first[0]; a < first[1]; a++)
        scan_place(job, scratch, a, sink, stats);
    stats->candidates += stats->verified - verified;
}

static void scan_close(void *scratch)
{
    metric_close(scratch);
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
