/* The join of the edit family: Levenshtein, OSA, Damerau, Indel, LCSseq, Hamming.
 *
 * Pairs of lengths are joined one by one, each in the way that a sample says is cheapest: by
 * segments where pieces are long enough to be rare, else every pair, bit-sliced. The filters are
 * whole-number bounds (edit_rule.h), so nothing is lost. Pairs with a text too long for the kernels
 * are the count join's (count_join.h). */
#include "core/process.h"
#include "core/shm.h"
#include "matcher/join/count/count_join.h"
#include "matcher/join/edit/edit_ask.h"
#include "matcher/join/edit/edit_sample.h"
#include "matcher/join/edit/edit_segments.h"
#include "matcher/join/edit/edit_task.h"

#include <math.h>
#include <stdlib.h>

#define ITEMS_WANTED 500
#define ITEM_SECONDS_MIN 0.002
#define ITEM_SECONDS_MAX 0.008
#define COST_SAMPLE 24 /* texts of each length; enough to choose a join */
#define LONG_FROM (EDIT_PAIR_LENGTH + 1)

enum item_kind { ITEM_TASK, ITEM_NOTHING };

struct edit_item {
    uint8_t kind;
    uint8_t method;
    uint8_t length_a, length_b;
    uint8_t first_piece, end_piece;
    struct edit_range range;
};

/* Of side b alone, in an index of its own. */
struct edit_half {
    struct edit_rows_at b;
};

struct edit_head {
    struct edit_rows_at a, b; /* b may lie in job->half */
    struct edit_classes classes;
    struct count_join_at longs; /* the pairs with a long text; its items come last */
    uint64_t items_at;
    uint32_t n_items;
    uint64_t skipped_pairs; /* whose lengths forbid a match, or that no other item counts */
};

struct edit_scratch {
    struct edit_task task;
    struct edit_segments *segments;
    struct count_join *longs; /* NULL: no text is long */
};

/* ---- Items -----------------------------------------------------------------------------------*/

struct edit_cut {
    const struct join_job *job;
    const struct edit_sample *sample;
    struct edit_estimate (*estimate)[EDIT_PAIR_LENGTH + 1]; /* by both lengths */
    double seconds, item_seconds;
    double sampling_seconds; /* that the estimates took */
    struct edit_item *items; /* NULL: only count */
    uint64_t n;
    uint64_t pairs;
};

static void cut_add(struct edit_cut *c, struct edit_item item)
{
    if (c->items)
        c->items[c->n] = item;
    c->n++;
}

static void cut_estimate(struct edit_cut *c)
{
    double sampling = 0;
    c->seconds = 0;
#pragma omp parallel for schedule(dynamic, 1) reduction(+ : sampling)
    for (uint32_t la = 0; la <= EDIT_PAIR_LENGTH; la++) {
        const double start = proc_thread_seconds();
        for (uint32_t lb = c->job->self ? la : 0; lb <= EDIT_PAIR_LENGTH; lb++)
            c->estimate[la][lb] = edit_sample_estimate(c->sample, la, lb);
        sampling += proc_thread_seconds() - start;
    }
    c->sampling_seconds = sampling;
    for (uint32_t la = 0; la <= EDIT_PAIR_LENGTH; la++)
        for (uint32_t lb = c->job->self ? la : 0; lb <= EDIT_PAIR_LENGTH; lb++)
            c->seconds += c->estimate[la][lb].seconds;
}

static uint32_t chunks(double wanted, uint32_t n, uint32_t most)
{
    double least = ceil((double)n / most);
    return (uint32_t)fmin(n, fmax(least, ceil(wanted)));
}

/* Where part i of `parts` begins. */
static uint32_t share(uint32_t n, uint32_t i, uint32_t parts)
{
    return (uint32_t)((uint64_t)n * i / parts);
}

/* Cuts a pair of lengths into items: by pieces as far as that goes, which repeats no work, then by
 * the texts of the longer length. */
