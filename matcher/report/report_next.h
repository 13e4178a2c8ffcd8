/* The command that was given as one for another verb: what a page says is to be run next.
 *
 * Not here: the words of a command (options/opts_words.h). */
#ifndef AXB_MATCHER_REPORT_REPORT_NEXT_H
#define AXB_MATCHER_REPORT_REPORT_NEXT_H

#include "matcher/options/opts.h"
#include "matcher/page/page.h"

/* What is changed. */
struct report_next {
    const char *verb;
    const char *option[2]; /* names without "--", up to NULL, and … */
    const char *value[2];  /* … what they become */
    const char *left_out;  /* a word that the other verb has not, borrowed from the options; NULL */
};

/* Adds the command, without --report and what else is of the first verb alone; where a call of
 * Python was run (opts.called_as), the call with the new threshold. Nothing if the words of the
 * command are not known. */
void report_next(struct page *p, const struct opts *o, const struct report_next *next);

#endif
