/* All verbs and options of the program. */
#ifndef AXB_MATCHER_COMMAND_COMMANDS_H
#define AXB_MATCHER_COMMAND_COMMANDS_H

#include "matcher/options/opts_row.h"

#include <stdio.h>

extern const struct opts_table command_table;
extern const struct command cmd_mpi; /* whose work another program does (matcher/mpi/) */

/* What axb does and which verbs it has; brief: what is shown when it is called without a verb. */
void command_put_help(FILE *f, bool brief);

#endif