static void cut_lengths(struct edit_cut *c, uint32_t la, uint32_t lb)
{
    const struct edit_estimate *e = &c->estimate[la][lb];
    if (e->method == EDIT_IMPOSSIBLE)
        return;
    bool a = la <= lb;
    uint32_t n_short = edit_sample_count(c->sample, a, a ? la : lb);
    uint32_t n_long = edit_sample_count(c->sample, !a, a ? lb : la);
    uint32_t n_x = chunks(1, n_short, EDIT_ENTRIES_MAX);
    uint32_t n_z =
        e->method == EDIT_PIECES ? chunks(e->seconds / c->item_seconds, e->pieces, e->pieces) : 1;
    double item_seconds = fmax(c->item_seconds, 2 * e->fixed_seconds / n_z);
    uint32_t n_y = chunks(e->seconds / n_x / n_z / item_seconds, n_long, EDIT_PROBES_MAX);
    for (uint32_t i = 0; i < n_x * n_y * n_z; i++) {
        uint32_t x = i / n_y / n_z, y = i / n_z % n_y, z = i % n_z;
        cut_add(c, (struct edit_item){.kind = ITEM_TASK,
                                      .method = (uint8_t)e->method,
                                      .length_a = (uint8_t)la,
                                      .length_b = (uint8_t)lb,
                                      .first_piece = (uint8_t)share(e->pieces, z, n_z),
                                      .end_piece = (uint8_t)share(e->pieces, z + 1, n_z),
                                      .range = {share(n_short, x, n_x), share(n_short, x + 1, n_x),
                                                share(n_long, y, n_y), share(n_long, y + 1, n_y)}});
    }
}

static void cut_all(struct edit_cut *c)
{
    c->n = 0;
    cut_add(c, (struct edit_item){.kind = ITEM_NOTHING}); /* counts the pairs that no item has */
    for (uint32_t la = 0; la <= EDIT_PAIR_LENGTH; la++)
        for (uint32_t lb = c->job->self ? la : 0; lb <= EDIT_PAIR_LENGTH; lb++)
            cut_lengths(c, la, lb);
}

/* ---- Cost and build --------------------------------------------------------------------------*/

static bool cut_open(struct edit_cut *c, const struct join_job *job, uint32_t sample_texts)
{
    *c = (struct edit_cut){.job = job, .sample = edit_sample_open(job, sample_texts)};
    c->estimate = calloc(EDIT_PAIR_LENGTH + 1, sizeof *c->estimate);
    if (!c->sample || !c->estimate)
        return false;
    cut_estimate(c);
    c->item_seconds = fmin(ITEM_SECONDS_MAX, fmax(ITEM_SECONDS_MIN, c->seconds / ITEMS_WANTED));
    return true;
}

static void cut_close(struct edit_cut *c)
{
    edit_sample_close((struct edit_sample *)(uintptr_t)c->sample);
    free(c->estimate);
}

static double edit_cost(const struct join_job *job)
{
    struct edit_rule rule;
    struct edit_cut c;
    if (!job->prune || !edit_rule_make(&rule, job))
        return (double)INFINITY;
    double seconds = (double)INFINITY;
    if (cut_open(&c, job, COST_SAMPLE)) /* the build will sample more */
        seconds = c.sampling_seconds * edit_sample_pairs(c.sample, EDIT_SAMPLE_TEXTS_MAX) /
                      edit_sample_pairs(c.sample, COST_SAMPLE) +
                  c.seconds + count_join_seconds(job, LONG_FROM) +
                  edit_ask_seconds(job, &rule) * (double)join_n_pairs(job);
    cut_close(&c);
    return seconds;
}

static bool edit_build_sides(const struct join_job *job, struct edit_head *head, struct shm *index,
                             struct err *e)
{
    edit_classes_make(&head->classes, job->dictionary);
    if (!edit_rows_build(&head->a, job->dictionary, job->a, index, e))
        return false;
    head->b = head->a;
    if (job->half.base)
        head->b = shm_at(job->half, SHM_HEAD_AT, struct edit_half)->b;
    return job->self || job->half.base ||
           edit_rows_build(&head->b, job->dictionary, job->b, index, e);
}

static bool edit_prepare(const struct join_job *job, struct shm *half, struct err *e)
{
    struct edit_half made;
    const uint64_t at = shm_alloc(half, "edit index", sizeof made, 64, e);
    if (!at || !edit_rows_build(&made.b, job->dictionary, job->b, half, e))
        return false;
    *shm_writable(half, at, struct edit_half) = made;
    return true;
}

static bool edit_build_items(struct edit_cut *c, struct edit_head *head, struct shm *index,
                             uint32_t *n_items, struct err *e)
{
    cut_all(c);
    const uint64_t n = c->n + head->longs.n_items;
    if (!join_check_items(n, e))
        return false;
    *n_items = (uint32_t)n;
    head->n_items = (uint32_t)c->n;
    head->items_at = shm_alloc(index, "edit index", c->n * sizeof *c->items, 64, e);
    if (!head->items_at)
        return false;
    c->items = shm_writable_array(index, head->items_at, struct edit_item, c->n);
    cut_all(c);
    return true;
}

