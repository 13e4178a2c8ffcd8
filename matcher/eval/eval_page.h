/* The page of `axb eval --report`: how good the pairs are, by threshold, and which are wrong.
 *
 * Figures are those of eval_report.h. Not here: how a page begins (report/report_head.h). */
#ifndef AXB_MATCHER_EVAL_EVAL_PAGE_H
#define AXB_MATCHER_EVAL_EVAL_PAGE_H

#include "matcher/eval/eval_errors.h"
#include "matcher/eval/eval_file.h"
#include "matcher/eval/eval_report.h"
#include "matcher/options/opts.h"
#include "matcher/page/page.h"

/* What a page is made of. */
struct eval_page {
    const struct opts *opts;
    const struct eval_file *file; /* [2]: what was found, the truth */
    const struct eval_records *records;
    const struct eval_tables *tables; /* NULL: ids alone are shown */
    const struct eval_report *report;
    const struct eval_error_list *errors;
    double started; /* by log_seconds */
};

/* Adds all that a page of eval has. */
void eval_page_write(struct page *p, const struct eval_page *x);

#endif
