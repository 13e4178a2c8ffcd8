/* Lanes, terms, gates. */
#include "matcher/worker/refine.h"
#include "core/hash.h"
#include "core/shm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PREFILTER_ROWS 4096u /* rows that go through the prefilter at a time */
#define LIMITS (1u << 12)    /* sets of limits that are kept */
#define NEEDS (1u << 10)     /* needs that are kept */
#define SEEN (1u << 17)      /* pairs that are remembered */

/* Kept by value: what the prefilter's term must reach if the option's term has a value. */
struct refine_need {
    uint32_t option;
    double given, need;
    bool used;
};

struct refine_limits {
    uint32_t option, length;
    double need;
    bool used;
    signature_limits limits;
};

/* ---- Leaves ----------------------------------------------------------------------------------*/

static void set_values(struct refine *r, uint32_t node, const double *value)
{
    memcpy(r->eval.lo[node], value, r->n * sizeof *value);
    memcpy(r->eval.hi[node], value, r->n * sizeof *value);
}

/* The number of the known term, 0 or 1; -1 if the term is not known. */
static int known_number(const struct refine *r, uint32_t term)
{
    return term == r->known[0] ? 0 : term == r->known[1] ? 1 : -1;
}

static void fill_term(struct refine *r, uint32_t node, uint32_t term)
{
    double lo, hi;
    int known = known_number(r, term);
    if (known >= 0) {
        set_values(r, node, r->value[known]);
        return;
    }
    if (r->looks &&
        glance_ranges(r->glance, term, r->state, r->n, r->eval.lo[node], r->eval.hi[node]))
        return;
    expr_term_range(&r->task->expr.term[term], &lo, &hi);
    expr_eval_set(&r->eval, node, r->n, lo, hi);
}

/* Fills all leaves of the lanes: the cheap ones exactly, the terms by their range. */
static void fill_leaves(struct refine *r)
{
    const struct expr *x = &r->task->expr;
    double value[EXPR_LANES];
    for (uint32_t i = 0; i < x->n_nodes; i++) {
        const struct expr_node *v = &x->node[i];
        if (v->op == EXPR_TERM) {
            fill_term(r, i, v->index);
        } else if (v->op == EXPR_COLUMN || v->op == EXPR_SAME || v->op == EXPR_PRESENT) {
            terms_leaf(&r->terms, v, r->row_a, r->row_b, r->n, value);
            set_values(r, i, value);
        }
    }
}

/* ---- Lanes -----------------------------------------------------------------------------------*/

/* Keeps the lanes that can still match, once they are evaluated. */
static void drop_lanes(struct refine *r)
{
    const struct expr *x = &r->task->expr;
    uint8_t keep[EXPR_LANES];
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->n; i++) {
        keep[n] = (uint8_t)i;
        n += expr_can_match(&r->eval, r->row_a[i] == r->bar_row ? &r->bar : &r->task->goal, i);
    }
    if (n == r->n)
        return;
    for (uint32_t k = 0; k < n; k++) {
        r->row_a[k] = r->row_a[keep[k]];
        r->row_b[k] = r->row_b[keep[k]];
    }
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

static void compute_values(struct refine *r, uint32_t term)
{
    const struct expr *x = &r->task->expr;
    double value[EXPR_LANES];
    terms_values(&r->terms, term, r->row_a, r->row_b, r->n, value);
    for (uint32_t node = 0; node < x->n_nodes; node++)
        if (x->node[node].op == EXPR_TERM && x->node[node].index == term)
            set_values(r, node, value);
    r->tally->computed[term] += r->n;
}

/* Computes a set of terms for all lanes, and drops those that can no longer match; that counts for
 * `first`, one of them. */
static void compute_terms(struct refine *r, uint32_t first, uint64_t terms)
{
    const uint32_t before = r->n;
    for (uint64_t left = terms; left; left &= left - 1)
        compute_values(r, (uint32_t)__builtin_ctzll(left));
    if (r->task->prune) {
        expr_eval_run_terms(&r->eval, terms, r->n);
        drop_lanes(r);
    }
    r->tally->dropped[first] += before - r->n;
}

