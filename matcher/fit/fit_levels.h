/* Levels of a column by rarity: where the metric is cut, so that each level is rarer among random
 * pairs than the one below.
 *
 * No table for each metric is needed: the cuts come from how random pairs score. Not here: how
 * these were counted. */
#ifndef AXB_MATCHER_FIT_FIT_LEVELS_H
#define AXB_MATCHER_FIT_FIT_LEVELS_H

#include "matcher/fit/fit_data.h"

/* How a metric spreads over random pairs of which neither value is missing. */
struct fit_null {
    uint32_t n;
    const double *value; /* [n] values of the metric below that of equal values, descending */
    const double *share; /* [n] share of random pairs at each value; what is missing to 1 lies below
                            the last value, or is exact */
    double exact_share;  /* share of random pairs whose values are equal: sum of f_A(v) f_B(v) */
    double least_share;  /* the least share that could be counted: 1 / pairs looked at */
};

struct fit_levels {
    uint32_t n_levels; /* 2 to FIT_MAX_LEVELS */
    /* Level l > 0 holds values from cut[l - 1] on, up to the next cut. The last level is exact
     * agreement, whose cut is not here: there are n_levels - 2 cuts, ascending, above 0. */
    double cut[FIT_MAX_LEVELS];
    double u[FIT_MAX_LEVELS]; /* as fit_column.u */
};

/* Cuts a column: exact agreement, then where the share of random pairs that are at or above the
 * cut, and do not agree exactly, falls to 1e-6, 1e-5, 1e-4, .001, .01, .03, .1 and .3. A cut is not
 * closer than .02 to the one above and not below .05, and it is a short decimal. If `only_exact`,
 * as for categories, there are two levels. Shares below what could be counted are put at 0.3 of
 * that; never 0. */
void fit_levels(const struct fit_null *null, bool only_exact, struct fit_levels *levels);

#endif
