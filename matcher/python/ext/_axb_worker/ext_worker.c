/* The extension of a worker: the loop of axb's workers, in the user's own interpreter.
 *
 * The coordinator starts the interpreter with a line of code that loads this extension and calls
 * run(). From then on the process is a worker like any other, but that its module is made of a
 * Python function. Python is not asked for anything but that function: workers have no threads. */
#include "core/machine/topology.h"
#include "matcher/python/ext/_axb_worker/caller.h"
#include "matcher/python/ext/shared_metrics.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *package; /* the folder of the Python package */

/* ---- Loading the function --------------------------------------------------------------------*/

/* Executes a file of the package as a module of its own, by its path: the function's sys.path is
 * not known yet, and the package need not be on it. NULL with an exception. */
static PyObject *import_file(const char *name, const char *file)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", package, file);
    PyObject *machinery = PyImport_ImportModule("importlib.machinery");
    PyObject *loader =
        machinery ? PyObject_CallMethod(machinery, "SourceFileLoader", "ss", name, path) : NULL;
    PyObject *module = loader ? PyModule_New(name) : NULL;
    PyObject *none = module && PyModule_AddStringConstant(module, "__file__", path) == 0
                         ? PyObject_CallMethod(loader, "exec_module", "O", module)
                         : NULL;
    Py_XDECREF(machinery);
    Py_XDECREF(loader);
    if (!none)
        Py_CLEAR(module);
    Py_XDECREF(none);
    return module;
}

static int by_column(const void *p, const void *q)
{
    const struct scorer_python_field *const *x = p, *const *y = q;
    return (*x)->column < (*y)->column ? -1 : (*x)->column > (*y)->column;
}

/* A value that is loaded when it is asked for. */
static PyObject *load_value(const struct record_kind *kind, uint64_t row, uint32_t column)
{
    const struct caller_side *side = kind->context;
    const struct caller_column *c = &side->column[column];
    return objects_of_row(&side->caller->worker->index, c->field, row, c->type);
}

bool caller_make_kind(struct caller_side *side, const char *const *names, uint32_t n)
{
    bool *filled = calloc(n + 1, sizeof *filled);
    for (uint32_t k = 0; filled && k < n; k++)
        filled[k] = side->column[k].filled;
    side->kind = filled ? record_kind_make(names, filled, n) : NULL;
    free(filled);
    if (!side->kind)
        return false;
    side->kind->load = load_value;
    side->kind->context = side;
    return true;
}

/* Numbers the arrays of a side: a module gets them in the order of its fields. */
static bool number_arrays(struct caller *c, struct caller_side *side, uint32_t number)
{
    int arrays = 0;
    for (uint32_t i = 0; i < c->view.n_filled; i++) {
        if (c->view.fields[i].side != number)
            continue;
        for (uint32_t k = 0; k < side->kind->n; k++)
            if (strcmp(side->kind->text[k], c->view.fields[i].name) == 0)
                side->column[k].array = arrays;
        side->lane[arrays] = calloc(CALLER_LANES, sizeof(void *));
        if (!side->lane[arrays++])
            return false;
    }
    return true;
}

/* Makes the columns of a side out of its n fields, which are in the order of the file. A batch gets
 * all of them at once; other calls choose later (call.c). */
static bool make_columns(struct caller *c, struct caller_side *side,
                         const struct scorer_python_field *const *fields, uint32_t n)
{
    const uint32_t *index_field = c->worker->task->module.field;
    const bool batch = c->view.call == SCORER_PYTHON_BATCH;
    const char **names = calloc(n + 1ull, sizeof(void *));
    side->column = calloc(n + 1ull, sizeof *side->column);
    bool ok = names && side->column;
    for (uint32_t k = 0; ok && k < n; k++) {
        const struct scorer_python_field *f = fields[k];
        side->column[k] = (struct caller_column){f->type, index_field[f - c->view.fields], -1,
                                                 batch && f->filled && f->side == 1};
        names[k] = f->name;
    }
    ok = ok && caller_make_kind(side, names, n);
    free(names);
    return ok;
}

/* False with or without an exception; without one memory has run out. */
static bool make_side(struct caller *c, uint32_t number)
{
    struct caller_side *side = &c->side[number];
    const struct scorer_python_field **fields = calloc(c->view.n_fields + 1ull, sizeof(void *));
    uint32_t n = 0;
    side->caller = c;
    c->chosen = c->view.call == SCORER_PYTHON_BATCH;
    for (uint32_t i = 0; fields && i < c->view.n_fields; i++)
        if (c->view.fields[i].side == number)
            fields[n++] = &c->view.fields[i];
    if (n)
        qsort(fields, n, sizeof(void *), by_column);
    const bool ok = fields && make_columns(c, side, fields, n) && number_arrays(c, side, number);
    free(fields);
    return ok;
}

