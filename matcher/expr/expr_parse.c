/* From text to tree: a recursive descent over the grammar in expr.h, loosest operator first. */
#include "core/suggest.h"
#include "data/text.h"
#include "matcher/expr/expr.h"
#include "matcher/index/index.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 60 /* of nested parentheses, calls and operators */
#define NAME_BYTES 256
#define MAX_CALLS 80
#define SHOWN_BEFORE 48 /* screen columns of the text that an error shows, up to its mark */
#define SHOWN_BEHIND 28
#define SHOWN_BYTES 200 /* of each, at most */
#define TOO_LONG "write it as a scorer in C"
#define TWO_COLUMNS "for example: levenshtein(a.name, b.title)"
#define OPERATORS "operators are + - * / < <= > >= == != && || ! and ? :"

enum operand_kind { VALUE, FIELD, STRING };

/* What a part of the text stands for: a value (a node), a column that is not read yet, or a text
 * in quotes. */
struct operand {
    enum operand_kind kind;
    uint32_t node;                /* VALUE */
    uint32_t side, column;        /* FIELD: column in its file */
    uint32_t text_at, text_bytes; /* STRING: its text; FIELD: its name; in the pool */
    const char *at;               /* where it begins, for messages */
};

struct parser {
    struct expr *x;
    const char *what, *text, *p;
    const struct expr_names *names;
    struct err *e;
    unsigned depth;
};

static bool parse_value(struct parser *s, struct operand *out);

/* ---- Errors and characters -------------------------------------------------------------------*/

static bool is_inside(char c) /* a character of several bytes */
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* The text around `at` on one line, "…" where it is cut, and a mark below that place. */
static void show_place(const struct parser *s, const char *at, char *out, size_t bytes)
{
    char line[2 * SHOWN_BYTES + 8];
    const char *from = at, *to = at;
    while (from > s->text &&
           (is_inside(*from) || (at - from < SHOWN_BYTES && text_width(from, at) < SHOWN_BEFORE)))
        from--;
    while (*to && (is_inside(*to) || (to - at < SHOWN_BYTES && text_width(at, to) < SHOWN_BEHIND)))
        to++;
    snprintf(line, sizeof line, "%.*s", (int)(to - from), from);
    for (char *p = line; *p; p++)
        if (iscntrl((unsigned char)*p))
            *p = ' ';
    bool cut = from > s->text;
    snprintf(out, bytes, "  %s%s%s\n  %*s", cut ? "…" : "", line, *to ? "…" : "",
             (int)(cut + text_width(from, at)) + 1, "^");
}

__attribute__((format(printf, 4, 5))) static bool fail(const struct parser *s, const char *at,
                                                       const char *hint, const char *format, ...)
{
    char what[1000], place[2 * SHOWN_BYTES + 100];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    show_place(s, at, place, sizeof place);
    return err_set(s->e, ERR_USAGE, hint, "%s: %s\n%s", s->what, what, place);
}

#ifdef __clang_analyzer__ /* which does not look into it, as in err.h */
#define fail(...) (fail(__VA_ARGS__) && false)
#endif

/* An error that something else has set, with the place added. */
static bool fail_there(const struct parser *s, const char *at)
{
    struct err e = *s->e;
    return fail(s, at, e.hint[0] ? e.hint : NULL, "%s", e.text);
}

static void skip_blanks(struct parser *s)
{
    while (isspace((unsigned char)*s->p))
        s->p++;
}

static bool accept(struct parser *s, const char *token)
{
    size_t n = strlen(token);
    skip_blanks(s);
    if (strncmp(s->p, token, n) != 0)
        return false;
    s->p += n;
    return true;
}

/* What to write where no operator stands; other languages have other ones. */
static const char *operator_hint(const char *p)
{
    static const char *const others[][2] = {
        {"and", "\"and\" is written &&"}, {"AND", "\"and\" is written &&"},
        {"&", "\"and\" is written &&"},   {"or", "\"or\" is written ||"},
        {"OR", "\"or\" is written ||"},   {"|", "\"or\" is written ||"},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strncmp(p, others[i][0], strlen(others[i][0])) == 0)
            return others[i][1];
    return OPERATORS;
}

