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

static bool mirrors_column(const struct expr *x, uint32_t of_a, uint32_t of_b)
{
    const struct expr_column *a = &x->column[of_a], *b = &x->column[of_b];
    return a->column == b->column && a->kind == b->kind;
}

/* Both sets name columns in the order in which the expression names them, which need not be the
 * same; so only sets of one column are compared. */
static bool mirrors_columns(const struct expr *x, uint64_t of_a, uint64_t of_b)
{
    const bool one = __builtin_popcountll(of_a) == 1 && __builtin_popcountll(of_b) == 1;
    return one &&
           mirrors_column(x, (uint32_t)__builtin_ctzll(of_a), (uint32_t)__builtin_ctzll(of_b));
}

static bool mirrors_leaf(const struct expr *x, const struct expr_node *a, const struct expr_node *b)
{
    if (a->op == EXPR_NUMBER)
        return a->number == b->number;
    if (a->op == EXPR_PRESENT)
        return mirrors_columns(x, a->columns, b->columns);
    if (a->op == EXPR_COLUMN)
        return mirrors_column(x, a->index, b->index);
    return a->op != EXPR_SAME ||
           (mirrors_column(x, a->index, b->index) && a->text_bytes == b->text_bytes &&
            memcmp(x->text + a->text_at, x->text + b->text_at, a->text_bytes) == 0);
}

/* In at most *steps steps, since a node may stand below others in very many ways. */
static bool mirrors_node(const struct expr *x, uint32_t of_a, uint32_t of_b, uint32_t *steps)
{
    const struct expr_node *a = &x->node[of_a], *b = &x->node[of_b];
    bool same =
        (*steps)-- > 0 && a->op == b->op && a->n_children == b->n_children && mirrors_leaf(x, a, b);
    for (uint32_t i = 0; same && i < a->n_children; i++)
        same = mirrors_node(x, a->child[i], b->child[i], steps);
    return same;
}

bool expr_mirrors(const struct expr *x, uint32_t of_a, uint32_t of_b)
{
    uint32_t steps = MOST_STEPS;
    if (of_a == EXPR_NONE || of_b == EXPR_NONE)
        return of_a == of_b;
    return mirrors_node(x, of_a, of_b, &steps);
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
