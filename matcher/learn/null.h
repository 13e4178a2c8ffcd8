/* How random pairs agree: the levels of each column, and how many random pairs reach each (u).
 *
 * Where two columns have few distinct values, all pairs of these are compared. Else a sample of
 * pairs of records shows where to cut, and joins count exactly what lies above the cuts. Not here:
 * where to cut (fit/fit_levels.h). */
#ifndef AXB_MATCHER_LEARN_NULL_H
#define AXB_MATCHER_LEARN_NULL_H

#include "matcher/fit/fit_levels.h"
#include "matcher/learn/comparisons.h"

#include <stdint.h>

/* How a level's share was found. */
enum null_how { NULL_ALL_PAIRS, NULL_COUNTED, NULL_SAMPLED };

struct null_column {
    struct fit_levels levels;
    enum null_how how[FIT_MAX_LEVELS];
};

/* The levels of each comparison. `seed` draws the sample. ERR_OS; what a run says. */
bool null_find(const struct comparisons *c, uint64_t seed,
               struct null_column null[COMPARISONS_MAX], struct err *e);

#endif
