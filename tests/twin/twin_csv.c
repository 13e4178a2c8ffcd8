/* The slow twin of the CSV reader: one character at a time, by the rules as they are written. */
#include "tests/twin/twin_csv.h"

#include <stdlib.h>
#include <string.h>

void twin_put(struct twin_buffer *b, const void *p, size_t n)
{
    if (b->n + n > b->capacity) {
        b->capacity = 2 * (b->n + n);
        b->p = realloc(b->p, b->capacity);
        if (!b->p)
            abort();
    }
    if (n > 0)
        memcpy(b->p + b->n, p, n);
    b->n += n;
}

void twin_put_field(struct twin_buffer *b, const char *p, size_t n)
{
    uint64_t length = p ? n : UINT64_MAX;
    twin_put(b, &length, sizeof length);
    twin_put(b, p, p ? n : 0);
}

void twin_buffer_free(struct twin_buffer *b)
{
    free(b->p);
    *b = (struct twin_buffer){0};
}

/* How many bytes the character at p[0..n) has, by decoding it; 0 if it is none. */
static size_t character(const unsigned char *p, size_t n)
{
    uint32_t c = p[0];
    size_t length = c < 0x80 ? 1 : c >> 5 == 6 ? 2 : c >> 4 == 14 ? 3 : c >> 3 == 30 ? 4 : 0;
    if (length == 0 || length > n)
        return 0;
    if (length > 1)
        c &= 0x7Fu >> length;
    for (size_t i = 1; i < length; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        c = c << 6 | (p[i] & 0x3F);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    return c < least[length] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000) ? 0 : length;
}

struct parser {
    const struct csv_text *t;
    const struct csv_format *f;
    size_t at;
    bool irregular;
    struct csv_fault fault; /* the first of this record */
    uint32_t column;
    struct twin_buffer value; /* of the field being read */
    bool quoted;
};

static void note(struct parser *s, enum csv_fault_kind kind, size_t at)
{
    s->irregular = true;
    if (s->fault.kind == CSV_RIGHT || at < s->fault.at)
        s->fault = (struct csv_fault){.kind = kind, .at = at, .column = s->column};
}

static bool at_line_end(const struct parser *s, size_t at)
{
    return (at < s->t->n && s->t->p[at] == '\n') ||
           (at + 1 < s->t->n && s->t->p[at] == '\r' && s->t->p[at + 1] == '\n');
}

static bool at_field_end(const struct parser *s, size_t at)
{
    return at == s->t->n || s->t->p[at] == s->f->delimiter || at_line_end(s, at);
}

static void take(struct parser *s, size_t n)
{
    twin_put(&s->value, s->t->p + s->at, n);
    s->at += n;
}

/* Takes one character of a field as data. A character that is not valid is replaced. */
static void take_character(struct parser *s)
{
    const unsigned char *p = (const unsigned char *)s->t->p + s->at;
    size_t n = character(p, s->t->n - s->at);
    if (*p == 0) {
        note(s, CSV_NUL, s->at);
        s->at++;
    } else if (n == 0) {
        note(s, CSV_INVALID_UTF8, s->at);
        twin_put(&s->value, "\xEF\xBF\xBD", 3);
        s->at++;
    } else {
        take(s, n);
    }
}

static bool is_blank(const struct parser *s, size_t at)
{
    return at < s->t->n && !at_field_end(s, at) && (s->t->p[at] == ' ' || s->t->p[at] == '\t');
}

static char at(const struct parser *s, size_t i)
{
    return i < s->t->n ? s->t->p[i] : 0;
}

/* Is a character escaped at s->at? */
static bool is_escape(const struct parser *s)
{
    return s->f->escape && at(s, s->at) == s->f->escape && at(s, s->at + 1);
}

static void take_escaped(struct parser *s)
{
    static const char *const letters[] = {"n\n", "t\t", "r\r"};
    s->at++;
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (at(s, s->at) == letters[i][0]) {
            twin_put(&s->value, &letters[i][1], 1);
            s->at++;
            return;
        }
    take_character(s);
}

