/* What it costs that metric_score decides, where the kernels of edits only propose pairs:
 * damerau_levenshtein, whose pairs OSA's distance proposes. For exact rules nothing is asked. */
#ifndef AXB_MATCHER_JOIN_EDIT_EDIT_ASK_H
#define AXB_MATCHER_JOIN_EDIT_EDIT_ASK_H

#include "matcher/join/edit/edit_rule.h"

/* Seconds of one core for metric_score, for a pair of values of the job: the mean of a sample, most
 * pairs of which are not proposed. Texts longer than EDIT_PAIR_LENGTH count as never proposed. 0
 * for an exact rule, and without memory. Takes some milliseconds. */
double edit_ask_seconds(const struct join_job *job, const struct edit_rule *rule);

#endif
