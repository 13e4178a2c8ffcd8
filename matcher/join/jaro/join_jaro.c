/* The join of the Jaro family: bit-sliced counting in sorted orders.
 *
 * A pair matches only if its values have enough characters in common, in any order. How many
 * depends on their lengths and their common prefix alone, in whole numbers (jaro_rule.h). A plan
 * says in which orders the values are sorted so that all pairs that may match become neighbours
 * (jaro_plan.h). Among neighbours the characters in common are counted for 512 values at once
 * (jaro_blocks.h). What passes is verified in batches (jaro_verify.h). Where nearly all pass, every
 * pair is verified instead (jaro_dense.h). Pairs with a text too long for lanes are the count
 * join's (count_join.h). */
#include "core/shm.h"
#include "matcher/join/count/count_join.h"
#include "matcher/join/jaro/jaro_blocks.h"
#include "matcher/join/jaro/jaro_dense.h"
#include "matcher/join/jaro/jaro_windows.h"
#include "matcher/kernel/kernel_jaro_count.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ITEM_SECONDS 0.006
#define COUNT_SECONDS 10e-9  /* a value of A against a block, with what follows */
#define LOAD_SECONDS 12e-6   /* making the planes of a block */
#define DENSE_SECONDS 2.0e-9 /* a pair */
#define BUILD_SECONDS 0.3e-6 /* a value, without orders */
#define SERIAL_VALUES 16384u /* fewer are not worth waking threads for */
#define NO_ORDER UINT32_MAX
#define WINDOWS_LEAST 4 /* values of B for each of A: for more, tokens count anywhere */
#define LONG_FROM (JARO_PAIR_LENGTH + 1)

/* Values [begin, end) of B in an order; when dense, against [a_begin, a_end) of A. */
struct jaro_item {
    uint32_t order;
    uint32_t begin, end;
    uint32_t a_begin, a_end;
};

/* Of side b alone, in an index of its own. The plan is that of a usual side a: any plan finds all.
 */
struct jaro_half {
    struct jaro_plan plan;
    struct jaro_rows_at b;
    uint64_t code_at;    /* struct jaro_code × codes */
    uint64_t sorted_at;  /* struct jaro_sorted_at × orders */
    uint64_t windows_at; /* (jaro_windows.h); 0: no order has any */
};

struct jaro_head {
    struct jaro_plan plan;
    struct jaro_rows_at a, b; /* b may lie in job->half */
    uint64_t windows_a_at;    /* (jaro_windows.h); 0: no order has any */
    uint64_t windows_b_at;    /* may lie in job->half */
    uint64_t rule_at;
    uint64_t code_at;   /* struct jaro_code × codes */
    uint64_t orders_at; /* struct jaro_order_at × n_orders */
    uint64_t items_at;
    uint32_t n_orders, n_items;
    struct count_join_at longs; /* the pairs with a long text; its items come last */
};

struct jaro_scratch {
    struct jaro_blocks *blocks;
    struct jaro_verify *verify;
    struct jaro_dense *dense; /* NULL if no order is dense */
    struct count_join *longs; /* NULL if no text is long */
};

static struct jaro_head *head_of(const struct shm *index)
{
    return shm_writable(index, SHM_HEAD_AT, struct jaro_head);
}

static const struct jaro_half *half_of(const struct join_job *job)
{
    return job->half.base ? shm_at(job->half, SHM_HEAD_AT, struct jaro_half) : NULL;
}

/* The rows of side b. */
static struct jaro_rows rows_of_b(const struct join_job *job, const struct jaro_head *head,
                                  struct shm_view index)
{
    return jaro_rows_view(job->half.base ? job->half : index, &head->b, job->dictionary->width);
}

/* The windows of side b; NULL: no order has any. */
static const uint16_t *windows_of_b(const struct join_job *job, const struct jaro_head *head,
                                    struct shm_view index)
{
    return head->windows_b_at
               ? shm_at(job->half.base ? job->half : index, head->windows_b_at, uint16_t)
               : NULL;
}

static double jaro_cost(const struct join_job *job)
{
    struct jaro_plan plan;
    if (!jaro_rule_fits(job) || !job->prune || !jaro_plan_make(&plan, job))
        return INFINITY;
    return plan.seconds + BUILD_SECONDS * ((double)job->a->n + job->b->n) +
           count_join_seconds(job, LONG_FROM);
}