/* Takes a token; `what` is what else could stand there. */
static bool expect(struct parser *s, const char *token, const char *what)
{
    return accept(s, token) ||
           fail(s, s->p, operator_hint(s->p), "%s or \"%s\" is expected here", what, token);
}

/* The end of a call or of what stands in parentheses. */
static bool expect_close(struct parser *s)
{
    return expect(s, ")", "an operator");
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

/* A word, or what stands in quotes, into name[NAME_BYTES]. */
static bool read_name(struct parser *s, const char *what, char *name)
{
    skip_blanks(s);
    char quote = is_quote(*s->p) ? *s->p : 0;
    const char *from = s->p + (quote != 0), *to = from;
    while (quote ? *to && *to != quote : is_word(*to))
        to++;
    if (quote && !*to)
        return fail(s, s->p, NULL, "this quote has no end");
    if (!quote && to == from)
        return fail(s, s->p, NULL, "%s is expected here", what);
    if (to - from >= NAME_BYTES)
        return fail(s, s->p, NULL, "this is longer than %d bytes", NAME_BYTES - 1);
    memcpy(name, from, (size_t)(to - from));
    name[to - from] = 0;
    s->p = to + (quote != 0);
    return true;
}

/* ---- Nodes -----------------------------------------------------------------------------------*/

static bool add_node(struct parser *s, struct expr_node node, struct operand *out)
{
    if (s->x->n_nodes == EXPR_MAX_NODES)
        return fail(s, s->p, TOO_LONG, "the expression is too long");
    out->kind = VALUE;
    out->node = s->x->n_nodes;
    s->x->node[s->x->n_nodes++] = node;
    return true;
}

static bool add_number(struct parser *s, double number, struct operand *out)
{
    return add_node(s, (struct expr_node){.op = EXPR_NUMBER, .number = number}, out);
}

/* Puts a text into the pool, once. */
static bool add_text(struct parser *s, const char *text, uint32_t *at, uint32_t *bytes)
{
    struct expr *x = s->x;
    size_t n = strlen(text);
    const char *there = memmem(x->text, x->text_bytes, text, n);
    if (!there && x->text_bytes + n > EXPR_MAX_TEXT)
        return fail(s, s->p, TOO_LONG, "there is too much text in the expression");
    *at = there ? (uint32_t)(there - x->text) : x->text_bytes;
    *bytes = (uint32_t)n;
    if (!there) {
        memcpy(x->text + *at, text, n);
        x->text_bytes += (uint32_t)n;
    }
    return true;
}

/* The column of the expression for a field read as `kind`; it is there once. */
static bool add_column(struct parser *s, const struct operand *field, uint32_t kind,
                       uint32_t *column)
{
    struct expr *x = s->x;
    for (*column = 0; *column < x->n_columns; (*column)++) {
        const struct expr_column *c = &x->column[*column];
        if (c->side == field->side && c->kind == kind && c->column == field->column)
            return true;
    }
    if (x->n_columns == EXPR_MAX_COLUMNS)
        return fail(s, field->at, TOO_LONG, "more than %d columns are used", EXPR_MAX_COLUMNS);
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

/* The node of a metric of two fields, one of each side. */
static bool add_term(struct parser *s, const struct metric_use *use, const struct operand field[2],
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
    if (!add_column(s, a, INDEX_TEXT, &term.column_a) ||
        !add_column(s, b, INDEX_TEXT, &term.column_b))
        return false;
    uint32_t i = 0;
    while (i < x->n_terms && !same_term(&x->term[i], &term))
        i++;
    if (i == EXPR_MAX_TERMS)
        return fail(s, s->p, TOO_LONG, "more than %d metrics are used", EXPR_MAX_TERMS);
    x->term[i] = term;
    x->n_terms += i == x->n_terms;
    return add_node(s, (struct expr_node){.op = EXPR_TERM, .index = i}, out);
}

static bool add_inner(struct parser *s, enum expr_op op, uint32_t n, const struct operand *child,
                      struct operand *out)
{
    struct expr_node node = {.op = (uint16_t)op, .n_children = (uint16_t)n};
    for (uint32_t i = 0; i < n; i++)
        node.child[i] = child[i].node;
    return add_node(s, node, out);
}

static bool check_no_text(const struct parser *s, const struct operand *o)
{
    return o->kind != STRING || fail(s, o->at, "for example: a.city == 'Oslo'",
                                     "a text can only be compared with a column, by == or !=");
}

/* Makes a value of an operand: a column that stands where a number is wanted is read as one. */
static bool to_value(struct parser *s, struct operand *o, uint32_t kind)
{
    struct expr_node node = {.op = EXPR_COLUMN};
    if (o->kind == VALUE)
        return true;
    return check_no_text(s, o) && add_column(s, o, kind, &node.index) && add_node(s, node, o);
}

/* ---- Columns and texts -----------------------------------------------------------------------*/

/* "a." or "b." in front of a column: its side, or -1 when there is none. */
static int read_side(struct parser *s)
{
    skip_blanks(s);
    if ((s->p[0] != 'a' && s->p[0] != 'b') || s->p[1] != '.')
        return -1;
    s->p += 2;
    return s->p[-2] == 'b';
}

static bool find_field(struct parser *s, int side, const char *name, const char *at,
                       struct operand *out)
{
    *out = (struct operand){.kind = FIELD, .side = (uint32_t)side, .at = at};
    if (!s->names->find(s->names->context, side, name, &out->column, s->e))
        return fail_there(s, at);
    return add_text(s, name, &out->text_at, &out->text_bytes);
}

static bool read_field(struct parser *s, int side, const char *at, struct operand *out)
{
    char name[NAME_BYTES];
    return read_name(s, "a column", name) && find_field(s, side, name, at, out);
}

static bool read_string(struct parser *s, struct operand *out)
{
    char text[NAME_BYTES];
    *out = (struct operand){.kind = STRING, .at = s->p};
    return read_name(s, "a text", text) && add_text(s, text, &out->text_at, &out->text_bytes);
}

static bool read_number(struct parser *s, struct operand *out)
{
    char *end;
    const char *at = s->p;
    double x = strtod(s->p, &end);
    if (end == at || is_word(*end))
        return fail(s, at, NULL, "this is no number");
    if (!isfinite(x))
        return fail(s, at, NULL, "this number is too large");
    s->p = end;
    out->at = at;
    return add_number(s, x, out);
}

/* ---- Calls -----------------------------------------------------------------------------------*/

/* The columns of a metric: one name for both sides, or one column of each. */
static bool read_fields(struct parser *s, struct operand field[2])
{
    char name[NAME_BYTES];
    skip_blanks(s);
    const char *at = s->p;
    int side = read_side(s);
    if (side < 0)
        return read_name(s, "a column", name) && find_field(s, 0, name, at, &field[0]) &&
               find_field(s, 1, name, at, &field[1]);
    if (!read_field(s, side, at, &field[0]))
        return false;
    if (!accept(s, ","))
        return fail(s, s->p, TWO_COLUMNS,
                    "a comma and the column of the other side are expected here");
    skip_blanks(s);
    at = s->p;
    if (read_side(s) != !side)
        return fail(s, at, TWO_COLUMNS, "%s.COLUMN is expected here", side ? "a" : "b");
    return read_field(s, !side, at, &field[1]);
}

static bool read_metric_arguments(struct parser *s, struct metric_use *use)
{
    use->n_args = 0;
    while (accept(s, ",")) {
        char *end;
        skip_blanks(s);
        double x = strtod(s->p, &end);
        if (end == s->p)
            return fail(s, s->p, isalpha((unsigned char)*s->p) ? TWO_COLUMNS : NULL,
                        "a number is expected here");
        if (use->n_args == METRIC_MAX_ARGS)
            return fail(s, s->p, NULL, "there are too many numbers");
        s->p = end;
        use->args[use->n_args++] = x;
    }
    return expect(s, ")", "a comma");
}

/* The name of a call that is neither a function nor a metric. */
static bool unknown_call(const struct parser *s, const char *name, const char *at)
{
    const char *names[MAX_CALLS] = {"min",  "max",        "abs",     "sqrt", "floor",
                                    "ceil", "if_missing", "missing", NULL};
    char nearest[300], hint[400];
    size_t n = 0;
    while (names[n])
        n++;
    for (size_t i = 0; n < MAX_CALLS && metric_at(i); i++)
        names[n++] = metric_at(i)->name;
    snprintf(hint, sizeof hint, "nearest: %s; axb metrics lists all metrics",
             suggest_names(name, names, n, 4, nearest, sizeof nearest));
    return fail(s, at, hint, "there is no metric \"%.60s\" and no such function", name);
}

static bool read_metric(struct parser *s, const char *name, const char *at, struct operand *out)
{
    struct metric_use use;
    struct operand field[2];
    if (!metric_find(name, strlen(name), &use, s->e))
        return unknown_call(s, name, at);
    if (!read_fields(s, field) || !read_metric_arguments(s, &use))
        return false;
    return metric_check(&use, s->e) ? add_term(s, &use, field, out) : fail_there(s, at);
}

/* number(a.col), days(a.col): a column read as a number. With one name for both sides, or two
 * columns, it is the metric of that name. */
static bool read_conversion(struct parser *s, const char *name, uint32_t kind, const char *at,
                            struct operand *out)
{
    const char *inside = s->p;
    skip_blanks(s);
    const char *field_at = s->p;
    int side = read_side(s);
    if (side >= 0) {
        if (!read_field(s, side, field_at, out))
            return false;
        if (accept(s, ")"))
            return to_value(s, out, kind);
    }
    skip_blanks(s);
    if (side >= 0 && *s->p != ',')
        return fail(s, s->p,
                    "for example: number(a.size) / 2, or the metric number(a.size, b.size)",
                    "\")\" or a comma is expected here");
    s->p = inside;
    return read_metric(s, name, at, out);
}

/* ---- Functions -------------------------------------------------------------------------------*/

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

/* The EXPR_PRESENT for what is in *of; a bare column is read as text. */
static bool add_present(struct parser *s, struct operand *of, struct operand *out)
{
    struct expr_node node = {.op = EXPR_PRESENT};
    if (of->kind == FIELD) {
        uint32_t column;
        if (!add_column(s, of, INDEX_TEXT, &column) || !add_number(s, 0, of))
            return false;
        node.columns = 1ull << column;
    } else {
        node.columns = text_columns(s->x, of->node);
    }
    return add_node(s, node, out);
}

static bool read_missing(struct parser *s, struct operand *out)
{
    struct operand child[2];
    return parse_value(s, &child[1]) && expect_close(s) && check_no_text(s, &child[1]) &&
           add_present(s, &child[1], &child[0]) && add_inner(s, EXPR_MISSING, 2, child, out);
}

static bool read_if_missing(struct parser *s, struct operand *out)
{
    struct operand child[3];
    return parse_value(s, &child[1]) && to_value(s, &child[1], INDEX_NUMBER) &&
           add_present(s, &child[1], &child[0]) && expect(s, ",", "an operator") &&
           parse_value(s, &child[2]) && to_value(s, &child[2], INDEX_NUMBER) && expect_close(s) &&
           add_inner(s, EXPR_IF_MISSING, 3, child, out);
}

/* min(x, y, …), max(x, y, …) */
static bool read_many(struct parser *s, enum expr_op op, struct operand *out)
{
    struct operand child[2];
    if (!parse_value(s, out) || !to_value(s, out, INDEX_NUMBER))
        return false;
    if (!accept(s, ","))
        return fail(s, s->p, "for example: max(jaro(name), jaro(city))",
                    "a comma and a second value are expected here");
    do {
        child[0] = *out;
        if (!parse_value(s, &child[1]) || !to_value(s, &child[1], INDEX_NUMBER) ||
            !add_inner(s, op, 2, child, out))
            return false;
    } while (accept(s, ","));
    return expect(s, ")", "an operator, a comma");
}

static bool read_one(struct parser *s, enum expr_op op, struct operand *out)
{
    struct operand child;
    return parse_value(s, &child) && to_value(s, &child, INDEX_NUMBER) && expect_close(s) &&
           add_inner(s, op, 1, &child, out);
}

static const struct {
    const char *name;
    enum expr_op op;
    bool (*read)(struct parser *s, enum expr_op op, struct operand *out);
} functions[] = {
    {"min", EXPR_MIN, read_many},  {"max", EXPR_MAX, read_many},    {"abs", EXPR_ABS, read_one},
    {"sqrt", EXPR_SQRT, read_one}, {"floor", EXPR_FLOOR, read_one}, {"ceil", EXPR_CEIL, read_one},
};

static bool read_call(struct parser *s, const char *name, const char *at, struct operand *out)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(name, functions[i].name) == 0)
            return functions[i].read(s, functions[i].op, out);
    if (strcmp(name, "if_missing") == 0)
        return read_if_missing(s, out);
    if (strcmp(name, "missing") == 0)
        return read_missing(s, out);
    if (strcmp(name, "number") == 0)
        return read_conversion(s, name, INDEX_NUMBER, at, out);
    if (strcmp(name, "days") == 0)
        return read_conversion(s, name, INDEX_DAYS, at, out);
    return read_metric(s, name, at, out);
}

