/* The emit stage: expands the ordered pairs of values of a join to pairs of rows; or writes the
 * rows of B that have none. */
#include "core/shm.h"
#include "matcher/worker/worker_internal.h"

#include "data/emit.h"
#include "matcher/engine/best.h"
#include "matcher/engine/pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FEW 32u /* so many matches are sorted by insertion; more by FEW_BITS a pass … */
#define FEW_BITS 7u
#define MANY 2048u /* … and from here on by MANY_BITS */
#define MANY_BITS 11u

struct expand {
    struct rows rows;
    struct pairs pairs;
    struct emit_match *match, *spare; /* of one row of A; both hold as many as B has rows */
    struct best best;                 /* of these, where not all are kept */
    size_t n_matches;
    uint64_t row;   /* of A, whose matches they are */
    uint32_t place; /* of that row */
    bool listed;    /* they are sorted, and serve the next rows of this place */
};

static void sort_few(struct emit_match *m, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct emit_match x = m[i];
        size_t k = i;
        for (; k && m[k - 1].row > x.row; k--)
            m[k] = m[k - 1];
        m[k] = x;
    }
}

/* One pass of a radix sort, by `bits` bits from bit `shift` on. */
static inline void sort_pass(const struct emit_match *from, struct emit_match *to, size_t n,
                             unsigned shift, unsigned bits)
{
    uint32_t begin[(1u << MANY_BITS) + 1], mask = (1u << bits) - 1;
    memset(begin, 0, (mask + 2ull) * sizeof *begin);
    for (size_t i = 0; i < n; i++)
        begin[((from[i].row >> shift) & mask) + 1]++;
    for (uint32_t i = 1; i <= mask; i++)
        begin[i] += begin[i - 1];
    for (size_t i = 0; i < n; i++)
        to[begin[(from[i].row >> shift) & mask]++] = from[i];
}

void sort_matches(struct emit_match *m, struct emit_match *spare, size_t n, uint64_t n_rows)
{
    struct emit_match *from = m, *to = spare;
    unsigned bits = n < MANY ? FEW_BITS : MANY_BITS; /* counting must cost less than moving */
    if (n <= FEW) {
        sort_few(m, n);
        return;
    }
    for (unsigned shift = 0; shift < 32 && (n_rows - 1) >> shift; shift += bits) {
        sort_pass(from, to, n, shift, bits);
        struct emit_match *swap = from;
        from = to;
        to = swap;
    }
    if (from != m)
        memcpy(m, from, n * sizeof *m);
}

bool worker_open_best(const struct worker *w, uint32_t n, struct best *best, struct err *e)
{
    const uint64_t n_rows = w->tables[1].head->n_rows + 1, top = w->task->top;
    const uint64_t most = top < n_rows ? top : n_rows;
    if (!top)
        return true;
    struct best_match *at = malloc(n * most * sizeof *at);
    for (uint32_t i = 0; i < n; i++)
        best[i] =
            (struct best){.at = at ? at + i * most : NULL, .most = most, .least = w->task->least};
    return at || err_set(e, ERR_OS, "ask for fewer with --top, or allow fewer workers",
                         "not enough memory for the %llu best matches of a row",
                         (unsigned long long)most);
}

/* Gathers into x->match the rows of B that match a row of A at `place`. First where the rows stand,
 * then the rows: so the processor waits for many distant places of memory at once. */
static size_t gather(const struct expand *x, uint32_t place, uint64_t row)
{
    const struct worker *w = x->rows.w;
    const struct side *b = &w->index.field[w->task->sides.field_b].side;
    const uint64_t first = x->pairs.begin[place];
    size_t n = 0, n_pairs = x->pairs.begin[place + 1] - first;
    struct emit_match *run = x->spare; /* { index into b->rows, number of rows } of each pair */
    uint64_t least = w->task->self ? row + 1 : 0;
    for (size_t k = 0; k < n_pairs; k++) {
        const uint32_t value = pairs_b(&x->pairs, first + k);
        run[k] = (struct emit_match){(uint32_t)b->rows_begin[value], side_multiplicity(b, value)};
        __builtin_prefetch(b->rows + run[k].row);
    }
    for (size_t k = 0; k < n_pairs; k++)
        for (uint32_t i = 0; i < run[k].pair; i++) {
            x->match[n] = (struct emit_match){b->rows[run[k].row + i],
                                              pairs_score_number(&x->pairs, first + k)};
            n += x->match[n].row >= least;
        }
    return n;
}

/* The same for pairs of rows. */
static size_t gather_rows(const struct expand *x, uint64_t row)
{
    uint64_t first = x->pairs.begin[row], n = x->pairs.begin[row + 1] - first;
    for (uint64_t k = 0; k < n; k++)
        x->match[k] = (struct emit_match){pairs_b(&x->pairs, first + k),
                                          pairs_score_number(&x->pairs, first + k)};
    return n;
}

