/* The table of output formats, and the lists and buffers that they share.
 *
 * Lines are put together from parts: that of the row of A is made once for all its pairs, that of a
 * row of B once for all rows of A that the list serves. Scores repeat (a metric has few values), so
 * their decimals are kept in a small direct-mapped cache. */
#include "data/emit.h"

#include "core/hash.h"
#include "data/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIST_BYTES (1u << 20) /* it takes no more once it has so many … */
#define LIST_PARTS 32768u     /* … or so many rows */
#define COPY_STEP 16u
#define NUMBER_CAPACITY 40u /* of a row number with all that surrounds it */
#define SCORE_CAPACITY 64u  /* of a score likewise */
#define SCORE_SLOT_BITS 13

struct score_text {
    uint64_t bits;
    uint32_t length;
    char text[36]; /* number_double's 32, and what copying in steps reads after a short one */
};

/* Text that grows; COPY_STEP spare bytes always follow it. */
struct buffer {
    char *p;
    size_t used, capacity;
};

/* The two parts of a line that belong to a row of B, one after the other in the list's text: its
 * id, the score and terms; its kept columns and the end. What A keeps stands between them. */
struct part {
    size_t at, head_bytes, tail_bytes;
};

struct emit {
    const struct emit_spec *spec;
    const struct emit_format *format;
    const struct table *table[2];
    emit_flush_fn *flush;
    void *context;
    struct buffer lines; /* finished, not yet handed over */
    uint32_t n_lines;
    struct buffer before, kept; /* of the row of A: its id; its kept columns */
    struct buffer list;         /* of rows of B */
    struct part *part;
    uint32_t n_parts;
    struct score_text *scores;
    emit_terms_fn *terms;
    uint64_t row_a;
};

/* A format: what stands before all pairs, and the parts of a line. Each part is written to the
 * place given, which is long enough, and the end is returned. `field_capacity` bounds a field of n
 * bytes with all that surrounds it; `name` is a column's name as the output has it. */
struct emit_format {
    const char *name;
    const char *what;
    bool has_head;
    bool lines_in_quotes; /* a field in quotes may have line ends of its own */
    size_t (*field_capacity)(size_t n, size_t name_n);
    size_t (*number)(double value, char text[32]); /* what `score` and `term` get as text */
    char *(*row)(char *p, int side, uint64_t number);
    char *(*id)(char *p, int side, struct bytes value, bool missing);
    char *(*score)(char *p, const char *text, size_t n);
    char *(*term)(char *p, struct bytes name, const char *text, size_t n); /* n = 0: no value */
    char *(*keep)(char *p, int side, struct bytes name, struct bytes value, bool missing);
    const char *end;
    bool is_binary; /* records of one length, of row numbers and scores alone */
};

static char *put(char *p, const char *text, size_t n)
{
    memcpy(p, text, n);
    return p + n;
}

/* For short texts, whose length is hard to foretell: reads and writes up to COPY_STEP bytes after
 * the end. */
static inline char *put_short(char *p, const char *text, size_t n)
{
    if (n > 4 * COPY_STEP)
        return put(p, text, n);
    for (size_t i = 0; i < n; i += COPY_STEP)
        memcpy(p + i, text + i, COPY_STEP);
    return p + n;
}

/* ---- CSV (RFC 4180) --------------------------------------------------------------------------*/

static size_t csv_capacity(size_t n, size_t name_n)
{
    (void)name_n;
    return EMIT_CSV_BYTES(n) + 1;
}

static bool csv_needs_quotes(struct bytes v)
{
    bool special = v.n == 0; /* "" is the empty string; a missing value is nothing at all */
    for (uint32_t i = 0; i < v.n; i++) /* to the end: so it is done many bytes at a time */
        special |= v.p[i] == ',' || v.p[i] == '"' || v.p[i] == '\n' || v.p[i] == '\r';
    return special;
}

char *emit_csv_field(char *p, struct bytes v, bool missing)
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

static char *csv_row(char *p, int side, uint64_t number)
{
    (void)side;
    p = number_integer(p, number);
    *p++ = ',';
    return p;
}

static char *csv_id(char *p, int side, struct bytes v, bool missing)
{
    (void)side;
    p = emit_csv_field(p, v, missing);
    *p++ = ',';
    return p;
}

static char *csv_score(char *p, const char *text, size_t n)
{
    return put_short(p, text, n);
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
    return emit_csv_field(p, v, missing);
}

/* ---- JSON lines ------------------------------------------------------------------------------*/

static size_t jsonl_capacity(size_t n, size_t name_n)
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

static char *jsonl_side(char *p, int side)
{
    return put(p, side ? "\"b\":" : "{\"a\":", side ? 4 : 5);
}