/* ---- Operators, tightest first ---------------------------------------------------------------*/

static bool read_word(struct parser *s, struct operand *out)
{
    char name[NAME_BYTES];
    const char *at = s->p;
    if (!read_name(s, "a value", name))
        return false;
    if (!accept(s, "("))
        return fail(s, at,
                    "a column is a.NAME or b.NAME, a metric NAME(COLUMN), a text 'in quotes'",
                    "\"%s\" alone has no meaning here", name);
    return read_call(s, name, at, out);
}

static bool parse_primary(struct parser *s, struct operand *out)
{
    skip_blanks(s);
    const char *at = s->p;
    if (accept(s, "(")) {
        bool ok = parse_value(s, out) && expect_close(s);
        out->at = at;
        return ok;
    }
    if (is_quote(*s->p))
        return read_string(s, out);
    if (isdigit((unsigned char)*s->p) || *s->p == '.')
        return read_number(s, out);
    int side = read_side(s);
    if (side >= 0)
        return read_field(s, side, at, out);
    bool ok = read_word(s, out);
    out->at = at;
    return ok;
}

static bool parse_unary(struct parser *s, struct operand *out)
{
    struct operand child;
    skip_blanks(s);
    const char *at = s->p;
    bool negate = *s->p == '-', invert = *s->p == '!' && s->p[1] != '=';
    if (!negate && !invert)
        return parse_primary(s, out);
    if (++s->depth > MAX_DEPTH)
        return fail(s, at, TOO_LONG, "this is nested too deeply");
    s->p++;
    bool ok = parse_unary(s, &child) && to_value(s, &child, INDEX_NUMBER);
    s->depth--;
    if (!ok)
        return false;
    out->at = at;
    if (negate && s->x->node[child.node].op == EXPR_NUMBER) {
        s->x->node[child.node].number *= -1;
        child.at = at;
        *out = child;
        return true;
    }
    return add_inner(s, negate ? EXPR_NEG : EXPR_NOT, 1, &child, out);
}

