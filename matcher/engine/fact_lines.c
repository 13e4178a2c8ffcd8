/* Compares facts by their names: the same fact may stand on another line. */
#include "matcher/engine/fact_lines.h"

#include <string.h>

/* Bytes of the name of the fact on a line of n bytes. */
static size_t name_bytes(const char *line, size_t n)
{
    size_t name = 0;
    while (name < n && line[name] != ' ')
        name++;
    if (n >= 6 && strncmp(line, "table ", 6) == 0)
        name = n > 8 ? 8 : n; /* "table A:" */
    return name;
}

/* The next fact of this name (n bytes) in a text of facts; its length in *bytes. NULL if it is not
 * there. */
static const char *next_fact(const char *facts, const char *name, size_t n, size_t *bytes)
{
    for (const char *at = facts; *at;) {
        size_t length = strcspn(at, "\n");
        if (length > n && strncmp(at, name, n) == 0 && at[n] == ' ') {
            *bytes = length;
            return at;
        }
        at += length + (at[length] == '\n');
    }
    return NULL;
}

/* The fact in `then` that stands where `line` (n bytes, in `now`) does. An option that is given
 * several times is several facts of one name: they are compared in their order. */
static const char *same_fact(const char *now, const char *line, size_t n, const char *then,
                             size_t *bytes)
{
    const size_t name = name_bytes(line, n);
    size_t length = 0;
    const char *other = next_fact(then, line, name, bytes);
    for (const char *mine = next_fact(now, line, name, &length); other && mine && mine != line;
         mine = next_fact(mine + length, line, name, &length))
        other = next_fact(other + *bytes, line, name, bytes);
    return other;
}

bool fact_lines_same(const char *now, const char *then, const char *where, struct err *e)
{
    const char *hint = "a run can only be continued, or put together, with the same tables, scorer "
                       "and options";
    for (const char *line = now; *line;) {
        size_t n = strcspn(line, "\n"), n_then = 0;
        const char *other = same_fact(now, line, n, then, &n_then);
        if (!other || n_then != n || strncmp(line, other, n) != 0)
            return err_set(e, ERR_USAGE, hint,
                           "%s is of another run: it has \"%.*s\", here it is "
                           "\"%.*s\"",
                           where, other ? (int)n_then : 7, other ? other : "nothing", (int)n, line);
        line += n + (line[n] == '\n');
    }
    return strlen(now) == strlen(then) ||
           err_set(e, ERR_USAGE, hint, "%s is of another run: it has facts that this one lacks",
                   where);
}

bool fact_lines_value(const char *facts, const char *name, char *value, size_t bytes)
{
    const size_t before = strlen(name) + 1;
    size_t n = 0;
    const char *line = next_fact(facts, name, before - 1, &n);
    if (!line || n - before >= bytes)
        return false;
    memcpy(value, line + before, n - before);
    value[n - before] = 0;
    return true;
}
