/* Filling and printing errors. Formatting cannot fail: what does not fit is cut. */
#include "core/err.h"

#include "core/string_builder.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define ELLIPSIS "…"
#define LIST_INDENT 5 /* columns, below "  1. " */

/* Ends a text of which only the first `capacity` - 1 bytes fitted with an ellipsis, on a character
 * boundary. Returns its length. */
static size_t mark_cut(char *text, size_t capacity)
{
    size_t end = capacity - sizeof ELLIPSIS;
    while (end && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    memcpy(text + end, ELLIPSIS, sizeof ELLIPSIS);
    return end + sizeof ELLIPSIS - 1;
}

/* Formats into text[capacity], cut where it must be. Returns its length. */
__attribute__((format(printf, 3, 0))) static size_t format_into(char *text, size_t capacity,
                                                                const char *format, va_list args)
{
    int n = vsnprintf(text, capacity, format, args);
    if (n < 0)
        text[0] = 0;
    return n < 0 ? 0 : (size_t)n < capacity ? (size_t)n : mark_cut(text, capacity);
}

static void put_hint(struct err *e, const char *hint)
{
    size_t n = hint ? strlen(hint) : 0;
    size_t kept = n < sizeof e->hint ? n : sizeof e->hint - 1;
    memcpy(e->hint, hint ? hint : "", kept);
    e->hint[kept] = 0;
    if (kept < n)
        mark_cut(e->hint, sizeof e->hint);
}

const char *err_hint(int number)
{
    static const struct {
        int number;
        const char *hint;
    } hints[] = {
        {ENOSPC, "the disk is full: free some space, or name another place"},
        {EDQUOT,
         "your share of the disk (quota) is used up: free some space, or name another place"},
        {EFBIG, "is the size of files limited (ulimit -f)?"},
        {EROFS, "it can only be read there: name another place"},
        {EMFILE, "is there a low limit on open files (ulimit -n)?"},
        {ENFILE, "all programs together have too many files open (sysctl fs.file-max)"},
        {EAGAIN, "is there a limit on processes (ulimit -u, or of the container)?"},
        {ENOMEM, "is memory limited (ulimit -v, ulimit -d, or of the container)?"},
    };
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (hints[i].number == number)
            return hints[i].hint;
    return NULL;
}

/* The names stand in parentheses because err.h makes macros of them for the analyzer. */
bool(err_set)(struct err *e, enum err_status status, const char *hint, const char *format, ...)
{
    struct err made = {.status = status,
                       .findings = 1}; /* apart: the arguments may point into *e */
    va_list args;
    va_start(args, format);
    format_into(made.text, sizeof made.text, format, args);
    va_end(args);
    put_hint(&made, hint);
    *e = made;
    return false;
}

bool(err_system)(struct err *e, enum err_status status, int number, const char *hint,
                 const char *format, ...)
{
    struct err made = {.status = status, .findings = 1};
    const char *reason = strerror(number);
    size_t kept = strnlen(reason, sizeof made.text / 2), after = kept + sizeof ": ";
    va_list args;
    va_start(args, format);
    size_t n = format_into(made.text, sizeof made.text - after, format, args);
    va_end(args);
    snprintf(made.text + n, sizeof made.text - n, ": %.*s", (int)kept, reason);
    put_hint(&made, hint ? hint : err_hint(number));
    *e = made;
    return false;
}

/* ---- Several findings ------------------------------------------------------------------------*/

/* Appends `part`, whose later lines are indented as a list has it; what does not fit is cut. */
static void append_indented(char *text, size_t capacity, const char *part)
{
    size_t n = strlen(text);
    for (; *part && n + 1 < capacity; part++) {
        text[n++] = *part;
        if (*part == '\n')
            for (int blanks = 0; blanks < LIST_INDENT && n + 1 < capacity; blanks++)
                text[n++] = ' ';
    }
    text[n] = 0;
    if (*part)
        mark_cut(text, capacity);
}

static void append_finding(struct err *all, unsigned number, const struct err *one)
{
    char mark[24];
    snprintf(mark, sizeof mark, "%s%3u. ", all->text[0] ? "\n" : "", number);
    size_t n = strlen(all->text);
    snprintf(all->text + n, sizeof all->text - n, "%s", mark);
    append_indented(all->text, sizeof all->text, one->text);
    if (one->hint[0]) {
        append_indented(all->text, sizeof all->text, "\n");
        append_indented(all->text, sizeof all->text, one->hint);
    }
}

bool err_add(struct err *all, const struct err *one)
{
    if (all->status == ERR_NONE) {
        *all = *one;
        return false;
    }
    if (strstr(all->text, one->text))
        return false;
    if (all->findings < 2) {
        const struct err first = *all;
        *all = (struct err){.status = first.status};
        append_finding(all, 1, &first);
        all->findings = 1;
    }
    append_finding(all, ++all->findings, one);
    return false;
}

/* ---- Showing ---------------------------------------------------------------------------------*/

int err_status(struct err *e)
{
    if (e->status == ERR_NONE)
        err_set(e, ERR_SOFTWARE, NULL, "it failed, and nothing says why");
    return (int)e->status;
}

void err_print(const struct err *e, FILE *out)
{
    struct err shown = *e;
    string_builder_plain(shown.text);
    string_builder_plain(shown.hint);
    if (shown.findings > 1)
        fprintf(out, "axb: this command has %u problems\n%s\n", shown.findings, shown.text);
    else
        fprintf(out, "axb: %s\n", shown.text);
    if (shown.hint[0])
        fprintf(out, "%s\n", shown.hint);
}
