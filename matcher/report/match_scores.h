/* How pairs score: those that the run kept, counted, and those below the threshold, estimated.
 *
 * Not here: the pairs themselves (match_pairs.h), and the sample (report_sample.h). */
#ifndef AXB_MATCHER_REPORT_MATCH_SCORES_H
#define AXB_MATCHER_REPORT_MATCH_SCORES_H

#include "core/err.h"
#include "matcher/page/page.h"
#include "matcher/report/report_sample.h"
#include "matcher/run/run.h"

/* Adds the section. ERR_OS without memory. */
bool match_scores(struct page *p, const struct run *r, const struct report_sample *s,
                  struct err *e);

#endif
