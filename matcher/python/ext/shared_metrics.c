/* A Python function for each metric and view, made from the rows of metric.h.
 *
 * A metric compares texts that share an alphabet. Three kinds of texts come here, the fastest
 * first. Texts of records are values of the worker's dictionary, which has one; the str is looked
 * up by its address. Other texts up to U+00FF share the alphabet of these 256 characters: their
 * code points are their codes. The rest get an alphabet for each call. */
#include "matcher/python/ext/shared_metrics.h"

#include "data/text.h"
#include "matcher/metric/metric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LATIN 256u        /* code points */
#define LEAST_LENGTH 256u /* characters that a state has room for at first */
#define SPARE 64u         /* bytes that kernels may read past a text */
#define STATES 8u         /* so many columns can be compared with one metric at full speed */
#define PLACES_LOG2 17u   /* of str that are remembered */
#define DOC_BYTES 400u

/* A text of the caller's, as UTF-8 in the str itself. */
struct given {
    PyObject *str; /* new reference; NULL: missing */
    struct bytes utf8;
    bool is_ascii;
    uint32_t id; /* in the bound dictionary, as struct text has it; 0: not there */
};

/* A metric with its arguments, and its states. */
struct variant {
    struct variant *next; /* of the same function */
    struct metric_use use;
    struct metric_state *latin; /* for texts of `latin_length` characters; NULL: none yet */
    uint32_t latin_length;
    char *codes[2];     /* latin_length + SPARE bytes for each text */
    PyObject *prepared; /* the first text of the latest call; its codes are in codes[0] */
    uint32_t prepared_id, prepared_length;
    uint32_t turn; /* the state of the dictionary that is given up next */
    uint32_t a_id[STATES];
    struct metric_state *state[STATES];
};

/* What a function knows: the state of the module that is its `self`. */
struct function {
    struct variant *first;
    char keyword[16]; /* of the optional argument; "": there is none */
    char name[48], doc[DOC_BYTES];
    PyMethodDef method;
};

static uint32_t latin_points[LATIN];
static const struct alphabet latin_alphabet = {LATIN, latin_points};

/* ---- Texts of records ------------------------------------------------------------------------*/

static const struct dictionary *bound;

static struct {
    PyObject *str; /* held, so that no other object gets its address */
    uint32_t id;
} *remembered;

static size_t place_of(const PyObject *str)
{
    return ((uint64_t)(uintptr_t)str * 0x9e3779b97f4a7c15ull) >> (64 - PLACES_LOG2);
}

bool axb_metrics_bind(const struct dictionary *dictionary)
{
    bound = dictionary;
    remembered = calloc((size_t)1 << PLACES_LOG2, sizeof *remembered);
    if (!remembered)
        PyErr_NoMemory();
    return remembered != NULL;
}

void axb_metrics_remember(PyObject *str, uint32_t id)
{
    if (!remembered)
        return;
    const size_t place = place_of(str);
    PyObject *before = remembered[place].str;
    Py_INCREF(str);
    remembered[place].str = str;
    remembered[place].id = id;
    Py_XDECREF(before);
}

static uint32_t remembered_id(const PyObject *str)
{
    const size_t place = place_of(str);
    return remembered && remembered[place].str == str ? remembered[place].id : 0;
}

/* ---- Arguments -------------------------------------------------------------------------------*/

/* The text of a number or a date, as tables have it. NULL with an exception, or for NaN. */
static PyObject *text_of(PyObject *value, const char *function)
{
    if (PyFloat_Check(value) && isnan(PyFloat_AsDouble(value)))
        return NULL;
    if (PyFloat_Check(value) || PyLong_Check(value))
        return PyObject_Str(value);
    if (PyObject_HasAttrString(value, "isoformat"))
        return PyObject_CallMethod(value, "isoformat", NULL);
    PyObject *type = PyObject_GetAttrString((PyObject *)Py_TYPE(value), "__name__");
    if (type)
        PyErr_Format(PyExc_TypeError, "%s() takes texts, numbers, dates or None, not %U", function,
                     type);
    Py_XDECREF(type);
    return NULL;
}

