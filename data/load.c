/* Opening an input, reading its header, finding columns by name. */
#include "data/load.h"
#include "core/memory.h"

#include "core/inherited.h"
#include "core/suggest.h"
#include "data/load_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Opening ---------------------------------------------------------------------------------*/

static char *keep(struct arena *arena, const char *p, size_t n)
{
    char *copy = arena_take(arena, n + 1);
    if (copy) {
        if (n > 0)
            memcpy(copy, p, n);
        copy[n] = 0;
    }
    return copy;
}

static bool out_of_memory(const struct load *l, struct err *e)
{
    return err_set(e, ERR_OS, NULL, "%s: not enough memory", l->shown);
}

/* Does the name of the file say that it is separated by tabs, compressed or not? */
static bool is_tsv(const char *path)
{
    static const char *const ends[] = {".tsv", ".tsv.gz", ".tsv.zst", ".tsv.xz"};
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (n >= strlen(ends[i]) && strcmp(path + n - strlen(ends[i]), ends[i]) == 0)
            return true;
    return false;
}

static bool check_delimiter(char d, struct err *e)
{
    if (d != '"' && d != '\n' && d != '\r' && d != 0 && (unsigned char)d < 0x80)
        return true;
    return err_set(e, ERR_USAGE, "use one ASCII character, such as , or ; or a tab",
                   "the byte 0x%02X cannot be a delimiter", (unsigned char)d);
}

/* Sets the text after a byte order mark of UTF-8, and refuses one of UTF-16. */
static bool skip_mark(struct load *l, bool is_utf8, struct err *e)
{
    struct load_state *s = l->state;
    s->text = (struct csv_text){s->input.p, s->input.n};
    if (!is_utf8 || s->text.n < 2)
        return true;
    if (memcmp(s->text.p, "\xFF\xFE", 2) == 0 || memcmp(s->text.p, "\xFE\xFF", 2) == 0)
        return err_set(e, ERR_DATA, "convert it: iconv -f UTF-16 -t UTF-8",
                       "%s:1: this is UTF-16, where UTF-8 is read", l->shown);
    if (s->text.n >= 3 && memcmp(s->text.p, "\xEF\xBB\xBF", 3) == 0)
        s->text = (struct csv_text){s->text.p + 3, s->text.n - 3};
    return true;
}

static size_t skip_blank_lines(const struct csv_text *t)
{
    size_t at = 0;
    while (at < t->n &&
           (t->p[at] == '\n' || (t->p[at] == '\r' && at + 1 < t->n && t->p[at + 1] == '\n')))
        at += t->p[at] == '\n' ? 1 : 2;
    return at;
}

/* Names the columns after the fields of the first record, or by number. */
static bool name_columns(struct load *l, const struct csv_record *first, struct err *e)
{
    struct load_state *s = l->state;
    l->n_columns = s->format.n_columns = first->n_fields;
    l->names = arena_take(&s->arena, l->n_columns * sizeof *l->names);
    for (uint32_t i = 0; l->names && i < first->n_fields; i++) {
        char number[16];
        snprintf(number, sizeof number, "%u", i + 1);
        l->names[i] = s->options.header ? keep(&s->arena, first->fields[i].p, first->fields[i].n)
                                        : keep(&s->arena, number, strlen(number));
        if (!l->names[i])
            return out_of_memory(l, e);
    }
    return l->names || out_of_memory(l, e);
}

/* Reads the first record that is no blank line: how many columns there are, and their names. */
static bool read_header(struct load *l, struct err *e)
{
    struct load_state *s = l->state;
    size_t at = skip_blank_lines(&s->text);
    if (at == s->text.n)
        return err_set(e, ERR_DATA,
                       "a header with the names of the columns is the least there can be",
                       "%s: is empty", l->shown);
    if (at > 0 && s->options.header && !s->options.lenient)
        return err_set(e, ERR_DATA, "--lenient skips blank lines",
                       "%s:1: a blank line, where the header should be", l->shown);
    struct csv_record first = {0};
    csv_record_read(&s->text, &s->format, at, &s->arena, &first);
    struct csv_place place = {.shown = l->shown, .record = s->options.header ? 0 : 1};
    bool ok = first.fault.kind == CSV_RIGHT
                  ? name_columns(l, &first, e)
                  : csv_fault_error(&first.fault, &s->text, &s->format, &place, e);
    s->data_at = s->options.header ? first.end : 0;
    csv_record_free(&first);
    return ok;
}

