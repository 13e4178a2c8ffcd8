/* Pairs of a run side by side: those just above the threshold, those just below it, and the best
 * ones that are not the same; with a model, how the bits of some of them come together.
 *
 * They are of the records that were compared once more (report_sample.h). */
#ifndef AXB_MATCHER_REPORT_MATCH_PAIRS_H
#define AXB_MATCHER_REPORT_MATCH_PAIRS_H

#include "core/err.h"
#include "matcher/page/page.h"
#include "matcher/report/report_sample.h"
#include "matcher/run/run.h"

/* Adds the section, if there are such pairs. ERR_OS without memory. */
bool match_pairs(struct page *p, const struct run *r, const struct report_sample *s, struct err *e);

#endif
