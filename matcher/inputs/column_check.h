/* Are the columns that --on, --id, --keep and --normalize name in the files?
 *
 * All that are not are found at once, and the command is corrected where it can be guessed which
 * were meant. Not here: columns in expressions and scorers, which have a place of their own. */
#ifndef AXB_MATCHER_INPUTS_COLUMN_CHECK_H
#define AXB_MATCHER_INPUTS_COLUMN_CHECK_H

#include "matcher/inputs/sources.h"
#include "matcher/model/model.h"
#include "matcher/options/opts.h"

/* Adds a finding for each to *e (err_add), and corrects o->words. True if all exist. */
bool column_check(const struct opts *o, const struct sources *s, struct err *e);

/* Does each file have the columns that the model of that file name compares? ERR_USAGE for all that
 * are missing. */
bool column_check_model(const struct model *m, const char *path, const struct sources *s,
                        struct err *e);

/* The value that --on would need to compare two columns, given their numbers: "name", or
 * "Company Name=customer", into text. */
void column_check_on_value(const struct sources *s, const uint32_t column[2], char *text,
                           size_t bytes);

#endif
