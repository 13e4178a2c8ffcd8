/* Values as Python objects, kept by value id.
 *
 * A column repeats its values, and a value is asked for again and again as a candidate. So objects
 * are kept in a table that has one place for each hash of an id: as fast as keeping all of them,
 * without their memory. Equal ids are equal texts, but one text may be a str in one column and an
 * int in another; so the type is part of the key. */
#include "core/hash.h"
#include "matcher/python/ext/_axb_worker/caller.h"
#include "matcher/python/ext/shared_metrics.h"

#include <stdlib.h>

#define PLACES (1u << 16)
#define AT_ONCE 64u /* lines of memory that are asked for at a time */

struct kept {
    uint64_t key; /* id << 3 | type; 0: nothing is kept here */
    PyObject *object;
};
_Static_assert(SCORER_PYTHON_TYPES <= 8, "a type has three bits");

static struct kept *kept;
static const struct dictionary *dictionary;
static PyObject *date_from_text, *datetime_from_text; /* …fromisoformat */

/* The class method fromisoformat of a type of datetime. */
static PyObject *from_text_of(PyObject *datetime, const char *type)
{
    PyObject *class = datetime ? PyObject_GetAttrString(datetime, type) : NULL;
    PyObject *method = class ? PyObject_GetAttrString(class, "fromisoformat") : NULL;
    Py_XDECREF(class);
    return method;
}

bool objects_open(const struct dictionary *of_worker)
{
    dictionary = of_worker;
    PyObject *datetime = PyImport_ImportModule("datetime");
    date_from_text = from_text_of(datetime, "date");
    datetime_from_text = from_text_of(datetime, "datetime");
    Py_XDECREF(datetime);
    kept = calloc(PLACES, sizeof *kept);
    if (!kept && !PyErr_Occurred())
        PyErr_NoMemory();
    return date_from_text && datetime_from_text && kept;
}

static PyObject *convert(PyObject *text, enum scorer_python_type type)
{
    switch (type) {
    case SCORER_PYTHON_INT:
        return PyNumber_Long(text);
    case SCORER_PYTHON_FLOAT:
        return PyFloat_FromString(text);
    case SCORER_PYTHON_BOOL:
        return PyBool_FromLong(PyUnicode_CompareWithASCIIString(text, "True") == 0);
    case SCORER_PYTHON_DATE:
        return PyObject_CallFunctionObjArgs(date_from_text, text, NULL);
    case SCORER_PYTHON_DATETIME:
        return PyObject_CallFunctionObjArgs(datetime_from_text, text, NULL);
    case SCORER_PYTHON_STR:
    case SCORER_PYTHON_TYPES:
        break;
    }
    Py_INCREF(text);
    return text;
}

static PyObject *make(axb_str value, enum scorer_python_type type)
{
    const struct text text = dictionary_text(dictionary, value.id - 1);
    PyObject *str = PyUnicode_DecodeUTF8(text.utf8, (Py_ssize_t)text.utf8_bytes, "replace");
    if (str && type == SCORER_PYTHON_STR)
        axb_metrics_remember(str, text.id);
    if (!str || type == SCORER_PYTHON_STR)
        return str;
    PyObject *object = convert(str, type);
    Py_DECREF(str);
    return object;
}

static uint64_t key_of(axb_str text, enum scorer_python_type type)
{
    return (uint64_t)text.id << 3 | (uint64_t)type;
}

static struct kept *place_of(uint64_t key)
{
    return &kept[(key * 0x9e3779b97f4a7c15ull) >> 48];
}

PyObject *objects_get(axb_str text, enum scorer_python_type type)
{
    if (!text.p) {
        Py_INCREF(Py_None);
        return Py_None;
    }
    const uint64_t key = key_of(text, type);
    struct kept *place = place_of(key);
    if (place->key != key) {
        PyObject *object = make(text, type);
        if (!object)
            return NULL;
        Py_XDECREF(place->object);
        *place = (struct kept){key, object};
    }
    Py_INCREF(place->object);
    return place->object;
}

/* Asks for the memory of a few texts: first their places, then the objects that are there. */
static void expect(const axb_str *texts, uint32_t n, enum scorer_python_type type)
{
    struct kept *place[AT_ONCE];
    for (uint32_t i = 0; i < n; i++)
        __builtin_prefetch(place[i] = place_of(key_of(texts[i], type)));
    for (uint32_t i = 0; i < n; i++)
        if (place[i]->key == key_of(texts[i], type))
            __builtin_prefetch(place[i]->object, 1);
}

bool objects_gather(const axb_str *texts, uint32_t n, enum scorer_python_type type, PyObject **to)
{
    uint32_t i = 0;
    bool ok = true;
    for (uint32_t from = 0; ok && from < n; from += AT_ONCE) {
        const uint32_t end = n - from < AT_ONCE ? n : from + AT_ONCE;
        expect(texts + from, end - from, type);
        for (; ok && i < end; i += ok)
            ok = (to[i] = objects_get(texts[i], type)) != NULL;
    }
    for (; i < n; i++)
        to[i] = NULL;
    return ok;
}

PyObject *objects_of_row(const struct index *index, uint32_t field, uint64_t row,
                         enum scorer_python_type type)
{
    const struct side *side = &index->field[field].side;
    const uint32_t place = side->row_place[row];
    if (place == TABLE_MISSING)
        return objects_get((axb_str){0}, type);
    return objects_get((axb_str){"", 0, side->value[place] + 1}, type);
}
