/* Calls of a Python function for pairs of records, one by one.
 *
 * A call must cost little besides the function itself. So the values of many pairs are gathered
 * first; one record object a side is filled again and again, unless the function has kept it; and
 * the function is called by the shortest way that its Python offers. */
#include "matcher/expr/expr_interval.h"
#include "matcher/python/ext/_axb_worker/caller.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef PyObject *vectorcall_fn(PyObject *callable, PyObject *const *args, size_t n,
                                PyObject *keywords);

#define BEFORE_ARGS ((size_t)1 << (8 * sizeof(size_t) - 1)) /* args[-1] may be overwritten */

static struct caller *caller;
static vectorcall_fn *vectorcall; /* of Python 3.11 and newer; NULL: older */

void call_open(struct caller *c)
{
    caller = c;
    vectorcall = (vectorcall_fn *)dlsym(RTLD_DEFAULT, "PyObject_Vectorcall");
}

/* ---- Records ---------------------------------------------------------------------------------*/

/* The record of a side, for another row: the one that exists, or a new one if others hold it. */
static struct record *renew(struct caller_side *side, uint64_t row)
{
    struct record *r = side->record;
    side->filled = false;
    if (r && record_is_free(r)) {
        if (r->n_loaded)
            record_forget(r);
        r->row = row;
        return r;
    }
    Py_XDECREF((PyObject *)r);
    return side->record = record_new(side->kind, row);
}

/* Fills the record of a side with what is in a lane, which is empty then. */
static bool fill(struct caller_side *side, uint32_t lane, uint64_t row)
{
    struct record *r = renew(side, row);
    if (!r)
        return false;
    for (uint32_t k = 0; k < side->kind->n; k++) {
        const int array = side->column[k].array;
        if (!side->column[k].filled)
            continue;
        PyObject *before = r->value[k];
        r->value[k] = side->lane[array][lane];
        side->lane[array][lane] = NULL;
        Py_XDECREF(before);
    }
    side->filled = true;
    side->n_fills++;
    return true;
}

static bool gather(struct caller *c, int side, const void *const *arrays, uint32_t from, uint32_t n)
{
    struct caller_side *s = &c->side[side];
    bool ok = true;
    for (uint32_t k = 0; k < s->kind->n; k++) {
        const int array = s->column[k].array;
        if (!s->column[k].filled)
            continue;
        if (ok)
            ok = objects_gather((const axb_str *)arrays[array] + from, n, s->column[k].type,
                                s->lane[array]);
        else
            memset(s->lane[array], 0, n * sizeof(PyObject *));
    }
    return ok;
}

static void drop(struct caller *c, int side, uint32_t n)
{
    struct caller_side *s = &c->side[side];
    for (uint32_t k = 0; k < s->kind->n; k++)
        for (uint32_t i = 0; s->column[k].filled && i < n; i++)
            Py_CLEAR(s->lane[s->column[k].array][i]);
}

/* ---- Which columns are filled ----------------------------------------------------------------*/

/* To fill a column that is not read costs about as much as the rest of a call. So at first each is
 * loaded when it is asked for. After SAMPLE rows of B those are filled that were asked for in one
 * row of LEAST_SHARE or more: a function often decides by one column, and reads others now and
 * then. */
#define SAMPLE 2000u
#define LEAST_SHARE 4u

static bool choose_side(struct caller_side *side, bool *skip)
{
    const struct record_kind *kind = side->kind;
    for (uint32_t k = 0; k < kind->n; k++) {
        struct caller_column *column = &side->column[k];
        column->filled = column->array >= 0 && kind->loads[k] * LEAST_SHARE >= side->n_fills;
        if (column->array >= 0)
            skip[column->array] = !column->filled;
    }
    Py_CLEAR(side->record);
    side->filled = false;
    return caller_make_kind(side, (const char *const *)kind->text, kind->n);
}

/* Before values are gathered. False with an exception. */
static bool choose(struct caller *c)
{
    if (c->chosen || c->side[1].n_fills < SAMPLE)
        return true;
    c->chosen = true;
    return choose_side(&c->side[0], c->worker->skip[0]) &&
           choose_side(&c->side[1], c->worker->skip[1]);
}

/* ---- One record of A -------------------------------------------------------------------------*/

static bool fill_a(struct caller *c, const void *const *a, uint32_t i, uint64_t row)
{
    struct caller_side *s = &c->side[0];
    if (s->filled && s->record->row == row && record_is_free(s->record))
        return true;
    return gather(c, 0, a, i, 1) && fill(s, 0, row);
}

