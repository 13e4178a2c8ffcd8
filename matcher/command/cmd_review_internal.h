/* What the files of `axb review` ask of each other. */
#ifndef AXB_MATCHER_COMMAND_CMD_REVIEW_INTERNAL_H
#define AXB_MATCHER_COMMAND_CMD_REVIEW_INTERNAL_H

#include "matcher/options/opts.h"
#include "matcher/review/questions.h"

/* Scores the pairs of the open file by the model of --score. What reading the model and the tables
 * says. */
bool review_score_by_model(const struct opts *o, struct questions *q, struct err *e);

#endif
