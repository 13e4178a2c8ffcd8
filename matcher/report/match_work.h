/* How the pairs of a run were found, and where its time went: the plan and what each step left, the
 * phases, the workers by time, and where they stood.
 *
 * Not here: what was found (match_scores.h), and the noting (watch/timeline.h). */
#ifndef AXB_MATCHER_REPORT_MATCH_WORK_H
#define AXB_MATCHER_REPORT_MATCH_WORK_H

#include "core/err.h"
#include "matcher/page/page.h"
#include "matcher/run/run.h"

/* Adds the sections. ERR_OS without memory. */
bool match_work(struct page *p, const struct run *r, struct err *e);

#endif
