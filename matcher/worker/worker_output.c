/* Hands over the bytes of tiles that are ranges of rows of A; the coordinator writes them in order.
 *
 * Bytes go to the ring in frames while the tile is being worked on, so that a tile may be larger
 * than any buffer; the frame marked last commits it. Not here: what makes the bytes, which is the
 * matter of each stage. */
#include "matcher/worker/worker_internal.h"

#include "data/emit.h"

#include <string.h>

static void rows_put(struct rows *r, const char *p, size_t n, uint32_t pairs, bool last)
{
    struct wire_frame frame = {(uint32_t)r->tile, (uint32_t)n, pairs, last, r->tapped};
    r->stopped = r->stopped || !wire_put(r->w->control, r->w->number, frame, p);
}

/* Takes lines and drops the bytes that were written before. One line that is longer than a frame is
 * cut; its last piece counts it. */
void rows_flush(void *context, const char *p, size_t n, uint32_t n_lines)
{
    struct rows *r = context;
    size_t frame_bytes = r->w->control->ring_bytes / 4;
    size_t skip = r->skip_bytes < n ? (size_t)r->skip_bytes : n;
    r->skip_bytes -= skip;
    p += skip;
    n -= skip;
    while (n && !r->stopped) {
        size_t part = n < frame_bytes ? n : frame_bytes;
        rows_put(r, p, part, part == n ? n_lines : 0, false);
        p += part;
        n -= part;
    }
}

/* --output-terms: the values of the terms of a pair. */
static void rows_terms(void *context, uint64_t row_a, uint64_t row_b, double *value)
{
    struct rows *r = context;
    terms_of_pair(&r->terms, (uint32_t)row_a, (uint32_t)row_b, value);
}

bool rows_open(struct rows *r, struct worker *w, struct err *e)
{
    const struct wire_task *task = &w->control->task;
    *r = (struct rows){.w = w, .slot = &w->control->slot[w->number]};
    if (task->count)
        return true;
    if (!emit_open(&r->emit, &task->lines, &w->tables[0], &w->tables[1], rows_flush, r, e))
        return false;
    emit_set_terms(r->emit, rows_terms);
    return !task->lines.n_terms || terms_open(&r->terms, &task->expr, &w->index, e);
}

void rows_close(struct rows *r)
{
    if (r->emit)
        emit_close(r->emit);
    terms_close(&r->terms);
}

bool rows_next(struct rows *r)
{
    bool redo = r->slot->redo_tile != WIRE_NO_TILE;
    r->skip_bytes = redo ? r->slot->skip_bytes : 0;
    r->pairs = 0;
    r->tapped = false;
    r->tile = r->stopped ? WIRE_NO_TILE : wire_next_tile(r->w->control, r->slot);
    return r->tile != WIRE_NO_TILE;
}

void rows_commit(struct rows *r)
{
    if (r->emit)
        emit_finish(r->emit);
    rows_put(r, NULL, 0, r->emit ? 0 : r->pairs, true);
    wire_tile_done(r->w->control, r->tile);
}

static bool is_tapped(struct rows *r, uint64_t row)
{
    struct wire_control *c = r->w->control;
    const uint64_t *tapped = wire_tapped(c);
    uint64_t n = c->n_tapped, *at = &r->next_tapped;
    while (*at > 0 && tapped[*at - 1] >= row)
        --*at;
    while (*at < n && tapped[*at] < row)
        ++*at;
    return *at < n && tapped[*at] == row;
}

void rows_begin(struct rows *r, uint64_t row)
{
    bool tapped = is_tapped(r, row);
    if (tapped != r->tapped)
        emit_finish(r->emit);
    r->tapped = tapped;
    emit_row_a(r->emit, row);
}

void tile_rows(struct wire_control *c, uint64_t tile, uint64_t *from, uint64_t *to)
{
    const struct wire_task *task = &c->task;
    if (task->only_tapped) {
        *from = wire_tapped(c)[tile];
        *to = *from + 1;
        return;
    }
    *from = task->row_from + tile * task->rows_per_tile;
    *to = *from + task->rows_per_tile;
    *to = *to < task->row_to ? *to : task->row_to;
}
