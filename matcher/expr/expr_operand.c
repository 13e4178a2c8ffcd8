/* Reads what stands between operators: columns, texts, numbers, and calls of metrics and functions.
 */
#include "core/suggest.h"
#include "data/clean/text_rules.h"
#include "matcher/expr/expr_foreign.h"
#include "matcher/expr/expr_internal.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_CALLS 80
#define TWO_COLUMNS "for example: levenshtein(a.name, b.title)"
#define STEPS                                                                                      \
    "for example: steps(jaro(name), -4, 0.8, 2, 0.95, 7), which is -4 below 0.8, 2 from there, "   \
    "and 7 from 0.95 on"

/* ---- Columns and texts -----------------------------------------------------------------------*/

int operand_read_side(struct parser *s)
{
    lexer_skip_blanks(s);
    if ((s->p[0] != 'a' && s->p[0] != 'b') || s->p[1] != '.')
        return -1;
    s->p += 2;
    return s->p[-2] == 'b';
}

static bool find_field(struct parser *s, int side, const char *name, const char *at,
                       struct operand *out)
{
    *out = (struct operand){.kind = OPERAND_FIELD, .side = (uint32_t)side, .at = at};
    if (!s->names->find(s->names->context, side, name, &out->column, s->e))
        return lexer_fail_there(s, at);
    return tree_add_text(s, name, &out->text_at, &out->text_bytes);
}

bool operand_read_field(struct parser *s, int side, const char *at, struct operand *out)
{
    char name[EXPR_NAME_BYTES];
    return lexer_read_name(s, "a column", name) && find_field(s, side, name, at, out);
}

/* Takes the functions that clean a column, as far as they are written: "codes(sort_words(". Returns
 * how many, and adds their rules. */
static unsigned read_rules(struct parser *s, uint32_t *rules)
{
    char name[EXPR_NAME_BYTES];
    unsigned n = 0;
    for (;; n++) {
        lexer_skip_blanks(s);
        const size_t bytes = strspn(s->p, "abcdefghijklmnopqrstuvwxyz_");
        const char *after = s->p + bytes + strspn(s->p + bytes, " \t\n");
        if (bytes >= sizeof name || *after != '(')
            return n;
        memcpy(name, s->p, bytes);
        name[bytes] = 0;
        const uint32_t flags = text_rules_of_function(name);
        if (!flags)
            return n;
        *rules |= flags;
        s->p = after + 1;
    }
}

/* Takes as many closing parentheses as functions have opened. */
static bool close_rules(struct parser *s, unsigned n)
{
    for (; n > 0; n--)
        if (!lexer_expect_close(s))
            return false;
    return true;
}

/* codes(a.title): a column that is cleaned, from after the "(" of the first function on. */
static bool read_cleaned(struct parser *s, uint32_t rules, struct operand *out)
{
    const unsigned more = read_rules(s, &rules);
    lexer_skip_blanks(s);
    const char *at = s->p;
    const int side = operand_read_side(s);
    if (side < 0)
        return lexer_fail(s, at, "for example: codes(a.title) == codes(b.title)",
                          "a.COLUMN or b.COLUMN is expected here");
    if (!operand_read_field(s, side, at, out) || !close_rules(s, more + 1))
        return false;
    out->rules = rules;
    return true;
}

bool operand_read_text(struct parser *s, struct operand *out)
{
    char text[EXPR_NAME_BYTES];
    *out = (struct operand){.kind = OPERAND_TEXT, .at = s->p};
    return lexer_read_name(s, "a text", text) &&
           tree_add_text(s, text, &out->text_at, &out->text_bytes);
}

bool operand_read_number(struct parser *s, struct operand *out)
{
    char *end;
    const char *at = s->p;
    double x = strtod(s->p, &end);
    if (end == at || lexer_is_word(*end))
        return lexer_fail(s, at, NULL, "this is not a number");
    if (!isfinite(x))
        return lexer_fail(s, at, NULL, "this number is too large");
    s->p = end;
    out->at = at;
    return tree_add_number(s, x, out);
}

/* ---- Calls -----------------------------------------------------------------------------------*/

