/* The figures of records: how many have a true partner, and for how many it was found.
 *
 * They say what the figures of pairs hide where a record of A has several true partners. */
#ifndef AXB_MATCHER_EVAL_EVAL_PARTNERS_H
#define AXB_MATCHER_EVAL_EVAL_PARTNERS_H

#include "core/err.h"
#include "matcher/eval/eval_part.h"
#include "matcher/eval/eval_report.h"

/* Counts records of A and of B, or where all are of one table all of them in counts[0]. Both parts
 * are marked. Of pairs with equal scores the first in the file is the best. ERR_OS. */
bool eval_partners_count(const struct eval_part *found, const struct eval_part *truth,
                         const struct eval_records *r, struct eval_partners counts[2],
                         struct err *e);

#endif
