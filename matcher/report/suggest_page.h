/* The page of `axb suggest --report`: scores, thresholds, and the pairs around the suggested one.
 *
 * Figures are those of the terminal (suggest_words.h). Not here: finding the threshold
 * (run/run_suggest.h). */
#ifndef AXB_MATCHER_REPORT_SUGGEST_PAGE_H
#define AXB_MATCHER_REPORT_SUGGEST_PAGE_H

#include "matcher/page/page.h"
#include "matcher/run/run_suggest.h"

/* Adds all that a page of suggest has. It looks for the pairs around the threshold, which is a
 * search like the counts before it. ERR_OS; what the engine says. */
bool suggest_page_write(struct page *p, struct run *r, const struct suggestion *s, struct err *e);

#endif
