/* The table of output formats, and the buffer and score printing that they share.
 *
 * The part of a line that belongs to the row of A is made once for all its pairs. Scores repeat
 * (a metric has few values), so their decimals are kept in a small direct-mapped cache. */
#include "data/emit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES (256u << 10)
#define SCORE_SLOTS 8192u

struct score_text {
    uint64_t bits;
    uint32_t length;
    char text[28];
};

struct emit {
    const struct emit_spec *spec;
    const struct emit_format *format;
    const struct table *table[2];
    emit_flush_fn *flush;
    void *context;
    char *buffer;
    size_t used, room;
    char *prefix; /* of the present row of A: what stands before the id of B */
    size_t prefix_used, prefix_room;
    char *kept; /* of the present row of A: its kept columns */
    size_t kept_used, kept_room;
    struct score_text *scores;
    emit_terms_fn *terms;
    uint64_t row_a;
};

/* A format: what stands before all pairs, and the parts of a line. Each part is written to the
 * place given, which has room for it, and the end is returned. `field_room` bounds a field of n
 * bytes with all that surrounds it; `name` is a column's name as the output has it. */
struct emit_format {
    const char *name;
    const char *what;
    bool has_head;
    size_t (*field_room)(size_t n, size_t name_n);
    char *(*id)(char *p, int side, struct bytes value, bool missing);
    char *(*score)(char *p, const char *text, size_t n);
    char *(*term)(char *p, struct bytes name, const char *text, size_t n); /* n = 0: no value */
    char *(*keep)(char *p, int side, struct bytes name, struct bytes value, bool missing);
    const char *end;
};

static char *put(char *p, const char *text, size_t n)
{
    memcpy(p, text, n);
    return p + n;
}

/* ---- CSV (RFC 4180) --------------------------------------------------------------------------*/

static size_t csv_room(size_t n, size_t name_n)
{
    (void)name_n;
    return 2 * n + 3;
}

static bool csv_needs_quotes(struct bytes v)
{
    for (uint32_t i = 0; i < v.n; i++)
        if (v.p[i] == ',' || v.p[i] == '"' || v.p[i] == '\n' || v.p[i] == '\r')
            return true;
    return v.n == 0; /* "" is the empty string; a missing value is nothing at all */
}

static char *csv_field(char *p, struct bytes v, bool missing)
{
    if (missing)
        return p;
    if (!csv_needs_quotes(v))
        return put(p, v.p, v.n);
    *p++ = '"';
    for (uint32_t i = 0; i < v.n; i++) {
        if (v.p[i] == '"')
            *p++ = '"';
        *p++ = v.p[i];
    }
    *p++ = '"';
    return p;
}

static char *csv_id(char *p, int side, struct bytes v, bool missing)
{
    (void)side;
    p = csv_field(p, v, missing);
    *p++ = ',';
    return p;
}

static char *csv_score(char *p, const char *text, size_t n)
{
    return put(p, text, n);
}

static char *csv_term(char *p, struct bytes name, const char *text, size_t n)
{
    (void)name;
    *p++ = ',';
    return put(p, text, n);
}

static char *csv_keep(char *p, int side, struct bytes name, struct bytes v, bool missing)
{
    (void)side;
    (void)name;
    *p++ = ',';
    return csv_field(p, v, missing);
}

/* ---- JSON lines ------------------------------------------------------------------------------*/

static size_t jsonl_room(size_t n, size_t name_n)
{
    return 6 * (n + name_n) + 16;
}

static char *json_string(char *p, struct bytes v)
{
    static const char hex[] = "0123456789abcdef";
    for (uint32_t i = 0; i < v.n; i++) {
        unsigned char c = (unsigned char)v.p[i];
        if (c == '"' || c == '\\') {
            *p++ = '\\';
            *p++ = (char)c;
        } else if (c < 0x20) {
            p = put(p, "\\u00", 4);
            *p++ = hex[c >> 4];
            *p++ = hex[c & 15];
        } else {
            *p++ = (char)c;
        }
    }
    return p;
}

static char *json_value(char *p, struct bytes v, bool missing)
{
    if (missing)
        return put(p, "null", 4);
    *p++ = '"';
    p = json_string(p, v);
    *p++ = '"';
    return p;
}

static char *jsonl_id(char *p, int side, struct bytes v, bool missing)
{
    p = put(p, side ? "\"b\":" : "{\"a\":", side ? 4 : 5);
    p = json_value(p, v, missing);
    *p++ = ',';
    return p;
}

/* JSON has no infinite numbers; a scorer's are written as the strings "inf" and "-inf". */
static char *json_number(char *p, const char *text, size_t n)
{
    bool infinite = text[n - 1] == 'f';
    if (infinite)
        *p++ = '"';
    p = put(p, text, n);
    if (infinite)
        *p++ = '"';
    return p;
}

static char *jsonl_score(char *p, const char *text, size_t n)
{
    return json_number(put(p, "\"score\":", 8), text, n);
}