static bool take_utf8(struct given *g)
{
    Py_ssize_t bytes;
    const char *p = PyUnicode_AsUTF8AndSize(g->str, &bytes);
    if (!p)
        return false;
    if (bytes > INT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "a text of more than 2 GB");
        return false;
    }
    g->utf8 = (struct bytes){p, (uint32_t)bytes};
    g->is_ascii = PyUnicode_GetLength(g->str) == bytes;
    return true;
}

static bool take(struct given *g, PyObject *value, const char *function)
{
    *g = (struct given){0};
    if (value == Py_None)
        return true;
    if (PyUnicode_Check(value)) {
        g->str = value;
        Py_INCREF(value);
        g->id = remembered_id(value);
        return g->id || take_utf8(g);
    }
    g->str = text_of(value, function);
    return g->str ? take_utf8(g) : !PyErr_Occurred();
}

/* ---- Texts of the dictionary -----------------------------------------------------------------*/

static struct metric_state *open_state(const struct metric_use *use,
                                       const struct alphabet *alphabet, uint32_t max_length)
{
    struct err e;
    struct metric_state *s;
    if (!metric_open(&s, use, alphabet, max_length, &e))
        PyErr_NoMemory();
    return s;
}

/* The state that has the A of this id prepared, or gets it. NULL with an exception. */
static struct metric_state *state_for(struct variant *v, uint32_t a_id)
{
    for (uint32_t i = 0; i < STATES; i++)
        if (v->a_id[i] == a_id)
            return v->state[i];
    const uint32_t i = v->turn;
    if (!v->state[i])
        v->state[i] = open_state(&v->use, &bound->alphabet, bound->max_length);
    if (v->state[i]) {
        v->turn = (i + 1) % STATES;
        v->a_id[i] = a_id;
    }
    return v->state[i];
}

static bool score_values(struct variant *v, uint32_t a, uint32_t b, double *score)
{
    struct metric_state *s = state_for(v, a);
    if (s)
        *score = metric_score(s, dictionary_text(bound, a - 1), dictionary_text(bound, b - 1));
    return s != NULL;
}

/* ---- Texts up to U+00FF ----------------------------------------------------------------------*/

/* Has the variant a state for texts of n characters? Makes one if not. */
static bool make_room(struct variant *v, uint32_t n)
{
    if (v->latin && n <= v->latin_length)
        return true;
    const uint32_t length = n < LEAST_LENGTH ? LEAST_LENGTH : n + n / 2;
    struct metric_state *s = open_state(&v->use, &latin_alphabet, length);
    char *codes[2] = {malloc((size_t)length + SPARE), malloc((size_t)length + SPARE)};
    if (!s || !codes[0] || !codes[1]) {
        metric_close(s);
        free(codes[0]);
        free(codes[1]);
        PyErr_NoMemory();
        return false;
    }
    metric_close(v->latin);
    v->latin = s;
    v->latin_length = length;
    for (int i = 0; i < 2; i++) {
        free(v->codes[i]);
        v->codes[i] = codes[i];
    }
    Py_CLEAR(v->prepared);
    return true;
}

/* Writes the code points of valid UTF-8, one byte each, and their number. False if one of them is
 * above U+00FF. */
static bool narrow(const struct given *g, char *codes, uint32_t *n)
{
    const unsigned char *p = (const unsigned char *)g->utf8.p, *end = p + g->utf8.n;
    if (g->is_ascii) {
        memcpy(codes, p, g->utf8.n);
        *n = g->utf8.n;
        return true;
    }
    char *to = codes;
    while (p < end) {
        if (*p > 0xc3)
            return false;
        *to++ = (char)(*p < 0x80 ? p[0] : p[0] << 6 | (p[1] & 0x3f));
        p += *p < 0x80 ? 1 : 2;
    }
    *n = (uint32_t)(to - codes);
    return true;
}

/* The first text in codes[0], with an id that it keeps while the same str comes again. */
static bool prepare(struct variant *v, const struct given *a)
{
    if (v->prepared == a->str)
        return true;
    Py_CLEAR(v->prepared);
    if (!narrow(a, v->codes[0], &v->prepared_length))
        return false;
    v->prepared = a->str;
    Py_INCREF(a->str);
    v->prepared_id += v->prepared_id == UINT32_MAX ? 2 : 1;
    return true;
}

static struct text text_in(const char *codes, uint32_t n, const struct given *g, uint32_t id)
{
    return (struct text){codes, n, 1, g->utf8.p, g->utf8.n, id};
}

