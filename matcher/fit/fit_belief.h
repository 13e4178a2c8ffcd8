/* What a model believes of its own result: how many matches exist, how good a threshold is, and
 * where the model is not to be trusted.
 *
 * Beliefs come from posteriors alone, and are optimistic where columns depend on each other. Not
 * here: figures against a truth (matcher/eval). */
#ifndef AXB_MATCHER_FIT_FIT_BELIEF_H
#define AXB_MATCHER_FIT_FIT_BELIEF_H

#include "core/err.h"
#include "matcher/fit/fit_data.h"

#define FIT_MAX_WARNINGS 16u

/* Two columns that agree exactly together more often than independent columns would, among pairs
 * that the model takes for neither matches nor related. */
struct fit_dependence {
    uint32_t column[2];
    double lift;  /* pairs unlikely to match in which both agree, for each one that independence
                     gives */
    double pairs; /* so many there are in whole files */
};

struct fit_belief {
    double matches;           /* expected, in whole files */
    double explained;         /* of the smaller file; of half the records with self: 0 to 1 */
    double accepted;          /* pairs at the threshold or above, one to one if asked for; whole
                                 files */
    double precision, recall; /* expected at the threshold; 0 where nothing is accepted */
    double several; /* share of A's records with a pair at the threshold or above that have two or
                       more, before a choice of one to one. Of all records with self */
    uint32_t n_informative; /* columns that tell matches from random pairs, by 1 bit or more. With
                               fewer than two no second evidence exists */
    double information_bits[FIT_MAX_COLUMNS]; /* what a column adds to the score of a match, on
                                                 average over matches */
    uint32_t n_dependences;
    struct fit_dependence dependence[FIT_MAX_WARNINGS]; /* the greatest lift first */
};

/* The beliefs of a model about pairs at `threshold_bits` or above. Fails with ERR_OS if there is no
 * memory. */
bool fit_believe(const struct fit_data *data, const struct fit *fit, bool one_to_one,
                 double threshold_bits, struct fit_belief *belief, struct err *e);

/* What a model believes of a threshold: accepted, precision and recall are those of a struct
 * fit_belief. */
struct fit_belief_step {
    double bits;
    double accepted, precision, recall;
};

/* Sets all but bits of n steps, whose bits ascend: what fit_believe says of these thresholds. Fails
 * with ERR_OS if there is no memory: 24 bytes a candidate. */
bool fit_believe_steps(const struct fit_data *data, const struct fit *fit, bool one_to_one,
                       struct fit_belief_step *step, uint32_t n, struct err *e);

/* By what the shares of each level are known: candidates that reach it, and how many matches are
 * expected among them. */
struct fit_support {
    uint64_t candidates[FIT_MAX_COLUMNS][FIT_MAX_LEVELS];
    fit_shares matches;
};

/* The support of a fitted model. Fails as fit_believe does. */
bool fit_support_count(const struct fit_data *data, const struct fit *fit, bool one_to_one,
                       struct fit_support *support, struct err *e);

#endif