/* What the worker sees as its module: the filled fields, and the calls. */
static bool make_module(struct caller *c)
{
    const struct scorer_python *view = &c->view;
    c->fields = calloc(view->n_filled + 1ull, sizeof *c->fields);
    for (uint32_t k = 0; c->fields && k < view->n_filled; k++)
        c->fields[k] = (axb_field){view->fields[k].side, AXB_TEXT, view->fields[k].name};
    c->module = (axb_module){.abi = AXB_ABI,
                             .bytes = sizeof(axb_module),
                             .n_fields = view->n_filled,
                             .fields = c->fields,
                             .match = call_match,
                             .score = call_score};
    return c->fields != NULL;
}

/* The names or the types of side B as a tuple. */
static PyObject *tuple_of(const struct caller_side *side, bool types)
{
    PyObject *all = PyTuple_New((Py_ssize_t)side->kind->n);
    for (uint32_t k = 0; all && k < side->kind->n; k++) {
        const char *text =
            types ? scorer_python_type_name(side->column[k].type) : side->kind->text[k];
        PyObject *item = PyUnicode_FromString(text);
        if (!item || PyTuple_SetItem(all, (Py_ssize_t)k, item) != 0)
            Py_CLEAR(all);
    }
    return all;
}

static bool make_batch(struct caller *c)
{
    if (c->view.call != SCORER_PYTHON_BATCH)
        return true;
    PyObject *module = import_file("_axb_batch", "_batch.py");
    PyObject *names = module ? tuple_of(&c->side[1], false) : NULL;
    PyObject *types = names ? tuple_of(&c->side[1], true) : NULL;
    if (types)
        c->batch = PyObject_CallMethod(module, "make_call", "OOO", c->function, names, types);
    Py_XDECREF(module);
    Py_XDECREF(names);
    Py_XDECREF(types);
    return c->batch != NULL;
}

/* Where the function may call metrics of the package, texts of records need no recoding there. */
static bool bind_metrics(const struct caller *c)
{
    PyObject *name = PyUnicode_FromString("axb");
    PyObject *axb = name ? PyImport_GetModule(name) : NULL;
    const bool ok = !axb || axb_metrics_bind(&c->worker->index.dictionary);
    Py_XDECREF(name);
    Py_XDECREF(axb);
    return ok && !PyErr_Occurred();
}

static bool make_caller(struct caller *c)
{
    PyObject *shipment = PyMemoryView_FromMemory((char *)(uintptr_t)c->view.shipment,
                                                 (Py_ssize_t)c->view.shipment_bytes, CALLER_READ);
    c->support = import_file("_axb_worker_support", "_worker.py");
    if (shipment && c->support)
        c->function = PyObject_CallMethod(c->support, "load", "O", shipment);
    Py_XDECREF(shipment);
    if (!c->function || c->view.call == SCORER_PYTHON_MAP)
        return c->function != NULL;
    return bind_metrics(c) && objects_open(&c->worker->index.dictionary) && make_side(c, 0) &&
           make_side(c, 1) && make_module(c) && make_batch(c);
}

/* Why the function could not be loaded. */
static bool not_loaded(struct caller *c, struct err *e)
{
    static struct wire_note note; /* 16 KiB */
    if (!PyErr_Occurred())
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    call_describe(c, &note);
    return err_set(e, ERR_SCORER, "a worker is a new process of the same Python",
                   "the function cannot be loaded in a worker: %s: %s\n%s", note.type, note.message,
                   note.traceback);
}

static bool load_function(struct worker *w, struct err *e)
{
    static struct caller c;
    c.worker = w;
    call_open(&c);
    call_map_open(&c);
    if (!scorer_python_view(WIRE_FD_MODULE, &c.view, e))
        return false;
    if (!make_caller(&c))
        return not_loaded(&c, e);
    if (c.view.call == SCORER_PYTHON_MAP) {
        w->map = call_map;
        return true;
    }
    w->module = &c.module;
    w->score_run = call_run;
    return true;
}

/* ---- The module ------------------------------------------------------------------------------*/

/* run(package, number, parent): the rest of the process. */
static PyObject *run(PyObject *self, PyObject *args)
{
    const char *number, *parent;
    (void)self;
    if (!PyArg_ParseTuple(args, "sss:run", &package, &number, &parent))
        return NULL;
    topo_save_given();
    worker_begin((pid_t)strtol(parent, NULL, 10));
    const int status = worker_run((unsigned)strtoul(number, NULL, 10), load_function);
    call_flush();
    _exit(status);
}

static PyMethodDef functions[] = {
    {"run", run, METH_VARARGS, "Be a worker; axb itself calls this."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_axb_worker",
    .m_doc = "A worker of axb that calls a Python function.",
    .m_size = -1,
    .m_methods = functions,
};

/* NOLINTBEGIN(readability-identifier-naming): Python's name */
PyMODINIT_FUNC PyInit__axb_worker(void);
PyMODINIT_FUNC PyInit__axb_worker(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module && (!axb_add_record(module) || !axb_add_metrics(module) ||
                   PyModule_AddStringConstant(module, "version", AXB_VERSION)))
        Py_CLEAR(module);
    return module;
}
/* NOLINTEND(readability-identifier-naming) */