struct sign {
    const char *token;
    enum expr_op op;
};

/* The operator of a row of `operators`, ended by a NULL token, that stands next. */
static const struct sign *accept_sign(struct parser *s, const struct sign *operators)
{
    for (; operators->token; operators++)
        if (accept(s, operators->token))
            return operators;
    return NULL;
}

static bool divides_by_zero(const struct expr *x, enum expr_op op, const struct operand *by)
{
    return op == EXPR_DIV && x->node[by->node].op == EXPR_NUMBER && x->node[by->node].number == 0;
}

/* A chain of operators of one level: x - y + z. */
static bool parse_chain(struct parser *s, const struct sign *operators,
                        bool (*next)(struct parser *, struct operand *), struct operand *out)
{
    const struct sign *o;
    struct operand child[2];
    if (!next(s, out))
        return false;
    while ((o = accept_sign(s, operators)) != NULL) {
        child[0] = *out;
        if (!next(s, &child[1]) || !to_value(s, &child[0], INDEX_NUMBER) ||
            !to_value(s, &child[1], INDEX_NUMBER))
            return false;
        if (divides_by_zero(s->x, o->op, &child[1]))
            return fail(s, child[1].at, NULL, "this divides by zero");
        if (!add_inner(s, o->op, 2, child, out))
            return false;
        out->at = child[0].at;
    }
    return true;
}

