/* Labelled pairs as the truth: a person looked at some pairs, and nothing is known of the others.
 *
 * So the pairs that have a label are all that counts. Of what was found those alone are left, and
 * the true pairs are those that were labelled as a match. Not here: reading labels
 * (inputs/labels.h). */
#ifndef AXB_MATCHER_EVAL_EVAL_LABELS_H
#define AXB_MATCHER_EVAL_EVAL_LABELS_H

#include "core/err.h"
#include "matcher/eval/eval_part.h"
#include "matcher/eval/eval_records.h"
#include "matcher/eval/eval_report.h"

/* Leaves of both parts, found and truth, what counts, if the truth has labels; of clusters the
 * labelled pairs within them. Fills in r->labels. ERR_OS. */
bool eval_labels_apply(struct eval_part part[2], const struct eval_records *records,
                       struct eval_labels *labels, struct err *e);

#endif
