/* A Python function as a worker calls it.
 *
 *   ext_worker.c   the process: from the function's bytes to a worker that works
 *   call.c         calls for pairs, one by one
 *   call_batch.c   calls for a record and many others at once
 *   call_map.c     calls for items
 *   objects.c      values as Python objects
 *
 * One worker is one process, so there is one caller. */
#ifndef AXB_MATCHER_PYTHON_EXT__AXB_WORKER_CALLER_H
#define AXB_MATCHER_PYTHON_EXT__AXB_WORKER_CALLER_H

#include "matcher/python/ext/shared_record.h"
#include "matcher/scorer/scorer_python_module.h"
#include "matcher/worker/worker.h"

#define CALLER_READ 0x100  /* PyBUF_READ, which the headers of 3.10 do not give */
#define CALLER_LANES 1024u /* pairs whose values are gathered at a time, at most */

/* A column of a record. */
struct caller_column {
    enum scorer_python_type type;
    uint32_t field; /* of the index */
    int array;      /* of those that a module gets of this side; -1: it is never filled */
    bool filled;    /* before each call, from its array */
};

struct caller;

/* One side of the pairs. */
struct caller_side {
    struct caller *caller;
    struct record_kind *kind;
    struct caller_column *column; /* kind->n of them */
    struct record *record;        /* is filled again for each pair, while nobody else holds it */
    bool filled;                  /* it has the values of record->row */
    uint64_t n_fills;             /* rows that the record has been */
    PyObject **lane[INDEX_MAX_FIELDS]; /* of each array: values that are gathered */
};

struct caller {
    struct worker *worker;
    struct scorer_python view;
    struct caller_side side[2];
    bool chosen;        /* it is settled which columns are filled */
    PyObject *support;  /* the module _worker.py */
    PyObject *function; /* the user's */
    PyObject *batch;    /* makes the second argument of a batch: _batch.py */
    axb_field *fields;  /* of the module that the worker sees */
    axb_module module;
};

/* ---- objects.c -------------------------------------------------------------------------------*/

/* Texts are those of this dictionary, which stays. False with an exception. */
bool objects_open(const struct dictionary *dictionary);
/* The Python object of a text, of which id and p are looked at, as a new reference; NULL with an
 * exception. */
PyObject *objects_get(axb_str text, enum scorer_python_type type);
/* The same for n texts, in several passes, since they lie all over memory. False with an exception;
 * what was gathered until then is in `to`, the rest is NULL. */
bool objects_gather(const axb_str *texts, uint32_t n, enum scorer_python_type type, PyObject **to);
/* The value of a field of the index, for columns that are not filled. */
PyObject *objects_of_row(const struct index *index, uint32_t field, uint64_t row,
                         enum scorer_python_type type);

/* ---- call.c ----------------------------------------------------------------------------------*/

/* Calls of the caller, as a module has them. */
uint32_t call_match(const void *const *a, uint32_t i, const void *const *b, uint32_t from,
                    uint32_t to, double min, uint32_t *hits, double *scores);
double call_score(const void *const *a, uint32_t i, const void *const *b, uint32_t j);
void call_run(struct worker *w, const void *const *a, const uint32_t *row_a, const void *const *b,
              const uint32_t *row_b, uint32_t n, double *scores);

/* A call for an item begins, is over; or has failed, with an exception, and so the process ends. */
void call_begin(uint64_t item);
void call_over(void);
_Noreturn void call_end(uint64_t item);

/* Makes the kind of a side's records, with these n columns of its file. False with or without an
 * exception. */
bool caller_make_kind(struct caller_side *side, const char *const *names, uint32_t n);

/* Takes a caller, which stays. */
void call_open(struct caller *c);
/* Hands over what the user's code has printed. */
void call_flush(void);
/* The texts of the present exception, which is gone then: type, message and traceback. */
void call_describe(struct caller *c, struct wire_note *note);

/* ---- call_map.c ------------------------------------------------------------------------------*/

/* Takes a caller, which stays. */
void call_map_open(struct caller *c);
/* As worker->map. */
const char *call_map(struct worker *w, uint64_t item, const char *run, uint64_t n,
                     uint64_t *n_results);

/* ---- call_batch.c ----------------------------------------------------------------------------*/

/* Calls the function with the record of A, which is filled, and what is in lanes [from, from + n)
 * of side B, which stays there. False with an exception. */
bool call_batch(struct caller *c, uint32_t from, uint32_t n, double *scores);

#endif