/* Leaves the best of n matches of the row, in any order, and returns how many these are. */
static size_t keep_best(struct expand *x, size_t n)
{
    const double *score = x->pairs.score;
    struct best *best = &x->best;
    if (!best->most || n <= best->most)
        return n;
    best->n = 0;
    for (size_t i = 0; i < n; i++) {
        const struct emit_match m = x->match[i];
        best_offer(best, (struct best_match){score[m.pair], m.row, m.pair});
    }
    for (size_t i = 0; i < best->n; i++)
        x->match[i] = (struct emit_match){best->at[i].row, best->at[i].note};
    return best->n;
}

/* The index of the first match after a row; the matches are sorted by row. */
static uint32_t first_after(const struct emit_match *m, size_t n, uint64_t row)
{
    size_t from = 0;
    while (n) {
        size_t half = n / 2;
        bool after = m[from + half].row > row;
        from += after ? 0 : half + 1;
        n = after ? half : n - half - 1;
    }
    return (uint32_t)from;
}

/* Counts the matches of the row from the from-th on and, if that is wanted, their scores. */
static void count_matches(struct expand *x, size_t from)
{
    struct worker *w = x->rows.w;
    if (from < x->n_matches)
        rows_partners(&x->rows, x->n_matches - from);
    for (size_t i = from; w->task->bins && i < x->n_matches; i++)
        histogram_add(&w->histogram, x->pairs.score[x->match[i].pair], 1);
}

/* Writes the matches from the from-th on. */
static void write_matches(struct expand *x, size_t from)
{
    count_matches(x, from);
    emit_matches(x->rows.emit, x->match + from, x->n_matches - from, x->pairs.score);
}

static void expand_row(struct expand *x, uint64_t row)
{
    const struct worker *w = x->rows.w;
    bool self = w->task->self;
    bool by_rows = w->task->emit.by_rows;
    uint32_t place = by_rows ? (uint32_t)row : w->a->row_place[row];
    if (x->pairs.begin[place] == x->pairs.begin[place + 1])
        return;
    if (x->rows.emit)
        rows_begin(&x->rows, row);
    if (x->listed && place == x->place && row > x->row) {
        write_matches(x, self ? first_after(x->match, x->n_matches, row) : 0);
        return;
    }
    x->place = place;
    x->row = row;
    x->n_matches = keep_best(x, by_rows ? gather_rows(x, row) : gather(x, place, row));
    x->rows.pairs += x->n_matches;
    if (!x->rows.emit) {
        count_matches(x, 0);
        return;
    }
    sort_matches(x->match, x->spare, x->n_matches, w->tables[1].head->n_rows);
    x->listed = true;
    write_matches(x, 0);
}

static bool expand_open(struct expand *x, struct worker *w, struct err *e)
{
    const size_t capacity = w->tables[1].head->n_rows + 1;
    pairs_view(&x->pairs, w->pairs);
    x->match = malloc(capacity * sizeof *x->match);
    x->spare = malloc(capacity * sizeof *x->spare);
    if (!x->match || !x->spare)
        return err_set(e, ERR_OS, NULL, "not enough memory to expand matches");
    if (!worker_open_best(w, 1, &x->best, e) || !rows_open(&x->rows, w, e))
        return false;
    if (x->rows.emit && w->task->emit.has_texts)
        emit_use_texts(x->rows.emit, w->texts);
    return true;
}

/* Writes those of the rows [from, to) of B that have no pair. */
static void write_unmatched_b(struct expand *x, uint64_t from, uint64_t to)
{
    emit_row_a(x->rows.emit, EMIT_NO_ROW);
    for (uint64_t row = from; row < to; row++)
        if (x->pairs.begin[row] == x->pairs.begin[row + 1]) {
            emit_pair(x->rows.emit, row, (double)NAN);
            x->rows.w->done->work.unmatched++;
        }
}

/* The first of the rows [row, to) that has a place, or `to`: few have one in a part of a run. */
static uint64_t next_placed(const struct expand *x, uint64_t row, uint64_t to)
{
    const struct worker *w = x->rows.w;
    while (!w->task->emit.by_rows && row < to && w->a->row_place[row] == TABLE_MISSING)
        row++;
    return row;
}

/* The rows [from, to) of A. */
static void expand_rows(struct expand *x, uint64_t from, uint64_t to)
{
    rows_are(&x->rows, from, to);
    for (uint64_t row = next_placed(x, from, to); row < to; row = next_placed(x, row + 1, to))
        expand_row(x, row);
}

static bool work_emit(struct worker *w, struct err *e)
{
    struct expand x = {0};
    bool ok = expand_open(&x, w, e);
    while (ok && rows_next(&x.rows)) {
        const uint64_t *tile_row = x.pairs.tile_row + x.rows.tile;
        (w->task->emit.of_b ? write_unmatched_b : expand_rows)(&x, tile_row[0], tile_row[1]);
        rows_commit(&x.rows);
    }
    rows_close(&x.rows);
    free(x.match);
    free(x.spare);
    free(x.best.at);
    return ok;
}

const struct stage_kind stage_emit = {
    .what = "writing",
    .work = work_emit,
    .has_rows = true,
    .has_sides = true,
    .reads_pairs = true,
};
