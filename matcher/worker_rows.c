/* The stages whose tiles are runs of rows of A and whose bytes the boss writes in order.
 *
 * Bytes go to the ring in frames while the tile is being worked on, so that a tile may be larger
 * than any buffer; the frame marked last commits it. The loop stage scores a block of A against a
 * chunk of B at a time, so that the chunk is built once for the block and stays in cache; its
 * matches are put in order at the end of the tile, or, where they are too many for that, the tile
 * is done row by row. */
#include "matcher/worker_rows.h"

#include "matcher/worker_parts.h"

#include "data/emit.h"
#include "matcher/pairs.h"
#include "matcher/rejects.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_ROWS 64u   /* of A, at most, in a tile of the loop */
#define CHUNK_ROWS 1024u /* of B at a time */
#define FEW 32u          /* matches that are sorted by inserting; more by FEW_BITS a pass … */
#define FEW_BITS 7u
#define MANY 2048u /* … and from here on by MANY_BITS */
#define MANY_BITS 11u
#define MAX_HITS (1u << 20) /* of a tile, before it is done row by row */

/* ---- Handing over ----------------------------------------------------------------------------*/

static void rows_put(struct rows *r, const char *p, size_t n, uint32_t pairs, bool last)
{
    struct wire_frame frame = {(uint32_t)r->tile, (uint32_t)n, pairs, last, r->tapped};
    r->stopped = r->stopped || !wire_put(r->w->control, r->w->number, frame, p);
}

/* Takes lines, drops the bytes that were written before, cuts what is longer than a frame: that is
 * one line, and its last piece counts it. */
static void rows_flush(void *context, const char *p, size_t n, uint32_t n_lines)
{
    struct rows *r = context;
    size_t frame_bytes = r->w->control->task.ring_bytes / 4;
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
    if (!emit_open(&r->emit, &task->emit, &w->tables[0], &w->tables[1], rows_flush, r, e))
        return false;
    emit_set_terms(r->emit, rows_terms);
    return !task->emit.n_terms || terms_open(&r->terms, &task->expr, &w->index, e);
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
    uint64_t n = c->task.n_tapped, *at = &r->next_tapped;
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

/* ---- Emit: the pairs of a join, expanded to rows ---------------------------------------------*/

struct expand {
    struct rows rows;
    struct pairs pairs;
    struct match *match, *spare; /* of one row of A: as many as B has rows */
    size_t n_matches;
    uint64_t row;   /* whose matches they are */
    uint32_t place; /* of that row */
    bool listed;    /* the emitter's list has all of them: it serves the next rows of this place */
};

static void sort_few(struct match *m, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct match x = m[i];
        size_t k = i;
        for (; k && m[k - 1].row > x.row; k--)
            m[k] = m[k - 1];
        m[k] = x;
    }
}

/* One pass of a radix sort by `bits` bits from `shift`. */
static inline void sort_pass(const struct match *from, struct match *to, size_t n, unsigned shift,
                             unsigned bits)
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

void sort_matches(struct match *m, struct match *spare, size_t n, uint64_t n_rows)
{
    struct match *from = m, *to = spare;
    unsigned bits = n < MANY ? FEW_BITS : MANY_BITS; /* counting must cost less than moving */
    if (n <= FEW) {
        sort_few(m, n);
        return;
    }
    for (unsigned shift = 0; shift < 32 && (n_rows - 1) >> shift; shift += bits) {
        sort_pass(from, to, n, shift, bits);
        struct match *swap = from;
        from = to;
        to = swap;
    }
    if (from != m)
        memcpy(m, from, n * sizeof *m);
}

/* The rows of B that match a row of A, which has place `place`, into x->match. First where they
 * stand, then the rows: so the processor waits for many distant places of memory at once. */
