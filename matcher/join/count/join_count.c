/* The join of texts of any length, for every metric with a bound by characters in common.
 *
 * A pair matches only if its texts have enough characters in common, in any order: how many follows
 * from the lengths, the common prefix and the metric's bound, in whole numbers (count_rule.h). The
 * characters of a text of A are counted in 512 texts of B at once (count_search.h). metric_score
 * decides on what passes. */
#include "core/base.h"
#include "core/shm.h"
#include "matcher/join/count/count_rule.h"
#include "matcher/join/count/count_sample.h"
#include "matcher/join/count/count_search.h"

#include <math.h>
#include <stdlib.h>

#define ITEM_SECONDS 0.004

struct count_head {
    struct count_blocks_at b;
    struct by_length_at a;
    uint64_t items_at;
    uint32_t n_items;
};

struct count_scratch {
    struct count_search *search;
    struct metric_state *metric;
    struct by_length a, b;
    /* Of the item that runs. */
    const struct join_job *job;
    struct join_sink *sink;
    struct join_stats *stats;
};

static double count_cost(const struct join_job *job)
{
    struct count_sample sample;
    if (!job->prune || !count_rule_fits(job) || !count_sample_make(&sample, job))
        return (double)INFINITY;
    return count_sample_seconds(&sample, job);
}

/* ---- Items -----------------------------------------------------------------------------------*/

struct cut {
    const struct join_job *job;
    struct count_sample sample;
    struct by_length a;
    struct count_item *item; /* NULL: only count */
    uint32_t n;
};

static uint32_t length_at(const struct cut *c, uint32_t position)
{
    return dictionary_length(c->job->dictionary, c->job->a->value[c->a.place[position]]);
}

/* Could texts of A of a length match some of a band? */
static bool lengths_permit(const struct join_job *job, uint32_t length,
                           const struct count_band *band)
{
    const uint32_t nearest = least(greatest(length, band->shortest), band->longest);
    return count_rule_common(job, length, nearest, count_rule_prefixes(job)) != COUNT_NEVER;
}

/* Seconds for a text of A of a length against a block of a band. */
static double block_seconds(const struct cut *c, uint32_t length, const struct count_band *band)
{
    const struct count_sample *s = &c->sample;
    const double passed = fmin(1, s->passed / s->possible);
    return s->plane_seconds * length / band->step +
           passed * SET_LANES * s->cell_seconds * length * band->longest;
}

static void add_item(struct cut *c, struct count_item item)
{
    if (c->item)
        c->item[c->n] = item;
    c->n++;
}

/* Texts of A until their work with some blocks of a band is enough. */
static void cut_texts(struct cut *c, const struct count_band *band, struct count_item item)
{
    double seconds = 0;
    const uint32_t end = item.a_end, blocks = item.block_end - item.block_begin;
    for (uint32_t i = item.a_begin; i < end; i++) {
        seconds += blocks * block_seconds(c, length_at(c, i), band);
        if (seconds < ITEM_SECONDS && i + 1 < end)
            continue;
        item.a_end = i + 1;
        add_item(c, item);
        item.a_begin = i + 1;
        seconds = 0;
    }
}

/* The positions of A whose lengths permit a match with a band. */
static struct count_item permitted(const struct cut *c, const struct count_band *band)
{
    struct count_item item = {.a_begin = c->a.n};
    for (uint32_t l = 0; l <= c->a.max_length; l++) {
        if (c->a.begin[l] == c->a.begin[l + 1] || !lengths_permit(c->job, l, band))
            continue;
        item.a_begin = least(item.a_begin, c->a.begin[l]);
        item.a_end = c->a.begin[l + 1];
    }
    if (c->job->self) /* only pairs with a position of B that is not below that of A */
        item.a_end = least(item.a_end, band->end);
    return item;
}

/* Runs of blocks so short that one text of A does not take too long with them. */
static void cut_band(struct cut *c, const struct count_band *band, uint32_t number)
{
    struct count_item item = permitted(c, band);
    if (item.a_begin >= item.a_end)
        return;
    const uint32_t n_blocks = count_band_blocks(band);
    const double longest = block_seconds(c, length_at(c, item.a_end - 1), band);
    const uint32_t step = (uint32_t)fmax(1, fmin(n_blocks, ITEM_SECONDS / longest));
    item.band = number;
    for (uint32_t block = 0; block < n_blocks; block += step) {
        item.block_begin = block;
        item.block_end = least(n_blocks, block + step);
        cut_texts(c, band, item);
    }
}

