/* Columns that repeat others: a full name beside first and last names.
 *
 * Such a column would count the same evidence twice. */
#ifndef AXB_MATCHER_LEARN_COMPOSITES_H
#define AXB_MATCHER_LEARN_COMPOSITES_H

#include "core/err.h"
#include "data/table.h"

#include <stdbool.h>
#include <stdint.h>

#define COMPOSITES_MAX 64u
#define COMPOSITES_NONE UINT32_MAX

/* What must be known of a compared column. */
struct composite_column {
    uint32_t column[2];  /* of A and of B */
    double words, bytes; /* mean of its values */
    bool text;           /* only a column of several words is made of others */
    bool part;           /* may be a part of one: a text or a name */
};

/* Finds the columns most of whose records contain the words of at least two others, or of one that
 * has nearly as many. whole[i] is a part of column i, for messages; COMPOSITES_NONE for a column
 * that is not made of others. Looks at the first records of both tables. n <= COMPOSITES_MAX. */
void composites_find(const struct table table[2], const struct composite_column *column, uint32_t n,
                     uint32_t *whole);

#endif