/* Calls the module for each lane. How it leaves the processor is looked at after each row of A. */
static void score_each(struct refine *r, double *scores)
{
    struct wire_slot *slot = r->w->wire.slot;
    for (uint32_t i = 0; i < r->n; i++) {
        scores[i] = NAN;
        if (i > 0 && r->row_a[i] != r->row_a[i - 1])
            worker_left_code(r->w);
        if (worker_next_reject(r->w, r->row_a[i], r->row_b[i]) == r->row_b[i])
            continue;
        atomic_store_explicit(&slot->row_a, r->row_a[i], memory_order_relaxed);
        atomic_store_explicit(&slot->b_from, r->row_b[i], memory_order_relaxed);
        atomic_store_explicit(&slot->b_to, r->row_b[i] + 1ull, memory_order_relaxed);
        atomic_store_explicit(&slot->scoring, 1, memory_order_relaxed);
        scores[i] = r->w->module->score(r->a.array, i, r->b.array, i);
        atomic_store_explicit(&slot->scoring, 0, memory_order_relaxed);
    }
    worker_left_code(r->w);
}

/* Calls the user's function for the lanes that are left, and keeps those whose score matches. */
static void score_lanes(struct refine *r)
{
    double scores[EXPR_LANES];
    block_gather(r->index, &r->a, r->row_a, r->n);
    block_gather(r->index, &r->b, r->row_b, r->n);
    if (r->w->score_run)
        r->w->score_run(r->w, r->a.array, r->row_a, r->b.array, r->row_b, r->n, scores);
    else
        score_each(r, scores);
    for (uint32_t i = 0; i < r->n; i++)
        if (expr_goal_takes(&r->task->goal, scores[i]))
            r->keep(r, r->row_a[i], r->row_b[i], scores[i]);
    r->tally->scored += r->n;
}

/* The order of the terms. The lanes are what a glance lets pass, which is not what it was planned
 * for: so those come first of which the glance knows least. */
static void order_terms(struct refine *r, uint32_t *step)
{
    const uint32_t n = r->task->expr.n_terms;
    memcpy(step, r->task->refine.step, n * sizeof *step);
    if (!r->looks)
        return;
    for (uint32_t s = 1; s < n; s++) {
        const uint32_t term = step[s];
        uint32_t at = s;
        for (; at > 0 && r->glance->room[step[at - 1]] < r->glance->room[term]; at--)
            step[at] = step[at - 1];
        step[at] = term;
    }
    memset(r->glance->room, 0, sizeof r->glance->room);
}

/* Computes the terms that are not known, one after the other, while there are lanes. */
static void compute_all(struct refine *r)
{
    uint32_t step[EXPR_MAX_TERMS];
    uint64_t done = 0;
    order_terms(r, step);
    for (uint32_t i = 0; i < 2; i++)
        done |= r->known[i] == EXPR_NONE ? 0 : UINT64_C(1) << r->known[i];
    for (uint32_t s = 0; s < r->task->expr.n_terms && r->n; s++) {
        const uint64_t terms = r->together[step[s]] & ~done;
        if (done >> step[s] & 1)
            continue;
        compute_terms(r, step[s], terms);
        done |= terms;
    }
}

static void decide(struct refine *r)
{
    if (r->n == 0)
        return;
    fill_leaves(r);
    if (r->task->prune) {
        expr_eval_run(&r->eval, r->n);
        drop_lanes(r);
    }
    compute_all(r);
    if (!r->task->prune) {
        expr_eval_run(&r->eval, r->n);
        drop_lanes(r);
    }
    if (r->w->module)
        score_lanes(r);
    else
        for (uint32_t i = 0; i < r->n; i++)
            r->keep(r, r->row_a[i], r->row_b[i], r->eval.hi[r->task->goal.score][i]);
    r->n = 0;
}

/* Has a pair come before? A match is found by many options, and one decision is enough. A pair that
 * has been forgotten is decided on again. */
static bool is_repeated(struct refine *r, uint32_t row_a, uint32_t row_b)
{
    const uint64_t pair = (uint64_t)row_a << 32 | row_b;
    uint64_t *seen = &r->seen[hash_mix3(pair, 0, 0) % SEEN];
    const bool repeated = *seen == pair;
    *seen = pair;
    return repeated;
}

/* Gives a candidate a lane. */
static void admit(struct refine *r, uint32_t row_a, uint32_t row_b, double first, double second)
{
    if (r->seen && is_repeated(r, row_a, row_b)) {
        r->tally->repeated++;
        return;
    }
    r->row_a[r->n] = row_a;
    r->row_b[r->n] = row_b;
    r->value[0][r->n] = first;
    r->value[1][r->n] = second;
    if (++r->n == EXPR_LANES)
        decide(r);
}

/* Gives a candidate that a glance lets pass a lane, with its states. */
static void admit_lane(struct refine *r, uint32_t lane)
{
    const struct glance *g = r->glance;
    for (uint32_t k = 0; k < g->n_readers; k++)
        r->state[k][r->n] = g->state[k][lane];
    admit(r, g->row_a[lane], g->row_b[lane], g->value[0][lane], g->value[1][lane]);
}