/* What becomes of the quote at `quote`, which opens a field: where it closes, and what is wrong. */
struct quoted {
    size_t close; /* its closing quote; or, if there is none, where that shows */
    size_t end;   /* of the field: after blanks */
    size_t bad;   /* the first byte after a quote that closes nothing; 0: none */
    bool closes;
    bool in_line; /* the first bad quote is in the line in which the field opens */
};

static struct quoted look_ahead(const struct parser *s, size_t quote, bool lenient)
{
    struct quoted q = {0};
    bool crossed = false;
    for (size_t i = quote + 1; i < s->t->n; i++) {
        crossed |= s->t->p[i] == '\n';
        if (s->f->escape && s->t->p[i] == s->f->escape) {
            i++;
            crossed |= i < s->t->n && s->t->p[i] == '\n';
        } else if (s->t->p[i] == '"' && at(s, i + 1) == '"' && i + 1 < s->t->n) {
            i++;
        } else if (s->t->p[i] == '"') {
            size_t end = i + 1;
            while (lenient && is_blank(s, end))
                end++;
            if (at_field_end(s, end)) {
                q.close = i;
                q.end = end;
                q.closes = true;
                return q;
            }
            if (!q.bad) {
                q.bad = i + 1;
                q.in_line = !crossed;
            }
            if (crossed || !lenient)
                return q;
        }
    }
    return q;
}

/* Where a quoted field opens, at s->at or after blanks; SIZE_MAX if it is not quoted. */
static size_t opening(const struct parser *s)
{
    size_t quote = s->at;
    while (is_blank(s, quote))
        quote++;
    if (quote == s->t->n || s->t->p[quote] != '"')
        return SIZE_MAX;
    const struct quoted q = look_ahead(s, quote, s->f->lenient);
    return quote == s->at || (q.closes && !q.bad) ? quote : SIZE_MAX;
}

/* Takes the inside of quotes up to `to`. */
static void take_quoted(struct parser *s, size_t to)
{
    while (s->at < to)
        if (is_escape(s) && s->at + 1 < to) {
            take_escaped(s);
        } else {
            s->at += s->t->p[s->at] == '"' && s->at + 1 < to && s->t->p[s->at + 1] == '"';
            take_character(s);
        }
}

static void parse_unquoted(struct parser *s)
{
    size_t begin = s->at;
    s->quoted = false;
    while (!at_field_end(s, s->at)) {
        if (is_escape(s)) {
            take_escaped(s);
            continue;
        }
        if (s->t->p[s->at] == '"')
            note(s, CSV_STRAY_QUOTE, s->at);
        if (s->t->p[s->at] == '\r')
            note(s, CSV_LONE_CR, s->at);
        take_character(s);
    }
    if (s->f->escape && s->at == begin + 2 && s->t->p[begin] == s->f->escape &&
        s->t->p[begin + 1] == 'N')
        s->value.n = 0;
}

/* The quote is not closed in its line: it is text, unless the record would have too many fields. */
static void parse_unclosed(struct parser *s, size_t quote)
{
    size_t line = quote;
    uint32_t n = s->column + 1;
    note(s, CSV_UNCLOSED, quote);
    for (; line < s->t->n && !at_line_end(s, line); line++)
        n += s->t->p[line] == s->f->delimiter;
    if (s->column >= s->f->n_columns || n <= s->f->n_columns) {
        parse_unquoted(s);
        return;
    }
    for (line = quote; !at_field_end(s, line) || n > s->f->n_columns; line++)
        n -= s->t->p[line] == s->f->delimiter;
    s->quoted = true;
    s->at = quote + 1;
    take_quoted(s, line);
}

static void parse_quoted(struct parser *s, size_t quote)
{
    const struct quoted q = look_ahead(s, quote, s->f->lenient);
    if (!q.closes && s->f->lenient) {
        parse_unclosed(s, quote);
        return;
    }
    s->quoted = true;
    s->at = quote + 1;
    if (q.bad)
        note(s, CSV_AFTER_QUOTE, q.bad);
    if (q.closes && q.end > q.close + 1)
        note(s, CSV_AFTER_QUOTE, q.close + 1);
    if (!q.closes && !q.bad)
        note(s, CSV_UNCLOSED, s->t->n);
    take_quoted(s, q.closes ? q.close : q.bad ? q.bad - 1 : s->t->n);
    s->at = q.closes ? q.end : s->t->n;
}

