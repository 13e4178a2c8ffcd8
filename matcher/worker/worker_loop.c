/* The loop stage scores every pair of rows; the probe stage scores one run of pairs one by one.
 *
 * The loop scores a block of A against a chunk of B at a time, so that the chunk is built once for
 * the block and stays in cache; its matches are put in order at the end of the tile. Where they are
 * too many for that, the tile is done in smaller blocks, or even row by row. Where only the best
 * matches of a row are kept, the worst of these is what the next ones must reach. */
#include "matcher/worker/worker_batch.h"
#include "matcher/worker/worker_internal.h"

#include "data/emit.h"
#include "matcher/engine/best.h"
#include "matcher/engine/rejects.h"
#include "matcher/scorer/scorer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_ROWS 256u             /* of A, at most, in a tile of the loop */
#define FEW_ROWS 64u                /* the same where rows have many hits, or their best are kept */
#define CHUNK_ROWS SCORER_TILE_ROWS /* of B at a time */
#define MAX_HITS (1u << 20)         /* of a tile, before it is done row by row */
#define BEST_OF_BLOCK 16384u        /* to keep more of a row, rows are done one at a time */

/* ---- Loop ------------------------------------------------------------------------------------*/

struct hit {
    uint32_t a; /* in the block */
    uint32_t b; /* row of B */
    double score;
};

struct score {
    struct rows rows;
    struct block a, b;
    struct metric_state *metric;      /* when there is no module */
    struct expr_goal goal;            /* what the current row asks for now */
    struct best best[FEW_ROWS];       /* where not all are kept: of each row of the block */
    uint32_t n_best;                  /* rows that are done together so; 0: all matches are kept */
    struct emit_match *match, *spare; /* with n_best: of a row */
    struct hit *hits;
    uint32_t n_hits;
    uint32_t *hit_rows; /* of one call of match */
    double *hit_scores;
    bool many;     /* blocks are to have FEW_ROWS rows, since more have too many hits */
    bool flood;    /* even these had too many, the last time */
    bool failed;   /* the module's `match` gave what cannot be … */
    struct err *e; /* … as is said here */
};

/* Row i of block A against the rows [from, to) of block B by the metric; as axb_module.match. */
static uint32_t metric_match(struct score *s, uint32_t i, uint32_t from, uint32_t to)
{
    const struct dictionary *dictionary = &s->rows.w->index.dictionary;
    const axb_str a = s->a.text[0][i], *b = s->b.text[0];
    double missing = metric_missing((enum metric_view)s->rows.w->task->loop.metric.view);
    uint32_t n = 0;
    for (uint32_t j = from; j < to; j++) {
        double x = a.id && b[j].id ? metric_score(s->metric, dictionary_text(dictionary, a.id - 1),
                                                  dictionary_text(dictionary, b[j].id - 1))
                                   : missing;
        if (expr_goal_takes(&s->goal, x)) {
            s->hit_rows[n] = j;
            s->hit_scores[n++] = x;
        }
    }
    return n;
}

uint64_t worker_next_reject(const struct worker *w, uint64_t row_a, uint64_t from)
{
    uint64_t first = 0, n = w->n_rejects, key = reject_key(row_a, from);
    while (n) {
        uint64_t half = n / 2;
        bool before = w->rejects[first + half] < key;
        first += before ? half + 1 : 0;
        n = before ? n - half - 1 : half;
    }
    bool there = first < w->n_rejects && w->rejects[first] >> 32 == row_a;
    return there ? (uint32_t)w->rejects[first] : UINT64_MAX;
}

/* Are these hits what `match` may give: rows of [from, to) in ascending order, whose scores reach
 * `min`? Many pairs may match, so the loops are such that several are looked at at once. */
