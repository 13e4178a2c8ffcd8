/* `axb merge`: from the files of all parts of a run to what one machine would have written. */
#ifndef AXB_MATCHER_COMMAND_CMD_MERGE_H
#define AXB_MATCHER_COMMAND_CMD_MERGE_H

#include "core/err.h"
#include "matcher/options/opts.h"

#include <stdbool.h>

/* The files are o->inputs, in any order: each part of one run, once. ERR_USAGE if some are missing,
 * there twice, or of another run; ERR_DATA if one is damaged. The output appears whole or not at
 * all; all but the payloads is checked before the first byte is written. */
bool merge_verb(const struct opts *o, struct err *e);

#endif