static char *jsonl_term(char *p, struct bytes name, const char *text, size_t n)
{
    p = put(p, ",\"", 2);
    p = json_string(p, name);
    p = put(p, "\":", 2);
    return n ? json_number(p, text, n) : put(p, "null", 4);
}

static char *jsonl_keep(char *p, int side, struct bytes name, struct bytes v, bool missing)
{
    p = put(p, side ? ",\"b." : ",\"a.", 4);
    p = json_string(p, name);
    p = put(p, "\":", 2);
    return json_value(p, v, missing);
}

/* ---- The table -------------------------------------------------------------------------------*/

static const struct emit_format formats[] = {
    {"csv", "RFC 4180, with a header", true, csv_room, csv_id, csv_score, csv_term, csv_keep, "\n"},
    {"jsonl", "one JSON object a line", false, jsonl_room, jsonl_id, jsonl_score, jsonl_term,
     jsonl_keep, "}\n"},
};
#define N_FORMATS (sizeof formats / sizeof *formats)

bool emit_find(const char *name, uint32_t *format, struct err *e)
{
    for (*format = 0; *format < N_FORMATS; (*format)++)
        if (strcmp(formats[*format].name, name) == 0)
            return true;
    return err_set(e, ERR_USAGE, "choose one of them", "--format: there is no \"%s\"; there are %s",
                   name, emit_names());
}

const char *emit_names(void)
{
    static char names[64];
    size_t n = 0;
    for (size_t i = 0; i < N_FORMATS; i++)
        n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", i ? ", " : "", formats[i].name);
    return names;
}

/* ---- Scores ----------------------------------------------------------------------------------*/

size_t emit_double(double x, char text[32])
{
    int n = 0;
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(text, 32, "%.*g", digits, x);
        if (strtod(text, NULL) == x)
            break;
    }
    return (size_t)n;
}

static const struct score_text *score_text(struct emit *e, double score)
{
    uint64_t bits;
    memcpy(&bits, &score, sizeof bits);
    uint64_t hash = bits * 0x9e3779b97f4a7c15ull;
    struct score_text *s = &e->scores[hash >> 51];
    if (s->bits != bits || s->length == 0) {
        char text[32];
        s->length = (uint32_t)emit_double(score, text);
        s->bits = bits;
        memcpy(s->text, text, s->length);
    }
    return s;
}

/* ---- Fields of a row -------------------------------------------------------------------------*/

/* The value of a column in a row; its row number when there is no column. */
static struct bytes row_value(const struct emit *e, int side, uint32_t column, uint64_t row,
                              char number[24], bool *missing)
{
    *missing = false;
    if (column == EMIT_ROW_NUMBER) {
        char *p = number + 24;
        uint64_t n = row + 1;
        do
            *--p = (char)('0' + n % 10);
        while (n /= 10);
        return (struct bytes){p, (uint32_t)(number + 24 - p)};
    }
    uint32_t value = table_row_values(e->table[side], column)[row];
    *missing = value == TABLE_MISSING;
    return *missing ? (struct bytes){"", 0} : table_value(e->table[side], column, value);
}

static struct bytes column_name(const struct emit *e, int side, uint32_t column)
{
    return (struct bytes){table_column_name(e->table[side], column),
                          e->table[side]->columns[column].name_bytes};
}

static struct bytes term_name(const struct emit *e, uint32_t term)
{
    const char *name = e->spec->term_names + e->spec->term_at[term];
    return (struct bytes){name, (uint32_t)strlen(name)};
}

/* Makes room for `more` bytes behind `used` in a growing buffer. A value is in memory already, so
 * that there is none for its copy is the end of the worker. */
static void grow(char **buffer, size_t *room, size_t used, size_t more)
{
    if (used + more <= *room)
        return;
    *room = 2 * (used + more);
    *buffer = realloc(*buffer, *room);
    if (!*buffer) {
        fputs("axb: not enough memory for a line of output\n", stderr);
        abort();
    }
}

static void make_room(struct emit *e, size_t more)
{
    if (e->used + more <= e->room)
        return;
    e->flush(e->context, e->buffer, e->used);
    e->used = 0;
    grow(&e->buffer, &e->room, 0, more);
}

/* ---- Lines -----------------------------------------------------------------------------------*/

bool emit_open(struct emit **emit, const struct emit_spec *spec, const struct table *a,
               const struct table *b, emit_flush_fn *flush, void *context, struct err *e)
{
    struct emit *x = calloc(1, sizeof *x);
    *emit = x;
    if (x) {
        *x = (struct emit){.spec = spec,
                           .format = &formats[spec->format],
                           .table = {a, b},
                           .flush = flush,
                           .context = context,
                           .room = BUFFER_BYTES};
        x->buffer = malloc(x->room);
        x->scores = calloc(SCORE_SLOTS, sizeof *x->scores);
    }
    if (x && x->buffer && x->scores)
        return true;
    emit_close(x);
    *emit = NULL;
    return err_set(e, ERR_OS, NULL, "not enough memory for output");
}

