/* Opening an input, reading its header, finding columns by name. */
#include "data/load.h"
#include "core/memory.h"

#include "core/inherited.h"
#include "core/suggest.h"
#include "data/load_internal.h"
#include "data/source/foreign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <xxhash.h>

/* ---- What the files load….c share ------------------------------------------------------------*/

char *load_keep(struct arena *arena, const char *p, size_t n)
{
    char *copy = arena_take(arena, n + 1);
    if (copy) {
        if (n > 0)
            memcpy(copy, p, n);
        copy[n] = 0;
    }
    return copy;
}

bool load_out_of_memory(const struct load *l, struct err *e)
{
    return err_set(e, ERR_OS, NULL, "%s: not enough memory", l->shown);
}

size_t load_max_bytes(const struct load_options *options)
{
    const size_t available = mem_available_bytes(), max = options->max_memory_bytes;
    return max && max < available ? max : available;
}

bool load_path_ends(const char *path, const char *const *ends)
{
    static const char *const packed[] = {"", ".gz", ".zst", ".xz"};
    const size_t n = strlen(path);
    for (; *ends; ends++)
        for (size_t i = 0; i < sizeof packed / sizeof *packed; i++) {
            const size_t n_packed = strlen(packed[i]), n_end = strlen(*ends) + n_packed;
            if (n >= n_end && strcmp(path + n - n_packed, packed[i]) == 0 &&
                strncmp(path + n - n_end, *ends, n_end - n_packed) == 0)
                return true;
        }
    return false;
}

uint64_t load_nulls_print(const char *nulls)
{
    return nulls ? XXH3_64bits(nulls, strlen(nulls)) | 1u : 0;
}

bool load_read_nulls(struct load *l, struct err *e)
{
    struct load_state *s = l->state;
    const char *list = s->options.nulls;
    if (!list)
        return true;
    uint32_t n = 1;
    for (const char *p = list; *p; p++)
        n += *p == ',';
    struct bytes *value = arena_take(&s->arena, n * sizeof *value);
    if (!value)
        return load_out_of_memory(l, e);
    s->nulls = (struct csv_nulls){.value = value, .n = n};
    for (uint32_t i = 0; i < n; i++) {
        value[i] = (struct bytes){list, (uint32_t)strcspn(list, ",")};
        s->nulls.longest = value[i].n > s->nulls.longest ? value[i].n : s->nulls.longest;
        list += value[i].n + (list[value[i].n] == ',');
        /* Two quotes, which a shell left there, are how people write nothing. */
        if (value[i].n == 2 &&
            (memcmp(value[i].p, "''", 2) == 0 || memcmp(value[i].p, "\"\"", 2) == 0))
            value[i].n = 0;
    }
    s->format.nulls = &s->nulls;
    return true;
}

/* ---- Opening ---------------------------------------------------------------------------------*/

static bool check_delimiter(char d, struct err *e)
{
    if (d != '"' && d != '\n' && d != '\r' && (unsigned char)d < 0x80)
        return true;
    return err_set(e, ERR_USAGE, "use one ASCII character, such as , or ; or a tab",
                   "the byte 0x%02X cannot be a delimiter", (unsigned char)d);
}

/* Columns in memory: they have names, and nothing to be found out. */
static bool open_columns(struct load *l, struct err *e)
{
    struct load_state *s = l->state;
    s->steps = &load_columns_steps;
    s->format = (struct csv_format){.nulls = s->format.nulls};
    if (!columns_view(&s->columns, s->input.p, s->input.n, l->shown, e))
        return false;
    l->n_columns = s->columns.head->n_columns;
    l->names = arena_take(&s->arena, l->n_columns * sizeof *l->names);
    for (uint32_t i = 0; l->names && i < l->n_columns; i++)
        if (!(l->names[i] = load_keep(&s->arena, columns_name(&s->columns, i),
                                      s->columns.column[i].name_bytes)))
            return load_out_of_memory(l, e);
    return l->names || load_out_of_memory(l, e);
}

