/* Calls of a Python function for one record of A and many of B at once: `batch=True`.
 *
 * The function gets arrays of NumPy, which the package makes (_batch.py) of what is handed over
 * here: a list of objects for each column, or the bytes of numbers where all are there. It gives
 * back an array of scores, as bytes. */
#include "matcher/python/ext/_axb_worker/caller.h"

#include <stdlib.h>
#include <string.h>

/* A list of the objects of a column. */
static PyObject *column_list(PyObject *const *lane, uint32_t n)
{
    PyObject *list = PyList_New((Py_ssize_t)n);
    for (uint32_t i = 0; list && i < n; i++) {
        Py_INCREF(lane[i]);
        if (PyList_SetItem(list, (Py_ssize_t)i, lane[i]) != 0)
            Py_CLEAR(list);
    }
    return list;
}

/* The columns of lanes [from, from + n), as a tuple in the order of the record. */
static PyObject *columns(const struct caller_side *side, uint32_t from, uint32_t n)
{
    PyObject *all = PyTuple_New((Py_ssize_t)side->kind->n);
    for (uint32_t k = 0; all && k < side->kind->n; k++) {
        PyObject *list = column_list(side->lane[side->column[k].array] + from, n);
        if (!list || PyTuple_SetItem(all, (Py_ssize_t)k, list) != 0)
            Py_CLEAR(all);
    }
    return all;
}

/* Copies the scores out of the bytes of n doubles. */
static bool take_scores(PyObject *bytes, uint32_t n, double *scores)
{
    char *p;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(bytes, &p, &size) != 0)
        return false;
    if ((size_t)size != n * sizeof *scores) {
        PyErr_SetString(PyExc_SystemError, "_batch.py has returned too few scores");
        return false;
    }
    memcpy(scores, p, n * sizeof *scores);
    return true;
}

bool call_batch(struct caller *c, uint32_t from, uint32_t n, double *scores)
{
    PyObject *lists = columns(&c->side[1], from, n);
    PyObject *record = (PyObject *)c->side[0].record;
    PyObject *number = PyLong_FromUnsignedLong(n);
    PyObject *bytes = lists && number
                          ? PyObject_CallFunctionObjArgs(c->batch, record, lists, number, NULL)
                          : NULL;
    const bool ok = bytes && take_scores(bytes, n, scores);
    Py_XDECREF(lists);
    Py_XDECREF(number);
    Py_XDECREF(bytes);
    return ok;
}
