/* Verifying batches of candidates and reporting those that match. */
#include "matcher/join/edit/edit_task.h"

#include <stdlib.h>

bool edit_task_open(struct edit_task *t, const struct join_job *job, const struct edit_rows *a,
                    const struct edit_rows *b, const struct edit_classes *classes, struct err *e)
{
    const struct dictionary *dictionary = job->dictionary;
    size_t batch_bytes = (sizeof *t->batch + 63) / 64 * 64;
    *t = (struct edit_task){.job = job, .a = *a, .b = *b, .classes = classes};
    t->kernels = edit_pair_kernels();
    t->bitslices = edit_bitslice_kernels();
    edit_rule_make(&t->rule, job);
    t->exact = t->rule.exact && !a->folded && !b->folded;
    t->batch = aligned_alloc(64, batch_bytes);
    if (!t->batch)
        return err_set(e, ERR_OS, NULL, "no memory for an edit join");
    memset(t->batch, 0, batch_bytes);
    return metric_open(&t->metric, &job->use, &dictionary->alphabet, dictionary->max_length, e);
}

void edit_task_close(struct edit_task *t)
{
    metric_close(t->metric);
    free(t->batch);
}

void edit_task_set(struct edit_task *t, uint32_t short_length, uint32_t long_length,
                   bool short_is_a)
{
    t->short_is_a = short_is_a;
    t->shorts = short_is_a ? &t->a : &t->b;
    t->longs = short_is_a ? &t->b : &t->a;
    t->short_length = short_length;
    t->long_length = long_length;
    t->self_pair = t->job->self && short_length == long_length;
    t->bounds = edit_rule_bounds(&t->rule, short_length, long_length);
    t->first = NULL;
    t->finder = NULL;
    struct edit_pair_shape shape = {short_length, long_length, t->bounds.kernel_limit};
    uint32_t band = edit_band(t->rule.kind, &shape);
    uint32_t size = band <= 8 ? 0 : band <= 16 ? 1 : band <= 32 ? 2 : 3;
    t->pairs = band <= EDIT_BAND_MAX ? t->kernels->pairs[t->rule.kind][size] : NULL;
}

static uint32_t task_place(const struct edit_rows *rows, uint32_t length, uint32_t text)
{
    return rows->side.place[rows->side.begin[length] + text];
}

static void task_report(struct edit_task *t, uint32_t slot, uint32_t distance)
{
    const struct edit_batch *batch = t->batch;
    uint32_t x = task_place(t->shorts, t->short_length, batch->short_text[slot]);
    uint32_t y = task_place(t->longs, t->long_length, batch->long_text[slot]);
    uint32_t a = t->short_is_a ? x : y, b = t->short_is_a ? y : x;
    if (t->job->self && a > b) {
        uint32_t swap = a;
        a = b;
        b = swap;
    }
    double score = edit_rule_score(&t->rule, t->short_length, t->long_length, distance);
    if (!t->exact || !t->pairs) {
        const struct dictionary *dictionary = t->job->dictionary;
        score = metric_score(t->metric, dictionary_text(dictionary, t->job->a->value[a]),
                             dictionary_text(dictionary, t->job->b->value[b]));
        if (!join_takes(t->job, score))
            return;
    }
    join_put(t->sink, a, b, score);
    t->stats->matches++;
}

static bool task_first(const struct edit_task *t, uint32_t slot)
{
    const struct edit_batch *b = t->batch;
    return !t->first || t->first(t->finder, b->found_at[slot],
                                 edit_row(t->shorts, t->short_length, b->short_text[slot]),
                                 edit_row(t->longs, t->long_length, b->long_text[slot]));
}

void edit_task_flush(struct edit_task *t)
{
    struct edit_batch *b = t->batch;
    if (!b->n)
        return;
    _Alignas(64) uint8_t distance[EDIT_BATCH] = {0};
    struct edit_pair_shape shape = {t->short_length, t->long_length, t->bounds.kernel_limit};
    uint64_t within = t->pairs ? t->pairs(&shape, b->short_rows, b->long_rows, distance) : ~0ull;
    within &= ~0ull >> (EDIT_BATCH - b->n);
    t->stats->verified += b->n;
    for (; within; within &= within - 1) {
        uint32_t slot = (uint32_t)__builtin_ctzll(within);
        if (task_first(t, slot))
            task_report(t, slot, distance[slot]);
    }
    b->n = 0;
}