/* A call where a column must stand: lower(a.city). */
static bool no_text_call(struct parser *s, const char *name, const char *at)
{
    const struct expr_foreign *f = expr_foreign_find(name);
    return lexer_fail(
        s, at, f ? f->hint : TWO_COLUMNS,
        "a metric compares columns, and \"%.60s\" is not one: texts cannot be computed", name);
}

/* The end of what is written from p on, up to the next comma or closing parenthesis outside quotes.
 */
static const char *end_of_item(const char *p)
{
    for (char quote = 0; *p && (quote || (*p != ',' && *p != ')')); p++)
        quote = quote ? (*p == quote ? 0 : quote) : lexer_is_quote(*p) ? *p : 0;
    return p;
}

/* One of the names `City, town` that stand at `at` is in one file alone, so each lacks its side. */
static bool hint_at_sides(struct parser *s, const char *at)
{
    const struct err why = *s->e;
    const char *end = end_of_item(at), *second = end + (*end == ',');
    char hint[400];
    while (*second == ' ')
        second++;
    if (*end != ',' || !(isalpha((unsigned char)*second) || lexer_is_quote(*second)))
        return false;
    snprintf(hint, sizeof hint,
             "columns that have different names need their sides: a.%.*s, b.%.*s", (int)(end - at),
             at, (int)(end_of_item(second) - second), second);
    return err_set(s->e, ERR_USAGE, hint, "%s", why.text);
}

/* A column by one name for both sides. A text in quotes is a name here. */
static bool find_both(struct parser *s, const char *name, const char *at, struct operand field[2])
{
    if (find_field(s, 0, name, at, &field[0]) && find_field(s, 1, name, at, &field[1]))
        return true;
    if (lexer_is_quote(*at) && lexer_accept(s, ",")) {
        const struct err why = *s->e;
        return err_set(s->e, ERR_USAGE,
                       "a metric compares two columns; a column and a text: a.city == 'Oslo'", "%s",
                       why.text);
    }
    return hint_at_sides(s, at);
}

/* What stands after the column of one side is no comma. */
static bool no_comma(struct parser *s)
{
    lexer_skip_blanks(s);
    const bool joins = *s->p == '|' || *s->p == '+' || *s->p == '&';
    if (joins)
        return lexer_fail(s, s->p, expr_foreign_find("concat")->hint,
                          "texts cannot be joined: a metric compares one column of each side");
    return lexer_fail(s, s->p, TWO_COLUMNS,
                      "a comma and the column of the other side are expected here");
}

/* The column of the other side, which comes after the comma. */
static bool read_second(struct parser *s, int side, struct operand *field)
{
    uint32_t rules = 0;
    const unsigned n = read_rules(s, &rules);
    lexer_skip_blanks(s);
    const char *at = s->p;
    if (operand_read_side(s) != side)
        return lexer_fail(s, at, TWO_COLUMNS, "%s.COLUMN is expected here", side ? "b" : "a");
    if (!operand_read_field(s, side, at, field) || !close_rules(s, n))
        return false;
    field->rules = rules;
    return true;
}

/* The columns of a metric: one name for both sides, or one column of each; each in functions that
 * clean it. */
static bool read_fields(struct parser *s, struct operand field[2])
{
    char name[EXPR_NAME_BYTES];
    uint32_t rules = 0;
    const unsigned n = read_rules(s, &rules);
    lexer_skip_blanks(s);
    const char *at = s->p;
    const int side = operand_read_side(s);
    if (side < 0 && !lexer_read_name(s, "a column", name))
        return false;
    if (side < 0 && lexer_accept(s, "("))
        return no_text_call(s, name, at);
    if (!(side < 0 ? find_both(s, name, at, field) : operand_read_field(s, side, at, &field[0])) ||
        !close_rules(s, n))
        return false;
    field[0].rules = field[1].rules = rules;
    if (side < 0)
        return true;
    return lexer_accept(s, ",") ? read_second(s, !side, &field[1]) : no_comma(s);
}