/* As a string, as other ids are. */
static char *jsonl_row(char *p, int side, uint64_t number)
{
    p = jsonl_side(p, side);
    *p++ = '"';
    p = number_integer(p, number);
    return put(p, "\",", 2);
}

static char *jsonl_id(char *p, int side, struct bytes v, bool missing)
{
    p = jsonl_side(p, side);
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

/* ---- Pairs -----------------------------------------------------------------------------------*/

/* For programs: a head of 64 bytes, then records of one length, which are read without a parser.
 * All is little-endian. The head says how long a record is; how many there are follows from the
 * length of the file, since they are not counted before they are written:
 *
 *     char[8] "AXBPAIR1"; u32 version; u32 bytes of a record; u64 0; u32 terms; zeros
 *     u32 row of A, u32 row of B (from 0); f64 score; f64 for each term, NaN for no value */
static const char pairs_magic[8] = {'A', 'X', 'B', 'P', 'A', 'I', 'R', '1'};
#define PAIRS_VERSION 1u

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are written as they stand");

static size_t pairs_capacity(size_t n, size_t name_n)
{
    return n + name_n + sizeof(double);
}

static size_t pairs_number(double value, char text[32])
{
    memcpy(text, &value, sizeof value);
    return sizeof value;
}

static char *pairs_row(char *p, int side, uint64_t number)
{
    const uint32_t row = (uint32_t)(number - 1);
    (void)side;
    return put(p, (const char *)&row, sizeof row);
}

static char *pairs_score(char *p, const char *text, size_t n)
{
    return put(p, text, n);
}

static char *pairs_term(char *p, struct bytes name, const char *text, size_t n)
{
    const double none = NAN;
    (void)name;
    return put(p, n ? text : (const char *)&none, sizeof none);
}

static size_t pairs_record_bytes(const struct emit_spec *spec)
{
    return 2 * sizeof(uint32_t) + (1 + spec->n_terms) * sizeof(double);
}

static void pairs_head(const struct emit_spec *spec, char head[EMIT_PAIRS_HEAD_BYTES])
{
    const uint32_t says[] = {PAIRS_VERSION, (uint32_t)pairs_record_bytes(spec), 0, 0,
                             spec->n_terms};
    memset(head, 0, EMIT_PAIRS_HEAD_BYTES);
    memcpy(head, pairs_magic, sizeof pairs_magic);
    memcpy(head + sizeof pairs_magic, says, sizeof says);
}

/* ---- The table -------------------------------------------------------------------------------*/

static const struct emit_format formats[] = {
    {"csv", "RFC 4180, with a header", true, true, csv_capacity, number_double, csv_row, csv_id,
     csv_score, csv_term, csv_keep, "\n", false},
    {"jsonl", "one JSON object a line", false, false, jsonl_capacity, number_double, jsonl_row,
     jsonl_id, jsonl_score, jsonl_term, jsonl_keep, "}\n", false},
    {"pairs", "records of one length, for programs", true, false, pairs_capacity, pairs_number,
     pairs_row, NULL, pairs_score, pairs_term, NULL, "", true},
};
#define N_FORMATS (sizeof formats / sizeof *formats)

/* The names of all formats, "csv, jsonl". */
static const char *emit_names(void)
{
    static char names[64];
    size_t n = 0;
    for (size_t i = 0; i < N_FORMATS; i++)
        n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", i ? ", " : "", formats[i].name);
    return names;
}

bool emit_find(const char *name, uint32_t *format, struct err *e)
{
    for (*format = 0; *format < N_FORMATS; (*format)++)
        if (strcmp(formats[*format].name, name) == 0)
            return true;
    return err_set(e, ERR_USAGE, "choose one of them", "--format: there is no \"%s\"; there are %s",
                   name, emit_names());
}

bool emit_check(const struct emit_spec *spec, struct err *e)
{
    const char *name = formats[spec->format].name;
    if (!formats[spec->format].is_binary)
        return true;
    if (spec->id_a != EMIT_ROW_NUMBER || spec->id_b != EMIT_ROW_NUMBER)
        return err_set(e, ERR_USAGE, "leave --id away, or choose --format csv",
                       "--format %s: it holds row numbers, no columns of --id", name);
    return spec->n_keep == 0 || err_set(e, ERR_USAGE, "leave --keep away, or choose --format csv",
                                        "--format %s: it holds no columns of --keep", name);
}

const char *emit_choices(void)
{
    static char choices[96];
    size_t n = 0;
    for (size_t i = 0; i < N_FORMATS; i++) {
        const char *before = i == 0 ? "" : i + 1 < N_FORMATS ? ", " : " or ";
        n += (size_t)snprintf(choices + n, sizeof choices - n, "%s%s%s", before, formats[i].name,
                              i ? "" : " (default)");
    }
    return choices;
}

/* ---- Scores ----------------------------------------------------------------------------------*/

static const struct score_text *score_text(struct emit *e, double score)
{
    uint64_t bits;
    memcpy(&bits, &score, sizeof bits);
    struct score_text *s = &e->scores[hash_mix(bits) >> (64 - SCORE_SLOT_BITS)];
    if (s->bits != bits || s->length == 0) {
        s->length = (uint32_t)e->format->number(score, s->text);
        s->bits = bits;
    }
    return s;
}

/* ---- Fields of a row -------------------------------------------------------------------------*/

static struct bytes row_value(const struct emit *e, int side, uint32_t column, uint64_t row,
                              bool *missing)
{
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

/* Reserves `more` bytes after a text. The value that is copied is in memory already. If there is no
 * memory for its copy, the worker ends. */
static void grow_buffer(struct buffer *t, size_t more)
{
    if (t->p && t->used + more + COPY_STEP <= t->capacity)
        return;
    t->capacity = 2 * (t->used + more + COPY_STEP);
    t->p = realloc(t->p, t->capacity);
    if (!t->p) {
        fputs("axb: not enough memory for a line of output\n", stderr);
        _exit(ERR_OS);
    }
}

static void hand_over(struct emit *e)
{
    if (e->lines.used)
        e->flush(e->context, e->lines.p, e->lines.used, e->n_lines);
    e->lines.used = 0;
    e->n_lines = 0;
}

/* Reserves a whole line of at most n bytes. */
static void reserve_line(struct emit *e, size_t n)
{
    if (e->lines.used + n > EMIT_FLUSH_BYTES)
        hand_over(e);
    grow_buffer(&e->lines, n);
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
                           .context = context};
        x->scores = calloc((size_t)1 << SCORE_SLOT_BITS, sizeof *x->scores);
        x->part = malloc(LIST_PARTS * sizeof *x->part);
    }
    if (x && x->part && x->scores)
        return true;
    emit_close(x);
    *emit = NULL;
    return err_set(e, ERR_OS, NULL, "not enough memory for output");
}