static bool parse_product(struct parser *s, struct operand *out)
{
    static const struct sign operators[] = {{"*", EXPR_MUL}, {"/", EXPR_DIV}, {NULL, 0}};
    return parse_chain(s, operators, parse_unary, out);
}

static bool parse_sum(struct parser *s, struct operand *out)
{
    static const struct sign operators[] = {{"+", EXPR_ADD}, {"-", EXPR_SUB}, {NULL, 0}};
    return parse_chain(s, operators, parse_product, out);
}

/* A column and a text, or two columns, as texts: == and != alone. */
static bool compare_texts(struct parser *s, enum expr_op op, const struct operand child[2],
                          struct operand *out)
{
    struct operand same, parts[2];
    const struct operand *text = &child[child[1].kind == STRING];
    const struct operand *field = &child[child[1].kind != STRING];
    bool columns = child[0].kind == FIELD && child[1].kind == FIELD;
    if (op != EXPR_EQ && op != EXPR_NE)
        return fail(s, text->at, "for example: days(a.born) < days(b.born)",
                    "texts are compared by == and != alone; numbers and dates also by <");
    if (columns && child[0].side == child[1].side)
        return fail(s, child[1].at, "as numbers: number(a.x) == number(a.y)",
                    "columns of one side cannot be compared as texts");
    if (!columns && field->kind != FIELD)
        return check_no_text(s, text);
    if (columns) {
        struct metric_use use;
        if (!metric_find("equal", 5, &use, s->e) || !add_term(s, &use, child, &same))
            return false;
    } else {
        struct expr_node node = {
            .op = EXPR_SAME, .text_at = text->text_at, .text_bytes = text->text_bytes};
        if (!add_column(s, field, INDEX_TEXT, &node.index) || !add_node(s, node, &same))
            return false;
    }
    if (op == EXPR_EQ) {
        *out = same;
        return true;
    }
    return add_present(s, &same, &parts[0]) && add_inner(s, EXPR_NOT, 1, &same, &parts[1]) &&
           add_inner(s, EXPR_AND, 2, parts, out);
}

