/* What scores and tags add: the figures at several thresholds, and the recall of each tag. */
#ifndef AXB_MATCHER_EVAL_EVAL_CURVE_H
#define AXB_MATCHER_EVAL_EVAL_CURVE_H

#include "core/err.h"
#include "matcher/eval/eval_part.h"
#include "matcher/eval/eval_report.h"

/* Fills in r->bin, and r->step: thresholds from the least score to the greatest. None where all are
 * equal, or there are none. The part is marked, and r->all.truth is there. */
void eval_curve_make(struct eval_report *r, const struct eval_part *found);

/* Fills in r->best: of all thresholds, each of which is the score of a pair, the one with the
 * greatest F1. Not if no pair has a score. ERR_OS without memory. */
bool eval_curve_best(struct eval_report *r, const struct eval_part *found, struct err *e);

/* The counts of all pairs from a bin on: steps[i] for each of r->n_bins. */
void eval_curve_steps(const struct eval_report *r, struct eval_step steps[EVAL_MAX_BINS]);

/* Fills in r->tag: the tags of the third column, joined by +. The part is marked. */
void eval_curve_tags(struct eval_report *r, const struct eval_part *truth);

#endif
