/* The best part of a long text for another long one, for partial_ratio.
 *
 * Texts of some thousand characters have as many parts, and the longest common subsequence with one
 * of them takes time by the product of both lengths. Here a few passes over the texts bound all
 * parts at once, and nearly none is left to be tried. Short texts are not its business: there a
 * part is tried before a bound is found (metric_partial.c). For the files of this folder. */
#ifndef AXB_MATCHER_METRIC_METRIC_PARTIAL_LONG_H
#define AXB_MATCHER_METRIC_METRIC_PARTIAL_LONG_H

#include "matcher/metric/metric_fraction.h"
#include "matcher/metric/metric_internal.h"

#include <stdbool.h>

#define PARTIAL_LONG_LEAST 512u /* characters of the shorter text, from which on it pays */

struct partial_long; /* owned by partial_long_open / _close */

/* For texts of a state, which outlives it. NULL where no text is so long. False without memory. */
bool partial_long_open(struct partial_long **l, const struct metric_state *s);
void partial_long_close(struct partial_long *l);

/* The ratio of the shorter text, which has a character, and that part of the longer which it fits
 * best: a part as long as the shorter text, or a shorter one at either end; of texts of one length
 * either is the shorter. Where that is below `need`, any ratio that is below it. */
struct fraction partial_long_best(struct partial_long *l, const struct text *a,
                                  const struct text *b, double need);

#endif