void emit_close(struct emit *emit)
{
    if (!emit)
        return;
    free(emit->buffer);
    free(emit->prefix);
    free(emit->kept);
    free(emit->scores);
    free(emit);
}

void emit_set_terms(struct emit *e, emit_terms_fn *terms)
{
    e->terms = terms;
}

static void head_field(struct emit *e, struct bytes name)
{
    make_room(e, csv_room(name.n, 0) + 1);
    e->buffer[e->used++] = ',';
    e->used = (size_t)(csv_field(e->buffer + e->used, name, false) - e->buffer);
}

void emit_head(struct emit *e)
{
    if (!e->format->has_head)
        return;
    make_room(e, 64);
    e->used = (size_t)(put(e->buffer + e->used, "a,b,score", 9) - e->buffer);
    for (uint32_t t = 0; t < e->spec->n_terms; t++)
        head_field(e, term_name(e, t));
    for (uint32_t k = 0; k < e->spec->n_keep; k++) {
        int side = (int)e->spec->keep[k].side;
        struct bytes name = column_name(e, side, e->spec->keep[k].column);
        char *text = malloc(name.n + 2ull);
        if (!text)
            continue;
        memcpy(text, side ? "b." : "a.", 2);
        memcpy(text + 2, name.p, name.n);
        head_field(e, (struct bytes){text, name.n + 2});
        free(text);
    }
    make_room(e, 1);
    e->buffer[e->used++] = '\n';
}

void emit_row_a(struct emit *e, uint64_t row_a)
{
    char number[24];
    bool missing;
    struct bytes id = row_value(e, 0, e->spec->id_a, row_a, number, &missing);
    e->row_a = row_a;
    grow(&e->prefix, &e->prefix_room, 0, e->format->field_room(id.n, 8));
    e->prefix_used = (size_t)(e->format->id(e->prefix, 0, id, missing) - e->prefix);
    e->kept_used = 0;
    for (uint32_t k = 0; k < e->spec->n_keep && e->spec->keep[k].side == 0; k++) {
        struct bytes name = column_name(e, 0, e->spec->keep[k].column);
        struct bytes v = row_value(e, 0, e->spec->keep[k].column, row_a, number, &missing);
        grow(&e->kept, &e->kept_room, e->kept_used, e->format->field_room(v.n, name.n));
        char *end = e->format->keep(e->kept + e->kept_used, 0, name, v, missing);
        e->kept_used = (size_t)(end - e->kept);
    }
}

/* The terms of a pair, behind its score. */
static void emit_terms(struct emit *e, uint64_t row_b)
{
    double value[EMIT_MAX_TERMS];
    e->terms(e->context, e->row_a, row_b, value);
    for (uint32_t t = 0; t < e->spec->n_terms; t++) {
        struct bytes name = term_name(e, t);
        const struct score_text *s = isnan(value[t]) ? NULL : score_text(e, value[t]);
        make_room(e, e->format->field_room(s ? s->length : 0, name.n));
        char *p = e->buffer + e->used;
        e->used =
            (size_t)(e->format->term(p, name, s ? s->text : "", s ? s->length : 0) - e->buffer);
    }
}

static void emit_kept_b(struct emit *e, uint64_t row_b)
{
    for (uint32_t k = 0; k < e->spec->n_keep; k++) {
        char number[24];
        bool missing;
        if (e->spec->keep[k].side == 0)
            continue;
        struct bytes name = column_name(e, 1, e->spec->keep[k].column);
        struct bytes v = row_value(e, 1, e->spec->keep[k].column, row_b, number, &missing);
        make_room(e, e->format->field_room(v.n, name.n) + 8);
        char *end = e->format->keep(e->buffer + e->used, 1, name, v, missing);
        e->used = (size_t)(end - e->buffer);
    }
}

void emit_pair(struct emit *e, uint64_t row_b, double score)
{
    char number[24];
    bool missing;
    struct bytes id = row_value(e, 1, e->spec->id_b, row_b, number, &missing);
    const struct score_text *s = score_text(e, score);
    make_room(e, e->prefix_used + e->format->field_room(id.n, 8) + s->length + e->kept_used + 32);
    char *p = put(e->buffer + e->used, e->prefix, e->prefix_used);
    p = e->format->id(p, 1, id, missing);
    p = e->format->score(p, s->text, s->length);
    e->used = (size_t)(p - e->buffer);
    if (e->spec->n_terms)
        emit_terms(e, row_b);
    make_room(e, e->kept_used);
    if (e->kept_used)
        e->used = (size_t)(put(e->buffer + e->used, e->kept, e->kept_used) - e->buffer);
    if (e->spec->n_keep)
        emit_kept_b(e, row_b);
    make_room(e, 8);
    p = e->buffer + e->used;
    for (const char *end = e->format->end; *end; end++)
        *p++ = *end;
    e->used = (size_t)(p - e->buffer);
}

void emit_finish(struct emit *e)
{
    if (e->used)
        e->flush(e->context, e->buffer, e->used);
    e->used = 0;
}