void emit_close(struct emit *emit)
{
    if (!emit)
        return;
    free(emit->lines.p);
    free(emit->before.p);
    free(emit->kept.p);
    free(emit->list.p);
    free(emit->part);
    free(emit->scores);
    free(emit);
}

void emit_set_terms(struct emit *e, emit_terms_fn *terms)
{
    e->terms = terms;
}

/* Adds a name to the header, and reserves the end of the line. */
static void head_field(struct buffer *line, struct bytes name)
{
    grow_buffer(line, csv_capacity(name.n, 0) + 2);
    line->p[line->used++] = ',';
    line->used = (size_t)(emit_csv_field(line->p + line->used, name, false) - line->p);
}

static void csv_head(struct emit *e)
{
    struct buffer *line = &e->lines, name = {0};
    grow_buffer(line, 16);
    line->used = (size_t)(put(line->p, "a,b,score", 9) - line->p);
    for (uint32_t k = 0; k < e->spec->n_terms; k++)
        head_field(line, term_name(e, k));
    for (uint32_t k = 0; k < e->spec->n_keep; k++) {
        int side = (int)e->spec->keep[k].side;
        struct bytes column = column_name(e, side, e->spec->keep[k].column);
        grow_buffer(&name, column.n + 2ull);
        put(put(name.p, side ? "b." : "a.", 2), column.p, column.n);
        head_field(line, (struct bytes){name.p, column.n + 2});
    }
    free(name.p);
    line->used =
        (size_t)(put(line->p + line->used, e->format->end, strlen(e->format->end)) - line->p);
}

void emit_head(struct emit *e)
{
    if (e->format->is_binary) {
        grow_buffer(&e->lines, EMIT_PAIRS_HEAD_BYTES);
        pairs_head(e->spec, e->lines.p);
        e->lines.used = EMIT_PAIRS_HEAD_BYTES;
    } else if (e->format->has_head) {
        csv_head(e);
    }
}

/* Adds the kept columns of a side in a row to a text. */
static void add_kept(const struct emit *e, int side, uint64_t row, struct buffer *t)
{
    for (uint32_t k = 0; k < e->spec->n_keep; k++) {
        uint32_t column = e->spec->keep[k].column;
        bool missing;
        if ((int)e->spec->keep[k].side != side)
            continue;
        struct bytes name = column_name(e, side, column);
        struct bytes v = row_value(e, side, column, row, &missing);
        grow_buffer(t, e->format->field_capacity(v.n, name.n));
        t->used = (size_t)(e->format->keep(t->p + t->used, side, name, v, missing) - t->p);
    }
}