static bool can_be_hits(const uint32_t *rows, const double *scores, uint32_t n, uint32_t from,
                        uint32_t to, double min)
{
    if (n == 0 || n > to - from)
        return n == 0;
    uint32_t ascend = 1;
    int64_t reach = 0;
#pragma omp simd reduction(+ : ascend)
    for (uint32_t k = 1; k < n; k++)
        ascend += rows[k - 1] < rows[k];
#pragma omp simd reduction(+ : reach)
    for (uint32_t k = 0; k < n; k++)
        reach += scores[k] >= min ? 1 : 0;
    return ascend == n && reach == n && rows[0] >= from && rows[n - 1] < to;
}

/* Drops the hits whose score is above `most`, which a module knows nothing of. Returns how many are
 * left. */
static uint32_t drop_above(uint32_t *rows, double *scores, uint32_t n, double most)
{
    uint32_t left = 0;
    if (most == (double)INFINITY)
        return n;
    for (uint32_t k = 0; k < n; k++) {
        rows[left] = rows[k];
        scores[left] = scores[k];
        left += scores[k] <= most;
    }
    return left;
}

/* Row i of block A against the rows [from, to) of block B by the module. The hits go after the
 * first `found`; returns their number. What a module returns is looked at before it is used: it may
 * come of any compiler and any hand. */
static uint32_t module_match(struct score *s, uint32_t i, uint32_t from, uint32_t to,
                             uint32_t found)
{
    const struct worker *w = s->rows.w;
    struct wire_slot *slot = w->wire.slot;
    const double min = s->goal.threshold;
    const uint64_t row_a = block_row(&s->a, i);
    const uint64_t b_from = block_row(&s->b, from), b_to = block_row(&s->b, to - 1) + 1;
    atomic_store_explicit(&slot->row_a, row_a, memory_order_relaxed);
    atomic_store_explicit(&slot->b_from, b_from, memory_order_relaxed);
    atomic_store_explicit(&slot->b_to, b_to, memory_order_relaxed);
    atomic_store_explicit(&slot->scoring, 1, memory_order_relaxed);
    uint32_t n = w->module->match(s->a.array, i, s->b.array, from, to, min, s->hit_rows + found,
                                  s->hit_scores + found);
    atomic_store_explicit(&slot->scoring, 0, memory_order_relaxed);
    worker_left_code(w);
    if (can_be_hits(s->hit_rows + found, s->hit_scores + found, n, from, to, min))
        return drop_above(s->hit_rows + found, s->hit_scores + found, n, s->goal.most);
    s->failed = true;
    err_set(
        s->e, ERR_SCORER,
        "it is to give distinct rows of its range, in ascending order, that reach `min`",
        "the module's `match` gave pairs that cannot be, for row %llu of A and the rows %llu to "
        "%llu of B; it returned %u",
        (unsigned long long)row_a + 1, (unsigned long long)b_from + 1, (unsigned long long)b_to, n);
    return 0;
}

/* The first entry of the block whose row is not below `row`; block->n if all are. */
static uint32_t entry_from(const struct block *block, uint64_t row)
{
    const uint64_t position = row_list_from(block->list, row);
    const uint64_t entry = position > block->from ? position - block->from : 0;
    return entry < block->n ? (uint32_t)entry : block->n;
}

/* Row i of block A against the rows of block B, in dedupe only those after row i. Rejected pairs
 * are left out: the module gets the runs between them. Returns the number of hits. */
static uint32_t match_row(struct score *s, uint32_t i)
{
    struct worker *w = s->rows.w;
    uint64_t row = block_row(&s->a, i);
    uint32_t from = w->task->self ? entry_from(&s->b, row + 1) : 0, to = s->b.n, found = 0;
    if (!w->module)
        return metric_match(s, i, from, to);
    while (from < to && !s->failed) {
        uint64_t reject = worker_next_reject(w, row, block_row(&s->b, from));
        uint32_t end = reject == UINT64_MAX ? to : entry_from(&s->b, reject);
        if (from < end)
            found += module_match(s, i, from, end, found);
        from = end + 1;
    }
    return found;
}

/* Positions in the list of the rows of B: where the first chunk of a row of A begins … */
static uint64_t first_chunk(const struct score *s, uint64_t row_a)
{
    return s->rows.w->task->self ? row_list_from(s->b.list, row_a) : 0;
}