/* A glance that drops less than a fifth costs more than it saves: it rests for a while. All lanes
 * that are decided on together have been looked at, or none. */
static void judge_glance(struct refine *r)
{
    const bool pays = r->dropped >= r->looked / 5;
    if (r->looked < (r->looks ? REFINE_GLANCE_TRIAL : REFINE_GLANCE_REST))
        return;
    r->looked = r->dropped = 0;
    if (r->looks && pays)
        return;
    decide(r);
    r->looks = !r->looks;
}

/* Lanes for the candidates that may match, as their profiles say. */
static void look(struct refine *r)
{
    struct glance *g = r->glance;
    uint16_t lane[EXPR_LANES];
    const uint32_t n = glance_look(g, r->known, r->bar_row, r->bar.threshold, lane);
    r->tally->glanced += g->n - n;
    r->looked += g->n;
    r->dropped += g->n - n;
    g->n = 0;
    for (uint32_t i = 0; i < n; i++)
        admit_lane(r, lane[i]);
    judge_glance(r);
}

void refine_add(struct refine *r, uint32_t row_a, uint32_t row_b, double first, double second)
{
    if (r->task->self && row_b <= row_a)
        return;
    if (r->looks) {
        if (glance_add(r->glance, row_a, row_b, first, second))
            look(r);
        return;
    }
    admit(r, row_a, row_b, first, second);
    if (r->glance) {
        r->looked++;
        judge_glance(r);
    }
}

void refine_flush(struct refine *r)
{
    if (r->looks)
        look(r);
    decide(r);
}

/* ---- The prefilter ---------------------------------------------------------------------------*/

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

double refine_need(struct refine *r, const struct refine_option *o, double given)
{
    uint32_t number = (uint32_t)(o - r->option);
    struct refine_need *kept = &r->needs[hash_mix3(bits_of(given), number, 0) % NEEDS];
    if (!kept->used || kept->option != number || bits_of(kept->given) != bits_of(given))
        *kept = (struct refine_need){
            number, given,
            expr_need_given(&r->probe, &r->task->goal, o->at->prefilter, o->at->term, given), true};
    return kept->need;
}

static const signature_limits *limits_of(struct refine *r, const struct refine_option *o,
                                         uint32_t length, double need)
{
    uint32_t number = (uint32_t)(o - r->option);
    struct refine_limits *kept = &r->limits[hash_mix3(bits_of(need), number, length) % LIMITS];
    if (!kept->used || kept->option != number || kept->length != length || kept->need != need) {
        prefilter_limit(&o->prefilter_use, length, need, kept->limits);
        kept->used = true;
        kept->option = number;
        kept->length = length;
        kept->need = need;
    }
    return (const signature_limits *)&kept->limits;
}

/* ---- Candidates ------------------------------------------------------------------------------*/

/* Adds the rows of B at positions [from, to) of the option's list: with limits those that pass the
 * prefilter, without limits all. */
static void add_rows(struct refine *r, const struct refine_option *o, uint32_t row_a, uint64_t from,
                     uint64_t to, double given, const struct signature *signature,
                     const signature_limits *limits)
{
    const uint32_t *rows = o->b ? o->b->rows : r->index->rows[1].row;
    r->tally->candidates += to - from;
    if (!limits) {
        for (uint64_t i = from; i < to; i++)
            refine_add(r, row_a, rows ? rows[i] : (uint32_t)i, given, o->at->sure_value);
        return;
    }
    for (uint32_t n; from < to; from += n) {
        n = to - from < PREFILTER_ROWS ? (uint32_t)(to - from) : PREFILTER_ROWS;
        uint32_t passed =
            signature_kernels()->scan(signature, &o->prefilter.b, from, n, *limits, r->passed);
        r->tally->prefiltered += n - passed;
        for (uint32_t i = 0; i < passed; i++)
            refine_add(r, row_a, rows ? rows[from + r->passed[i]] : (uint32_t)from + r->passed[i],
                       given, o->at->sure_value);
    }
}