static size_t gather(const struct expand *x, uint32_t place, uint64_t row)
{
    const struct worker *w = x->rows.w;
    const struct side *b = &w->index.field[w->control->task.field_b].side;
    const uint32_t *value = x->pairs.b + x->pairs.begin[place];
    const double *score = x->pairs.score + x->pairs.begin[place];
    size_t n = 0, n_pairs = x->pairs.begin[place + 1] - x->pairs.begin[place];
    struct match *run = x->spare; /* from which of b->rows, how many */
    uint64_t least = w->control->task.self ? row + 1 : 0;
    for (size_t k = 0; k < n_pairs; k++) {
        run[k] = (struct match){(uint32_t)b->rows_begin[value[k]], side_multiplicity(b, value[k])};
        __builtin_prefetch(b->rows + run[k].row);
        __builtin_prefetch(score + k);
    }
    for (size_t k = 0; k < n_pairs; k++)
        for (uint32_t i = 0; i < run[k].pair; i++) {
            x->match[n] = (struct match){b->rows[run[k].row + i], (uint32_t)k};
            n += x->match[n].row >= least;
        }
    return n;
}

/* The same where the pairs are pairs of rows. */
static size_t gather_rows(const struct expand *x, uint64_t row)
{
    uint64_t first = x->pairs.begin[row], n = x->pairs.begin[row + 1] - first;
    for (uint64_t k = 0; k < n; k++)
        x->match[k] = (struct match){x->pairs.b[first + k], (uint32_t)k};
    return n;
}

/* The first match behind a row, in order. */
static uint32_t first_behind(const struct match *m, size_t n, uint64_t row)
{
    size_t from = 0;
    while (n) {
        size_t half = n / 2;
        bool behind = m[from + half].row > row;
        from += behind ? 0 : half + 1;
        n = behind ? half : n - half - 1;
    }
    return (uint32_t)from;
}

/* Writes all matches of a row, a list after the other; whether one list was enough. */
static bool write_matches(struct expand *x, size_t n)
{
    const double *score = x->pairs.score + x->pairs.begin[x->place];
    struct emit *emit = x->rows.emit;
    bool whole = true;
    emit_list_clear(emit);
    for (size_t i = 0; i < n && !x->rows.stopped;) {
        if (emit_list_add(emit, x->match[i].row, score[x->match[i].pair])) {
            i++;
            continue;
        }
        emit_list_write(emit, 0);
        emit_list_clear(emit);
        whole = false;
    }
    emit_list_write(emit, 0);
    return whole;
}

static void expand_row(struct expand *x, uint64_t row)
{
    const struct worker *w = x->rows.w;
    bool self = w->control->task.self;
    bool by_rows = w->control->task.by_rows;
    uint32_t place = by_rows ? (uint32_t)row : w->a->row_place[row];
    if (place == TABLE_MISSING || x->pairs.begin[place] == x->pairs.begin[place + 1])
        return;
    rows_begin(&x->rows, row);
    if (x->listed && place == x->place && row > x->row) {
        emit_list_write(x->rows.emit, self ? first_behind(x->match, x->n_matches, row) : 0);
        return;
    }
    x->place = place;
    x->row = row;
    x->n_matches = by_rows ? gather_rows(x, row) : gather(x, place, row);
    sort_matches(x->match, x->spare, x->n_matches, w->tables[1].head->n_rows);
    bool whole = write_matches(x, x->n_matches);
    x->listed = whole && !w->control->task.emit.n_terms; /* terms are of pairs of rows */
}

bool worker_emit(struct worker *w, struct err *e)
{
    struct expand x = {0};
    size_t room = w->tables[1].head->n_rows + 1;
    struct shm ordered = {.base = (char *)(uintptr_t)w->pairs};
    pairs_view(&x.pairs, &ordered);
    x.match = malloc(room * sizeof *x.match);
    x.spare = malloc(room * sizeof *x.spare);
    bool ok = x.match && x.spare;
    if (!ok)
        err_set(e, ERR_OS, NULL, "not enough memory to expand matches");
    ok = ok && rows_open(&x.rows, w, e);
    while (ok && rows_next(&x.rows)) {
        const uint64_t *tile_row = x.pairs.tile_row + x.rows.tile;
        for (uint64_t row = tile_row[0]; row < tile_row[1] && !x.rows.stopped; row++)
            expand_row(&x, row);
        rows_commit(&x.rows);
    }
    rows_close(&x.rows);
    free(x.match);
    free(x.spare);
    return ok;
}

