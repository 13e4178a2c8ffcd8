/* The refine stage: for a group of rows of A the candidates that joins over terms of an expression
 * give, and those of them that match, in the order of A, then of B. */
#include "matcher/worker/refine.h"
#include "matcher/worker/worker_internal.h"

#include <stdlib.h>
#include <string.h>

/* A group ends with the row that brings its candidates to this number, or with so many rows. Each
 * option is done for the whole group, so that it fills the lanes however few candidates a row has.
 */
#define GROUP_CANDIDATES 65536u
#define GROUP_ROWS 4096u

struct refined {
    struct refine refine;
    struct rows rows;
    uint64_t from, to;            /* the group: positions in the list of rows of A */
    uint32_t n;                   /* matches of the group, in the order in which they are found */
    struct emit_match *match;     /* each with its own number as `pair` */
    uint32_t *group_row;          /* of each match, counted from `from` */
    double *score;                /* of each match */
    struct emit_match *ordered;   /* the matches by row of A */
    uint32_t row_end[GROUP_ROWS]; /* in `ordered`; a row begins where the one before it ends */
    struct histogram *histogram;  /* of the scores, or NULL */
    struct best best;             /* of a row, where not all are kept … */
    bool at_once;                 /* … as they come, since no pair comes twice … */
    uint32_t best_row;            /* … for this row of A */
};

/* ---- Candidates ------------------------------------------------------------------------------*/

static void take_option(struct refine *r, const struct refine_option *o, uint32_t row)
{
    r->known[0] = o->at->term;
    r->known[1] = o->at->sure;
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
        refine_group(r, o, row, o->b->rows_begin[pairs_b(&o->pairs, k)],
                     o->b->rows_begin[pairs_b(&o->pairs, k) + 1ull], pairs_score(&o->pairs, k));
}

/* The most candidates that an option has for a row; at most the rows of B. */
static uint64_t count_option(const struct refine *r, const struct refine_option *o, uint32_t row)
{
    uint64_t n = 0;
    if (!o->a)
        return r->index->rows[1].n;
    uint32_t place = o->a->row_place[row];
    if (place == TABLE_MISSING)
        return 0;
    for (uint64_t k = o->pairs.begin[place]; k < o->pairs.begin[place + 1]; k++)
        n += side_multiplicity(o->b, pairs_b(&o->pairs, k));
    return n;
}

/* Where the group that begins at x->from ends, at most at `end`. Where pairs may fail it is one
 * row: what several options fail on is then noted row by row, and a pair once. */
static uint64_t group_end(const struct refined *x, uint64_t end)
{
    const struct refine *r = &x->refine;
    const struct row_list *rows_a = &r->index->rows[0];
    uint64_t to = x->from, candidates = 0;
    if (r->task->module.may_fail && r->task->refine.n_options > 1)
        return to + 1;
    while (to < end && to - x->from < GROUP_ROWS && candidates < GROUP_CANDIDATES) {
        for (uint32_t k = 0; k < r->task->refine.n_options; k++)
            candidates += count_option(r, &r->option[k], (uint32_t)row_list_at(rows_a, to));
        to++;
    }
    return to;
}

static void add_match(struct refined *x, uint32_t row_a, uint32_t row_b, double score)
{
    const struct row_list *rows_a = &x->refine.index->rows[0];
    x->match[x->n] = (struct emit_match){row_b, x->n};
    x->group_row[x->n] = (uint32_t)(row_list_from(rows_a, row_a) - x->from);
    x->score[x->n] = score;
    x->n++;
}

/* The best matches of a row are known. */
static void take_best(struct refined *x)
{
    for (uint64_t i = 0; i < x->best.n; i++)
        add_match(x, x->best_row, x->best.at[i].row, x->best.at[i].score);
    x->best.n = 0;
}

static void find_matches(struct refined *x)
{
    struct refine *r = &x->refine;
    for (uint32_t k = 0; k < r->task->refine.n_options; k++) {
        for (uint64_t i = x->from; i < x->to; i++)
            take_option(r, &r->option[k], (uint32_t)row_list_at(&r->index->rows[0], i));
        refine_flush(r);
    }
    take_best(x);
}

