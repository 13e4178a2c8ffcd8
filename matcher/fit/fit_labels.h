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
    double threshold_bits;      /* where F1 is greatest: half way between two scores */
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

/* Fits with labels of some pairs, and finds the threshold of the greatest F1 over all candidates. A
 * pair without a label counts as likely as its score says, after the scores were made to agree with
 * the labels: the log of the odds is a line of the score (Platt, 1999), near to the score itself as
 * long as labels are few. So it does not matter how labelled pairs were chosen, as long as that was
 * by their scores. `seen` is what is expected at the threshold; nothing is cross-validated. Fails
 * as fit_model does. */
bool fit_partly_labelled(const struct fit_data *data, const struct fit_options *options,
                         const struct fit_labels *labels, struct fit_supervised *result,
                         struct err *e);

#endif
