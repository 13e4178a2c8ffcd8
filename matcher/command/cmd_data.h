/* `axb data`: loads, lists and removes the tables that stay in shared memory between runs. */
#ifndef AXB_MATCHER_COMMAND_CMD_DATA_H
#define AXB_MATCHER_COMMAND_CMD_DATA_H

#include "core/err.h"
#include "matcher/options/opts.h"

#include <stdbool.h>
#include <stdio.h>

bool data_verb_load(const struct opts *o, struct err *e);

/* A heading, then a line for each table: name, records, columns, bytes, time of loading, file.
 * Nothing at all if there are none. */
bool data_verb_ls(FILE *out, struct err *e);

/* Removes all that are there; then the first that is not is an error. */
bool data_verb_rm(const struct opts *o, struct err *e);

#endif
