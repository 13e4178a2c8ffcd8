/* Counts what each delimiter makes of the first records, and looks at what stands in them. */
#include "data/source/sniff.h"

#include <ctype.h>
#include <string.h>

#define MOST_RECORDS 1000u
#define MOST_FIELDS 256u /* records that have more are counted as if they had so many */
#define DELIMITER_BYTES ((size_t)256 << 10)

/* ---- The delimiter ---------------------------------------------------------------------------*/

/* What a delimiter makes of the first records. */
struct tally {
    uint32_t n_records;
    uint32_t n_split;   /* that have several fields */
    uint32_t n_first;   /* fields of the first record */
    uint32_t n_same;    /* records with the most frequent number of fields, above one */
    bool only_decimals; /* after the first record it stands between digits alone */
};

static bool ends_in_digit(const struct bytes *b)
{
    return b->n > 0 && isdigit((unsigned char)b->p[b->n - 1]);
}

static bool begins_with_digit(const struct bytes *b)
{
    return b->n > 0 && isdigit((unsigned char)b->p[0]);
}

static bool has_decimals(const struct csv_record *r)
{
    bool all = true;
    for (uint32_t i = 1; i < r->n_fields; i++)
        all = all && ends_in_digit(&r->fields[i - 1]) && begins_with_digit(&r->fields[i]);
    return all;
}

/* The first bytes, up to a line end if there is one. */
static struct csv_text first_part(const struct csv_text *text, size_t most)
{
    struct csv_text part = *text;
    if (part.n > most) {
        const char *line = memrchr(part.p, '\n', most);
        part.n = line ? (size_t)(line - part.p) + 1 : most;
    }
    return part;
}

/* Where to go on after a record that is at fault. */
static size_t next_line(const struct csv_text *text, size_t at)
{
    const char *line = memchr(text->p + at, '\n', text->n - at);
    return line ? (size_t)(line - text->p) + 1 : text->n;
}

static void count_record(struct tally *t, const struct csv_record *r, uint32_t *histogram)
{
    const uint32_t n = r->n_fields < MOST_FIELDS ? r->n_fields : MOST_FIELDS;
    if (t->n_records == 0)
        t->n_first = n;
    else
        t->only_decimals = t->only_decimals && has_decimals(r);
    t->n_records++;
    t->n_split += n > 1;
    histogram[r->mended ? 0 : n]++;
}

/* A record that must be mended has fields, but speaks for no delimiter. */
static struct tally tally(const struct csv_text *text, const struct csv_format *format, size_t from)
{
    struct tally t = {.only_decimals = true};
    uint32_t histogram[MOST_FIELDS + 1] = {0};
    struct arena arena = {0};
    struct csv_record r = {0};
    for (size_t at = from; at < text->n && t.n_records < MOST_RECORDS;) {
        csv_record_read(text, format, at, &arena, &r);
        if (r.n_blank_lines == 0 && !r.is_comment && r.fault.kind == CSV_RIGHT)
            count_record(&t, &r, histogram);
        at = r.fault.kind == CSV_RIGHT ? r.end : next_line(text, at);
    }
    for (uint32_t n = 2; n <= MOST_FIELDS; n++)
        t.n_same = histogram[n] > t.n_same ? histogram[n] : t.n_same;
    t.only_decimals = t.only_decimals && t.n_records > 1;
    csv_record_free(&r);
    arena_free(&arena);
    return t;
}

char sniff_delimiter(const struct csv_text *text, const struct csv_format *format, size_t from,
                     bool *splits)
{
    static const char delimiters[] = ",;\t|";
    const struct csv_text part = first_part(text, from + DELIMITER_BYTES);
    char best = CSV_ONE_COLUMN;
    struct tally found = {0};
    *splits = false;
    for (const char *d = delimiters; *d; d++) {
        const struct csv_format f = {
            .delimiter = *d, .lenient = true, .escape = format->escape, .comment = format->comment};
        const struct tally t = tally(&part, &f, from);
        const bool mostly = 2 * t.n_split >= t.n_records;
        *splits = *splits || (t.n_first == 1 && t.n_split > 0 && 2 * t.n_split + 1 >= t.n_records);
        if (t.n_first < 2 || !mostly || t.n_same < found.n_same)
            continue;
        if (best == CSV_ONE_COLUMN || t.n_same > found.n_same ||
            (best == ',' && found.only_decimals)) {
            best = *d;
            found = t;
        }
    }
    *splits = *splits && best == CSV_ONE_COLUMN;
    return best;
}

size_t sniff_separator_line(const struct csv_text *text, char *delimiter)
{
    const size_t end = next_line(text, 0);
    size_t n = end;
    const char *p = text->p;
    while (n > 0 && (p[n - 1] == '\n' || p[n - 1] == '\r'))
        n--;
    if (n == 7 && p[0] == '"' && p[6] == '"') {
        p++;
        n -= 2;
    }
    if (n != 5 || strncasecmp(p, "sep=", 4) != 0 || p[4] == '"')
        return 0;
    *delimiter = p[4];
    return end;
}

bool sniff_cr_lines(const char *p, size_t n)
{
    const size_t first = n < SNIFF_BYTES ? n : SNIFF_BYTES;
    return !memchr(p, '\n', first) && memchr(p, '\r', first) && !memchr(p, '\n', n);
}

