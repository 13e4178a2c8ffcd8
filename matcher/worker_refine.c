/* Refine: the pairs that joins over terms of an expression have found, and which of them match.
 *
 * For a row of A the candidates are the rows of B whose values the joins have paired with its own.
 * A gate drops what cannot match at a glance; of the rest one term after the other is computed for
 * many rows of B at once, and after each those are dropped whose score can no longer reach the
 * threshold (expr_eval.h). What is left matches; a scorer of the user's is called for it last. */
#include "matcher/expr_eval.h"
#include "matcher/gate.h"
#include "matcher/pairs.h"
#include "matcher/worker_parts.h"
#include "matcher/worker_rows.h"

#include <stdlib.h>
#include <string.h>

#define GATE_LEAST 24u   /* rows of a group for which the gate is worth its limits */
#define GATE_ROWS 4096u  /* rows that pass the gate at a time */
#define LIMITS (1u << 9) /* sets of limits that are kept */
#define NEEDS (1u << 10) /* needs that are kept */

/* One way to candidates, with views of what it reads. */
struct option {
    const struct wire_option *at;
    const struct side *a, *b; /* of its term */
    struct pairs pairs;
    struct gate_cards cards;
    struct metric_use gate_use;
};

/* Kept by value: what the gate's term must reach when the option's term has a value. */
struct need {
    uint32_t option;
    double given, need;
    bool used;
};

struct kept_limits {
    uint32_t option, length;
    double need;
    bool used;
    gate_limits limits;
};

struct refine {
    struct rows rows;
    const struct wire_task *task;
    const struct index *index;
    struct expr_eval eval, probe; /* the lanes; one lane more for needs */
    struct metric_state *metric[EXPR_MAX_TERMS];
    struct option option[WIRE_MAX_OPTIONS];
    struct wire_tally *tally;
    uint64_t row;                /* of A */
    uint32_t n;                  /* lanes in use */
    uint32_t row_b[EXPR_LANES];  /* of each lane */
    double known[EXPR_LANES];    /* the value of the option's term */
    struct match *match, *spare; /* of this row of A, as many as B has rows */
    double *score;
    uint32_t n_match;
    struct block a, b; /* one row each, for a module */
    uint32_t *passed;  /* GATE_ROWS */
    struct need *needs;
    struct kept_limits *limits;
};

/* ---- Leaves ----------------------------------------------------------------------------------*/

static const struct index_view *column_view(const struct refine *r, uint32_t column)
{
    return &r->index->field[r->task->expr.column[column].field];
}

static uint32_t place_of(const struct refine *r, uint32_t column, uint32_t lane)
{
    const struct index_view *v = column_view(r, column);
    return v->side.row_place[r->task->expr.column[column].side ? r->row_b[lane] : r->row];
}

static struct text text_of(const struct refine *r, uint32_t column, uint32_t place)
{
    return words_text(&r->index->words, column_view(r, column)->side.word[place]);
}

static void set_point(struct refine *r, uint32_t node, uint32_t lane, double value)
{
    r->eval.lo[node][lane] = r->eval.hi[node][lane] = value;
}

static void fill_column(struct refine *r, uint32_t node, uint32_t column)
{
    const double *number = column_view(r, column)->number;
    bool of_b = r->task->expr.column[column].side;
    for (uint32_t i = 0; i < r->n; i++)
        set_point(r, node, i, number[of_b ? r->row_b[i] : r->row]);
}

static void fill_same(struct refine *r, uint32_t node, const struct expr_node *v)
{
    const char *wanted = r->task->expr.text + v->text_at;
    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t place = place_of(r, v->index, i);
        bool same = false;
        if (place != TABLE_MISSING) {
            struct text t = text_of(r, v->index, place);
            same = t.utf8_bytes == v->text_bytes && memcmp(t.utf8, wanted, v->text_bytes) == 0;
        }
        set_point(r, node, i, same);
    }
}

static void fill_present(struct refine *r, uint32_t node, uint64_t columns)
{
    for (uint32_t i = 0; i < r->n; i++) {
        bool present = true;
        for (uint64_t left = columns; left; left &= left - 1)
            present = present && place_of(r, (uint32_t)__builtin_ctzll(left), i) != TABLE_MISSING;
        set_point(r, node, i, present);
    }
}

static void fill_term(struct refine *r, uint32_t node, uint32_t term, uint32_t known)
{
    double lo, hi;
    expr_term_range(&r->task->expr.term[term], &lo, &hi);
    if (term != known) {
        expr_eval_set(&r->eval, node, r->n, lo, hi);
        return;
    }
    for (uint32_t i = 0; i < r->n; i++)
        set_point(r, node, i, r->known[i]);
}

