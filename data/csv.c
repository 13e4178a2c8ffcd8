/* Records: one by the book, and many in a row.
 *
 * The fast reader walks over the special bytes alone and gives up on a record at the first sign
 * of anything irregular; csv_record_read then decides what it is. */
#include "data/csv.h"

#include "data/csv_scan.h"
#include "data/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- One record by the book ------------------------------------------------------------------*/

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
    if (w->format->lenient && kind < CSV_TOO_LONG) {
        w->record->irregular = true;
        return true;
    }
    w->record->fault.kind = kind;
    w->record->fault.at = at;
    w->record->fault.column = w->record->n_fields;
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

static bool walk_unquoted(struct walk *w, struct csv_span *span)
{
    size_t at = w->at;
    bool going = true;
    for (; going && !field_ends(w, at); at++) {
        char c = w->text->p[at];
        if (c == '"')
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

/* Where the field ends whose closing quote is followed by `at`; 0 if that quote closes nothing. */
static size_t after_quote(struct walk *w, size_t at)
{
    size_t blank = at;
    if (w->format->lenient)
        while (!field_ends(w, blank) && (w->text->p[blank] == ' ' || w->text->p[blank] == '\t'))
            blank++;
    if (!field_ends(w, blank))
        return 0;
    if (blank > at)
        w->record->irregular = true;
    return blank;
}

static bool walk_quoted(struct walk *w, struct csv_span *span)
{
    const char *p = w->text->p;
    size_t n = w->text->n, begin = w->at + 1, at = begin;
    w->record->fault.opened_at = w->at;
    for (;;) {
        const char *quote = memchr(p + at, '"', n - at);
        size_t stop = quote ? (size_t)(quote - p) : n;
        const char *nul = memchr(p + at, 0, stop - at);
        if (nul && !forgive(w, CSV_NUL, (size_t)(nul - p)))
            return false;
        *span = (struct csv_span){begin, stop, true};
        if (!quote) {
            w->at = n;
            return forgive(w, CSV_UNCLOSED, n);
        }
        if (stop + 1 < n && p[stop + 1] == '"') {
            at = stop + 2;
            continue;
        }
        size_t end = after_quote(w, stop + 1);
        if (end > 0) {
            w->at = end;
            return true;
        }
        if (!forgive(w, CSV_AFTER_QUOTE, stop + 1))
            return false;
        at = stop + 1;
    }
}

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
        bool quoted = w->at < t->n && t->p[w->at] == '"';
        if (!(quoted ? walk_quoted(w, &span) : walk_unquoted(w, &span)) || !add_span(w, span))
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

/* Is all that was walked over valid UTF-8? What is wrong before a fault comes before it. */
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

/* Copies a field: doubled quotes halved, NUL dropped, each byte of invalid UTF-8 replaced. */
static size_t repair_text(const char *p, size_t n, bool quoted, char *out)
{
    static const char replacement[3] = {'\xEF', '\xBF', '\xBD'}; /* U+FFFD */
    size_t k = 0;
    for (size_t i = 0; i < n;) {
        size_t valid = text_valid_prefix(p + i, n - i);
        for (size_t end = i + valid; i < end; i++) {
            if (p[i] == 0)
                continue;
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

/* Turns spans into fields. In a long record spans beyond the columns are left out; in a short one
 * the missing fields stay {NULL, 0}. */
static bool make_fields(struct walk *w, struct arena *arena)
{
    struct csv_record *r = w->record;
    uint32_t n = w->format->n_columns ? w->format->n_columns : r->n_fields;
    r->fields = arena_take(arena, n * sizeof *r->fields);
    if (!r->fields)
        return false;
    memset(r->fields, 0, n * sizeof *r->fields);
    for (uint32_t i = 0; i < n && i < r->n_fields; i++) {
        struct csv_span s = r->spans[i];
        const char *p = w->text->p + s.begin;
        size_t length = s.end - s.begin;
        if (r->irregular || (s.quoted && memchr(p, '"', length))) {
            bool valid = !r->irregular || text_valid_prefix(p, length) == length;
            char *out = arena_take(arena, valid ? length : 3 * length);
            if (!out)
                return false;
            length = repair_text(p, length, s.quoted, out);
            arena_trim(arena, out, length);
            p = out;
        }
        if (length >= UINT32_MAX)
            return forgive(w, CSV_TOO_LONG, s.begin);
        if (length > 0 || s.quoted)
            r->fields[i] = (struct bytes){p, (uint32_t)length};
    }
    r->n_fields = n;
    return true;
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
    record->irregular = false;
    record->fault = (struct csv_fault){.record_at = at};
    if (format->n_columns != 1 && line_end(text, at) > 0) {
        walk_blank_lines(&w);
        return;
    }
    bool right = walk_record(&w);
    right = check_utf8(&w, at) && right && check_count(&w);
    if (right && !make_fields(&w, arena) && record->fault.kind == CSV_RIGHT)
        forgive(&w, CSV_NO_MEMORY, at);
}

void csv_record_free(struct csv_record *record)
{
    free(record->spans);
    *record = (struct csv_record){0};
}

/* ---- Many records ----------------------------------------------------------------------------*/

/* A walk over the special bytes of the text. */
struct scan {
    const char *p;
    size_t n;
    size_t block;  /* where the 64 bytes begin that `bits` is about */
    uint64_t bits; /* special bytes of the block not yet passed */
    char delimiter;
};

static inline uint64_t scan_block(const struct scan *s)
{
    uint64_t bits = scan_specials(s->p + s->block, s->delimiter);
    size_t left = s->n - s->block;
    return left < SCAN_BYTES ? bits & (((uint64_t)1 << left) - 1) : bits;
}

static void scan_seek(struct scan *s, size_t at)
{
    s->block = at;
    s->bits = at < s->n ? scan_block(s) : 0;
}

/* The next special byte; s->n if there is none. */
static inline size_t scan_next(struct scan *s)
{
    while (s->bits == 0) {
        if (s->n - s->block <= SCAN_BYTES)
            return s->n;
        s->block += SCAN_BYTES;
        s->bits = scan_block(s);
    }
    size_t at = s->block + (size_t)__builtin_ctzll(s->bits);
    s->bits &= s->bits - 1;
    return at;
}

/* With the opening quote just passed: the special byte after the closing quote, or s->n if the
 * field is not regular. A CR there belongs to CRLF, and the LF is returned. */
static size_t scan_quoted(struct scan *s)
{
    for (;;) {
        size_t q = scan_next(s);
        if (q == s->n || s->p[q] == 0)
            return s->n;
        if (s->p[q] != '"')
            continue;
        size_t next = scan_next(s);
        if (next == q + 1 && next < s->n && s->p[next] == '"')
            continue;
        if (next == q + 1 && next < s->n && s->p[next] == '\r')
            return next + 1 < s->n && s->p[next + 1] == '\n' ? scan_next(s) : s->n;
        return next == q + 1 ? next : s->n;
    }
}

/* Walks over the record at `at`, noting where its fields end. Returns its LF, or s->n if there is
 * anything that csv_record_read should look at. */
static inline size_t scan_record(struct scan *s, size_t at, uint32_t n_columns, size_t *field_end,
                                 bool *quotes)
{
    uint32_t column = 0;
    size_t begin = at;
    *quotes = false;
    for (;;) {
        size_t q = scan_next(s);
        if (q == s->n)
            return s->n;
        if (s->p[q] == '"') {
            if (q != begin || (q = scan_quoted(s)) == s->n)
                return s->n;
            *quotes = true;
        }
        if (s->p[q] == s->delimiter) {
            if (column + 1 == n_columns)
                return s->n;
            field_end[column++] = q;
            begin = q + 1;
        } else if (s->p[q] == '\n') {
            field_end[column] = q > at && s->p[q - 1] == '\r' ? q - 1 : q;
            return column + 1 == n_columns ? q : s->n;
        } else if (s->p[q] != '\r' || s->p[q + 1] != '\n') {
            return s->n;
        }
    }
}

/* Keeps the text valid up to *valid_to; extends it over the line in which a record ends and some
 * further ones. False if the record that ends at `end` holds an invalid byte. */
static bool extend_valid(const struct csv_text *t, size_t *valid_to, size_t end)
{
    const size_t stride = (size_t)32 * 1024;
    size_t to = t->n;
    if (end < t->n && t->n - end > stride) {
        const char *line = memchr(t->p + end + stride, '\n', t->n - end - stride);
        to = line ? (size_t)(line - t->p) + 1 : t->n;
    }
    *valid_to += text_valid_prefix(t->p + *valid_to, to - *valid_to);
    return *valid_to > end;
}

static bool grow_rows(struct csv_rows *rows, uint32_t n_columns)
{
    size_t capacity = rows->capacity ? 2 * rows->capacity : 1024;
    for (uint32_t i = 0; i < n_columns; i++) {
        struct bytes *fields = realloc(rows->fields[i], capacity * sizeof *fields);
        if (!fields)
            return false;
        rows->fields[i] = fields;
    }
    rows->capacity = capacity;
    return true;
}

/* A field with its quotes, p[begin..end), as a value. */
static struct bytes unquote(const char *p, size_t n, struct arena *arena, bool *ok)
{
    struct bytes value = {p + 1, (uint32_t)(n - 2)};
    if (!memchr(value.p, '"', value.n))
        return value;
    char *out = arena_take(arena, value.n);
    if (!out) {
        *ok = false;
        return value;
    }
    value.n = (uint32_t)repair_text(value.p, value.n, true, out);
    arena_trim(arena, out, value.n);
    value.p = out;
    return value;
}

/* Adds the wanted fields of the record at `at` whose fields end as rows->field_end says. */
static inline bool add_fields(struct csv_rows *rows, const struct csv_columns *columns,
                              const char *p, size_t at, bool quotes, struct arena *arena)
{
    bool ok = true;
    for (uint32_t i = 0; i < columns->n; i++) {
        uint32_t c = columns->index[i];
        size_t begin = c ? rows->field_end[c - 1] + 1 : at;
        size_t n = rows->field_end[c] - begin;
        struct bytes value = {n ? p + begin : NULL, (uint32_t)n};
        if (quotes && n && p[begin] == '"')
            value = unquote(p + begin, n, arena, &ok);
        rows->fields[i][rows->n_rows] = value;
    }
    rows->n_rows++;
    return ok;
}

/* Reads the record at `at` by the book and adds it. False stops the reading. */
static bool add_record(struct csv_rows *rows, const struct csv_text *text,
                       const struct csv_format *format, const struct csv_columns *columns,
                       size_t at, struct arena *arena)
{
    struct csv_record *r = &rows->record;
    csv_record_read(text, format, at, arena, r);
    if (r->fault.kind != CSV_RIGHT) {
        rows->fault = r->fault;
        return false;
    }
    rows->end = r->end;
    if (r->n_blank_lines > 0) {
        rows->irregular += r->irregular ? r->n_blank_lines : 0;
        return true;
    }
    rows->irregular += r->irregular;
    for (uint32_t i = 0; i < columns->n; i++)
        rows->fields[i][rows->n_rows] = r->fields[columns->index[i]];
    rows->n_rows++;
    return true;
}

static bool no_memory(struct csv_rows *rows, size_t at)
{
    rows->fault = (struct csv_fault){.kind = CSV_NO_MEMORY, .at = at, .record_at = at};
    return false;
}

void csv_rows_read(struct csv_rows *rows, const struct csv_text *text,
                   const struct csv_format *format, const struct csv_columns *columns, size_t from,
                   size_t limit, struct arena *arena)
{
    struct scan s = {.p = text->p, .n = text->n, .delimiter = format->delimiter};
    size_t valid_to = from;
    rows->n_rows = 0;
    rows->irregular = 0;
    rows->fault = (struct csv_fault){0};
    rows->end = from;
    scan_seek(&s, from);
    bool going = true;
    while (going && rows->end < text->n && rows->end <= limit) {
        size_t at = rows->end;
        if (rows->n_rows == rows->capacity && !grow_rows(rows, columns->n)) {
            no_memory(rows, at);
            return;
        }
        bool quotes;
        size_t end = scan_record(&s, at, format->n_columns, rows->field_end, &quotes);
        bool regular = end < text->n && end - at < UINT32_MAX &&
                       (end < valid_to || extend_valid(text, &valid_to, end));
        if (regular) {
            rows->end = end + 1;
            going = add_fields(rows, columns, text->p, at, quotes, arena) || no_memory(rows, at);
            continue;
        }
        going = add_record(rows, text, format, columns, at, arena);
        scan_seek(&s, rows->end);
        valid_to = valid_to > rows->end ? valid_to : rows->end;
    }
}

bool csv_rows_open(struct csv_rows *rows, const struct csv_format *format,
                   const struct csv_columns *columns)
{
    *rows = (struct csv_rows){0};
    rows->fields = calloc(columns->n + 1, sizeof(struct bytes *));
    rows->field_end = calloc(format->n_columns, sizeof *rows->field_end);
    return rows->fields && rows->field_end;
}

void csv_rows_close(struct csv_rows *rows, const struct csv_columns *columns)
{
    for (uint32_t i = 0; rows->fields && i < columns->n; i++)
        free(rows->fields[i]);
    free(rows->fields);
    free(rows->field_end);
    csv_record_free(&rows->record);
    *rows = (struct csv_rows){0};
}
