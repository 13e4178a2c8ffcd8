/* A rectangle for each pair of classes, cut twice: to count, and to write. */
#include "matcher/join/scan_items.h"
#include "core/shm.h"

#include <math.h>

#define ITEM_SECONDS_MAX 0.015
#define ITEM_SECONDS_MIN 0.001
#define ITEMS_WANTED 1024

/* The first position of a class among texts sorted by length. */
static uint32_t class_begin(const struct by_length *side, uint32_t class)
{
    uint32_t length = class == 0 ? 0 : (4u << class) + 1;
    return class == SCAN_CLASSES || length > side->max_length ? side->n : side->begin[length];
}

/* In a self join a pair of classes is cut once, not as (i, j) and (j, i). */
static void cut_all(struct scan_items *items, scan_cut_fn *cut)
{
    items->n = 0;
    for (uint32_t i = 0; i < SCAN_CLASSES; i++)
        for (uint32_t j = items->job->self ? i : 0; j < SCAN_CLASSES; j++) {
            bool a = i <= j;
            const struct by_length *p = a ? items->a : items->b, *t = a ? items->b : items->a;
            uint32_t shorter = a ? i : j, longer = a ? j : i;
            const struct scan_item whole = {
                .pattern_begin = class_begin(p, shorter),
                .pattern_end = class_begin(p, shorter + 1),
                .text_begin = class_begin(t, longer),
                .text_end = class_begin(t, longer + 1),
                .pattern_is_a = a,
                .class = (uint16_t)shorter,
                .triangle = items->job->self && i == j,
            };
            cut(items, &whole);
        }
}

bool scan_items_build(const struct join_job *job, const struct by_length *a,
                      const struct by_length *b, double seconds, scan_cut_fn *cut,
                      struct shm *index, uint64_t *items_at, uint32_t *n_items, struct err *e)
{
    struct scan_items items = {.job = job, .a = a, .b = b};
    items.item_seconds = fmin(ITEM_SECONDS_MAX, fmax(ITEM_SECONDS_MIN, seconds / ITEMS_WANTED));
    cut_all(&items, cut);
    if (!join_check_items(items.n, e))
        return false;
    *n_items = (uint32_t)items.n;
    *items_at = shm_alloc(index, "the items of a scan", (items.n + 1) * sizeof *items.item, 64, e);
    if (!*items_at)
        return false;
    items.item = shm_writable_array(index, *items_at, struct scan_item, items.n);
    cut_all(&items, cut);
    return true;
}

uint64_t scan_item_pairs(const struct scan_item *item)
{
    uint64_t n = 0;
    if (!item->triangle)
        return (uint64_t)(item->pattern_end - item->pattern_begin) *
               (item->text_end - item->text_begin);
    for (uint32_t p = item->pattern_begin; p < item->pattern_end; p++)
        n += p <= item->text_begin ? item->text_end - item->text_begin
             : p < item->text_end  ? item->text_end - p
                                   : 0;
    return n;
}
