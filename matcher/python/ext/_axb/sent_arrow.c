/* Columns of anything that has __arrow_c_stream__: pyarrow, Polars, DuckDB, pandas. The structs are
 * those of Arrow's C data and C stream interfaces, read by hand; no library is needed. A stream may
 * come in several chunks, each a slice of something larger. That texts are UTF-8 is the
 * promise of who made them; the program checks it nevertheless (data/columns.h). */
#include "matcher/python/ext/_axb/sent.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPSULE "axb.arrow"

/* ---- Arrow's structs (arrow.apache.org/docs/format/CDataInterface.html) ----------------------*/

struct ArrowSchema {
    const char *format, *name, *metadata;
    int64_t flags, n_children;
    struct ArrowSchema **children, *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length, null_count, offset, n_buffers, n_children;
    const void **buffers;
    struct ArrowArray **children, *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

/* A stream that was read to its end. */
struct arrow {
    struct ArrowSchema schema;
    struct ArrowArray *chunks;
    size_t n_chunks;
    bool is_struct; /* a table; else a single column */
};

/* ---- Reading a stream ------------------------------------------------------------------------*/

static void close_arrow(struct arrow *w)
{
    for (size_t i = 0; i < w->n_chunks; i++)
        if (w->chunks[i].release)
            w->chunks[i].release(&w->chunks[i]);
    if (w->schema.release)
        w->schema.release(&w->schema);
    free(w->chunks);
    free(w);
}

static void drop(PyObject *capsule)
{
    close_arrow(PyCapsule_GetPointer(capsule, CAPSULE));
}

static bool stream_failed(struct ArrowArrayStream *s)
{
    const char *why = s->get_last_error(s);
    PyErr_Format(PyExc_ValueError, "the Arrow stream failed: %s",
                 why ? why : "it does not say why");
    return false;
}

static bool add_chunk(struct arrow *w, const struct ArrowArray *chunk)
{
    if ((w->n_chunks & (w->n_chunks - 1)) == 0) {
        const size_t capacity = w->n_chunks ? 2 * w->n_chunks : 1;
        struct ArrowArray *more = realloc(w->chunks, capacity * sizeof *more);
        if (!more) {
            PyErr_NoMemory();
            return false;
        }
        w->chunks = more;
    }
    w->chunks[w->n_chunks++] = *chunk;
    return true;
}

static bool read_stream(struct arrow *w, struct ArrowArrayStream *s)
{
    if (s->get_schema(s, &w->schema) != 0)
        return stream_failed(s);
    w->is_struct = strcmp(w->schema.format, "+s") == 0;
    for (;;) {
        struct ArrowArray chunk = {0};
        if (s->get_next(s, &chunk) != 0)
            return stream_failed(s);
        if (!chunk.release)
            return true;
        if (!add_chunk(w, &chunk)) {
            chunk.release(&chunk);
            return false;
        }
    }
}

static PyObject *names_of(const struct arrow *w)
{
    if (!w->is_struct)
        return Py_BuildValue("");
    PyObject *names = PyList_New(0);
    for (int64_t i = 0; names && i < w->schema.n_children; i++) {
        const char *name = w->schema.children[i]->name;
        PyObject *text = PyUnicode_FromString(name ? name : "");
        if (!text || PyList_Append(names, text) != 0)
            Py_CLEAR(names);
        Py_XDECREF(text);
    }
    return names;
}

/* arrow_open(stream capsule) -> (arrow, n_rows, names), which are None where it is a single column
 */
PyObject *arrow_open(PyObject *module, PyObject *stream)
{
    (void)module;
    struct ArrowArrayStream *s = PyCapsule_GetPointer(stream, "arrow_array_stream");
    struct arrow *w = s ? calloc(1, sizeof *w) : NULL;
    if (!w)
        return s ? PyErr_NoMemory() : NULL;
    if (!s->release) {
        PyErr_SetString(PyExc_ValueError, "the Arrow stream was read already");
        free(w);
        return NULL;
    }
    const bool ok = read_stream(w, s);
    s->release(s);
    PyObject *capsule = ok ? PyCapsule_New(w, CAPSULE, drop) : NULL;
    if (!capsule) {
        close_arrow(w);
        return NULL;
    }
    int64_t n_rows = 0;
    for (size_t i = 0; i < w->n_chunks; i++)
        n_rows += w->chunks[i].length;
    PyObject *names = names_of(w);
    PyObject *answer = names ? Py_BuildValue("(OLO)", capsule, (long long)n_rows, names) : NULL;
    Py_XDECREF(names);
    Py_DECREF(capsule);
    return answer;
}

/* ---- Types -----------------------------------------------------------------------------------*/

/* What a column is, by its format. */
struct reader {
    enum columns_kind kind;
    const char *type; /* for users */
    char code;        /* the format's first letter; 'v' is utf8_view, 't' days, 'm' milliseconds */
    int64_t divide;   /* a time to microseconds: one of both is 1 */
    int64_t multiply;
    int scale; /* of a decimal */
};

static bool decimal_reader(struct reader *r, const char *format)
{
    int precision, bits = 128;
    if (sscanf(format, "d:%d,%d,%d", &precision, &r->scale, &bits) < 2 || bits != 128 ||
        r->scale < 0 || r->scale > 38)
        return false;
    r->kind = COLUMNS_TEXT;
    r->type = "str";
    return true;
}

static bool time_reader(struct reader *r, const char *format)
{
    static const char units[] = "smun";
    static const int64_t multiply[] = {1000000, 1000, 1, 1};
    const char *unit = format[2] ? strchr(units, format[2]) : NULL;
    if (strcmp(format, "tdD") == 0 || strcmp(format, "tdm") == 0) {
        r->kind = COLUMNS_DATE;
        r->type = "date";
        r->code = format[2] == 'D' ? 't' : 'm';
        return true;
    }
    if (strncmp(format, "ts", 2) != 0 || !unit || format[3] != ':')
        return false;
    r->kind = format[4] ? COLUMNS_MOMENT : COLUMNS_TIMESTAMP;
    r->type = "datetime";
    r->code = 'l';
    r->multiply = multiply[unit - units];
    r->divide = format[2] == 'n' ? 1000 : 1;
    return true;
}

/* False: no such column can be compared. */
static bool reader_of(struct reader *r, const char *format)
{
    *r = (struct reader){.code = format[0], .divide = 1, .multiply = 1};
    if (strcmp(format, "vu") == 0 || strcmp(format, "u") == 0 || strcmp(format, "U") == 0 ||
        strcmp(format, "n") == 0) {
        r->kind = COLUMNS_TEXT;
        r->type = "str";
        return true;
    }
    if (format[0] == 'd')
        return decimal_reader(r, format);
    if (format[0] == 't')
        return time_reader(r, format);
    if (format[0] == 0 || format[1] != 0)
        return false;
    r->kind = strchr("cCsSiIlL", format[0]) ? COLUMNS_I64
              : strchr("fg", format[0])     ? COLUMNS_F64
              : format[0] == 'b'            ? COLUMNS_BOOL
                                            : COLUMNS_ABSENT;
    r->type = r->kind == COLUMNS_I64 ? "int" : r->kind == COLUMNS_F64 ? "float" : "bool";
    return r->kind != COLUMNS_ABSENT;
}

/* ---- Values ----------------------------------------------------------------------------------*/

/* A chunk of one column: values first … first + n - 1 of the array. */
struct piece {
    const struct ArrowArray *array;
    int64_t first, n;
};

static bool bit(const void *bits, int64_t i)
{
    return ((const unsigned char *)bits)[i / 8] >> i % 8 & 1;
}

static bool is_valid(const struct piece *p, char code, int64_t i)
{
    if (code == 'n')
        return false;
    const void *validity = p->array->null_count == 0 ? NULL : p->array->buffers[0];
    return !validity || bit(validity, p->first + i);
}

static int64_t integer(const struct piece *p, char code, int64_t i)
{
    const void *v = p->array->buffers[1];
    const int64_t at = p->first + i;
    switch (code) {
    case 'c':
        return ((const int8_t *)v)[at];
    case 'C':
        return ((const uint8_t *)v)[at];
    case 's':
        return ((const int16_t *)v)[at];
    case 'S':
        return ((const uint16_t *)v)[at];
    case 'i':
    case 't':
        return ((const int32_t *)v)[at];
    case 'I':
        return ((const uint32_t *)v)[at];
    default: /* l, L, m */
        return ((const int64_t *)v)[at];
    }
}

static double number(const struct piece *p, char code, int64_t i)
{
    const void *v = p->array->buffers[1];
    return code == 'f' ? (double)((const float *)v)[p->first + i]
                       : ((const double *)v)[p->first + i];
}

static struct bytes text(const struct piece *p, char code, int64_t i)
{
    const void *const *b = (const void *const *)p->array->buffers;
    const int64_t at = p->first + i;
    if (code == 'u') {
        const int32_t *begin = (const int32_t *)b[1] + at;
        return (struct bytes){(const char *)b[2] + begin[0], (uint32_t)(begin[1] - begin[0])};
    }
    if (code == 'U') {
        const int64_t *begin = (const int64_t *)b[1] + at;
        return (struct bytes){(const char *)b[2] + begin[0], (uint32_t)(begin[1] - begin[0])};
    }
    const char *view = (const char *)b[1] + 16 * at; /* length, then the text or where it is */
    int32_t length, buffer, offset;
    memcpy(&length, view, 4);
    memcpy(&buffer, view + 8, 4);
    memcpy(&offset, view + 12, 4);
    return (struct bytes){length <= 12 ? view + 4 : (const char *)b[2 + buffer] + offset,
                          (uint32_t)length};
}

__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;

/* As str() of Python's Decimal writes it: all digits of the scale. */
static struct bytes decimal(const struct piece *p, int scale, int64_t i, char out[48])
{
    i128 x;
    memcpy(&x, (const char *)p->array->buffers[1] + 16 * (p->first + i), sizeof x);
    u128 rest = x < 0 ? -(u128)x : (u128)x;
    char *at = out + 48;
    for (int digits = 0; rest || digits <= scale; digits++, rest /= 10) {
        if (digits == scale && digits)
            *--at = '.';
        *--at = (char)('0' + (int)(rest % 10));
    }
    if (x < 0)
        *--at = '-';
    return (struct bytes){at, (uint32_t)(out + 48 - at)};
}

static int64_t days(const struct piece *p, char code, int64_t i)
{
    const int64_t x = integer(p, code, i);
    return code == 't' ? x : x / 86400000; /* milliseconds are those of whole days */
}

/* A time in microseconds; false if it is more exact, or out of range. */
static bool microseconds(const struct piece *p, const struct reader *r, int64_t i, int64_t *out)
{
    const int64_t x = integer(p, r->code, i);
    return x % r->divide == 0 && !__builtin_mul_overflow(x / r->divide, r->multiply, out) &&
           columns_time_in_range(*out);
}

#define WRONG_TIME "a time out of the years 1 to 9999, or with parts of a microsecond"
#define WRONG_DATE "a date out of the years 1 to 9999"

/* Any valid value as text. {NULL, 0}: a time that is refused. */
static struct bytes value_text(const struct piece *p, const struct reader *r, int64_t i,
                               char out[48])
{
    const struct bytes refused = {NULL, 0};
    size_t n;
    int64_t time;
    if (r->code == 'd')
        return decimal(p, r->scale, i, out);
    switch (r->kind) {
    case COLUMNS_F64:
        n = columns_write_f64(number(p, r->code, i), out);
        break;
    case COLUMNS_I64: {
        const int64_t x = integer(p, r->code, i);
        n = r->code == 'L' ? (size_t)snprintf(out, 48, "%" PRIu64, (uint64_t)x)
                           : columns_write_i64(x, out);
        break;
    }
    case COLUMNS_BOOL:
        n = (size_t)snprintf(out, 48, bit(p->array->buffers[1], p->first + i) ? "True" : "False");
        break;
    case COLUMNS_DATE:
        if (!columns_date_in_range(days(p, r->code, i)))
            return refused;
        n = columns_write_date((int32_t)days(p, r->code, i), out);
        break;
    case COLUMNS_TIMESTAMP:
    case COLUMNS_MOMENT:
        if (!microseconds(p, r, i, &time))
            return refused;
        n = columns_write_time(time, r->kind == COLUMNS_MOMENT, out);
        break;
    case COLUMNS_ABSENT:
    case COLUMNS_TEXT:
    case COLUMNS_DICTIONARY:
    case COLUMNS_KINDS:
    default:
        return text(p, r->code, i);
    }
    return (struct bytes){out, (uint32_t)n};
}

/* ---- Columns ---------------------------------------------------------------------------------*/

static struct piece piece_of(const struct arrow *w, size_t chunk, unsigned column)
{
    const struct ArrowArray *a = &w->chunks[chunk];
    const struct ArrowArray *child = w->is_struct ? a->children[column] : a;
    return (struct piece){child, w->is_struct ? a->offset + child->offset : a->offset, a->length};
}

static bool is_nan(const struct piece *p, const struct reader *r, int64_t i)
{
    return r->kind == COLUMNS_F64 && number(p, r->code, i) != number(p, r->code, i);
}

/* Adds the values of a piece to texts. False: an exception, or *why value x->written is refused. */
static bool add_texts(struct sent_texts *x, const struct piece *p, const struct reader *r,
                      const char **why)
{
    for (int64_t i = 0; i < p->n; i++) {
        char out[48];
        if (!is_valid(p, r->code, i) || is_nan(p, r, i)) {
            sent_missing(x);
            continue;
        }
        const struct bytes value = value_text(p, r, i, out);
        if (!value.p && value.n == 0 && r->kind >= COLUMNS_DATE)
            *why = WRONG_TIME;
        if (*why || !sent_text(x, value.p, value.n))
            return false;
    }
    return true;
}

/* Where text i of a piece of utf8 or large_utf8 begins. */
static int64_t begin_of(const struct piece *p, char code, int64_t i)
{
    const void *offsets = p->array->buffers[1];
    return code == 'u' ? ((const int32_t *)offsets)[p->first + i]
                       : ((const int64_t *)offsets)[p->first + i];
}

/* Are the bytes between two texts, all of them, those of texts? What is missing may have some. */
static bool is_run(const struct piece *p, char code)
{
    if (code != 'u' && code != 'U')
        return false;
    for (int64_t i = 0; i < p->n; i++)
        if (!is_valid(p, code, i) && begin_of(p, code, i) != begin_of(p, code, i + 1))
            return false;
    return true;
}

/* Adds all texts of a run: their bytes at once. */
static bool add_run(struct sent_texts *x, const struct piece *p, char code)
{
    const int64_t from = p->n ? begin_of(p, code, 0) : 0;
    const size_t bytes = p->n ? (size_t)(begin_of(p, code, p->n) - from) : 0;
    if (!sent_texts_room(x, bytes))
        return false;
    if (bytes)
        memcpy((char *)sent_at(x->table, x->values_at) + x->bytes,
               (const char *)p->array->buffers[2] + from, bytes);
    uint64_t *offsets = (uint64_t *)sent_at(x->table, x->offsets_at) + x->written;
    for (int64_t i = 1; i <= p->n; i++)
        offsets[i] = x->bytes + (uint64_t)(begin_of(p, code, i) - from);
    for (int64_t i = 0; i < p->n && p->array->null_count; i++)
        if (!is_valid(p, code, i)) {
            sent_clear_bit(x->table, x->validity_at, x->written + (uint64_t)i);
            x->missing++;
        }
    x->written += (uint64_t)p->n;
    x->bytes += bytes;
    return true;
}

static bool put_texts(struct sent *t, unsigned column, const struct arrow *w, unsigned from,
                      const struct reader *r)
{
    struct sent_texts x;
    if (!sent_texts_begin(&x, t, t->n_rows))
        return false;
    for (size_t i = 0; i < w->n_chunks; i++) {
        const struct piece p = piece_of(w, i, from);
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
static bool put_number(void *values, uint64_t row, const struct piece *p, const struct reader *r,
                       int64_t i)
{
    int64_t x;
    switch (r->kind) {
    case COLUMNS_F64:
        ((double *)values)[row] = number(p, r->code, i);
        return true;
    case COLUMNS_BOOL:
        ((uint8_t *)values)[row] = bit(p->array->buffers[1], p->first + i);
        return true;
    case COLUMNS_DATE:
        x = days(p, r->code, i);
        ((int32_t *)values)[row] = (int32_t)x;
        return columns_date_in_range(x) || sent_refuse((int64_t)row, WRONG_DATE);
    case COLUMNS_TIMESTAMP:
    case COLUMNS_MOMENT:
        if (!microseconds(p, r, i, &x))
            return sent_refuse((int64_t)row, WRONG_TIME);
        ((int64_t *)values)[row] = x;
        return true;
    case COLUMNS_ABSENT:
    case COLUMNS_TEXT:
    case COLUMNS_DICTIONARY:
    case COLUMNS_I64:
    case COLUMNS_KINDS:
    default:
        ((int64_t *)values)[row] = integer(p, r->code, i);
        return true;
    }
}

static bool put_numbers(struct sent *t, unsigned column, const struct arrow *w, unsigned from,
                        const struct reader *r)
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
        const struct piece p = piece_of(w, k, from);
        for (int64_t i = 0; i < p.n; i++, row++) {
            if (!is_valid(&p, r->code, i)) {
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
        const struct piece p = piece_of(w, k, from);
        for (int64_t i = 0; i < p.n; i++)
            if (is_valid(&p, 'L', i) && integer(&p, 'L', i) < 0)
                return true;
    }
    return false;
}

/* ---- Dictionaries ----------------------------------------------------------------------------*/

static struct piece values_of(const struct piece *p)
{
    const struct ArrowArray *d = p->array->dictionary;
    return (struct piece){d, d->offset, d->length};
}

/* Have both chunks one dictionary? */
static bool same_values(const struct piece *p, const struct piece *q)
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
        const struct piece p = piece_of(w, k, from);
        const struct piece before = k ? piece_of(w, k - 1, from) : p;
        base[k] = k && same_values(&p, &before) ? base[k - 1] : n;
        if (base[k] == n)
            n += (uint64_t)p.array->dictionary->length;
    }
    return n;
}

/* The codes of all rows; those of missing values are -1. */
static void put_codes(int32_t *codes, const struct arrow *w, unsigned from, char code,
                      const struct reader *r, const uint64_t *base)
{
    for (size_t k = 0; k < w->n_chunks; k++) {
        const struct piece p = piece_of(w, k, from), values = values_of(&p);
        for (int64_t i = 0; i < p.n; i++) {
            const int64_t value = is_valid(&p, code, i) ? integer(&p, code, i) : -1;
            const bool right = value >= 0 && value < values.n &&
                               is_valid(&values, r->code, value) && !is_nan(&values, r, value);
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
        const struct piece p = piece_of(w, k, from);
        for (int64_t i = 0; i < p.n; i++, row++)
            if (is_valid(&p, code, i) && base[k] + (uint64_t)integer(&p, code, i) == wanted)
                return row;
    }
    return -1;
}

static bool put_values(struct sent_texts *x, const struct arrow *w, unsigned from, char code,
                       const struct reader *r, const uint64_t *base)
{
    const char *why = NULL;
    for (size_t k = 0; k < w->n_chunks; k++) {
        const struct piece p = piece_of(w, k, from), values = values_of(&p);
        if (base[k] == x->written && !add_texts(x, &values, r, &why))
            return why && sent_refuse(row_of(w, from, code, base, x->written), why);
    }
    const int64_t zero = sent_texts_end(x);
    return zero < 0 || sent_refuse(row_of(w, from, code, base, (uint64_t)zero), SENT_ZERO_TEXT);
}

static bool put_dictionary(struct sent *t, unsigned column, const struct arrow *w, unsigned from,
                           char code, const struct reader *r)
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
    struct reader r;
    if (!reader_of(&r, format)) {
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
    const struct arrow *w = PyCapsule_GetPointer(arrow, CAPSULE);
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
