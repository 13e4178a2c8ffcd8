/* A table being sent to the program: columns in memory, as data/columns.h has them, written
 * straight into a file in memory. Each column is written once, whole, by one of the functions of
 * table….c; axb/_table.py decides by which. Not here: what a data frame is. */
#ifndef AXB_EXT_TABLE_H
#define AXB_EXT_TABLE_H

#include <Python.h>

#include "core/shm.h"
#include "data/columns.h"

#include <stdbool.h>
#include <stdint.h>

/* What cells of a column are, a bit each; axb/_table.py has the same numbers. */
enum { CELL_STR = 1, CELL_INT = 2, CELL_FLOAT = 4, CELL_BOOL = 8 };

struct table_out {
    struct shm shm;
    uint64_t n_rows;
    uint32_t n_columns;
    uint64_t columns_at;
};

/* A column of texts being written. Its text is the last thing in the table, and grows. */
struct table_texts {
    struct table_out *table;
    uint64_t n;           /* texts */
    uint64_t written;     /* so far */
    uint64_t offsets_at;  /* u64 × (n + 1) */
    uint64_t validity_at; /* bits; all set to begin with */
    uint64_t values_at;
    uint64_t bytes;   /* of text */
    uint64_t missing; /* texts */
};

/* The table and the column of a call; NULL and an exception if they are none. */
struct table_out *table_of(PyObject *capsule, unsigned column);
struct columns_column *table_column(const struct table_out *t, unsigned column);

/* Hands out zeroed bytes at a multiple of 64; 0 and MemoryError. */
uint64_t table_take(struct table_out *t, uint64_t bytes);
void *table_at(const struct table_out *t, uint64_t at);

/* Raises CellError(row, text); returns false. Row -1: a value of a dictionary that no row has. */
bool table_refuse(int64_t row, const char *text);

/* n texts, each added by table_text or left out by table_missing, in order. False and an exception
 * for want of memory. */
bool table_texts_begin(struct table_texts *x, struct table_out *t, uint64_t n);
bool table_text(struct table_texts *x, const char *p, size_t n);
bool table_texts_room(struct table_texts *x, size_t more);
void table_missing(struct table_texts *x);

/* After the last: gives back what is to spare, and looks for the zero characters that no text may
 * have. Returns the number of the first text that has one, -1 if none has. */
int64_t table_texts_end(struct table_texts *x);

#define TABLE_ZERO_TEXT "text with a zero character"

/* Text and validity as a column of kind TEXT. */
void table_texts_column(const struct table_texts *x, unsigned column);

/* A bit a row, all set; 0 and MemoryError. */
uint64_t table_validity(struct table_out *t, uint64_t n);
void table_clear_bit(const struct table_out *t, uint64_t validity_at, uint64_t row);

/* What Python calls. */
PyObject *table_cells(PyObject *module, PyObject *arguments);
PyObject *table_dictionary(PyObject *module, PyObject *arguments);
PyObject *arrow_open(PyObject *module, PyObject *stream);
PyObject *table_arrow(PyObject *module, PyObject *arguments);

/* Adds all of it to the module; false and an exception. */
bool axb_add_tables(PyObject *module);

#endif
