/* Columns of anything that has __arrow_c_stream__: pyarrow, Polars, DuckDB, pandas. Texts are
 * copied, most of them all at once; that they are UTF-8 is the promise of who made them, and the
 * program checks it nevertheless (data/columns.h). */
#include "matcher/python/ext/_axb/arrow.h"
#include "matcher/python/ext/_axb/sent.h"

#include <stdlib.h>
#include <string.h>

#define WRONG_TIME "a time out of the years 1 to 9999, or with parts of a microsecond"
#define WRONG_DATE "a date out of the years 1 to 9999"

/* ---- Columns ---------------------------------------------------------------------------------*/

/* Adds the values of a piece to texts. False: an exception, or *why value x->written is refused. */
static bool add_texts(struct sent_texts *x, const struct arrow_piece *p,
                      const struct arrow_reader *r, const char **why)
{
    for (int64_t i = 0; i < p->n; i++) {
        char out[ARROW_TEXT_BYTES];
        if (!arrow_is_valid(p, r->code, i) || arrow_is_nan(p, r, i)) {
            sent_missing(x);
            continue;
        }
        const struct bytes value = arrow_text(p, r, i, out);
        if (!value.p && value.n == 0 && r->kind >= COLUMNS_DATE)
            *why = WRONG_TIME;
        if (*why || !sent_text(x, value.p, value.n))
            return false;
    }
    return true;
}

/* Are the bytes between two texts, all of them, those of texts? What is missing may have some. */
static bool is_run(const struct arrow_piece *p, char code)
{
    if (code != 'u' && code != 'U')
        return false;
    for (int64_t i = 0; i < p->n; i++)
        if (!arrow_is_valid(p, code, i) && arrow_begin(p, code, i) != arrow_begin(p, code, i + 1))
            return false;
    return true;
}

/* Adds all texts of a run: their bytes at once. */
static bool add_run(struct sent_texts *x, const struct arrow_piece *p, char code)
{
    const int64_t from = p->n ? arrow_begin(p, code, 0) : 0;
    const size_t bytes = p->n ? (size_t)(arrow_begin(p, code, p->n) - from) : 0;
    if (!sent_texts_room(x, bytes))
        return false;
    if (bytes)
        memcpy((char *)sent_at(x->table, x->values_at) + x->bytes,
               (const char *)p->array->buffers[2] + from, bytes);
    uint64_t *offsets = (uint64_t *)sent_at(x->table, x->offsets_at) + x->written;
    for (int64_t i = 1; i <= p->n; i++)
        offsets[i] = x->bytes + (uint64_t)(arrow_begin(p, code, i) - from);
    for (int64_t i = 0; i < p->n && p->array->null_count; i++)
        if (!arrow_is_valid(p, code, i)) {
            sent_clear_bit(x->table, x->validity_at, x->written + (uint64_t)i);
            x->missing++;
        }
    x->written += (uint64_t)p->n;
    x->bytes += bytes;
    return true;
}

static bool put_texts(struct sent *t, unsigned column, const struct arrow *w, unsigned from,
                      const struct arrow_reader *r)
{
    struct sent_texts x;
    if (!sent_texts_begin(&x, t, t->n_rows))
        return false;
    for (size_t i = 0; i < w->n_chunks; i++) {
        const struct arrow_piece p = arrow_piece(w, i, from);
        const char *why = NULL;
        if (!(is_run(&p, r->code) ? add_run(&x, &p, r->code) : add_texts(&x, &p, r, &why)))
            return why && sent_refuse((int64_t)x.written, why);
    }
    const int64_t zero = sent_texts_end(&x);
    sent_texts_column(&x, column);
    return zero < 0 || sent_refuse(zero, SENT_ZERO_TEXT);
}

/* Writes value i of a piece as row `row` of an array of numbers; false and an exception if it is a
 * time that cannot be. */
