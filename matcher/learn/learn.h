/* `axb learn`: from two files, or one, to a model; without labels, or with those of --truth.
 *
 *     files → columns → null → candidates → fit → model
 *
 * Each value is made once, by the function of its module. Not here: the command line
 * (command/cmd_learn.c) and what it prints (learn_report.h). */
#ifndef AXB_MATCHER_LEARN_LEARN_H
#define AXB_MATCHER_LEARN_LEARN_H

#include "matcher/fit/fit_belief.h"
#include "matcher/learn/candidates.h"
#include "matcher/learn/learn_columns.h"
#include "matcher/learn/null.h"
#include "matcher/learn/placeholders.h"
#include "matcher/learn/truth.h"
#include "matcher/model/model.h"

/* What was learned, and how. */
struct learned {
    bool self;
    struct model model;
    struct learn_columns columns;
    struct placeholders placeholders;        /* the rows of those that the model has */
    struct fit_levels null[COMPARISONS_MAX]; /* of each comparison */
    uint32_t which[MODEL_MAX_COLUMNS];       /* the comparison that each column has in the end */
    uint64_t n_candidates, n_rows_sampled;
    double floor_bits;
    struct fit fit;
    struct fit_belief belief;
    struct truth_fitted labelled; /* with --truth; else n_labels is 0 */
    double seconds[4]; /* looking at the columns, counting, finding candidates, fitting */
    bool other[MODEL_MAX_COLUMNS]; /* the column is of another kind than it looked at first */
};

/* Who looks at a model once it is fitted, while the tables and the candidates that it was fitted to
 * are in memory. */
struct learn_look {
    bool (*at)(void *context, const struct learned *l, const struct candidates *found,
               const struct run *r, struct err *e);
    void *context;
};

/* Learns from the inputs of the options. `look` may be NULL. learned_free is due even after a
 * failure. *e: what reading the files and running say, and whoever looks. */
bool learn(const struct opts *o, bool self, const struct learn_look *look, struct learned *l,
           struct err *e);
void learned_free(struct learned *l);

#endif
