/* The join of partial_ratio, and of every metric that is the ratio of the best part.
 *
 * A shorter text and a longer one match only if enough of their q-grams are in common within a
 * piece of the longer (partial_rule.h, partial_search.h). Which q-grams are counted is decided for
 * each length on a sample (partial_plan.h). The exact score decides on what passes
 * (partial_verify.h). */
#include "core/base.h"
#include "core/shm.h"
#include "matcher/join/partial/partial_plan.h"
#include "matcher/join/partial/partial_rule.h"
#include "matcher/join/partial/partial_search.h"
#include "matcher/join/partial/partial_verify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ITEM_SECONDS 0.02

struct partial_head {
    struct by_length_at a, b;
    uint64_t groups_at; /* struct partial_group × n_groups */
    uint64_t items_at;
    uint32_t n_groups, n_items;
};

struct partial_scratch {
    struct partial_search *search;
    struct partial_verify *verify;
    struct by_length a, b;
    /* Of the item that runs. */
    const struct join_job *job;
    bool shorter_is_b;
    struct join_sink *sink;
    struct join_stats *stats;
};

static double partial_cost(const struct join_job *job)
{
    double seconds = INFINITY;
    struct err ignored;
    if (!job->prune || !partial_rule_fits(job))
        return seconds;
    struct partial_plan *plan = malloc(sizeof *plan);
    if (plan && partial_plan_make(plan, job, &ignored))
        seconds = plan->seconds;
    free(plan);
    return seconds;
}

/* ---- Items -----------------------------------------------------------------------------------*/

/* Writes items, or counts them when `item` is NULL. */
struct cut {
    const struct join_job *job;
    const struct partial_plan *plan;
    struct by_length a, b;
    struct partial_item *item;
    uint64_t n;
};

static void add_item(struct cut *c, struct partial_item item)
{
    if (c->item)
        c->item[c->n] = item;
    c->n++;
}

/* Seconds of a longer text of n characters with so many probes. */
static double longer_seconds(const struct cut *c, uint32_t group, uint32_t n, uint32_t probes)
{
    const struct partial_rate *rate = &c->plan->rate[group];
    const uint32_t pieces = partial_pieces(&c->plan->group[group], n);
    return pieces * (rate->piece + probes * rate->addition);
}

/* Longer texts until their work is enough. */
static void cut_longer(struct cut *c, struct partial_item item, const struct by_length *l)
{
    const uint32_t probes = item.s_end - item.s_begin, end = item.l_end;
    double seconds = 0;
    for (uint32_t n = c->plan->group[item.group].shortest; n <= l->max_length; n++) {
        const double each = longer_seconds(c, item.group, n, probes);
        for (uint32_t i = greatest(l->begin[n], item.l_begin); i < l->begin[n + 1]; i++) {
            seconds += each;
            if (seconds < ITEM_SECONDS && i + 1 < end)
                continue;
            item.l_end = i + 1;
            add_item(c, item);
            item.l_begin = i + 1;
            seconds = 0;
        }
    }
}

/* The shorter texts of a group that are of one side. */
static void cut_group(struct cut *c, uint32_t number, bool shorter_is_b)
{
    const struct partial_group *group = &c->plan->group[number];
    const struct by_length *s = shorter_is_b ? &c->b : &c->a, *l = shorter_is_b ? &c->a : &c->b;
    if (group->shortest > s->max_length || group->shortest > l->max_length)
        return;
    const uint32_t end = s->begin[least(group->longest, s->max_length) + 1];
    struct partial_item item = {.group = number,
                                .shorter_is_b = shorter_is_b,
                                .s_begin = s->begin[group->shortest],
                                .l_begin = l->begin[group->shortest],
                                .l_end = l->n};
    for (; item.s_begin < end && item.l_begin < item.l_end; item.s_begin = item.s_end) {
        item.s_end = least(end, item.s_begin + PARTIAL_PROBES_MOST);
        if (c->job->self)
            item.l_begin = item.s_begin;
        cut_longer(c, item, l);
    }
}

static void cut_all(struct cut *c)
{
    c->n = 0;
    add_item(c, (struct partial_item){0}); /* the empty texts; it also counts all pairs */
    for (uint32_t i = 0; i < c->plan->n_groups; i++) {
        cut_group(c, i, false);
        if (!c->job->self)
            cut_group(c, i, true);
    }
}

/* ---- Build, open, close ----------------------------------------------------------------------*/

static bool build_items(struct partial_head *head, struct cut *c, struct shm *index, struct err *e)
{
    c->a = by_length_view(shm_view_of(index), &head->a);
    c->b = by_length_view(shm_view_of(index), &head->b);
    cut_all(c);
    if (!join_check_items(c->n, e))
        return false;
    head->n_items = (uint32_t)c->n;
    head->items_at = shm_alloc(index, "the partial index", c->n * sizeof *c->item, 64, e);
    if (!head->items_at)
        return false;
    c->item = shm_writable_array(index, head->items_at, struct partial_item, c->n);
    cut_all(c);
    return true;
}

