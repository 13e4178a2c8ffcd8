/* The table of output formats, and the buffers that they share.
 *
 * Lines are put together from parts: that of the row of A is made once for all its pairs, that of a
 * row of B once for all workers where texts are given (emit_texts.h). Scores repeat (a metric has
 * few values), so what lines say of them is kept in a small cache. */
#include "data/emit.h"

#include "core/base.h"
#include "core/hash.h"
#include "data/format/column_names.h"
#include "data/format/format.h"
#include "data/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NUMBER_CAPACITY 40u /* of a row number with all that surrounds it */
#define SCORE_CAPACITY 64u  /* of a score likewise */
#define SCORE_SLOT_BITS 13
#define AHEAD 8u /* so many lines ahead the text of a row of B is asked for */

struct score_text {
    uint64_t bits;
    uint32_t length;
    char text[32];
};

/* What a line says of a score. */
struct score_part {
    uint64_t bits;
    uint32_t length; /* 0: the place is free, or the score is missing */
    char text[];     /* emit.part_bytes in all */
};

/* Text that grows; FORMAT_COPY_STEP spare bytes always follow it. */
struct buffer {
    char *p;
    size_t used, capacity;
};

/* What a kept column has in a row. */
struct kept_field {
    bool missing;
    struct bytes value;
};
#define FEW_COLUMNS 32u /* that are looked up at once */

struct emit {
    const struct emit_spec *spec;
    const struct format *format;
    const struct table *table[2];
    struct column_names names;
    emit_flush_fn *flush;
    void *context;
    struct buffer lines; /* finished, not yet handed over */
    uint32_t n_lines;
    uint64_t handed_bytes;      /* over */
    struct buffer before, kept; /* of the row of A: its id; its kept columns. Linked: all in one */
    struct buffer of_b;         /* what is said of a row of B */
    struct buffer of_terms;     /* … of the terms of a pair */
    struct emit_texts texts;    /* of all rows of B; n 0: none were made */
    struct score_text *scores;  /* direct-mapped */
    char *parts; /* of scores: two for each slot, the newer first; then one of none */
    size_t part_bytes;
    emit_terms_fn *terms;
    uint64_t row_a;
};

/* ---- The table of formats --------------------------------------------------------------------*/

static const struct format *const formats[] = {
    &format_csv,   &format_tsv,    &format_jsonl, &format_json,
    &format_pairs, &format_values, &format_table,
};
#define N_FORMATS                                                                                  \
    (sizeof formats / sizeof *formats) /* NOLINT(bugprone-sizeof-expression): pointers are meant   \
                                        */

/* The names of all formats, "csv, jsonl". */
static const char *emit_names(void)
{
    static char names[64];
    size_t n = 0;
    for (size_t i = 0; i < N_FORMATS; i++)
        n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", i ? ", " : "", formats[i]->name);
    return names;
}

bool emit_find(const char *name, uint32_t *format, struct err *e)
{
    for (*format = 0; *format < N_FORMATS; (*format)++)
        if (strcmp(formats[*format]->name, name) == 0)
            return true;
    return err_set(e, ERR_USAGE, "choose one of them", "--format: there is no \"%s\"; there are %s",
                   name, emit_names());
}

bool emit_find_suffix(const char *suffix, size_t n, uint32_t *format)
{
    for (*format = 0; *format < N_FORMATS; (*format)++)
        for (size_t k = 0; k < FORMAT_MAX_SUFFIXES; k++) {
            const char *own = formats[*format]->suffix[k];
            if (own && strlen(own) == n && strncasecmp(own, suffix, n) == 0)
                return true;
        }
    return false;
}

const char *emit_name(uint32_t format)
{
    return formats[format]->name;
}

const struct format *emit_format(uint32_t format)
{
    return formats[format];
}

bool emit_is_binary(uint32_t format)
{
    return formats[format]->has_binary_head;
}

