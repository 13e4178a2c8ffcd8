/* Calls of a Python function for the items of a map, one by one.
 *
 * Items come as a pickle of a list, and results go as one; Python makes both (_worker.py). */
#include "matcher/python/ext/_axb_worker/caller.h"

static struct caller *caller;

static PyObject *load_items(const char *run, uint64_t n)
{
    PyObject *view = PyMemoryView_FromMemory((char *)(uintptr_t)run, (Py_ssize_t)n, CALLER_READ);
    PyObject *items = view ? PyObject_CallMethod(caller->support, "load_items", "O", view) : NULL;
    Py_XDECREF(view);
    return items;
}

/* The result of item `number` of a list; NULL with an exception. */
static PyObject *call_one(PyObject *items, Py_ssize_t number)
{
    PyObject *item = PyList_GetItem(items, number); /* borrowed */
    return item ? PyObject_CallFunctionObjArgs(caller->function, item, NULL) : NULL;
}

static PyObject *dump(PyObject *results)
{
    return PyObject_CallMethod(caller->support, "dump_results", "O", results);
}

/* One of the results cannot be pickled: ends the process with the first that cannot. */
static void find_unfit(PyObject *results, uint64_t item)
{
    PyErr_Clear();
    for (Py_ssize_t i = 0; i < PyList_Size(results); i++) {
        PyObject *alone = PyList_GetSlice(results, i, i + 1);
        PyObject *bytes = alone ? dump(alone) : NULL;
        if (!bytes)
            call_end(item + (uint64_t)i);
        Py_DECREF(alone);
        Py_DECREF(bytes);
    }
}

const char *call_map(struct worker *w, uint64_t item, const char *run, uint64_t n,
                     uint64_t *n_results)
{
    static PyObject *bytes; /* of the latest run */
    PyObject *items = load_items(run, n);
    const Py_ssize_t n_items = items ? PyList_Size(items) : -1;
    PyObject *results = n_items >= 0 ? PyList_New(n_items) : NULL;
    (void)w;
    if (!results)
        call_end(item);
    for (Py_ssize_t i = 0; i < n_items; i++) {
        call_begin(item + (uint64_t)i);
        PyObject *result = call_one(items, i);
        if (!result || PyList_SetItem(results, i, result) != 0)
            call_end(item + (uint64_t)i);
        call_over();
    }
    Py_CLEAR(bytes);
    bytes = dump(results);
    if (!bytes) {
        find_unfit(results, item);
        bytes = dump(results);
    }
    if (!bytes)
        call_end(item); /* each of them alone can be pickled */
    Py_DECREF(items);
    Py_DECREF(results);
    *n_results = (uint64_t)PyBytes_Size(bytes);
    return PyBytes_AsString(bytes);
}

void call_map_open(struct caller *c)
{
    caller = c;
}
