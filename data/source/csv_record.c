/* One record by the book: what is wrong with it, or how it is mended. Reading many records fast is
 * in csv.c. */
#include "data/source/csv.h"

#include "data/source/csv_internal.h"
#include "data/text.h"

#include <stdlib.h>
#include <string.h>

/* A field as it stands in the text, without its quotes. */
struct csv_span {
    size_t begin, end;
    bool quoted;
};

/* The state of a walk over one record. */
struct walk {
    const struct csv_text *text;
    const struct csv_format *format;
    struct csv_record *record;
    size_t at;
};

/* Notes a fault. In lenient mode it is forgiven and the walk goes on: true. */
static bool forgive(struct walk *w, enum csv_fault_kind kind, size_t at)
{
    struct csv_record *r = w->record;
    if (w->format->lenient && kind < CSV_TOO_LONG) {
        if (r->mended == CSV_RIGHT)
            r->mended = kind;
        if (kind == CSV_INVALID_UTF8)
            r->invalid_at = at;
        return true;
    }
    r->fault.kind = kind;
    r->fault.at = at;
    r->fault.column = r->n_fields;
    return false;
}

/* The length of the line end at `at`; 0 if there is none. */
static size_t line_end(const struct csv_text *t, size_t at)
{
    if (at < t->n && t->p[at] == '\n')
        return 1;
    return at + 1 < t->n && t->p[at] == '\r' && t->p[at + 1] == '\n' ? 2 : 0;
}

static bool field_ends(const struct walk *w, size_t at)
{
    return at == w->text->n || w->text->p[at] == w->format->delimiter || line_end(w->text, at) > 0;
}

static bool is_blank(const struct walk *w, size_t at)
{
    return at < w->text->n && w->text->p[at] != w->format->delimiter &&
           (w->text->p[at] == ' ' || w->text->p[at] == '\t');
}

static bool walk_unquoted(struct walk *w, struct csv_span *span)
{
    const char escape = w->format->escape;
    size_t at = w->at;
    bool going = true;
    for (; going && !field_ends(w, at); at++) {
        char c = w->text->p[at];
        if (escape && c == escape && at + 1 < w->text->n && w->text->p[at + 1])
            at++;
        else if (c == '"')
            going = forgive(w, CSV_STRAY_QUOTE, at);
        else if (c == '\r')
            going = forgive(w, CSV_LONE_CR, at);
        else if (c == 0)
            going = forgive(w, CSV_NUL, at);
    }
    *span = (struct csv_span){w->at, at, false};
    w->at = at;
    return going;
}

/* ---- Quoted fields ---------------------------------------------------------------------------*/

/* The next quote that is not escaped, from `at` on; the end of the text if there is none. */
static size_t next_quote(const struct walk *w, size_t at)
{
    const char *p = w->text->p, escape = w->format->escape;
    const size_t n = w->text->n;
    if (!escape) {
        const char *quote = memchr(p + at, '"', n - at);
        return quote ? (size_t)(quote - p) : n;
    }
    while (at < n && p[at] != '"')
        at += p[at] == escape ? 2 : 1;
    return at < n ? at : n;
}

/* Where the field ends whose closing quote is followed by `at`; SIZE_MAX if that quote closes
 * nothing. Blanks between them are forgiven. */
static size_t after_quote(const struct walk *w, size_t at)
{
    if (w->format->lenient)
        while (is_blank(w, at))
            at++;
    return field_ends(w, at) ? at : SIZE_MAX;
}

/* Does a regular quoted field open at `at`? Its first single quote closes it. */
static bool is_regular_quoted(const struct walk *w, size_t at)
{
    const struct csv_text *t = w->text;
    for (at++;;) {
        at = next_quote(w, at);
        if (at == t->n)
            return false;
        if (at + 1 == t->n || t->p[at + 1] != '"')
            return after_quote(w, at + 1) != SIZE_MAX;
        at += 2;
    }
}

/* Where the field at w->at has its opening quote; SIZE_MAX if it is not quoted. Blanks may stand
 * before the quote if the rest is regular: a, "b". */
static size_t find_opening(const struct walk *w)
{
    size_t at = w->at;
    while (is_blank(w, at))
        at++;
    if (at == w->text->n || w->text->p[at] != '"')
        return SIZE_MAX;
    return at == w->at || is_regular_quoted(w, at) ? at : SIZE_MAX;
}

static bool has_line_end(const struct csv_text *t, size_t from, size_t to)
{
    return memchr(t->p + from, '\n', to - from) != NULL;
}

/* Lenient: the quote at `open` is not closed in its line, where the record ends then. The quote is
 * text. But if the record would have too many fields, the field takes the delimiters too many: of
 * `2,"Moss, Ben,25`, three columns, the second is `Moss, Ben`. */
