/* A table being sent to the program: columns in memory, as data/columns.h has them, written
 * straight into a file in memory. Each column is written once, whole, by one of the functions of
 * sent….c; axb/_table.py decides by which. Not here: what a data frame is. */
#ifndef AXB_MATCHER_PYTHON_EXT__AXB_SENT_H
#define AXB_MATCHER_PYTHON_EXT__AXB_SENT_H

#include <Python.h>

#include "core/shm.h"
#include "data/columns.h"

#include <stdbool.h>
#include <stdint.h>

/* What cells of a column are, a bit each; axb/_table.py has the same numbers. */
enum { CELL_STR = 1, CELL_INT = 2, CELL_FLOAT = 4, CELL_BOOL = 8 };

struct sent {
    struct shm shm;
    uint64_t n_rows;
    uint32_t n_columns;
    uint64_t columns_at;
};

/* A column of texts being written. Its text is the last thing in the table, and grows. */
struct sent_texts {
    struct sent *table;
    uint64_t n;           /* texts */
    uint64_t written;     /* so far */
    uint64_t offsets_at;  /* u64 × (n + 1) */
    uint64_t validity_at; /* bits; all set to begin with */
    uint64_t values_at;
    uint64_t bytes;   /* of text */
    uint64_t missing; /* texts */
};

/* The table and the column of a call; NULL and an exception if they are none. */
struct sent *sent_of(PyObject *capsule, unsigned column);
struct columns_column *sent_column(const struct sent *t, unsigned column);

/* Hands out zeroed bytes at a multiple of 64; 0 and MemoryError. */
uint64_t sent_take(struct sent *t, uint64_t bytes);
void *sent_at(const struct sent *t, uint64_t at);

/* Raises CellError(row, text); returns false. Row -1: a value of a dictionary that no row has. */
bool sent_refuse(int64_t row, const char *text);

/* n texts, each added by sent_text or left out by sent_missing, in order. False and an exception
 * for want of memory. */
bool sent_texts_begin(struct sent_texts *x, struct sent *t, uint64_t n);
bool sent_text(struct sent_texts *x, const char *p, size_t n);
bool sent_texts_room(struct sent_texts *x, size_t more);
void sent_missing(struct sent_texts *x);

/* After the last: gives back what is to spare, and looks for the zero characters that no text may
 * have. Returns the number of the first text that has one, -1 if none has. */
int64_t sent_texts_end(struct sent_texts *x);

#define SENT_ZERO_TEXT "text with a zero character"

/* Text and validity as a column of kind TEXT. */
void sent_texts_column(const struct sent_texts *x, unsigned column);

/* A bit a row, all set; 0 and MemoryError. */
uint64_t sent_validity(struct sent *t, uint64_t n);
void sent_clear_bit(const struct sent *t, uint64_t validity_at, uint64_t row);

/* What Python calls. */
PyObject *sent_cells(PyObject *module, PyObject *arguments);
PyObject *sent_dictionary(PyObject *module, PyObject *arguments);
PyObject *sent_arrow(PyObject *module, PyObject *arguments);

/* Adds all of it to the module; false and an exception. */
bool axb_add_tables(PyObject *module);

#endif