/* … and where a chunk ends. */
static uint64_t chunk_end(const struct score *s, uint64_t from)
{
    uint64_t n = s->b.list->n;
    return from + CHUNK_ROWS < n ? from + CHUNK_ROWS : n;
}

/* Loads the chunk of B from this position of the list on. */
static void load_chunk(struct score *s, uint64_t from)
{
    block_load(&s->rows.w->index, &s->b, from, (uint32_t)(chunk_end(s, from) - from));
    if (s->rows.w->module)
        scorer_bind_tile(s->b.array, s->b.n);
}

/* Counts the score of a pair, if that is wanted. */
static void count_score(struct score *s, double score)
{
    if (s->rows.w->task->bins)
        histogram_add(&s->rows.w->histogram, score, 1);
}

/* Scores the block against all of B. False if there are more than MAX_HITS hits. */
static bool score_block(struct score *s)
{
    struct worker *w = s->rows.w;
    s->n_hits = 0;
    for (uint64_t from = first_chunk(s, block_row(&s->a, 0)); from < s->b.list->n && !s->failed;
         from += CHUNK_ROWS) {
        load_chunk(s, from);
        for (uint32_t i = 0; i < s->a.n; i++) {
            uint32_t n = match_row(s, i);
            s->rows.pairs += n;
            if (w->task->count) {
                for (uint32_t k = 0; k < n; k++)
                    count_score(s, s->hit_scores[k]);
                continue;
            }
            if (s->n_hits + n > MAX_HITS)
                return false;
            for (uint32_t k = 0; k < n; k++)
                s->hits[s->n_hits++] =
                    (struct hit){i, (uint32_t)block_row(&s->b, s->hit_rows[k]), s->hit_scores[k]};
        }
    }
    return true;
}

/* Writes the hits of a block by row of A. Within a row they are in the order of B already. */
static void emit_block(struct score *s)
{
    uint32_t begin[BLOCK_ROWS + 2] = {0};
    struct hit *sorted = s->hits + MAX_HITS;
    for (uint32_t i = 0; i < s->n_hits; i++)
        begin[s->hits[i].a + 1]++;
    for (uint32_t a = 0; a < BLOCK_ROWS; a++)
        begin[a + 1] += begin[a];
    for (uint32_t i = 0; i < s->n_hits; i++)
        sorted[begin[s->hits[i].a]++] = s->hits[i];
    for (uint32_t i = 0; i < s->n_hits; i++) {
        const uint32_t a = sorted[i].a;
        if (i == 0 || a != sorted[i - 1].a) {
            rows_begin(&s->rows, block_row(&s->a, a));
            rows_partners(&s->rows, a ? begin[a] - begin[a - 1] : begin[a]);
        }
        count_score(s, sorted[i].score);
        emit_pair(s->rows.emit, sorted[i].b, sorted[i].score);
    }
}

/* Scores one row of A against all of B and writes it at once: for blocks with very many hits. */
static void score_row(struct score *s, uint32_t i)
{
    const uint64_t row = block_row(&s->a, i);
    uint64_t n_row = 0;
    for (uint64_t from = first_chunk(s, row); from < s->b.list->n && !s->failed;
         from += CHUNK_ROWS) {
        load_chunk(s, from);
        uint32_t n = match_row(s, i);
        if (n && n_row == 0)
            rows_begin(&s->rows, row);
        n_row += n;
        for (uint32_t k = 0; k < n; k++) {
            count_score(s, s->hit_scores[k]);
            emit_pair(s->rows.emit, block_row(&s->b, s->hit_rows[k]), s->hit_scores[k]);
        }
        s->rows.pairs += n;
    }
    if (n_row)
        rows_partners(&s->rows, n_row);
}

/* ---- The best matches of each row ------------------------------------------------------------*/

/* Row i of the block against block B: offers what can be among its best. */
static void offer_row(struct score *s, uint32_t i, struct best *best)
{
    s->goal = best_goal(best, &s->rows.w->task->goal);
    const uint32_t n = match_row(s, i);
    for (uint32_t k = 0; k < n; k++)
        best_offer(best, (struct best_match){s->hit_scores[k],
                                             (uint32_t)block_row(&s->b, s->hit_rows[k]), 0});
}

