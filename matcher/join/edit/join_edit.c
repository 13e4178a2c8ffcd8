/* The join of the edit family: Levenshtein, OSA, Damerau, Indel, LCSseq, Hamming.
 *
 * Pairs of lengths are joined one by one, each in the way that a sample says is cheapest: by
 * segments where pieces are long enough to be rare, else every pair, bit-sliced. Texts too long
 * for the kernels are compared by metric_score wherever lengths permit. The filters are
 * whole-number bounds (edit_rule.h), so nothing is lost. */
#include "core/shm.h"
#include "matcher/join/edit/edit_sample.h"
#include "matcher/join/edit/edit_segments.h"
#include "matcher/join/edit/edit_task.h"

#include <math.h>
#include <stdlib.h>

#define ITEMS_WANTED 500
#define ITEM_SECONDS_MIN 0.002
#define ITEM_SECONDS_MAX 0.008
#define COST_SAMPLE 24       /* texts of each length; enough to choose a join */
#define LONG_SECONDS 0.04e-9 /* a pair of characters of two long texts */
#define LONG_DAMERAU_SECONDS 4e-9

enum item_kind { ITEM_TASK, ITEM_LONG, ITEM_NOTHING };

struct edit_item {
    uint8_t kind;
    uint8_t method;
    uint8_t length_a, length_b;
    uint8_t first_piece, end_piece;
    struct edit_range range; /* of a long item: the positions of side A */
};

struct edit_head {
    struct edit_rows_at a, b;
    struct edit_classes classes;
    uint64_t items_at;
    uint64_t skipped_pairs; /* whose lengths forbid a match, or that no other item counts */
};

struct edit_scratch {
    struct edit_task task;
    struct edit_segments *segments;
};

/* ---- Items -----------------------------------------------------------------------------------*/

/* Seconds for a pair of characters of texts that metric_score compares. */
static double long_seconds(const struct join_job *job)
{
    return job->use.metric->edits->exact ? LONG_SECONDS : LONG_DAMERAU_SECONDS;
}

struct edit_cut {
    const struct join_job *job;
    const struct edit_sample *sample;
    struct edit_estimate (*estimate)[EDIT_PAIR_LENGTH + 1]; /* by both lengths */
    double seconds, item_seconds;
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
    c->seconds = 0;
#pragma omp parallel for schedule(dynamic, 1)
    for (uint32_t la = 0; la <= EDIT_PAIR_LENGTH; la++)
        for (uint32_t lb = c->job->self ? la : 0; lb <= EDIT_PAIR_LENGTH; lb++)
            c->estimate[la][lb] = edit_sample_estimate(c->sample, la, lb);
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
 * the long texts. */
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

/* Cuts side A, sorted by length, into items against the long texts of B, or if A's are long
 * themselves against all of B. */
static void cut_long(struct edit_cut *c, const struct by_length *a)
{
    struct edit_longs longs_a = edit_sample_longs(c->sample, true);
    struct edit_longs longs_b = edit_sample_longs(c->sample, false);
    if (longs_a.texts + longs_b.texts == 0)
        return;
    const struct dictionary *dictionary = c->job->dictionary;
    double all_b = longs_b.characters + (double)(c->job->b->n) * EDIT_PAIR_LENGTH;
    uint32_t begin = 0;
    double seconds = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        uint32_t length = dictionary_length(dictionary, c->job->a->value[a->place[i]]);
        seconds += long_seconds(c->job) * length *
                   (length > EDIT_PAIR_LENGTH ? all_b : longs_b.characters);
        if (seconds < ITEM_SECONDS_MAX && i + 1 < a->n)
            continue;
        cut_add(c, (struct edit_item){.kind = ITEM_LONG, .range = {begin, i + 1, 0, 0}});
        begin = i + 1;
        seconds = 0;
    }
}

static void cut_all(struct edit_cut *c, const struct by_length *a)
{
    c->n = 0;
    cut_add(c, (struct edit_item){.kind = ITEM_NOTHING}); /* counts the pairs that no item has */
    for (uint32_t la = 0; la <= EDIT_PAIR_LENGTH; la++)
        for (uint32_t lb = c->job->self ? la : 0; lb <= EDIT_PAIR_LENGTH; lb++)
            cut_lengths(c, la, lb);
    cut_long(c, a);
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
    if (cut_open(&c, job, COST_SAMPLE)) {
        struct edit_longs a = edit_sample_longs(c.sample, true);
        struct edit_longs b = edit_sample_longs(c.sample, false);
        double characters_b = b.characters + 0.2 * job->b->n * EDIT_PAIR_LENGTH;
        seconds = c.seconds + long_seconds(job) * (a.characters * characters_b) * 0.3;
    }
    cut_close(&c);
    return seconds;
}

static bool edit_build_sides(const struct join_job *job, struct edit_head *head, struct shm *index,
                             struct err *e)
{
    edit_classes_make(&head->classes, job->dictionary);
    if (!edit_rows_build(&head->a, job->dictionary, job->a, &head->classes, index, e))
        return false;
    head->b = head->a;
    return job->self ||
           edit_rows_build(&head->b, job->dictionary, job->b, &head->classes, index, e);
}