static bool read_metric_arguments(struct parser *s, struct metric_use *use)
{
    use->n_args = 0;
    while (lexer_accept(s, ",")) {
        char *end;
        lexer_skip_blanks(s);
        double x = strtod(s->p, &end);
        if (end == s->p)
            return lexer_fail(s, s->p, isalpha((unsigned char)*s->p) ? TWO_COLUMNS : NULL,
                              "a number is expected here");
        if (use->n_args == METRIC_MAX_ARGS)
            return lexer_fail(s, s->p, NULL, "there are too many numbers");
        s->p = end;
        use->args[use->n_args++] = x;
    }
    return lexer_expect(s, ")", "a comma");
}

/* The name of a call that is neither a function nor a metric. */
static bool unknown_call(const struct parser *s, const char *name, const char *at)
{
    const char *names[MAX_CALLS] = {"min",   "max",      "abs",        "sqrt",    "floor", "ceil",
                                    "steps", "soft_min", "if_missing", "missing", NULL};
    char hint[400];
    size_t n = 0;
    const struct expr_foreign *f = expr_foreign_find(name);
    if (f)
        return lexer_fail(s, at, f->hint,
                          f->of_texts ? "texts cannot be computed: axb has no function \"%.60s\""
                                      : "axb has no function \"%.60s\"",
                          name);
    while (names[n])
        n++;
    for (size_t i = 0; n < MAX_CALLS && metric_at(i); i++)
        names[n++] = metric_at(i)->name;
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(name, names[i]) == 0) {
            snprintf(hint, sizeof hint, "names are in lower case: %s", names[i]);
            return lexer_fail(s, at, hint, "there is no metric \"%.60s\"", name);
        }
    suggest_hint(name, names, n, "axb metrics lists all metrics", hint, sizeof hint);
    return lexer_fail(s, at, hint, "there is no metric \"%.60s\" and no such function", name);
}

static bool read_metric(struct parser *s, const char *name, const char *at, struct operand *out)
{
    struct metric_use use;
    struct operand field[2];
    if (!metric_find(name, strlen(name), &use, s->e))
        return unknown_call(s, name, at);
    if (!read_fields(s, field) || !read_metric_arguments(s, &use))
        return false;
    return metric_check(&use, s->e) ? tree_add_term(s, &use, field, out) : lexer_fail_there(s, at);
}

/* number(a.col), days(a.col): a column read as a number. With one name for both sides, or two
 * columns, it is the metric of that name. */
static bool read_conversion(struct parser *s, const char *name, uint32_t kind, const char *at,
                            struct operand *out)
{
    const char *inside = s->p;
    lexer_skip_blanks(s);
    const char *field_at = s->p;
    int side = operand_read_side(s);
    if (side >= 0) {
        if (!operand_read_field(s, side, field_at, out))
            return false;
        if (lexer_accept(s, ")"))
            return tree_to_value(s, out, kind);
    }
    lexer_skip_blanks(s);
    if (side >= 0 && *s->p != ',')
        return lexer_fail(s, s->p,
                          "for example: number(a.size) / 2, or the metric number(a.size, b.size)",
                          "\")\" or a comma is expected here");
    s->p = inside;
    return read_metric(s, name, at, out);
}

/* ---- Functions -------------------------------------------------------------------------------*/

static bool read_missing(struct parser *s, struct operand *out)
{
    struct operand child[2];
    return parse_value(s, &child[1]) && lexer_expect_close(s) && tree_check_no_text(s, &child[1]) &&
           tree_add_present(s, &child[1], &child[0]) &&
           tree_add_inner(s, EXPR_MISSING, 2, child, out);
}

static bool read_if_missing(struct parser *s, struct operand *out)
{
    struct operand child[3];
    return parse_value(s, &child[1]) && tree_to_value(s, &child[1], INDEX_NUMBER) &&
           tree_add_present(s, &child[1], &child[0]) && lexer_expect(s, ",", "an operator") &&
           parse_value(s, &child[2]) && tree_to_value(s, &child[2], INDEX_NUMBER) &&
           lexer_expect_close(s) && tree_add_inner(s, EXPR_IF_MISSING, 3, child, out);
}