static bool score_given(struct variant *v, const struct given *a, const struct given *b,
                        double *score)
{
    struct err e;
    uint32_t n_b;
    if (!make_room(v, a->utf8.n > b->utf8.n ? a->utf8.n : b->utf8.n))
        return false;
    if (prepare(v, a) && narrow(b, v->codes[1], &n_b)) {
        *score = metric_score(v->latin, text_in(v->codes[0], v->prepared_length, a, v->prepared_id),
                              text_in(v->codes[1], n_b, b, 0));
        return true;
    }
    if (metric_score_utf8(&v->use, a->utf8, b->utf8, score, &e))
        return true;
    PyErr_NoMemory();
    return false;
}

/* ---- A call ----------------------------------------------------------------------------------*/

/* The variant with another argument than the first one's. NULL with an exception. */
static struct variant *find_variant(struct function *f, double argument)
{
    struct err e;
    struct metric_use use = f->first->use; /* the first is made with the function */
    struct variant **last = &f->first;
    for (; *last; last = &(*last)->next)
        if ((*last)->use.args[0] == argument)
            return *last;
    use.n_args = 1;
    use.args[0] = argument;
    if (!metric_check(&use, &e)) {
        PyErr_Format(PyExc_ValueError, "%s; %s", e.text, e.hint);
        return NULL;
    }
    struct variant *v = calloc(1, sizeof *v);
    if (!v)
        return (struct variant *)(uintptr_t)PyErr_NoMemory();
    v->use = use;
    return *last = v;
}

/* The variant for what comes after both texts. NULL with an exception. */
static struct variant *choose(struct function *f, PyObject *const *args, Py_ssize_t n,
                              PyObject *keywords)
{
    const Py_ssize_t n_keywords = keywords ? PyTuple_Size(keywords) : 0;
    if (n + n_keywords == 2 && n == 2)
        return f->first;
    if (n < 2 || n + n_keywords != 3 || !*f->keyword) {
        PyErr_Format(PyExc_TypeError, "%s() takes two texts%s%s", f->name,
                     *f->keyword ? " and " : "", f->keyword);
        return NULL;
    }
    if (n_keywords && PyUnicode_CompareWithASCIIString(PyTuple_GetItem(keywords, 0), f->keyword)) {
        PyErr_Format(PyExc_TypeError, "%s() has no argument %R, only %s", f->name,
                     PyTuple_GetItem(keywords, 0), f->keyword);
        return NULL;
    }
    const double argument = PyFloat_AsDouble(args[2]);
    return argument == -1 && PyErr_Occurred() ? NULL : find_variant(f, argument);
}

static bool score_texts(struct variant *v, struct given *a, struct given *b, double *score)
{
    *score = metric_missing(v->use.view);
    if (!a->str || !b->str)
        return true;
    if (a->id && b->id)
        return score_values(v, a->id, b->id, score);
    return (a->utf8.p || take_utf8(a)) && (b->utf8.p || take_utf8(b)) &&
           score_given(v, a, b, score);
}

static PyObject *call(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *keywords)
{
    struct function *f = PyModule_GetState(self);
    struct variant *v = choose(f, args, n, keywords);
    struct given a, b = {0};
    double score;
    if (!v)
        return NULL;
    const bool ok =
        take(&a, args[0], f->name) && take(&b, args[1], f->name) && score_texts(v, &a, &b, &score);
    Py_XDECREF(a.str);
    Py_XDECREF(b.str);
    return ok ? PyFloat_FromDouble(score) : NULL;
}

/* ---- The functions ---------------------------------------------------------------------------*/

static const struct {
    const char *suffix, *what;
} views[] = {
    [METRIC_NORMALIZED_SIMILARITY] = {"", ""},
    [METRIC_DISTANCE] = {"_distance", "The distance of "},
    [METRIC_SIMILARITY] = {"_similarity", "The similarity, not normalized, of "},
    [METRIC_NORMALIZED_DISTANCE] = {"_normalized_distance", "One less the similarity of "},
};

