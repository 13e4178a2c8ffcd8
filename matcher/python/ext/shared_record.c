/* The type Record, and a subclass of it for each kind of records. */
#include "matcher/python/ext/shared_record.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <structmember.h>

static PyObject *record_type; /* Record */

/* ---- Values ----------------------------------------------------------------------------------*/

/* The value of a column as a new reference, loaded if need be. */
static PyObject *get_value(struct record *r, uint32_t column)
{
    PyObject **slot = &r->value[column];
    if (!*slot) {
        *slot = r->kind->load(r->kind, r->row, column);
        r->n_loaded += *slot != NULL;
        r->kind->loads[column]++;
    }
    Py_XINCREF(*slot);
    return *slot;
}

/* An attribute of a column that is not filled. */
static PyObject *get_attribute(PyObject *self, void *column)
{
    return get_value((struct record *)self, (uint32_t)(uintptr_t)column);
}

/* The number of the column of that name; -1, without an exception, if there is none. */
static Py_ssize_t find_column(const struct record *r, PyObject *name)
{
    PyObject *place = PyUnicode_Check(name) ? PyDict_GetItemWithError(r->kind->place, name) : NULL;
    return place ? PyLong_AsSsize_t(place) : -1;
}

static PyObject *subscript(PyObject *self, PyObject *name)
{
    const Py_ssize_t column = find_column((struct record *)self, name);
    if (column >= 0)
        return get_value((struct record *)self, (uint32_t)column);
    if (!PyErr_Occurred())
        PyErr_SetObject(PyExc_KeyError, name);
    return NULL;
}

static PyObject *get(PyObject *self, PyObject *args)
{
    PyObject *name, *otherwise = Py_None;
    if (!PyArg_ParseTuple(args, "O|O:get", &name, &otherwise))
        return NULL;
    const Py_ssize_t column = find_column((struct record *)self, name);
    if (column >= 0)
        return get_value((struct record *)self, (uint32_t)column);
    if (PyErr_Occurred())
        return NULL;
    Py_INCREF(otherwise);
    return otherwise;
}

/* ---- As a mapping ----------------------------------------------------------------------------*/

static Py_ssize_t length(PyObject *self)
{
    return (Py_ssize_t)((struct record *)self)->kind->n;
}

static int contains(PyObject *self, PyObject *name)
{
    const Py_ssize_t column = find_column((struct record *)self, name);
    return PyErr_Occurred() ? -1 : column >= 0;
}

