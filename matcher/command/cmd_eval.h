/* `axb eval`: how good a list of pairs is against a truth. */
#ifndef AXB_MATCHER_COMMAND_CMD_EVAL_H
#define AXB_MATCHER_COMMAND_CMD_EVAL_H

#include "core/err.h"
#include "data/load.h"

#include <stdio.h>

/* Reads two files, as the options of each say, whose first two columns name records of A and B, and
 * prints the number of pairs, precision, recall and F1; with scores in `pairs` also the curve over
 * thresholds, with tags in `truth` also the recall of each tag. */
bool eval_pairs(const char *pairs, const char *truth, const struct load_options options[2],
                FILE *out, struct err *e);

#endif