/* ---- Orders ----------------------------------------------------------------------------------*/

/* Writes the orders of the plan, or counts them when `order` is NULL. */
static uint32_t list_orders(const struct jaro_plan *plan, struct jaro_order_at *order)
{
    uint32_t n = 0;
    for (uint32_t prefix = 0; prefix < plan->n_passes; prefix++) {
        const struct jaro_pass *pass = &plan->pass[prefix];
        for (uint32_t parts = 0; parts >> plan->n_parts == 0; parts++) {
            bool wanted = parts
                              ? pass->parts && (uint32_t)__builtin_popcount(parts) == plan->n_equal
                              : pass->rest;
            if (!wanted)
                continue;
            if (order)
                order[n] = (struct jaro_order_at){.prefix = prefix,
                                                  .parts = parts,
                                                  .exact = prefix + 1 < plan->n_passes,
                                                  .dense = !parts && pass->dense,
                                                  .windows = pass->windows};
            n++;
        }
    }
    return n;
}

static bool has_windows(const struct jaro_plan *plan)
{
    bool any = false;
    for (uint32_t prefix = 0; prefix < plan->n_passes; prefix++)
        any |= plan->pass[prefix].windows;
    return any;
}

/* Side b in the i-th order, if it was sorted before. */
static struct jaro_sorted sorted_of_b(const struct join_job *job, uint32_t i)
{
    const struct jaro_half *half = half_of(job);
    if (!half)
        return (struct jaro_sorted){NULL, 0};
    const struct jaro_sorted_at *at = shm_at(job->half, half->sorted_at, struct jaro_sorted_at) + i;
    return (struct jaro_sorted){shm_array(job->half, at->entry_at, struct jaro_entry, at->n),
                                at->n};
}

/* The windows of both sides, if an order has any. */
static bool build_windows(struct jaro_head *head, const struct join_job *job, struct shm *index,
                          struct err *e)
{
    const struct dictionary *dictionary = job->dictionary;
    const struct jaro_half *half = half_of(job);
    if (!has_windows(&head->plan))
        return true;
    const struct jaro_code *code = shm_at(shm_view_of(index), head->code_at, struct jaro_code);
    const struct jaro_rows a = jaro_rows_view(shm_view_of(index), &head->a, dictionary->width);
    const struct jaro_rows b = rows_of_b(job, head, shm_view_of(index));
    if (!jaro_windows_of_a(&head->windows_a_at, dictionary, &a, index, e))
        return false;
    head->windows_b_at = half ? half->windows_at : 0;
    return half || jaro_windows_of_b(&head->windows_b_at, code, dictionary, &b, index, e);
}

static bool build_orders(struct jaro_head *head, const struct join_job *job, struct shm *index,
                         struct err *e)
{
    head->n_orders = list_orders(&head->plan, NULL);
    head->orders_at = shm_alloc(index, "the jaro index",
                                (head->n_orders + 1ull) * sizeof(struct jaro_order_at), 64, e);
    if (!head->orders_at)
        return false;
    struct jaro_order_at *order =
        shm_writable_array(index, head->orders_at, struct jaro_order_at, head->n_orders);
    list_orders(&head->plan, order);
    struct jaro_rows a = jaro_rows_view(shm_view_of(index), &head->a, job->dictionary->width);
    struct jaro_rows b = rows_of_b(job, head, shm_view_of(index));
    const uint16_t *windows =
        head->windows_a_at ? shm_at(shm_view_of(index), head->windows_a_at, uint16_t) : NULL;
    bool ok = true;
#pragma omp parallel for schedule(dynamic, 1) if (a.texts.side.n + b.texts.side.n > SERIAL_VALUES)
    for (uint32_t i = 0; i < head->n_orders; i++) {
        struct err mine = {0};
        if (!jaro_order_build(&order[i], &a, &b, sorted_of_b(job, i), windows, index, &mine))
#pragma omp critical(join_jaro)
        {
            ok = false;
            *e = mine;
        }
    }
    return ok;
}

/* ---- Items -----------------------------------------------------------------------------------*/

/* Writes items, or counts them when `item` is NULL. */
struct jaro_cut {
    struct jaro_item *item;
    uint64_t n;
};

static void cut_add(struct jaro_cut *c, struct jaro_item item)
{
    if (c->item)
        c->item[c->n] = item;
    c->n++;
}