static size_t skip_space(const char *p, size_t n, size_t at)
{
    while (at < n && (p[at] == ' ' || p[at] == '\t' || p[at] == '\r' || p[at] == '\n'))
        at++;
    return at;
}

bool sniff_json(const char *p, size_t n)
{
    size_t at = skip_space(p, n, 0);
    if (at == n || p[at] != '{')
        return false;
    at = skip_space(p, n, at + 1);
    return at < n && (p[at] == '"' || p[at] == '}');
}

/* ---- The header ------------------------------------------------------------------------------*/

enum kind { IS_EMPTY, IS_NUMBER, IS_DATE, IS_TEXT };

/* Digits with what stands between them in numbers and dates. */
static enum kind kind_of(const struct bytes *b)
{
    uint32_t digits = 0, between = 0, others = 0;
    for (uint32_t i = 0; i < b->n; i++) {
        const char c = b->p[i];
        digits += isdigit((unsigned char)c) != 0;
        between += c == '-' || c == '/' || c == ':' || c == '.';
        others += !isdigit((unsigned char)c) && !strchr("-/:.,+TZ ", c);
    }
    if (b->n == 0)
        return IS_EMPTY;
    if (digits == 0 || others > 0)
        return IS_TEXT;
    return between >= 2 && digits >= 5 ? IS_DATE : IS_NUMBER;
}

#define HEADER_COLUMNS 64u /* that are looked at */
#define HEADER_RECORDS 200u

struct header_check {
    struct bytes name[HEADER_COLUMNS];
    enum kind kind[HEADER_COLUMNS];
    uint32_t n_columns;
    uint32_t n_records;
    uint32_t n_same_kind[HEADER_COLUMNS]; /* records whose value has the kind of the name */
    uint32_t n_figures[HEADER_COLUMNS];   /* … has a number or a date */
    bool occurs[HEADER_COLUMNS];          /* the name stands below, as a value */
};

static void note_names(struct header_check *h, const struct csv_record *r)
{
    h->n_columns = r->n_fields < HEADER_COLUMNS ? r->n_fields : HEADER_COLUMNS;
    for (uint32_t i = 0; i < h->n_columns; i++) {
        h->name[i] = r->fields[i];
        h->kind[i] = kind_of(&r->fields[i]);
    }
}

static void note_values(struct header_check *h, const struct csv_record *r)
{
    h->n_records++;
    for (uint32_t i = 0; i < h->n_columns && i < r->n_fields; i++) {
        const struct bytes *v = &r->fields[i], *name = &h->name[i];
        const enum kind kind = kind_of(v);
        h->n_same_kind[i] += kind == h->kind[i];
        h->n_figures[i] += kind == IS_NUMBER || kind == IS_DATE;
        h->occurs[i] =
            h->occurs[i] || (name->n > 0 && v->n == name->n && memcmp(v->p, name->p, v->n) == 0);
    }
}

/* Names such as 2019, 2020, 2021 are years, or numbers of columns: they rise. */
static bool are_labels(const struct header_check *h)
{
    uint32_t n = 0, rises = 0;
    const struct bytes *last = NULL;
    for (uint32_t i = 0; i < h->n_columns; i++) {
        const struct bytes *name = &h->name[i];
        if (h->kind[i] != IS_NUMBER)
            continue;
        rises += last && (last->n < name->n ||
                          (last->n == name->n && memcmp(last->p, name->p, name->n) < 0));
        n++;
        last = name;
    }
    return n > 1 && rises == n - 1;
}

static bool is_data(const struct header_check *h)
{
    uint32_t empty = 0;
    bool tells = false;
    for (uint32_t i = 0; i < h->n_columns; i++) {
        const bool is_figure = h->kind[i] == IS_NUMBER || h->kind[i] == IS_DATE;
        const bool mostly_same = 10 * h->n_same_kind[i] >= 8 * h->n_records;
        if (h->kind[i] == IS_TEXT && 10 * h->n_figures[i] >= 8 * h->n_records)
            return false; /* a name above numbers */
        empty += h->kind[i] == IS_EMPTY;
        tells = tells || (is_figure && mostly_same) || h->occurs[i];
    }
    return h->n_records > 0 && (tells || empty > 1) && !are_labels(h);
}

bool sniff_header_is_data(const struct csv_text *text, const struct csv_format *format, size_t from)
{
    const struct csv_text part = first_part(text, from + DELIMITER_BYTES);
    struct header_check h = {0};
    struct arena arena = {0};
    struct csv_record r = {0};
    for (size_t at = from; at < part.n && h.n_records < HEADER_RECORDS;) {
        csv_record_read(&part, format, at, &arena, &r);
        const bool is_record = r.fault.kind == CSV_RIGHT && !r.n_blank_lines && !r.is_comment;
        if (is_record && h.n_columns == 0)
            note_names(&h, &r);
        else if (is_record)
            note_values(&h, &r);
        at = r.fault.kind == CSV_RIGHT ? r.end : next_line(&part, at);
    }
    const bool is = is_data(&h);
    csv_record_free(&r);
    arena_free(&arena);
    return is;
}