static bool edit_build_items(struct edit_cut *c, struct edit_head *head, struct shm *index,
                             uint32_t *n_items, struct err *e)
{
    struct by_length a = by_length_view(shm_view_of(index), &head->a.side);
    cut_all(c, &a);
    if (c->n > UINT32_MAX)
        return err_set(e, ERR_USAGE, "use --shard to compare fewer pairs at once",
                       "too many pairs for one edit join");
    *n_items = (uint32_t)c->n;
    head->items_at = shm_alloc(index, "edit index", c->n * sizeof *c->items, 64, e);
    if (!head->items_at)
        return false;
    c->items = shm_writable_array(index, head->items_at, struct edit_item, c->n);
    a = by_length_view(shm_view_of(index), &head->a.side);
    cut_all(c, &a);
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
    free(s);
}

static bool edit_open(const struct join_job *job, struct shm_view index, void **scratch,
                      struct err *e)
{
    const struct edit_head *head = edit_head(index);
    struct edit_rows a = edit_rows_view(index, &head->a), b = edit_rows_view(index, &head->b);
    struct edit_scratch *s = calloc(1, sizeof *s);
    *scratch = NULL;
    if (!s)
        return err_set(e, ERR_OS, NULL, "no memory for an edit join");
    bool ok = edit_task_open(&s->task, job, &a, &b, &head->classes, e);
    if (ok && !(s->segments = edit_segments_open()))
        ok = err_set(e, ERR_OS, NULL, "no memory for an edit join");
    if (ok)
        *scratch = s;
    else
        edit_close(s);
    return ok;
}

/* Could the texts at these positions match, by the classes of their characters? */
static bool long_possible(const struct edit_task *t, const struct edit_bounds *bounds, uint32_t i,
                          uint32_t j, bool a_is_short)
{
    const struct edit_counts *a = edit_counts(&t->a, i), *b = edit_counts(&t->b, j);
    if (!a || !b)
        return true;
    uint32_t tau_a = a_is_short ? bounds->tau_short : bounds->tau_long;
    uint32_t tau_b = a_is_short ? bounds->tau_long : bounds->tau_short;
    return edit_counts_lost(a, b) <= tau_a && edit_counts_lost(b, a) <= tau_b;
}

/* The text at position i of side A against those at [begin, end) of side B, which are of one
 * length; at least one of them is long. */
static void long_run(struct edit_task *t, uint32_t i, uint32_t begin, uint32_t end)
{
    const struct dictionary *dictionary = t->job->dictionary;
    uint32_t place_a = t->a.side.place[i];
    struct text a = dictionary_text(dictionary, t->job->a->value[place_a]);
    uint32_t other = dictionary_length(dictionary, t->job->b->value[t->b.side.place[begin]]);
    struct edit_bounds bounds = edit_rule_bounds(&t->rule, a.n, other);
    for (uint32_t j = begin; j < end && bounds.possible; j++) {
        if (!long_possible(t, &bounds, i, j, a.n <= other))
            continue;
        uint32_t place_b = t->b.side.place[j];
        struct text b = dictionary_text(dictionary, t->job->b->value[place_b]);
        bool swap = t->job->self && place_a > place_b;
        double score = swap ? metric_score(t->metric, b, a) : metric_score(t->metric, a, b);
        t->stats->candidates++;
        t->stats->verified++;
        if (!join_takes(t->job, score))
            continue;
        join_put(t->sink, swap ? place_b : place_a, swap ? place_a : place_b, score);
        t->stats->matches++;
    }
}

static void long_item(struct edit_task *t, const struct edit_range *r)
{
    const struct dictionary *dictionary = t->job->dictionary;
    for (uint32_t i = r->short_begin; i < r->short_end; i++) {
        uint32_t length = dictionary_length(dictionary, t->job->a->value[t->a.side.place[i]]);
        uint32_t first = length > EDIT_PAIR_LENGTH ? 0 : EDIT_PAIR_LENGTH + 1;
        if (first > t->b.side.max_length)
            continue;
        uint32_t begin = t->job->self && i > t->b.side.begin[first] ? i : t->b.side.begin[first];
        for (uint32_t end; begin < t->b.side.n; begin = end) {
            uint32_t other =
                dictionary_length(dictionary, t->job->b->value[t->b.side.place[begin]]);
            end = t->b.side.begin[other + 1];
            long_run(t, i, begin, end);
        }
    }
}

static void edit_run(const struct join_job *job, struct shm_view index, void *scratch,
                     uint32_t number, struct join_sink *sink, struct join_stats *stats)
{
    const struct edit_head *head = edit_head(index);
    const struct edit_item *item = shm_at(index, head->items_at, struct edit_item) + number;
    struct edit_scratch *s = scratch;
    struct edit_task *t = &s->task;
    t->sink = sink;
    t->stats = stats;
    stats->pairs += item->kind == ITEM_NOTHING ? head->skipped_pairs : item_pairs(job, item);
    if (item->kind == ITEM_LONG)
        long_item(t, &item->range);
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
    .open = edit_open,
    .run = edit_run,
    .close = edit_close,
};