bool emit_has_tail(uint32_t format)
{
    return *formats[format]->tail;
}

bool emit_is_for_people(uint32_t format)
{
    return formats[format]->for_people;
}

bool emit_is_of_values(uint32_t format)
{
    return formats[format]->of_values;
}

size_t emit_joint_bytes(const struct emit_spec *spec, uint64_t written, size_t n)
{
    const struct format *format = formats[spec->format];
    return n && format->joint_bytes && written == strlen(format->head) ? format->joint_bytes : 0;
}

bool emit_check(const struct emit_spec *spec, struct err *e)
{
    const struct format *format = formats[spec->format];
    const char *name = format->name;
    if (!format->is_binary || format->for_people)
        return true;
    if (spec->linked)
        return err_set(e, ERR_USAGE, "leave out --linked, or choose --format csv",
                       "--format %s: it holds row numbers, and --linked writes columns", name);
    if (format->of_values && spec->n_terms)
        return err_set(e, ERR_USAGE, "leave out --output-terms, or choose --format pairs",
                       "--format %s: it holds no terms", name);
    if (format->of_values && (spec->unmatched[0] || spec->unmatched[1]))
        return err_set(e, ERR_USAGE, "leave out --unmatched, or choose --format pairs",
                       "--format %s: it holds no records without a partner", name);
    if (spec->id_a != EMIT_ROW_NUMBER || spec->id_b != EMIT_ROW_NUMBER)
        return err_set(e, ERR_USAGE, "leave out --id, or choose --format csv",
                       "--format %s: it holds row numbers, no columns of --id", name);
    return spec->n_keep[0] + spec->n_keep[1] == 0 ||
           err_set(e, ERR_USAGE, "leave out --keep, or choose --format csv",
                   "--format %s: it holds no columns of --keep", name);
}

const char *emit_choices(void)
{
    static char choices[128];
    size_t n = 0;
    for (size_t i = 0; i < N_FORMATS; i++) {
        const char *before = i == 0 ? "" : i + 1 < N_FORMATS ? ", " : " or ";
        const char *after = i == 0                   ? " (default)"
                            : formats[i]->for_people ? " (default on a terminal)"
                                                     : "";
        n += (size_t)snprintf(choices + n, sizeof choices - n, "%s%s%s", before, formats[i]->name,
                              after);
    }
    return choices;
}

/* ---- Scores ----------------------------------------------------------------------------------*/

/* NULL for a score that is missing. */
static const struct score_text *score_text(struct emit *e, double score)
{
    uint64_t bits;
    if (isnan(score))
        return NULL;
    score += 0.0; /* -0 is written as 0 */
    memcpy(&bits, &score, sizeof bits);
    struct score_text *s = &e->scores[hash_mix(bits) >> (64 - SCORE_SLOT_BITS)];
    if (s->bits != bits || s->length == 0) {
        s->length = (uint32_t)e->format->number(score, s->text);
        s->bits = bits;
    }
    return s;
}

static struct score_part *part_at(const struct emit *e, size_t i)
{
    return (void *)(e->parts + i * e->part_bytes);
}

/* Makes what a line says of a score; NULL: of one that is missing. */
static void make_part(const struct emit *e, const struct score_text *s, struct score_part *part)
{
    const char *text = s ? s->text : "";
    const size_t n = s ? s->length : 0;
    const char *end = e->spec->linked
                          ? e->format->term(part->text, *e->names.at[COLUMN_NUMBER], text, n)
                          : e->format->score(part->text, text, n);
    part->bits = s ? s->bits : 0;
    part->length = (uint32_t)(end - part->text);
}

