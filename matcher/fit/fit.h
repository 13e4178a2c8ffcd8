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

#include <stdbool.h>
#include <stdint.h>

#define FIT_MAX_COLUMNS 32u
#define FIT_MAX_LEVELS 8u
#define FIT_MISSING                                                                                \
    255u /* the level of a comparison where a value is missing; it weighs nothing                  \
          */

/* What is known of a comparison beforehand. Levels ascend: level 0 says least, the last one is
 * exact agreement. */
struct fit_column {
    uint32_t n_levels;        /* 2 to FIT_MAX_LEVELS */
    double u[FIT_MAX_LEVELS]; /* share of each level among random pairs of which neither value is
                                 missing: above 0, and 1 in all */
    bool rarity;              /* exact agreement on a rare value weighs more */
    uint64_t n_values;        /* if rarity: records of both files that have a value. A value of
                                 `count` records has the share f = max(count, 2) / n_values */
};

/* Candidates with the levels of their columns. The memory is the caller's. */
struct fit_data {
    uint32_t n_columns; /* 1 to FIT_MAX_COLUMNS */
    const struct fit_column *column;
    uint64_t n_rows[2]; /* records of A and of B, candidates or not; at most UINT32_MAX each */
    bool self;          /* both are the same records, a < b in each pair, and n_rows are equal */
    double share;       /* above 0, up to 1: the share of A's rows that were sampled for the fit. A
                           row that was has all of its candidates here. With self it must be 1 */
    uint64_t n_pairs;   /* at most UINT32_MAX */
    const uint32_t *a, *b;        /* [n_pairs]: rows from 0, ascending by a, then by b */
    const uint8_t *const *level;  /* [n_columns][n_pairs]: a level, or FIT_MISSING */
    const uint32_t *const *count; /* [n_columns][n_pairs]: records of both files that have the
                                     value; read at the exact level of columns with rarity; may be
                                     NULL for others */
};

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

/* Shares of the levels of each column: above 0, and 1 in all. */
typedef double fit_shares[FIT_MAX_COLUMNS][FIT_MAX_LEVELS];

/* A fitted model. No number of it is NaN. */
struct fit {
    uint32_t n_columns;
    fit_shares m; /* among matches */
    fit_shares h; /* among related pairs, if has_related */
    bool
        has_related; /* pairs exist that are related, not the same: of one household, of one city */
    double k, k_related;       /* expected pairs of each class in whole files */
    double prior_bits;         /* log2 of the odds of a match to a random pair, before a look */
    double related_prior_bits; /* the same of a match to a related pair, if has_related */
    uint32_t rounds;           /* of expectation and maximisation, in all */
    bool converged;            /* k was steady before most_rounds */
};

/* The model before any fit: m is .7 at the exact level and the rest spread evenly over the others,
 * k is .3 of the smaller file. Its weights are a first score, by which candidates can be found. */
void fit_start(const struct fit_column *column, uint32_t n_columns, const uint64_t n_rows[2],
               bool self, struct fit *fit);

/* Fits m, k and, where it helps, h. Fails with ERR_SOFTWARE if the data are not as said above, and
 * with ERR_OS if there is no memory: 72 bytes a pair at most, 2 a pair and column, 12 a record.
 * Without candidates, or where all is missing, m stays as it starts. */
bool fit_model(const struct fit_data *data, const struct fit_options *options, struct fit *fit,
               struct err *e);

#endif