/* Writes, or counts, the best matches of row i in the order of B. */
static void write_best(struct score *s, uint32_t i, struct best *best)
{
    const uint32_t n = (uint32_t)best->n;
    best->n = 0;
    s->rows.pairs += n;
    for (uint32_t k = 0; k < n; k++)
        count_score(s, best->at[k].score);
    if (n)
        rows_partners(&s->rows, n);
    if (!s->rows.emit || n == 0)
        return;
    for (uint32_t k = 0; k < n; k++)
        s->match[k] = (struct emit_match){best->at[k].row, k};
    sort_matches(s->match, s->spare, n, s->rows.w->tables[1].head->n_rows);
    rows_begin(&s->rows, block_row(&s->a, i));
    for (uint32_t k = 0; k < n; k++)
        emit_pair(s->rows.emit, s->match[k].row, best->at[s->match[k].pair].score);
}

/* The rows of the block from `first` on, so many as are done together. */
static void score_best(struct score *s, uint32_t first)
{
    const uint32_t end = first + s->n_best < s->a.n ? first + s->n_best : s->a.n;
    for (uint64_t from = 0; from < s->b.list->n && !s->failed; from += CHUNK_ROWS) {
        load_chunk(s, from);
        for (uint32_t i = first; i < end; i++)
            offer_row(s, i, &s->best[i - first]);
    }
    for (uint32_t i = first; i < end && !s->failed; i++)
        write_best(s, i, &s->best[i - first]);
}

/* ---- The loop --------------------------------------------------------------------------------*/

/* Scores the block of A that is loaded, and writes its hits. False if these are too many for so
 * many rows; then nothing was done. */
static bool score_rows(struct score *s)
{
    const uint64_t before = s->rows.pairs;
    for (uint32_t i = 0; s->n_best && i < s->a.n && !s->failed; i += s->n_best)
        score_best(s, i);
    if (s->n_best)
        return true;
    if (!s->flood && score_block(s)) {
        if (s->rows.emit)
            emit_block(s);
        return true;
    }
    s->rows.pairs = before;
    if (s->a.n > FEW_ROWS)
        return false;
    for (uint32_t i = 0; i < s->a.n && !s->failed; i++)
        score_row(s, i);
    s->flood = s->rows.pairs - before > MAX_HITS / 2;
    return true;
}

/* A tile is one block of A or, where some rows take no part, as many as its rows make. */
static void score_tile(struct score *s)
{
    const struct worker *w = s->rows.w;
    uint64_t from, to;
    tile_rows(w->wire.orders, s->rows.tile, &from, &to);
    rows_are(&s->rows, from, to);
    const uint64_t end = row_list_from(s->a.list, to);
    uint64_t at = row_list_from(s->a.list, from);
    const uint64_t before = s->rows.pairs;
    for (uint32_t n; at < end && !s->failed; at += n) {
        const uint32_t most = s->many || s->flood ? FEW_ROWS : BLOCK_ROWS;
        n = end - at < most ? (uint32_t)(end - at) : most;
        block_load(&w->index, &s->a, at, n);
        if (!score_rows(s)) {
            s->many = true;
            n = 0;
        }
    }
    s->many = !w->task->count && s->rows.pairs - before > MAX_HITS / 2;
}

static bool score_fields(struct score *s, struct err *e)
{
    struct worker *w = s->rows.w;
    const struct wire_task *task = w->task;
    if (!w->module) {
        const struct metric_use use =
            worker_metric_use(&task->loop.metric, &task->sides, &w->index);
        s->a.list = &w->index.rows[0];
        s->b.list = &w->index.rows[1];
        bool ok = block_add(&s->a, &w->index, task->sides.field_a, BLOCK_ROWS) &&
                  block_add(&s->b, &w->index, task->sides.field_b, CHUNK_ROWS);
        return ok ? metric_open(&s->metric, &use, &w->index.dictionary.alphabet,
                                w->index.dictionary.max_length, e)
                  : err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    }
    return block_add_module(&s->a, &s->b, w, BLOCK_ROWS, CHUNK_ROWS, e);
}