static const struct score_part *score_part(struct emit *e, double score)
{
    uint64_t bits;
    score += 0.0; /* -0 is written as 0 */
    memcpy(&bits, &score, sizeof bits);
    const size_t slot = 2 * (hash_mix(bits) >> (64 - SCORE_SLOT_BITS));
    struct score_part *newer = part_at(e, slot), *older = part_at(e, slot + 1);
    if (newer->bits == bits && newer->length)
        return newer;
    if (older->bits == bits && older->length)
        return older;
    if (isnan(score))
        return part_at(e, (size_t)2 << SCORE_SLOT_BITS);
    memcpy(older, newer, e->part_bytes);
    make_part(e, score_text(e, score), newer);
    return newer;
}

static bool open_parts(struct emit *e)
{
    const size_t name_bytes = e->names.at[COLUMN_NUMBER]->n;
    const size_t most = sizeof(struct score_part) + SCORE_CAPACITY + FORMAT_COPY_STEP +
                        (e->spec->linked ? e->format->field_capacity(0, name_bytes) : 0);
    e->part_bytes = (most + 15) / 16 * 16;
    e->parts = calloc(((size_t)2 << SCORE_SLOT_BITS) + 1, e->part_bytes);
    if (e->parts)
        make_part(e, NULL, part_at(e, (size_t)2 << SCORE_SLOT_BITS));
    return e->parts;
}

/* ---- Fields of a row -------------------------------------------------------------------------*/

/* The value that a row has in a column of a side. */
static uint32_t row_value(const struct emit *e, int side, uint32_t column, uint64_t row)
{
    return row == EMIT_NO_ROW ? TABLE_MISSING : table_row_values(e->table[side], column)[row];
}

static struct bytes value_bytes(const struct emit *e, int side, uint32_t column, uint32_t value)
{
    return value == TABLE_MISSING ? (struct bytes){"", 0}
                                  : table_value(e->table[side], column, value);
}

/* The column of the k-th that a side keeps. */
static uint32_t kept_column(const struct emit_spec *spec, int side, uint32_t k)
{
    return spec->keep[side ? spec->n_keep[0] + k : k];
}

/* Reserves `more` bytes after a text. The value that is copied is in memory already. If there is no
 * memory for its copy, the worker ends. */