static bool walk_unclosed(struct walk *w, size_t open, struct csv_span *span)
{
    const struct csv_text *t = w->text;
    const uint32_t most = w->format->n_columns, before = w->record->n_fields;
    uint32_t n_delimiters = 0;
    size_t end = open;
    forgive(w, CSV_UNCLOSED, open);
    for (; end < t->n && line_end(t, end) == 0; end++)
        n_delimiters += t->p[end] == w->format->delimiter;
    if (most == 0 || before >= most || before + 1 + n_delimiters <= most)
        return walk_unquoted(w, span);
    for (end = open, n_delimiters -= most - before - 1; !field_ends(w, end) || n_delimiters; end++)
        n_delimiters -= t->p[end] == w->format->delimiter;
    *span = (struct csv_span){open + 1, end, true};
    w->at = end;
    return true;
}

/* The quoted field from `begin` to its closing quote at `stop`, after which it ends at `end`. */
static void close_quoted(struct walk *w, struct csv_span *span, size_t begin, size_t stop,
                         size_t end, size_t bad_at)
{
    const char *nul = memchr(w->text->p + begin, 0, stop - begin);
    if (nul)
        forgive(w, CSV_NUL, (size_t)(nul - w->text->p));
    if (bad_at != SIZE_MAX || end > stop + 1)
        forgive(w, CSV_AFTER_QUOTE, bad_at != SIZE_MAX ? bad_at : stop + 1);
    *span = (struct csv_span){begin, stop, true};
    w->at = end;
}

/* A quote that does not close the field is text in lenient mode, unless it stands beyond the line
 * in which the field opened: then the opening quote is what is wrong. */
static bool walk_quoted(struct walk *w, size_t open, struct csv_span *span)
{
    const struct csv_text *t = w->text;
    const size_t begin = open + 1;
    const bool lenient = w->format->lenient;
    size_t at = begin, bad_at = SIZE_MAX;
    bool crossed = false;
    w->record->fault.opened_at = open;
    for (;;) {
        const size_t stop = next_quote(w, at);
        const char *nul = lenient ? NULL : memchr(t->p + at, 0, stop - at);
        if (nul)
            return forgive(w, CSV_NUL, (size_t)(nul - t->p));
        if (stop == t->n)
            return lenient ? walk_unclosed(w, open, span) : forgive(w, CSV_UNCLOSED, stop);
        crossed = crossed || (lenient && has_line_end(t, at, stop));
        at = stop + 1;
        if (at < t->n && t->p[at] == '"') {
            at++;
            continue;
        }
        const size_t end = after_quote(w, at);
        if (end != SIZE_MAX) {
            close_quoted(w, span, begin, stop, end, bad_at);
            return true;
        }
        if (!lenient)
            return forgive(w, CSV_AFTER_QUOTE, at);
        if (crossed)
            return walk_unclosed(w, open, span);
        bad_at = bad_at == SIZE_MAX ? at : bad_at;
    }
}

/* ---- Records ---------------------------------------------------------------------------------*/

static bool add_span(struct walk *w, struct csv_span span)
{
    struct csv_record *r = w->record;
    if (span.end - span.begin >= UINT32_MAX)
        return forgive(w, CSV_TOO_LONG, span.begin);
    if (r->n_fields == r->capacity) {
        uint32_t capacity = r->capacity ? 2 * r->capacity : 16;
        struct csv_span *spans =
            capacity ? realloc(r->spans, capacity * sizeof *spans) : NULL; /* 0: it wraps */
        if (!spans)
            return forgive(w, CSV_NO_MEMORY, span.begin);
        r->spans = spans;
        r->capacity = capacity;
    }
    r->spans[r->n_fields++] = span;
    return true;
}

/* Finds all fields of the record at w->at, which is after them then. */
static bool walk_record(struct walk *w)
{
    const struct csv_text *t = w->text;
    for (;;) {
        struct csv_span span;
        const size_t open = find_opening(w);
        if (!(open != SIZE_MAX ? walk_quoted(w, open, &span) : walk_unquoted(w, &span)) ||
            !add_span(w, span))
            return false;
        if (w->at == t->n || t->p[w->at] != w->format->delimiter) {
            w->record->end = w->at + line_end(t, w->at);
            return true;
        }
        w->at++;
    }
}

/* Has the record as many fields as it should have? */
static bool check_count(struct walk *w)
{
    struct csv_record *r = w->record;
    uint32_t want = w->format->n_columns;
    if (want == 0 || r->n_fields == want)
        return true;
    r->fault.n_fields = r->n_fields;
    bool is_long = r->n_fields > want;
    return forgive(w, is_long ? CSV_LONG : CSV_SHORT, is_long ? r->spans[want].begin : w->at);
}

/* Is all that was walked over valid UTF-8? The earliest fault of the record is reported. */
static bool check_utf8(struct walk *w, size_t from)
{
    struct csv_record *r = w->record;
    size_t to = r->fault.kind == CSV_RIGHT ? r->end : r->fault.at;
    size_t valid = text_valid_prefix(w->text->p + from, to - from);
    if (from + valid == to)
        return true;
    bool forgiven = forgive(w, CSV_INVALID_UTF8, from + valid);
    r->fault.column = 0;
    while (!forgiven && r->fault.column < r->n_fields &&
           r->spans[r->fault.column].end < r->fault.at)
        r->fault.column++;
    return forgiven;
}

/* What an escaped character stands for: MySQL and PostgreSQL write line ends and tabs so. */
static char unescape(char c)
{
    return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
}

