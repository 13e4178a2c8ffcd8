/* What `axb learn` says of what it chose and of what it believes. */
#ifndef AXB_MATCHER_LEARN_LEARN_REPORT_H
#define AXB_MATCHER_LEARN_LEARN_REPORT_H

#include "matcher/learn/learn.h"

#include <stdio.h>

/* For people, 80 columns wide: each column of the model with its kind, its metric and the bits of
 * its levels, the columns that are left out, how many matches are expected, and what to doubt. */
void learn_report(const struct learned *l, FILE *f);

/* The command that uses the model, or that none was written. */
void learn_report_next(const struct learned *l, const struct opts *o, FILE *f);
/* That command alone, without a line end. The model was written. */
void learn_report_put_next(const struct learned *l, const struct opts *o, FILE *f);

#endif
