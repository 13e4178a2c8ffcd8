/* The facts of a run, a line each. */
#include "matcher/run/identity.h"

#include "core/hash.h"
#include "core/string_builder.h"
#include "data/input.h"
#include "matcher/options/opts_table.h"

#include <stdlib.h>
#include <string.h>

/* Texts may hold line ends; a fact is one line. */
static void put_text(FILE *out, const char *text)
{
    for (; *text; text++)
        if (*text == '\n' || *text == '\\')
            fprintf(out, "\\%c", *text == '\n' ? 'n' : '\\');
        else
            fputc(*text, out);
}

static void put_value(FILE *out, const struct opts *o, const struct opts_row *row)
{
    char text[OPTS_VALUE_BYTES];
    const char *value = opts_value(o, row, text);
    fprintf(out, "--%s ", row->name);
    put_text(out, value ? value : "(none)");
    fputc('\n', out);
}

/* The contents of a file that others have compiled. What it loads besides is not looked at. */
static bool fingerprint_file(const char *path, uint64_t *print, struct err *e)
{
    struct input in = {0};
    if (!input_open(&in, path, path, SIZE_MAX, e))
        return false;
    for (size_t i = 0; i < in.n; i++)
        *print = hash_of_words(*print, (unsigned char)in.p[i], i);
    input_close(&in);
    return true;
}

static bool put_scorer(FILE *out, const struct scorer *s, struct err *e)
{
    uint64_t print = s->source_fingerprint;
    if (!print && !fingerprint_file(s->path, &print, e))
        return false;
    fprintf(out, "scorer %016llx\n", (unsigned long long)print);
    return true;
}

static void put_table(FILE *out, const struct run *r, int side)
{
    const struct table_head *head = r->loaded.inputs.table[side].head;
    fprintf(out, "table %c: %llu records %016llx\n", side ? 'B' : 'A',
            (unsigned long long)head->n_rows,
            (unsigned long long)loaded_fingerprint(&r->loaded, &r->wanted, &r->sources, side));
}

static bool put_facts(FILE *out, const struct run *r, struct err *e)
{
    const struct opts *o = r->opts;
    bool module = o->score && opts_is_scorer_file(o->score);
    fprintf(out, "axb " AXB_VERSION "\nverb %s\n", r->sources.self ? "dedupe" : "match");
    for (const struct opts_row *row = opts_rows; row->name; row++)
        if (row->in_identity && !(module && row->offset == offsetof(struct opts, score)))
            put_value(out, o, row);
    if (module && !put_scorer(out, &r->scorer, e))
        return false;
    put_table(out, r, 0); /* last: which columns are used depends on the rest */
    put_table(out, r, 1);
    return true;
}

bool identity_make(const struct run *r, char **identity, struct err *e)
{
    struct string_builder string_builder;
    FILE *out = string_builder_open(&string_builder);
    bool ok = !out || put_facts(out, r, e);
    *identity = string_builder_end(&string_builder);
    if (ok && !*identity)
        ok = err_set(e, ERR_OS, NULL, "not enough memory");
    if (!ok) {
        free(*identity);
        *identity = NULL;
    }
    return ok;
}

/* The value of the fact on line `line` (n bytes) in a text of facts; its length in *bytes. NULL if
 * it is not there. */
static const char *same_fact(const char *facts, const char *line, size_t n, size_t *bytes)
{
    size_t name = 0;
    while (name < n && line[name] != ' ')
        name++;
    if (n >= 6 && strncmp(line, "table ", 6) == 0)
        name = n > 8 ? 8 : n; /* "table A:" */
    for (const char *at = facts; *at;) {
        size_t length = strcspn(at, "\n");
        if (length > name && strncmp(at, line, name) == 0 && at[name] == ' ') {
            *bytes = length;
            return at;
        }
        at += length + (at[length] == '\n');
    }
    return NULL;
}

bool identity_same(const char *now, const char *then, const char *where, struct err *e)
{
    const char *hint = "a run can only be continued, or put together, with the same tables, scorer "
                       "and options";
    for (const char *line = now; *line;) {
        size_t n = strcspn(line, "\n"), n_then = 0;
        const char *other = same_fact(then, line, n, &n_then);
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
