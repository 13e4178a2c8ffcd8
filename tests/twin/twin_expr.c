/* Expressions by recursion, and at random. */
#include "tests/twin/twin_expr.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- The twin --------------------------------------------------------------------------------*/

static bool is_true(double x)
{
    return !isnan(x) && x != 0;
}

static double value_of(const struct twin_expr *pair, const struct expr_node *v, uint32_t child)
{
    return twin_expr_value(pair, v->child[child]);
}

static double arithmetic(enum expr_op op, double x, double y)
{
    if (isnan(x) || isnan(y))
        return (double)NAN;
    return op == EXPR_ADD   ? x + y
           : op == EXPR_SUB ? x - y
           : op == EXPR_MUL ? x * y
           : op == EXPR_MIN ? (x < y ? x : y)
           : op == EXPR_MAX ? (x > y ? x : y)
           : y == 0         ? (double)NAN
                            : x / y;
}

static double unary(enum expr_op op, double x)
{
    return op == EXPR_NEG     ? -x
           : op == EXPR_ABS   ? fabs(x)
           : op == EXPR_SQRT  ? (x < 0 ? (double)NAN : sqrt(x))
           : op == EXPR_FLOOR ? floor(x)
                              : ceil(x);
}

static bool compare(enum expr_op op, double x, double y)
{
    if (isnan(x) || isnan(y))
        return false;
    return op == EXPR_LT   ? x < y
           : op == EXPR_LE ? x <= y
           : op == EXPR_GT ? x > y
           : op == EXPR_GE ? x >= y
           : op == EXPR_EQ ? x == y
                           : x != y;
}

static bool missing(const struct twin_expr *pair, const struct expr_node *v)
{
    return value_of(pair, v, 0) == 0 || isnan(value_of(pair, v, 1));
}

double twin_expr_value(const struct twin_expr *pair, uint32_t node)
{
    const struct expr_node *v = &pair->x->node[node];
    enum expr_op op = (enum expr_op)v->op;
    if (op == EXPR_NUMBER)
        return v->number;
    if (op < EXPR_ADD)
        return pair->leaf(pair->context, pair->x, node);
    if (op <= EXPR_MAX)
        return arithmetic(op, value_of(pair, v, 0), value_of(pair, v, 1));
    if (op <= EXPR_CEIL)
        return unary(op, value_of(pair, v, 0));
    if (op <= EXPR_NE)
        return compare(op, value_of(pair, v, 0), value_of(pair, v, 1));
    if (op == EXPR_NOT)
        return !is_true(value_of(pair, v, 0));
    if (op == EXPR_AND)
        return is_true(value_of(pair, v, 0)) && is_true(value_of(pair, v, 1));
    if (op == EXPR_OR)
        return is_true(value_of(pair, v, 0)) || is_true(value_of(pair, v, 1));
    if (op == EXPR_IF)
        return value_of(pair, v, is_true(value_of(pair, v, 0)) ? 1 : 2);
    if (op == EXPR_MISSING)
        return missing(pair, v);
    return value_of(pair, v, missing(pair, v) ? 2 : 1);
}

bool twin_expr_matches(const struct twin_expr *pair, const struct expr_goal *goal, double *score)
{
    if (goal->where != EXPR_NONE && !is_true(twin_expr_value(pair, goal->where)))
        return false;
    if (goal->score == EXPR_NONE)
        return true;
    *score = twin_expr_value(pair, goal->score);
    return *score >= goal->min;
}

/* ---- At random -------------------------------------------------------------------------------*/

#define DEEPEST 3 /* of operations within operations */

struct maker {
    const struct twin_expr_columns *columns;
    uint64_t state;
    char *text;
    size_t bytes, n;
};

static uint32_t below(struct maker *m, size_t n)
{
    m->state = m->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((m->state >> 33) % n);
}

__attribute__((format(printf, 2, 3))) static void put(struct maker *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(m->text + m->n, m->bytes - m->n, format, args);
    va_end(args);
    m->n = m->n + (size_t)n < m->bytes ? m->n + (size_t)n : m->bytes - 1;
}

static const char *one_of(struct maker *m, const char *const *names, size_t n)
{
    return names[below(m, n)];
}

static const char *text_column(struct maker *m)
{
    return one_of(m, m->columns->texts, m->columns->n_texts);
}

static char side(struct maker *m)
{
    return "ab"[below(m, 2)];
}

/* Any metric in any view, of one column or of two. */
static void put_term(struct maker *m)
{
    static const char *const views[] = {"_distance", "_similarity", "_normalized_distance"};
    size_t n = 0;
    while (metric_at(n))
        n++;
    const struct metric *metric = metric_at(below(m, n));
    bool number = metric->flags & METRIC_READS_UTF8 && !(metric->flags & METRIC_BINARY);
    bool value = number && m->columns->n_numbers && below(m, 8);
    const char *const *names = value ? m->columns->numbers : m->columns->texts;
    size_t n_names = value ? m->columns->n_numbers : m->columns->n_texts;
    put(m, "%s%s(", metric->name, metric->views && below(m, 5) == 0 ? views[below(m, 3)] : "");
    if (below(m, 4))
        put(m, "%s", one_of(m, names, n_names));
    else
        put(m, "a.%s, b.%s", one_of(m, names, n_names), one_of(m, names, n_names));
    if (metric->max_args && below(m, 2))
        put(m, ", %u", 1 + below(m, 3));
    put(m, ")");
}