static void cut_all(struct cut *c, const struct count_band *band, uint32_t n_bands)
{
    c->n = 0;
    add_item(c, (struct count_item){0}); /* so that all pairs are counted, if no item has any */
    for (uint32_t i = 0; i < n_bands; i++)
        cut_band(c, &band[i], i);
}

/* ---- Build, open, close ----------------------------------------------------------------------*/

static bool build_items(struct count_head *head, struct cut *c, struct shm *index, struct err *e)
{
    const struct count_band *band = count_bands(shm_view_of(index), &head->b);
    c->a = by_length_view(shm_view_of(index), &head->a);
    cut_all(c, band, head->b.n_bands);
    head->n_items = c->n;
    head->items_at = shm_alloc(index, "the count index", c->n * sizeof *c->item, 64, e);
    if (!head->items_at)
        return false;
    c->item = shm_writable_array(index, head->items_at, struct count_item, c->n);
    cut_all(c, band, head->b.n_bands);
    return true;
}

static bool count_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                        struct err *e)
{
    struct cut cut = {.job = job};
    struct count_head head = {0};
    if (!shm_alloc(index, "the count index", sizeof head, 64, e))
        return false;
    if (!count_sample_make(&cut.sample, job))
        return err_set(e, ERR_OS, NULL, "no memory for the count index");
    if (!count_blocks_build(&head.b, job, job->b, index, e))
        return false;
    head.a = head.b.side;
    if (!job->self && !by_length_build(&head.a, job->dictionary, job->a, index, e))
        return false;
    if (!build_items(&head, &cut, index, e))
        return false;
    *shm_writable(index, SHM_HEAD_AT, struct count_head) = head;
    *n_items = head.n_items;
    return true;
}

static void count_close(void *scratch)
{
    struct count_scratch *s = scratch;
    if (!s)
        return;
    count_search_close(s->search);
    metric_close(s->metric);
    free(s);
}

static bool count_open(const struct join_job *job, struct shm_view index, void **scratch,
                       struct err *e)
{
    const struct count_head *head = shm_at(index, SHM_HEAD_AT, struct count_head);
    struct count_scratch *s = calloc(1, sizeof *s);
    *scratch = NULL;
    if (!s)
        return err_set(e, ERR_OS, NULL, "no memory for the count join");
    s->a = by_length_view(index, &head->a);
    s->b = by_length_view(index, &head->b.side);
    if (count_search_open(&s->search, job, index, &s->a, &head->b, e) &&
        metric_open(&s->metric, &job->use, &job->dictionary->alphabet, job->dictionary->max_length,
                    e)) {
        *scratch = s;
        return true;
    }
    count_close(s);
    return false;
}

/* ---- Running ---------------------------------------------------------------------------------*/

static void verify(void *to, const struct count_hit *hits, uint32_t n)
{
    struct count_scratch *s = to;
    const struct join_job *job = s->job;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t p = s->a.place[hits[i].a], q = s->b.place[hits[i].b];
        const bool swap = job->self && p > q;
        const uint32_t a = swap ? q : p, b = swap ? p : q;
        const struct text text_a = dictionary_text(job->dictionary, job->a->value[a]);
        const struct text text_b = dictionary_text(job->dictionary, job->b->value[b]);
        const double score = metric_score_reaching(s->metric, &text_a, &text_b, job->need);
        if (!join_takes(job, score))
            continue;
        join_put(s->sink, a, b, score);
        s->stats->matches++;
    }
    s->stats->candidates += n;
    s->stats->verified += n;
}

static void count_run(const struct join_job *job, struct shm_view index, void *scratch,
                      uint32_t number, struct join_sink *sink, struct join_stats *stats)
{
    const struct count_head *head = shm_at(index, SHM_HEAD_AT, struct count_head);
    const struct count_item *item = shm_at(index, head->items_at, struct count_item) + number;
    struct count_scratch *s = scratch;
    s->job = job;
    s->sink = sink;
    s->stats = stats;
    stats->pairs += join_n_pairs(job) / head->n_items +
                    (number < join_n_pairs(job) % head->n_items); /* shared out evenly */
    count_search_run(s->search, item, verify, s);
}

const struct join join_count = {
    .name = "count index",
    .what = "characters in common counted for 512 texts of any length at once",
    .cost = count_cost,
    .build = count_build,
    .open = count_open,
    .run = count_run,
    .close = count_close,
};
