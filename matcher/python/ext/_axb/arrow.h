/* Columns of Arrow: streams read to their end, what their columns are, and single values of them.
 * The structs are those of Arrow's C data and C stream interfaces, read by hand; no library is
 * needed. A stream may come in several chunks, each a slice of something larger. Not here: what is
 * sent of it (sent_arrow.c). */
#ifndef AXB_MATCHER_PYTHON_EXT__AXB_ARROW_H
#define AXB_MATCHER_PYTHON_EXT__AXB_ARROW_H

#include <Python.h>

#include "data/columns.h"
#include "data/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Arrow's structs (arrow.apache.org/docs/format/CDataInterface.html) ----------------------*/

struct ArrowSchema {
    const char *format, *name, *metadata;
    int64_t flags, n_children;
    struct ArrowSchema **children, *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length, null_count, offset, n_buffers, n_children;
    const void **buffers;
    struct ArrowArray **children, *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

/* A stream that was read to its end. */
struct arrow {
    struct ArrowSchema schema;
    struct ArrowArray *chunks;
    size_t n_chunks;
    bool is_struct; /* a table; else a single column */
};

/* What a column is, by its format. */
struct arrow_reader {
    enum columns_kind kind;
    const char *type; /* for users */
    char code;        /* the format's first letter; 'v' is utf8_view, 't' days, 'm' milliseconds */
    int64_t divide;   /* a time to microseconds: one of both is 1 */
    int64_t multiply;
    int scale; /* of a decimal */
};

/* A chunk of one column: values first … first + n - 1 of the array. */
struct arrow_piece {
    const struct ArrowArray *array;
    int64_t first, n;
};

/* What Python calls: arrow_open(stream capsule) -> (arrow, n_rows, names). */
PyObject *arrow_open(PyObject *module, PyObject *stream);

/* The stream of a capsule that came from arrow_open; NULL and an exception if it is none. */
const struct arrow *arrow_of(PyObject *capsule);

/* False: no such column can be compared. */
bool arrow_reader_of(struct arrow_reader *r, const char *format);

/* A chunk of a column; of a stream that is a single column, column 0. */
struct arrow_piece arrow_piece(const struct arrow *w, size_t chunk, unsigned column);

bool arrow_is_valid(const struct arrow_piece *p, char code, int64_t i);

/* Values that are valid, by their kinds. */
bool arrow_bool(const struct arrow_piece *p, int64_t i);
int64_t arrow_integer(const struct arrow_piece *p, char code, int64_t i);
double arrow_number(const struct arrow_piece *p, char code, int64_t i);
int64_t arrow_days(const struct arrow_piece *p, char code, int64_t i);
bool arrow_is_nan(const struct arrow_piece *p, const struct arrow_reader *r, int64_t i);

/* A time in microseconds; false if it is more exact, or out of range. */
bool arrow_microseconds(const struct arrow_piece *p, const struct arrow_reader *r, int64_t i,
                        int64_t *out);

#define ARROW_TEXT_BYTES 48u

/* Any valid value as text. {NULL, 0}: a time that is refused; but a text may be so too. */
struct bytes arrow_text(const struct arrow_piece *p, const struct arrow_reader *r, int64_t i,
                        char out[ARROW_TEXT_BYTES]);

/* Where text i of a piece of utf8 or large_utf8 begins. */
int64_t arrow_begin(const struct arrow_piece *p, char code, int64_t i);

#endif
