/* The q-grams of a text as numbers of bit planes.
 *
 * A q-gram falls to one of PARTIAL_PLANES planes by a hash. Of single characters (q = 1) each
 * occurrence counts apart: "anna" has a 1, n 1, n 2, a 2; occurrences from PARTIAL_OCCURRENCES on
 * share a plane, as do characters whose codes are alike. Where a plane is shared, texts seem to
 * have more in common than they have, never less. */
#ifndef AXB_MATCHER_JOIN_PARTIAL_PARTIAL_GRAMS_H
#define AXB_MATCHER_JOIN_PARTIAL_PARTIAL_GRAMS_H

#include "matcher/index/dictionary.h"

#include <stdint.h>

#define PARTIAL_PLANES 2048u
#define PARTIAL_OCCURRENCES 16u
#define PARTIAL_Q_MOST 4u

/* Writes the planes of the q-grams of a text in their order, a number for each; returns how many:
 * text.n - q + 1, or none. */
uint32_t partial_grams_of(struct text text, uint32_t q, uint16_t *plane);

#endif
