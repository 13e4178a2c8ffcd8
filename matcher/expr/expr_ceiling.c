/* The tree is followed from its root to its parts. */
#include "matcher/expr/expr_ceiling.h"
#include "core/bits.h"

#include <math.h>

/* While the tree is followed parts have numbers from here on: nobody knows yet how many slots there
 * will be. */
#define PARTS_FROM (1u << 30)

/* What a node depends on. */
struct reads {
    bool other;          /* a column or a text, or terms of several pairs of columns */
    uint32_t term;       /* as in ceiling_part; EXPR_NONE: no term */
    uint32_t n_of_texts; /* different terms that are metrics of texts; 2: or more */
    uint64_t present;    /* columns */
};

struct making {
    struct expr_ceiling *c;
    const struct expr *x;
    bool full; /* it has more slots than there can be */
    struct reads reads[EXPR_MAX_NODES];
    bool valued[EXPR_MAX_NODES]; /* as in expr_find_valued */
};

/* ---- Parts -----------------------------------------------------------------------------------*/

static bool of_texts(const struct expr *x, uint32_t term)
{
    return !(metric_at(x->term[term].metric)->flags & METRIC_WEIGHS_VALUES);
}

static bool same_columns(const struct expr *x, uint32_t s, uint32_t t)
{
    return x->term[s].column_a == x->term[t].column_a && x->term[s].column_b == x->term[t].column_b;
}

static struct reads both(const struct expr *x, struct reads r, struct reads s)
{
    struct reads out = {r.other || s.other, r.term, r.n_of_texts, r.present | s.present};
    if (s.term == EXPR_NONE)
        return out;
    if (r.term == EXPR_NONE)
        return (struct reads){out.other, s.term, s.n_of_texts, out.present};
    out.other |= !same_columns(x, r.term, s.term);
    if (!r.n_of_texts)
        out.term = s.term;
    out.n_of_texts = r.n_of_texts && s.n_of_texts && r.term != s.term
                         ? 2
                         : (r.n_of_texts > s.n_of_texts ? r.n_of_texts : s.n_of_texts);
    return out;
}

/* Children come before their parents. */
static void find_reads(struct making *m)
{
    for (uint32_t i = 0; i < m->x->n_nodes; i++) {
        const struct expr_node *v = &m->x->node[i];
        struct reads r = {v->op == EXPR_COLUMN || v->op == EXPR_SAME, EXPR_NONE, 0, 0};
        if (v->op == EXPR_TERM)
            r = (struct reads){false, v->index, of_texts(m->x, v->index), 0};
        if (v->op == EXPR_PRESENT)
            r.present = v->columns;
        for (uint32_t k = 0; k < v->n_children; k++)
            r = both(m->x, r, m->reads[v->child[k]]);
        m->reads[i] = r;
    }
}

static bool is_part(const struct making *m, uint32_t node)
{
    const struct reads *r = &m->reads[node];
    if (r->other || r->term == EXPR_NONE || r->n_of_texts > 1)
        return false;
    const struct expr_term *t = &m->x->term[r->term];
    return !(r->present & ~(UINT64_C(1) << t->column_a | UINT64_C(1) << t->column_b));
}

/* ---- Slots -----------------------------------------------------------------------------------*/

/* One more of what has `n` so far. */
static uint32_t one_more(struct making *m, uint32_t *n)
{
    m->full |= *n + 1 >= CEILING_MAX_SLOTS;
    return m->full ? 0 : (*n)++;
}

static uint32_t add_part(struct making *m, uint32_t node, enum ceiling_end end, uint32_t term)
{
    const uint32_t i = one_more(m, &m->c->n_parts);
    m->c->part[i] = (struct ceiling_part){node, end, term};
    return PARTS_FROM + i;
}

static uint32_t add_constant(struct making *m, double number)
{
    const uint32_t slot = one_more(m, &m->c->n_slots);
    m->c->constant[one_more(m, &m->c->n_constants)] = (struct ceiling_constant){slot, number};
    return slot;
}

static uint32_t add_step(struct making *m, enum expr_op op, uint32_t x, uint32_t y)
{
    const uint32_t slot = one_more(m, &m->c->n_slots);
    m->c->step[one_more(m, &m->c->n_steps)] = (struct ceiling_step){op, slot, x, y, x};
    return slot;
}

static uint32_t highest(struct making *m, uint32_t node);

/* The slot of the lower end of a node, negated. */
static uint32_t lowest(struct making *m, uint32_t node)
{
    const struct expr_node *v = &m->x->node[node];
    if (is_part(m, node))
        return add_part(m, node, CEILING_LOWEST, m->reads[node].term);
    if (v->op == EXPR_NUMBER)
        return add_constant(m, -v->number);
    return v->op == EXPR_NEG ? highest(m, v->child[0]) : add_constant(m, (double)INFINITY);
}

