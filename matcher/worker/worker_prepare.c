/* The prepare stage: what the scorer makes of each record, once, into shared memory. */
#include "matcher/worker/worker_batch.h"
#include "matcher/worker/worker_internal.h"

#include <stdlib.h>

#define AT_A_TIME 256u

struct prepare {
    struct worker *w;
    struct block side[2];
    uint64_t rows[2];
};

/* Prepares the rows of a side at the positions [from, to) of their list, at most AT_A_TIME of
 * them. */
static void prepare_rows(struct prepare *p, int side, uint64_t from, uint64_t to)
{
    struct worker *w = p->w;
    struct wire_slot *slot = w->wire.slot;
    uint64_t bytes = w->task->module.prepared_bytes;
    char *first = w->prepared + (side ? p->rows[0] : 0) * bytes;
    block_load(&w->index, &p->side[side], from, (uint32_t)(to - from));
    atomic_store_explicit(&slot->scoring, 1, memory_order_relaxed);
    for (uint32_t i = 0; i < to - from; i++) {
        const uint64_t row = block_row(&p->side[side], i);
        char *out = first + row * bytes;
        atomic_store_explicit(&slot->row_a, row, memory_order_relaxed);
        atomic_store_explicit(&slot->b_from, (uint64_t)side, memory_order_relaxed);
        if (side)
            w->module->prepare_b(p->side[1].array, i, out);
        else
            w->module->prepare_a(p->side[0].array, i, out);
    }
    atomic_store_explicit(&slot->scoring, 0, memory_order_relaxed);
    worker_left_code(w);
}

/* Prepares a tile. The rows of B are counted after those of A; those that take no part are left
 * out. */
static void prepare_tile(struct prepare *p, uint64_t tile)
{
    const struct wire_task *task = p->w->task;
    uint64_t from = tile * task->rows_per_tile, to = from + task->rows_per_tile;
    for (int side = 0; side < 2; side++) {
        uint64_t before = side ? p->rows[0] : 0, end = before + p->rows[side];
        if (from >= end || to <= before)
            continue;
        const struct row_list *list = &p->w->index.rows[side];
        uint64_t a = row_list_from(list, from > before ? from - before : 0);
        const uint64_t b = row_list_from(list, (to < end ? to : end) - before);
        for (; a < b; a += AT_A_TIME)
            prepare_rows(p, side, a, b - a > AT_A_TIME ? a + AT_A_TIME : b);
    }
}

static bool work_prepare(struct worker *w, struct err *e)
{
    struct prepare *p = calloc(1, sizeof *p);
    if (!p)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    p->w = w;
    for (int side = 0; side < 2; side++)
        p->rows[side] = w->tables[side].head->n_rows;
    bool ok = block_add_module(&p->side[0], &p->side[1], w, AT_A_TIME, AT_A_TIME, e);
    for (uint64_t tile; ok && (tile = wire_next_tile(&w->wire)) != WIRE_NO_TILE;) {
        prepare_tile(p, tile);
        worker_commit(w, (struct wire_frame){.tile = (uint32_t)tile});
    }
    block_close(&p->side[0]);
    block_close(&p->side[1]);
    free(p);
    return ok;
}

const struct stage_kind stage_prepare = {
    .what = "preparing",
    .work = work_prepare,
    .runs_module = true,
    .by_record = true,
};
