/* Two files in, what they have in common out.
 *
 * Read eval_report.h next: what is counted. Not here: options and printing (command/cmd_eval.c). */
#ifndef AXB_MATCHER_EVAL_EVAL_H
#define AXB_MATCHER_EVAL_EVAL_H

#include "core/err.h"
#include "matcher/eval/eval_errors.h"
#include "matcher/eval/eval_file.h"
#include "matcher/eval/eval_report.h"
#include "matcher/eval/eval_tables.h"
#include "matcher/options/opts.h"

#include <stdbool.h>

struct page;

struct eval {
    struct eval_asked asked[2]; /* what was found, the truth */
    enum opts_tables n_tables;  /* that both are about; auto: what the files say */
    struct eval_tables *tables; /* open, but not yet loaded; or NULL */
    struct eval_errors *errors; /* where the false and the missed pairs go; or NULL */
    struct page *page;          /* of --report, or NULL … */
    const struct opts *opts;    /* … and what it says was asked, … */
    double started;             /* … and since when, by log_seconds */
};

/* Compares both files, and writes the errors and the page if these were asked for; who owns *errors
 * and *page commits them.
 * ERR_USAGE, ERR_DATA, ERR_NOINPUT, ERR_OS, ERR_IO. */
bool eval_compare(const struct eval *eval, struct eval_report *report, struct err *e);

#endif
