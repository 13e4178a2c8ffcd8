/* Filling and printing errors. Formatting cannot fail: what does not fit is cut. */
#include "core/err.h"

#include <stdarg.h>
#include <string.h>

/* Ends a text that was cut with an ellipsis, on a character boundary. */
static void mark_cut(char *text, size_t bytes)
{
    size_t end = bytes - 4;
    while (end && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    memcpy(text + end, "…", 4);
}

static void put_hint(struct err *e, const char *hint)
{
    int n = snprintf(e->hint, sizeof e->hint, "%s", hint ? hint : "");
    if (n >= (int)sizeof e->hint)
        mark_cut(e->hint, sizeof e->hint);
}

bool err_set(struct err *e, enum err_status status, const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    if (n >= (int)sizeof e->text)
        mark_cut(e->text, sizeof e->text);
    e->status = status;
    put_hint(e, hint);
    return false;
}

bool err_system(struct err *e, enum err_status status, int number, const char *hint,
                const char *format, ...)
{
    char what[1200];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return err_set(e, status, hint, "%s: %s", what, strerror(number));
}

void err_print(const struct err *e, FILE *out)
{
    fprintf(out, "axb: %s\n", e->text);
    if (e->hint[0])
        fprintf(out, "%s\n", e->hint);
}
