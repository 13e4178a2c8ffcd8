/* How the page of --report begins and ends, whatever the verb: what was run, which files were read,
 * and what was said meanwhile.
 *
 * Not here: what came of it (the …_page of each verb). */
#ifndef AXB_MATCHER_REPORT_REPORT_HEAD_H
#define AXB_MATCHER_REPORT_REPORT_HEAD_H

#include "matcher/options/opts.h"
#include "matcher/page/page.h"
#include "matcher/run/run.h"

/* Does what a verb does, with the page of --report, or with NULL where none is asked for. The page
 * is opened before, so that a path that cannot be written does not cost the work, and gets its name
 * afterwards; if `act` fails, the old file stays. Errors are those of `act`, and of page_open. */
bool report_with(const struct opts *o,
                 bool (*act)(const void *context, struct page *p, struct err *e),
                 const void *context, struct err *e);

/* The head: a title, the result in a sentence, and the command. `started`: when, by log_seconds. */
void report_head(struct page *p, const struct opts *o, const char *title, const char *summary,
                 double started);

/* A file that was read. */
struct report_file {
    const char *role;  /* "A", "B", "pairs" */
    const char *shown; /* as messages call it */
    double bytes;      /* NaN: as it lies on the disk */
    double records;    /* NaN: not known */
};

/* A section with a line for each file; and what the program is. */
void report_files(struct page *p, const struct report_file *file, uint32_t n);
/* The same, of the tables of a run. */
void report_run_files(struct page *p, const struct run *r);

/* A section with the notes that were said on stderr, if there were any. */
void report_said(struct page *p);

/* The words of the command line that are files and --id, as a shell reads them, after "axb VERB":
 * " A.csv B.csv --id id". */
void report_put_inputs(FILE *f, const struct opts *o);

#endif
