/* Items of a plain scan: rectangles of patterns and texts, and how they are found and written.
 *
 * Both sides are sorted by length and fall into five classes: texts that fit lanes of 8, 16, 32 and
 * 64 bits, and longer ones. For a pair of classes the side with the shorter texts gives the
 * patterns. How such a rectangle is cut into items that take about the same time is the metric
 * family's. This file has what the families share. */
#ifndef AXB_MATCHER_JOIN_SCAN_ITEMS_H
#define AXB_MATCHER_JOIN_SCAN_ITEMS_H

#include "core/err.h"
#include "core/shm.h"
#include "matcher/join/by_length.h"
#include "matcher/join/join.h"

#include <stdbool.h>
#include <stdint.h>

#define SCAN_CLASSES 5u
#define SCAN_LONG 4u    /* the class of what fits no lane */
#define TEXT_OVERHEAD 6 /* starting and ending a text costs as much as 6 of its characters */

/* Patterns [pattern_begin, pattern_end) against texts [text_begin, text_end), positions in the
 * sides as sorted by length. */
struct scan_item {
    uint32_t pattern_begin, pattern_end;
    uint32_t text_begin, text_end;
    uint16_t pattern_is_a;
    uint16_t class;    /* of the patterns */
    uint32_t triangle; /* the same texts on both sides: only position <= position */
};

/* Writes items, or counts them when `item` is NULL. */
struct scan_items {
    const struct join_job *job;
    const struct by_length *a, *b;
    double item_seconds; /* that an item is to take */
    struct scan_item *item;
    uint64_t n;
};

/* Cuts one rectangle, given as an item, and adds what it is cut into. */
typedef void scan_cut_fn(struct scan_items *items, const struct scan_item *whole);

static inline uint32_t scan_class(uint32_t length)
{
    return length <= 8 ? 0 : length <= 16 ? 1 : length <= 32 ? 2 : length <= 64 ? 3 : SCAN_LONG;
}

static inline void scan_items_add(struct scan_items *items, struct scan_item item)
{
    if (items->item)
        items->item[items->n] = item;
    items->n++;
}

/* Writes the items of all rectangles of two sides into an index, at *items_at. `seconds` is what
 * the whole scan is to take. ERR_USAGE if they are too many. */
bool scan_items_build(const struct join_job *job, const struct by_length *a,
                      const struct by_length *b, double seconds, scan_cut_fn *cut,
                      struct shm *index, uint64_t *items_at, uint32_t *n_items, struct err *e);

/* Pairs that an item stands for. */
uint64_t scan_item_pairs(const struct scan_item *item);

#endif
