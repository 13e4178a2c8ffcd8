/* The same model with labels: pairs of which somebody knows whether they match.
 *
 * A label takes the place of the posterior in each round; pairs without one have theirs as always.
 * So a few labels help, and all of them make the model a count. Not here: which pairs to label
 * (axb review), and figures of whole results (matcher/eval). */
#ifndef AXB_MATCHER_FIT_FIT_LABELS_H
#define AXB_MATCHER_FIT_FIT_LABELS_H

#include "matcher/fit/fit.h"

struct fit_quality {
    double precision, recall, f1; /* 0 where nothing is accepted or true */
};

struct fit_supervised {
    struct fit fit;
    double threshold_bits;      /* where F1 over the labelled pairs is greatest: half way between
                                   two scores */
    struct fit_quality seen;    /* at this threshold, on the pairs it was fitted to: optimistic */
    struct fit_quality crossed; /* cross-validated: each pair by a model and a threshold that saw no
                                   pair of its records; all 0 where there were too few labels */
    uint32_t n_folds;           /* of the cross-validation; 0: none */
};

/* Fits with labels. Folds are of records, those that true pairs connect in one, by a hash of the
 * seed. Fails as fit_model does, and with ERR_DATA if no label says that a pair matches. */
bool fit_supervised(const struct fit_data *data, const struct fit_options *options,
                    const struct fit_labels *labels, uint64_t seed, struct fit_supervised *result,
                    struct err *e);

#endif
