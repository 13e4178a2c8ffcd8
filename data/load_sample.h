/* The first records of an opened file, for guesses about its columns. Errors are nobody's concern
 * here: a record that is wrong ends the sample. Not for results. */
#ifndef AXB_DATA_LOAD_SAMPLE_H
#define AXB_DATA_LOAD_SAMPLE_H

#include "core/base.h"
#include "data/arena.h"
#include "data/load.h"
#include "data/table.h"

#include <stddef.h>

struct load_sample {
    size_t n_rows, n_columns;
    struct bytes *fields; /* n_rows × n_columns, row by row; {NULL, 0}: missing */
    struct arena arena;
};

/* At most max_rows records. Of a named table, of columns in memory, and without memory: none.
 * load_sample_free is due. */
void load_sample_take(struct load_sample *s, const struct load *l, size_t max_rows);
void load_sample_free(struct load_sample *s);

#endif
