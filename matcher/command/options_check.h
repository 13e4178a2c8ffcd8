/* What is missing or contradictory in the options of a verb, all of it at once: for all verbs, and
 * what match, dedupe and explain have in common.
 * Not here: options that are wrong by themselves (options/). */
#ifndef AXB_MATCHER_COMMAND_OPTIONS_CHECK_H
#define AXB_MATCHER_COMMAND_OPTIONS_CHECK_H

#include "core/err.h"
#include "matcher/options/opts.h"

#include <stdbool.h>

/* Adds what is wrong to *e, which says nothing yet or what else is wrong (err_add), and corrects
 * o->words. `self`: one table, compared with itself. */
void options_check(const struct opts *o, bool self, struct err *e);

/* The same of how clusters and golden records are made, for all verbs that make them. */
void options_check_method(const struct opts *o, struct err *e);

/* The same of --report, for all verbs that have it. */
void options_check_report(const struct opts *o, struct err *e);

/* Adds a mistake that leaves nothing to guess: ERR_USAGE. `hint` may be NULL. */
__attribute__((format(printf, 4, 5))) void
options_mistake(const struct opts *o, struct err *e, const char *hint, const char *format, ...);

/* To be called when *e says that the command will not be run: looks into the headers of the files,
 * if that takes no time, for columns that do not exist, and for what to compare where --on is
 * missing. */
void options_check_columns(const struct opts *o, bool self, struct err *e);

#endif