static bool build_groups(struct partial_head *head, const struct partial_plan *plan,
                         struct shm *index, struct err *e)
{
    const size_t bytes = plan->n_groups * sizeof *plan->group;
    head->n_groups = plan->n_groups;
    head->groups_at = shm_alloc(index, "the partial index", bytes + 1, 64, e);
    if (!head->groups_at)
        return false;
    memcpy(shm_writable_array(index, head->groups_at, struct partial_group, plan->n_groups),
           plan->group, bytes);
    return true;
}

static bool build_with(const struct join_job *job, struct partial_plan *plan, struct shm *index,
                       uint32_t *n_items, struct err *e)
{
    struct partial_head head = {0};
    struct cut cut = {.job = job, .plan = plan};
    if (!shm_alloc(index, "the partial index", sizeof head, 64, e) ||
        !partial_plan_make(plan, job, e) || !build_groups(&head, plan, index, e) ||
        !by_length_build(&head.a, job->dictionary, job->a, index, e))
        return false;
    head.b = head.a;
    if (!job->self && !by_length_build(&head.b, job->dictionary, job->b, index, e))
        return false;
    if (!build_items(&head, &cut, index, e))
        return false;
    *shm_writable(index, SHM_HEAD_AT, struct partial_head) = head;
    *n_items = head.n_items;
    return true;
}

static bool partial_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                          struct err *e)
{
    struct partial_plan *plan = malloc(sizeof *plan);
    if (!plan)
        return err_set(e, ERR_OS, NULL, "no memory for the partial join");
    const bool ok = build_with(job, plan, index, n_items, e);
    free(plan);
    return ok;
}

static void partial_close(void *scratch)
{
    struct partial_scratch *s = scratch;
    if (!s)
        return;
    partial_search_close(s->search);
    partial_verify_close(s->verify);
    free(s);
}

/* A pair that matches, by places. */
static void put(void *to, uint32_t shorter, uint32_t longer, double score)
{
    struct partial_scratch *s = to;
    const bool swap = s->shorter_is_b || (s->job->self && shorter > longer);
    join_put(s->sink, swap ? longer : shorter, swap ? shorter : longer, score);
    s->stats->matches++;
}

static bool open_parts(struct partial_scratch *s, const struct join_job *job, struct shm_view index,
                       struct err *e)
{
    const struct partial_head *head = shm_at(index, SHM_HEAD_AT, struct partial_head);
    s->a = by_length_view(index, &head->a);
    s->b = by_length_view(index, &head->b);
    if (!partial_verify_open(&s->verify, job, e))
        return false;
    partial_verify_begin(s->verify, put, s);
    return partial_search_open(&s->search, job, &s->a, &s->b, s->verify, e);
}

static bool partial_open(const struct join_job *job, struct shm_view index, void **scratch,
                         struct err *e)
{
    struct partial_scratch *s = calloc(1, sizeof *s);
    *scratch = NULL;
    if (!s)
        return err_set(e, ERR_OS, NULL, "no memory for the partial join");
    if (!open_parts(s, job, index, e)) {
        partial_close(s);
        return false;
    }
    *scratch = s;
    return true;
}

/* ---- Running ---------------------------------------------------------------------------------*/

/* An empty text matches nothing but the empty text. */
static void put_empty(struct partial_scratch *s)
{
    const struct by_length *a = &s->a, *b = &s->b;
    if (a->begin[1] == a->begin[0] || b->begin[1] == b->begin[0])
        return;
    s->stats->candidates++;
    s->stats->verified++;
    put(s, a->place[0], b->place[0], 1.0);
}

static void partial_run(const struct join_job *job, struct shm_view index, void *scratch,
                        uint32_t number, struct join_sink *sink, struct join_stats *stats)
{
    const struct partial_head *head = shm_at(index, SHM_HEAD_AT, struct partial_head);
    const struct partial_item *item = shm_at(index, head->items_at, struct partial_item) + number;
    const struct partial_group *group =
        shm_array(index, head->groups_at, struct partial_group, head->n_groups);
    struct partial_scratch *s = scratch;
    s->job = job;
    s->sink = sink;
    s->stats = stats;
    s->shorter_is_b = item->shorter_is_b;
    stats->pairs += join_n_pairs(job) / head->n_items +
                    (number < join_n_pairs(job) % head->n_items); /* shared out evenly */
    if (number == 0) {
        put_empty(s);
        return;
    }
    const uint64_t n = partial_search_run(s->search, &group[item->group], item);
    stats->candidates += n;
    stats->verified += n;
}

const struct join join_partial = {
    .name = "partial index",
    .what = "q-grams in common with pieces of the longer text, 512 pieces at once",
    .cost = partial_cost,
    .build = partial_build,
    .open = partial_open,
    .run = partial_run,
    .close = partial_close,
};