void call_flush(void)
{
    static const char *const streams[] = {"stdout", "stderr"};
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        PyObject *stream = PySys_GetObject(streams[i]); /* borrowed */
        if (stream && stream != Py_None)
            Py_XDECREF(PyObject_CallMethod(stream, "flush", NULL));
        PyErr_Clear();
    }
}

/* ---- Failures --------------------------------------------------------------------------------*/

/* Copies a str into text[bytes], cut at a whole character; consumes the reference. */
static void copy_text(PyObject *value, char *text, size_t bytes)
{
    PyObject *utf8 = value ? PyUnicode_AsEncodedString(value, "utf-8", "backslashreplace") : NULL;
    const char *p = utf8 ? PyBytes_AsString(utf8) : "";
    size_t n = strnlen(p, bytes);
    if (n == bytes)
        for (n = bytes - 1; n && ((unsigned char)p[n] & 0xc0) == 0x80;)
            n--;
    memcpy(text, p, n);
    text[n] = 0;
    Py_XDECREF(utf8);
    Py_XDECREF(value);
    PyErr_Clear();
}

/* Takes the present exception, as an object that tracebacks can be made of. */
static PyObject *take_exception(void)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (value && traceback)
        PyException_SetTraceback(value, traceback);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return value;
}

/* The texts of an exception; consumes it. */
static void describe(struct caller *c, PyObject *exception, struct wire_note *note)
{
    PyObject *part[3] = {NULL, NULL, NULL};
    PyObject *told = exception ? PyObject_CallMethod(c->support, "describe", "OO", exception,
                                                     c->function ? c->function : Py_None)
                               : NULL;
    for (Py_ssize_t i = 0; told && i < 3; i++)
        part[i] = PySequence_GetItem(told, i);
    copy_text(part[0], note->type, sizeof note->type);
    copy_text(part[1], note->message, sizeof note->message);
    copy_text(part[2], note->traceback, sizeof note->traceback);
    Py_XDECREF(told);
    Py_XDECREF(exception);
}

void call_describe(struct caller *c, struct wire_note *note)
{
    describe(c, take_exception(), note);
}

/* The last words of the worker: the note says what the function raised, and on which pair. */
_Noreturn static void end_raised(struct caller *c, uint64_t row_a, uint64_t row_b,
                                 PyObject *exception)
{
    struct wire *wire = &c->worker->wire;
    const struct wire_orders *orders = wire->orders;
    struct wire_note *note =
        wire_note(wire->reports, orders->task.n_workers, orders->ring_bytes, wire->number);
    note->row_a = row_a;
    note->row_b = row_b;
    describe(c, exception, note);
    call_flush();
    atomic_store_explicit(&wire->slot->state, WIRE_RAISED, memory_order_release);
    wire_wake(&wire->reports->doorbell);
    _exit(ERR_SCORER);
}

/* "raised TYPE: MESSAGE", in short. */
static void describe_shortly(PyObject *exception, char *text, size_t bytes)
{
    char type[24], message[44]; /* with what stands between them, what a reject holds */
    PyObject *class = exception ? PyObject_Type(exception) : NULL;
    copy_text(class ? PyObject_GetAttrString(class, "__name__") : NULL, type, sizeof type);
    copy_text(exception ? PyObject_Str(exception) : NULL, message, sizeof message);
    snprintf(text, bytes, "raised %s%s%s", type, *message ? ": " : "", message);
    Py_XDECREF(class);
}

static void failed(struct caller *c, uint64_t row_a, uint64_t row_b)
{
    PyObject *exception = take_exception();
    char reason[sizeof(struct wire_failed)];
    if (!c->worker->task->module.may_fail)
        end_raised(c, row_a, row_b, exception);
    describe_shortly(exception, reason, sizeof reason);
    worker_note_failed(c->worker, row_a, row_b, reason);
    Py_XDECREF(exception);
}

/* ---- One call --------------------------------------------------------------------------------*/

/* The function's result is no number. */
static bool no_number(PyObject *value)
{
    PyObject *name = PyObject_GetAttrString((PyObject *)Py_TYPE(value), "__name__");
    PyErr_Clear();
    PyErr_Format(PyExc_TypeError, "the function must return a number or None, and returned %.200R",
                 name ? name : Py_None);
    Py_XDECREF(name);
    return false;
}

static bool as_number(PyObject *value, double *number)
{
    *number = NAN;
    if (value == Py_None)
        return true;
    if (!PyFloat_Check(value) && (PySequence_Check(value) || PyComplex_Check(value) ||
                                  PyMapping_Check(value) || !PyNumber_Check(value)))
        return no_number(value);
    *number = PyFloat_AsDouble(value);
    return *number != -1 || !PyErr_Occurred();
}