/* Blocks of an order until their work is enough. */
static void cut_blocks(struct jaro_cut *c, uint32_t number, const struct jaro_order *order)
{
    const struct jaro_group *group = order->group, *end = group + order->at->n_groups;
    uint32_t begin = 0;
    double seconds = 0;
    for (uint32_t block = 0; block < order->at->n_b; block += JARO_BLOCK) {
        uint32_t left = order->at->n_b - block;
        uint32_t block_end = block + (left < JARO_BLOCK ? left : JARO_BLOCK);
        seconds += LOAD_SECONDS;
        for (; group < end && group[0].b_begin < block_end; group++) {
            seconds += COUNT_SECONDS * (group[1].a_begin - group[0].a_begin);
            if (group[1].b_begin > block_end)
                break;
        }
        if (seconds >= ITEM_SECONDS || block_end == order->at->n_b) {
            cut_add(c, (struct jaro_item){number, begin, block_end, 0, 0});
            begin = block_end;
            seconds = 0;
        }
    }
}

/* Rectangles of a dense order: each group by itself, cut if it is large. */
static void cut_dense(struct jaro_cut *c, uint32_t number, const struct jaro_order *order)
{
    for (uint32_t g = 0; g < order->at->n_groups; g++) {
        const struct jaro_group *group = &order->group[g];
        double pairs = ITEM_SECONDS / DENSE_SECONDS;
        uint32_t n_b = group[1].b_begin - group[0].b_begin;
        uint32_t step = (uint32_t)fmax(1, fmin(pairs / n_b, UINT32_MAX / 2));
        for (uint32_t a = group[0].a_begin, end; a < group[1].a_begin; a = end) {
            end = group[1].a_begin - a < step ? group[1].a_begin : a + step;
            cut_add(c, (struct jaro_item){number, group[0].b_begin, group[1].b_begin, a, end});
        }
    }
}

static void cut_all(struct jaro_cut *c, const struct jaro_head *head, struct shm_view index)
{
    const struct jaro_order_at *at = shm_at(index, head->orders_at, struct jaro_order_at);
    c->n = 0;
    for (uint32_t i = 0; i < head->n_orders; i++) {
        struct jaro_order order = jaro_order_view(index, &at[i]);
        if (at[i].dense)
            cut_dense(c, i, &order);
        else
            cut_blocks(c, i, &order);
    }
    cut_add(c, (struct jaro_item){.order = NO_ORDER}); /* the empty values */
}

static bool build_items(struct jaro_head *head, struct shm *index, uint32_t *n_items, struct err *e)
{
    struct jaro_cut cut = {0};
    cut_all(&cut, head, shm_view_of(index));
    if (!join_check_items(cut.n + head->longs.n_items, e))
        return false;
    head->items_at = shm_alloc(index, "the jaro index", cut.n * sizeof *cut.item, 64, e);
    if (!head->items_at)
        return false;
    cut.item = shm_writable_array(index, head->items_at, struct jaro_item, cut.n);
    cut_all(&cut, head, shm_view_of(index));
    head->n_items = (uint32_t)cut.n;
    *n_items = head->n_items + head->longs.n_items;
    return true;
}

/* ---- Build, open, close ----------------------------------------------------------------------*/

/* What codes stand for: as it was before, or as a sample says; NULL without memory. */
static const struct jaro_code *make_codes(uint64_t *code_at, const struct jaro_plan *plan,
                                          const struct join_job *job, struct shm *index,
                                          struct err *e)
{
    const struct jaro_half *half = half_of(job);
    const uint32_t n = job->dictionary->alphabet.n_codes;
    *code_at = shm_alloc(index, "the jaro index", (n + 1ull) * sizeof(struct jaro_code), 64, e);
    if (!*code_at)
        return NULL;
    struct jaro_code *code = shm_writable_array(index, *code_at, struct jaro_code, n);
    if (half) {
        memcpy(code, shm_array(job->half, half->code_at, struct jaro_code, n), n * sizeof *code);
        return code;
    }
    struct jaro_sample *sample = jaro_sample_open(job);
    const bool ok = sample && jaro_codes_make(code, sample, plan->n_parts);
    jaro_sample_close(sample);
    if (!ok)
        err_set(e, ERR_OS, NULL, "no memory for the jaro index");
    return ok ? code : NULL;
}

