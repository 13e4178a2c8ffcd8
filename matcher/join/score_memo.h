/* What was measured once in this process, for those who ask again.
 *
 * The joins of one plan ask what a score takes again and again, of the same metric and texts. A
 * measurement is kept by a key of both. It serves the planner and people, and never decides about a
 * pair, so it is enough that keys of different things are all but never equal. */
#ifndef AXB_MATCHER_JOIN_SCORE_MEMO_H
#define AXB_MATCHER_JOIN_SCORE_MEMO_H

#include "matcher/index/dictionary.h"
#include "matcher/metric/metric.h"

#include <stdbool.h>
#include <stdint.h>

/* The key of a metric, both sides, and the score that is needed (NULL: the score itself is). It
 * follows from what the texts are, not from where they lie: a part of a plan makes its sides anew.
 * Of each side 64 texts are read, and 256 characters of each of these. */
uint64_t score_memo_key(const struct metric_use *use, const struct dictionary *dictionary,
                        const struct side *a, const struct side *b, const double *need);

/* The seconds that were kept with a key; false: none are known. Several threads may ask. */
bool score_memo_find(uint64_t key, double *seconds);

/* Keeps the seconds of a key. Only the last 64 are known. */
void score_memo_keep(uint64_t key, double seconds);

#endif
