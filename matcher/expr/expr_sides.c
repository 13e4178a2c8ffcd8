/* Conjuncts by side; the nodes that are still needed. */
#include "matcher/expr/expr_sides.h"

#include <string.h>

#define MOST_STEPS 10000u /* of a comparison */

static unsigned side_of(const struct expr *x, uint32_t column)
{
    return 1u << x->column[column].side;
}

static unsigned leaf_sides(const struct expr *x, const struct expr_node *v)
{
    unsigned sides = 0;
    if (v->op == EXPR_TERM)
        return 3;
    if (v->op == EXPR_COLUMN || v->op == EXPR_SAME)
        return side_of(x, v->index);
    for (uint64_t left = v->op == EXPR_PRESENT ? v->columns : 0; left; left &= left - 1)
        sides |= side_of(x, (uint32_t)__builtin_ctzll(left));
    return sides;
}

/* Marks the children of all nodes that are marked. Children stand before their parents. */
static void mark_below(const struct expr *x, bool used[EXPR_MAX_NODES])
{
    for (uint32_t i = x->n_nodes; i-- > 0;)
        for (uint32_t k = 0; used[i] && k < x->node[i].n_children; k++)
            used[x->node[i].child[k]] = true;
}

unsigned expr_sides(const struct expr *x, uint32_t node)
{
    bool used[EXPR_MAX_NODES] = {false};
    unsigned sides = 0;
    used[node] = true;
    mark_below(x, used);
    for (uint32_t i = 0; i <= node; i++)
        sides |= used[i] ? leaf_sides(x, &x->node[i]) : 0;
    return sides;
}

/* ---- Conjuncts -------------------------------------------------------------------------------*/

static uint32_t count_conjuncts(const struct expr *x, uint32_t node)
{
    const struct expr_node *v = &x->node[node];
    return v->op != EXPR_AND ? 1
                             : count_conjuncts(x, v->child[0]) + count_conjuncts(x, v->child[1]);
}

static void add_conjunct(struct expr *x, uint32_t *part, uint32_t node)
{
    struct err unused;
    if (*part == EXPR_NONE)
        *part = node;
    else
        (void)expr_and(x, *part, node, part, &unused); /* the caller has seen that it fits */
}

static void split_node(struct expr *x, uint32_t node, struct expr_parts *parts)
{
    const struct expr_node v = x->node[node];
    if (v.op == EXPR_AND) {
        split_node(x, v.child[0], parts);
        split_node(x, v.child[1], parts);
        return;
    }
    const unsigned sides = expr_sides(x, node);
    add_conjunct(x, sides == 1 || sides == 2 ? &parts->side[sides - 1] : &parts->rest, node);
}

struct expr_parts expr_split(struct expr *x, uint32_t where)
{
    const struct expr_parts whole = {{EXPR_NONE, EXPR_NONE}, where};
    struct expr_parts parts = {{EXPR_NONE, EXPR_NONE}, EXPR_NONE};
    if (where == EXPR_NONE || x->n_nodes + count_conjuncts(x, where) > EXPR_MAX_NODES)
        return whole;
    const uint32_t n_nodes = x->n_nodes;
    split_node(x, where, &parts);
    if (parts.side[0] != EXPR_NONE || parts.side[1] != EXPR_NONE)
        return parts;
    x->n_nodes = n_nodes;
    return whole;
}

/* ---- Mirrors ---------------------------------------------------------------------------------*/

/* Two nodes that are compared: is one the other, with a for b and b for a? */
struct mirror {
    const struct expr *x;
    uint32_t steps; /* that are left, since a node may stand below others in very many ways */
};

static bool mirrors_column(const struct expr *x, uint32_t first, uint32_t second)
{
    const struct expr_column *p = &x->column[first], *q = &x->column[second];
    return p->side != q->side && p->column == q->column && p->kind == q->kind &&
           p->figure == q->figure && p->form == q->form && p->rules == q->rules;
}

/* Each column stands once in the list of columns, so sets of one size are mirrors if each column of
 * the first has one in the second. */