/* A number that is written as one, with its sign. Minus zero is zero. */
static bool read_constant(struct parser *s, double *number)
{
    char *end;
    lexer_skip_blanks(s);
    const char *at = s->p, *digits = at + (*at == '-');
    if (!isdigit((unsigned char)*digits) && *digits != '.')
        return lexer_fail(s, at, STEPS, "a number is expected here");
    *number = strtod(at, &end) + 0.0;
    if (end == at || lexer_is_word(*end))
        return lexer_fail(s, at, STEPS, "this is not a number");
    s->p = end;
    return isfinite(*number) || lexer_fail(s, at, NULL, "this number is too large");
}

/* The next number of the steps of a node: an even one is a weight, an odd one is a threshold. */
static bool read_step(struct parser *s, struct expr_node *node)
{
    struct expr *x = s->x;
    double number = 0;
    lexer_skip_blanks(s);
    const char *at = s->p;
    if (!read_constant(s, &number))
        return false;
    if (x->n_numbers == EXPR_MAX_NUMBERS)
        return lexer_fail(s, at, EXPR_TOO_LONG, "more than %d numbers are used", EXPR_MAX_NUMBERS);
    if (node->n_numbers % 2 && node->n_numbers > 1 && !(number > x->number[x->n_numbers - 2]))
        return lexer_fail(s, at, STEPS, "this threshold is not above the one before");
    x->number[x->n_numbers++] = number;
    node->n_numbers++;
    return true;
}

/* steps(x, w0, t1, w1, …) */
static bool read_steps(struct parser *s, struct operand *out)
{
    struct operand child;
    if (!parse_value(s, &child) || !tree_to_value(s, &child, INDEX_NUMBER))
        return false;
    struct expr_node node = {
        .op = EXPR_STEPS, .n_children = 1, .child = {child.node}, .index = s->x->n_numbers};
    while (lexer_accept(s, ","))
        if (!read_step(s, &node))
            return false;
    lexer_skip_blanks(s);
    if (*s->p == ')' && (node.n_numbers < 3 || node.n_numbers % 2 == 0))
        return lexer_fail(s, s->p, STEPS, "a comma and a %s are expected here",
                          node.n_numbers % 2 ? "threshold" : "weight");
    return lexer_expect(s, ")", node.n_numbers ? "a comma" : "an operator, a comma") &&
           tree_add_node(s, node, out);
}

/* min(x, y, …), max(x, y, …), soft_min(x, y, …) */
static bool read_many(struct parser *s, enum expr_op op, struct operand *out)
{
    struct operand child[2];
    if (!parse_value(s, out) || !tree_to_value(s, out, INDEX_NUMBER))
        return false;
    if (!lexer_accept(s, ","))
        return lexer_fail(s, s->p, "for example: max(jaro(name), jaro(city))",
                          "a comma and a second value are expected here");
    do {
        child[0] = *out;
        if (!parse_value(s, &child[1]) || !tree_to_value(s, &child[1], INDEX_NUMBER) ||
            !tree_add_inner(s, op, 2, child, out))
            return false;
    } while (lexer_accept(s, ","));
    return lexer_expect(s, ")", "an operator, a comma");
}

static bool read_one(struct parser *s, enum expr_op op, struct operand *out)
{
    struct operand child;
    return parse_value(s, &child) && tree_to_value(s, &child, INDEX_NUMBER) &&
           lexer_expect_close(s) && tree_add_inner(s, op, 1, &child, out);
}

static const struct {
    const char *name;
    enum expr_op op;
    bool (*read)(struct parser *s, enum expr_op op, struct operand *out);
} functions[] = {
    {"min", EXPR_MIN, read_many},  {"max", EXPR_MAX, read_many},
    {"abs", EXPR_ABS, read_one},   {"soft_min", EXPR_SOFT_MIN, read_many},
    {"sqrt", EXPR_SQRT, read_one}, {"floor", EXPR_FLOOR, read_one},
    {"ceil", EXPR_CEIL, read_one},
};

bool operand_read_call(struct parser *s, const char *name, const char *at, struct operand *out)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(name, functions[i].name) == 0)
            return functions[i].read(s, functions[i].op, out);
    if (strcmp(name, "steps") == 0)
        return read_steps(s, out);
    const uint32_t rules = text_rules_of_function(name);
    if (rules)
        return read_cleaned(s, rules, out);
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
