/* Many records fast. The reader walks over the special bytes alone and gives up on a record at the
 * first sign of anything irregular; csv_record_read (csv_record.c) then decides what it is. */
#include "data/source/csv.h"

#include "data/source/csv_internal.h"
#include "data/source/csv_scan.h"
#include "data/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- Scanning --------------------------------------------------------------------------------*/

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
    value.n = (uint32_t)csv_repair(value.p, value.n, true, 0, out);
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

static bool no_memory(struct csv_rows *rows, size_t at)
{
    rows->fault = (struct csv_fault){.kind = CSV_NO_MEMORY, .at = at, .record_at = at};
    return false;
}

/* Notes that the record, or the blank line, from `at` to `end` was mended. */
static bool add_mend(struct csv_rows *rows, enum csv_fault_kind kind, size_t at, size_t end)
{
    rows->irregular++;
    if (rows->n_mends == rows->max_mends)
        return true;
    if (rows->n_mends == rows->mends_capacity) {
        const size_t capacity = rows->mends_capacity ? 2 * rows->mends_capacity : 16;
        struct csv_mend *mends = realloc(rows->mends, capacity * sizeof *mends);
        if (!mends)
            return no_memory(rows, at);
        rows->mends = mends;
        rows->mends_capacity = capacity;
    }
    rows->mends[rows->n_mends++] = (struct csv_mend){at, end, kind};
    return true;
}

static bool add_blank_lines(struct csv_rows *rows, const char *p, size_t at)
{
    const struct csv_record *r = &rows->record;
    bool ok = true;
    while (ok && r->mended && at < r->end) {
        const size_t end = at + (p[at] == '\n' ? 1 : 2);
        ok = add_mend(rows, CSV_BLANK_LINE, at, end);
        at = end;
    }
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
    if (r->is_comment)
        return true;
    if (r->n_blank_lines > 0)
        return add_blank_lines(rows, text->p, at);
    if (r->invalid_at < rows->invalid_at)
        rows->invalid_at = r->invalid_at;
    for (uint32_t i = 0; i < columns->n; i++)
        rows->fields[i][rows->n_rows] = r->fields[columns->index[i]];
    rows->n_rows++;
    return !r->mended || add_mend(rows, r->mended, at, r->end);
}

/* ---- Values that are missing -----------------------------------------------------------------*/

static bool is_null(const struct csv_nulls *nulls, const struct bytes *field)
{
    for (uint32_t i = 0; i < nulls->n; i++)
        if (nulls->value[i].n == field->n && memcmp(nulls->value[i].p, field->p, field->n) == 0)
            return true;
    return false;
}

void csv_drop_nulls(const struct csv_nulls *nulls, struct bytes *fields, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fields[i].p && fields[i].n <= nulls->longest && is_null(nulls, &fields[i]))
            fields[i] = (struct bytes){0};
}

/* ---- Rows ------------------------------------------------------------------------------------*/

/* Begins with no rows. */
static void clear(struct csv_rows *rows, size_t from)
{
    rows->n_rows = 0;
    rows->irregular = 0;
    rows->n_mends = 0;
    rows->invalid_at = SIZE_MAX;
    rows->fault = (struct csv_fault){0};
    rows->end = from;
}

/* Must the record at `at` be read by the book? Escapes are not known to the scanner. */
static inline bool is_special(const struct csv_format *format, const char *p, size_t at)
{
    return format->escape || (format->comment && p[at] == format->comment);
}

void csv_rows_read(struct csv_rows *rows, const struct csv_text *text,
                   const struct csv_format *format, const struct csv_columns *columns, size_t from,
                   size_t limit, struct arena *arena)
{
    struct scan s = {.p = text->p, .n = text->n, .delimiter = format->delimiter};
    size_t valid_to = from;
    clear(rows, from);
    scan_seek(&s, from);
    bool going = true;
    while (going && rows->end < text->n && rows->end <= limit) {
        size_t at = rows->end;
        if (rows->n_rows == rows->capacity && !grow_rows(rows, columns->n)) {
            no_memory(rows, at);
            return;
        }
        bool quotes;
        size_t end = is_special(format, text->p, at)
                         ? text->n
                         : scan_record(&s, at, format->n_columns, rows->field_end, &quotes);
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
    for (uint32_t i = 0; format->nulls && i < columns->n; i++)
        csv_drop_nulls(format->nulls, rows->fields[i], rows->n_rows);
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
    free(rows->mends);
    csv_record_free(&rows->record);
    *rows = (struct csv_rows){0};
}