/* Calls the function with both records. False with an exception. */
static bool call(struct caller *c, double *score)
{
    PyObject *args[3] = {NULL, (PyObject *)c->side[0].record, (PyObject *)c->side[1].record};
    PyObject *value = vectorcall
                          ? vectorcall(c->function, args + 1, 2 | BEFORE_ARGS, NULL)
                          : PyObject_CallFunctionObjArgs(c->function, args[1], args[2], NULL);
    const bool ok = value && as_number(value, score);
    Py_XDECREF(value);
    return ok;
}

static void begin(struct caller *c, uint64_t row_a, uint64_t b_from, uint64_t b_to)
{
    struct wire_slot *slot = c->worker->wire.slot;
    atomic_store_explicit(&slot->row_a, row_a, memory_order_relaxed);
    atomic_store_explicit(&slot->b_from, b_from, memory_order_relaxed);
    atomic_store_explicit(&slot->b_to, b_to, memory_order_relaxed);
    atomic_store_explicit(&slot->scoring, 1, memory_order_relaxed);
}

static void end(struct caller *c)
{
    atomic_store_explicit(&c->worker->wire.slot->scoring, 0, memory_order_relaxed);
    worker_left_code(c->worker);
}

/* The score of record A, which is filled, and lane i of side B; NaN if the function fails. */
static double score_lane(struct caller *c, uint64_t row_a, uint32_t i, uint64_t row_b)
{
    double score = NAN;
    if (!fill(&c->side[1], i, row_b) || !call(c, &score)) {
        failed(c, row_a, row_b);
        score = NAN;
    }
    return score;
}

/* ---- Many pairs ------------------------------------------------------------------------------*/

static bool is_reject(const struct caller *c, uint64_t row_a, uint64_t row_b)
{
    return c->worker->n_rejects && worker_next_reject(c->worker, row_a, row_b) == row_b;
}

/* Lane i of side B with the record of A, which is filled, in a batch of its own. */
static bool run_alone(struct caller *c, uint64_t row_a, uint32_t i, uint64_t row_b, double *score)
{
    *score = NAN;
    if (is_reject(c, row_a, row_b))
        return true;
    begin(c, row_a, row_b, row_b + 1);
    const bool ok = call_batch(c, i, 1, score);
    if (!ok)
        failed(c, row_a, row_b);
    end(c);
    return ok;
}

/* A batch has failed: finds the pairs that do so alone. If none does, and the run ends with the
 * first failure, its first pair stands for all. */
static void run_each_alone(struct caller *c, uint64_t row_a, uint32_t from, const uint32_t *row_b,
                           uint32_t n, double *scores)
{
    PyObject *type, *value, *traceback;
    bool ok = true;
    PyErr_Fetch(&type, &value, &traceback);
    for (uint32_t i = 0; i < n; i++)
        ok = run_alone(c, row_a, from + i, row_b[i], &scores[i]) && ok;
    PyErr_Restore(type, value, traceback);
    if (ok && !c->worker->task->module.may_fail)
        failed(c, row_a, row_b[0]);
    PyErr_Clear();
}

/* The record of A, which is filled, against lanes [from, from + n) of side B at once. */
static void run_batch(struct caller *c, uint64_t row_a, uint32_t from, const uint32_t *row_b,
                      uint32_t n, double *scores)
{
    uint32_t least = row_b[0], most = row_b[0];
    bool whole = true;
    for (uint32_t i = 0; i < n; i++) {
        least = row_b[i] < least ? row_b[i] : least;
        most = row_b[i] > most ? row_b[i] : most;
        whole = whole && !is_reject(c, row_a, row_b[i]);
    }
    begin(c, row_a, least, most + 1ull);
    whole = whole && call_batch(c, from, n, scores);
    end(c);
    if (!whole)
        run_each_alone(c, row_a, from, row_b, n, scores);
}

/* The record of A, which is filled, against lanes [from, from + n) of side B, one by one. */
static void run_pairs(struct caller *c, uint64_t row_a, uint32_t from, const uint32_t *row_b,
                      uint32_t n, double *scores)
{
    for (uint32_t i = 0; i < n; i++) {
        scores[i] = NAN;
        if (is_reject(c, row_a, row_b[i]))
            continue;
        begin(c, row_a, row_b[i], row_b[i] + 1ull);
        scores[i] = score_lane(c, row_a, from + i, row_b[i]);
        end(c);
    }
}

