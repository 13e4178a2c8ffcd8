/* The join of equal values: for thresholds that the metric's row says no unequal values reach.
 *
 * Both sides ascend by value id, so this is the intersection of two ascending arrays. */
#include "core/shm.h"
#include "matcher/join/join.h"

#include <math.h>

#define ITEMS 64u
#define SECONDS_A_VALUE 5e-9

/* ---- Cost and build --------------------------------------------------------------------------*/

static uint32_t longest_of(const struct dictionary *dictionary, const struct side *side)
{
    uint32_t longest = 0;
    for (uint32_t i = 0; i < side->n; i++) {
        uint32_t n = dictionary_length(dictionary, side->value[i]);
        longest = n > longest ? n : longest;
    }
    return longest;
}

static bool only_equal_values(const struct join_job *job)
{
    metric_unequal_fn *most = job->use.metric->unequal;
    if (!most)
        return false;
    if (most(job->dictionary->max_length) < job->need)
        return true;
    if (most(2) >= job->need)
        return false;
    uint32_t a = longest_of(job->dictionary, job->a), b = longest_of(job->dictionary, job->b);
    return most(a > b ? a : b) < job->need;
}

static double equal_cost(const struct join_job *job)
{
    if (!job->prune || metric_falls(job->use.view) || !only_equal_values(job))
        return INFINITY;
    return ((double)job->a->n + job->b->n) * SECONDS_A_VALUE;
}

static bool equal_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                        struct err *e)
{
    *n_items = job->a->n < ITEMS ? job->a->n : ITEMS;
    return shm_alloc(index, "the join of equal values", 1, 64, e) != 0;
}

/* ---- Workers ---------------------------------------------------------------------------------*/

static bool equal_open(const struct join_job *job, struct shm_view index, void **scratch,
                       struct err *e)
{
    (void)job, (void)index, (void)e;
    *scratch = NULL;
    return true;
}

/* The first place of a side whose value id is at least `value`. */
static uint32_t first_at_least(const struct side *side, uint32_t value)
{
    uint32_t from = 0, to = side->n;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (side->value[middle] < value)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* Of a value and itself. */
static double score_of(const struct join_job *job, uint32_t value)
{
    const struct metric_use *use = &job->use;
    return use->metric->flags & METRIC_WEIGHS_VALUES ? rarity_bits(use->rarity, value) : 1.0;
}

static void equal_run(const struct join_job *job, struct shm_view index, void *scratch,
                      uint32_t item, struct join_sink *sink, struct join_stats *stats)
{
    (void)index, (void)scratch;
    const struct side *side_a = job->a, *side_b = job->b;
    uint64_t n = side_a->n, items = n < ITEMS ? n : ITEMS, matches = stats->matches;
    uint32_t from = (uint32_t)(n * item / items), to = (uint32_t)(n * (item + 1) / items);
    uint32_t b = first_at_least(side_b, side_a->value[from]);
    for (uint32_t a = from; a < to && b < side_b->n;) {
        uint32_t x = side_a->value[a], y = side_b->value[b];
        const double score = x == y ? score_of(job, x) : 0;
        if (x == y && score >= job->need) {
            join_put(sink, a, b, score);
            stats->matches++;
        }
        a += x <= y;
        b += y <= x;
    }
    stats->candidates += stats->matches - matches;
    stats->verified += stats->matches - matches;
    for (uint32_t a = from; a < to; a++)
        stats->pairs += job->self ? n - a : side_b->n;
}

static void equal_close(void *scratch)
{
    (void)scratch;
}

const struct join join_equal = {
    .name = "equal",
    .what = "the same values on both sides; no others can reach the threshold",
    .cost = equal_cost,
    .build = equal_build,
    .open = equal_open,
    .run = equal_run,
    .close = equal_close,
};