static bool is_truth(const struct expr *x, uint32_t node)
{
    const uint16_t op = x->node[node].op;
    return (op >= EXPR_LT && op <= EXPR_OR) || op == EXPR_MISSING;
}

/* Of a node that is asked for its truth: 0 or 1. */
static uint32_t truth(struct making *m, uint32_t node)
{
    return is_truth(m->x, node) ? highest(m, node) : add_constant(m, 1);
}

/* x >= number, or the like, where `flipped` the number comes first. */
static uint32_t comparison(struct making *m, const struct expr_node *v, enum expr_op op,
                           bool flipped)
{
    const uint32_t x = v->child[flipped], y = v->child[!flipped];
    if (m->x->node[y].op != EXPR_NUMBER)
        return add_constant(m, 1);
    const uint32_t slot = highest(m, x);
    return add_step(m, op, slot, add_constant(m, m->x->node[y].number));
}

static uint32_t product(struct making *m, const struct expr_node *v)
{
    const bool first = m->x->node[v->child[0]].op == EXPR_NUMBER;
    const struct expr_node *number = &m->x->node[v->child[!first]];
    const bool keeps = number->op == EXPR_NUMBER &&
                       (v->op == EXPR_MUL ? number->number >= 0 : !first && number->number > 0);
    if (!keeps)
        return add_constant(m, (double)INFINITY);
    const uint32_t slot = highest(m, v->child[first]);
    return add_step(m, (enum expr_op)v->op, slot, add_constant(m, number->number));
}

static uint32_t pair_step(struct making *m, enum expr_op op, uint32_t x, uint32_t y)
{
    const uint32_t first = highest(m, x);
    return add_step(m, op, first, highest(m, y));
}

static uint32_t truth_step(struct making *m, enum expr_op op, const struct expr_node *v)
{
    const uint32_t first = truth(m, v->child[0]);
    return add_step(m, op, first, truth(m, v->child[1]));
}

/* What is chosen by a condition that cannot hold is left out. */
static uint32_t choice(struct making *m, const struct expr_node *v)
{
    const uint32_t condition = truth(m, v->child[0]);
    const uint32_t slot = pair_step(m, EXPR_IF, v->child[1], v->child[2]);
    if (!m->full)
        m->c->step[m->c->n_steps - 1].z = condition;
    return slot;
}

/* The slot that says whether one of a set of columns may be missing; of none that they may not. */
static uint32_t absence(struct making *m, uint32_t node, uint64_t columns)
{
    uint32_t slot = EXPR_NONE;
    for (uint32_t t = 0; t < m->x->n_terms && columns; t++) {
        const struct expr_term *at = &m->x->term[t];
        const uint64_t both = UINT64_C(1) << at->column_a | UINT64_C(1) << at->column_b;
        if ((columns & both) != both)
            continue;
        const uint32_t part = add_part(m, node, CEILING_ABSENT, t);
        slot = slot == EXPR_NONE ? part : add_step(m, EXPR_MAX, slot, part);
        columns &= ~both;
    }
    return columns || slot == EXPR_NONE ? add_constant(m, columns != 0) : slot;
}

/* What has a value wherever texts are there is replaced only where one may be missing. */
static uint32_t replacement(struct making *m, const struct expr_node *v)
{
    const struct expr_node *present = &m->x->node[v->child[0]];
    if (present->op != EXPR_PRESENT || !m->valued[v->child[1]])
        return pair_step(m, EXPR_MAX, v->child[1], v->child[2]);
    const uint32_t absent = absence(m, v->child[0], present->columns);
    const uint32_t slot = pair_step(m, EXPR_IF, v->child[2], v->child[1]);
    if (!m->full)
        m->c->step[m->c->n_steps - 1].z = absent;
    return slot;
}

/* The slot of the upper end of an inner node that is no part. */
static uint32_t inner(struct making *m, uint32_t node)
{
    const struct expr_node *v = &m->x->node[node];
    switch ((int)v->op) {
    case EXPR_ADD:
    case EXPR_MIN:
    case EXPR_MAX:
    case EXPR_SOFT_MIN:
        return pair_step(m, (enum expr_op)v->op, v->child[0], v->child[1]);
    case EXPR_SUB: {
        const uint32_t first = highest(m, v->child[0]);
        return add_step(m, EXPR_ADD, first, lowest(m, v->child[1]));
    }
    case EXPR_NEG:
        return lowest(m, v->child[0]);
    case EXPR_MUL:
    case EXPR_DIV:
        return product(m, v);
    case EXPR_IF:
        return choice(m, v);
    case EXPR_IF_MISSING:
        return replacement(m, v);
    case EXPR_AND:
        return truth_step(m, EXPR_MIN, v);
    case EXPR_OR:
        return truth_step(m, EXPR_MAX, v);
    case EXPR_GE:
    case EXPR_GT:
        return comparison(m, v, (enum expr_op)v->op, false);
    case EXPR_LE:
        return comparison(m, v, EXPR_GE, true);
    case EXPR_LT:
        return comparison(m, v, EXPR_GT, true);
    default:
        return add_constant(m, is_truth(m->x, node) ? 1 : (double)INFINITY);
    }
}