static bool put_number(void *values, uint64_t row, const struct arrow_piece *p,
                       const struct arrow_reader *r, int64_t i)
{
    int64_t x;
    switch (r->kind) {
    case COLUMNS_F64:
        ((double *)values)[row] = arrow_number(p, r->code, i);
        return true;
    case COLUMNS_BOOL:
        ((uint8_t *)values)[row] = arrow_bool(p, i);
        return true;
    case COLUMNS_DATE:
        x = arrow_days(p, r->code, i);
        ((int32_t *)values)[row] = (int32_t)x;
        return columns_date_in_range(x) || sent_refuse((int64_t)row, WRONG_DATE);
    case COLUMNS_TIMESTAMP:
    case COLUMNS_MOMENT:
        if (!arrow_microseconds(p, r, i, &x))
            return sent_refuse((int64_t)row, WRONG_TIME);
        ((int64_t *)values)[row] = x;
        return true;
    case COLUMNS_ABSENT:
    case COLUMNS_TEXT:
    case COLUMNS_DICTIONARY:
    case COLUMNS_I64:
    case COLUMNS_KINDS:
    default:
        ((int64_t *)values)[row] = arrow_integer(p, r->code, i);
        return true;
    }
}

static bool put_numbers(struct sent *t, unsigned column, const struct arrow *w, unsigned from,
                        const struct arrow_reader *r)
{
    const size_t width = r->kind == COLUMNS_BOOL ? 1 : r->kind == COLUMNS_DATE ? 4 : 8;
    const uint64_t values_at = sent_take(t, t->n_rows * width);
    const uint64_t validity_at = values_at ? sent_validity(t, t->n_rows) : 0;
    if (!validity_at)
        return false;
    void *values = sent_at(t, values_at);
    memset(values, 0, t->n_rows * width);
    uint64_t row = 0, missing = 0;
    for (size_t k = 0; k < w->n_chunks; k++) {
        const struct arrow_piece p = arrow_piece(w, k, from);
        for (int64_t i = 0; i < p.n; i++, row++) {
            if (!arrow_is_valid(&p, r->code, i)) {
                sent_clear_bit(t, validity_at, row);
                missing++;
            } else if (!put_number(values, row, &p, r, i)) {
                return false;
            }
        }
    }
    struct columns_column *c = sent_column(t, column);
    c->kind = r->kind;
    c->values_at = values_at;
    c->validity_at = missing ? validity_at : 0;
    c->n_values = t->n_rows;
    c->bytes = t->n_rows * width;
    return true;
}

/* Does an unsigned column hold numbers above those of i64? They go as text. */
static bool is_too_large(const struct arrow *w, unsigned from)
{
    for (size_t k = 0; k < w->n_chunks; k++) {
        const struct arrow_piece p = arrow_piece(w, k, from);
        for (int64_t i = 0; i < p.n; i++)
            if (arrow_is_valid(&p, 'L', i) && arrow_integer(&p, 'L', i) < 0)
                return true;
    }
    return false;
}

/* ---- Dictionaries ----------------------------------------------------------------------------*/

static struct arrow_piece values_of(const struct arrow_piece *p)
{
    const struct ArrowArray *d = p->array->dictionary;
    return (struct arrow_piece){d, d->offset, d->length};
}

/* Have both chunks one dictionary? */
static bool same_values(const struct arrow_piece *p, const struct arrow_piece *q)
{
    const struct ArrowArray *a = p->array->dictionary, *b = q->array->dictionary;
    return a->length == b->length && a->offset == b->offset && a->n_buffers == b->n_buffers &&
           memcmp(a->buffers, b->buffers, (size_t)a->n_buffers * sizeof *a->buffers) == 0;
}

/* How many values all the dictionaries have, each chunk's after the one before unless it is the
 * same; base[chunk] is where they begin. */
static uint64_t count_values(const struct arrow *w, unsigned from, uint64_t *base)
{
    uint64_t n = 0;
    for (size_t k = 0; k < w->n_chunks; k++) {
        const struct arrow_piece p = arrow_piece(w, k, from);
        const struct arrow_piece before = k ? arrow_piece(w, k - 1, from) : p;
        base[k] = k && same_values(&p, &before) ? base[k - 1] : n;
        if (base[k] == n)
            n += (uint64_t)p.array->dictionary->length;
    }
    return n;
}

/* The codes of all rows; those of missing values are -1. */
static void put_codes(int32_t *codes, const struct arrow *w, unsigned from, char code,
                      const struct arrow_reader *r, const uint64_t *base)
{
    for (size_t k = 0; k < w->n_chunks; k++) {
        const struct arrow_piece p = arrow_piece(w, k, from), values = values_of(&p);
        for (int64_t i = 0; i < p.n; i++) {
            const int64_t value = arrow_is_valid(&p, code, i) ? arrow_integer(&p, code, i) : -1;
            const bool right = value >= 0 && value < values.n &&
                               arrow_is_valid(&values, r->code, value) &&
                               !arrow_is_nan(&values, r, value);
            *codes++ = right ? (int32_t)(base[k] + (uint64_t)value) : -1;
        }
    }
}

