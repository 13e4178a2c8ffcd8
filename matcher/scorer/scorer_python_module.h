/* What stands in for a module when the scorer is a Python function.
 *
 * A Python process makes a shipment: the function as bytes, with a head of JSON that says what it
 * reads (matcher/python/axb/_ship.py). The coordinator resolves the columns (scorer_python.c) and
 * hands all of it to the workers in one sealed memfd, in this form:
 *
 *     struct scorer_python_head | fields | the shipment
 *     a field: side, type, filled, 0 (a byte each), column (4 bytes), name, 0
 *
 * Not here: calling the function, which is the extension's (matcher/python/ext/_axb_worker). */
#ifndef AXB_MATCHER_SCORER_SCORER_PYTHON_MODULE_H
#define AXB_MATCHER_SCORER_SCORER_PYTHON_MODULE_H

#include "core/axb.h"
#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCORER_PYTHON_MAGIC "AXBPYMOD"
#define SHIPMENT_MAGIC "AXBSHIP1"

/* What the function takes. */
enum scorer_python_call {
    SCORER_PYTHON_PAIR,  /* a record of A and one of B */
    SCORER_PYTHON_BATCH, /* a record of A and many of B */
    SCORER_PYTHON_MAP,   /* an item */
};

/* What a field is in Python. */
enum scorer_python_type {
    SCORER_PYTHON_STR,
    SCORER_PYTHON_INT,
    SCORER_PYTHON_FLOAT,
    SCORER_PYTHON_BOOL,
    SCORER_PYTHON_DATE,
    SCORER_PYTHON_DATETIME,
    SCORER_PYTHON_TYPES,
};

/* A field of a record, as the function sees it. */
struct scorer_python_field {
    uint32_t side;
    enum scorer_python_type type;
    bool filled; /* may be filled before a call; the others are loaded when they are asked for */
    uint32_t column;  /* its place in the file, which is its place in the record */
    const char *name; /* of the column */
};

struct scorer_python_head {
    char magic[8];
    uint32_t call; /* enum scorer_python_call */
    uint32_t n_fields;
    uint64_t fields_at;
    uint64_t shipment_at, shipment_bytes;
};

/* A view of it in a worker; mapped until the process ends. */
struct scorer_python {
    enum scorer_python_call call;
    uint32_t n_fields;
    uint32_t n_filled;                  /* the first n_filled of them may be filled before a call */
    struct scorer_python_field *fields; /* malloced; borrows the names */
    const void *shipment;
    size_t shipment_bytes;
};

/* The type of that name in a shipment's head ("int"); SCORER_PYTHON_TYPES if none has it. */
enum scorer_python_type scorer_python_type(const char *name);

const char *scorer_python_type_name(enum scorer_python_type type);

/* Makes the memfd, sealed; -1 with *e set. */
int scorer_python_pack(enum scorer_python_call call, const struct scorer_python_field *fields,
                       uint32_t n_fields, const void *shipment, size_t shipment_bytes,
                       struct err *e);

/* In a worker. ERR_OS without memory, ERR_SOFTWARE if another build made it. */
bool scorer_python_view(int fd, struct scorer_python *view, struct err *e);

#endif
