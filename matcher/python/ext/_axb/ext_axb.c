/* The extension of the user's own process: what the package needs in C there. It starts no run;
 * that is the program's, as a child (axb/_run.py). */
#include "matcher/python/ext/_axb/models.h"
#include "matcher/python/ext/_axb/sent.h"
#include "matcher/python/ext/shared_metrics.h"
#include "matcher/python/ext/shared_record.h"

#include <stdlib.h>

#define XXH_INLINE_ALL /* no library is loaded into the user's process for it */
#include <xxhash.h>

/* The kind of records with these columns, a tuple of str. It is never freed. NULL with an
 * exception. */
static const struct record_kind *kind_of(PyObject *names)
{
    const uint32_t n = (uint32_t)PyTuple_Size(names);
    const char **texts = calloc(n + 1, sizeof *texts);
    bool *filled = calloc(n + 1, sizeof *filled);
    bool ok = texts && filled;
    for (uint32_t k = 0; ok && k < n; k++) {
        filled[k] = true;
        texts[k] = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(names, (Py_ssize_t)k), NULL);
        ok = texts[k] != NULL;
    }
    const struct record_kind *kind = ok ? record_kind_make(texts, filled, n) : NULL;
    free(texts);
    free(filled);
    return kind || PyErr_Occurred() ? kind : (PyErr_NoMemory(), NULL);
}

/* record(kind, names, values): a record with these values. `kind` is None, or what an earlier call
 * returned for the same names. Returns (kind, record). */
static PyObject *make_record(PyObject *self, PyObject *args)
{
    PyObject *capsule, *names, *values;
    (void)self;
    if (!PyArg_ParseTuple(args, "OO!O!:record", &capsule, &PyTuple_Type, &names, &PyTuple_Type,
                          &values))
        return NULL;
    const struct record_kind *kind =
        capsule == Py_None ? kind_of(names) : PyCapsule_GetPointer(capsule, "axb.record_kind");
    struct record *r = kind ? record_new(kind, 0) : NULL;
    if (!r)
        return NULL;
    for (uint32_t k = 0; k < kind->n; k++) {
        r->value[k] = PyTuple_GetItem(values, (Py_ssize_t)k);
        Py_XINCREF(r->value[k]);
        if (!r->value[k]) {
            Py_DECREF((PyObject *)r);
            return NULL;
        }
    }
    if (capsule != Py_None)
        return Py_BuildValue("ON", capsule, r);
    capsule = PyCapsule_New((void *)(uintptr_t)kind, "axb.record_kind", NULL);
    return Py_BuildValue("NN", capsule, r);
}

/* checksum(address, bytes): what the writer of a file of axb puts after these bytes. */
static PyObject *checksum(PyObject *self, PyObject *args)
{
    unsigned long long address, n;
    (void)self;
    if (!PyArg_ParseTuple(args, "KK:checksum", &address, &n))
        return NULL;
    return PyLong_FromUnsignedLongLong(XXH3_64bits((const void *)(uintptr_t)address, (size_t)n));
}

static PyMethodDef functions[] = {
    {"checksum", checksum, METH_VARARGS, "The XXH3 (64 bits) of bytes in memory."},
    {"record", make_record, METH_VARARGS, "A record, to try a function with; see axb.row."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_axb",
    .m_doc = "Tables, records, models and metrics of axb.",
    .m_size = -1,
    .m_methods = functions,
};

/* NOLINTBEGIN(readability-identifier-naming): Python's name */
PyMODINIT_FUNC PyInit__axb(void);
PyMODINIT_FUNC PyInit__axb(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module && (PyModule_AddStringConstant(module, "version", AXB_VERSION) != 0 ||
                   !axb_add_record(module) || !axb_add_tables(module) || !axb_add_models(module) ||
                   !axb_add_metrics(module))) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
/* NOLINTEND(readability-identifier-naming) */
