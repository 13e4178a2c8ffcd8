/* How random pairs agree: the levels of each comparison, and how many random pairs reach each (u).
 *
 * Where two columns have few distinct values, all pairs of these are compared. Else a join counts
 * the pairs that agree well, all of them, and a sample shows how the others spread. Not here: where
 * to cut (fit/fit_levels.h). */
#ifndef AXB_MATCHER_LEARN_NULL_H
#define AXB_MATCHER_LEARN_NULL_H

#include "matcher/fit/fit_levels.h"
#include "matcher/learn/comparisons.h"

#include <stdint.h>

/* The levels of each comparison. `seed` draws the sample. ERR_OS; what a run says. */
bool null_find(const struct comparisons *c, uint64_t seed, struct fit_levels null[COMPARISONS_MAX],
               struct err *e);

#endif
