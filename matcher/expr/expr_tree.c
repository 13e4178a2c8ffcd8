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

bool tree_add_column(struct parser *s, const struct operand *field, uint32_t kind,
                     enum figure_kind figure, enum text_form form, uint32_t *column)
{
    struct expr *x = s->x;
    for (*column = 0; *column < x->n_columns; (*column)++) {
        const struct expr_column *c = &x->column[*column];
        if (c->side == field->side && c->kind == kind && c->figure == figure && c->form == form &&
            c->rules == field->rules && c->column == field->column)
            return true;
    }
    if (field->rules && figure)
        return lexer_fail(s, field->at,
                          "numbers, dates and places are read from the text of the file",
                          "a column that is cleaned is read as a text");
    if (x->n_columns == EXPR_MAX_COLUMNS)
        return lexer_fail(s, field->at, EXPR_TOO_LONG, "more than %d columns are used",
                          EXPR_MAX_COLUMNS);
    x->column[x->n_columns++] = (struct expr_column){.side = field->side,
                                                     .kind = kind,
                                                     .figure = figure,
                                                     .form = form,
                                                     .rules = field->rules,
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
    const enum figure_kind reads =
        s->names->as_texts && !(m->flags & METRIC_COLUMN_TEXTS) ? FIGURE_NONE : m->reads;
    if (!tree_add_column(s, a, INDEX_TEXT, reads, m->form, &term.column_a) ||
        !tree_add_column(s, b, INDEX_TEXT, reads, m->form, &term.column_b))
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
    const enum figure_kind figure = kind == INDEX_DAYS ? FIGURE_DATE : FIGURE_NUMBER;
    struct expr_node node = {.op = EXPR_COLUMN};
    if (o->kind == OPERAND_VALUE)
        return true;
    return tree_check_no_text(s, o) &&
           tree_add_column(s, o, kind, figure, TEXT_FORM_VALUE, &node.index) &&
           tree_add_node(s, node, o);
}

/* ---- What is missing -------------------------------------------------------------------------*/

/* When a node is not missing: it has a value, the text columns of a mask are there, and `node`, a
 * truth, is true; EXPR_NONE asks for nothing. */
struct presence {
    uint64_t columns;
    uint32_t node;
};

static const struct presence always = {0, EXPR_NONE};

static bool is_always(const struct presence *p)
{
    return !p->columns && p->node == EXPR_NONE;
}

static bool add_operation(struct parser *s, enum expr_op op, uint32_t n, const uint32_t *child,
                          uint32_t *node)
{
    struct expr_node v = {.op = (uint16_t)op, .n_children = (uint16_t)n};
    struct operand out;
    memcpy(v.child, child, n * sizeof *child);
    bool ok = tree_add_node(s, v, &out);
    *node = ok ? out.node : EXPR_NONE;
    return ok;
}

/* Asks for one truth more. */
static bool ask_for(struct parser *s, uint32_t truth, struct presence *p)
{
    if (p->node == EXPR_NONE) {
        p->node = truth;
        return true;
    }
    return add_operation(s, EXPR_AND, 2, (uint32_t[]){p->node, truth}, &p->node);
}

/* The node of all that is asked for. */
static bool add_presence(struct parser *s, const struct presence *p, uint32_t *node)
{
    struct operand columns;
    *node = p->node;
    if (!p->columns && p->node != EXPR_NONE)
        return true;
    if (!tree_add_node(s, (struct expr_node){.op = EXPR_PRESENT, .columns = p->columns}, &columns))
        return false;
    *node = columns.node;
    return p->node == EXPR_NONE ||
           add_operation(s, EXPR_AND, 2, (uint32_t[]){columns.node, p->node}, node);
}

static bool is_truth(const struct expr_node *v)
{
    return v->op >= EXPR_LT && v->op <= EXPR_OR;
}

/* Can a node whose texts are there have no value? */
static bool may_have_none(const struct expr *x, uint32_t node)
{
    const struct expr_node *v = &x->node[node];
    if (v->op == EXPR_TERM) {
        unsigned flags = metric_at(x->term[v->index].metric)->flags;
        return flags & METRIC_READS_UTF8 && !(flags & METRIC_BINARY);
    }
    if (v->op == EXPR_IF)
        return may_have_none(x, v->child[1]) || may_have_none(x, v->child[2]);
    if (v->op == EXPR_IF_MISSING)
        return may_have_none(x, v->child[2]);
    return v->op == EXPR_COLUMN || (v->op >= EXPR_ADD && v->op <= EXPR_STEPS);
}

static bool find_presence(struct parser *s, uint32_t node, struct presence *p);

/* The same for a child whose lack of a value does not show in its parent: x == x says it. */
static bool find_hidden(struct parser *s, uint32_t node, struct presence *p)
{
    uint32_t truth;
    return find_presence(s, node, p) &&
           (!may_have_none(s->x, node) ||
            (add_operation(s, EXPR_EQ, 2, (uint32_t[]){node, node}, &truth) &&
             ask_for(s, truth, p)));
}

/* c ? x : y is missing where c is, or the one that it is. */
static bool find_in_choice(struct parser *s, const struct expr_node *v, struct presence *p)
{
    struct presence x = always, y = always;
    uint32_t child[3] = {v->child[0]}, truth;
    if (!find_hidden(s, v->child[0], p) || !find_presence(s, v->child[1], &x) ||
        !find_presence(s, v->child[2], &y))
        return false;
    p->columns |= x.columns & y.columns;
    x.columns &= ~p->columns;
    y.columns &= ~p->columns;
    return (is_always(&x) && is_always(&y)) ||
           (add_presence(s, &x, &child[1]) && add_presence(s, &y, &child[2]) &&
            add_operation(s, EXPR_IF, 3, child, &truth) && ask_for(s, truth, p));
}

/* if_missing(x, y) is missing where both are. */
static bool find_in_if_missing(struct parser *s, const struct expr_node *v, struct presence *p)
{
    struct presence y = always;
    uint32_t child[2], truth;
    if (!find_presence(s, v->child[2], &y))
        return false;
    return is_always(&y) ||
           (add_operation(s, EXPR_MISSING, 2, v->child, &truth) &&
            add_operation(s, EXPR_NOT, 1, &truth, &child[0]) && add_presence(s, &y, &child[1]) &&
            add_operation(s, EXPR_OR, 2, child, &truth) && ask_for(s, truth, p));
}

/* Adds to *p what must be there for a node not to be missing, but for its value. */
static bool find_presence(struct parser *s, uint32_t node, struct presence *p)
{
    const struct expr_node v = s->x->node[node];
    bool ok = true;
    if (v.op == EXPR_TERM) {
        const struct expr_term *t = &s->x->term[v.index];
        p->columns |= 1ull << t->column_a | 1ull << t->column_b;
    } else if (v.op == EXPR_SAME) {
        p->columns |= 1ull << v.index;
    } else if (v.op == EXPR_IF) {
        ok = find_in_choice(s, &v, p);
    } else if (v.op == EXPR_IF_MISSING) {
        ok = find_in_if_missing(s, &v, p);
    } else if (v.op != EXPR_MISSING) {
        for (uint32_t i = 0; i < v.n_children && ok; i++)
            ok = is_truth(&v) ? find_hidden(s, v.child[i], p) : find_presence(s, v.child[i], p);
    }
    return ok;
}

bool tree_add_present(struct parser *s, struct operand *of, struct operand *out)
{
    struct presence p = always;
    *out = (struct operand){.kind = OPERAND_VALUE};
    if (of->kind == OPERAND_FIELD) {
        uint32_t column;
        if (!tree_add_column(s, of, INDEX_TEXT, FIGURE_NONE, TEXT_FORM_VALUE, &column) ||
            !tree_add_number(s, 0, of))
            return false;
        p.columns = 1ull << column;
    } else if (!find_presence(s, of->node, &p)) {
        return false;
    }
    return add_presence(s, &p, &out->node);
}