/* Gets ready to keep the best matches of each row. */
static bool score_open_best(struct score *s, struct worker *w, struct err *e)
{
    if (!w->task->top)
        return true;
    s->n_best = w->task->top <= BEST_OF_BLOCK ? FEW_ROWS : 1;
    if (!worker_open_best(w, s->n_best, s->best, e))
        return false;
    s->match = malloc(s->best->most * sizeof *s->match);
    s->spare = malloc(s->best->most * sizeof *s->spare);
    return (s->match && s->spare) || err_set(e, ERR_OS, NULL, "not enough memory for a worker");
}

static bool score_open(struct score *s, struct worker *w, struct err *e)
{
    s->goal = w->task->goal;
    s->hits = malloc(2ull * MAX_HITS * sizeof *s->hits);
    s->hit_rows = malloc(CHUNK_ROWS * sizeof *s->hit_rows);
    s->hit_scores = malloc(CHUNK_ROWS * sizeof *s->hit_scores);
    if (!s->hits || !s->hit_rows || !s->hit_scores)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    return score_open_best(s, w, e) && rows_open(&s->rows, w, e) && score_fields(s, e);
}

static void score_close(struct score *s)
{
    scorer_bind_tile(NULL, 0);
    rows_close(&s->rows);
    block_close(&s->a);
    block_close(&s->b);
    metric_close(s->metric);
    free(s->hits);
    free(s->hit_rows);
    free(s->hit_scores);
    free(s->best->at);
    free(s->match);
    free(s->spare);
    free(s);
}

static bool work_loop(struct worker *w, struct err *e)
{
    struct score *s = calloc(1, sizeof *s);
    if (!s)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    s->e = e;
    bool ok = score_open(s, w, e);
    while (ok && rows_next(&s->rows)) {
        score_tile(s);
        ok = !s->failed;
        if (ok)
            rows_commit(&s->rows);
    }
    score_close(s);
    return ok;
}

const struct stage_kind stage_loop = {
    .what = "scoring",
    .work = work_loop,
    .has_rows = true,
    .runs_module = true,
};

/* ---- Probe -----------------------------------------------------------------------------------*/

static void probe_pairs(struct score *s)
{
    const struct worker *w = s->rows.w;
    struct wire_slot *slot = w->wire.slot;
    const uint64_t row_a = w->task->row_from;
    atomic_store(&slot->row_a, row_a);
    atomic_store(&slot->b_to, w->task->probe.b_to);
    atomic_store(&slot->tile, 0);
    for (uint32_t j = 0; j < s->b.n; j++) {
        const uint64_t row_b = block_row(&s->b, j);
        if (worker_next_reject(w, row_a, row_b) == row_b)
            continue;
        atomic_store(&slot->b_from, row_b);
        atomic_store(&slot->scoring, 1);
        w->done->work.score = w->module->score(s->a.array, 0, s->b.array, j);
        atomic_store(&slot->scoring, 0);
        worker_left_code(w);
    }
}

static bool work_probe(struct worker *w, struct err *e)
{
    const struct wire_task *task = w->task;
    struct score *s = calloc(1, sizeof *s);
    if (!s)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    s->rows.w = w;
    bool ok = score_fields(s, e);
    if (ok) {
        const uint64_t b_from = row_list_from(s->b.list, task->probe.b_from);
        block_load(&w->index, &s->a, row_list_from(s->a.list, task->row_from), 1);
        block_load(&w->index, &s->b, b_from,
                   (uint32_t)(row_list_from(s->b.list, task->probe.b_to) - b_from));
    }
    if (ok) {
        probe_pairs(s);
        worker_commit(w, (struct wire_frame){.tile = 0});
    }
    score_close(s);
    return ok;
}

const struct stage_kind stage_probe = {
    .what = "probing",
    .work = work_probe,
    .runs_module = true,
};
