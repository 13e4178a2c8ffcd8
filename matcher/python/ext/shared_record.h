/* Records as a Python function sees them: `a.name`, `a["full name"]`, `dict(a)`.
 *
 * All records of one table have one kind, which knows the columns. A record has a slot for each
 * column. Some are filled before a function gets it; the others are loaded when they are asked for.
 * To Python a record is read-only. Not here: where values come from. */
#ifndef AXB_MATCHER_PYTHON_EXT_SHARED_RECORD_H
#define AXB_MATCHER_PYTHON_EXT_SHARED_RECORD_H

#include <Python.h>

#include <stdbool.h>
#include <stdint.h>

struct record_kind {
    uint32_t n;      /* columns */
    PyObject **name; /* of each: a str */
    char **text;     /* the same in UTF-8 */
    bool *filled;    /* is its slot filled before anybody asks? */
    uint64_t *loads; /* how often a record had to load it */
    PyObject *place; /* a dict from name to number */
    void *gets;      /* what attributes of `type` look into */
    PyObject *type;  /* a subclass of Record, with an attribute for each column */
    /* The value of a column that is not filled, as a new reference; NULL with an exception. */
    PyObject *(*load)(const struct record_kind *kind, uint64_t row, uint32_t column);
    void *context; /* of load */
};

struct record {
    PyObject ob_base;
    const struct record_kind *kind;
    uint64_t row;
    uint32_t n_loaded; /* slots that were loaded on demand */
    uint32_t unused;
    PyObject *value[]; /* of each column; NULL: not loaded yet */
};

/* Adds the type Record to a module; called first. False with an exception. */
bool axb_add_record(PyObject *module);

/* A kind of n columns, whose names (UTF-8) are copied, as is `filled`; `load` may be NULL if all
 * are filled. It stays for ever, as types do. NULL with an
 * exception. */
struct record_kind *record_kind_make(const char *const *names, const bool *filled, uint32_t n);

/* A record without values, as a new reference; NULL with an exception. */
struct record *record_new(const struct record_kind *kind, uint64_t row);

/* Forgets what was loaded on demand, before the record becomes another row. */
void record_forget(struct record *r);

/* May the record be refilled: does nobody but its maker hold it? In Python 3.14 the count is the
 * lower half of the word. */
static inline bool record_is_free(const struct record *r)
{
    return (uint32_t)Py_REFCNT((PyObject *)(uintptr_t)r) == 1;
}

#endif
