/* Cutting the work into items, and verifying what the search finds. */
#include "matcher/join/count/count_join.h"
#include "core/base.h"
#include "core/shm.h"
#include "matcher/join/count/count_jaro.h"
#include "matcher/join/count/count_pieces.h"
#include "matcher/join/count/count_rule.h"
#include "matcher/join/count/count_sample.h"
#include "matcher/join/count/count_search.h"

#include <math.h>
#include <stdlib.h>

#define ITEM_SECONDS 0.004
#define LANE_ITEM_SECONDS 0.016 /* where many texts are compared with a block at once */

/* ---- Which pairs -----------------------------------------------------------------------------*/

/* The values of a side by whether they are long; `value` is all that is read of both sides. */
struct halves {
    struct side shorts, longs;
    uint32_t *value; /* of both, the long ones last */
};

static bool halves_make(struct halves *h, const struct dictionary *dictionary,
                        const struct side *side, uint32_t long_from)
{
    uint32_t n_short = 0, n_long = 0;
    *h = (struct halves){0};
    h->value = malloc((side->n + 1ull) * sizeof *h->value);
    if (!h->value)
        return false;
    for (uint32_t i = 0; i < side->n; i++) {
        if (dictionary_length(dictionary, side->value[i]) >= long_from)
            h->value[side->n - ++n_long] = side->value[i];
        else
            h->value[n_short++] = side->value[i];
    }
    h->shorts = (struct side){.n = n_short, .value = h->value};
    h->longs = (struct side){.n = n_long, .value = h->value + n_short};
    return true;
}

/* The least length of B that has to be in a block: where A has long texts, that of the shortest
 * that one of them can match. */
static uint32_t least_length(const struct join_job *job, uint32_t shortest_long, uint32_t long_from)
{
    const uint32_t prefix = count_rule_prefixes(job);
    uint32_t length = long_from;
    if (job->self || shortest_long == UINT32_MAX)
        return long_from;
    while (length > 0 && count_rule_common(job, shortest_long, length - 1, prefix) != COUNT_NEVER)
        length--;
    return length;
}

/* The pairs to be joined, as two rectangles of values that lie apart. */
struct parts {
    struct halves a, b;
    struct join_job job[2];
};

static bool parts_make(struct parts *p, const struct join_job *job, uint32_t long_from)
{
    p->b = (struct halves){0};
    if (!halves_make(&p->a, job->dictionary, job->a, long_from) ||
        !halves_make(&p->b, job->dictionary, job->b, long_from))
        return false;
    p->job[0] = p->job[1] = *job;
    p->job[0].a = &p->a.longs; /* and in a self join each pair of long texts once */
    p->job[0].b = job->self ? &p->b.longs : job->b;
    p->job[1].a = &p->a.shorts;
    p->job[1].b = &p->b.longs;
    p->job[1].self = false;
    return true;
}

static void parts_free(struct parts *p)
{
    free(p->a.value);
    free(p->b.value);
}

/* Seconds for both rectangles, and the sample of the larger one. */
static bool sample_parts(const struct parts *p, struct count_sample *larger, double *seconds)
{
    double most = -1;
    *seconds = 0;
    for (uint32_t i = 0; i < 2; i++) {
        const struct join_job *job = &p->job[i];
        struct count_sample sample;
        if (!job->a->n || !job->b->n)
            continue;
        if (!count_sample_make(&sample, job))
            return false;
        const double own = count_sample_seconds(&sample, job);
        if (own > most)
            *larger = sample;
        most = fmax(most, own);
        *seconds += own;
    }
    return true;
}

static bool sample_job(const struct join_job *job, uint32_t long_from, struct count_sample *sample,
                       double *seconds)
{
    struct parts p;
    if (long_from == 0) {
        const bool made = count_sample_make(sample, job);
        *seconds = made ? count_sample_seconds(sample, job) : 0;
        return made;
    }
    const bool ok = parts_make(&p, job, long_from) && sample_parts(&p, sample, seconds);
    parts_free(&p);
    return ok;
}

double count_join_seconds(const struct join_job *job, uint32_t long_from)
{
    struct count_sample ignored;
    double seconds;
    if (job->dictionary->max_length < long_from)
        return 0;
    if (!count_rule_fits(job) || !sample_job(job, long_from, &ignored, &seconds))
        return (double)INFINITY;
    return seconds;
}

/* ---- Items -----------------------------------------------------------------------------------*/

struct cut {
    const struct join_job *job;
    struct count_sample sample;
    struct by_length a;
    uint32_t long_from;
    struct count_item *item; /* NULL: only count */
    uint64_t n;
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
    const double n = least(SET_LANES, band->end - band->first);
    return s->plane_seconds * length / band->step +
           count_sample_score_seconds(s, length, band->longest, n);
}

