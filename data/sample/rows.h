/* Records as lines of text: the households of a run, made in parallel, in order of households. They
 * are the rows of two files, or of one file in which people have several records.
 *
 * A line is everything after the id: the id depends on where the row is put later. */
#ifndef AXB_DATA_SAMPLE_ROWS_H
#define AXB_DATA_SAMPLE_ROWS_H

#include "core/err.h"
#include "data/sample/errors.h"
#include "data/sample/world.h"

#include <stddef.h>
#include <stdint.h>

#define ROWS_NOBODY UINT32_MAX

struct row {
    const char *line; /* ",first,…,email\n", owned by struct rows */
    uint32_t bytes;
    uint32_t person; /* number of the person, ROWS_NOBODY for a placeholder; ascending */
    uint64_t errors; /* set of errors, see errors.h */
};

/* The rows of A and of B, or of A alone: exactly as many a file as asked for. */
struct rows {
    struct row *row[2]; /* row[1] is NULL where there is one file */
    unsigned files;     /* 1 or 2 */
    unsigned n;         /* rows of each file */
    uint32_t people;
    struct chunk *chunk; /* own the text */
    size_t n_chunks;
};

struct rows_ask {
    unsigned n;
    uint64_t seed;
    double level;
    bool dedupe; /* one file, whose records have the errors of B */
};

/* Makes the rows with the threads that OpenMP has; free with rows_free, also after a failure. */
bool rows_make(struct rows *rows, const struct world *w, const struct rows_ask *ask, struct err *e);
void rows_free(struct rows *rows);

#endif