static bool parse_comparison(struct parser *s, struct operand *out)
{
    static const struct sign operators[] = {{"==", EXPR_EQ}, {"!=", EXPR_NE}, {"<=", EXPR_LE},
                                            {">=", EXPR_GE}, {"<", EXPR_LT},  {">", EXPR_GT},
                                            {NULL, 0}};
    struct operand child[2];
    if (!parse_sum(s, out))
        return false;
    const struct sign *o = accept_sign(s, operators);
    skip_blanks(s);
    if (!o)
        return *s->p != '=' || fail(s, s->p, NULL, "equality is written ==");
    child[0] = *out;
    if (!parse_sum(s, &child[1]))
        return false;
    bool texts = child[0].kind == STRING || child[1].kind == STRING ||
                 (child[0].kind == FIELD && child[1].kind == FIELD &&
                  (o->op == EXPR_EQ || o->op == EXPR_NE));
    bool ok = texts
                  ? compare_texts(s, o->op, child, out)
                  : to_value(s, &child[0], INDEX_NUMBER) && to_value(s, &child[1], INDEX_NUMBER) &&
                        add_inner(s, o->op, 2, child, out);
    out->at = child[0].at;
    const char *at = s->p;
    if (ok && accept_sign(s, operators))
        return fail(s, at, "for example: 0.5 < x && x < 0.7", "comparisons cannot be chained");
    return ok;
}

