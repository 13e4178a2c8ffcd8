/* What the model of a run says of a pair of records: of each column its level, and its bits.
 *
 * For axb explain and reports, which show them, and axb review, which asks for pairs by them. Not
 * here: the weights (model/model.h). */
#ifndef AXB_MATCHER_REPORT_MODEL_PAIR_H
#define AXB_MATCHER_REPORT_MODEL_PAIR_H

#include "matcher/model/model.h"
#include "matcher/run/run.h"

#include <stdio.h>

/* The model of a run, ready to weigh pairs. */
struct model_pairs {
    const struct run *run;
    struct model_bits bits[MODEL_MAX_COLUMNS];
};
void model_pairs_open(struct model_pairs *p, const struct run *r);

/* A column of the model in a pair. */
struct model_pair_column {
    const struct model_column *column;
    double value; /* of the metric; NaN: missing */
    double share; /* of the records that have the value that both have; 0: not known */
    struct model_weighed is;
};

/* Sets w[0] … for each column of the model; returns how many these are. `term` has the values of
 * the terms of the score, which are those of the columns in their order: the metric, then the
 * rarity. */
uint32_t model_pair_weigh(const struct model_pairs *p, const uint32_t row[2], const double *term,
                          struct model_pair_column w[MODEL_MAX_COLUMNS]);

/* Writes why a column has its bits: "0.93, at least 0.91"; "equal, as 1 of 4000 records are". */
void model_pair_print_why(const struct model_pair_column *w, FILE *f);

/* The sums of the bits of a pair, against random pairs and against related ones, and the score. */
struct model_pair_score {
    double random, related; /* `related` is 0 in a model without them */
    double score;
};
struct model_pair_score model_pair_score(const struct model *m, const struct model_pair_column *w);

/* A number for the levels that the columns of a pair reach: pairs that reach the same ones have the
 * same number. Values that are missing are a level of their own. */
uint32_t model_pair_pattern(const struct model_pair_column *w, uint32_t n);

#endif
