/* `axb metrics`: the table of metrics as people read it. */
#ifndef AXB_MATCHER_COMMAND_CMD_METRICS_H
#define AXB_MATCHER_COMMAND_CMD_METRICS_H

#include "core/err.h"

#include <stdio.h>

bool metrics_print(FILE *out, struct err *e);

#endif