static double item_seconds(const struct cut *c)
{
    return c->sample.step_seconds > 0 ? LANE_ITEM_SECONDS : ITEM_SECONDS;
}

static void add_item(struct cut *c, struct count_item item)
{
    if (c->item)
        c->item[c->n] = item;
    c->n++;
}

/* A text of A against parts of one block, if it takes long with all of it. */
static void cut_block(struct cut *c, struct count_item item, uint32_t n_texts, double seconds)
{
    item.n_parts = (uint32_t)fmax(1, fmin(n_texts, seconds / ITEM_SECONDS));
    for (item.part = 0; item.part < item.n_parts; item.part++)
        add_item(c, item);
}

/* Texts of A until their work with some blocks of a band is enough. */
static void cut_texts(struct cut *c, const struct count_band *band, struct count_item item)
{
    double seconds = 0;
    const uint32_t end = item.a_end, blocks = item.block_end - item.block_begin;
    const uint32_t n_texts = least(band->end - band->first, SET_LANES);
    for (uint32_t i = item.a_begin; i < end; i++) {
        seconds += blocks * block_seconds(c, length_at(c, i), band);
        if (seconds < item_seconds(c) && i + 1 < end)
            continue;
        item.a_end = i + 1;
        cut_block(c, item, n_texts, i == item.a_begin && blocks == 1 ? seconds : 0);
        item.a_begin = i + 1;
        seconds = 0;
    }
}

/* The positions of A that a band is joined with: of lengths that permit a match, and long, or all
 * where the band's texts are long. */
static struct count_item permitted(const struct cut *c, const struct count_band *band)
{
    struct count_item item = {.a_begin = c->a.n};
    const uint32_t from = band->shortest < c->long_from ? c->long_from : 0;
    for (uint32_t l = from; l <= c->a.max_length; l++) {
        if (c->a.begin[l] == c->a.begin[l + 1] || !lengths_permit(c->job, l, band))
            continue;
        item.a_begin = least(item.a_begin, c->a.begin[l]);
        item.a_end = c->a.begin[l + 1];
    }
    if (c->job->self) /* only pairs with a position of B that is not below that of A */
        item.a_end = least(item.a_end, band->end);
    return item;
}

/* Runs of blocks so short that one text of A does not take too long with them; or where the texts
 * of a block are made into lanes, as many texts as are compared with these at once. */
static void cut_band(struct cut *c, const struct count_band *band, uint32_t number)
{
    struct count_item item = permitted(c, band);
    if (item.a_begin >= item.a_end)
        return;
    const uint32_t n_blocks = count_band_blocks(band);
    const double longest = block_seconds(c, length_at(c, item.a_end - 1), band);
    const double texts = c->sample.step_seconds > 0 ? COUNT_TEXTS_MOST : 1;
    const uint32_t step = (uint32_t)fmax(1, fmin(n_blocks, item_seconds(c) / (longest * texts)));
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
    for (uint32_t i = 0; i < n_bands; i++)
        cut_band(c, &band[i], i);
}

/* ---- Build -----------------------------------------------------------------------------------*/

static bool build_items(struct count_join_at *at, struct cut *c, struct shm *index, struct err *e)
{
    const struct count_band *band = count_bands(shm_view_of(index), &at->b);
    c->a = by_length_view(shm_view_of(index), &at->a);
    cut_all(c, band, at->b.n_bands);
    if (!join_check_items(c->n + 1, e)) /* a join may add one of its own */
        return false;
    at->n_items = (uint32_t)c->n;
    at->items_at = shm_alloc(index, "the count index", (c->n + 1) * sizeof *c->item, 64, e);
    if (!at->items_at)
        return false;
    c->item = shm_writable_array(index, at->items_at, struct count_item, c->n);
    cut_all(c, band, at->b.n_bands);
    return true;
}

static bool build_sides(struct count_join_at *at, const struct join_job *job, uint32_t long_from,
                        struct shm *index, struct err *e)
{
    uint32_t shortest_long = UINT32_MAX;
    for (uint32_t i = 0; i < job->a->n; i++) {
        const uint32_t length = dictionary_length(job->dictionary, job->a->value[i]);
        shortest_long = length >= long_from ? least(shortest_long, length) : shortest_long;
    }
    const struct count_lengths lengths = {least_length(job, shortest_long, long_from), long_from};
    if (!count_blocks_build(&at->b, job, job->b, lengths, index, e))
        return false;
    at->a = at->b.side;
    return job->self || by_length_build(&at->a, job->dictionary, job->a, index, e);
}