/* All leaves of the lanes: what costs little exactly, the terms by what they can be. */
static void fill_leaves(struct refine *r, uint32_t known)
{
    const struct expr *x = &r->task->expr;
    for (uint32_t i = 0; i < x->n_nodes; i++) {
        const struct expr_node *v = &x->node[i];
        if (v->op == EXPR_TERM)
            fill_term(r, i, v->index, known);
        else if (v->op == EXPR_COLUMN)
            fill_column(r, i, v->index);
        else if (v->op == EXPR_SAME)
            fill_same(r, i, v);
        else if (v->op == EXPR_PRESENT)
            fill_present(r, i, v->columns);
    }
}

/* The value of a term for a lane: 0 where a text is missing. */
static double term_value(struct refine *r, uint32_t term, uint32_t lane)
{
    const struct expr_term *t = &r->task->expr.term[term];
    uint32_t a = place_of(r, t->column_a, lane), b = place_of(r, t->column_b, lane);
    if (a == TABLE_MISSING || b == TABLE_MISSING)
        return 0;
    return metric_score(r->metric[term], text_of(r, t->column_a, a), text_of(r, t->column_b, b));
}

/* ---- Lanes -----------------------------------------------------------------------------------*/

/* Evaluates the lanes and keeps those that can still match. */
static void drop_lanes(struct refine *r)
{
    const struct expr *x = &r->task->expr;
    uint8_t keep[EXPR_LANES];
    uint32_t n = 0;
    expr_eval_run(&r->eval, r->n);
    for (uint32_t i = 0; i < r->n; i++) {
        keep[n] = (uint8_t)i;
        n += expr_can_match(&r->eval, &r->task->goal, i);
    }
    if (n == r->n)
        return;
    for (uint32_t k = 0; k < n; k++)
        r->row_b[k] = r->row_b[keep[k]];
    for (uint32_t node = 0; node < x->n_nodes; node++) {
        double *lo = r->eval.lo[node], *hi = r->eval.hi[node];
        if (x->node[node].op == EXPR_NUMBER)
            continue;
        for (uint32_t k = 0; k < n; k++) {
            lo[k] = lo[keep[k]];
            hi[k] = hi[keep[k]];
        }
    }
    r->n = n;
}

static void compute_term(struct refine *r, uint32_t term)
{
    const struct expr *x = &r->task->expr;
    double value[EXPR_LANES];
    uint32_t before = r->n;
    for (uint32_t i = 0; i < r->n; i++)
        value[i] = term_value(r, term, i);
    for (uint32_t node = 0; node < x->n_nodes; node++)
        if (x->node[node].op == EXPR_TERM && x->node[node].index == term)
            for (uint32_t i = 0; i < r->n; i++)
                set_point(r, node, i, value[i]);
    if (r->task->prune)
        drop_lanes(r);
    r->tally->computed[term] += before;
    r->tally->dropped[term] += before - r->n;
}

static void keep_match(struct refine *r, uint32_t row_b, double score)
{
    r->score[r->n_match] = score;
    r->match[r->n_match] = (struct match){row_b, r->n_match};
    r->n_match++;
}

/* The user's own function has the last word on the lanes that are left. */
static void score_lanes(struct refine *r)
{
    const struct worker *w = r->rows.w;
    for (uint32_t i = 0; i < r->n; i++) {
        block_load(r->index, &r->b, r->row_b[i], 1);
        atomic_store_explicit(&r->rows.slot->b_from, r->row_b[i], memory_order_relaxed);
        atomic_store_explicit(&r->rows.slot->b_to, r->row_b[i] + 1ull, memory_order_relaxed);
        double score = w->module->score(r->a.array, 0, r->b.array, 0);
        if (score >= r->task->min)
            keep_match(r, r->row_b[i], score);
    }
    r->tally->scored += r->n;
}

/* Which of the lanes match; afterwards none is in use. `known` is the term of their option. */
static void run_lanes(struct refine *r, uint32_t known)
{
    if (r->n == 0)
        return;
    fill_leaves(r, known);
    if (r->task->prune)
        drop_lanes(r);
    for (uint32_t s = 0; s < r->task->expr.n_terms && r->n; s++)
        if (r->task->step[s] != known)
            compute_term(r, r->task->step[s]);
    if (!r->task->prune)
        drop_lanes(r);
    if (r->rows.w->module)
        score_lanes(r);
    else
        for (uint32_t i = 0; i < r->n; i++)
            keep_match(r, r->row_b[i], r->eval.hi[r->task->goal.score][i]);
    r->n = 0;
}

