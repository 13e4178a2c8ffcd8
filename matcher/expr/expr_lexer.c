/* Tokens of an expression, and errors that show the place in its text. */
#include "data/text.h"
#include "matcher/expr/expr_internal.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_BEFORE 48 /* screen columns of the text that an error shows, up to its mark */
#define SHOWN_AFTER 28
#define SHOWN_BYTES 200 /* of each, at most */
#define OPERATORS "operators are + - * / < <= > >= == != && || ! and ? :"

/* ---- Errors ----------------------------------------------------------------------------------*/

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
    while (*to && (is_inside(*to) || (to - at < SHOWN_BYTES && text_width(at, to) < SHOWN_AFTER)))
        to++;
    snprintf(line, sizeof line, "%.*s", (int)(to - from), from);
    for (char *p = line; *p; p++)
        if (iscntrl((unsigned char)*p))
            *p = ' ';
    bool cut = from > s->text;
    snprintf(out, bytes, "  %s%s%s\n  %*s", cut ? "…" : "", line, *to ? "…" : "",
             (int)(cut + text_width(from, at)) + 1, "^");
}

bool(lexer_fail)(const struct parser *s, const char *at, const char *hint, const char *format, ...)
{
    char what[1000], place[2 * SHOWN_BYTES + 100];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    show_place(s, at, place, sizeof place);
    return err_set(s->e, ERR_USAGE, hint, "%s: %s\n%s", s->what, what, place);
}

bool lexer_fail_there(const struct parser *s, const char *at)
{
    struct err e = *s->e;
    return lexer_fail(s, at, e.hint[0] ? e.hint : NULL, "%s", e.text);
}

/* ---- Tokens ----------------------------------------------------------------------------------*/

void lexer_skip_blanks(struct parser *s)
{
    while (isspace((unsigned char)*s->p))
        s->p++;
}

bool lexer_accept(struct parser *s, const char *token)
{
    size_t n = strlen(token);
    lexer_skip_blanks(s);
    if (strncmp(s->p, token, n) != 0)
        return false;
    s->p += n;
    return true;
}

/* 60%: a number stands before the sign, and nothing after it that could be divided. */
static bool is_percent(const struct parser *s, const char *p)
{
    const char *before = p, *after = p + 1;
    while (before > s->text && isspace((unsigned char)before[-1]))
        before--;
    while (isspace((unsigned char)*after))
        after++;
    return *p == '%' && before > s->text && isdigit((unsigned char)before[-1]) &&
           !lexer_is_word(*after) && *after != '(';
}

const char *lexer_operator_hint(const struct parser *s, const char *p)
{
    static const char *const others[][2] = {
        {"and", "\"and\" is written &&"},
        {"&", "\"and\" is written &&"},
        {"or", "\"or\" is written ||"},
        {"|", "\"or\" is written ||"},
        {"not", "\"not\" is written !, as in !(a.zip == b.zip)"},
        {"is", "a missing value is asked for by missing(a.zip)"},
        {"in", "write a.city == 'Oslo' || a.city == 'Bergen'"},
        {"like", "texts are compared whole, a.city == 'Oslo', or by a metric"},
        {"between", "write x >= 1 && x <= 2"},
        {"div", "division is written /"},
        {"mod", "there is no remainder; write the score in C or Python"},
        {"%", "there is no remainder; write the score in C or Python"},
        {"^", "there are no powers: write x * x"},
        {":=", "equality is written =="},
    };
    if (is_percent(s, p))
        return "per cent are written as a fraction: 0.6 for 60%";
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strncasecmp(p, others[i][0], strlen(others[i][0])) == 0)
            return others[i][1];
    return OPERATORS;
}

bool lexer_expect(struct parser *s, const char *token, const char *what)
{
    return lexer_accept(s, token) || lexer_fail(s, s->p, lexer_operator_hint(s, s->p),
                                                "%s or \"%s\" is expected here", what, token);
}

bool lexer_expect_close(struct parser *s)
{
    return lexer_expect(s, ")", "an operator");
}

bool lexer_is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

bool lexer_is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

bool lexer_read_name(struct parser *s, const char *what, char *name)
{
    lexer_skip_blanks(s);
    char quote = lexer_is_quote(*s->p) ? *s->p : 0;
    const char *from = s->p + (quote != 0), *to = from;
    while (quote ? *to && *to != quote : lexer_is_word(*to))
        to++;
    if (quote && !*to)
        return lexer_fail(s, s->p, NULL, "this quote has no end");
    if (!quote && to == from)
        return lexer_fail(s, s->p, NULL, "%s is expected here", what);
    if (to - from >= EXPR_NAME_BYTES)
        return lexer_fail(s, s->p, NULL, "this is longer than %d bytes", EXPR_NAME_BYTES - 1);
    memcpy(name, from, (size_t)(to - from));
    name[to - from] = 0;
    s->p = to + (quote != 0);
    return true;
}
