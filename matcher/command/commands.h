/* All verbs and options of the program. */
#ifndef AXB_MATCHER_COMMAND_COMMANDS_H
#define AXB_MATCHER_COMMAND_COMMANDS_H

#include "matcher/options/opts_row.h"

extern const struct opts_table command_table;

#endif