static void put_value(struct maker *m, int depth);

/* A column as a number, or the difference of two. */
static void put_column(struct maker *m)
{
    bool date = m->columns->n_dates && (!m->columns->n_numbers || below(m, 2));
    const char *of = date ? "days" : "number";
    const char *const *names = date ? m->columns->dates : m->columns->numbers;
    size_t n = date ? m->columns->n_dates : m->columns->n_numbers;
    if (n == 0) {
        put_term(m);
    } else if (below(m, 2)) {
        put(m, "%s(%c.%s)", of, side(m), one_of(m, names, n));
    } else {
        const char *name = one_of(m, names, n);
        put(m, "abs(%s(a.%s) - %s(b.%s))", of, name, of, name);
    }
}

static void put_condition(struct maker *m, int depth)
{
    static const char *const compares[] = {"<", "<=", ">", ">=", "==", "!="};
    uint32_t kind = below(m, depth > 0 ? 10 : 6);
    const char *name = text_column(m);
    if (kind == 0) {
        put(m, "a.%s %s b.%s", name, below(m, 3) ? "==" : "!=", text_column(m));
    } else if (kind == 1) {
        put(m, "%c.%s %s '%s'", side(m), name,
            below(m, 3) ? "==" : "!=", one_of(m, m->columns->values, m->columns->n_values));
    } else if (kind == 2) {
        put(m, "missing(%c.%s)", side(m), name);
    } else if (kind == 3) {
        put_term(m);
        put(m, " %s 0.%u", below(m, 4) ? ">=" : "<", 1 + below(m, 9));
    } else if (kind == 4) {
        put_column(m);
        put(m, " %s %u", compares[below(m, 6)], below(m, 8));
    } else if (kind == 5) {
        put(m, "missing(");
        put_value(m, depth - 1);
        put(m, ")");
    } else if (kind == 6) {
        put(m, "!(");
        put_condition(m, depth - 1);
        put(m, ")");
    } else {
        put(m, "(");
        put_condition(m, depth - 1);
        put(m, below(m, 2) ? ") && (" : ") || (");
        put_condition(m, depth - 1);
        put(m, ")");
    }
}

static void put_call(struct maker *m, const char *name, int depth)
{
    put(m, "%s(", name);
    put_value(m, depth - 1);
    put(m, ", ");
    put_value(m, depth - 1);
    put(m, ")");
}

static void put_binary(struct maker *m, char sign, int depth)
{
    put(m, "(");
    put_value(m, depth - 1);
    put(m, " %c ", sign);
    put_value(m, depth - 1);
    put(m, ")");
}

/* w * x + (1 - w) * y */
static void put_mean(struct maker *m, int depth)
{
    uint32_t weight = 1 + below(m, 9);
    put(m, "0.%u * ", weight);
    put_value(m, depth - 1);
    put(m, " + 0.%u * ", 10 - weight);
    put_value(m, depth - 1);
}

static void put_choice(struct maker *m, int depth)
{
    put_condition(m, depth - 1);
    put(m, " ? ");
    put_value(m, depth - 1);
    put(m, " : ");
    put_value(m, depth - 1);
}

static void put_unary(struct maker *m, int depth)
{
    static const char *const names[] = {"-", "abs", "sqrt", "floor", "ceil", "1 - "};
    put(m, "(%s(", names[below(m, 6)]);
    put_value(m, depth - 1);
    put(m, "))");
}

static void put_leaf(struct maker *m)
{
    uint32_t kind = below(m, 10);
    if (kind < 6)
        put_term(m);
    else if (kind < 8)
        put_column(m);
    else
        put(m, "%u.%u", below(m, 3), 1 + below(m, 99));
}

static void put_value(struct maker *m, int depth)
{
    uint32_t kind = below(m, 16);
    if (depth <= 0 || kind < 3) {
        put_leaf(m);
    } else if (kind < 7) {
        put(m, "(");
        put_mean(m, depth);
        put(m, ")");
    } else if (kind < 9) {
        put_call(m, below(m, 2) ? "min" : "max", depth);
    } else if (kind == 9) {
        put_call(m, "if_missing", depth);
    } else if (kind < 12) {
        put_binary(m, "+-*/"[below(m, 4)], depth);
    } else if (kind < 14) {
        put(m, "(");
        put_choice(m, depth);
        put(m, ")");
    } else if (kind == 14) {
        put_unary(m, depth);
    } else {
        put(m, "(");
        put_condition(m, depth - 1);
        put(m, ")");
    }
}

void twin_expr_random(uint64_t seed, const struct twin_expr_columns *columns, bool condition,
                      char *text, size_t bytes)
{
    struct maker m = {columns, seed * 0x9e3779b97f4a7c15ull + condition, text, bytes, 0};
    below(&m, 2);
    if (condition)
        put_condition(&m, (int)below(&m, DEEPEST + 1));
    else if (below(&m, 3))
        put_mean(&m, (int)below(&m, DEEPEST + 1));
    else
        put_value(&m, (int)below(&m, DEEPEST + 1));
}
