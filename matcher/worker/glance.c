/* States, tables, lanes. */
#include "matcher/worker/glance.h"
#include "core/base.h"
#include "matcher/metric/metric.h"

#include <math.h>
#include <stdlib.h>

/* States: levels of what unequal values reach at most, then these. */
#define LEVELS 256u
#define MISSING LEVELS
#define EQUAL (LEVELS + 1) /* and the rarity of the value */
#define STATES (EQUAL + PROFILE_RARITIES)

#define GRID 64u /* levels at equal distances, besides those where the expression changes */
#define MOST_CUTS 254u

/* Who says in which state a pair of columns is: an item of the profiles, and a term that compares
 * its texts. */
struct glance_reader {
    uint32_t item, term;
    bool compares;          /* false: the term weighs values, and levels say nothing */
    enum profile_kind kind; /* how it compares the items */
    bool swaps;             /* of edits: osa */
    uint16_t unknown;       /* the state of unequal texts of which nothing is known */
    uint32_t n_cuts;        /* level l is below cut[l], and from cut[l - 1] on */
    uint32_t n_prefixes;    /* 1: a common beginning says nothing */
    double cut[MOST_CUTS + 1];
    uint8_t *level; /* + 1, by both sizes, prefix and number in common; 0: not yet known */
};

/* ---- Levels ----------------------------------------------------------------------------------*/

static bool weighs_values(const struct glance *g, uint32_t term)
{
    return metric_at(g->x->term[term].metric)->flags & METRIC_WEIGHS_VALUES;
}