/* A match of an option is of the current row or of a later one: candidates come row by row. */
static void keep_match(struct refine *r, uint32_t row_a, uint32_t row_b, double score)
{
    struct refined *x = r->context;
    if (!x->at_once) {
        add_match(x, row_a, row_b, score);
        return;
    }
    if (row_a != x->best_row)
        take_best(x);
    x->best_row = row_a;
    best_offer(&x->best, (struct best_match){score, row_b, 0});
    if (r->task->prune) {
        r->bar = best_goal(&x->best, &r->task->goal);
        r->bar_row = row_a;
    }
}

/* ---- Matches ---------------------------------------------------------------------------------*/

/* A counting sort by row of A. */
static void order_matches(struct refined *x)
{
    uint32_t n_rows = (uint32_t)(x->to - x->from), begin = 0;
    memset(x->row_end, 0, n_rows * sizeof *x->row_end);
    for (uint32_t i = 0; i < x->n; i++)
        x->row_end[x->group_row[i]]++;
    for (uint32_t k = 0; k < n_rows; k++) {
        uint32_t of_row = x->row_end[k];
        x->row_end[k] = begin;
        begin += of_row;
    }
    for (uint32_t i = 0; i < x->n; i++)
        x->ordered[x->row_end[x->group_row[i]]++] = x->match[i];
}

/* Leaves a pair once that several options have found. The matches are in the order of B. */
static uint32_t drop_repeated(struct emit_match *match, uint32_t n)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < n; i++)
        if (left == 0 || match[i].row != match[left - 1].row)
            match[left++] = match[i];
    return left;
}

/* Leaves the best matches of a row alone, in the order of B. */
static uint32_t keep_best(struct refined *x, struct emit_match *match, struct emit_match *spare,
                          uint32_t n)
{
    struct best *best = &x->best;
    for (uint32_t i = 0; i < n; i++)
        best_offer(best, (struct best_match){x->score[match[i].pair], match[i].row, match[i].pair});
    const uint32_t left = (uint32_t)best->n;
    for (uint32_t i = 0; i < left; i++)
        match[i] = (struct emit_match){best->at[i].row, best->at[i].note};
    best->n = 0;
    sort_matches(match, spare, left, x->refine.w->tables[1].head->n_rows);
    return left;
}

/* Writes the n > 0 matches of a row by row of B. */
static void write_row(struct refined *x, uint64_t row, struct emit_match *match,
                      struct emit_match *spare, uint32_t n)
{
    sort_matches(match, spare, n, x->refine.w->tables[1].head->n_rows);
    n = drop_repeated(match, n);
    if (x->best.most && n > x->best.most)
        n = keep_best(x, match, spare, n);
    if (x->rows.emit) {
        rows_begin(&x->rows, row);
        emit_matches(x->rows.emit, match, n, x->score);
    }
    rows_partners(&x->rows, n);
    for (uint32_t i = 0; x->histogram && i < n; i++)
        histogram_add(x->histogram, x->score[match[i].pair], 1);
    x->rows.pairs += n;
}

static void write_matches(struct refined *x)
{
    order_matches(x);
    for (uint32_t k = 0, begin = 0; begin < x->n; begin = x->row_end[k++]) {
        const uint64_t row = row_list_at(&x->refine.index->rows[0], x->from + k);
        if (x->row_end[k] > begin)
            write_row(x, row, x->ordered + begin, x->match + begin, x->row_end[k] - begin);
    }
    x->n = 0;
}

static void refine_rows(struct refined *x, uint64_t from, uint64_t to)
{
    const struct row_list *rows_a = &x->refine.index->rows[0];
    const uint64_t end = row_list_from(rows_a, to);
    for (x->from = row_list_from(rows_a, from); x->from < end; x->from = x->to) {
        x->to = group_end(x, end);
        find_matches(x);
        write_matches(x);
    }
}

/* ---- The stage -------------------------------------------------------------------------------*/

static bool refined_open(struct refined *x, struct worker *w, struct err *e)
{
    /* Several options may find the same pair. The last row of a group may have the most. */
    const size_t capacity =
        GROUP_CANDIDATES + (w->tables[1].head->n_rows + 1) * (size_t)w->task->refine.n_options;
    x->refine.keep = keep_match;
    x->refine.context = x;
    x->histogram = w->task->bins ? &w->histogram : NULL;
    x->match = malloc(capacity * sizeof *x->match);
    x->group_row = malloc(capacity * sizeof *x->group_row);
    x->score = malloc(capacity * sizeof *x->score);
    x->ordered = malloc(capacity * sizeof *x->ordered);
    if (!x->match || !x->group_row || !x->score || !x->ordered)
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
    free(x->group_row);
    free(x->score);
    free(x->ordered);
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