static bool build_rows(struct jaro_head *head, const struct join_job *job, struct shm *index,
                       struct err *e)
{
    const struct jaro_half *half = half_of(job);
    const struct jaro_code *code = make_codes(&head->code_at, &head->plan, job, index, e);
    if (!code || !jaro_rows_build(&head->a, code, job->dictionary, job->a, index, e))
        return false;
    head->b = half ? half->b : head->a;
    return half || job->self || jaro_rows_build(&head->b, code, job->dictionary, job->b, index, e);
}

/* The plan of a half, for this side a. Planes of tokens that count within reach take longer to
 * make, which pays for many values of A alone. */
static struct jaro_plan plan_of_half(const struct join_job *job, const struct jaro_half *half)
{
    struct jaro_plan plan = half->plan;
    for (uint32_t prefix = 0; prefix < plan.n_passes; prefix++)
        plan.pass[prefix].windows &= job->a->n >= job->b->n / WINDOWS_LEAST;
    return plan;
}

static bool jaro_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                       struct err *e)
{
    if (!shm_alloc(index, "the jaro index", sizeof(struct jaro_head), 64, e))
        return false;
    struct jaro_head *head = head_of(index);
    const struct jaro_half *half = half_of(job);
    if (half)
        head->plan = plan_of_half(job, half);
    else if (!jaro_plan_make(&head->plan, job))
        return err_set(e, ERR_OS, NULL, "no memory for the jaro index");
    return jaro_rule_build(&head->rule_at, job, index, e) && build_rows(head, job, index, e) &&
           build_windows(head, job, index, e) && build_orders(head, job, index, e) &&
           count_join_build(&head->longs, job, LONG_FROM, index, e) &&
           build_items(head, index, n_items, e);
}

/* Sorts side b for each order of the plan. */
static bool sort_orders(struct jaro_half *half, const struct jaro_rows *b, struct shm *index,
                        struct err *e)
{
    const uint32_t n = list_orders(&half->plan, NULL);
    struct jaro_order_at *order = calloc(n + 1ull, sizeof *order);
    half->sorted_at = order ? shm_alloc(index, "the jaro index",
                                        (n + 1ull) * sizeof(struct jaro_sorted_at), 64, e)
                            : 0;
    bool ok = half->sorted_at || order || err_set(e, ERR_OS, NULL, "no memory for the jaro index");
    if (half->sorted_at) {
        struct jaro_sorted_at *sorted =
            shm_writable_array(index, half->sorted_at, struct jaro_sorted_at, n);
        list_orders(&half->plan, order);
        for (uint32_t i = 0; ok && i < n; i++)
            ok = jaro_order_sort(&sorted[i], &order[i], b, index, e);
    }
    ok = ok && half->sorted_at;
    free(order);
    return ok;
}

static bool jaro_prepare(const struct join_job *job, struct shm *index, struct err *e)
{
    const uint64_t at = shm_alloc(index, "the jaro index", sizeof(struct jaro_half), 64, e);
    if (!at)
        return false;
    struct jaro_half *half = shm_writable(index, at, struct jaro_half);
    if (!jaro_plan_make(&half->plan, job))
        return err_set(e, ERR_OS, NULL, "no memory for the jaro index");
    const struct dictionary *dictionary = job->dictionary;
    const struct jaro_code *code = make_codes(&half->code_at, &half->plan, job, index, e);
    if (!code || !jaro_rows_build(&half->b, code, dictionary, job->b, index, e))
        return false;
    const struct jaro_rows b = jaro_rows_view(shm_view_of(index), &half->b, dictionary->width);
    if (has_windows(&half->plan) &&
        !jaro_windows_of_b(&half->windows_at, code, dictionary, &b, index, e))
        return false;
    return sort_orders(half, &b, index, e);
}

static void jaro_close(void *scratch)
{
    struct jaro_scratch *s = scratch;
    if (!s)
        return;
    jaro_blocks_close(s->blocks);
    jaro_verify_close(s->verify);
    jaro_dense_close(s->dense);
    count_join_close(s->longs);
    free(s);
}

