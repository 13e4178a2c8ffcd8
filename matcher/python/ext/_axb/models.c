/* Models, read by the program's own reader: whether it takes one, and what its levels weigh. */
#include "matcher/python/ext/_axb/models.h"

#include "matcher/model/model.h"
#include "matcher/model/model_file.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static PyObject *list_of(const double *x, uint32_t n)
{
    PyObject *list = PyList_New((Py_ssize_t)n);
    for (uint32_t i = 0; list && i < n; i++) {
        PyObject *number = PyFloat_FromDouble(x[i]);
        if (!number || PyList_SetItem(list, (Py_ssize_t)i, number) != 0) {
            Py_DECREF(list);
            return NULL;
        }
    }
    return list;
}

/* (bits, related_bits or None, the bits of the rarest equal value) */
static PyObject *column_weights(const struct model *m, const struct model_column *c)
{
    const struct model_bits bits = model_column_bits(c);
    const double equal = bits.random[c->n_levels - 1];
    const double rarest = fmax(0, bits.rare + c->rarest_bits);
    PyObject *random = list_of(bits.random, c->n_levels), *related = Py_None;
    if (model_has_related(m))
        related = list_of(bits.related, c->n_levels);
    else
        Py_INCREF(related);
    return Py_BuildValue("NNd", random, related, c->rarity ? rarest : equal);
}

static PyObject *refuse(const struct err *e)
{
    PyObject *said = Py_BuildValue("(ss)", e->text, e->hint);
    if (said)
        PyErr_SetObject(PyExc_ValueError, said);
    Py_XDECREF(said);
    return NULL;
}

static PyObject *all_weights(const struct model *m)
{
    PyObject *all = PyList_New(0);
    for (uint32_t i = 0; all && i < m->n_columns; i++) {
        PyObject *column = column_weights(m, &m->column[i]);
        if (!column || PyList_Append(all, column) != 0)
            Py_CLEAR(all);
        Py_XDECREF(column);
    }
    return all;
}

/* model_weights(path): those of each column. ValueError(text, hint) if it is no model. */
static PyObject *model_weights(PyObject *self, PyObject *args)
{
    const char *path;
    struct err e = {.status = ERR_NONE};
    (void)self;
    if (!PyArg_ParseTuple(args, "s:model_weights", &path))
        return NULL;
    struct model *m = calloc(1, sizeof *m);
    if (!m)
        return PyErr_NoMemory();
    PyObject *all = model_read(m, path, &e) ? all_weights(m) : refuse(&e);
    model_free(m);
    free(m);
    return all;
}

static PyMethodDef functions[] = {
    {"model_weights", model_weights, METH_VARARGS, "What the levels of a model weigh, in bits."},
    {NULL, NULL, 0, NULL},
};

bool axb_add_models(PyObject *module)
{
    return PyModule_AddFunctions(module, functions) == 0;
}
