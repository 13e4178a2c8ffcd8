/* Parses a metric call: one name, one or two columns, and numbers. */
#include "matcher/call.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    const char *text, *p;
    struct err *e;
};

__attribute__((format(printf, 2, 3))) static bool fail(const struct parser *s, const char *format,
                                                       ...)
{
    char what[200];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return err_set(s->e, ERR_USAGE, "for example: --score 'jaro_winkler(name)'",
                   "--score: %s\n  %s\n  %*s", what, s->text, (int)(s->p - s->text) + 1, "^");
}

static void skip_blanks(struct parser *s)
{
    while (isspace((unsigned char)*s->p))
        s->p++;
}

static bool accept(struct parser *s, char c)
{
    skip_blanks(s);
    if (*s->p != c)
        return false;
    s->p++;
    return true;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* A word or a quoted string as a new string; NULL with the error set. */
static char *read_name(struct parser *s, const char *what)
{
    skip_blanks(s);
    char quote = *s->p == '"' || *s->p == '\'' || *s->p == '`' ? *s->p : 0;
    const char *from = s->p + (quote != 0), *to = from;
    while (quote ? *to && *to != quote : is_word(*to))
        to++;
    if (quote ? !*to : to == from) {
        fail(s, "%s is expected here", what);
        return NULL;
    }
    s->p = to + (quote != 0);
    char *name = strndup(from, (size_t)(to - from));
    if (!name)
        err_set(s->e, ERR_OS, NULL, "not enough memory");
    return name;
}

/* "a." or "b." in front of a column: its side, or -1 when there is none. */
static int read_side(struct parser *s)
{
    skip_blanks(s);
    if ((s->p[0] != 'a' && s->p[0] != 'b') || s->p[1] != '.')
        return -1;
    s->p += 2;
    return s->p[-2] == 'b';
}

static bool read_columns(struct parser *s, struct call *call)
{
    int side = read_side(s);
    char *first = read_name(s, "a column");
    if (!first)
        return false;
    if (side < 0) {
        call->column_a = first;
        call->column_b = strdup(first);
        return call->column_b || err_set(s->e, ERR_OS, NULL, "not enough memory");
    }
    *(side ? &call->column_b : &call->column_a) = first;
    if (!accept(s, ','))
        return fail(s, "a comma and the column of the other side are expected here");
    if (read_side(s) != !side)
        return fail(s, "%s.COLUMN is expected here", side ? "a" : "b");
    char *second = read_name(s, "a column");
    *(side ? &call->column_a : &call->column_b) = second;
    return second != NULL;
}

static bool read_arguments(struct parser *s, struct call *call)
{
    while (accept(s, ',')) {
        char *end;
        skip_blanks(s);
        double x = strtod(s->p, &end);
        if (end == s->p)
            return fail(s, "a number is expected here");
        if (call->use.n_args == METRIC_MAX_ARGS)
            return fail(s, "there are too many numbers");
        s->p = end;
        call->use.args[call->use.n_args++] = x;
    }
    return accept(s, ')') || fail(s, "\")\" is expected here");
}

static bool read_call(struct parser *s, struct call *call)
{
    skip_blanks(s);
    const char *name = s->p;
    while (is_word(*s->p))
        s->p++;
    const char *end = s->p;
    if (end == name)
        return fail(s, "the name of a metric is expected here");
    if (!metric_find(name, (size_t)(end - name), &call->use, s->e))
        return false;
    call->use.n_args = 0;
    if (!accept(s, '('))
        return fail(s, "\"(\" and a column are expected here");
    if (!read_columns(s, call) || !read_arguments(s, call))
        return false;
    skip_blanks(s);
    return !*s->p || fail(s, "this is more than one metric call");
}

bool call_parse(const char *text, struct call *call, struct err *e)
{
    struct parser s = {text, text, e};
    *call = (struct call){0};
    if (read_call(&s, call) && metric_check(&call->use, e))
        return true;
    call_free(call);
    return false;
}

bool call_from_on(const char *metric, const char *on, struct call *call, struct err *e)
{
    const char *equals = strchr(on, '=');
    *call = (struct call){0};
    if (!metric_find(metric, strlen(metric), &call->use, e) || !metric_check(&call->use, e))
        return false;
    call->column_a = equals ? strndup(on, (size_t)(equals - on)) : strdup(on);
    call->column_b = strdup(equals ? equals + 1 : on);
    if (call->column_a && call->column_b)
        return true;
    call_free(call);
    return err_set(e, ERR_OS, NULL, "not enough memory");
}

void call_print(const struct call *call, char *text, size_t bytes)
{
    static const char *const views[] = {"", "_distance", "_similarity", "_normalized_distance"};
    int n = snprintf(text, bytes, "%s%s(a.%s, b.%s", call->use.metric->name, views[call->use.view],
                     call->column_a, call->column_b);
    for (unsigned i = 0; i < call->use.n_args && n >= 0 && (size_t)n < bytes; i++)
        n += snprintf(text + n, bytes - (size_t)n, ", %g", call->use.args[i]);
    if (n >= 0 && (size_t)n < bytes)
        snprintf(text + n, bytes - (size_t)n, ")");
}

void call_free(struct call *call)
{
    free(call->column_a);
    free(call->column_b);
    call->column_a = call->column_b = NULL;
}