/* A list with what `make` gives for each column. */
static PyObject *list_of(struct record *r, PyObject *(*make)(struct record *r, uint32_t column))
{
    PyObject *list = PyList_New((Py_ssize_t)r->kind->n);
    for (uint32_t k = 0; list && k < r->kind->n; k++) {
        PyObject *item = make(r, k);
        if (!item || PyList_SetItem(list, (Py_ssize_t)k, item) != 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *name_of(struct record *r, uint32_t column)
{
    Py_INCREF(r->kind->name[column]);
    return r->kind->name[column];
}

static PyObject *item_of(struct record *r, uint32_t column)
{
    PyObject *value = get_value(r, column);
    PyObject *item = value ? PyTuple_Pack(2, r->kind->name[column], value) : NULL;
    Py_XDECREF(value);
    return item;
}

static PyObject *keys(PyObject *self, PyObject *unused)
{
    (void)unused;
    return list_of((struct record *)self, name_of);
}

static PyObject *values(PyObject *self, PyObject *unused)
{
    (void)unused;
    return list_of((struct record *)self, get_value);
}

static PyObject *items(PyObject *self, PyObject *unused)
{
    (void)unused;
    return list_of((struct record *)self, item_of);
}

static PyObject *iterate(PyObject *self)
{
    PyObject *list = keys(self, NULL);
    PyObject *iterator = list ? PyObject_GetIter(list) : NULL;
    Py_XDECREF(list);
    return iterator;
}

static PyObject *part_of_repr(struct record *r, uint32_t column)
{
    PyObject *value = get_value(r, column);
    PyObject *part = value ? PyUnicode_FromFormat("%U=%R", r->kind->name[column], value) : NULL;
    Py_XDECREF(value);
    return part;
}

static PyObject *repr(PyObject *self)
{
    PyObject *parts = list_of((struct record *)self, part_of_repr);
    PyObject *comma = PyUnicode_FromString(", ");
    PyObject *all = parts && comma ? PyUnicode_Join(comma, parts) : NULL;
    PyObject *text = all ? PyUnicode_FromFormat("Record(%U)", all) : NULL;
    Py_XDECREF(parts);
    Py_XDECREF(comma);
    Py_XDECREF(all);
    return text;
}

static void deallocate(PyObject *self)
{
    struct record *r = (struct record *)self;
    PyTypeObject *type = Py_TYPE(self);
    for (uint32_t k = 0; k < r->kind->n; k++)
        Py_XDECREF(r->value[k]);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

/* ---- Types -----------------------------------------------------------------------------------*/

static PyMethodDef methods[] = {
    {"get", get, METH_VARARGS, "The value of a column, or another one if there is no such column."},
    {"items", items, METH_NOARGS, "Pairs of name and value, in the order of the columns."},
    {"keys", keys, METH_NOARGS, "The names of the columns."},
    {"values", values, METH_NOARGS, "The values, in the order of the columns."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot record_slots[] = {
    {Py_tp_doc, (void *)(uintptr_t) "A record of a table, as a function of two records gets it.\n\n"
                                    "Columns are attributes, `a.name`, and items, `a[\"full "
                                    "name\"]`. A missing value\n"
                                    "is None."},
    {Py_tp_dealloc, deallocate},
    {Py_tp_repr, repr},
    {Py_tp_iter, iterate},
    {Py_tp_methods, methods},
    {Py_mp_subscript, subscript},
    {Py_mp_length, length},
    {Py_sq_contains, contains},
    {0, NULL},
};

static PyType_Spec record_spec = {
    .name = "axb.Record",
    .basicsize = sizeof(struct record),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = record_slots,
};

bool axb_add_record(PyObject *module)
{
    if (!record_type)
        record_type = PyType_FromSpec(&record_spec);
    if (!record_type)
        return false;
    Py_INCREF(record_type);
    return PyModule_AddObject(module, "Record", record_type) == 0;
}

/* Is the attribute of that name one of every record? Then a column of the name is an item alone. */
static bool is_taken(const char *name)
{
    bool is = strncmp(name, "__", 2) == 0;
    for (const PyMethodDef *m = methods; m->ml_name && !is; m++)
        is = strcmp(name, m->ml_name) == 0;
    return is;
}

/* The attributes of a kind: members for filled columns, whose access Python makes fast, and
 * functions for the others. */
static void make_attributes(const struct record_kind *kind, PyMemberDef *members, PyGetSetDef *gets)
{
    uint32_t n_members = 0, n_gets = 0;
    for (uint32_t k = 0; k < kind->n; k++) {
        if (is_taken(kind->text[k]))
            continue;
        if (kind->filled[k])
            members[n_members++] = (PyMemberDef){
                .name = kind->text[k],
                .type = T_OBJECT_EX,
                .offset = (Py_ssize_t)(offsetof(struct record, value) + k * sizeof(PyObject *)),
                .flags = READONLY};
        else
            gets[n_gets++] = (PyGetSetDef){
                .name = kind->text[k], .get = get_attribute, .closure = (void *)(uintptr_t)k};
    }
}

static PyObject *make_type(struct record_kind *kind)
{
    PyMemberDef *members = calloc(kind->n + 1, sizeof *members);
    PyGetSetDef *gets = kind->gets = calloc(kind->n + 1, sizeof *gets);
    PyObject *bases = PyTuple_Pack(1, record_type), *type = NULL;
    if (members && gets && bases) {
        make_attributes(kind, members, gets);
        PyType_Slot slots[] = {
            {Py_tp_dealloc, deallocate}, {Py_tp_members, members}, {Py_tp_getset, gets}, {0, NULL}};
        PyType_Spec spec = {
            .name = "axb.Record",
            .basicsize = (int)(sizeof(struct record) + kind->n * sizeof(void *)),
            .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
            .slots = slots,
        };
        type = PyType_FromSpecWithBases(&spec, bases);
    }
    free(members);
    Py_XDECREF(bases);
    return type ? type : PyErr_Occurred() ? NULL : PyErr_NoMemory();
}

/* Copies the names into the kind, which has space for them. */
static bool take_names(struct record_kind *kind, const char *const *names)
{
    for (uint32_t k = 0; k < kind->n; k++) {
        PyObject *number = PyLong_FromUnsignedLong(k);
        kind->text[k] = strdup(names[k]);
        kind->name[k] = PyUnicode_InternFromString(names[k]);
        bool ok = number && kind->text[k] && kind->name[k] &&
                  PyDict_SetItem(kind->place, kind->name[k], number) == 0;
        Py_XDECREF(number);
        if (!ok)
            return false;
    }
    return true;
}

/* Frees a kind that could not be made; returns NULL, with an exception. */
static struct record_kind *give_up(struct record_kind *kind)
{
    for (uint32_t k = 0; kind && k < kind->n; k++) {
        if (kind->name)
            Py_XDECREF(kind->name[k]);
        if (kind->text)
            free(kind->text[k]);
    }
    if (kind) {
        Py_XDECREF(kind->place);
        free(kind->name);
        free(kind->text);
        free(kind->filled);
        free(kind->loads);
        free(kind->gets);
    }
    free(kind);
    if (!PyErr_Occurred())
        PyErr_NoMemory();
    return NULL;
}

struct record_kind *record_kind_make(const char *const *names, const bool *filled, uint32_t n)
{
    struct record_kind *kind = calloc(1, sizeof *kind);
    if (!kind)
        return give_up(NULL);
    *kind = (struct record_kind){.n = n,
                                 .name = calloc(n + 1, sizeof(void *)),
                                 .text = calloc(n + 1, sizeof(void *)),
                                 .filled = calloc(n + 1, sizeof *kind->filled),
                                 .loads = calloc(n + 1, sizeof *kind->loads),
                                 .place = PyDict_New()};
    if (!kind->name || !kind->text || !kind->filled || !kind->loads || !kind->place ||
        !take_names(kind, names))
        return give_up(kind);
    memcpy(kind->filled, filled, n * sizeof *filled);
    kind->type = make_type(kind);
    return kind->type ? kind : give_up(kind);
}

struct record *record_new(const struct record_kind *kind, uint64_t row)
{
    PyTypeObject *type = (PyTypeObject *)kind->type;
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    struct record *r = (struct record *)allocate(type, 0);
    if (r) {
        r->kind = kind;
        r->row = row;
    }
    return r;
}

void record_forget(struct record *r)
{
    for (uint32_t k = 0; r->n_loaded && k < r->kind->n; k++)
        if (!r->kind->filled[k] && r->value[k]) {
            Py_CLEAR(r->value[k]);
            r->n_loaded--;
        }
}