static bool same_columns(const struct expr *x, uint32_t s, uint32_t t)
{
    return x->term[s].column_a == x->term[t].column_a && x->term[s].column_b == x->term[t].column_b;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void add_cut(struct glance_reader *r, double cut)
{
    if (r->n_cuts < MOST_CUTS && cut > 0 && cut <= 1)
        r->cut[r->n_cuts++] = cut;
}

/* The numbers that a node holds its operand against, if that is the term. */
static void add_cuts_of(struct glance_reader *r, const struct expr *x, const struct expr_node *v)
{
    for (uint32_t k = 0; k < v->n_children; k++) {
        const struct expr_node *child = &x->node[v->child[k]];
        if (child->op != EXPR_TERM || child->index != r->term)
            continue;
        if (v->op == EXPR_STEPS)
            for (uint32_t i = 1; i < v->n_numbers; i += 2)
                add_cut(r, x->number[v->index + i]);
        else if (v->op >= EXPR_LT && v->op <= EXPR_NE && x->node[v->child[!k]].op == EXPR_NUMBER)
            add_cut(r, x->node[v->child[!k]].number);
    }
}

static void find_cuts(struct glance_reader *r, const struct expr *x)
{
    uint32_t n = 0;
    for (uint32_t i = 1; i <= GRID; i++)
        add_cut(r, (double)i / GRID);
    for (uint32_t i = 0; i < x->n_nodes; i++)
        add_cuts_of(r, x, &x->node[i]);
    qsort(r->cut, r->n_cuts, sizeof *r->cut, ascending);
    for (uint32_t i = 0; i < r->n_cuts; i++)
        if (n == 0 || r->cut[i] > r->cut[n - 1])
            r->cut[n++] = r->cut[i];
    r->n_cuts = n;
}

static uint32_t level_of(const struct glance_reader *r, double value)
{
    uint32_t from = 0, to = r->n_cuts;
    while (from < to) {
        const uint32_t middle = (from + to) / 2;
        if (r->cut[middle] <= value)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* ---- Tables ----------------------------------------------------------------------------------*/

struct tables {
    struct glance *g;
    const struct glance_reader *r;
    struct expr_eval eval;
    uint64_t columns; /* of the reader: of A and of B */
};

static bool is_of_columns(const struct tables *t, uint32_t term)
{
    return same_columns(t->g->x, term, t->r->term);
}

/* In the first n lanes the texts are there or, where one is missing, it is not known which. */
static void set_present(struct tables *t, uint32_t n, bool missing)
{
    const struct expr *x = t->g->x;
    for (uint32_t i = 0; i < x->n_nodes; i++)
        if (x->node[i].op == EXPR_PRESENT && !(x->node[i].columns & ~t->columns))
            expr_eval_set(&t->eval, i, n, !missing, !missing || x->node[i].columns != t->columns);
}

static void set_weights(struct tables *t, uint32_t lane, double lo, double hi)
{
    const struct expr *x = t->g->x;
    for (uint32_t i = 0; i < x->n_nodes; i++) {
        const struct expr_node *v = &x->node[i];
        if (v->op == EXPR_TERM && is_of_columns(t, v->index) && weighs_values(t->g, v->index)) {
            t->eval.lo[i][lane] = lo;
            t->eval.hi[i][lane] = hi;
        }
    }
}

static void set_term(struct tables *t, uint32_t lane, double lo, double hi)
{
    const struct expr *x = t->g->x;
    for (uint32_t i = 0; i < x->n_nodes && t->r->compares; i++)
        if (x->node[i].op == EXPR_TERM && x->node[i].index == t->r->term) {
            t->eval.lo[i][lane] = lo;
            t->eval.hi[i][lane] = hi;
        }
}

/* Evaluates n lanes, and puts what parts are at most there into the states from `state` on. */
static void take_states(struct tables *t, uint32_t state, uint32_t n)
{
    const struct expr_ceiling *c = &t->g->ceiling;
    expr_eval_run(&t->eval, n);
    for (uint32_t p = 0; p < c->n_parts; p++) {
        double *at = t->g->table + (uint64_t)p * STATES + state;
        const uint32_t node = c->part[p].node;
        for (uint32_t i = 0; i < n; i++) {
            const double end = c->part[p].end == CEILING_ABSENT   ? state + i == MISSING
                               : c->part[p].end == CEILING_LOWEST ? -t->eval.lo[node][i]
                                                                  : t->eval.hi[node][i];
            if (&t->g->reader[t->g->reader_of[p]] == t->r)
                at[i] = end == end ? end : (double)INFINITY;
        }
    }
}

static void take_unequal(struct tables *t)
{
    const struct expr_term *term = &t->g->x->term[t->r->term];
    double lo, hi;
    expr_term_range(term, &lo, &hi);
    expr_eval_set_unknown(&t->eval, EXPR_LANES);
    set_present(t, EXPR_LANES, false);
    for (uint32_t l = 0; l <= t->r->n_cuts; l++) {
        set_term(t, l, lo, l < t->r->n_cuts ? nextafter(t->r->cut[l], -1) : hi);
        set_weights(t, l, 0, 0);
    }
    take_states(t, 0, t->r->n_cuts + 1);
}

static void take_equal(struct tables *t)
{
    const struct expr_term *term = &t->g->x->term[t->r->term];
    double lo, hi, value;
    expr_term_range(term, &lo, &hi);
    if (profile_equal(term, &value))
        lo = hi = value;
    for (uint32_t from = 0; from < PROFILE_RARITIES; from += EXPR_LANES) {
        expr_eval_set_unknown(&t->eval, EXPR_LANES);
        set_present(t, EXPR_LANES, false);
        for (uint32_t i = 0; i < EXPR_LANES; i++) {
            const uint32_t level = from + i;
            const bool last = level == PROFILE_RARITIES - 1;
            set_term(t, i, lo, hi);
            set_weights(t, i, level ? (level - 1) / 16.0 : 0,
                        last ? (double)INFINITY : level / 16.0);
        }
        take_states(t, EQUAL + from, EXPR_LANES);
    }
}

static void take_missing(struct tables *t)
{
    const double value = metric_missing((enum metric_view)t->g->x->term[t->r->term].view);
    expr_eval_set_unknown(&t->eval, 1);
    set_present(t, 1, true);
    set_term(t, 0, value, value);
    set_weights(t, 0, 0, 0);
    take_states(t, MISSING, 1);
}

_Static_assert(PROFILE_LANES == EXPR_LANES, "all lanes are looked at together");
_Static_assert(PROFILE_RARITIES % EXPR_LANES == 0, "all lanes of a run are states");

/* ---- Beginning and end -----------------------------------------------------------------------*/

/* The reader for a part, as far as there are readers: its term's, or one of the same columns. The
 * number of readers if there is none. */
static uint32_t find_reader(const struct glance *g, uint32_t part)
{
    const uint32_t term = g->ceiling.part[part].term;
    uint32_t i = 0;
    while (i < g->n_readers && g->reader[i].term != term)
        i++;
    if (i == g->n_readers && weighs_values(g, term))
        for (i = 0; i < g->n_readers && g->reader[i].item != g->form->item[term];)
            i++;
    return i;
}

static bool open_reader(struct glance *g, uint32_t term, bool compares, struct err *e)
{
    struct glance_reader *r = &g->reader[g->n_readers++];
    const struct metric *m = metric_at(g->x->term[term].metric);
    *r = (struct glance_reader){.item = g->form->item[term],
                                .term = term,
                                .compares = compares,
                                .n_prefixes = m->flags & METRIC_PREFIX ? PROFILE_PREFIXES : 1};
    if (compares) {
        find_cuts(r, g->x);
        r->kind = g->form->source[r->item].kind;
    }
    r->swaps = m->edits && m->edits->kind == EDIT_OSA;
    r->unknown = (uint16_t)(m->flags & METRIC_EQUALITY ? 0 : r->n_cuts);
    r->level = calloc((size_t)PROFILE_LENGTHS * PROFILE_LENGTHS * PROFILE_LENGTHS, r->n_prefixes);
    return r->level || err_set(e, ERR_OS, NULL, "not enough memory for a worker");
}

/* One for each term with which a part compares texts, and one for each that weighs values where
 * none reads its item. */
static bool open_readers(struct glance *g, struct err *e)
{
    g->reader = calloc(EXPR_MAX_TERMS, sizeof *g->reader);
    if (!g->reader)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    for (int weighs = 0; weighs <= 1; weighs++)
        for (uint32_t p = 0; p < g->ceiling.n_parts; p++) {
            const uint32_t term = g->ceiling.part[p].term;
            if (weighs_values(g, term) == weighs && find_reader(g, p) == g->n_readers &&
                !open_reader(g, term, !weighs, e))
                return false;
        }
    for (uint32_t p = 0; p < g->ceiling.n_parts; p++)
        g->reader_of[p] = (uint8_t)find_reader(g, p);
    return true;
}

static void fill_tables(struct tables *t)
{
    for (uint32_t i = 0; i < t->g->n_readers; i++) {
        const struct expr_term *term = &t->g->x->term[t->g->reader[i].term];
        t->r = &t->g->reader[i];
        t->columns = UINT64_C(1) << term->column_a | UINT64_C(1) << term->column_b;
        take_unequal(t);
        take_equal(t);
        take_missing(t);
    }
    for (uint32_t p = 0; p < t->g->ceiling.n_parts; p++) {
        const double *table = t->g->table + (uint64_t)p * STATES;
        const struct glance_reader *r = &t->g->reader[t->g->reader_of[p]];
        t->g->least[p] = table[0];
        for (uint32_t l = 1; l <= r->n_cuts; l++)
            t->g->least[p] = least_double(table[l], t->g->least[p]);
    }
}

bool glance_open(struct glance *g, const struct expr *x, const struct expr_goal *goal,
                 struct profiles profiles, struct err *e)
{
    struct tables t = {.g = g};
    *g = (struct glance){.x = x, .goal = *goal, .form = profiles.form, .profiles = profiles};
    if (!expr_ceiling_make(&g->ceiling, x, goal))
        return err_set(e, ERR_SOFTWARE, NULL, "a glance says nothing of this expression");
    if (!open_readers(g, e))
        return false;
    g->slot = aligned_alloc(64, g->ceiling.n_slots * sizeof *g->slot);
    g->table = malloc((size_t)g->ceiling.n_parts * STATES * sizeof *g->table);
    g->state = malloc((g->n_readers + 1ull) * sizeof *g->state);
    if (!g->slot || !g->table || !g->state)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    expr_ceiling_fill(&g->ceiling, g->slot);
    if (!expr_eval_open(&t.eval, x, e))
        return false;
    fill_tables(&t);
    expr_eval_close(&t.eval);
    return true;
}

void glance_close(struct glance *g)
{
    for (uint32_t i = 0; i < g->n_readers; i++)
        free(g->reader[i].level);
    free(g->reader);
    free(g->slot);
    free(g->table);
    free(g->state);
}

/* ---- Looking ---------------------------------------------------------------------------------*/

/* The level of two unequal texts of known sizes. */
static inline uint32_t unequal_level(const struct glance *g, const struct glance_reader *r,
                                     uint32_t size_a, uint32_t size_b, uint32_t common,
                                     uint32_t prefix)
{
    uint8_t *level =
        &r->level[((size_a * PROFILE_LENGTHS + size_b) * r->n_prefixes + prefix) * PROFILE_LENGTHS +
                  common];
    if (!*level)
        *level = (uint8_t)(level_of(r, profile_most(&g->x->term[r->term], size_a, size_b, common,
                                                    prefix)) +
                           1);
    return *level - 1u;
}

/* Puts the items of a reader side by side, and what they have in common. */
static void compare(struct glance *g, const struct glance_reader *r)
{
    struct profile_lanes *l = &g->lanes;
    const struct profile_kernels *kernels = profile_kernels();
    const uint32_t n_items = g->form->n_items;
    for (uint32_t i = 0; i < g->n; i++) {
        const struct profile_item *a = &g->profiles.a[(uint64_t)g->row_a[i] * n_items + r->item];
        const struct profile_item *b = &g->profiles.b[(uint64_t)g->row_b[i] * n_items + r->item];
        l->sign_a[i] = a->sign;
        l->sign_b[i] = b->sign;
        l->more_a[i] = a->more;
        l->more_b[i] = b->more;
        g->equal[i] = a->id == b->id;
    }
    if (r->kind == PROFILE_GRAMS)
        kernels->grams(l, g->n);
    else if (r->kind == PROFILE_CHARACTERS)
        kernels->characters(l, g->n);
    else if (r->kind == PROFILE_EDITS)
        (r->swaps ? kernels->osa : kernels->levenshtein)(l, g->n);
}

static void find_states(struct glance *g, const struct glance_reader *r, uint16_t *state)
{
    const struct profile_lanes *l = &g->lanes;
    compare(g, r);
    for (uint32_t i = 0; i < g->n; i++) {
        const uint32_t size_a = l->more_a[i] >> 24, size_b = l->more_b[i] >> 24;
        if (size_a == PROFILE_MISSING || size_b == PROFILE_MISSING)
            state[i] = MISSING;
        else if (g->equal[i])
            state[i] =
                (uint16_t)(EQUAL +
                           g->profiles.rarity[(uint64_t)g->row_a[i] * g->form->n_items + r->item]);
        else if (r->kind == PROFILE_VALUE || size_a == PROFILE_LONG || size_b == PROFILE_LONG)
            state[i] = r->unknown;
        else
            state[i] = (uint16_t)unequal_level(g, r, size_a, size_b, l->common[i],
                                               r->n_prefixes > 1 ? l->prefix[i] : 0);
    }
}

/* The values of a known term say more than signatures do. */
static void know_states(const struct glance *g, const struct glance_reader *r, const double *value,
                        uint16_t *state)
{
    for (uint32_t i = 0; i < g->n; i++) {
        const uint32_t level = level_of(r, value[i]);
        state[i] = state[i] < LEVELS && level < state[i] ? (uint16_t)level : state[i];
    }
}

static void look_up(const struct glance *g, uint32_t part, const uint16_t *state)
{
    const double *table = g->table + (uint64_t)part * STATES;
    double *slot = g->slot[part];
    for (uint32_t i = 0; i < g->n; i++)
        slot[i] = table[state[i]];
}

/* What parts can be at most in the lanes that may match, above the least that they are in any
 * state: the exact value of their term would take some of it. */
static void add_room(struct glance *g, const uint16_t *lane, uint32_t n)
{
    for (uint32_t p = 0; p < g->ceiling.n_parts; p++) {
        const uint16_t *state = g->state[g->reader_of[p]];
        double sum = 0;
        if (g->reader[g->reader_of[p]].kind == PROFILE_EDITS)
            continue; /* what the exact value is, is nearly known */
        for (uint32_t i = 0; i < n; i++)
            if (state[lane[i]] < LEVELS)
                sum += g->slot[p][lane[i]] - g->least[p];
        if (g->ceiling.part[p].end != CEILING_ABSENT && sum < (double)INFINITY)
            g->room[g->ceiling.part[p].term] += sum;
    }
}

uint32_t glance_look(struct glance *g, const uint32_t known[2], uint32_t bar_row, double bar,
                     uint16_t *lane)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < g->n_readers; k++) {
        const struct glance_reader *r = &g->reader[k];
        uint16_t *state = g->state[k];
        find_states(g, r, state);
        for (uint32_t j = 0; j < 2; j++)
            if (r->compares && known[j] == r->term)
                know_states(g, r, g->value[j], state);
        for (uint32_t p = 0; p < g->ceiling.n_parts; p++)
            if (g->reader_of[p] == k)
                look_up(g, p, state);
    }
    expr_ceiling_run(&g->ceiling, g->slot, g->n);
    for (uint32_t i = 0; i < g->n; i++) {
        const double threshold = g->row_a[i] == bar_row ? bar : g->goal.threshold;
        lane[n] = (uint16_t)i;
        n += expr_ceiling_may(&g->ceiling, g->slot, threshold, i);
    }
    add_room(g, lane, n);
    return n;
}

/* The reader whose states say something of a term; n_readers if there is none. */
static uint32_t reader_for(const struct glance *g, uint32_t term)
{
    uint32_t k = 0;
    if (weighs_values(g, term))
        while (k < g->n_readers && !same_columns(g->x, g->reader[k].term, term))
            k++;
    else
        while (k < g->n_readers && g->reader[k].term != term)
            k++;
    return k;
}

/* What a state says of a term that compares texts, whose values are in `range`, and whose equal
 * texts have the value `equal`; NaN: that is not known. */
static struct expr_span compared_in(const struct glance_reader *r, struct expr_span range,
                                    double equal, double missing, uint32_t state)
{
    if (state == MISSING)
        return (struct expr_span){missing, missing};
    if (state >= EQUAL)
        return equal == equal ? (struct expr_span){equal, equal} : range;
    return state < r->n_cuts ? (struct expr_span){range.lo, nextafter(r->cut[state], -1)} : range;
}

/* The rarity of a value, which is in `range`. */
static struct expr_span weighed_in(struct expr_span range, uint32_t state)
{
    if (state <= EQUAL)
        return (struct expr_span){0, 0};
    return (struct expr_span){(state - EQUAL - 1) / 16.0,
                              state < STATES - 1 ? (state - EQUAL) / 16.0 : range.hi};
}

bool glance_ranges(const struct glance *g, uint32_t term, uint16_t (*state)[EXPR_LANES], uint32_t n,
                   double *lo, double *hi)
{
    const uint32_t k = reader_for(g, term);
    const struct expr_term *t = &g->x->term[term];
    const double missing = metric_missing((enum metric_view)t->view);
    const bool weighs = weighs_values(g, term);
    struct expr_span whole;
    double equal;
    if (k == g->n_readers)
        return false;
    if (!profile_equal(t, &equal))
        equal = (double)NAN;
    expr_term_range(t, &whole.lo, &whole.hi);
    for (uint32_t i = 0; i < n; i++) {
        const struct expr_span range =
            weighs ? weighed_in(whole, state[k][i])
                   : compared_in(&g->reader[k], whole, equal, missing, state[k][i]);
        lo[i] = range.lo;
        hi[i] = range.hi;
    }
    return true;
}