static bool is_null(const struct parser *s)
{
    bool is = false;
    for (uint32_t i = 0; s->f->nulls && i < s->f->nulls->n; i++)
        is |= s->f->nulls->value[i].n == s->value.n &&
              (s->value.n == 0 || memcmp(s->f->nulls->value[i].p, s->value.p, s->value.n) == 0);
    return is;
}

/* Passes over a comment. */
static bool skip_comment(struct parser *s)
{
    if (!s->f->comment || s->t->p[s->at] != s->f->comment)
        return false;
    while (s->at < s->t->n && s->t->p[s->at++] != '\n') {
    }
    return true;
}

/* Reads one record; writes its fields to r, as many as there are columns. */
static void parse_record(struct parser *s, struct twin_csv *r)
{
    uint32_t n = 0;
    size_t extra_at = 0;
    for (s->column = 0;; s->column++) {
        if (s->column == s->f->n_columns)
            extra_at = opening(s) != SIZE_MAX ? opening(s) + 1 : s->at;
        s->value.n = 0;
        const size_t quote = opening(s);
        if (quote != SIZE_MAX)
            parse_quoted(s, quote);
        else
            parse_unquoted(s);
        bool missing = (!s->quoted && s->value.n == 0) || is_null(s);
        if (n++ < s->f->n_columns)
            twin_put_field(&r->fields, missing ? NULL : s->value.p ? s->value.p : "", s->value.n);
        if (s->at == s->t->n || s->t->p[s->at] != s->f->delimiter)
            break;
        s->at++;
    }
    s->column = n;
    s->irregular |= n != s->f->n_columns;
    if (n != s->f->n_columns && s->fault.kind == CSV_RIGHT) {
        note(s, n > s->f->n_columns ? CSV_LONG : CSV_SHORT, n > s->f->n_columns ? extra_at : s->at);
        s->fault.n_fields = n;
    }
    for (; n < s->f->n_columns; n++)
        twin_put_field(&r->fields, NULL, 0);
    if (s->at < s->t->n)
        s->at += s->t->p[s->at] == '\r' ? 2 : 1;
    r->n_rows++;
    r->irregular += s->irregular;
}

/* Skips a blank line where records have several columns. It is a fault, unless only blank lines
 * follow up to the end of the file. */
static bool skip_blank(struct parser *s, struct twin_csv *r)
{
    if (s->f->n_columns == 1 || !at_line_end(s, s->at))
        return false;
    size_t rest = s->at;
    while (at_line_end(s, rest))
        rest += s->t->p[rest] == '\r' ? 2 : 1;
    if (rest < s->t->n) {
        s->column = 0;
        note(s, CSV_BLANK_LINE, s->at);
        r->irregular++;
    }
    s->at += s->t->p[s->at] == '\r' ? 2 : 1;
    return true;
}

void twin_csv_read(struct twin_csv *r, const struct csv_text *text, const struct csv_format *format)
{
    struct parser s = {.t = text, .f = format};
    *r = (struct twin_csv){0};
    while (s.at < text->n) {
        size_t record_at = s.at;
        s.irregular = false;
        s.fault = (struct csv_fault){0};
        struct twin_csv before = *r;
        if (!skip_blank(&s, r) && !skip_comment(&s))
            parse_record(&s, r);
        if (s.fault.kind == CSV_RIGHT || format->lenient)
            continue;
        r->fields.n = before.fields.n;
        r->n_rows = before.n_rows;
        r->fault = s.fault;
        r->fault.record_at = record_at;
        break;
    }
    twin_buffer_free(&s.value);
}

void twin_csv_free(struct twin_csv *r)
{
    twin_buffer_free(&r->fields);
}
