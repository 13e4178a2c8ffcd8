/* The names that columns have in the output.
 *
 * In a plain line a kept column is a.NAME or b.NAME. In a linked line the columns of A have their
 * own names, and what comes after them gives way where a name is taken. Not here: which columns are
 * written (data/emit.h), and how a name is quoted (format.h). */
#ifndef AXB_DATA_FORMAT_COLUMN_NAMES_H
#define AXB_DATA_FORMAT_COLUMN_NAMES_H

#include "data/table.h"

#include <stdbool.h>
#include <stdint.h>

/* The columns of a line, one group after the other. */
enum column_group { COLUMN_OF_A, COLUMN_NUMBER, COLUMN_OF_B, COLUMN_GROUPS };

struct column_names {
    struct bytes *at[COLUMN_GROUPS]; /* in one array, owned … */
    uint32_t n[COLUMN_GROUPS];
    char *text[2]; /* … as are the bytes of names that were changed */
};

/* An array for so many names. False without memory; column_names_free is due even then. */
bool column_names_open(struct column_names *names, const uint32_t n[COLUMN_GROUPS]);
/* The array holds the names that the columns have in their files, and score and terms. Makes them
 * those of a plain line … */
bool column_names_plain(struct column_names *names);
/* … or of a linked one, in which none occurs twice, unless one does in A or in B. False without
 * memory. */
bool column_names_linked(struct column_names *names);
void column_names_free(struct column_names *names);

#endif
