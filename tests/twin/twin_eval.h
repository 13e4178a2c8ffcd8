/* The figures of `axb eval` by their definitions: matrices over all records, and double loops.
 *
 * Records of A and B, or of one table, are 0 to n - 1. */
#ifndef AXB_TESTS_TWIN_TWIN_EVAL_H
#define AXB_TESTS_TWIN_TWIN_EVAL_H

#include "matcher/eval/eval_report.h"

#include <stdbool.h>

#define TWIN_EVAL_MOST 32u

/* What a file says, found (0) or the truth (1). */
struct twin_eval_part {
    bool named[TWIN_EVAL_MOST];
    bool pair[TWIN_EVAL_MOST][TWIN_EVAL_MOST]; /* both ways; of clusters: within one */
    double score[TWIN_EVAL_MOST][TWIN_EVAL_MOST];
    unsigned order[TWIN_EVAL_MOST][TWIN_EVAL_MOST]; /* in the file */
};

struct twin_eval {
    bool self;
    unsigned n, n_a; /* records below n_a are of A; if self n_a = n */
    struct twin_eval_part part[2];
};

/* Fills in all, partners, clusters, and best if there are scores (has_scores). */
void twin_eval_count(const struct twin_eval *t, struct eval_report *r);

#endif
