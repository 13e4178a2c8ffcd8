/* Columns of Python objects: a list, a tuple, or the pointers of a NumPy array of objects. Text is
 * taken as it lies in the strings. What is neither text nor number is asked of Python. */
#include "matcher/python/ext/_axb/sent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AHEAD 16 /* objects that are fetched before their turn: they lie all over the memory */

struct cells {
    PyObject *sequence; /* a list or a tuple; else NULL */
    const char *objects;
    Py_ssize_t stride, n;
    PyObject *missing; /* a tuple of objects that mean so: None, pandas.NA … */
    PyObject *text_of; /* text_of(cell) -> (text, bit of its type), or (value, 0), or raises */
    unsigned types;    /* seen so far */
};

/* A field of a packed record need not be aligned. */
static PyObject *object_at(const struct cells *c, Py_ssize_t i)
{
    PyObject *x;
    memcpy(&x, c->objects + i * c->stride, sizeof x); /* NOLINT(bugprone-sizeof-expression) */
    return x;
}

/* A borrowed reference. */
static PyObject *cell(const struct cells *c, Py_ssize_t i)
{
    if (!c->sequence)
        return object_at(c, i);
    return PyList_Check(c->sequence) ? PyList_GetItem(c->sequence, i)
                                     : PyTuple_GetItem(c->sequence, i);
}

static void fetch_ahead(const struct cells *c, Py_ssize_t i)
{
    if (!c->sequence && i + AHEAD < c->n)
        __builtin_prefetch(object_at(c, i + AHEAD));
}

static bool is_missing(const struct cells *c, PyObject *x)
{
    const Py_ssize_t n = PyTuple_Size(c->missing);
    for (Py_ssize_t i = 0; i < n; i++)
        if (PyTuple_GetItem(c->missing, i) == x)
            return true;
    return false;
}

static bool add_str(struct sent_texts *out, PyObject *x)
{
    Py_ssize_t n;
    const char *p = PyUnicode_AsUTF8AndSize(x, &n);
    if (!p) {
        if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
            return false;
        PyErr_Clear();
        return sent_refuse((int64_t)out->written,
                           "text with a lone surrogate, which UTF-8 does not have");
    }
    return sent_text(out, p, (size_t)n);
}

static bool add_float(struct sent_texts *out, double x)
{
    char text[COLUMNS_TEXT_BYTES];
    if (isnan(x)) {
        sent_missing(out);
        return true;
    }
    return sent_text(out, text, columns_write_f64(x, text));
}

static bool add_int(struct sent_texts *out, PyObject *x)
{
    char text[COLUMNS_TEXT_BYTES];
    int overflow;
    const long long small = PyLong_AsLongLongAndOverflow(x, &overflow);
    if (!overflow)
        return sent_text(out, text, columns_write_i64(small, text));
    PyObject *digits = PyObject_Str(x);
    const bool ok = digits && add_str(out, digits);
    Py_XDECREF(digits);
    return ok;
}

static bool add_cell(struct cells *c, struct sent_texts *out, PyObject *x);

/* A cell of any other type: Python writes it, or says which plain value it stands for. */
static bool add_other(struct cells *c, struct sent_texts *out, PyObject *x)
{
    PyObject *answer = PyObject_CallFunctionObjArgs(c->text_of, x, NULL), *text;
    unsigned type = 0;
    bool ok = answer && PyArg_ParseTuple(answer, "OI", &text, &type);
    if (ok)
        ok = type ? add_str(out, text) : add_cell(c, out, text);
    c->types |= type;
    Py_XDECREF(answer);
    if (ok || !PyErr_ExceptionMatches(PyExc_TypeError))
        return ok;
    PyObject *type_of, *value, *traceback;
    PyErr_Fetch(&type_of, &value, &traceback);
    PyObject *said = value ? PyObject_Str(value) : NULL;
    const char *words = said ? PyUnicode_AsUTF8AndSize(said, NULL) : NULL;
    sent_refuse((int64_t)out->written, words ? words : "a value that is not a text");
    Py_XDECREF(said);
    Py_XDECREF(type_of);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return false;
}