static void add_lane(struct refine *r, const struct option *o, uint32_t row_b, double known)
{
    if (r->task->self && row_b <= r->row)
        return;
    r->row_b[r->n] = row_b;
    r->known[r->n] = known;
    if (++r->n == EXPR_LANES)
        run_lanes(r, o->at->term);
}

/* ---- The gate --------------------------------------------------------------------------------*/

static uint64_t mix(uint64_t x, uint64_t y)
{
    return (x ^ y * 0x9e3779b97f4a7c15ull) * 0xd6e8feb86659fd93ull >> 32;
}

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* What the option's gate must reach where its term has a value. */
static double gate_need(struct refine *r, const struct option *o, double given)
{
    uint32_t number = (uint32_t)(o - r->option);
    struct need *kept = &r->needs[mix(bits_of(given), number) % NEEDS];
    if (!kept->used || kept->option != number || bits_of(kept->given) != bits_of(given))
        *kept = (struct need){
            number, given,
            expr_need_given(&r->probe, &r->task->goal, o->at->gate, o->at->term, given), true};
    return kept->need;
}

static const gate_limits *limits_of(struct refine *r, const struct option *o, uint32_t length,
                                    double need)
{
    uint32_t number = (uint32_t)(o - r->option);
    struct kept_limits *kept = &r->limits[mix(bits_of(need), number * 64ull + length) % LIMITS];
    if (!kept->used || kept->option != number || kept->length != length || kept->need != need) {
        gate_limit(&o->gate_use, length, need, kept->limits);
        kept->used = true;
        kept->option = number;
        kept->length = length;
        kept->need = need;
    }
    return (const gate_limits *)&kept->limits;
}

/* ---- Candidates ------------------------------------------------------------------------------*/

/* Rows of B at positions [from, to) of the option's list: all of them, or those that pass. */
static void take_rows(struct refine *r, const struct option *o, uint64_t from, uint64_t to,
                      double known, const struct gate_card *card, const gate_limits *limits)
{
    const uint32_t *rows = o->pairs.b ? o->b->rows : NULL;
    r->tally->candidates += to - from;
    if (!limits) {
        for (uint64_t i = from; i < to; i++)
            add_lane(r, o, rows ? rows[i] : (uint32_t)i, known);
        return;
    }
    for (uint32_t n; from < to; from += n) {
        n = to - from < GATE_ROWS ? (uint32_t)(to - from) : GATE_ROWS;
        uint32_t passed = gate_kernels()->scan(card, &o->cards, from, n, *limits, r->passed);
        r->tally->gated += n - passed;
        for (uint32_t i = 0; i < passed; i++)
            add_lane(r, o, rows ? rows[from + r->passed[i]] : (uint32_t)from + r->passed[i], known);
    }
}

/* The card of the row of A for the gate; false if it has none that tells anything. */
static bool card_of(struct refine *r, const struct option *o, struct gate_card *card)
{
    if (o->at->gate == EXPR_NONE)
        return false;
    uint32_t column = r->task->expr.term[o->at->gate].column_a;
    uint32_t place = column_view(r, column)->side.row_place[r->row];
    card->length = GATE_MISSING;
    if (place != TABLE_MISSING)
        *card = gate_card(text_of(r, column, place));
    return card->length != GATE_LONG;
}

/* A run of rows of B for which the option's term has the same value. */
static void take_group(struct refine *r, const struct option *o, uint64_t from, uint64_t to,
                       double known, const struct gate_card *card)
{
    double need = card && to - from >= GATE_LEAST ? gate_need(r, o, known) : 0;
    bool missing = card && card->length == GATE_MISSING;
    if (need > 1 || (need > 0 && missing)) {
        r->tally->candidates += to - from;
        r->tally->gated += to - from;
        return;
    }
    take_rows(r, o, from, to, known, card, need > 0 ? limits_of(r, o, card->length, need) : NULL);
}

static void take_option(struct refine *r, const struct option *o)
{
    struct gate_card card = {0};
    const struct gate_card *gate = card_of(r, o, &card) ? &card : NULL;
    if (o->at->term == EXPR_NONE) {
        uint64_t from = r->task->self ? r->row + 1 : 0;
        take_group(r, o, from, r->rows.w->tables[1].head->n_rows, 0, gate);
        run_lanes(r, EXPR_NONE);
        return;
    }
    uint32_t place = o->a->row_place[r->row];
    if (place == TABLE_MISSING)
        return;
    for (uint64_t k = o->pairs.begin[place]; k < o->pairs.begin[place + 1]; k++)
        take_group(r, o, o->b->rows_begin[o->pairs.b[k]], o->b->rows_begin[o->pairs.b[k] + 1],
                   o->pairs.score[k], gate);
    run_lanes(r, o->at->term);
}

/* ---- Rows of A -------------------------------------------------------------------------------*/