/* The first row that has a value, -1 if none has. */
static int64_t row_of(const struct arrow *w, unsigned from, char code, const uint64_t *base,
                      uint64_t wanted)
{
    int64_t row = 0;
    for (size_t k = 0; k < w->n_chunks; k++) {
        const struct arrow_piece p = arrow_piece(w, k, from);
        for (int64_t i = 0; i < p.n; i++, row++)
            if (arrow_is_valid(&p, code, i) &&
                base[k] + (uint64_t)arrow_integer(&p, code, i) == wanted)
                return row;
    }
    return -1;
}

static bool put_values(struct sent_texts *x, const struct arrow *w, unsigned from, char code,
                       const struct arrow_reader *r, const uint64_t *base)
{
    const char *why = NULL;
    for (size_t k = 0; k < w->n_chunks; k++) {
        const struct arrow_piece p = arrow_piece(w, k, from), values = values_of(&p);
        if (base[k] == x->written && !add_texts(x, &values, r, &why))
            return why && sent_refuse(row_of(w, from, code, base, x->written), why);
    }
    const int64_t zero = sent_texts_end(x);
    return zero < 0 || sent_refuse(row_of(w, from, code, base, (uint64_t)zero), SENT_ZERO_TEXT);
}

static bool put_dictionary(struct sent *t, unsigned column, const struct arrow *w, unsigned from,
                           char code, const struct arrow_reader *r)
{
    uint64_t *base = calloc(w->n_chunks + 1, sizeof *base);
    if (!base) {
        PyErr_NoMemory();
        return false;
    }
    const uint64_t n = count_values(w, from, base);
    struct sent_texts x;
    bool ok = n <= INT32_MAX;
    if (!ok)
        PyErr_SetString(PyExc_ValueError, "a dictionary of more than 2,147,483,647 values");
    const uint64_t codes_at = ok ? sent_take(t, t->n_rows * sizeof(int32_t)) : 0;
    ok = codes_at && sent_texts_begin(&x, t, n) && put_values(&x, w, from, code, r, base);
    if (ok) {
        put_codes(sent_at(t, codes_at), w, from, code, r, base);
        sent_texts_column(&x, column);
        struct columns_column *c = sent_column(t, column);
        c->kind = COLUMNS_DICTIONARY;
        c->validity_at = 0;
        c->codes_at = codes_at;
    }
    free(base);
    return ok;
}

/* ---- What Python calls -----------------------------------------------------------------------*/

static bool put_column(struct sent *t, unsigned column, const struct arrow *w, unsigned from,
                       const char **type)
{
    const struct ArrowSchema *schema = w->is_struct ? w->schema.children[from] : &w->schema;
    const bool is_dictionary = schema->dictionary != NULL;
    const char *format = is_dictionary ? schema->dictionary->format : schema->format;
    struct arrow_reader r;
    if (!arrow_reader_of(&r, format)) {
        PyErr_Format(PyExc_TypeError, "its Arrow type has the format \"%s\"", format);
        return false;
    }
    *type = r.type;
    if (is_dictionary)
        return put_dictionary(t, column, w, from, schema->format[0], &r);
    if (r.kind == COLUMNS_TEXT || (r.code == 'L' && is_too_large(w, from)))
        return put_texts(t, column, w, from, &r);
    return put_numbers(t, column, w, from, &r);
}

/* table_arrow(table, column, arrow, column of the arrow) -> type */
PyObject *sent_arrow(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *capsule, *arrow;
    unsigned column, from;
    if (!PyArg_ParseTuple(arguments, "OIOI", &capsule, &column, &arrow, &from))
        return NULL;
    struct sent *t = sent_of(capsule, column);
    const struct arrow *w = arrow_of(arrow);
    const char *type;
    if (!t || !w)
        return NULL;
    uint64_t n_rows = 0;
    for (size_t i = 0; i < w->n_chunks; i++)
        n_rows += (uint64_t)w->chunks[i].length;
    if (n_rows != t->n_rows || (w->is_struct && from >= w->schema.n_children)) {
        PyErr_SetString(PyExc_ValueError, "a column of another length");
        return NULL;
    }
    return put_column(t, column, w, from, &type) ? PyUnicode_FromString(type) : NULL;
}