static uint32_t highest(struct making *m, uint32_t node)
{
    const struct expr_node *v = &m->x->node[node];
    if (is_part(m, node))
        return add_part(m, node, CEILING_HIGHEST, m->reads[node].term);
    return v->op == EXPR_NUMBER ? add_constant(m, v->number) : inner(m, node);
}

/* ---- The whole -------------------------------------------------------------------------------*/

/* Puts the parts first. */
static uint32_t final_slot(const struct expr_ceiling *c, uint32_t slot)
{
    return slot >= PARTS_FROM ? slot - PARTS_FROM : slot + c->n_parts;
}

static void number_slots(struct expr_ceiling *c)
{
    for (uint32_t i = 0; i < c->n_constants; i++)
        c->constant[i].slot = final_slot(c, c->constant[i].slot);
    for (uint32_t i = 0; i < c->n_steps; i++) {
        struct ceiling_step *s = &c->step[i];
        *s = (struct ceiling_step){s->op, final_slot(c, s->out), final_slot(c, s->x),
                                   final_slot(c, s->y), final_slot(c, s->z)};
    }
    c->score = c->score == EXPR_NONE ? EXPR_NONE : final_slot(c, c->score);
    c->where = c->where == EXPR_NONE ? EXPR_NONE : final_slot(c, c->where);
    c->n_slots += c->n_parts;
}

bool expr_ceiling_make(struct expr_ceiling *c, const struct expr *x, const struct expr_goal *goal)
{
    struct making m = {.c = c, .x = x};
    *c = (struct expr_ceiling){.score = EXPR_NONE, .where = EXPR_NONE};
    find_reads(&m);
    expr_find_valued(x, m.valued);
    if (goal->score != EXPR_NONE && goal->threshold > -(double)INFINITY)
        c->score = highest(&m, goal->score);
    if (goal->where != EXPR_NONE)
        c->where = truth(&m, goal->where);
    number_slots(c);
    return !m.full && c->n_parts > 0 && c->n_slots <= CEILING_MAX_SLOTS;
}

void expr_ceiling_fill(const struct expr_ceiling *c, double (*slot)[EXPR_LANES])
{
    for (uint32_t i = 0; i < c->n_constants; i++)
        for (uint32_t k = 0; k < EXPR_LANES; k++)
            slot[c->constant[i].slot][k] = c->constant[i].number;
}

/* One operation, on upper ends that are not NaN; what has no value becomes anything. */
static inline __attribute__((always_inline)) double operate(enum expr_op op, double x, double y,
                                                            double z)
{
    switch ((int)op) {
    case EXPR_ADD:
        return x + y;
    case EXPR_MUL:
        return x * y;
    case EXPR_DIV:
        return x / y;
    case EXPR_MIN:
        return x < y ? x : y;
    case EXPR_MAX:
        return x > y ? x : y;
    case EXPR_GE:
        return x >= y;
    case EXPR_GT:
        return x > y;
    case EXPR_IF:
        return z != 0 && x > y ? x : y;
    default: { /* EXPR_SOFT_MIN: less than both, but for the error of what is computed */
        const double least = x < y ? x : y;
        return least + 2 * (BITS_ERROR + fabs(least) * 0x1p-53);
    }
    }
}

static inline __attribute__((always_inline)) void run_step(enum expr_op op, double *restrict out,
                                                           const double *x, const double *y,
                                                           const double *z, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const double value = operate(op, x[i], y[i], z[i]);
        out[i] = value == value ? value : (double)INFINITY;
    }
}

void expr_ceiling_run(const struct expr_ceiling *c, double (*slot)[EXPR_LANES], uint32_t n)
{
    for (uint32_t s = 0; s < c->n_steps; s++) {
        const struct ceiling_step *step = &c->step[s];
        double *out = slot[step->out];
        const double *x = slot[step->x], *y = slot[step->y], *z = slot[step->z];
        switch ((int)step->op) {
#define RUN(op)                                                                                    \
    case op:                                                                                       \
        run_step(op, out, x, y, z, n);                                                             \
        break;
            RUN(EXPR_ADD)
            RUN(EXPR_MUL)
            RUN(EXPR_DIV)
            RUN(EXPR_MIN)
            RUN(EXPR_MAX)
            RUN(EXPR_GE)
            RUN(EXPR_GT)
            RUN(EXPR_IF)
#undef RUN
        default:
            run_step(EXPR_SOFT_MIN, out, x, y, z, n);
            break;
        }
    }
}