static bool jaro_open(const struct join_job *job, struct shm_view index, void **scratch,
                      struct err *e)
{
    const struct jaro_head *head = shm_at(index, SHM_HEAD_AT, struct jaro_head);
    bool dense = false;
    for (uint32_t i = 0; i < JARO_PASSES; i++)
        dense |= head->plan.pass[i].dense;
    struct jaro_scratch *s = calloc(1, sizeof *s);
    *scratch = NULL;
    if (!s)
        return err_set(e, ERR_OS, NULL, "no memory for the jaro join");
    if (jaro_blocks_open(&s->blocks, job->dictionary, has_windows(&head->plan), e) &&
        jaro_verify_open(&s->verify, job, e) && (!dense || jaro_dense_open(&s->dense, job, e)) &&
        (!head->longs.n_items || count_join_open(&s->longs, job, index, &head->longs, e))) {
        *scratch = s;
        return true;
    }
    jaro_close(s);
    return false;
}

/* ---- Running ---------------------------------------------------------------------------------*/

static void run_dense(struct jaro_scratch *s, const struct jaro_verify_task *t,
                      const struct jaro_order *order, const struct jaro_item *item)
{
    struct jaro_rectangle r = {
        .job = t->job,
        .rule = t->rule,
        .pattern = {t->b, order->b, item->begin, item->end},
        .text = {t->a, order->a, item->a_begin, item->a_end},
        .triangle = t->job->self,
        .prefix_min = order->at->prefix,
        .prefix_max = order->at->exact ? order->at->prefix : JARO_PREFIXES - 1,
        .sink = t->sink,
        .stats = t->stats,
    };
    uint64_t verified = t->stats->verified;
    jaro_dense_run(s->dense, &r);
    t->stats->candidates += t->stats->verified - verified;
}

/* Two empty values are equal. They have no characters to count. */
static void run_empty(const struct jaro_verify_task *t)
{
    if (t->a->side.begin[1] == 0 || t->b->side.begin[1] == 0)
        return;
    double score = jaro_score(t->rule, 0, 0, 0, 0, 0);
    t->stats->candidates++;
    t->stats->verified++;
    if (!(score >= t->job->need))
        return;
    join_put(t->sink, t->a->side.place[0], t->b->side.place[0], score);
    t->stats->matches++;
}

/* The item's share of all pairs of values. */
static uint64_t pairs_of(const struct join_job *job, uint32_t item, uint32_t n_items)
{
    uint64_t a = job->a->n, b = job->b->n, all = job->self ? a * (a + 1) / 2 : a * b;
    return all / n_items + (item < all % n_items);
}

static void jaro_run(const struct join_job *job, struct shm_view index, void *scratch,
                     uint32_t number, struct join_sink *sink, struct join_stats *stats)
{
    struct jaro_scratch *s = scratch;
    const struct jaro_head *head = shm_at(index, SHM_HEAD_AT, struct jaro_head);
    if (number >= head->n_items) {
        count_join_run(s->longs, number - head->n_items, sink, stats);
        return;
    }
    const struct jaro_item *item = shm_at(index, head->items_at, struct jaro_item) + number;
    struct jaro_rule rule = jaro_rule_view(job, index, head->rule_at);
    struct jaro_rows a = jaro_rows_view(index, &head->a, job->dictionary->width);
    struct jaro_rows b = rows_of_b(job, head, index);
    struct jaro_verify_task verify = {
        .job = job, .rule = &rule, .a = &a.texts, .b = &b.texts, .sink = sink, .stats = stats};
    stats->pairs += pairs_of(job, number, head->n_items);
    if (item->order == NO_ORDER) {
        run_empty(&verify);
        return;
    }
    const struct jaro_order_at *at = shm_at(index, head->orders_at, struct jaro_order_at);
    struct jaro_order order = jaro_order_view(index, &at[item->order]);
    struct jaro_blocks_task blocks = {&verify,
                                      &a,
                                      &b,
                                      &head->plan,
                                      &order,
                                      shm_at(index, head->code_at, struct jaro_code),
                                      windows_of_b(job, head, index)};
    verify.prefix = order.at->prefix;
    if (order.at->dense) {
        run_dense(s, &verify, &order, item);
        return;
    }
    jaro_verify_begin(s->verify, &verify);
    jaro_blocks_run(s->blocks, s->verify, &blocks, item->begin, item->end);
    jaro_verify_end(s->verify);
}

const struct join join_jaro = {
    .name = "jaro index",
    .what = "characters in common counted for 512 values at once, in sorted orders",
    .cost = jaro_cost,
    .build = jaro_build,
    .prepare = jaro_prepare,
    .open = jaro_open,
    .run = jaro_run,
    .close = jaro_close,
};