/* ---- Loop: every pair of rows, scored --------------------------------------------------------*/

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
    bool flood; /* the last tile had too many hits */
};

static axb_str word_text(const struct words *words, uint32_t word)
{
    if (word == TABLE_MISSING)
        return (axb_str){0};
    struct text t = words_text(words, word);
    return (axb_str){t.utf8, t.utf8_bytes, t.id};
}

static uint32_t row_word(const struct side *side, uint64_t row)
{
    uint32_t place = side->row_place[row];
    return place == TABLE_MISSING ? TABLE_MISSING : side->word[place];
}

/* Points to what the module has prepared of a row. */
static void set_prepared(struct block *block, uint32_t i, uint64_t row)
{
    if (block->prepared)
        block->prepared[i] = block->first + row * block->prepared_bytes;
    block->array[block->n_fields] = block->prepared;
}

void block_load(const struct index *index, struct block *block, uint64_t from, uint32_t n)
{
    block->from = from;
    block->n = n;
    for (uint32_t i = 0; i < n; i++)
        set_prepared(block, i, from + i);
    for (uint32_t k = 0; k < block->n_fields; k++) {
        const struct index_view *v = &index->field[block->field[k]];
        if (v->number) {
            block->array[k] = v->number + from;
            continue;
        }
        for (uint32_t i = 0; i < n; i++)
            block->text[k][i] = word_text(&index->words, row_word(&v->side, from + i));
        block->array[k] = block->text[k];
    }
}

/* The texts of a field; what they are made of is asked for before it is needed. */
static void gather_texts(const struct index *index, struct block *block, uint32_t k,
                         const uint32_t *rows, uint32_t n)
{
    const struct words *words = &index->words;
    uint32_t word[BLOCK_GATHER];
    words_gather(words, &index->field[block->field[k]].side, rows, n, word);
    for (uint32_t i = 0; i < n; i++)
        if (word[i] != TABLE_MISSING)
            __builtin_prefetch(&words->utf8_begin[word[i]]);
    for (uint32_t i = 0; i < n; i++) {
        block->text[k][i] = word_text(words, word[i]);
        __builtin_prefetch(block->text[k][i].p);
    }
}

void block_gather(const struct index *index, struct block *block, const uint32_t *rows, uint32_t n)
{
    block->n = n;
    for (uint32_t i = 0; i < n; i++)
        set_prepared(block, i, rows[i]);
    for (uint32_t k = 0; k < block->n_fields; k++) {
        const double *number = index->field[block->field[k]].number;
        if (!number) {
            gather_texts(index, block, k, rows, n);
            block->array[k] = block->text[k];
            continue;
        }
        for (uint32_t i = 0; i < n; i++)
            block->number[k][i] = number[rows[i]];
        block->array[k] = block->number[k];
    }
}

bool block_add(struct block *block, const struct index *index, uint32_t field, uint32_t rows)
{
    uint32_t k = block->n_fields++;
    bool text = !index->field[field].number;
    block->field[k] = field;
    block->text[k] = text ? malloc(rows * sizeof(axb_str)) : NULL;
    block->number[k] = text ? NULL : malloc(rows * sizeof(double));
    return block->text[k] || block->number[k];
}

void block_close(struct block *block)
{
    for (uint32_t k = 0; k < block->n_fields; k++) {
        free(block->text[k]);
        free(block->number[k]);
    }
    free(block->prepared);
}

static bool add_prepared(struct block *block, const struct worker *w, uint64_t before,
                         uint32_t rows)
{
    block->prepared_bytes = w->control->task.prepared_bytes;
    block->first = w->prepared + before * block->prepared_bytes;
    block->prepared = calloc(rows, sizeof *block->prepared);
    return block->prepared;
}