/* Columns in memory: they have names, and nothing to be found out. */
static bool open_columns(struct load *l, struct err *e)
{
    struct load_state *s = l->state;
    s->steps = &load_columns_steps;
    s->format = (struct csv_format){0};
    if (!columns_view(&s->columns, s->input.p, s->input.n, l->shown, e))
        return false;
    l->n_columns = s->columns.head->n_columns;
    l->names = arena_take(&s->arena, l->n_columns * sizeof *l->names);
    for (uint32_t i = 0; l->names && i < l->n_columns; i++)
        if (!(l->names[i] =
                  keep(&s->arena, columns_name(&s->columns, i), s->columns.column[i].name_bytes)))
            return out_of_memory(l, e);
    return l->names || out_of_memory(l, e);
}

static bool open_file(struct load *l, struct err *e)
{
    struct load_state *s = l->state;
    const struct load_options *o = &s->options;
    size_t available = mem_available_bytes(), max_bytes = o->max_memory_bytes;
    max_bytes = max_bytes && max_bytes < available ? max_bytes : available;
    s->steps = &load_file_steps;
    s->format.lenient = o->lenient;
    s->format.delimiter = o->delimiter ? o->delimiter : is_tsv(l->path) ? '\t' : ',';
    if (!check_delimiter(s->format.delimiter, e) ||
        !input_open(&s->input, l->path, l->shown, max_bytes, e))
        return false;
    if (columns_known(s->input.p, s->input.n))
        return open_columns(l, e);
    return input_encoding(o->encoding, &s->encoding, e) &&
           input_recode(&s->input, s->encoding, l->shown, max_bytes, e) &&
           skip_mark(l, s->encoding == INPUT_UTF8, e) && read_header(l, e);
}

/* ---- Named tables ----------------------------------------------------------------------------*/

static bool name_named_columns(struct load *l, struct err *e)
{
    const struct table *t = &l->named->table;
    l->n_columns = t->head->n_columns;
    l->names = arena_take(&l->state->arena, l->n_columns * sizeof *l->names);
    for (uint32_t i = 0; l->names && i < l->n_columns; i++)
        if (!(l->names[i] =
                  keep(&l->state->arena, table_column_name(t, i), t->columns[i].name_bytes)))
            return out_of_memory(l, e);
    return l->names || out_of_memory(l, e);
}

static bool contradicts(const struct load *l, const char *option, const char *how, struct err *e)
{
    char hint[300];
    snprintf(hint, sizeof hint,
             "give it when the table is loaded: axb data load %s FILE.csv %s ...; a file beside it "
             "that needs other options can be loaded as a table too",
             l->named->name[0] ? l->named->name : "NAME", option);
    return err_set(e, ERR_USAGE, hint, "%s: %s, but it was loaded %s", l->shown, option, how);
}

/* Options for reading, of a table that was read: they may say again what was said then. */
static bool check_origin(const struct load *l, struct err *e)
{
    const struct load_options *o = &l->state->options;
    const struct table_origin *was = &l->named->table.head->origin;
    enum input_encoding encoding;
    char how[60];
    if (!was->delimiter) /* of columns in memory */
        return true;
    if (!input_encoding(o->encoding, &encoding, e))
        return false;
    if (o->delimiter && o->delimiter != was->delimiter) {
        snprintf(how, sizeof how, was->delimiter == '\t' ? "with tabs" : "with -d '%c'",
                 was->delimiter);
        return contradicts(l, "--delimiter", how, e);
    }
    if (!o->header && was->header)
        return contradicts(l, "--no-header", "with a header", e);
    if (o->encoding && encoding != was->encoding) {
        snprintf(how, sizeof how, "as %s", input_encoding_name(was->encoding));
        return contradicts(l, "--encoding", how, e);
    }
    return true;
}

