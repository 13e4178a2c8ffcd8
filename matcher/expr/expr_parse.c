/* From text to tree: a recursive descent over the grammar in expr.h, loosest operator first. */
#include "data/text.h"
#include "matcher/expr/expr_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define MAX_DEPTH 60 /* of nested parentheses, calls and operators */

/* ---- Operators, tightest first ---------------------------------------------------------------*/

/* A name that no parenthesis follows. That of a metric may have been meant, with "-" for "_". */
static bool fail_bare(struct parser *s, const char *name, const char *at)
{
    const char *end = s->p;
    struct metric_use use;
    while (lexer_is_word(*end) || (*end == '-' && lexer_is_word(end[1])))
        end++;
    if (end > s->p && *end == '(' && !metric_find(at, (size_t)(end - at), &use, s->e))
        return lexer_fail_there(s, at);
    return lexer_fail(s, at,
                      "a column is a.NAME or b.NAME, a metric NAME(COLUMN), a text 'in quotes'",
                      "\"%s\" alone has no meaning here", name);
}

static bool read_word(struct parser *s, struct operand *out)
{
    char name[EXPR_NAME_BYTES];
    const char *at = s->p;
    if (*at == '>' && at > s->text && at[-1] == '<')
        return lexer_fail(s, at - 1, NULL, "\"not equal\" is written !=");
    if (!lexer_read_name(s, "a value", name))
        return false;
    if (strcasecmp(name, "not") == 0)
        return lexer_fail(s, at, "for example: !(a.zip == b.zip)", "\"%s\" is written !", name);
    if (!lexer_accept(s, "("))
        return fail_bare(s, name, at);
    return operand_read_call(s, name, at, out);
}

static bool parse_primary(struct parser *s, struct operand *out)
{
    lexer_skip_blanks(s);
    const char *at = s->p;
    if (lexer_accept(s, "(")) {
        bool ok = parse_value(s, out) && lexer_expect_close(s);
        out->at = at;
        return ok;
    }
    if (lexer_is_quote(*s->p))
        return operand_read_text(s, out);
    if (isdigit((unsigned char)*s->p) || *s->p == '.')
        return operand_read_number(s, out);
    int side = operand_read_side(s);
    if (side >= 0)
        return operand_read_field(s, side, at, out);
    bool ok = read_word(s, out);
    out->at = at;
    return ok;
}

static bool parse_unary(struct parser *s, struct operand *out)
{
    struct operand child;
    lexer_skip_blanks(s);
    const char *at = s->p;
    bool negate = *s->p == '-', invert = *s->p == '!' && s->p[1] != '=';
    if (!negate && !invert)
        return parse_primary(s, out);
    if (++s->depth > MAX_DEPTH)
        return lexer_fail(s, at, EXPR_TOO_LONG, "this is nested too deeply");
    s->p++;
    bool ok = parse_unary(s, &child) && tree_to_value(s, &child, INDEX_NUMBER);
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
    return tree_add_inner(s, negate ? EXPR_NEG : EXPR_NOT, 1, &child, out);
}

struct sign {
    const char *token;
    enum expr_op op;
};

