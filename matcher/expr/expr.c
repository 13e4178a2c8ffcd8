/* Expressions from tree to text, and what their terms are. */
#include "matcher/expr/expr.h"

#include "data/clean/text_rules.h"
#include "data/number.h"
#include "matcher/index/index.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool add(struct expr *x, struct expr_node node, uint32_t *root, struct err *e)
{
    if (x->n_nodes == EXPR_MAX_NODES)
        return err_set(e, ERR_USAGE, NULL, "the expressions are too long");
    *root = x->n_nodes++;
    x->node[*root] = node;
    return true;
}

bool expr_and(struct expr *x, uint32_t first, uint32_t second, uint32_t *root, struct err *e)
{
    return add(x, (struct expr_node){.op = EXPR_AND, .n_children = 2, .child = {first, second}},
               root, e);
}

bool expr_not(struct expr *x, uint32_t node, uint32_t *root, struct err *e)
{
    return add(x, (struct expr_node){.op = EXPR_NOT, .n_children = 1, .child = {node}}, root, e);
}

struct metric_use expr_use(const struct expr_term *term)
{
    const struct metric *metric = metric_at(term->metric);
    struct metric_use use = {.metric = metric,
                             .view = (enum metric_view)term->view,
                             .n_args = term->n_args,
                             .formed = metric->form != TEXT_FORM_VALUE};
    memcpy(use.args, term->args, sizeof use.args);
    return use;
}

/* ---- Printing --------------------------------------------------------------------------------*/

struct printer {
    const struct expr *x;
    char *p;
    size_t left;
};

__attribute__((format(printf, 2, 3))) static void put(struct printer *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(s->p, s->left, format, args);
    va_end(args);
    size_t wrote = n < 0 ? 0 : (size_t)n < s->left ? (size_t)n : s->left - (s->left > 0);
    s->p += wrote;
    s->left -= wrote;
}

static void put_number(struct printer *s, double x)
{
    char text[32];
    put(s, "%.*s", (int)number_double(x, text), text);
}

/* A text in quotes that it does not hold itself. */
static void put_quoted(struct printer *s, const char *text, uint32_t n)
{
    char quote = !memchr(text, '\'', n) ? '\'' : !memchr(text, '"', n) ? '"' : '`';
    put(s, "%c%.*s%c", quote, (int)n, text, quote);
}

/* The functions that clean a column, without their ends; returns how many there are. */
static unsigned put_rules(struct printer *s, uint32_t rules)
{
    unsigned n = 0;
    for (const struct text_rules_row *row = text_rules_table; rules && row->name; row++) {
        const bool only_invisible = row->flags == TEXT_INVISIBLE && rules != TEXT_INVISIBLE;
        if (row->option || only_invisible || (rules & row->flags) != row->flags)
            continue; /* all rules imply the first one */
        for (const char *p = row->name; *p; p++)
            put(s, "%c", *p == '-' ? '_' : *p);
        put(s, "(");
        n++;
    }
    return n;
}

/* A column as it can be read again: quoted unless it is a plain name. */
static void put_column(struct printer *s, uint32_t column)
{
    const struct expr_column *c = &s->x->column[column];
    const char *name = s->x->text + c->name_at;
    bool plain = c->name_bytes > 0;
    for (uint32_t i = 0; i < c->name_bytes; i++)
        plain = plain && (isalnum((unsigned char)name[i]) || name[i] == '_' || name[i] & 0x80);
    const unsigned n = put_rules(s, c->rules);
    put(s, "%c.", c->side ? 'b' : 'a');
    if (plain)
        put(s, "%.*s", (int)c->name_bytes, name);
    else
        put_quoted(s, name, c->name_bytes);
    put(s, "%.*s", (int)n, "))))))))))))))))))");
}

static void put_term(struct printer *s, uint32_t term)
{
    static const char *const views[] = {"", "_distance", "_similarity", "_normalized_distance"};
    const struct expr_term *t = &s->x->term[term];
    const struct metric *m = metric_at(t->metric);
    put(s, "%s%s(", m->name, views[t->view]);
    put_column(s, t->column_a);
    put(s, ", ");
    put_column(s, t->column_b);
    for (uint32_t i = 0; i < t->n_args; i++) {
        put(s, ", ");
        put_number(s, t->args[i]);
    }
    put(s, ")");
}