static bool open_named(struct load *l, struct err *e)
{
    struct load_state *s = l->state;
    s->steps = &load_named_steps;
    if (!(s->given >= 0 ? named_open_fd(&s->named, s->given, l->shown, e)
                        : named_open(&s->named, l->path + 1, e)))
        return false;
    l->named = &s->named;
    return check_origin(l, e) && name_named_columns(l, e);
}

/* ---- Both ------------------------------------------------------------------------------------*/

/* The path from the root, to be read in `axb data ls` wherever that is; of what has none, what is
 * shown of it. */
static char *whole_path(struct arena *arena, const char *path, const char *name)
{
    char *whole = strcmp(path, "-") == 0 || name ? NULL : realpath(path, NULL);
    const char *shown = whole ? whole : name ? name : path;
    char *kept = keep(arena, shown, strlen(shown));
    free(whole);
    return kept;
}

bool load_open(struct load *l, const char *path, const struct load_options *options, struct err *e)
{
    *l = (struct load){.shown = path};
    l->state = calloc(1, sizeof *l->state);
    if (!l->state)
        return out_of_memory(l, e);
    struct load_state *s = l->state;
    s->options = *options;
    s->named.shm.fd = -1;
    l->path = keep(&s->arena, path, strlen(path));
    s->given = -1;
    bool ok = l->path || out_of_memory(l, e);
    if (ok) {
        l->shown = strcmp(path, "-") == 0 ? "stdin" : l->path;
        ok = !inherited_is(path) || inherited_open(l->path, false, &s->given, &l->shown, e);
    }
    if (ok) {
        s->whole_path = whole_path(&s->arena, path, s->given >= 0 ? l->shown : NULL);
        ok = s->whole_path || out_of_memory(l, e);
    }
    const bool is_table = ok && (path[0] == '@' || (s->given >= 0 && named_known(s->given)));
    ok = ok && (is_table ? open_named(l, e) : open_file(l, e));
    if (!ok)
        load_close(l);
    return ok;
}

void load_close(struct load *l)
{
    if (l->state) {
        named_close(&l->state->named);
        input_close(&l->state->input);
        arena_free(&l->state->arena);
        free(l->state);
    }
    *l = (struct load){0};
}

/* ---- Columns ---------------------------------------------------------------------------------*/

#define NAMES_LISTED 24u

static bool unknown_column(const struct load *l, const char *name, struct err *e)
{
    char names[1300], more[40] = "";
    suggest_names(name, (const char *const *)l->names, l->n_columns, NAMES_LISTED, names,
                  sizeof names);
    if (l->n_columns > NAMES_LISTED)
        snprintf(more, sizeof more, " and %zu more", l->n_columns - NAMES_LISTED);
    return err_set(e, ERR_USAGE,
                   l->n_columns == 1 ? "there is one column only; is the delimiter right (-d)?"
                                     : "name a column, or give its number from 1",
                   "%s has no column \"%.60s\"; it has %s%s", l->shown, name, names, more);
}

/* The 1-based index that `name` is, all of it; 0 if it is none. */
static uint64_t index_of(const char *name)
{
    uint64_t index = 0;
    for (const char *p = name; *p; p++) {
        if (*p < '0' || *p > '9' || index > UINT32_MAX)
            return 0;
        index = index * 10 + (uint64_t)(*p - '0');
    }
    return index;
}

bool load_find(const struct load *l, const char *name, uint32_t *column, struct err *e)
{
    uint64_t found = 0;
    for (uint32_t i = 0; i < l->n_columns; i++) {
        if (strcmp(l->names[i], name) != 0)
            continue;
        if (found > 0)
            return err_set(e, ERR_USAGE, "give the number of the column instead of its name",
                           "%s: two columns are called \"%.60s\": %llu and %u", l->shown, name,
                           (unsigned long long)found, i + 1);
        found = i + (uint64_t)1;
    }
    if (found == 0)
        found = index_of(name);
    if (found == 0 || found > l->n_columns)
        return unknown_column(l, name, e);
    *column = (uint32_t)(found - 1);
    return true;
}
