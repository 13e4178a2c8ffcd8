/* The page of --report for match and dedupe.
 *
 * What was run and what came of it; what the columns hold; how the pairs were found, and where the
 * time went; how pairs score; pairs near the threshold side by side; who has how many partners;
 * clusters. It is written when all is done, from the values of the run and a sample beside it
 * (report_sample.h). Nothing of it changes what the run writes. Not here: how a page looks
 * (page/page.h). */
#ifndef AXB_MATCHER_REPORT_MATCH_PAGE_H
#define AXB_MATCHER_REPORT_MATCH_PAGE_H

#include "core/err.h"
#include "matcher/run/run.h"

#include <stdbool.h>

/* The `page` of a struct run_request. ERR_OS without memory; ERR_STOPPED after a signal. */
bool match_page(struct run *r, struct err *e);

#endif
