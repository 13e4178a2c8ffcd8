/* The table as a whole, columns of numbers, and the making of texts. */
#include "matcher/python/ext/_axb/sent.h"
#include "matcher/python/ext/_axb/arrow.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CAPSULE "axb.table"
#define TEXT_STEP ((size_t)1 << 20)

static PyObject *cell_error; /* CellError */

/* ---- Failures --------------------------------------------------------------------------------*/

static void raise_error(const struct err *e)
{
    PyErr_Format(PyExc_MemoryError, "%s%s%s", e->text, e->hint[0] ? "; " : "", e->hint);
}

bool sent_refuse(int64_t row, const char *text)
{
    PyObject *arguments = Py_BuildValue("Ls", (long long)row, text);
    if (arguments)
        PyErr_SetObject(cell_error, arguments);
    Py_XDECREF(arguments);
    return false;
}

/* ---- Room ------------------------------------------------------------------------------------*/

/* Where the table grows it gets all its pages at once: one by one, as they are written, takes
 * longer than the writing. A kernel before 5.14 does not know how. */
static uint64_t grow(struct sent *t, uint64_t bytes, size_t align)
{
    struct err e;
    const size_t before = t->shm.bytes;
    const uint64_t at = shm_alloc(&t->shm, "a table", bytes, align, &e);
    if (!at)
        raise_error(&e);
    else if (t->shm.bytes > before)
        (void)madvise(t->shm.base + before, t->shm.bytes - before, MADV_POPULATE_WRITE);
    return at;
}

uint64_t sent_take(struct sent *t, uint64_t bytes)
{
    return grow(t, bytes, COLUMNS_ALIGN);
}

void *sent_at(const struct sent *t, uint64_t at)
{
    return t->shm.base + at;
}

struct columns_column *sent_column(const struct sent *t, unsigned column)
{
    return (struct columns_column *)sent_at(t, t->columns_at) + column;
}

struct sent *sent_of(PyObject *capsule, unsigned column)
{
    struct sent *t = PyCapsule_GetPointer(capsule, CAPSULE);
    if (t && column >= t->n_columns) {
        PyErr_SetString(PyExc_IndexError, "no such column");
        return NULL;
    }
    return t;
}

uint64_t sent_validity(struct sent *t, uint64_t n)
{
    const uint64_t at = sent_take(t, n / 8 + 1);
    if (at)
        memset(sent_at(t, at), 0xff, n / 8 + 1);
    return at;
}

void sent_clear_bit(const struct sent *t, uint64_t validity_at, uint64_t row)
{
    ((unsigned char *)sent_at(t, validity_at))[row / 8] &= (unsigned char)~(1u << row % 8);
}

/* ---- Texts -----------------------------------------------------------------------------------*/

bool sent_texts_begin(struct sent_texts *x, struct sent *t, uint64_t n)
{
    *x = (struct sent_texts){.table = t, .n = n};
    x->offsets_at = sent_take(t, (n + 1) * sizeof(uint64_t));
    x->validity_at = x->offsets_at ? sent_validity(t, n) : 0;
    x->values_at = x->validity_at ? sent_take(t, TEXT_STEP) : 0;
    if (x->values_at)
        ((uint64_t *)sent_at(t, x->offsets_at))[0] = 0;
    return x->values_at != 0;
}

/* Room for `more` bytes after the text: the table grows by a piece right after it. */
bool sent_texts_room(struct sent_texts *x, size_t more)
{
    struct sent *t = x->table;
    const size_t room = t->shm.used_bytes - x->values_at - x->bytes;
    if (more <= room)
        return true;
    const size_t step = TEXT_STEP + x->bytes / 8;
    return grow(t, more > step ? more : step, 1) != 0;
}

static void end_text(struct sent_texts *x)
{
    ((uint64_t *)sent_at(x->table, x->offsets_at))[++x->written] = x->bytes;
}

bool sent_text(struct sent_texts *x, const char *p, size_t n)
{
    if (!sent_texts_room(x, n))
        return false;
    if (n)
        memcpy((char *)sent_at(x->table, x->values_at) + x->bytes, p, n);
    x->bytes += n;
    end_text(x);
    return true;
}

void sent_missing(struct sent_texts *x)
{
    sent_clear_bit(x->table, x->validity_at, x->written);
    x->missing++;
    end_text(x);
}

int64_t sent_texts_end(struct sent_texts *x)
{
    x->table->shm.used_bytes = x->values_at + x->bytes;
    const char *text = sent_at(x->table, x->values_at), *zero = memchr(text, 0, x->bytes);
    if (!zero)
        return -1;
    const uint64_t *offsets = sent_at(x->table, x->offsets_at);
    uint64_t i = 0;
    while (offsets[i + 1] <= (uint64_t)(zero - text))
        i++;
    return (int64_t)i;
}

void sent_texts_column(const struct sent_texts *x, unsigned column)
{
    struct columns_column *c = sent_column(x->table, column);
    c->kind = COLUMNS_TEXT;
    c->validity_at = x->missing ? x->validity_at : 0;
    c->values_at = x->values_at;
    c->offsets_at = x->offsets_at;
    c->n_values = x->n;
    c->bytes = x->bytes;
}

/* ---- Beginning and end -----------------------------------------------------------------------*/

static void drop(PyObject *capsule)
{
    struct sent *t = PyCapsule_GetPointer(capsule, CAPSULE);
    shm_close(&t->shm);
    free(t);
}