static bool add_cell(struct cells *c, struct sent_texts *out, PyObject *x)
{
    if (PyUnicode_Check(x)) {
        c->types |= CELL_STR;
        return add_str(out, x);
    }
    if (is_missing(c, x)) {
        sent_missing(out);
        return true;
    }
    if (PyFloat_Check(x)) {
        const double value = PyFloat_AsDouble(x);
        c->types |= isnan(value) ? 0 : CELL_FLOAT;
        return add_float(out, value);
    }
    if (PyBool_Check(x)) {
        c->types |= CELL_BOOL;
        return x == Py_True ? sent_text(out, "True", 4) : sent_text(out, "False", 5);
    }
    if (PyLong_Check(x)) {
        c->types |= CELL_INT;
        return add_int(out, x);
    }
    return add_other(c, out, x);
}

static bool add_cells(struct cells *c, struct sent_texts *out)
{
    for (Py_ssize_t i = 0; i < c->n; i++) {
        PyObject *x = cell(c, i);
        if (!x && c->sequence)
            return false;
        fetch_ahead(c, i);
        if (!add_cell(c, out, x ? x : Py_None))
            return false;
    }
    const int64_t zero = sent_texts_end(out);
    return zero < 0 || sent_refuse(zero, SENT_ZERO_TEXT);
}

/* The cells of a call: (sequence or None, address, stride, n, missing, text_of). */
static bool take_cells(PyObject *arguments, struct cells *c)
{
    PyObject *sequence;
    unsigned long long address;
    *c = (struct cells){0};
    if (!PyArg_ParseTuple(arguments, "OKnnO!O", &sequence, &address, &c->stride, &c->n,
                          &PyTuple_Type, &c->missing, &c->text_of))
        return false;
    c->objects = (const char *)(uintptr_t)address;
    if (sequence == Py_None)
        return true;
    c->sequence = sequence;
    c->n = PyList_Check(sequence) ? PyList_Size(sequence) : PyTuple_Size(sequence);
    return c->n >= 0;
}

/* table_cells(table, column, cells) -> bits of the types seen */
PyObject *sent_cells(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *capsule, *given;
    unsigned column;
    struct cells c;
    struct sent_texts out;
    if (!PyArg_ParseTuple(arguments, "OIO!", &capsule, &column, &PyTuple_Type, &given) ||
        !take_cells(given, &c))
        return NULL;
    struct sent *t = sent_of(capsule, column);
    if (!t)
        return NULL;
    if ((uint64_t)c.n != t->n_rows) {
        PyErr_SetString(PyExc_ValueError, "a column of another length");
        return NULL;
    }
    if (!sent_texts_begin(&out, t, t->n_rows) || !add_cells(&c, &out))
        return NULL;
    sent_texts_column(&out, column);
    return PyLong_FromUnsignedLong(c.types);
}

/* Copies codes; what is no value, or one that is missing, is -1. */
static void put_codes(struct sent *t, uint64_t codes_at, const int32_t *codes,
                      const struct sent_texts *texts)
{
    int32_t *to = sent_at(t, codes_at);
    const unsigned char *valid = sent_at(t, texts->validity_at);
    for (uint64_t row = 0; row < t->n_rows; row++) {
        const int32_t code = codes[row];
        const bool right =
            code >= 0 && (uint64_t)code < texts->n && valid[code / 8] >> code % 8 & 1;
        to[row] = right ? code : -1;
    }
}

/* table_dictionary(table, column, cells of the values, address of n_rows codes, i32) -> bits of the
 * types seen */
PyObject *sent_dictionary(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *capsule, *given;
    unsigned column;
    unsigned long long address;
    struct cells c;
    struct sent_texts out;
    if (!PyArg_ParseTuple(arguments, "OIO!K", &capsule, &column, &PyTuple_Type, &given, &address) ||
        !take_cells(given, &c))
        return NULL;
    struct sent *t = sent_of(capsule, column);
    if (!t)
        return NULL;
    const uint64_t codes_at = sent_take(t, t->n_rows * sizeof(int32_t));
    if (!codes_at || !sent_texts_begin(&out, t, (uint64_t)c.n) || !add_cells(&c, &out))
        return NULL;
    put_codes(t, codes_at, (const int32_t *)(uintptr_t)address, &out);
    sent_texts_column(&out, column);
    struct columns_column *made = sent_column(t, column);
    made->kind = COLUMNS_DICTIONARY;
    made->validity_at = 0;
    made->codes_at = codes_at;
    return PyLong_FromUnsignedLong(c.types);
}
