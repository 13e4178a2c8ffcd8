/* One pair for the eyes: its score, and each field of both records, that of A above that of B.
 *
 *     score 0.8333
 *
 *     record  a  17
 *             b  K2
 *       name  a  Paul Smith
 *             b  Paul Smiht
 *                       ^~
 *       city  =  Bern
 *
 * A value that both have stands once, so that the eye goes to what differs. Fields that both lack
 * are left out. A value that is too wide goes on in further lines. Not here: which pair it is
 * (questions.h), and where on the terminal it stands (review.h). */
#ifndef AXB_MATCHER_REVIEW_PAIR_VIEW_H
#define AXB_MATCHER_REVIEW_PAIR_VIEW_H

#include "matcher/review/questions.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define PAIR_VIEW_LEAST_WIDTH 20u /* narrower terminals get lines that do not fit */

/* Writes lines of at most `width` columns; with colour what differs is coloured, else it is marked
 * by a line below. */
void pair_view_print(const struct questions *q, uint32_t pair, unsigned width, bool colour,
                     FILE *out);

#endif
