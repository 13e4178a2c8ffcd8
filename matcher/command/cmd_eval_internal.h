/* How a report of `axb eval` is printed: for people, and for programs. */
#ifndef AXB_MATCHER_COMMAND_CMD_EVAL_INTERNAL_H
#define AXB_MATCHER_COMMAND_CMD_EVAL_INTERNAL_H

#include "core/err.h"
#include "matcher/eval/eval_report.h"

#include <stdbool.h>
#include <stdio.h>

void cmd_eval_print(const struct eval_report *r, FILE *out);

/* To stdout, in one line. ERR_OS, ERR_IO. */
bool cmd_eval_print_json(const struct eval_report *r, struct err *e);

#endif
