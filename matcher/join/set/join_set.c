/* The joins of sets: jaccard, dice, cosine, overlap, of q-grams or tokens.
 *
 * Sets are joined in groups. The group of an element is the sets that have it among their first,
 * rare ones. At a low threshold that does not pay: then one group has all sets, as in the plain
 * scan, which --no-prune runs. In a group bit planes count for 512 pairs at once (set_blocks.h). */
#include "core/shm.h"
#include "matcher/join/set/set_lists.h"
#include "matcher/join/set/set_sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_WANTED 500u
#define ITEM_STEPS_LEAST 5000u
#define ITEM_STEPS_MOST 250000u

struct set_head {
    struct sets_at a, b;
    struct set_lists_at lists_a, lists_b;
    uint64_t items_at;
    uint64_t pairs; /* of the whole job */
    uint32_t n_items;
    bool whole; /* one group of all sets */
};

/* Groups `first` .. `end`, whole; or, if it is one, this range of it. SET_NONE: the empty sets. */
struct set_item {
    uint32_t first, end;
    struct set_range range;
};

/* ---- Items -----------------------------------------------------------------------------------*/

struct cut {
    const struct set_head *head;
    struct shm_view index;
    bool self;
    double item_steps;
    struct set_item *items; /* NULL: only counts */
    uint64_t n;
};

static const struct set_head *set_head(struct shm_view index)
{
    return shm_at(index, SHM_HEAD_AT, struct set_head);
}

static struct set_list all_sets(const struct sets_at *s)
{
    return (struct set_list){.first = s->n_empty, .n = s->n - s->n_empty};
}

static struct set_list list_of(struct shm_view index, const struct sets_at *s,
                               const struct set_lists_at *at, uint32_t element)
{
    return element == SET_NONE ? all_sets(s) : set_lists_of(index, at, element);
}

static uint32_t blocks_of(uint32_t n)
{
    return (n + SET_LANES - 1) / SET_LANES;
}

/* A measure of the work in a group. */
static double steps_of(uint32_t n_x, uint32_t n_y, bool self)
{
    return n_x == 0 || n_y == 0 ? 0 : (self ? 0.5 : 1) * n_x * blocks_of(n_y) + 0.1 * n_y;
}

static void cut_add(struct cut *c, struct set_item item)
{
    if (c->items)
        c->items[c->n] = item;
    c->n++;
}

/* Cuts one group into ranges of B that fill blocks, and of A. */
static void cut_group(struct cut *c, uint32_t element, uint32_t n_x, uint32_t n_y)
{
    double lanes = c->item_steps / n_x * SET_LANES;
    uint32_t y_step = SET_BLOCKS_SETS;
    if (lanes > 2 * SET_BLOCKS_SETS)
        y_step = (uint32_t)fmin(lanes / SET_BLOCKS_SETS, 1000) * SET_BLOCKS_SETS;
    for (uint32_t y = 0; y < n_y; y += y_step) {
        uint32_t y_end = n_y - y < y_step ? n_y : y + y_step;
        double fits = c->item_steps / blocks_of(y_end - y) + 1;
        uint32_t x_step = fits < n_x ? (uint32_t)fits : n_x;
        for (uint32_t x = 0; x < n_x && !(c->self && x >= y_end); x += x_step) {
            uint32_t x_end = n_x - x < x_step ? n_x : x + x_step;
            cut_add(c, (struct set_item){element, element + 1, {x, x_end, y, y_end}});
        }
    }
}

/* Cuts the groups of all elements: small ones together, large ones by themselves. */
static void cut_groups(struct cut *c)
{
    uint32_t first = 0;
    double steps = 0;
    for (uint32_t i = 0; i < c->head->a.n_elements; i++) {
        uint32_t n_x = set_lists_of(c->index, &c->head->lists_a, i).n;
        uint32_t n_y = set_lists_of(c->index, &c->head->lists_b, i).n;
        double more = steps_of(n_x, n_y, c->self);
        steps += more;
        if (steps < c->item_steps)
            continue;
        uint32_t end = more < c->item_steps ? i + 1 : i;
        if (end > first)
            cut_add(c, (struct set_item){.first = first, .end = end});
        if (end == i)
            cut_group(c, i, n_x, n_y);
        first = i + 1;
        steps = 0;
    }
    if (first < c->head->a.n_elements)
        cut_add(c, (struct set_item){.first = first, .end = c->head->a.n_elements});
}

static void cut_all(struct cut *c)
{
    const struct set_head *h = c->head;
    c->n = 0;
    cut_add(c, (struct set_item){.first = SET_NONE});
    if (!h->whole)
        cut_groups(c);
    else if (h->a.n > h->a.n_empty)
        cut_group(c, SET_NONE, h->a.n - h->a.n_empty, h->b.n - h->b.n_empty);
}

/* ---- Lists -----------------------------------------------------------------------------------*/

static bool is_of_sets(const struct join_job *job)
{
    return job->use.metric->sets && !metric_falls(job->use.view);
}

static unsigned q_of(const struct join_job *job)
{
    const struct metric_use *use = &job->use;
    return (unsigned)(use->n_args ? use->args[0] : use->metric->defaults[0]);
}

static void make_rule(struct set_rule *rule, const struct join_job *job, const struct set_head *h)
{
    uint32_t largest = h->a.largest > h->b.largest ? h->a.largest : h->b.largest;
    set_rule_make(rule, job->use.metric->sets, job->need, largest);
}