/* Adds a side's id to a text, and reserves a score after it. */
static void add_id(const struct emit *e, int side, uint64_t row, struct buffer *t)
{
    uint32_t column = side ? e->spec->id_b : e->spec->id_a;
    bool missing;
    if (column == EMIT_ROW_NUMBER) {
        grow_buffer(t, NUMBER_CAPACITY + SCORE_CAPACITY);
        t->used = (size_t)(e->format->row(t->p + t->used, side, row + 1) - t->p);
        return;
    }
    struct bytes id = row_value(e, side, column, row, &missing);
    grow_buffer(t, e->format->field_capacity(id.n, 8) + SCORE_CAPACITY);
    t->used = (size_t)(e->format->id(t->p + t->used, side, id, missing) - t->p);
}

void emit_row_a(struct emit *e, uint64_t row_a)
{
    e->row_a = row_a;
    e->before.used = e->kept.used = 0;
    add_id(e, 0, row_a, &e->before);
    grow_buffer(&e->kept, 0);
    add_kept(e, 0, row_a, &e->kept);
}

/* Adds the terms of a pair to a text. */
static void add_terms(struct emit *e, uint64_t row_b, struct buffer *t)
{
    double value[EMIT_MAX_TERMS];
    e->terms(e->context, e->row_a, row_b, value);
    for (uint32_t k = 0; k < e->spec->n_terms; k++) {
        struct bytes name = term_name(e, k);
        const struct score_text *s = isnan(value[k]) ? NULL : score_text(e, value[k]);
        grow_buffer(t, e->format->field_capacity(0, name.n) + SCORE_CAPACITY);
        char *p = t->p + t->used;
        t->used = (size_t)(e->format->term(p, name, s ? s->text : "", s ? s->length : 0) - t->p);
    }
}

void emit_list_clear(struct emit *e)
{
    e->list.used = 0;
    e->n_parts = 0;
}

bool emit_list_add(struct emit *e, uint64_t row_b, double score)
{
    struct buffer *t = &e->list;
    struct part *part = &e->part[e->n_parts];
    if (e->n_parts == LIST_PARTS || t->used >= LIST_BYTES)
        return false;
    const struct score_text *s = score_text(e, score);
    part->at = t->used;
    add_id(e, 1, row_b, t);
    t->used = (size_t)(e->format->score(t->p + t->used, s->text, s->length) - t->p);
    if (e->spec->n_terms)
        add_terms(e, row_b, t);
    part->head_bytes = t->used - part->at;
    if (e->spec->n_keep)
        add_kept(e, 1, row_b, t);
    grow_buffer(t, 4);
    for (const char *end = e->format->end; *end; end++)
        t->p[t->used++] = *end;
    part->tail_bytes = t->used - part->at - part->head_bytes;
    e->n_parts++;
    return true;
}

void emit_list_write(struct emit *e, uint32_t from)
{
    const char *before = e->before.p, *kept = e->kept.p;
    size_t before_bytes = e->before.used, kept_bytes = e->kept.used;
    for (const struct part *t = e->part + from; t < e->part + e->n_parts; t++) {
        size_t head = t->head_bytes, tail = t->tail_bytes;
        reserve_line(e, before_bytes + head + kept_bytes + tail);
        char *p = put_short(e->lines.p + e->lines.used, before, before_bytes);
        p = put_short(p, e->list.p + t->at, kept_bytes ? head : head + tail);
        if (kept_bytes)
            p = put_short(put_short(p, kept, kept_bytes), e->list.p + t->at + head, tail);
        e->lines.used = (size_t)(p - e->lines.p);
        e->n_lines++;
    }
}

void emit_pair(struct emit *e, uint64_t row_b, double score)
{
    emit_list_clear(e);
    emit_list_add(e, row_b, score);
    emit_list_write(e, 0);
}

void emit_finish(struct emit *e)
{
    hand_over(e);
}

/* The same of records of one length. */
static size_t cut_records(size_t record_bytes, struct emit_cut *cut, size_t n)
{
    const uint64_t left = cut->n_lines * record_bytes - cut->at;
    const size_t taken = n < left ? n : (size_t)left;
    cut->n_lines -= (cut->at + taken) / record_bytes;
    cut->at = (uint32_t)((cut->at + taken) % record_bytes);
    return taken;
}

size_t emit_cut(const struct emit_spec *spec, struct emit_cut *cut, const char *p, size_t n)
{
    bool quotes = formats[spec->format].lines_in_quotes;
    if (formats[spec->format].is_binary)
        return cut_records(pairs_record_bytes(spec), cut, n);
    for (size_t i = 0; i < n; i++) {
        if (quotes && p[i] == '"')
            cut->quoted = !cut->quoted;
        if (p[i] == '\n' && !cut->quoted && --cut->n_lines == 0)
            return i + 1;
    }
    return n;
}