/* Writes the matches of the row by row of B; what several options have found once. */
static void write_row(struct refine *r)
{
    uint32_t written = 0;
    if (r->n_match == 0)
        return;
    sort_matches(r->match, r->spare, r->n_match, r->rows.w->tables[1].head->n_rows);
    if (r->rows.emit)
        emit_row_a(r->rows.emit, r->row);
    for (uint32_t i = 0; i < r->n_match; i++) {
        if (i && r->match[i].row == r->match[i - 1].row)
            continue;
        written++;
        if (r->rows.emit)
            emit_pair(r->rows.emit, r->match[i].row, r->score[r->match[i].pair]);
    }
    r->rows.pairs += written;
}

static void refine_row(struct refine *r, uint64_t row)
{
    r->row = row;
    r->n_match = 0;
    if (r->rows.w->module)
        block_load(r->index, &r->a, row, 1);
    atomic_store_explicit(&r->rows.slot->row_a, row, memory_order_relaxed);
    for (uint32_t k = 0; k < r->task->n_options; k++)
        take_option(r, &r->option[k]);
    write_row(r);
}

/* ---- Beginning and end -----------------------------------------------------------------------*/

static const struct side *column_side(const struct refine *r, uint32_t column)
{
    return &column_view(r, column)->side;
}

static void open_option(struct refine *r, uint32_t k)
{
    const struct worker_option *given = &r->rows.w->option[k];
    struct option *o = &r->option[k];
    o->at = &r->task->option[k];
    if (o->at->gate != EXPR_NONE) {
        gate_view(&o->cards, given->cards);
        o->gate_use = expr_use(&r->task->expr.term[o->at->gate]);
    }
    if (o->at->term == EXPR_NONE)
        return;
    const struct expr_term *t = &r->task->expr.term[o->at->term];
    struct shm ordered = {.base = (char *)(uintptr_t)given->pairs};
    pairs_view(&o->pairs, &ordered);
    o->a = o->at->sliced ? &given->slice : column_side(r, t->column_a);
    o->b = column_side(r, t->column_b);
}

static bool open_memory(struct refine *r, struct err *e)
{
    /* Several options may find the same pair. */
    size_t room = (r->rows.w->tables[1].head->n_rows + 1) * (size_t)r->task->n_options;
    r->match = malloc(room * sizeof *r->match);
    r->spare = malloc(room * sizeof *r->spare);
    r->score = malloc(room * sizeof *r->score);
    r->passed = malloc(GATE_ROWS * sizeof *r->passed);
    r->needs = calloc(NEEDS, sizeof *r->needs);
    r->limits = calloc(LIMITS, sizeof *r->limits);
    return (r->match && r->spare && r->score && r->passed && r->needs && r->limits) ||
           err_set(e, ERR_OS, NULL, "not enough memory for a worker");
}

static bool refine_open(struct refine *r, struct worker *w, struct err *e)
{
    const struct words *words = &w->index.words;
    r->task = &w->control->task;
    r->index = &w->index;
    r->tally = &w->control->slot[w->number].tally;
    if (!rows_open(&r->rows, w, e) || !expr_eval_open(&r->eval, &r->task->expr, e) ||
        !expr_eval_open(&r->probe, &r->task->expr, e) || !open_memory(r, e))
        return false;
    for (uint32_t t = 0; t < r->task->expr.n_terms; t++) {
        struct metric_use use = expr_use(&r->task->expr.term[t]);
        if (!metric_open(&r->metric[t], &use, &words->alphabet, words->max_length, e))
            return false;
    }
    for (uint32_t k = 0; k < r->task->n_options; k++)
        open_option(r, k);
    return !w->module || block_add_module(&r->a, &r->b, w, 1, 1, e);
}

static void refine_close(struct refine *r)
{
    rows_close(&r->rows);
    expr_eval_close(&r->eval);
    expr_eval_close(&r->probe);
    for (uint32_t t = 0; t < EXPR_MAX_TERMS; t++)
        metric_close(r->metric[t]);
    block_close(&r->a);
    block_close(&r->b);
    free(r->match);
    free(r->spare);
    free(r->score);
    free(r->passed);
    free(r->needs);
    free(r->limits);
    free(r);
}

bool worker_refine(struct worker *w, struct err *e)
{
    struct refine *r = calloc(1, sizeof *r);
    if (!r)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    bool ok = refine_open(r, w, e);
    while (ok && rows_next(&r->rows)) {
        uint64_t from, to;
        tile_rows(r->task, r->rows.tile, &from, &to);
        for (uint64_t row = from; row < to && !r->rows.stopped; row++)
            refine_row(r, row);
        rows_commit(&r->rows);
    }
    refine_close(r);
    return ok;
}