static bool open_file(struct load *l, struct err *e)
{
    struct load_state *s = l->state;
    const struct load_options *o = &s->options;
    const size_t max_bytes = load_max_bytes(o);
    s->steps = &load_file_steps;
    s->format = (struct csv_format){.delimiter = o->delimiter,
                                    .lenient = o->lenient,
                                    .escape = o->escape,
                                    .comment = o->comment};
    if (!check_delimiter(o->delimiter, e) || !load_read_nulls(l, e) ||
        !input_open(&s->input, l->path, l->shown, max_bytes, e))
        return false;
    return columns_known(s->input.p, s->input.n)
               ? open_columns(l, e)
               : foreign_check(s->input.p, s->input.n, l->path, l->shown,
                               o->option && o->option[0] == 'b', e) &&
                     load_text_open(l, max_bytes, e);
}

/* ---- Named tables ----------------------------------------------------------------------------*/

static bool name_named_columns(struct load *l, struct err *e)
{
    const struct table *t = &l->named->table;
    l->n_columns = t->head->n_columns;
    l->names = arena_take(&l->state->arena, l->n_columns * sizeof *l->names);
    for (uint32_t i = 0; l->names && i < l->n_columns; i++)
        if (!(l->names[i] =
                  load_keep(&l->state->arena, table_column_name(t, i), t->columns[i].name_bytes)))
            return load_out_of_memory(l, e);
    return l->names || load_out_of_memory(l, e);
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

/* The option of this kind that was given, in the words of a user. */
static bool contradicts_text(const struct load *l, const char *option, const char *was,
                             struct err *e)
{
    char how[100];
    snprintf(how, sizeof how, was[0] ? "with %s %s" : "without it", option, was);
    return contradicts(l, option, how, e);
}

/* What option and origin have in common, as text: a character, or "". */
static const char *one(char c, char text[2])
{
    text[0] = c;
    text[1] = 0;
    return text;
}

static bool check_encoding(const struct load *l, const struct table_origin *was, struct err *e)
{
    struct encoding encoding;
    char how[60];
    if (!l->state->options.encoding)
        return true;
    if (!encoding_find(&encoding, l->state->options.encoding, e))
        return false;
    snprintf(how, sizeof how, "as %.31s", was->encoding);
    return strcasecmp(encoding.name, was->encoding) == 0 || contradicts(l, "--encoding", how, e);
}

/* Missing values may be said again; of a table that was loaded without any, they may be said now.
 */
static bool read_named_nulls(struct load *l, struct err *e)
{
    const uint64_t was = l->named->table.head->origin.nulls;
    const char *asked = l->state->options.nulls;
    if (!asked || load_nulls_print(asked) == was)
        return true;
    return was ? contradicts(l, "--null", "with other values", e) : load_read_nulls(l, e);
}

/* Options for reading, of a table that was read: they may say again what was said then. */
static bool check_origin(const struct load *l, struct err *e)
{
    const struct load_options *o = &l->state->options;
    const struct table_origin *was = &l->named->table.head->origin;
    char how[60], text[2];
    if (!was->delimiter) /* of columns in memory */
        return true;
    if (o->delimiter && o->delimiter != was->delimiter) {
        snprintf(how, sizeof how,
                 was->delimiter == '\t'             ? "with tabs"
                 : was->delimiter == CSV_ONE_COLUMN ? "as one column"
                                                    : "with -d '%c'",
                 was->delimiter);
        return contradicts(l, "--delimiter", how, e);
    }
    if (!o->header && was->header)
        return contradicts(l, "--no-header", "with a header", e);
    if (o->escape && o->escape != was->escape)
        return contradicts_text(l, "--escape", one(was->escape, text), e);
    if (o->comment && o->comment != was->comment)
        return contradicts_text(l, "--comment", one(was->comment, text), e);
    if (o->skip_lines && o->skip_lines != was->skip_lines)
        return contradicts(l, "--skip", "with another number of lines", e);
    return check_encoding(l, was, e);
}

static bool open_named(struct load *l, struct err *e)
{
    struct load_state *s = l->state;
    s->steps = &load_named_steps;
    if (!(s->given >= 0 ? named_open_fd(&s->named, s->given, l->shown, e)
                        : named_open(&s->named, l->path + 1, e)))
        return false;
    l->named = &s->named;
    return check_origin(l, e) && read_named_nulls(l, e) && name_named_columns(l, e);
}

/* ---- Both ------------------------------------------------------------------------------------*/

/* The path from the root, to be read in `axb data ls` wherever that is; of what has none, what is
 * shown of it. */
static char *whole_path(struct arena *arena, const char *path, const char *name)
{
    char *whole = strcmp(path, "-") == 0 || name ? NULL : realpath(path, NULL);
    const char *shown = whole ? whole : name ? name : path;
    char *kept = load_keep(arena, shown, strlen(shown));
    free(whole);
    return kept;
}

bool load_open(struct load *l, const char *path, const struct load_options *options, struct err *e)
{
    *l = (struct load){.shown = path};
    l->state = calloc(1, sizeof *l->state);
    if (!l->state)
        return load_out_of_memory(l, e);
    struct load_state *s = l->state;
    s->options = *options;
    s->named.shm.fd = -1;
    l->path = load_keep(&s->arena, path, strlen(path));
    s->given = -1;
    bool ok = l->path || load_out_of_memory(l, e);
    if (ok) {
        l->shown = strcmp(path, "-") == 0 ? "stdin" : l->path;
        ok = !inherited_is(path) || inherited_open(l->path, false, &s->given, &l->shown, e);
    }
    if (ok) {
        s->whole_path = whole_path(&s->arena, path, s->given >= 0 ? l->shown : NULL);
        ok = s->whole_path || load_out_of_memory(l, e);
    }
    const bool is_table = ok && (path[0] == '@' || (s->given >= 0 && named_known(s->given)));
    ok = ok && (is_table ? open_named(l, e) : open_file(l, e));
    if (!ok)
        load_close(l);
    return ok;
}

bool load_is_as_named(const struct load *l)
{
    return l->named && !l->state->format.nulls;
}

void load_close(struct load *l)
{
    if (l->state) {
        named_close(&l->state->named);
        load_json_close(l->state->json);
        load_joined_close(l->state->joined);
        input_close(&l->state->input);
        arena_free(&l->state->arena);
        free(l->state);
    }
    *l = (struct load){0};
}

/* ---- Columns ---------------------------------------------------------------------------------*/

#define NAMES_LISTED 24u

/* A column whose name begins with these words, and was cut at a blank; or has blanks where these
 * have "_". NULL if there is none. */
static const char *longer_name(const struct load *l, const char *name)
{
    const size_t n = strlen(name);
    for (size_t i = 0; i < l->n_columns; i++) {
        const char *is = l->names[i];
        size_t k = 0;
        while (k < n && is[k] && (is[k] == name[k] || (is[k] == ' ' && name[k] == '_')))
            k++;
        if (k == n && (is[k] == ' ' || (!is[k] && strchr(is, ' '))))
            return is;
    }
    return NULL;
}

static bool unknown_column(const struct load *l, const char *name, struct err *e)
{
    char names[1300], more[40] = "", quoted[200], meant[200];
    const char *longer = longer_name(l, name);
    suggest_names(name, (const char *const *)l->names, l->n_columns, NAMES_LISTED, names,
                  sizeof names);
    if (l->n_columns > NAMES_LISTED)
        snprintf(more, sizeof more, " and %zu more", l->n_columns - NAMES_LISTED);
    if (longer) {
        snprintf(quoted, sizeof quoted,
                 "in an expression a name with a blank stands in quotes: a.\"%.60s\"", longer);
        return err_set(e, ERR_USAGE, quoted, "%s has no column \"%.60s\"; it has %s%s", l->shown,
                       name, names, more);
    }
    suggest_hint(name, (const char *const *)l->names, l->n_columns,
                 "name a column, or give its number from 1", meant, sizeof meant);
    return err_set(e, ERR_USAGE,
                   l->n_columns == 1 && strchr(l->names[0], ':')
                       ? "there is one column only; if a colon separates fields: -d ':'"
                   : l->n_columns == 1 ? "there is one column only; is the delimiter right (-d)?"
                                       : meant,
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

static size_t trim(const char **name)
{
    *name += strspn(*name, " \t");
    size_t n = strlen(*name);
    while (n > 0 && ((*name)[n - 1] == ' ' || (*name)[n - 1] == '\t'))
        n--;
    return n;
}

/* Are the names equal but for the case of letters A to Z and blanks around them? */
static bool is_much_like(const char *x, const char *y)
{
    const size_t n = trim(&x);
    return n > 0 && trim(&y) == n && strncasecmp(x, y, n) == 0;
}

/* The column, from 1, that alone is called so but for case and blanks; 0 if there is no such. */
static uint64_t find_much_like(const struct load *l, const char *name)
{
    uint64_t found = 0, n = 0;
    for (uint32_t i = 0; i < l->n_columns; i++)
        if (is_much_like(l->names[i], name)) {
            found = i + (uint64_t)1;
            n++;
        }
    return n == 1 ? found : 0;
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
    if (found == 0)
        found = find_much_like(l, name);
    if (found == 0 || found > l->n_columns)
        return unknown_column(l, name, e);
    *column = (uint32_t)(found - 1);
    return true;
}

/* ---- What was mended -------------------------------------------------------------------------*/

const char *load_mended_lines(const struct load *l, const struct load_stats *stats, char text[300])
{
    size_t n = 0;
    snprintf(text, 300, "%.150s", l->shown);
    for (size_t i = 0; i < LOAD_MENDED_LINES && stats->mended_line[i]; i++) {
        n = strlen(text);
        snprintf(text + n, 300 - n, "%s%llu", i ? ", " : ":",
                 (unsigned long long)stats->mended_line[i]);
    }
    n = strlen(text);
    snprintf(text + n, 300 - n, "%s", stats->irregular > LOAD_MENDED_LINES ? ", …" : "");
    return text;
}

/* ---- Lines -----------------------------------------------------------------------------------*/

/* Where a record of a file of CSV begins; the end of the text if it has fewer. */
static size_t csv_record_at(const struct load_state *s, uint64_t row)
{
    struct csv_record record = {0};
    struct arena arena = {0};
    size_t at = s->data_at;
    while (at < s->text.n) {
        csv_record_read(&s->text, &s->format, at, &arena, &record);
        if (record.fault.kind != CSV_RIGHT || (record.n_fields && row-- == 0))
            break;
        at = record.end;
    }
    csv_record_free(&record);
    arena_free(&arena);
    return at;
}

/* The same of JSON lines; blank ones are none. */
static size_t json_record_at(const struct csv_text *t, uint64_t row)
{
    size_t at = 0;
    while (at < t->n) {
        const char *line = memchr(t->p + at, '\n', t->n - at);
        const size_t end = line ? (size_t)(line - t->p) : t->n;
        size_t first = at;
        while (first < end && strchr(" \t\r", t->p[first]))
            first++;
        if (first < end && row-- == 0)
            return at;
        at = end + 1;
    }
    return at;
}

const char *load_place(const struct load *l, uint64_t row, char text[LOAD_PLACE_BYTES])
{
    const struct load_state *s = l->state;
    const bool is_json = s->steps == &load_json_steps;
    if (!is_json && s->steps != &load_file_steps) {
        snprintf(text, LOAD_PLACE_BYTES, "%.200s, record %llu", l->shown,
                 (unsigned long long)row + 1);
        return text;
    }
    const size_t at = is_json ? json_record_at(&s->text, row) : csv_record_at(s, row);
    snprintf(text, LOAD_PLACE_BYTES, "%.200s:%zu", l->shown,
             csv_line_number(&s->text, at < s->text.n ? at : s->text.n));
    return text;
}