/* The operator of a row of `operators`, ended by a NULL token, that stands next. */
static const struct sign *accept_sign(struct parser *s, const struct sign *operators)
{
    for (; operators->token; operators++)
        if (lexer_accept(s, operators->token))
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
        if (!next(s, &child[1]) || !tree_to_value(s, &child[0], INDEX_NUMBER) ||
            !tree_to_value(s, &child[1], INDEX_NUMBER))
            return false;
        if (divides_by_zero(s->x, o->op, &child[1]))
            return lexer_fail(s, child[1].at, NULL, "this divides by zero");
        if (!tree_add_inner(s, o->op, 2, child, out))
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
    const struct operand *text = &child[child[1].kind == OPERAND_TEXT];
    const struct operand *field = &child[child[1].kind != OPERAND_TEXT];
    bool columns = child[0].kind == OPERAND_FIELD && child[1].kind == OPERAND_FIELD;
    if (op != EXPR_EQ && op != EXPR_NE)
        return lexer_fail(s, text->at, "for example: days(a.born) < days(b.born)",
                          "texts are compared by == and != alone; numbers and dates also by <");
    if (columns && child[0].side == child[1].side)
        return lexer_fail(s, child[1].at, "as numbers: number(a.x) == number(a.y)",
                          "columns of one side cannot be compared as texts");
    if (!columns && field->kind != OPERAND_FIELD)
        return tree_check_no_text(s, text);
    if (columns) {
        struct metric_use use;
        if (!metric_find("equal", 5, &use, s->e) || !tree_add_term(s, &use, child, &same))
            return false;
    } else {
        struct expr_node node = {
            .op = EXPR_SAME, .text_at = text->text_at, .text_bytes = text->text_bytes};
        if (!tree_add_column(s, field, INDEX_TEXT, FIGURE_NONE, TEXT_FORM_VALUE, &node.index) ||
            !tree_add_node(s, node, &same))
            return false;
    }
    if (op == EXPR_EQ) {
        *out = same;
        return true;
    }
    return tree_add_present(s, &same, &parts[0]) &&
           tree_add_inner(s, EXPR_NOT, 1, &same, &parts[1]) &&
           tree_add_inner(s, EXPR_AND, 2, parts, out);
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
    lexer_skip_blanks(s);
    if (!o)
        return *s->p != '=' || lexer_fail(s, s->p, NULL, "equality is written ==");
    child[0] = *out;
    if (!parse_sum(s, &child[1]))
        return false;
    bool texts = child[0].kind == OPERAND_TEXT || child[1].kind == OPERAND_TEXT ||
                 (child[0].kind == OPERAND_FIELD && child[1].kind == OPERAND_FIELD &&
                  (o->op == EXPR_EQ || o->op == EXPR_NE));
    bool ok = texts ? compare_texts(s, o->op, child, out)
                    : tree_to_value(s, &child[0], INDEX_NUMBER) &&
                          tree_to_value(s, &child[1], INDEX_NUMBER) &&
                          tree_add_inner(s, o->op, 2, child, out);
    out->at = child[0].at;
    const char *at = s->p;
    if (ok && accept_sign(s, operators))
        return lexer_fail(s, at, "for example: 0.5 < x && x < 0.7",
                          "comparisons cannot be chained");
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
    if (!lexer_accept(s, "?"))
        return true;
    child[0] = *out;
    bool ok = tree_to_value(s, &child[0], INDEX_NUMBER) && parse_value(s, &child[1]) &&
              tree_to_value(s, &child[1], INDEX_NUMBER) && lexer_expect(s, ":", "an operator") &&
              parse_value(s, &child[2]) && tree_to_value(s, &child[2], INDEX_NUMBER) &&
              tree_add_inner(s, EXPR_IF, 3, child, out);
    out->at = child[0].at;
    return ok;
}

bool parse_value(struct parser *s, struct operand *out)
{
    if (++s->depth > MAX_DEPTH)
        return lexer_fail(s, s->p, EXPR_TOO_LONG, "this is nested too deeply");
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
    lexer_skip_blanks(&s);
    if (*s.p)
        return lexer_fail(&s, s.p, lexer_operator_hint(&s, s.p),
                          "an operator is expected here, or the end");
    if (value.kind == OPERAND_FIELD)
        return lexer_fail(&s, value.at, "for example: levenshtein(name), or number(a.size)",
                          "a column alone is neither a score nor a condition");
    *root = value.node;
    return tree_to_value(&s, &value, INDEX_NUMBER);
}

bool expr_from_on(struct expr *x, const char *metric, const char *const column[2],
                  const struct expr_names *names, uint32_t *root, struct err *e)
{
    struct parser s = {x, "--on", column[0], column[0], names, e, 0};
    struct metric_use use;
    struct operand field[2], value = {0};
    if (!metric_find(metric, strlen(metric), &use, e) || !metric_check(&use, e))
        return false;
    for (uint32_t side = 0; side < 2; side++) {
        field[side] = (struct operand){.kind = OPERAND_FIELD, .side = side, .at = column[0]};
        if (!names->find(names->context, (int)side, column[side], &field[side].column, e) ||
            !tree_add_text(&s, column[side], &field[side].text_at, &field[side].text_bytes))
            return false;
    }
    bool ok = tree_add_term(&s, &use, field, &value);
    *root = value.node;
    return ok;
}