void refine_group(struct refine *r, const struct refine_option *o, uint32_t row_a, uint64_t from,
                  uint64_t to, double given)
{
    const struct signature *signature =
        o->at->prefilter != EXPR_NONE ? &o->prefilter.a[row_a] : NULL;
    const signature_limits *limits = NULL;
    if (signature && signature->length != SIGNATURE_LONG) {
        double need = refine_need(r, o, given);
        if (need > 1 || (need > 0 && signature->length == SIGNATURE_MISSING)) {
            r->tally->candidates += to - from;
            r->tally->prefiltered += to - from;
            return;
        }
        limits = need > 0 ? limits_of(r, o, signature->length, need) : NULL;
    }
    add_rows(r, o, row_a, from, to, given, signature, limits);
}

/* ---- Beginning and end -----------------------------------------------------------------------*/

static const struct side *column_side(const struct refine *r, uint32_t column)
{
    return &r->index->field[r->task->expr.column[column].field].side;
}

static void open_option(struct refine *r, uint32_t k)
{
    const struct worker_option *given = &r->w->option[k];
    struct refine_option *o = &r->option[k];
    o->at = &r->task->refine.option[k];
    if (o->at->prefilter != EXPR_NONE) {
        prefilter_view(&o->prefilter, given->signatures);
        o->prefilter_use = expr_use(&r->task->expr.term[o->at->prefilter]);
    }
    if (o->at->term == EXPR_NONE)
        return;
    const struct expr_term *t = &r->task->expr.term[o->at->term];
    pairs_view(&o->pairs, given->pairs);
    o->a = o->at->compound ? &given->compounds.a.side
           : o->at->ranged ? &given->row_range
                           : column_side(r, t->column_a);
    o->b = o->at->compound ? &given->compounds.b.side : column_side(r, t->column_b);
}

static bool open_memory(struct refine *r, struct err *e)
{
    r->passed = malloc(PREFILTER_ROWS * sizeof *r->passed);
    r->needs = calloc(NEEDS, sizeof *r->needs);
    r->limits = calloc(LIMITS, sizeof *r->limits);
    const bool several = r->task->refine.n_options > 1;
    r->seen = several ? malloc(SEEN * sizeof *r->seen) : NULL;
    if (r->seen)
        memset(r->seen, 0xff, SEEN * sizeof *r->seen); /* no pair of rows */
    return (r->passed && r->needs && r->limits && (r->seen || !several)) ||
           err_set(e, ERR_OS, NULL, "not enough memory for a worker");
}

/* Each term, and with it those that only weigh the values of its columns: these cost less than to
 * evaluate the expression once more. */
static void find_together(struct refine *r)
{
    const struct expr *x = &r->task->expr;
    for (uint32_t t = 0; t < x->n_terms; t++)
        r->together[t] = UINT64_C(1) << t;
    for (uint32_t i = 0; i < x->n_terms; i++) {
        const struct expr_term *weight = &x->term[i];
        if (!(metric_at(weight->metric)->flags & METRIC_WEIGHS_VALUES))
            continue;
        for (uint32_t t = 0; t < x->n_terms; t++)
            if (x->term[t].column_a == weight->column_a && x->term[t].column_b == weight->column_b)
                r->together[t] |= UINT64_C(1) << i;
    }
}

static bool open_glance(struct refine *r, struct err *e)
{
    r->glance = calloc(1, sizeof *r->glance);
    r->state = malloc(EXPR_MAX_TERMS * sizeof *r->state);
    if (!r->glance || !r->state)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    r->looks = true;
    return glance_open(r->glance, &r->task->expr, &r->task->goal, profiles_view(r->w->profiles), e);
}

bool refine_open(struct refine *r, struct worker *w, struct err *e)
{
    r->w = w;
    r->known[0] = r->known[1] = r->bar_row = EXPR_NONE;
    r->task = w->task;
    r->index = &w->index;
    r->tally = &w->done->work.tally;
    if (!expr_eval_open(&r->eval, &r->task->expr, e) ||
        !expr_eval_open(&r->probe, &r->task->expr, e) || !open_memory(r, e) ||
        !terms_open(&r->terms, &r->task->expr, r->index, e))
        return false;
    find_together(r);
    if (r->task->refine.profiled && !open_glance(r, e))
        return false;
    for (uint32_t k = 0; k < r->task->refine.n_options; k++)
        open_option(r, k);
    return !w->module || block_add_module(&r->a, &r->b, w, EXPR_LANES, EXPR_LANES, e);
}

void refine_close(struct refine *r)
{
    expr_eval_close(&r->eval);
    expr_eval_close(&r->probe);
    terms_close(&r->terms);
    if (r->glance)
        glance_close(r->glance);
    free(r->glance);
    free(r->state);
    block_close(&r->a);
    block_close(&r->b);
    free(r->passed);
    free(r->seen);
    free(r->needs);
    free(r->limits);
}
