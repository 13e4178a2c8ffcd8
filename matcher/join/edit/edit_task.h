/* A task of the edit index: texts of one length on one side against texts of another length (or
 * the same) on the other side, and the batch in which its candidates are verified.
 *
 * edit_segments.c finds candidates and hands them to edit_task_add. What matches goes to the sink
 * from here alone. */
#ifndef AXB_MATCHER_JOIN_EDIT_EDIT_TASK_H
#define AXB_MATCHER_JOIN_EDIT_EDIT_TASK_H

#include "matcher/join/edit/edit_rows.h"
#include "matcher/join/edit/edit_rule.h"

#include <string.h>

/* Candidates wait here until they fill a vector. */
struct edit_batch {
    _Alignas(64) uint8_t short_rows[EDIT_ROWS_BYTES];
    _Alignas(64) uint8_t long_rows[EDIT_ROWS_BYTES];
    uint32_t short_text[EDIT_BATCH], long_text[EDIT_BATCH]; /* numbers within their lengths */
    uint32_t found_at[EDIT_BATCH];
    uint32_t n;
};

struct edit_task {
    /* The same for all tasks of a worker. */
    const struct join_job *job;
    struct edit_rule rule;
    struct edit_rows a, b;
    struct metric_state *metric;
    const struct edit_pair_kernels *kernels;
    const struct edit_bitslice_kernels *bitslices;
    const struct edit_classes *classes;
    bool exact; /* the kernel's distance is the metric's; else metric_score decides */
    struct edit_batch *batch;

    /* Of this one; sink and stats are set by the caller. */
    struct join_sink *sink;
    struct join_stats *stats;
    const struct edit_rows *shorts, *longs;
    bool short_is_a;
    bool self_pair; /* shorts and longs are the same texts: each pair once */
    uint32_t short_length, long_length;
    struct edit_bounds bounds;
    edit_pairs_fn *pairs; /* NULL: no kernel for so wide a band */
    /* Several look-ups find the same pair. True for the one at `found_at` that reports it, with
     * the rows x (short) and y (long). NULL: each pair is found once. */
    bool (*first)(const void *finder, uint32_t found_at, const uint8_t *x, const uint8_t *y);
    const void *finder;
};

/* Sets what is the same for all tasks of a job over two mapped sides; the caller closes it, also
 * after a failure. `classes` must outlive it. */
bool edit_task_open(struct edit_task *t, const struct join_job *job, const struct edit_rows *a,
                    const struct edit_rows *b, const struct edit_classes *classes, struct err *e);
void edit_task_close(struct edit_task *t);

/* Sets what belongs to a pair of lengths. */
void edit_task_set(struct edit_task *t, uint32_t short_length, uint32_t long_length,
                   bool short_is_a);

/* Verifies what waits in the batch. */
void edit_task_flush(struct edit_task *t);

static inline void edit_task_copy(uint8_t *rows, uint32_t slot, const uint8_t *row, uint32_t length)
{
    for (uint32_t tile = 0; tile * EDIT_TILE_BYTES < length; tile++)
        memcpy(rows + edit_tile_at(slot, tile), row + (size_t)tile * EDIT_TILE_BYTES,
               EDIT_TILE_BYTES);
}

/* Adds a candidate: the numbers of the texts within their lengths, and their rows. */
static inline void edit_task_add(struct edit_task *t, uint32_t short_text, const uint8_t *short_row,
                                 uint32_t long_text, const uint8_t *long_row, uint32_t found_at)
{
    struct edit_batch *b = t->batch;
    uint32_t slot = b->n++;
    b->short_text[slot] = short_text;
    b->long_text[slot] = long_text;
    b->found_at[slot] = found_at;
    edit_task_copy(b->short_rows, slot, short_row, t->short_length);
    edit_task_copy(b->long_rows, slot, long_row, t->long_length);
    if (b->n == EDIT_BATCH)
        edit_task_flush(t);
}

#endif
