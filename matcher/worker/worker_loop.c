/* The loop stage scores every pair of rows; the probe stage scores one run of pairs one by one.
 *
 * The loop scores a block of A against a chunk of B at a time, so that the chunk is built once for
 * the block and stays in cache; its matches are put in order at the end of the tile, or, where they
 * are too many for that, the tile is done row by row. */
#include "matcher/worker/worker_batch.h"
#include "matcher/worker/worker_internal.h"

#include "data/emit.h"
#include "matcher/engine/rejects.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_ROWS 64u      /* of A, at most, in a tile of the loop */
#define CHUNK_ROWS 1024u    /* of B at a time */
#define MAX_HITS (1u << 20) /* of a tile, before it is done row by row */

/* ---- Loop ------------------------------------------------------------------------------------*/

struct hit {
    uint32_t a; /* in the block */
    uint32_t b; /* row of B */
    double score;
};

struct score {
    struct rows rows;
    struct block a, b;
    struct metric_state *metric; /* when there is no module */
    struct hit *hits;
    uint32_t n_hits;
    uint32_t *hit_rows; /* of one call of match */
    double *hit_scores;
    bool flood;    /* the last tile had too many hits */
    bool failed;   /* the module's `match` gave what cannot be … */
    struct err *e; /* … as is said here */
};

