/* Hands over the bytes of tiles that are ranges of rows of A; the coordinator writes them in order.
 *
 * Bytes go to the ring in frames while the tile is being worked on, so that a tile may be larger
 * than any buffer; the frame marked last commits it. Not here: what makes the bytes, which is the
 * matter of each stage. */
#include "matcher/worker/worker_internal.h"

#include "data/emit.h"

#include <math.h>
#include <string.h>

static void rows_put(struct rows *r, const char *p, size_t n, uint32_t pairs)
{
    const struct wire_frame frame = {
        .tile = (uint32_t)r->tile, .bytes = (uint32_t)n, .pairs = pairs, .tapped = r->tapped};
    wire_put(&r->w->wire, frame, p);
}

/* Takes lines and drops the bytes that were written before. One line that is longer than a frame is
 * cut; its last piece counts it. */
void rows_flush(void *context, const char *p, size_t n, uint32_t n_lines)
{
    struct rows *r = context;
    struct wire *wire = &r->w->wire;
    const size_t frame_bytes = wire->orders->ring_bytes / 4;
    const size_t skip = wire->skip_bytes < n ? (size_t)wire->skip_bytes : n;
    wire->skip_bytes -= skip;
    p += skip;
    n -= skip;
    while (n) {
        size_t part = n < frame_bytes ? n : frame_bytes;
        rows_put(r, p, part, part == n ? n_lines : 0);
        p += part;
        n -= part;
    }
}

/* The same of lines that belong to a stretch. */
static void flush_lines(void *context, const char *p, size_t n, uint32_t n_lines)
{
    struct rows *r = context;
    if (r->runs)
        row_runs_lines(r->runs, p, n);
    rows_flush(r, p, n, n_lines);
}

/* --output-terms: the values of the terms of a pair. */
static void rows_terms(void *context, uint64_t row_a, uint64_t row_b, double *value)
{
    struct rows *r = context;
    terms_of_pair(&r->terms, (uint32_t)row_a, (uint32_t)row_b, value);
}

bool rows_open(struct rows *r, struct worker *w, struct err *e)
{
    const struct wire_task *task = w->task;
    *r = (struct rows){.w = w};
    if (task->count)
        return true;
    if (!emit_open(&r->emit, &task->lines, &w->tables[0], &w->tables[1], flush_lines, r, e))
        return false;
    emit_set_terms(r->emit, rows_terms);
    if (task->by_row && !(r->runs = row_runs_open()))
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    return !task->lines.n_terms || terms_open(&r->terms, &task->expr, &w->index, e);
}

void rows_close(struct rows *r)
{
    if (r->emit)
        emit_close(r->emit);
    row_runs_close(r->runs);
    terms_close(&r->terms);
}

bool rows_next(struct rows *r)
{
    r->pairs = 0;
    r->next_row = r->end = 0;
    r->tapped = false;
    r->tile = wire_next_tile(&r->w->wire);
    return r->tile != WIRE_NO_TILE;
}

static bool is_tapped(struct rows *r, uint64_t row)
{
    const struct wire_orders *orders = r->w->wire.orders;
    const uint64_t *tapped = wire_tapped(orders);
    uint64_t n = orders->n_tapped, *at = &r->next_tapped;
    while (*at > 0 && tapped[*at - 1] >= row)
        --*at;
    while (*at < n && tapped[*at] < row)
        ++*at;
    return *at < n && tapped[*at] == row;
}

void rows_are(struct rows *r, uint64_t from, uint64_t to)
{
    r->next_row = from;
    r->end = to;
}

/* ---- Of which rows the lines are -------------------------------------------------------------*/

/* Says it of all lines since the last time. */
static void put_runs(struct rows *r)
{
    struct row_runs *runs = r->runs;
    emit_finish(r->emit);
    if (!runs->end.n)
        return;
    row_runs_finish(runs);
    rows_flush(r, (const char *)runs->run, runs->end.n * sizeof *runs->run, 0);
    rows_flush(r, (const char *)&runs->end, sizeof runs->end, 0);
    row_runs_next(runs);
}

/* Notes the lines of the row that was being written; *row is the next. */
static void note_run(struct rows *r, uint64_t row)
{
    row_runs_add(r->runs, r->run_row, emit_bytes(r->emit) - r->run_from);
    if (r->runs->end.n >= ROW_RUNS_ENOUGH)
        put_runs(r);
    r->run_from = emit_bytes(r->emit);
    r->run_row = (uint32_t)row;
}

/* ---- Rows ------------------------------------------------------------------------------------*/

static void begin_row(struct rows *r, uint64_t row)
{
    if (r->runs)
        note_run(r, row);
    bool tapped = is_tapped(r, row);
    if (tapped != r->tapped)
        emit_finish(r->emit);
    r->tapped = tapped;
    emit_row_a(r->emit, row);
}

/* Writes the rows before `row` that have no match. */
static void put_unmatched(struct rows *r, uint64_t row)
{
    if (!r->emit || !r->w->task->lines.unmatched[0])
        return;
    for (; r->next_row < row; r->next_row++) {
        if (!wire_is_of_part(r->w->wire.orders, r->next_row))
            continue;
        begin_row(r, r->next_row);
        emit_pair(r->emit, EMIT_NO_ROW, (double)NAN);
        r->w->done->work.unmatched++;
    }
}

void rows_begin(struct rows *r, uint64_t row)
{
    put_unmatched(r, row);
    r->next_row = row + 1;
    begin_row(r, row);
}

void rows_partners(struct rows *r, uint64_t n)
{
    const uint32_t kind = n < 5 ? (uint32_t)n - 1 : n < 10 ? 4 : n < 100 ? 5 : 6;
    r->w->done->work.partners[kind]++;
}

void rows_commit(struct rows *r)
{
    put_unmatched(r, r->end);
    if (r->runs) {
        note_run(r, 0);
        put_runs(r);
    }
    if (r->emit)
        emit_finish(r->emit);
    r->w->done->work.counted = r->emit ? 0 : r->pairs;
    worker_commit(r->w, (struct wire_frame){.tile = (uint32_t)r->tile});
}

void tile_rows(const struct wire_orders *orders, uint64_t tile, uint64_t *from, uint64_t *to)
{
    const struct wire_task *task = &orders->task;
    if (task->only_tapped) {
        *from = wire_tapped(orders)[tile];
        *to = *from + 1;
        return;
    }
    *from = task->row_from + tile * task->rows_per_tile;
    *to = *from + task->rows_per_tile;
    *to = *to < task->row_to ? *to : task->row_to;
}
