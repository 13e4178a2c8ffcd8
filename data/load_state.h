/* What load.c and load_table.c share, and nobody else sees. */
#ifndef AXB_DATA_LOAD_STATE_H
#define AXB_DATA_LOAD_STATE_H

#include "data/arena.h"
#include "data/csv.h"
#include "data/input.h"
#include "data/load.h"

struct load_state {
    struct input input;
    struct csv_text text; /* the input without its byte order mark */
    struct csv_format format;
    struct load_options options;
    size_t data_at;     /* where the first record behind the header begins in the text */
    struct arena arena; /* path and names */
};

#endif
