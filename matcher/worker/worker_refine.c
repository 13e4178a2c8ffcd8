/* The refine stage: for each row of A the candidates that joins over terms of an expression give,
 * and those of them that match, in the order of B. */
#include "matcher/worker/refine.h"
#include "matcher/worker/worker_internal.h"

#include <stdlib.h>

struct refined {
    struct refine refine;
    struct rows rows;
    uint64_t row;                /* of A, whose matches are being collected */
    struct match *match, *spare; /* of this row of A */
    double *score;
    uint32_t n;
    struct best best; /* of the row, where not all are kept … */
    bool at_once;     /* … as they come, since no pair comes twice */
};

static void take_option(struct refine *r, const struct refine_option *o, uint32_t row)
{
    r->known[0] = o->at->term;
    if (!o->a) {
        const struct row_list *rows_b = &r->index->rows[1];
        refine_group(r, o, row, r->task->self ? row_list_from(rows_b, row + 1ull) : 0, rows_b->n,
                     0);
        return;
    }
    uint32_t place = o->a->row_place[row];
    if (place == TABLE_MISSING)
        return;
    for (uint64_t k = o->pairs.begin[place]; k < o->pairs.begin[place + 1]; k++)
        refine_group(r, o, row, o->b->rows_begin[o->pairs.b[k]],
                     o->b->rows_begin[o->pairs.b[k] + 1], o->pairs.score[k]);
}

/* Puts the matches of the row in the order of B; one that several options have found stays once. */
static void order_row(struct refined *x)
{
    uint32_t n = 0;
    sort_matches(x->match, x->spare, x->n, x->refine.w->tables[1].head->n_rows);
    for (uint32_t i = 0; i < x->n; i++)
        if (n == 0 || x->match[i].row != x->match[n - 1].row)
            x->match[n++] = x->match[i];
    x->n = n;
}

/* Makes the best matches of the row its matches. */
static void take_best(struct refined *x)
{
    x->n = (uint32_t)x->best.n;
    for (uint32_t i = 0; i < x->n; i++) {
        x->match[i] = (struct match){x->best.at[i].row, i};
        x->score[i] = x->best.at[i].score;
    }
    x->best.n = 0;
}

/* Leaves the best matches of the row alone, in the order of B. */
static void keep_best(struct refined *x)
{
    for (uint32_t i = 0; i < x->n; i++)
        best_offer(&x->best, (struct best_match){x->score[x->match[i].pair], x->match[i].row, 0});
    take_best(x);
    order_row(x);
}

/* Writes the matches of the row by row of B. */
static void write_refined_row(struct refined *x)
{
    if (x->at_once)
        take_best(x);
    if (x->n == 0)
        return;
    order_row(x);
    if (x->best.most && x->n > x->best.most)
        keep_best(x);
    if (x->rows.emit)
        rows_begin(&x->rows, x->row);
    for (uint32_t i = 0; x->rows.emit && i < x->n; i++)
        emit_pair(x->rows.emit, x->match[i].row, x->score[x->match[i].pair]);
    x->rows.pairs += x->n;
    x->n = 0;
}

/* A match is of the row at hand or of a later one: candidates come row by row. */
static void keep_match(struct refine *r, uint32_t row_a, uint32_t row_b, double score)
{
    struct refined *x = r->context;
    if (row_a != x->row)
        write_refined_row(x);
    x->row = row_a;
    if (x->at_once) {
        best_offer(&x->best, (struct best_match){score, row_b, 0});
        if (r->task->prune) {
            r->bar = best_goal(&x->best, &r->task->goal);
            r->bar_row = row_a;
        }
        return;
    }
    x->score[x->n] = score;
    x->match[x->n] = (struct match){row_b, x->n};
    x->n++;
}

/* With one option candidates fill the lanes across rows, so that also rows with few of them are
 * done many at a time. Several options find matches of a row in turn; they are put together before
 * the next row. */
static void refine_rows(struct refined *x, uint64_t from, uint64_t to)
{
    const uint32_t n_options = x->refine.task->refine.n_options;
    const struct row_list *rows_a = &x->refine.index->rows[0];
    const uint64_t end = row_list_from(rows_a, to);
    for (uint64_t i = row_list_from(rows_a, from); i < end; i++)
        for (uint32_t k = 0; k < n_options; k++) {
            take_option(&x->refine, &x->refine.option[k], (uint32_t)row_list_at(rows_a, i));
            if (n_options > 1)
                refine_flush(&x->refine);
        }
    refine_flush(&x->refine);
    write_refined_row(x);
}

static bool refined_open(struct refined *x, struct worker *w, struct err *e)
{
    /* Several options may find the same pair. */
    size_t capacity = (w->tables[1].head->n_rows + 1) * (size_t)w->task->refine.n_options;
    x->refine.keep = keep_match;
    x->refine.context = x;
    x->match = malloc(capacity * sizeof *x->match);
    x->spare = malloc(capacity * sizeof *x->spare);
    x->score = malloc(capacity * sizeof *x->score);
    if (!x->match || !x->spare || !x->score)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    x->at_once = w->task->top && w->task->refine.n_options == 1;
    return worker_open_best(w, 1, &x->best, e) && refine_open(&x->refine, w, e) &&
           rows_open(&x->rows, w, e);
}

static void refined_close(struct refined *x)
{
    refine_close(&x->refine);
    rows_close(&x->rows);
    free(x->match);
    free(x->spare);
    free(x->score);
    free(x->best.at);
    free(x);
}

static bool work_refine(struct worker *w, struct err *e)
{
    struct refined *x = calloc(1, sizeof *x);
    if (!x)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    bool ok = refined_open(x, w, e);
    while (ok && rows_next(&x->rows)) {
        uint64_t from, to;
        tile_rows(w->wire.orders, x->rows.tile, &from, &to);
        rows_are(&x->rows, from, to);
        refine_rows(x, from, to);
        rows_commit(&x->rows);
    }
    refined_close(x);
    return ok;
}

const struct stage_kind stage_refine = {
    .what = "scoring",
    .work = work_refine,
    .has_rows = true,
    .has_options = true,
    .runs_module = true,
};
