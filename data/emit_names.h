/* The names that columns have in the output.
 *
 * In a plain line a kept column is a.NAME or b.NAME. In a linked line those of A have their own
 * names, and what comes after them gives way where a name is taken. Not here: which columns are
 * written (emit.h), and how a name is quoted (format/format.h). */
#ifndef AXB_DATA_EMIT_NAMES_H
#define AXB_DATA_EMIT_NAMES_H

#include "data/emit_spec.h"
#include "data/table.h"

#include <stdbool.h>

struct emit_names {
    const struct bytes *keep[2]; /* of the columns that A keeps, that B keeps */
    const struct bytes *score;
    const struct bytes *term;
    struct bytes *all; /* the same, one after the other: A, score, terms, B; owned */
    char *text[2];     /* of names with prefixes; owned */
};

/* Makes the names of the columns of these two tables, which outlive them. The tables may be NULL if
 * no column is kept. A linked line has no name twice, unless a file has. False without memory;
 * emit_names_free is due even then. */
bool emit_names_make(struct emit_names *names, const struct emit_spec *spec,
                     const struct table *const tables[2]);
void emit_names_free(struct emit_names *names);

#endif
