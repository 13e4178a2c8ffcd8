/* Expressions by recursion, and at random. */
#include "tests/twin/twin_expr.h"
#include "core/bits.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- The twin --------------------------------------------------------------------------------*/

static bool is_true(double x)
{
    return !isnan(x) && x != 0;
}

static double arithmetic(enum expr_op op, double x, double y)
{
    if (isnan(x) || isnan(y))
        return (double)NAN;
    return op == EXPR_ADD        ? x + y
           : op == EXPR_SUB      ? x - y
           : op == EXPR_MUL      ? x * y
           : op == EXPR_MIN      ? (x < y ? x : y)
           : op == EXPR_MAX      ? (x > y ? x : y)
           : op == EXPR_SOFT_MIN ? bits_soft_min(x, y)
           : y == 0              ? (double)NAN
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

/* A value, and whether it was computed from something missing. What the parser has made of the
 * second (child 0 of MISSING and IF_MISSING) is not read: it is what is to be tested. */
struct answer {
    double value;
    bool missing;
};

static struct answer answer_of(const struct twin_expr *pair, uint32_t node);

static bool all_present(const struct twin_expr *pair, uint64_t columns)
{
    bool all = true;
    for (uint32_t i = 0; i < pair->x->n_columns; i++)
        all = all && (!(columns >> i & 1) || pair->present(pair->context, pair->x, i));
    return all;
}

static struct answer leaf_answer(const struct twin_expr *pair, uint32_t node)
{
    const struct expr_node *v = &pair->x->node[node];
    if (v->op == EXPR_NUMBER)
        return (struct answer){v->number, false};
    if (v->op == EXPR_PRESENT)
        return (struct answer){all_present(pair, v->columns), false};
    double value = pair->leaf(pair->context, pair->x, node);
    uint64_t columns = 0;
    if (v->op == EXPR_TERM)
        columns =
            1ull << pair->x->term[v->index].column_a | 1ull << pair->x->term[v->index].column_b;
    if (v->op == EXPR_SAME)
        columns = 1ull << v->index;
    return (struct answer){value, isnan(value) || !all_present(pair, columns)};
}

static struct answer choice(const struct twin_expr *pair, const struct expr_node *v)
{
    struct answer c = answer_of(pair, v->child[0]);
    struct answer chosen = answer_of(pair, v->child[is_true(c.value) ? 1 : 2]);
    return (struct answer){chosen.value, c.missing || chosen.missing};
}

/* The weight of the last threshold that x reaches. */
static double step_of(const struct twin_expr *pair, const struct expr_node *v, double x)
{
    const double *number = pair->x->number + v->index;
    double weight = number[0];
    for (uint32_t i = 1; i + 1 < v->n_numbers; i += 2)
        if (x >= number[i])
            weight = number[i + 1];
    return isnan(x) ? x : weight;
}

/* missing(a.x) of a column is the PRESENT of that column, and a number. */
static bool is_missing(const struct twin_expr *pair, const struct expr_node *v)
{
    if (pair->x->node[v->child[1]].op == EXPR_NUMBER)
        return !all_present(pair, pair->x->node[v->child[0]].columns);
    return answer_of(pair, v->child[1]).missing;
}

static struct answer answer_of(const struct twin_expr *pair, uint32_t node)
{
    const struct expr_node *v = &pair->x->node[node];
    enum expr_op op = (enum expr_op)v->op;
    if (op < EXPR_ADD)
        return leaf_answer(pair, node);
    if (op == EXPR_IF)
        return choice(pair, v);
    if (op == EXPR_MISSING)
        return (struct answer){is_missing(pair, v), false};
    if (op == EXPR_IF_MISSING) {
        struct answer of = answer_of(pair, v->child[1]);
        return of.missing ? answer_of(pair, v->child[2]) : of;
    }
    struct answer x = answer_of(pair, v->child[0]), y = x;
    if (v->n_children > 1)
        y = answer_of(pair, v->child[1]);
    double value = op <= EXPR_SOFT_MIN ? arithmetic(op, x.value, y.value)
                   : op <= EXPR_CEIL   ? unary(op, x.value)
                   : op == EXPR_STEPS  ? step_of(pair, v, x.value)
                   : op <= EXPR_NE     ? compare(op, x.value, y.value)
                   : op == EXPR_NOT    ? !is_true(x.value)
                   : op == EXPR_AND    ? is_true(x.value) && is_true(y.value)
                                       : is_true(x.value) || is_true(y.value);
    return (struct answer){value, x.missing || y.missing || isnan(value)};
}

double twin_expr_value(const struct twin_expr *pair, uint32_t node)
{
    return answer_of(pair, node).value;
}

bool twin_expr_matches(const struct twin_expr *pair, const struct expr_goal *goal, double *score)
{
    if (goal->where != EXPR_NONE && !is_true(twin_expr_value(pair, goal->where)))
        return false;
    if (goal->score == EXPR_NONE)
        return true;
    *score = twin_expr_value(pair, goal->score);
    return *score >= goal->threshold && *score <= goal->most;
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
    while (metric->flags & METRIC_OF_COLUMNS) /* the values of one pair say nothing of it */
        metric = metric_at(below(m, n));
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
        if (depth > 0 && below(m, 2))
            put_condition(m, depth - 1);
        else
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

/* if_missing within if_missing, up to 4 deep, on either side. */
static void put_if_missing(struct maker *m, int depth)
{
    uint32_t more = below(m, 4);
    bool first = below(m, 3) > 0;
    for (uint32_t i = 0; i <= more; i++) {
        put(m, "if_missing(");
        if (!first) {
            put_value(m, depth - 1);
            put(m, ", ");
        }
    }
    put_value(m, depth - 1);
    for (uint32_t i = 0; i <= more; i++) {
        if (first) {
            put(m, ", ");
            put_value(m, i < more ? 0 : depth - 1);
        }
        put(m, ")");
    }
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

/* Steps that rise or fall, as they come. */
static void put_steps(struct maker *m, int depth)
{
    uint32_t n = 1 + below(m, 4), threshold = below(m, 4);
    put(m, "steps(");
    put_value(m, depth - 1);
    put(m, ", %s0.%u", below(m, 2) ? "-" : "", below(m, 9));
    for (uint32_t i = 0; i < n; i++, threshold += 1 + below(m, 4))
        put(m, ", %u.%u, %s%u.%u", threshold / 8, threshold % 8, below(m, 4) ? "" : "-",
            below(m, 2), below(m, 9));
    put(m, ")");
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
    uint32_t kind = below(m, 18);
    if (depth <= 0 || kind < 3) {
        put_leaf(m);
    } else if (kind < 7) {
        put(m, "(");
        put_mean(m, depth);
        put(m, ")");
    } else if (kind < 9) {
        static const char *const names[] = {"min", "max", "soft_min"};
        put_call(m, names[below(m, 3)], depth);
    } else if (kind == 9) {
        put_if_missing(m, depth);
    } else if (kind < 12) {
        put_binary(m, "+-*/"[below(m, 4)], depth);
    } else if (kind < 14) {
        put(m, "(");
        put_choice(m, depth);
        put(m, ")");
    } else if (kind == 14) {
        put_unary(m, depth);
    } else if (kind < 17) {
        put_steps(m, depth);
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
