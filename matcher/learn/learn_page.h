/* The page of `axb learn --report`: the model, how it was fitted, what it is believed to find, and
 * some pairs with what each column adds.
 *
 * It is written once the model is fitted, while the tables and the candidates are in memory.
 * Figures are those of learn_report.h. Not here: how a page begins (report/report_head.h). */
#ifndef AXB_MATCHER_LEARN_LEARN_PAGE_H
#define AXB_MATCHER_LEARN_LEARN_PAGE_H

#include "matcher/learn/learn.h"
#include "matcher/page/page.h"

/* What a page is made of. */
struct learn_page {
    const struct opts *opts; /* as they were given */
    const struct learned *learned;
    const struct candidates *found; /* that the model was fitted to */
    const struct run *run;
    double started; /* by log_seconds */
};

/* Adds all that a page of learn has. ERR_OS without memory. */
bool learn_page_write(struct page *p, const struct learn_page *x, struct err *e);

#endif