static bool mirrors_columns(const struct expr *x, uint64_t first, uint64_t second)
{
    bool same = __builtin_popcountll(first) == __builtin_popcountll(second);
    for (uint64_t left = first; same && left; left &= left - 1) {
        bool found = false;
        for (uint64_t other = second; other; other &= other - 1)
            found = found || mirrors_column(x, (uint32_t)__builtin_ctzll(left),
                                            (uint32_t)__builtin_ctzll(other));
        same = found;
    }
    return same;
}

/* All metrics are symmetric, so the same columns on other sides have the same score. */
static bool mirrors_term(const struct expr *x, const struct expr_term *p, const struct expr_term *q)
{
    return p->metric == q->metric && p->view == q->view && p->n_args == q->n_args &&
           memcmp(p->args, q->args, p->n_args * sizeof *p->args) == 0 &&
           mirrors_column(x, p->column_a, q->column_b) &&
           mirrors_column(x, p->column_b, q->column_a);
}

static bool mirrors_numbers(const struct expr *x, const struct expr_node *p,
                            const struct expr_node *q)
{
    bool same = p->n_numbers == q->n_numbers;
    for (uint32_t i = 0; same && i < p->n_numbers; i++)
        same = x->number[p->index + i] == x->number[q->index + i];
    return same;
}

static bool mirrors_leaf(const struct expr *x, const struct expr_node *p, const struct expr_node *q)
{
    switch (p->op) {
    case EXPR_NUMBER:
        return p->number == q->number;
    case EXPR_TERM:
        return mirrors_term(x, &x->term[p->index], &x->term[q->index]);
    case EXPR_COLUMN:
        return mirrors_column(x, p->index, q->index);
    case EXPR_SAME:
        return mirrors_column(x, p->index, q->index) && p->text_bytes == q->text_bytes &&
               memcmp(x->text + p->text_at, x->text + q->text_at, p->text_bytes) == 0;
    case EXPR_PRESENT:
        return mirrors_columns(x, p->columns, q->columns);
    case EXPR_STEPS:
        return mirrors_numbers(x, p, q);
    default:
        return true; /* nothing but children */
    }
}

/* Operations whose operands may stand in any order. (A sum may then differ in its last bit.) */
static bool is_unordered(uint32_t op)
{
    static const bool unordered[EXPR_N_OPS] = {
        [EXPR_ADD] = true, [EXPR_MUL] = true,      [EXPR_MIN] = true,
        [EXPR_MAX] = true, [EXPR_SOFT_MIN] = true, [EXPR_AND] = true,
        [EXPR_OR] = true,  [EXPR_EQ] = true,       [EXPR_NE] = true,
    };
    return unordered[op];
}

/* The operation that says the same once its two operands have changed places. */
static uint32_t turned(uint32_t op)
{
    static const struct {
        uint32_t op, turned;
    } pairs[] = {{EXPR_LT, EXPR_GT}, {EXPR_GT, EXPR_LT}, {EXPR_LE, EXPR_GE}, {EXPR_GE, EXPR_LE}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (pairs[i].op == op)
            return pairs[i].turned;
    return EXPR_NONE;
}

/* Adds the operands of a chain such as a + b + c to the list, in order; returns their number then.
 * (x == y) == z is no chain. `whole`: the node is that of the whole chain. */
static uint32_t operands_of(const struct expr *x, uint32_t node, uint32_t op, bool whole,
                            uint32_t list[EXPR_MAX_NODES], uint32_t n)
{
    const struct expr_node *v = &x->node[node];
    const bool goes_on = whole || (v->op == op && op != EXPR_EQ && op != EXPR_NE);
    for (uint32_t i = 0; goes_on && i < v->n_children; i++)
        n = operands_of(x, v->child[i], op, false, list, n);
    if (!goes_on && n < EXPR_MAX_NODES)
        list[n++] = node;
    return n;
}

static bool mirrors_node(struct mirror *m, uint32_t first, uint32_t second);

/* Has each operand of the first a mirror among those of the second that are left? What mirrors one
 * operand mirrors all that are equal to it, so the first that fits may be taken. */
static bool mirrors_unordered(struct mirror *m, uint32_t n, const uint32_t *first, uint32_t *second)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = i;
        while (k < n && !mirrors_node(m, first[i], second[k]))
            k++;
        if (k == n)
            return false;
        const uint32_t taken = second[k];
        second[k] = second[i];
        second[i] = taken;
    }
    return true;
}