static void grow_buffer(struct buffer *t, size_t more)
{
    if (t->p && t->used + more + FORMAT_COPY_STEP <= t->capacity)
        return;
    t->capacity = 2 * (t->used + more + FORMAT_COPY_STEP);
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
    e->handed_bytes += e->lines.used;
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

/* ---- Names -----------------------------------------------------------------------------------*/

/* The names in the files of what a side keeps. */
static void own_names(const struct emit *e, int side, struct bytes *names)
{
    for (uint32_t k = 0; k < e->spec->n_keep[side]; k++) {
        const uint32_t column = kept_column(e->spec, side, k);
        names[k] = (struct bytes){table_column_name(e->table[side], column),
                                  e->table[side]->columns[column].name_bytes};
    }
}

static bool make_names(struct emit *e)
{
    const struct emit_spec *spec = e->spec;
    struct column_names *names = &e->names;
    if (!column_names_open(names,
                           (const uint32_t[]){spec->n_keep[0], 1 + spec->n_terms, spec->n_keep[1]}))
        return false;
    own_names(e, 0, names->at[COLUMN_OF_A]);
    own_names(e, 1, names->at[COLUMN_OF_B]);
    names->at[COLUMN_NUMBER][0] = bytes_from("score");
    for (uint32_t k = 0; k < spec->n_terms; k++)
        names->at[COLUMN_NUMBER][1 + k] = bytes_from(spec->term_names + spec->term_at[k]);
    return spec->linked ? column_names_linked(names) : column_names_plain(names);
}

/* ---- Lines -----------------------------------------------------------------------------------*/

bool emit_open(struct emit **emit, const struct emit_spec *spec, const struct table *a,
               const struct table *b, emit_flush_fn *flush, void *context, struct err *e)
{
    struct emit *x = calloc(1, sizeof *x);
    *emit = x;
    if (x) {
        *x = (struct emit){.spec = spec,
                           .format = formats[spec->format],
                           .table = {a, b},
                           .flush = flush,
                           .context = context};
        x->scores = calloc((size_t)1 << SCORE_SLOT_BITS, sizeof *x->scores);
    }
    if (x && x->scores && make_names(x) && open_parts(x))
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
    free(emit->of_b.p);
    free(emit->of_terms.p);
    free(emit->scores);
    free(emit->parts);
    column_names_free(&emit->names);
    free(emit);
}

void emit_set_terms(struct emit *e, emit_terms_fn *terms)
{
    e->terms = terms;
}

void emit_use_texts(struct emit *e, struct shm_view texts)
{
    emit_texts_view(&e->texts, texts);
}

static void put_text(struct buffer *t, const char *text)
{
    const size_t n = strlen(text);
    grow_buffer(t, n);
    t->used = (size_t)(format_put(t->p + t->used, text, n) - t->p);
}

/* Adds a name to the head. */
static void head_name(struct emit *e, struct bytes name)
{
    struct buffer *t = &e->lines;
    grow_buffer(t, e->format->field_capacity(name.n, 0));
    t->used = (size_t)(e->format->head_name(t->p + t->used, name) - t->p);
}

/* Adds those of a group from the first-th on. */
static void head_names(struct emit *e, enum column_group group, uint32_t first)
{
    for (uint32_t k = first; k < e->names.n[group]; k++)
        head_name(e, e->names.at[group][k]);
}

/* Drops the first byte after `at`: it joins a field to the one before, and none is there. */
static void drop_joint(struct buffer *t, size_t at)
{
    memmove(t->p + at, t->p + at + 1, --t->used - at);
}

static void head_linked(struct emit *e)
{
    const size_t begin = e->lines.used;
    for (enum column_group group = COLUMN_OF_A; group < COLUMN_GROUPS; group++)
        head_names(e, group, 0);
    drop_joint(&e->lines, begin);
    put_text(&e->lines, e->format->end);
}

void emit_head(struct emit *e)
{
    if (e->format->has_binary_head) {
        grow_buffer(&e->lines, FORMAT_PAIRS_HEAD_BYTES);
        format_pairs_head(e->spec->n_terms, e->lines.p);
        e->lines.used = FORMAT_PAIRS_HEAD_BYTES;
        return;
    }
    if (e->spec->linked && e->format->head_name) {
        head_linked(e);
        return;
    }
    put_text(&e->lines, e->format->head);
    if (!e->format->head_name)
        return;
    head_names(e, COLUMN_NUMBER, 1); /* `head` has the score */
    head_names(e, COLUMN_OF_A, 0);
    head_names(e, COLUMN_OF_B, 0);
    put_text(&e->lines, e->format->end);
}

void emit_tail(struct emit *e)
{
    put_text(&e->lines, e->format->tail);
}

/* Finds what some kept columns of a side have in a row, from the first-th on. Columns are far from
 * each other in memory: first where all values are, then the values, so that the processor waits
 * for many places at once. */
static void find_kept(const struct emit *e, int side, uint64_t row, uint32_t first, uint32_t n,
                      struct kept_field field[FEW_COLUMNS])
{
    uint32_t value[FEW_COLUMNS];
    for (uint32_t i = 0; i < n; i++)
        value[i] = row_value(e, side, kept_column(e->spec, side, first + i), row);
    for (uint32_t i = 0; i < n; i++) {
        field[i].missing = value[i] == TABLE_MISSING;
        field[i].value = value_bytes(e, side, kept_column(e->spec, side, first + i), value[i]);
        __builtin_prefetch(field[i].value.p);
    }
}

/* Adds the kept columns of a side in a row to a text. */
static void add_kept(const struct emit *e, int side, uint64_t row, struct buffer *t)
{
    struct kept_field field[FEW_COLUMNS];
    const uint32_t all = e->spec->n_keep[side];
    for (uint32_t first = 0; first < all; first += FEW_COLUMNS) {
        const uint32_t n = all - first < FEW_COLUMNS ? all - first : FEW_COLUMNS;
        const struct bytes *name = e->names.at[side ? COLUMN_OF_B : COLUMN_OF_A] + first;
        find_kept(e, side, row, first, n, field);
        for (const struct kept_field *f = field; f < field + n; f++, name++) {
            grow_buffer(t, e->format->field_capacity(f->value.n, name->n));
            t->used = (size_t)(e->format->keep(t->p + t->used, *name, f->value, f->missing) - t->p);
        }
    }
}

/* Adds a side's id to a text. */
static void add_id(const struct emit *e, int side, uint64_t row, struct buffer *t)
{
    const uint32_t column = side ? e->spec->id_b : e->spec->id_a;
    const bool is_number = column == EMIT_ROW_NUMBER && row != EMIT_NO_ROW;
    if (is_number || !e->format->id) {
        grow_buffer(t, NUMBER_CAPACITY);
        t->used = (size_t)(e->format->row(t->p + t->used, side, row + 1) - t->p);
        return;
    }
    const uint32_t value = row_value(e, side, column, row);
    const struct bytes id = value_bytes(e, side, column, value);
    grow_buffer(t, e->format->field_capacity(id.n, 8));
    t->used = (size_t)(e->format->id(t->p + t->used, side, id, value == TABLE_MISSING) - t->p);
}

/* Adds the begin of a linked line to a text: what A keeps, at least one column. */
static void add_linked(const struct emit *e, uint64_t row_a, struct buffer *t)
{
    put_text(t, e->format->begin);
    const size_t begin = t->used;
    add_kept(e, 0, row_a, t);
    drop_joint(t, begin);
}

void emit_row_a(struct emit *e, uint64_t row_a)
{
    e->row_a = row_a;
    e->before.used = e->kept.used = 0;
    grow_buffer(&e->kept, 0);
    if (e->spec->linked) {
        add_linked(e, row_a, &e->before);
        return;
    }
    add_id(e, 0, row_a, &e->before);
    add_kept(e, 0, row_a, &e->kept);
}

/* Adds a number that has a name to a text. */
static void add_term(struct emit *e, struct bytes name, double value, struct buffer *t)
{
    const struct score_text *s = score_text(e, value);
    grow_buffer(t, e->format->field_capacity(0, name.n) + SCORE_CAPACITY);
    char *p = t->p + t->used;
    t->used = (size_t)(e->format->term(p, name, s ? s->text : "", s ? s->length : 0) - t->p);
}

/* Adds the terms of a pair to a text. */
static void add_terms(struct emit *e, uint64_t row_b, struct buffer *t)
{
    double value[EMIT_MAX_TERMS];
    if (e->row_a != EMIT_NO_ROW && row_b != EMIT_NO_ROW)
        e->terms(e->context, e->row_a, row_b, value);
    else
        for (uint32_t k = 0; k < e->spec->n_terms; k++)
            value[k] = (double)NAN;
    for (uint32_t k = 0; k < e->spec->n_terms; k++)
        add_term(e, e->names.at[COLUMN_NUMBER][1 + k], value[k], t);
}

struct emit_text emit_text_of_b(struct emit *e, uint64_t row_b)
{
    struct buffer *t = &e->of_b;
    t->used = 0;
    if (!e->spec->linked)
        add_id(e, 1, row_b, t);
    const size_t head = t->used;
    if (e->spec->n_keep[1])
        add_kept(e, 1, row_b, t);
    put_text(t, e->format->end);
    return (struct emit_text){t->p, head, t->used - head};
}

/* Adds a line to the buffer. */
static void put_line(struct emit *e, uint64_t row_b, double score)
{
    const struct score_part *s = score_part(e, score);
    struct emit_text b;
    if (!emit_texts_find(&e->texts, row_b, &b))
        b = emit_text_of_b(e, row_b);
    e->of_terms.used = 0;
    if (e->spec->n_terms)
        add_terms(e, row_b, &e->of_terms);
    reserve_line(e, e->before.used + b.head_bytes + s->length + e->of_terms.used + e->kept.used +
                        b.tail_bytes);
    char *p = e->lines.p + e->lines.used;
    p = format_put_short(p, e->before.p, e->before.used);
    p = format_put_short(p, b.p, b.head_bytes);
    p = format_put_short(p, s->text, s->length);
    if (e->of_terms.used + e->kept.used) {
        p = format_put_short(p, e->of_terms.p, e->of_terms.used);
        p = format_put_short(p, e->kept.p, e->kept.used);
    }
    p = format_put_short(p, b.p + b.head_bytes, b.tail_bytes);
    e->lines.used = (size_t)(p - e->lines.p);
    e->n_lines++;
}

void emit_pair(struct emit *e, uint64_t row_b, double score)
{
    if (!e->spec->unmatched_only || e->row_a == EMIT_NO_ROW || row_b == EMIT_NO_ROW)
        put_line(e, row_b, score);
}

void emit_matches(struct emit *e, const struct emit_match *m, size_t n, const double *score)
{
    if (e->spec->unmatched_only)
        return;
    for (size_t i = 0; i < n; i++) {
        if (i + 2 * AHEAD < n)
            emit_texts_expect(&e->texts, m[i + 2 * AHEAD].row);
        if (i + AHEAD < n)
            emit_texts_fetch(&e->texts, m[i + AHEAD].row);
        put_line(e, m[i].row, score[m[i].pair]);
    }
}

uint64_t emit_bytes(const struct emit *e)
{
    return e->handed_bytes + e->lines.used;
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
    bool quotes = formats[spec->format]->lines_in_quotes;
    if (formats[spec->format]->is_binary)
        return cut_records(format_record_bytes(spec->n_terms), cut, n);
    for (size_t i = 0; i < n; i++) {
        if (quotes && p[i] == '"')
            cut->quoted = !cut->quoted;
        if (p[i] == '\n' && !cut->quoted && --cut->n_lines == 0)
            return i + 1;
    }
    return n;
}

/* A record of row_a without a partner is one too, where those have lines. */
static bool record_can_be(const struct emit_spec *spec, struct emit_bounds *bounds, const char *p)
{
    uint32_t row[2];
    double score;
    memcpy(row, p, sizeof row);
    memcpy(&score, p + sizeof row, sizeof score);
    const bool alone = spec->unmatched[0] && row[1] == (uint32_t)EMIT_NO_ROW;
    const uint64_t place = (uint64_t)row[0] << 32 | row[1];
    const bool can_be = row[0] >= bounds->row_from && row[0] < bounds->row_to &&
                        (alone || (row[1] < bounds->rows_b && score == score &&
                                   (!bounds->self || row[0] < row[1]))) &&
                        place >= bounds->next;
    bounds->next = place + 1;
    return can_be;
}

bool emit_can_be(const struct emit_spec *spec, struct emit_bounds *bounds, const char *p, size_t n,
                 uint32_t n_records)
{
    const size_t bytes = format_record_bytes(spec->n_terms);
    if (!formats[spec->format]->is_binary)
        return true;
    bool can_be = n == bytes * n_records;
    for (uint32_t i = 0; can_be && i < n_records; i++)
        can_be = record_can_be(spec, bounds, p + i * bytes);
    return can_be;
}

size_t emit_head_bytes(const struct emit_spec *spec, const char *p, size_t n)
{
    const struct format *format = formats[spec->format];
    struct emit_cut cut = {.n_lines = 1};
    if (format->head_name)
        return emit_cut(spec, &cut, p, n);
    return least_size(n, format->has_binary_head ? FORMAT_PAIRS_HEAD_BYTES : strlen(format->head));
}
