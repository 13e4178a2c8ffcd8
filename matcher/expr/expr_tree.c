/* Adds nodes, columns, terms and texts to an expression that is being read. */
#include "matcher/expr/expr_internal.h"

#include <string.h>

_Static_assert(EXPR_MAX_COLUMNS <= 64, "a set of columns is 64 bits");

bool tree_add_node(struct parser *s, struct expr_node node, struct operand *out)
{
    if (s->x->n_nodes == EXPR_MAX_NODES)
        return lexer_fail(s, s->p, EXPR_TOO_LONG, "the expression is too long");
    out->kind = OPERAND_VALUE;
    out->node = s->x->n_nodes;
    s->x->node[s->x->n_nodes++] = node;
    return true;
}

bool tree_add_number(struct parser *s, double number, struct operand *out)
{
    return tree_add_node(s, (struct expr_node){.op = EXPR_NUMBER, .number = number}, out);
}

bool tree_add_text(struct parser *s, const char *text, uint32_t *at, uint32_t *bytes)
{
    struct expr *x = s->x;
    size_t n = strlen(text);
    const char *there = memmem(x->text, x->text_bytes, text, n);
    if (!there && x->text_bytes + n > EXPR_MAX_TEXT)
        return lexer_fail(s, s->p, EXPR_TOO_LONG, "there is too much text in the expression");
    *at = there ? (uint32_t)(there - x->text) : x->text_bytes;
    *bytes = (uint32_t)n;
    if (!there) {
        memcpy(x->text + *at, text, n);
        x->text_bytes += (uint32_t)n;
    }
    return true;
}

bool tree_add_column(struct parser *s, const struct operand *field, uint32_t kind, uint32_t *column)
{
    struct expr *x = s->x;
    for (*column = 0; *column < x->n_columns; (*column)++) {
        const struct expr_column *c = &x->column[*column];
        if (c->side == field->side && c->kind == kind && c->column == field->column)
            return true;
    }
    if (x->n_columns == EXPR_MAX_COLUMNS)
        return lexer_fail(s, field->at, EXPR_TOO_LONG, "more than %d columns are used",
                          EXPR_MAX_COLUMNS);
    x->column[x->n_columns++] = (struct expr_column){.side = field->side,
                                                     .kind = kind,
                                                     .column = field->column,
                                                     .name_at = field->text_at,
                                                     .name_bytes = field->text_bytes};
    return true;
}

static bool same_term(const struct expr_term *a, const struct expr_term *b)
{
    bool same = a->metric == b->metric && a->view == b->view && a->column_a == b->column_a &&
                a->column_b == b->column_b && a->n_args == b->n_args;
    for (uint32_t i = 0; same && i < a->n_args; i++)
        same = a->args[i] == b->args[i];
    return same;
}

bool tree_add_term(struct parser *s, const struct metric_use *use, const struct operand field[2],
                   struct operand *out)
{
    struct expr *x = s->x;
    struct expr_term term = {.view = use->view, .n_args = use->n_args};
    const struct operand *a = &field[field[0].side], *b = &field[!field[0].side];
    const struct metric *m = use->metric;
    while (term.n_args > m->min_args && use->args[term.n_args - 1] == m->defaults[term.n_args - 1])
        term.n_args--;
    memcpy(term.args, use->args, term.n_args * sizeof *term.args);
    for (uint32_t i = 0; metric_at(i); i++)
        if (metric_at(i) == use->metric)
            term.metric = i;
    if (!tree_add_column(s, a, INDEX_TEXT, &term.column_a) ||
        !tree_add_column(s, b, INDEX_TEXT, &term.column_b))
        return false;
    uint32_t i = 0;
    while (i < x->n_terms && !same_term(&x->term[i], &term))
        i++;
    if (i == EXPR_MAX_TERMS)
        return lexer_fail(s, s->p, EXPR_TOO_LONG, "more than %d metrics are used", EXPR_MAX_TERMS);
    x->term[i] = term;
    x->n_terms += i == x->n_terms;
    return tree_add_node(s, (struct expr_node){.op = EXPR_TERM, .index = i}, out);
}

bool tree_add_inner(struct parser *s, enum expr_op op, uint32_t n, const struct operand *child,
                    struct operand *out)
{
    struct expr_node node = {.op = (uint16_t)op, .n_children = (uint16_t)n};
    for (uint32_t i = 0; i < n; i++)
        node.child[i] = child[i].node;
    return tree_add_node(s, node, out);
}

bool tree_check_no_text(const struct parser *s, const struct operand *o)
{
    return o->kind != OPERAND_TEXT ||
           lexer_fail(s, o->at, "for example: a.city == 'Oslo'",
                      "a text can only be compared with a column, by == or !=");
}

bool tree_to_value(struct parser *s, struct operand *o, uint32_t kind)
{
    struct expr_node node = {.op = EXPR_COLUMN};
    if (o->kind == OPERAND_VALUE)
        return true;
    return tree_check_no_text(s, o) && tree_add_column(s, o, kind, &node.index) &&
           tree_add_node(s, node, o);
}

/* The set of text columns below a node. */
static uint64_t text_columns(const struct expr *x, uint32_t node)
{
    const struct expr_node *v = &x->node[node];
    uint64_t mask = 0;
    if (v->op == EXPR_TERM) {
        const struct expr_term *t = &x->term[v->index];
        mask |= 1ull << t->column_a | 1ull << t->column_b;
    }
    if (v->op == EXPR_SAME)
        mask |= 1ull << v->index;
    for (uint32_t i = 0; i < v->n_children; i++)
        mask |= text_columns(x, v->child[i]);
    return mask;
}

bool tree_add_present(struct parser *s, struct operand *of, struct operand *out)
{
    struct expr_node node = {.op = EXPR_PRESENT};
    if (of->kind == OPERAND_FIELD) {
        uint32_t column;
        if (!tree_add_column(s, of, INDEX_TEXT, &column) || !tree_add_number(s, 0, of))
            return false;
        node.columns = 1ull << column;
    } else {
        node.columns = text_columns(s->x, of->node);
    }
    return tree_add_node(s, node, out);
}