static bool mirrors_chain(struct mirror *m, uint32_t first, uint32_t second)
{
    uint32_t p[EXPR_MAX_NODES], q[EXPR_MAX_NODES];
    const uint32_t n = operands_of(m->x, first, m->x->node[first].op, true, p, 0);
    return n == operands_of(m->x, second, m->x->node[second].op, true, q, 0) &&
           mirrors_unordered(m, n, p, q);
}

/* Both have two operands, of which each mirrors the other one of the other node. */
static bool mirrors_crosswise(struct mirror *m, const struct expr_node *p,
                              const struct expr_node *q)
{
    return mirrors_node(m, p->child[0], q->child[1]) && mirrors_node(m, p->child[1], q->child[0]);
}

/* |x - y| is |y - x|. */
static bool mirrors_difference(struct mirror *m, const struct expr_node *p,
                               const struct expr_node *q)
{
    const struct expr_node *of_p = &m->x->node[p->child[0]], *of_q = &m->x->node[q->child[0]];
    return p->op == EXPR_ABS && of_p->op == EXPR_SUB && of_q->op == EXPR_SUB &&
           mirrors_crosswise(m, of_p, of_q);
}

static bool mirrors_in_order(struct mirror *m, const struct expr_node *p, const struct expr_node *q)
{
    bool same = p->n_children == q->n_children && mirrors_leaf(m->x, p, q);
    for (uint32_t i = 0; same && i < p->n_children; i++)
        same = mirrors_node(m, p->child[i], q->child[i]);
    return same;
}

static bool mirrors_node(struct mirror *m, uint32_t first, uint32_t second)
{
    const struct expr_node *p = &m->x->node[first], *q = &m->x->node[second];
    if (m->steps == 0)
        return false;
    m->steps--;
    if (q->op == turned(p->op))
        return mirrors_crosswise(m, p, q);
    if (p->op != q->op)
        return false;
    if (is_unordered(p->op))
        return mirrors_chain(m, first, second);
    return mirrors_in_order(m, p, q) || (p->n_children == 1 && mirrors_difference(m, p, q));
}

bool expr_mirrors(const struct expr *x, uint32_t first, uint32_t second)
{
    struct mirror m = {x, MOST_STEPS};
    if (first == EXPR_NONE || second == EXPR_NONE)
        return first == second;
    return mirrors_node(&m, first, second);
}

void expr_print_mirror(const struct expr *x, uint32_t root, char *text, size_t bytes)
{
    struct expr turned_round = *x;
    for (uint32_t i = 0; i < x->n_columns; i++)
        turned_round.column[i].side = 1 - x->column[i].side;
    for (uint32_t t = 0; t < x->n_terms; t++) {
        turned_round.term[t].column_a = x->term[t].column_b;
        turned_round.term[t].column_b = x->term[t].column_a;
    }
    expr_print(&turned_round, root, text, bytes);
}

/* ---- Trimming --------------------------------------------------------------------------------*/

void expr_trim(struct expr *x, uint32_t *const roots[], uint32_t n_roots)
{
    bool used[EXPR_MAX_NODES] = {false};
    uint32_t now[EXPR_MAX_NODES], n = 0;
    for (uint32_t i = 0; i < n_roots; i++)
        if (*roots[i] != EXPR_NONE)
            used[*roots[i]] = true;
    mark_below(x, used);
    for (uint32_t i = 0; i < x->n_nodes; i++) {
        if (!used[i])
            continue;
        struct expr_node v = x->node[i];
        for (uint32_t k = 0; k < v.n_children; k++)
            v.child[k] = now[v.child[k]];
        now[i] = n;
        x->node[n++] = v;
    }
    x->n_nodes = n;
    for (uint32_t i = 0; i < n_roots; i++)
        if (*roots[i] != EXPR_NONE)
            *roots[i] = now[*roots[i]];
}