bool count_join_build(struct count_join_at *at, const struct join_job *job, uint32_t long_from,
                      struct shm *index, struct err *e)
{
    struct cut cut = {.job = job, .long_from = long_from};
    double seconds;
    *at = (struct count_join_at){0};
    if (job->dictionary->max_length < long_from || !job->a->n || !job->b->n)
        return true;
    if (!sample_job(job, long_from, &cut.sample, &seconds))
        return err_set(e, ERR_OS, NULL, "no memory for the count index");
    return build_sides(at, job, long_from, index, e) && build_items(at, &cut, index, e);
}

/* ---- Workers ---------------------------------------------------------------------------------*/

struct count_join {
    const struct join_job *job;
    const struct count_item *item;
    struct by_length a, b;
    struct count_search *search;
    struct count_pieces *pieces;
    struct metric_state *metric;
    struct count_jaro *jaro; /* NULL: the metric decides on single pairs */
    struct join_sink *sink;  /* of the item that runs */
    struct join_stats *stats;
};

void count_join_close(struct count_join *c)
{
    if (!c)
        return;
    count_search_close(c->search);
    count_pieces_close(c->pieces);
    metric_close(c->metric);
    count_jaro_close(c->jaro);
    free(c);
}

bool count_join_open(struct count_join **join, const struct join_job *job, struct shm_view index,
                     const struct count_join_at *at, struct err *e)
{
    struct count_join *c = *join = calloc(1, sizeof *c);
    if (!c)
        return err_set(e, ERR_OS, NULL, "no memory for the count join");
    c->job = job;
    c->item = shm_array(index, at->items_at, struct count_item, at->n_items);
    c->a = by_length_view(index, &at->a);
    c->b = by_length_view(index, &at->b.side);
    if (count_search_open(&c->search, job, index, &c->a, &at->b, e) &&
        count_pieces_open(&c->pieces, job, job->dictionary->max_length, e) &&
        metric_open(&c->metric, &job->use, &job->dictionary->alphabet, job->dictionary->max_length,
                    e) &&
        (!count_jaro_fits(job) || count_jaro_open(&c->jaro, job, &c->a, &c->b, e)))
        return true;
    count_join_close(c);
    *join = NULL;
    return false;
}

static void put(void *to, struct count_hit pair, double score)
{
    struct count_join *c = to;
    const uint32_t p = c->a.place[pair.a], q = c->b.place[pair.b];
    const bool swap = c->job->self && p > q;
    join_put(c->sink, swap ? q : p, swap ? p : q, score);
    c->stats->matches++;
}

/* False if pieces show that the texts are too far apart. */
static bool score_pair(struct count_join *c, struct count_hit pair)
{
    const struct join_job *job = c->job;
    const uint32_t p = c->a.place[pair.a], q = c->b.place[pair.b];
    const bool swap = job->self && p > q;
    const struct text a = dictionary_text(job->dictionary, job->a->value[p]);
    const struct text b = dictionary_text(job->dictionary, job->b->value[q]);
    if (count_pieces_apart(c->pieces, &a, &b))
        return false;
    const double score =
        metric_score_reaching(c->metric, swap ? &b : &a, swap ? &a : &b, job->need);
    if (join_takes(job, score))
        put(c, pair, score);
    return true;
}

static void verify_pair(void *to, struct count_hit pair)
{
    (void)score_pair(to, pair);
}

static void verify(void *to, const struct count_hit *hits, uint32_t n)
{
    struct count_join *c = to;
    for (uint32_t i = 0; i < n; i++)
        c->stats->verified += score_pair(c, hits[i]);
    c->stats->candidates += n;
}

static void verify_block(void *to, const struct count_passed *passed, uint32_t n, uint32_t begin,
                         uint32_t end)
{
    struct count_join *c = to;
    const struct count_jaro_sink sink = {c, put, verify_pair};
    uint64_t n_pairs = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t w = 0; w < SET_PLANE_WORDS; w++)
            n_pairs += (uint64_t)__builtin_popcountll(passed[i].lane[w]);
    count_jaro_block(c->jaro, &sink, passed, n, begin, end);
    c->stats->candidates += n_pairs;
    c->stats->verified += n_pairs;
}

void count_join_run(struct count_join *c, uint32_t item, struct join_sink *sink,
                    struct join_stats *stats)
{
    const struct count_taker taker = {c, verify, c->jaro ? verify_block : NULL};
    c->sink = sink;
    c->stats = stats;
    count_search_run(c->search, &c->item[item], &taker);
}
