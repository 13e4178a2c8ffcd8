/* `axb eval`: how good a list of pairs is against a truth. */
#ifndef AXB_MATCHER_COMMAND_CMD_EVAL_H
#define AXB_MATCHER_COMMAND_CMD_EVAL_H

#include "core/err.h"

#include <stdio.h>

/* Reads two CSV files whose first two columns name records of A and B, and prints the number of
 * pairs, precision, recall and F1; with scores in `pairs` also the curve over thresholds, with tags
 * in `truth` also the recall of each tag. */
bool eval_pairs(const char *pairs, const char *truth, FILE *out, struct err *e);

#endif