bool block_add_module(struct block *a, struct block *b, const struct worker *w, uint32_t rows_a,
                      uint32_t rows_b, struct err *e)
{
    const uint32_t *field = w->control->task.field;
    bool ok = true;
    for (uint32_t k = 0; ok && k < w->module->n_fields; k++)
        ok = w->module->fields[k].side == 0 ? block_add(a, &w->index, field[k], rows_a)
                                            : block_add(b, &w->index, field[k], rows_b);
    if (ok && w->prepared)
        ok = add_prepared(a, w, 0, rows_a) && add_prepared(b, w, w->tables[0].head->n_rows, rows_b);
    return ok || err_set(e, ERR_OS, NULL, "not enough memory for a worker");
}

/* Row i of block A against rows from..to of block B by the built-in metric; as axb_module.match. */
static uint32_t metric_match(struct score *s, uint32_t i, uint32_t from, uint32_t to)
{
    const struct words *words = &s->rows.w->index.words;
    const axb_str a = s->a.text[0][i], *b = s->b.text[0];
    const struct wire_task *task = &s->rows.w->control->task;
    double min = task->min, missing = metric_missing((enum metric_view)task->view);
    uint32_t n = 0;
    for (uint32_t j = from; j < to; j++) {
        double x = a.id && b[j].id ? metric_score(s->metric, words_text(words, a.id - 1),
                                                  words_text(words, b[j].id - 1))
                                   : missing;
        if (x >= min) {
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

/* Row i of block A against rows from..to of block B by the module; the hits stand behind the first
 * `found`, and their number is returned. */
static uint32_t module_match(struct score *s, uint32_t i, uint32_t from, uint32_t to,
                             uint32_t found)
{
    const struct worker *w = s->rows.w;
    struct wire_slot *slot = s->rows.slot;
    atomic_store_explicit(&slot->row_a, s->a.from + i, memory_order_relaxed);
    atomic_store_explicit(&slot->b_from, s->b.from + from, memory_order_relaxed);
    atomic_store_explicit(&slot->b_to, s->b.from + to, memory_order_relaxed);
    atomic_store_explicit(&slot->scoring, 1, memory_order_relaxed);
    uint32_t n = w->module->match(s->a.array, i, s->b.array, from, to, w->control->task.min,
                                  s->hit_rows + found, s->hit_scores + found);
    atomic_store_explicit(&slot->scoring, 0, memory_order_relaxed);
    return n;
}

/* Row i of block A against the rows of block B that are in question: all, or those behind it; and
 * of these the runs between rejected pairs. */
static uint32_t match_row(struct score *s, uint32_t i)
{
    struct worker *w = s->rows.w;
    uint64_t row = s->a.from + i;
    uint32_t from = 0, to = s->b.n, found = 0;
    if (w->control->task.self && row >= s->b.from)
        from = row - s->b.from < to ? (uint32_t)(row - s->b.from) + 1 : to;
    if (!w->module)
        return metric_match(s, i, from, to);
    while (from < to) {
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

static void note_progress(struct score *s, uint64_t pairs)
{
    uint64_t done = atomic_load_explicit(&s->rows.slot->pairs_done, memory_order_relaxed);
    atomic_store_explicit(&s->rows.slot->pairs_done, done + pairs, memory_order_relaxed);
}

/* Scores the block against all of B; false if the hits became too many to be kept. */
static bool score_block(struct score *s)
{
    struct worker *w = s->rows.w;
    uint64_t rows_b = w->tables[1].head->n_rows;
    s->n_hits = 0;
    for (uint64_t from = w->control->task.self ? s->a.from : 0; from < rows_b; from += CHUNK_ROWS) {
        block_load(&w->index, &s->b, from, (uint32_t)(chunk_end(s, from) - from));
        for (uint32_t i = 0; i < s->a.n; i++) {
            uint32_t n = match_row(s, i);
            s->rows.pairs += n;
            if (w->control->task.count)
                continue;
            if (s->n_hits + n > MAX_HITS)
                return false;
            for (uint32_t k = 0; k < n; k++)
                s->hits[s->n_hits++] =
                    (struct hit){i, (uint32_t)from + s->hit_rows[k], s->hit_scores[k]};
        }
        note_progress(s, (uint64_t)s->a.n * s->b.n);
        if (atomic_load_explicit(&w->control->stop, memory_order_relaxed))
            break;
    }
    return true;
}

/* Writes the hits of a block by row of A; within a row they are in order of B already. */
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

/* One row of A against all of B, written at once: for tiles with very many hits. */
static void score_row(struct score *s, uint32_t i)
{
    struct worker *w = s->rows.w;
    uint64_t rows_b = w->tables[1].head->n_rows, first = w->control->task.self ? s->a.from : 0;
    rows_begin(&s->rows, s->a.from + i);
    for (uint64_t from = first; from < rows_b && !s->rows.stopped; from += CHUNK_ROWS) {
        block_load(&w->index, &s->b, from, (uint32_t)(chunk_end(s, from) - from));
        uint32_t n = match_row(s, i);
        for (uint32_t k = 0; k < n; k++)
            emit_pair(s->rows.emit, from + s->hit_rows[k], s->hit_scores[k]);
        s->rows.pairs += n;
        note_progress(s, s->b.n);
    }
}

static void score_tile(struct score *s)
{
    uint64_t from, to;
    struct worker *w = s->rows.w;
    tile_rows(w->control, s->rows.tile, &from, &to);
    block_load(&w->index, &s->a, from, (uint32_t)(to - from));
    if (!s->flood && score_block(s)) {
        if (s->rows.emit)
            emit_block(s);
        return;
    }
    s->rows.pairs = 0;
    for (uint32_t i = 0; i < s->a.n; i++)
        score_row(s, i);
    s->flood = s->rows.pairs > MAX_HITS / 2;
}

static bool score_fields(struct score *s, struct err *e)
{
    struct worker *w = s->rows.w;
    const struct wire_task *task = &w->control->task;
    if (!w->module) {
        struct metric_use use = worker_metric_use(task);
        bool ok = block_add(&s->a, &w->index, task->field_a, BLOCK_ROWS) &&
                  block_add(&s->b, &w->index, task->field_b, CHUNK_ROWS);
        return ok ? metric_open(&s->metric, &use, &w->index.words.alphabet,
                                w->index.words.max_length, e)
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

bool worker_score(struct worker *w, struct err *e)
{
    struct score *s = calloc(1, sizeof *s);
    if (!s)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    bool ok = score_open(s, w, e);
    while (ok && rows_next(&s->rows)) {
        score_tile(s);
        rows_commit(&s->rows);
    }
    score_close(s);
    return ok;
}

/* ---- Probe: one run of pairs, one by one -----------------------------------------------------*/

static void probe_pairs(struct score *s)
{
    const struct worker *w = s->rows.w;
    struct wire_slot *slot = s->rows.slot;
    atomic_store(&slot->row_a, s->a.from);
    atomic_store(&slot->b_to, s->b.from + s->b.n);
    atomic_store(&slot->tile, 0);
    for (uint32_t j = 0; j < s->b.n; j++) {
        uint64_t row_b = s->b.from + j;
        if (worker_next_reject(w, s->a.from, row_b) == row_b)
            continue;
        atomic_store(&slot->b_from, row_b);
        atomic_store(&slot->scoring, 1);
        slot->score = w->module->score(s->a.array, 0, s->b.array, j);
        atomic_store(&slot->scoring, 0);
    }
}

bool worker_probe(struct worker *w, struct err *e)
{
    const struct wire_task *task = &w->control->task;
    struct score *s = calloc(1, sizeof *s);
    if (!s)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    s->rows.w = w;
    s->rows.slot = &w->control->slot[w->number];
    bool ok = score_fields(s, e);
    if (ok) {
        block_load(&w->index, &s->a, task->row_from, 1);
        block_load(&w->index, &s->b, task->probe_from,
                   (uint32_t)(task->probe_to - task->probe_from));
    }
    if (ok)
        probe_pairs(s);
    score_close(s);
    return ok;
}