static bool parse_and(struct parser *s, struct operand *out)
{
    static const struct sign operators[] = {{"&&", EXPR_AND}, {NULL, 0}};
    return parse_chain(s, operators, parse_comparison, out);
}

static bool parse_or(struct parser *s, struct operand *out)
{
    static const struct sign operators[] = {{"||", EXPR_OR}, {NULL, 0}};
    return parse_chain(s, operators, parse_and, out);
}

static bool parse_choice(struct parser *s, struct operand *out)
{
    struct operand child[3];
    if (!parse_or(s, out))
        return false;
    if (!accept(s, "?"))
        return true;
    child[0] = *out;
    bool ok = to_value(s, &child[0], INDEX_NUMBER) && parse_value(s, &child[1]) &&
              to_value(s, &child[1], INDEX_NUMBER) && expect(s, ":", "an operator") &&
              parse_value(s, &child[2]) && to_value(s, &child[2], INDEX_NUMBER) &&
              add_inner(s, EXPR_IF, 3, child, out);
    out->at = child[0].at;
    return ok;
}

static bool parse_value(struct parser *s, struct operand *out)
{
    if (++s->depth > MAX_DEPTH)
        return fail(s, s->p, TOO_LONG, "this is nested too deeply");
    bool ok = parse_choice(s, out);
    s->depth--;
    return ok;
}

/* ---- The whole -------------------------------------------------------------------------------*/

bool expr_parse(struct expr *x, const char *text, const char *what, const struct expr_names *names,
                uint32_t *root, struct err *e)
{
    struct parser s = {x, what, text, text, names, e, 0};
    struct operand value;
    size_t n = strlen(text), valid = text_valid_prefix(text, n);
    if (valid < n)
        return err_set(e, ERR_USAGE, "is the terminal set to UTF-8?",
                       "%s: byte %zu of it is not UTF-8", what, valid + 1);
    if (!parse_value(&s, &value))
        return false;
    skip_blanks(&s);
    if (*s.p)
        return fail(&s, s.p, operator_hint(s.p), "an operator is expected here, or the end");
    if (value.kind == FIELD)
        return fail(&s, value.at, "for example: levenshtein(name), or number(a.size)",
                    "a column alone is neither a score nor a condition");
    *root = value.node;
    return to_value(&s, &value, INDEX_NUMBER);
}

bool expr_from_on(struct expr *x, const char *metric, const char *on,
                  const struct expr_names *names, uint32_t *root, struct err *e)
{
    struct parser s = {x, "--on", on, on, names, e, 0};
    struct metric_use use;
    struct operand field[2], value = {0};
    const char *equals = strchr(on, '=');
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%.*s", (int)(equals ? equals - on : (long)strlen(on)), on);
    if (!metric_find(metric, strlen(metric), &use, e) || !metric_check(&use, e) ||
        !names->find(names->context, 0, name, &field[0].column, e) ||
        !names->find(names->context, 1, equals ? equals + 1 : name, &field[1].column, e))
        return false;
    for (uint32_t side = 0; side < 2; side++) {
        field[side].kind = FIELD;
        field[side].side = side;
        field[side].at = on;
        if (!add_text(&s, side && equals ? equals + 1 : name, &field[side].text_at,
                      &field[side].text_bytes))
            return false;
    }
    bool ok = add_term(&s, &use, field, &value);
    *root = value.node;
    return ok;
}
