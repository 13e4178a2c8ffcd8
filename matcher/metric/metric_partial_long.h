/* The best part of a long text for another long one, for partial_ratio.
 *
 * A text has about as many parts as characters, and the longest common subsequence with one of them
 * takes time by the product of both lengths. Here a few passes over the texts bound all parts at
 * once, and few are left to be tried. Not for short texts: there it is quicker to try parts
 * (metric_partial.c). For the files of this folder. */
#ifndef AXB_MATCHER_METRIC_METRIC_PARTIAL_LONG_H
#define AXB_MATCHER_METRIC_METRIC_PARTIAL_LONG_H

#include "matcher/metric/metric_fraction.h"
#include "matcher/metric/metric_internal.h"

#include <stdbool.h>

#define PARTIAL_LONG_LEAST 512u /* characters of the shorter text, from which on it pays */

struct partial_long; /* owned by partial_long_open / _close */

/* For texts of a state, which outlives it. *l is NULL if no text is so long. False without memory:
 * *l is to be closed all the same. */
bool partial_long_open(struct partial_long **l, const struct metric_state *s);
void partial_long_close(struct partial_long *l);

/* The ratio of the shorter text and the part of the longer that it fits best: a window as long as
 * the shorter text, or a shorter part at either end. The shorter text has a character. Of texts of
 * one length either is taken as the shorter. If the ratio is below `need`, any ratio below it. */
struct fraction partial_long_best(struct partial_long *l, const struct text *a,
                                  const struct text *b, double need);

#endif
