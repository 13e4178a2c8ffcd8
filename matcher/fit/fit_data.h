/* What a model is fitted to, and the model: the numbers that everything here speaks of.
 *
 * Not here: how it is fitted (fit.h), and what it says of a pair (fit_weights.h). */
#ifndef AXB_MATCHER_FIT_FIT_DATA_H
#define AXB_MATCHER_FIT_FIT_DATA_H

#include <stdbool.h>
#include <stdint.h>

#define FIT_MAX_COLUMNS 32u
#define FIT_MAX_LEVELS 10u
/* The level of a comparison where a value is missing. It weighs nothing. */
#define FIT_MISSING 255u

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

enum fit_label { FIT_NO_MATCH, FIT_MATCH, FIT_UNLABELLED };

/* Labels of candidates. A truth file gives each candidate one, and says how many true pairs are no
 * candidates. Reviewed pairs are labels of some. */
struct fit_labels {
    const uint8_t *label;   /* [n_pairs]: an enum fit_label */
    const float *weight;    /* [n_pairs]: how many pairs a label stands for, above 0; NULL: 1 each.
                               For F1 alone */
    double n_other_matches; /* true pairs of the sampled rows that are no candidates: missed by any
                               threshold */
};

/* Shares of the levels of each column: above 0, and 1 in all. */
typedef double fit_shares[FIT_MAX_COLUMNS][FIT_MAX_LEVELS];

/* What a round of a fit was for (fit.c says why these come one after the other). */
enum fit_phase {
    FIT_COMPETING, /* the pairs of a record share the belief that it has one match */
    FIT_RELATED,   /* a class of related pairs is tried */
    FIT_BIPARTITE, /* one to one: few records are left that a random pair could be made of */
    FIT_COUNTING   /* a record may have several matches: k alone is fitted */
};

/* What a round of expectation and maximisation came to. */
struct fit_round {
    enum fit_phase phase;
    double k; /* expected matches in whole files */
};

#define FIT_MAX_ROUNDS 240u /* that are kept; the recipe makes fewer */

/* A fitted model. No number of it is NaN. */
struct fit {
    uint32_t n_columns;
    fit_shares m;        /* among matches */
    fit_shares h;        /* among related pairs, if has_related */
    bool has_related;    /* some pairs are related and not the same: one household, one city */
    double k, k_related; /* expected pairs of each class in whole files */
    double prior_bits;   /* log2 of the odds of a match to a random pair, before a look */
    double related_prior_bits; /* the same of a match to a related pair, if has_related */
    uint32_t rounds;           /* of expectation and maximisation, in all: with those that were
                                  tried and not taken */
    struct fit_round round[FIT_MAX_ROUNDS]; /* the first of these, one after the other */
    bool converged;                         /* k was steady before most_rounds */
};

#endif