/* What help() shows; its first line is the signature. */
static void write_doc(struct function *f, const struct metric *m, enum metric_view view)
{
    char argument[40] = "";
    if (*f->keyword)
        snprintf(argument, sizeof argument, ", %s=%g", f->keyword, m->defaults[0]);
    int n = snprintf(f->doc, sizeof f->doc, "%s(x, y, /%s)\n--\n\n", f->name, argument);
    if (*views[view].what)
        n += snprintf(f->doc + n, sizeof f->doc - (size_t)n, "%s%s: %s.", views[view].what, m->name,
                      m->what);
    else
        n += snprintf(f->doc + n, sizeof f->doc - (size_t)n, "How alike (%s): %s.", m->range,
                      m->what);
    const double missing = metric_missing(view);
    snprintf(f->doc + n, sizeof f->doc - (size_t)n, "\n\nWhere x or y is None: %s.",
             isnan(missing) ? "NaN"
             : missing > 0  ? "1"
                            : "0");
}

static bool make_function(struct function *f, const struct metric *m, enum metric_view view)
{
    f->first = calloc(1, sizeof *f->first);
    if (!f->first) {
        PyErr_NoMemory();
        return false;
    }
    f->first->use = (struct metric_use){.metric = m, .view = view};
    memcpy(f->first->use.args, m->defaults, sizeof m->defaults);
    snprintf(f->name, sizeof f->name, "%s%s", m->name, views[view].suffix);
    if (m->max_args && sscanf(m->arguments, "[, %15[a-z]", f->keyword) != 1) {
        PyErr_Format(PyExc_SystemError, "%s: arguments \"%s\" in the table", f->name, m->arguments);
        return false;
    }
    write_doc(f, m, view);
    f->method = (PyMethodDef){f->name, (PyCFunction)(void (*)(void))call,
                              METH_FASTCALL | METH_KEYWORDS, f->doc};
    return true;
}

/* A function is stored by its name, "axb.NAME", in a pickle only if its `self` is a module. So
 * that is what holds what it knows. */
static PyModuleDef holder = {
    PyModuleDef_HEAD_INIT,
    .m_name = "axb metric",
    .m_size = sizeof(struct function),
};

static bool add_function(PyObject *module, const struct metric *m, enum metric_view view,
                         PyObject *names)
{
    PyObject *self = PyModule_Create(&holder);
    PyObject *home = PyUnicode_FromString("axb");
    struct function *f = self ? PyModule_GetState(self) : NULL;
    PyObject *function = NULL, *name = NULL;
    if (f && home && make_function(f, m, view)) {
        function = PyCFunction_NewEx(&f->method, self, home);
        name = PyUnicode_FromString(f->name);
    }
    const bool ok = function && name && PyModule_AddObjectRef(module, f->name, function) == 0 &&
                    PyList_Append(names, name) == 0;
    Py_XDECREF(self);
    Py_XDECREF(home);
    Py_XDECREF(function);
    Py_XDECREF(name);
    return ok;
}

/* Adds the functions of the metrics, whose names go to `names`. One that needs both columns cannot
 * compare two texts: it has none, and its name goes to `others`. */
static bool add_functions(PyObject *module, PyObject *names, PyObject *others)
{
    const struct metric *m;
    bool ok = true;
    for (size_t i = 0; ok && (m = metric_at(i)) != NULL; i++) {
        PyObject *name = PyUnicode_FromString(m->name);
        const bool alone = m->flags & METRIC_OF_COLUMNS;
        ok = name && (!alone || PyList_Append(others, name) == 0);
        Py_XDECREF(name);
        for (size_t view = 0; ok && !alone && view < (m->views ? sizeof views / sizeof *views : 1);
             view++)
            ok = add_function(module, m, (enum metric_view)view, names);
    }
    return ok;
}

/* Adds a list to a module as a tuple. */
static bool add_tuple(PyObject *module, const char *name, PyObject *list)
{
    PyObject *tuple = PyList_AsTuple(list);
    const bool ok = tuple && PyModule_AddObjectRef(module, name, tuple) == 0;
    Py_XDECREF(tuple);
    return ok;
}

bool axb_add_metrics(PyObject *module)
{
    for (uint32_t i = 0; i < LATIN; i++)
        latin_points[i] = i;
    PyObject *names = PyList_New(0), *others = PyList_New(0);
    const bool ok = names && others && add_functions(module, names, others) &&
                    add_tuple(module, "METRICS", names) &&
                    add_tuple(module, "EXPRESSION_METRICS", others);
    Py_XDECREF(names);
    Py_XDECREF(others);
    return ok;
}