static uint64_t item_pairs(const struct join_job *job, const struct edit_item *item)
{
    const struct edit_range *r = &item->range;
    uint64_t n = 0;
    if (item->kind != ITEM_TASK || item->first_piece > 0)
        return 0;
    if (!job->self || item->length_a != item->length_b)
        return (uint64_t)(r->short_end - r->short_begin) * (r->long_end - r->long_begin);
    for (uint32_t x = r->short_begin; x < r->short_end; x++)
        n += x <= r->long_begin ? r->long_end - r->long_begin
             : x < r->long_end  ? r->long_end - x
                                : 0;
    return n;
}

static bool edit_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                       struct err *e)
{
    struct edit_head *head = calloc(1, sizeof *head);
    struct edit_cut cut;
    bool ok = cut_open(&cut, job, EDIT_SAMPLE_TEXTS_MAX) && head;
    if (!ok)
        err_set(e, ERR_OS, NULL, "no memory for the edit index");
    uint64_t head_at = ok ? shm_alloc(index, "edit index", sizeof *head, 64, e) : 0;
    ok = head_at && edit_build_sides(job, head, index, e) &&
         count_join_build(&head->longs, job, LONG_FROM, index, e) &&
         edit_build_items(&cut, head, index, n_items, e);
    if (ok) {
        head->skipped_pairs = join_n_pairs(job);
        for (uint64_t i = 0; i < cut.n; i++)
            head->skipped_pairs -= item_pairs(job, &cut.items[i]);
        *shm_writable(index, head_at, struct edit_head) = *head;
    }
    cut_close(&cut);
    free(head);
    return ok;
}

/* ---- Workers ---------------------------------------------------------------------------------*/

static const struct edit_head *edit_head(struct shm_view index)
{
    return shm_at(index, SHM_HEAD_AT, struct edit_head);
}

static void edit_close(void *scratch)
{
    struct edit_scratch *s = scratch;
    if (!s)
        return;
    edit_task_close(&s->task);
    edit_segments_close(s->segments);
    count_join_close(s->longs);
    free(s);
}

static bool edit_open(const struct join_job *job, struct shm_view index, void **scratch,
                      struct err *e)
{
    const struct edit_head *head = edit_head(index);
    const struct shm_view of_b = job->half.base ? job->half : index;
    struct edit_rows a = edit_rows_view(index, &head->a), b = edit_rows_view(of_b, &head->b);
    struct edit_scratch *s = calloc(1, sizeof *s);
    *scratch = NULL;
    if (!s)
        return err_set(e, ERR_OS, NULL, "no memory for an edit join");
    bool ok = edit_task_open(&s->task, job, &a, &b, &head->classes, e);
    if (ok && !(s->segments = edit_segments_open()))
        ok = err_set(e, ERR_OS, NULL, "no memory for an edit join");
    if (ok && head->longs.n_items)
        ok = count_join_open(&s->longs, job, index, &head->longs, e);
    if (ok)
        *scratch = s;
    else
        edit_close(s);
    return ok;
}

static void edit_run(const struct join_job *job, struct shm_view index, void *scratch,
                     uint32_t number, struct join_sink *sink, struct join_stats *stats)
{
    const struct edit_head *head = edit_head(index);
    struct edit_scratch *s = scratch;
    struct edit_task *t = &s->task;
    if (number >= head->n_items) {
        count_join_run(s->longs, number - head->n_items, sink, stats);
        return;
    }
    const struct edit_item *item = shm_at(index, head->items_at, struct edit_item) + number;
    t->sink = sink;
    t->stats = stats;
    stats->pairs += item->kind == ITEM_NOTHING ? head->skipped_pairs : item_pairs(job, item);
    if (item->kind != ITEM_TASK)
        return;
    bool a = item->length_a <= item->length_b;
    edit_task_set(t, a ? item->length_a : item->length_b, a ? item->length_b : item->length_a, a);
    if (item->method == EDIT_PIECES)
        edit_segments_run(s->segments, t, item->range, item->first_piece, item->end_piece);
    else
        edit_segments_run_all(s->segments, t, item->range);
}

const struct join join_edit = {
    .name = "edit index",
    .what = "segments and signatures for each pair of lengths, verified many at once",
    .cost = edit_cost,
    .build = edit_build,
    .prepare = edit_prepare,
    .open = edit_open,
    .run = edit_run,
    .close = edit_close,
};