/* Row i of block A against the rows [from, to) of block B by the metric; as axb_module.match. */
static uint32_t metric_match(struct score *s, uint32_t i, uint32_t from, uint32_t to)
{
    const struct dictionary *dictionary = &s->rows.w->index.dictionary;
    const axb_str a = s->a.text[0][i], *b = s->b.text[0];
    const struct wire_task *task = s->rows.w->task;
    double threshold = task->goal.threshold;
    double missing = metric_missing((enum metric_view)task->loop.metric.view);
    uint32_t n = 0;
    for (uint32_t j = from; j < to; j++) {
        double x = a.id && b[j].id ? metric_score(s->metric, dictionary_text(dictionary, a.id - 1),
                                                  dictionary_text(dictionary, b[j].id - 1))
                                   : missing;
        if (x >= threshold) {
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
 * `min`? */
static bool can_be_hits(const uint32_t *rows, const double *scores, uint32_t n, uint32_t from,
                        uint32_t to, double min)
{
    bool can_be = n <= to - from;
    for (uint32_t k = 0; can_be && k < n; k++) {
        can_be = rows[k] >= from && rows[k] < to && scores[k] >= min;
        from = rows[k] + 1;
    }
    return can_be;
}

/* Row i of block A against the rows [from, to) of block B by the module. The hits go after the
 * first `found`; returns their number. What a module returns is looked at before it is used: it may
 * come of any compiler and any hand. */
static uint32_t module_match(struct score *s, uint32_t i, uint32_t from, uint32_t to,
                             uint32_t found)
{
    const struct worker *w = s->rows.w;
    struct wire_slot *slot = w->wire.slot;
    const double min = w->task->goal.threshold;
    atomic_store_explicit(&slot->row_a, s->a.from + i, memory_order_relaxed);
    atomic_store_explicit(&slot->b_from, s->b.from + from, memory_order_relaxed);
    atomic_store_explicit(&slot->b_to, s->b.from + to, memory_order_relaxed);
    atomic_store_explicit(&slot->scoring, 1, memory_order_relaxed);
    uint32_t n = w->module->match(s->a.array, i, s->b.array, from, to, min, s->hit_rows + found,
                                  s->hit_scores + found);
    atomic_store_explicit(&slot->scoring, 0, memory_order_relaxed);
    if (can_be_hits(s->hit_rows + found, s->hit_scores + found, n, from, to, min))
        return n;
    s->failed = true;
    err_set(
        s->e, ERR_SCORER,
        "it is to give distinct rows of its range, in ascending order, that reach `min`",
        "the module's `match` gave pairs that cannot be, for row %llu of A and the rows %llu to "
        "%llu of B; it returned %u",
        (unsigned long long)(s->a.from + i + 1), (unsigned long long)(s->b.from + from + 1),
        (unsigned long long)(s->b.from + to), n);
    return 0;
}

/* Row i of block A against the rows of block B, in dedupe only those after row i. Rejected pairs
 * are left out: the module gets the runs between them. Returns the number of hits. */
static uint32_t match_row(struct score *s, uint32_t i)
{
    struct worker *w = s->rows.w;
    uint64_t row = s->a.from + i;
    uint32_t from = 0, to = s->b.n, found = 0;
    if (w->task->self && row >= s->b.from)
        from = row - s->b.from < to ? (uint32_t)(row - s->b.from) + 1 : to;
    if (!w->module)
        return metric_match(s, i, from, to);
    while (from < to && !s->failed) {
        uint64_t reject = worker_next_reject(w, row, s->b.from + from);
        uint32_t end = reject < s->b.from + to ? (uint32_t)(reject - s->b.from) : to;
        if (from < end)
            found += module_match(s, i, from, end, found);
        from = end + 1;
    }
    return found;
}

static uint64_t chunk_end(const struct score *s, uint64_t from)
{
    uint64_t n = s->rows.w->tables[1].head->n_rows;
    return from + CHUNK_ROWS < n ? from + CHUNK_ROWS : n;
}

/* Scores the block against all of B. False if there are more than MAX_HITS hits. */
static bool score_block(struct score *s)
{
    struct worker *w = s->rows.w;
    uint64_t rows_b = w->tables[1].head->n_rows;
    s->n_hits = 0;
    for (uint64_t from = w->task->self ? s->a.from : 0; from < rows_b && !s->failed;
         from += CHUNK_ROWS) {
        block_load(&w->index, &s->b, from, (uint32_t)(chunk_end(s, from) - from));
        for (uint32_t i = 0; i < s->a.n; i++) {
            uint32_t n = match_row(s, i);
            s->rows.pairs += n;
            if (w->task->count)
                continue;
            if (s->n_hits + n > MAX_HITS)
                return false;
            for (uint32_t k = 0; k < n; k++)
                s->hits[s->n_hits++] =
                    (struct hit){i, (uint32_t)from + s->hit_rows[k], s->hit_scores[k]};
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
        if (i == 0 || sorted[i].a != sorted[i - 1].a)
            rows_begin(&s->rows, s->a.from + sorted[i].a);
        emit_pair(s->rows.emit, sorted[i].b, sorted[i].score);
    }
}

/* Scores one row of A against all of B and writes it at once: for tiles with very many hits. */
static void score_row(struct score *s, uint32_t i)
{
    struct worker *w = s->rows.w;
    uint64_t rows_b = w->tables[1].head->n_rows, first = w->task->self ? s->a.from : 0;
    rows_begin(&s->rows, s->a.from + i);
    for (uint64_t from = first; from < rows_b && !s->failed; from += CHUNK_ROWS) {
        block_load(&w->index, &s->b, from, (uint32_t)(chunk_end(s, from) - from));
        uint32_t n = match_row(s, i);
        for (uint32_t k = 0; k < n; k++)
            emit_pair(s->rows.emit, from + s->hit_rows[k], s->hit_scores[k]);
        s->rows.pairs += n;
    }
}

static void score_tile(struct score *s)
{
    uint64_t from, to;
    struct worker *w = s->rows.w;
    tile_rows(w->wire.orders, s->rows.tile, &from, &to);
    block_load(&w->index, &s->a, from, (uint32_t)(to - from));
    if (!s->flood && score_block(s)) {
        if (s->rows.emit)
            emit_block(s);
        return;
    }
    s->rows.pairs = 0;
    for (uint32_t i = 0; i < s->a.n && !s->failed; i++)
        score_row(s, i);
    s->flood = s->rows.pairs > MAX_HITS / 2;
}

static bool score_fields(struct score *s, struct err *e)
{
    struct worker *w = s->rows.w;
    const struct wire_task *task = w->task;
    if (!w->module) {
        struct metric_use use = worker_metric_use(&task->loop.metric);
        bool ok = block_add(&s->a, &w->index, task->sides.field_a, BLOCK_ROWS) &&
                  block_add(&s->b, &w->index, task->sides.field_b, CHUNK_ROWS);
        return ok ? metric_open(&s->metric, &use, &w->index.dictionary.alphabet,
                                w->index.dictionary.max_length, e)
                  : err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    }
    return block_add_module(&s->a, &s->b, w, BLOCK_ROWS, CHUNK_ROWS, e);
}

static bool score_open(struct score *s, struct worker *w, struct err *e)
{
    s->hits = malloc(2ull * MAX_HITS * sizeof *s->hits);
    s->hit_rows = malloc(CHUNK_ROWS * sizeof *s->hit_rows);
    s->hit_scores = malloc(CHUNK_ROWS * sizeof *s->hit_scores);
    if (!s->hits || !s->hit_rows || !s->hit_scores)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    return rows_open(&s->rows, w, e) && score_fields(s, e);
}

static void score_close(struct score *s)
{
    rows_close(&s->rows);
    block_close(&s->a);
    block_close(&s->b);
    metric_close(s->metric);
    free(s->hits);
    free(s->hit_rows);
    free(s->hit_scores);
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
    atomic_store(&slot->row_a, s->a.from);
    atomic_store(&slot->b_to, s->b.from + s->b.n);
    atomic_store(&slot->tile, 0);
    for (uint32_t j = 0; j < s->b.n; j++) {
        uint64_t row_b = s->b.from + j;
        if (worker_next_reject(w, s->a.from, row_b) == row_b)
            continue;
        atomic_store(&slot->b_from, row_b);
        atomic_store(&slot->scoring, 1);
        w->done->work.score = w->module->score(s->a.array, 0, s->b.array, j);
        atomic_store(&slot->scoring, 0);
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
        block_load(&w->index, &s->a, task->row_from, 1);
        block_load(&w->index, &s->b, task->probe.b_from,
                   (uint32_t)(task->probe.b_to - task->probe.b_from));
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
