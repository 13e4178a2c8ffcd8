/* Weights without labels: how often the columns of matches agree at each level, fitted to pairs of
 * records.
 *
 * The model is that of Fellegi and Sunter (1969): a pair is a match or random, and given that, its
 * columns are independent. How random pairs agree (u) is counted beforehand and stays as it is; how
 * matches agree (m) is fitted by expectation and maximisation (Dempster, Laird and Rubin, 1977).
 * The population is every pair of records. Only candidates are looked at; of all other pairs a
 * posterior of 0 is assumed.
 *
 * Pure functions of arrays: the result is the same double for any number of threads. Not here:
 * where the numbers come from, the model's file, and its expression. */
#ifndef AXB_MATCHER_FIT_FIT_H
#define AXB_MATCHER_FIT_FIT_H

#include "core/err.h"
#include "matcher/fit/fit_data.h"

struct fit_options {
    bool one_to_one;        /* no record has two partners: the bipartite prior */
    bool related;           /* try a class of related pairs */
    double alpha;           /* pairs that the start of m counts for */
    double most_change;     /* a fit ends when k changes by a smaller share than this */
    uint32_t most_rounds;   /* and after so many rounds at the latest */
    double bipartite_floor; /* the least share of a file that counts as not yet matched */
};

/* What the recipe does: one_to_one as given, related, alpha 5, change 1e-4, 40 rounds, floor .05.
 */
struct fit_options fit_defaults(bool one_to_one);

/* The model before any fit: m is .7 at the exact level and the rest spread evenly over the others,
 * k is .3 of the smaller file. Its weights are a first score, by which candidates can be found. */
void fit_start(const struct fit_column *column, uint32_t n_columns, const uint64_t n_rows[2],
               bool self, struct fit *fit);

/* Fits m, k and, where it helps, h; with labels (or NULL), which take the place of posteriors.
 * Fails with ERR_SOFTWARE if the data are not as said above, and with ERR_OS if there is no memory:
 * 72 bytes a pair at most, 2 a pair and column, 12 a record. Without candidates, or where all is
 * missing, m stays as it starts. */
bool fit_model(const struct fit_data *data, const struct fit_options *options,
               const struct fit_labels *labels, struct fit *fit, struct err *e);

#endif