/* Gathers the values of the entries `lead` of side A, n of them, which are the rows that come. */
static bool gather_leads(struct caller *c, const void *const *a, const uint32_t *lead, uint32_t n)
{
    struct caller_side *s = &c->side[0];
    axb_str texts[EXPR_LANES];
    for (uint32_t k = 0; k < s->kind->n; k++) {
        const int array = s->column[k].array;
        const bool filled = s->column[k].filled;
        for (uint32_t g = 0; filled && g < n; g++)
            texts[g] = ((const axb_str *)a[array])[lead[g]];
        if (filled && !objects_gather(texts, n, s->column[k].type, s->lane[array]))
            return false;
    }
    return true;
}

/* The first lane of each run of lanes with one row of A, and n after the last. Returns how many. */
static uint32_t find_leads(const uint32_t *row_a, uint32_t n, uint32_t *lead)
{
    uint32_t n_leads = 0;
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || row_a[i] != row_a[i - 1])
            lead[n_leads++] = i;
    lead[n_leads] = n;
    return n_leads;
}

void call_run(struct worker *w, const void *const *a, const uint32_t *row_a, const void *const *b,
              const uint32_t *row_b, uint32_t n, double *scores)
{
    struct caller *c = caller;
    uint32_t lead[EXPR_LANES + 1];
    const uint32_t n_leads = find_leads(row_a, n, lead);
    (void)w;
    bool ok = choose(c) && gather(c, 1, b, 0, n) && gather_leads(c, a, lead, n_leads);
    for (uint32_t g = 0; ok && g < n_leads; g++) {
        const uint32_t from = lead[g], row = row_a[from];
        ok = fill(&c->side[0], g, row);
        if (ok)
            (c->batch ? run_batch : run_pairs)(c, row, from, row_b + from, lead[g + 1] - from,
                                               scores + from);
    }
    if (!ok) /* without memory, as a rule */
        end_raised(c, row_a[0], row_b[0], take_exception());
    drop(c, 0, n_leads);
    drop(c, 1, n);
}

/* ---- As a module -----------------------------------------------------------------------------*/

/* Entries [from, from + n) of side B against the record of A. They are the rows of B that take
 * part, from position `at` of their list on. */
static void run_rows(struct caller *c, uint64_t row_a, const void *const *b, uint32_t from,
                     uint64_t at, uint32_t n, double *scores)
{
    const struct row_list *list = &c->worker->index.rows[1];
    uint32_t row_b[CALLER_LANES];
    for (uint32_t i = 0; i < n; i++)
        row_b[i] = (uint32_t)row_list_at(list, at + i);
    if (!gather(c, 1, b, from, n))
        end_raised(c, row_a, row_b[0], take_exception());
    (c->batch ? run_batch : run_pairs)(c, row_a, 0, row_b, n, scores);
    drop(c, 1, n);
}

uint32_t call_match(const void *const *a, uint32_t i, const void *const *b, uint32_t from,
                    uint32_t to, double min, uint32_t *hits, double *scores)
{
    struct caller *c = caller;
    const struct wire_slot *slot = c->worker->wire.slot;
    const uint64_t row_a = atomic_load_explicit(&slot->row_a, memory_order_relaxed);
    const uint64_t row = atomic_load_explicit(&slot->b_from, memory_order_relaxed);
    const uint64_t first = row_list_from(&c->worker->index.rows[1], row);
    double score[CALLER_LANES];
    uint32_t found = 0;
    if (!choose(c) || !fill_a(c, a, i, row_a))
        end_raised(c, row_a, row, take_exception());
    for (uint32_t at = from, n; at < to; at += n) {
        n = to - at < CALLER_LANES ? to - at : CALLER_LANES;
        run_rows(c, row_a, b, at, first + (at - from), n, score);
        for (uint32_t k = 0; k < n; k++)
            if (score[k] >= min) {
                hits[found] = at + k;
                scores[found++] = score[k];
            }
    }
    return found;
}

double call_score(const void *const *a, uint32_t i, const void *const *b, uint32_t j)
{
    struct caller *c = caller;
    const struct wire_slot *slot = c->worker->wire.slot;
    const uint64_t row_a = atomic_load_explicit(&slot->row_a, memory_order_relaxed);
    const uint64_t row_b = atomic_load_explicit(&slot->b_from, memory_order_relaxed);
    double score = NAN;
    if (!fill_a(c, a, i, row_a))
        end_raised(c, row_a, row_b, take_exception());
    run_rows(c, row_a, b, j, row_list_from(&c->worker->index.rows[1], row_b), 1, &score);
    return score;
}

/* ---- For maps --------------------------------------------------------------------------------*/

void call_begin(uint64_t item)
{
    begin(caller, item, 0, 1);
}

void call_over(void)
{
    atomic_store_explicit(&caller->worker->wire.slot->scoring, 0, memory_order_relaxed);
}

_Noreturn void call_end(uint64_t item)
{
    end_raised(caller, item, 0, take_exception());
}