/* How an operation is written, and how tightly it binds: the higher, the tighter. */
static const struct shape {
    const char *text; /* an operator; ends in "(" for a function */
    int level;
} shapes[EXPR_N_OPS] = {
    [EXPR_IF] = {"?", 1},
    [EXPR_OR] = {" || ", 2},
    [EXPR_AND] = {" && ", 3},
    [EXPR_EQ] = {" == ", 4},
    [EXPR_NE] = {" != ", 4},
    [EXPR_LT] = {" < ", 4},
    [EXPR_LE] = {" <= ", 4},
    [EXPR_GT] = {" > ", 4},
    [EXPR_GE] = {" >= ", 4},
    [EXPR_SAME] = {" == ", 4},
    [EXPR_ADD] = {" + ", 5},
    [EXPR_SUB] = {" - ", 5},
    [EXPR_MUL] = {" * ", 6},
    [EXPR_DIV] = {" / ", 6},
    [EXPR_NEG] = {"-", 7},
    [EXPR_NOT] = {"!", 7},
    [EXPR_MIN] = {"min(", 8},
    [EXPR_MAX] = {"max(", 8},
    [EXPR_SOFT_MIN] = {"soft_min(", 8},
    [EXPR_ABS] = {"abs(", 8},
    [EXPR_SQRT] = {"sqrt(", 8},
    [EXPR_FLOOR] = {"floor(", 8},
    [EXPR_CEIL] = {"ceil(", 8},
    [EXPR_STEPS] = {"steps(", 8},
    [EXPR_NUMBER] = {"", 8},
    [EXPR_TERM] = {"", 8},
    [EXPR_COLUMN] = {"", 8},
    [EXPR_MISSING] = {"missing(", 8},
    [EXPR_IF_MISSING] = {"if_missing(", 8},
};

static void put_node(struct printer *s, uint32_t node, int level);

static void put_children(struct printer *s, const struct expr_node *v, uint32_t first)
{
    for (uint32_t i = first; i < v->n_children; i++) {
        put(s, "%s", i > first ? ", " : "");
        put_node(s, v->child[i], 0);
    }
    for (uint32_t i = 0; i < v->n_numbers; i++) {
        put(s, ", ");
        put_number(s, s->x->number[v->index + i]);
    }
    put(s, ")");
}

/* A column and a text. */
static void put_same(struct printer *s, const struct expr_node *v, const char *between)
{
    put_column(s, v->index);
    put(s, "%s", between);
    put_quoted(s, s->x->text + v->text_at, v->text_bytes);
}

static void put_leaf(struct printer *s, const struct expr_node *v)
{
    static const char *const read[] = {[INDEX_NUMBER] = "number", [INDEX_DAYS] = "days"};
    if (v->op == EXPR_NUMBER) {
        put_number(s, v->number);
    } else if (v->op == EXPR_TERM) {
        put_term(s, v->index);
    } else if (v->op == EXPR_COLUMN) {
        put(s, "%s(", read[s->x->column[v->index].kind]);
        put_column(s, v->index);
        put(s, ")");
    } else if (v->op == EXPR_SAME) {
        put_same(s, v, " == ");
    }
}

/* The texts of a and b differ: EXPR_PRESENT && !(a == b). No other EXPR_PRESENT stands alone. */
static bool is_different(const struct expr *x, const struct expr_node *v)
{
    return v->op == EXPR_AND && x->node[v->child[0]].op == EXPR_PRESENT;
}

static void put_different(struct printer *s, const struct expr_node *v)
{
    const struct expr_node *same = &s->x->node[s->x->node[v->child[1]].child[0]];
    if (same->op == EXPR_SAME) {
        put_same(s, same, " != ");
    } else {
        put_column(s, s->x->term[same->index].column_a);
        put(s, " != ");
        put_column(s, s->x->term[same->index].column_b);
    }
}

/* missing(a.name): the EXPR_PRESENT of that column, and a number that is never missing. */
static bool is_missing_column(const struct expr *x, const struct expr_node *v)
{
    return v->op == EXPR_MISSING && x->node[v->child[1]].op == EXPR_NUMBER &&
           x->node[v->child[0]].columns;
}

static void put_inner(struct printer *s, const struct expr_node *v)
{
    const struct shape *shape = &shapes[v->op];
    if (is_different(s->x, v)) {
        put_different(s, v);
    } else if (is_missing_column(s->x, v)) {
        put(s, "missing(");
        put_column(s, (uint32_t)__builtin_ctzll(s->x->node[v->child[0]].columns));
        put(s, ")");
    } else if (v->op == EXPR_IF) {
        put_node(s, v->child[0], 2);
        put(s, " ? ");
        put_node(s, v->child[1], 1);
        put(s, " : ");
        put_node(s, v->child[2], 1);
    } else if (shape->level == 8) {
        put(s, "%s", shape->text);
        put_children(s, v, v->op == EXPR_MISSING || v->op == EXPR_IF_MISSING);
    } else if (v->n_children == 1) {
        put(s, "%s", shape->text);
        put_node(s, v->child[0], shape->level);
    } else {
        put_node(s, v->child[0], shape->level + (shape->level == 4));
        put(s, "%s", shape->text);
        put_node(s, v->child[1], shape->level + 1);
    }
}

/* Prints a node, in parentheses if it binds less tightly than `level`. */
static void put_node(struct printer *s, uint32_t node, int level)
{
    const struct expr_node *v = &s->x->node[node];
    bool open = (is_different(s->x, v) ? shapes[EXPR_NE].level : shapes[v->op].level) < level;
    put(s, "%s", open ? "(" : "");
    if (v->n_children)
        put_inner(s, v);
    else
        put_leaf(s, v);
    put(s, "%s", open ? ")" : "");
}

void expr_print(const struct expr *x, uint32_t root, char *text, size_t bytes)
{
    struct printer s = {x, text, bytes};
    put_node(&s, root, 0);
}

void expr_print_term(const struct expr *x, uint32_t term, char *text, size_t bytes)
{
    struct printer s = {x, text, bytes};
    put_term(&s, term);
}