static bool build_lists(const struct join_job *job, struct set_head *h, struct shm *index,
                        struct err *e)
{
    struct set_rule rule;
    make_rule(&rule, job, h);
    if (!set_lists_build(&rule, &h->a, &h->b, &h->lists_a, index, e))
        return false;
    h->lists_b = h->lists_a;
    return job->self || set_lists_build(&rule, &h->b, &h->a, &h->lists_b, index, e);
}

/* ---- Cost ------------------------------------------------------------------------------------*/

static double set_cost(const struct join_job *job)
{
    return job->prune && is_of_sets(job) ? set_sample_seconds(job, q_of(job)) : (double)INFINITY;
}

static double scan_cost(const struct join_job *job)
{
    return job->prune || !is_of_sets(job) ? (double)INFINITY : set_sample_seconds(job, q_of(job));
}

/* ---- Build -----------------------------------------------------------------------------------*/

static double group_steps(const struct set_head *h, struct shm_view index, bool self)
{
    double steps = 0;
    for (uint32_t i = 0; i < h->a.n_elements; i++)
        steps += steps_of(set_lists_of(index, &h->lists_a, i).n,
                          set_lists_of(index, &h->lists_b, i).n, self);
    return steps;
}

static bool build_items(const struct join_job *job, struct set_head *h, double steps,
                        struct shm *index, struct err *e)
{
    struct cut c = {.head = h, .index = shm_view_of(index), .self = job->self};
    c.item_steps = fmin(fmax(steps / ITEMS_WANTED, ITEM_STEPS_LEAST), ITEM_STEPS_MOST);
    cut_all(&c);
    if (!join_check_items(c.n, e))
        return false;
    h->n_items = (uint32_t)c.n;
    h->items_at = shm_alloc(index, "items of sets", c.n * sizeof *c.items, 64, e);
    if (!h->items_at)
        return false;
    c.items = shm_writable_array(index, h->items_at, struct set_item, c.n);
    cut_all(&c);
    return true;
}

static bool set_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                      struct err *e)
{
    struct set_head h = {.whole = !job->prune};
    uint64_t at = shm_alloc(index, "sets", sizeof h, 64, e);
    h.pairs = join_n_pairs(job);
    if (!at || !sets_build(job, q_of(job), &h.a, &h.b, index, e))
        return false;
    double steps = steps_of(h.a.n, h.b.n, job->self);
    if (!h.whole) {
        if (!build_lists(job, &h, index, e))
            return false;
        double in_groups = group_steps(&h, shm_view_of(index), job->self);
        h.whole = in_groups > steps;
        steps = fmin(in_groups, steps);
    }
    if (!build_items(job, &h, steps, index, e))
        return false;
    *n_items = h.n_items;
    *shm_writable(index, at, struct set_head) = h;
    return true;
}

/* ---- Workers ---------------------------------------------------------------------------------*/

static void set_close(void *scratch)
{
    if (scratch)
        set_blocks_close(scratch);
    free(scratch);
}

static bool set_open(const struct join_job *job, struct shm_view index, void **scratch,
                     struct err *e)
{
    const struct set_head *h = set_head(index);
    struct set_task *t = *scratch = calloc(1, sizeof *t);
    if (!t)
        return err_set(e, ERR_OS, NULL, "not enough memory for a join of sets");
    t->kernels = set_kernels();
    t->a = sets_view(index, &h->a);
    t->b = sets_view(index, &h->b);
    make_rule(&t->rule, job, h);
    if (set_blocks_open(t, e))
        return true;
    set_close(t);
    *scratch = NULL;
    return false;
}

/* The share of an item in all pairs: which pairs it stands for cannot be said. */
static uint64_t item_pairs(const struct set_head *h, uint32_t item)
{
    uint64_t each = h->pairs / h->n_items;
    return item == 0 ? h->pairs - each * (h->n_items - 1) : each;
}

static void set_run(const struct join_job *job, struct shm_view index, void *scratch,
                    uint32_t number, struct join_sink *sink, struct join_stats *stats)
{
    const struct set_head *h = set_head(index);
    const struct set_item *item = shm_at(index, h->items_at, struct set_item) + number;
    struct set_task *t = scratch;
    t->job = job;
    t->sink = sink;
    t->stats = stats;
    stats->pairs += item_pairs(h, number);
    if (number == 0) {
        set_blocks_report_all(t, t->a.n_empty, t->b.n_empty);
        return;
    }
    bool part = item->range.y_end > 0;
    for (uint32_t i = item->first; i != item->end; i++) {
        struct set_list x = list_of(index, &h->a, &h->lists_a, i);
        struct set_list y = list_of(index, &h->b, &h->lists_b, i);
        struct set_range all = {0, x.n, 0, y.n};
        set_blocks_join(t, i, &x, &y, part ? item->range : all);
    }
}

const struct join join_set = {
    .name = "sets",
    .what = "groups of sets with a rare element in common, counted by 512 in bit planes",
    .cost = set_cost,
    .build = set_build,
    .open = set_open,
    .run = set_run,
    .close = set_close,
};

const struct join join_set_scan = {
    .name = "set scan",
    .what = "every pair of sets, counted by 512 in bit planes",
    .cost = scan_cost,
    .build = set_build,
    .open = set_open,
    .run = set_run,
    .close = set_close,
};
