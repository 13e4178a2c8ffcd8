/* What the values of a column are like, and so of which kind they are.
 *
 * Not here: which column of B a column of A is compared with (pairing.h). */
#ifndef AXB_MATCHER_LEARN_PROFILE_H
#define AXB_MATCHER_LEARN_PROFILE_H

#include "core/err.h"
#include "data/table.h"
#include "matcher/model/model_kinds.h"

#include <stdbool.h>
#include <stdint.h>

/* Shares are of the records that have a value. */
struct profile {
    uint64_t rows, filled; /* records, and those that have a value */
    uint32_t distinct;
    double collision; /* the chance that two of these records have equal values */
    double dates;     /* share that is a date */
    double numbers;   /* … a number */
    double decimals;  /* … a number with a decimal sign */
    double digits;    /* share of the characters that are digits */
    double words;     /* mean number of words */
    double length;    /* mean number of bytes */
    bool running;     /* whole numbers, no two alike, one after another: they count the records */
};

/* Looks at all values of a column of a table that is not plain. ERR_OS without memory. */
bool profile_column(struct profile *p, const struct table *t, uint32_t column, struct err *e);

/* The two profiles as if their records were in one table; `distinct` is a bound then. */
struct profile profile_join(const struct profile *a, const struct profile *b);

/* The kind of such values; NULL: they tell nothing, since all are missing or all are alike. */
const struct model_kind *profile_kind(const struct profile *p);

#endif