/* Writes the names, a tuple; every column is absent so far. */
static bool put_names(struct sent *t, PyObject *names)
{
    t->columns_at = sent_take(t, t->n_columns * sizeof(struct columns_column));
    for (uint32_t i = 0; t->columns_at && i < t->n_columns; i++) {
        Py_ssize_t n;
        const char *name = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(names, i), &n);
        const uint64_t at = name ? sent_take(t, (uint64_t)n) : 0;
        if (!at)
            return false;
        memcpy(sent_at(t, at), name, (size_t)n);
        *sent_column(t, i) = (struct columns_column){.name_at = at, .name_bytes = (uint32_t)n};
    }
    return t->columns_at != 0;
}

/* table_new(n_rows, names: tuple[str, ...]) -> table */
static PyObject *sent_new(PyObject *module, PyObject *arguments)
{
    (void)module;
    unsigned long long n_rows;
    PyObject *names;
    if (!PyArg_ParseTuple(arguments, "KO!", &n_rows, &PyTuple_Type, &names))
        return NULL;
    struct sent *t = calloc(1, sizeof *t);
    if (!t)
        return PyErr_NoMemory();
    struct err e;
    t->n_rows = n_rows;
    t->n_columns = (uint32_t)PyTuple_Size(names);
    if (!shm_create(&t->shm, "a table", (size_t)1 << 40, &e)) {
        raise_error(&e);
        free(t);
        return NULL;
    }
    PyObject *capsule = PyCapsule_New(t, CAPSULE, drop);
    if (!capsule) {
        shm_close(&t->shm);
        free(t);
        return NULL;
    }
    if (put_names(t, names))
        return capsule;
    Py_DECREF(capsule);
    return NULL;
}

/* table_end(table) -> descriptor, which is the caller's; the table is complete and sealed. */
static PyObject *sent_end(PyObject *module, PyObject *capsule)
{
    (void)module;
    struct sent *t = PyCapsule_GetPointer(capsule, CAPSULE);
    if (!t)
        return NULL;
    struct err e;
    *(struct columns_head *)sent_at(t, 0) = (struct columns_head){.magic = COLUMNS_MAGIC,
                                                                  .version = COLUMNS_VERSION,
                                                                  .n_rows = t->n_rows,
                                                                  .n_columns = t->n_columns,
                                                                  .total_bytes = t->shm.used_bytes,
                                                                  .columns_at = t->columns_at};
    if (!shm_freeze(&t->shm, &e)) {
        raise_error(&e);
        return NULL;
    }
    const int fd = fcntl(t->shm.fd, F_DUPFD_CLOEXEC, 3);
    return fd >= 0 ? PyLong_FromLong(fd) : PyErr_SetFromErrno(PyExc_OSError);
}

/* ---- Numbers ---------------------------------------------------------------------------------*/

static size_t width(unsigned kind)
{
    return kind == COLUMNS_BOOL ? 1 : kind == COLUMNS_DATE ? 4 : 8;
}

/* table_numbers(table, column, kind, address, missing): n_rows numbers as the kind has them, one
 * after the other; at `missing`, if that is not 0, a byte a row, not 0 where there is none. */
static PyObject *sent_numbers(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *capsule;
    unsigned column, kind;
    unsigned long long address, missing;
    if (!PyArg_ParseTuple(arguments, "OIIKK", &capsule, &column, &kind, &address, &missing))
        return NULL;
    struct sent *t = sent_of(capsule, column);
    if (!t)
        return NULL;
    const uint64_t bytes = t->n_rows * width(kind), values_at = sent_take(t, bytes);
    const uint64_t validity_at = values_at && missing ? sent_validity(t, t->n_rows) : 0;
    if (!values_at || (missing && !validity_at))
        return NULL;
    if (bytes)
        memcpy(sent_at(t, values_at), (const void *)(uintptr_t)address, bytes);
    const unsigned char *is_missing = (const void *)(uintptr_t)missing;
    for (uint64_t row = 0; missing && row < t->n_rows; row++)
        if (is_missing[row])
            sent_clear_bit(t, validity_at, row);
    struct columns_column *c = sent_column(t, column);
    c->kind = kind;
    c->values_at = values_at;
    c->validity_at = validity_at;
    c->n_values = t->n_rows;
    c->bytes = bytes;
    Py_RETURN_NONE;
}

/* ---- The module ------------------------------------------------------------------------------*/

static PyMethodDef functions[] = {
    {"table_new", sent_new, METH_VARARGS, NULL},
    {"table_numbers", sent_numbers, METH_VARARGS, NULL},
    {"table_cells", sent_cells, METH_VARARGS, NULL},
    {"table_dictionary", sent_dictionary, METH_VARARGS, NULL},
    {"table_arrow", sent_arrow, METH_VARARGS, NULL},
    {"table_end", sent_end, METH_O, NULL},
    {"arrow_open", arrow_open, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

bool axb_add_tables(PyObject *module)
{
    cell_error = PyErr_NewExceptionWithDoc(
        "axb._axb.CellError", "A cell that cannot be sent: row, text.", PyExc_ValueError, NULL);
    if (!cell_error || PyModule_AddFunctions(module, functions) != 0)
        return false;
    Py_INCREF(cell_error);
    return PyModule_AddObject(module, "CellError", cell_error) == 0;
}
