/* Reading Arrow's streams, types and values. */
#include "matcher/python/ext/_axb/arrow.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPSULE "axb.arrow"

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
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

const struct arrow *arrow_of(PyObject *capsule)
{
    return PyCapsule_GetPointer(capsule, CAPSULE);
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

static bool decimal_reader(struct arrow_reader *r, const char *format)
{
    int precision, bits = 128;
    if (sscanf(format, "d:%d,%d,%d", &precision, &r->scale, &bits) < 2 || bits != 128 ||
        r->scale < 0 || r->scale > 38)
        return false;
    r->kind = COLUMNS_TEXT;
    r->type = "str";
    return true;
}

static bool time_reader(struct arrow_reader *r, const char *format)
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

bool arrow_reader_of(struct arrow_reader *r, const char *format)
{
    *r = (struct arrow_reader){.code = format[0], .divide = 1, .multiply = 1};
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

static bool bit(const void *bits, int64_t i)
{
    return ((const unsigned char *)bits)[i / 8] >> i % 8 & 1;
}

bool arrow_bool(const struct arrow_piece *p, int64_t i)
{
    return bit(p->array->buffers[1], p->first + i);
}

bool arrow_is_valid(const struct arrow_piece *p, char code, int64_t i)
{
    if (code == 'n')
        return false;
    const void *validity = p->array->null_count == 0 ? NULL : p->array->buffers[0];
    return !validity || bit(validity, p->first + i);
}

int64_t arrow_integer(const struct arrow_piece *p, char code, int64_t i)
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

double arrow_number(const struct arrow_piece *p, char code, int64_t i)
{
    const void *v = p->array->buffers[1];
    return code == 'f' ? (double)((const float *)v)[p->first + i]
                       : ((const double *)v)[p->first + i];
}

static struct bytes text(const struct arrow_piece *p, char code, int64_t i)
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
static struct bytes decimal(const struct arrow_piece *p, int scale, int64_t i,
                            char out[ARROW_TEXT_BYTES])
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

int64_t arrow_days(const struct arrow_piece *p, char code, int64_t i)
{
    const int64_t x = arrow_integer(p, code, i);
    return code == 't' ? x : x / 86400000; /* milliseconds are those of whole days */
}

bool arrow_microseconds(const struct arrow_piece *p, const struct arrow_reader *r, int64_t i,
                        int64_t *out)
{
    const int64_t x = arrow_integer(p, r->code, i);
    return x % r->divide == 0 && !__builtin_mul_overflow(x / r->divide, r->multiply, out) &&
           columns_time_in_range(*out);
}

struct bytes arrow_text(const struct arrow_piece *p, const struct arrow_reader *r, int64_t i,
                        char out[ARROW_TEXT_BYTES])
{
    const struct bytes refused = {NULL, 0};
    size_t n;
    int64_t time;
    if (r->code == 'd')
        return decimal(p, r->scale, i, out);
    switch (r->kind) {
    case COLUMNS_F64:
        n = columns_write_f64(arrow_number(p, r->code, i), out);
        break;
    case COLUMNS_I64: {
        const int64_t x = arrow_integer(p, r->code, i);
        n = r->code == 'L' ? (size_t)snprintf(out, 48, "%" PRIu64, (uint64_t)x)
                           : columns_write_i64(x, out);
        break;
    }
    case COLUMNS_BOOL:
        n = (size_t)snprintf(out, 48, arrow_bool(p, i) ? "True" : "False");
        break;
    case COLUMNS_DATE:
        if (!columns_date_in_range(arrow_days(p, r->code, i)))
            return refused;
        n = columns_write_date((int32_t)arrow_days(p, r->code, i), out);
        break;
    case COLUMNS_TIMESTAMP:
    case COLUMNS_MOMENT:
        if (!arrow_microseconds(p, r, i, &time))
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

struct arrow_piece arrow_piece(const struct arrow *w, size_t chunk, unsigned column)
{
    const struct ArrowArray *a = &w->chunks[chunk];
    const struct ArrowArray *child = w->is_struct ? a->children[column] : a;
    return (struct arrow_piece){child, w->is_struct ? a->offset + child->offset : a->offset,
                                a->length};
}

bool arrow_is_nan(const struct arrow_piece *p, const struct arrow_reader *r, int64_t i)
{
    return r->kind == COLUMNS_F64 && arrow_number(p, r->code, i) != arrow_number(p, r->code, i);
}

int64_t arrow_begin(const struct arrow_piece *p, char code, int64_t i)
{
    const void *offsets = p->array->buffers[1];
    return code == 'u' ? ((const int32_t *)offsets)[p->first + i]
                       : ((const int64_t *)offsets)[p->first + i];
}