size_t csv_repair(const char *p, size_t n, bool quoted, char escape, char *out)
{
    static const char replacement[3] = {'\xEF', '\xBF', '\xBD'}; /* U+FFFD */
    size_t k = 0;
    for (size_t i = 0; i < n;) {
        size_t valid = text_valid_prefix(p + i, n - i);
        for (size_t end = i + valid; i < end; i++) {
            if (p[i] == 0)
                continue;
            if (escape && p[i] == escape && i + 1 < n && p[i + 1]) {
                if (++i == end)
                    break;
                out[k++] = unescape(p[i]);
                continue;
            }
            out[k++] = p[i];
            if (quoted && p[i] == '"' && i + 1 < n && p[i + 1] == '"')
                i++;
        }
        if (i < n) {
            memcpy(out + k, replacement, sizeof replacement);
            k += sizeof replacement;
            i++;
        }
    }
    return k;
}

/* Copies a field that is not what it stands for. */
static bool make_text(struct walk *w, const struct csv_span *s, struct bytes *text,
                      struct arena *arena)
{
    const char *p = w->text->p + s->begin;
    const size_t length = s->end - s->begin;
    const bool valid = !w->record->mended || text_valid_prefix(p, length) == length;
    char *out = arena_take(arena, valid ? length : 3 * length);
    if (!out)
        return forgive(w, CSV_NO_MEMORY, s->begin);
    const size_t n = csv_repair(p, length, s->quoted, w->format->escape, out);
    arena_trim(arena, out, n);
    if (n >= UINT32_MAX)
        return forgive(w, CSV_TOO_LONG, s->begin);
    *text = (struct bytes){out, (uint32_t)n};
    return true;
}

/* With an escape character \N is missing, as MySQL writes it. */
static bool is_escaped_null(const struct walk *w, const struct csv_span *s)
{
    return w->format->escape && !s->quoted && s->end - s->begin == 2 &&
           w->text->p[s->begin] == w->format->escape && w->text->p[s->begin + 1] == 'N';
}

static bool make_field(struct walk *w, const struct csv_span *s, struct bytes *field,
                       struct arena *arena)
{
    const char *p = w->text->p + s->begin, escape = w->format->escape;
    const size_t length = s->end - s->begin;
    if ((length == 0 && !s->quoted) || is_escaped_null(w, s))
        return true;
    *field = (struct bytes){p, (uint32_t)length};
    if (w->record->mended || (s->quoted && memchr(p, '"', length)) ||
        (escape && memchr(p, escape, length)))
        if (!make_text(w, s, field, arena))
            return false;
    if (field->n == 0 && !s->quoted)
        *field = (struct bytes){0};
    return true;
}

/* Turns spans into fields. In a long record spans beyond the columns are left out; in a short one
 * the missing fields stay {NULL, 0}. */
static bool make_fields(struct walk *w, struct arena *arena)
{
    struct csv_record *r = w->record;
    const uint32_t n = w->format->n_columns ? w->format->n_columns : r->n_fields;
    r->fields = arena_take(arena, n * sizeof *r->fields);
    if (!r->fields)
        return forgive(w, CSV_NO_MEMORY, r->fault.record_at);
    memset(r->fields, 0, n * sizeof *r->fields);
    for (uint32_t i = 0; i < n && i < r->n_fields; i++)
        if (!make_field(w, &r->spans[i], &r->fields[i], arena))
            return false;
    r->n_fields = n;
    return true;
}

/* Passes over a line that is a comment. */
static void walk_comment(struct walk *w)
{
    const struct csv_text *t = w->text;
    const char *line = memchr(t->p + w->at, '\n', t->n - w->at);
    w->record->is_comment = true;
    w->record->end = line ? (size_t)(line - t->p) + 1 : t->n;
}

/* Passes over blank lines. At the end of the file they are as they may be. */
static void walk_blank_lines(struct walk *w)
{
    struct csv_record *r = w->record;
    size_t first = w->at;
    for (size_t step; (step = line_end(w->text, w->at)) > 0; w->at += step)
        r->n_blank_lines++;
    r->end = w->at;
    if (w->at < w->text->n)
        forgive(w, CSV_BLANK_LINE, first);
}

void csv_record_read(const struct csv_text *text, const struct csv_format *format, size_t at,
                     struct arena *arena, struct csv_record *record)
{
    struct walk w = {.text = text, .format = format, .record = record, .at = at};
    record->n_fields = 0;
    record->n_blank_lines = 0;
    record->is_comment = false;
    record->mended = CSV_RIGHT;
    record->invalid_at = SIZE_MAX;
    record->fault = (struct csv_fault){.record_at = at};
    if (format->n_columns != 1 && line_end(text, at) > 0) {
        walk_blank_lines(&w);
        return;
    }
    if (format->comment && text->p[at] == format->comment) {
        walk_comment(&w);
        return;
    }
    bool right = walk_record(&w);
    right = check_utf8(&w, at) && right && check_count(&w);
    if (right)
        make_fields(&w, arena);
}

void csv_record_free(struct csv_record *record)
{
    free(record->spans);
    *record = (struct csv_record){0};
}
