/* From a fitted model to weights: what each level of each column adds to the score of a pair.
 *
 * Scores are in bits: log2 of the odds that a pair is a match; 0 is even odds. A pair's score is
 *     P + sum of bits
 * or, where the model has a class of related pairs, with x this sum,
 *     soft_min(x, Q + sum of related_bits) = -log2(2^-x + 2^-(Q + sum of related_bits)).
 * Not here: the expression that says the same (matcher/model). */
#ifndef AXB_MATCHER_FIT_FIT_WEIGHTS_H
#define AXB_MATCHER_FIT_FIT_WEIGHTS_H

#include "matcher/fit/fit_data.h"

struct fit_weights {
    uint32_t n_columns;
    bool has_related;
    double prior_bits, related_prior_bits; /* P and Q */
    /* log2(m/u) of each level, made non-decreasing. */
    double bits[FIT_MAX_COLUMNS][FIT_MAX_LEVELS];
    /* log2(m/h) of each level, made non-decreasing; the frequency of a value does not matter. */
    double related_bits[FIT_MAX_COLUMNS][FIT_MAX_LEVELS];
    /* In a column with rarity exact agreement weighs max(0, exact_bits + log2(1/f)) instead of the
     * last of `bits`. It is log2(m) there, or less where `bits` was evened out. */
    double exact_bits[FIT_MAX_COLUMNS];
};

/* The weights of a model. All are finite. */
void fit_weights(const struct fit_column *column, const struct fit *fit, struct fit_weights *w);

/* What a comparison adds to `bits`: level may be FIT_MISSING; count is read where the level is the
 * exact one of a column with rarity. */
double fit_weight_of(const struct fit_column *column, const struct fit_weights *w, uint32_t c,
                     uint32_t level, uint32_t count);

/* -log2(2^-x + 2^-y), for any finite x and y. */
double fit_soft_min(double x, double y);

/* The score of pair i of the data, in bits. */
double fit_score(const struct fit_data *data, const struct fit_weights *w, uint64_t i);

/* bits[i] = the score of pair i, for all data->n_pairs. (fit_scores.c) */
void fit_scores(const struct fit_data *data, const struct fit_weights *w, double *bits);

/* Makes y non-decreasing by the least squares with weights w, n at most FIT_MAX_LEVELS: pool
 * adjacent violators (Ayer, Brunk, Ewing, Reid and Silverman, 1955). Weights are above 0. */
void fit_monotone(double *y, const double *w, uint32_t n);

#endif
