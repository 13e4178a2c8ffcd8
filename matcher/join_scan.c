/* The plain scan: every pair of values through the metric itself. It does any metric, prunes
 * nothing, and is what every other join is compared with. */
#include "matcher/join.h"

#include <math.h>
#include <stdlib.h>

#define ITEMS 512u
#define SECONDS_A_PAIR 60e-9

struct scan_head {
    uint64_t places_per_item;
};

static double pairs_of(const struct join_job *job)
{
    return (double)job->a->n * (double)job->b->n * (job->self ? 0.5 : 1.0);
}

static double scan_cost(const struct join_job *job)
{
    return pairs_of(job) * SECONDS_A_PAIR;
}

static bool scan_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                       struct err *e)
{
    uint64_t at = shm_alloc(index, "the scan", sizeof(struct scan_head), 64, e);
    if (!at)
        return false;
    struct scan_head *head = (struct scan_head *)(void *)(index->base + at);
    head->places_per_item = job->a->n / ITEMS + 1;
    *n_items = (uint32_t)((job->a->n + head->places_per_item - 1) / head->places_per_item);
    return true;
}

static bool scan_open(const struct join_job *job, const char *index, void **scratch, struct err *e)
{
    struct metric_state *s;
    (void)index;
    if (!metric_open(&s, &job->use, &job->words->alphabet, job->words->max_length, e))
        return false;
    *scratch = s;
    return true;
}

static void scan_run(const struct join_job *job, const char *index, void *scratch, uint32_t item,
                     struct join_sink *sink, struct join_stats *stats)
{
    const struct scan_head *head = (const struct scan_head *)(const void *)(index + 64);
    uint64_t from = item * head->places_per_item, to = from + head->places_per_item;
    to = to < job->a->n ? to : job->a->n;
    for (uint32_t a = (uint32_t)from; a < to; a++) {
        struct text text = words_text(job->words, job->a->word[a]);
        uint32_t first = job->self ? a : 0;
        for (uint32_t b = first; b < job->b->n; b++) {
            double score = metric_score(scratch, text, words_text(job->words, job->b->word[b]));
            if (score >= job->min) {
                stats->matches++;
                join_put(sink, a, b, score);
            }
        }
        stats->pairs += job->b->n - first;
    }
    stats->verified = stats->candidates = stats->pairs;
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
