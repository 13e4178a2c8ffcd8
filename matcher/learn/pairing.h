/* Which column of A is compared with which one of B: by name, else by what they hold.
 *
 * Not here: how they are compared (learn_columns.h). */
#ifndef AXB_MATCHER_LEARN_PAIRING_H
#define AXB_MATCHER_LEARN_PAIRING_H

#include "core/err.h"
#include "data/load.h"
#include "data/table.h"

#include <stdbool.h>
#include <stdint.h>

#define PAIRING_NONE UINT32_MAX

/* A column of A and its column of B. */
struct pairing {
    uint32_t column[2];
    double in_common; /* by content: the share of the values that both have; by name: 0 */
};

/* Pairs the columns that `open` leaves free, open[side][column]: first those whose names are the
 * same but for case, blanks and punctuation, then those with the most values in common. Table and
 * names are those of all columns of a side. Writes at most as many pairs as A has columns, in the
 * order of A; *n is their number. ERR_OS without memory. */
bool pairing_find(const struct load *load[2], const struct table *table, bool *const open[2],
                  struct pairing *pairing, uint32_t *n, struct err *e);

#endif
