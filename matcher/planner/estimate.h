/* Estimates for the planner: how many pairs of rows a term leaves, or two at once, and what it
 * costs.
 *
 * Random pairs of rows are scored. They miss pairs of equal values, so these are counted exactly.
 * Two terms are not independent: of those who have one last name, more have one first name than of
 * all. So among random pairs with an equal value of one term the others are scored as well. The
 * plan depends on the estimates; a result never does. */
#ifndef AXB_MATCHER_PLANNER_ESTIMATE_H
#define AXB_MATCHER_PLANNER_ESTIMATE_H

#include "matcher/engine/plan.h"
#include "matcher/engine/query.h"
#include "matcher/expr/expr.h"
#include "matcher/index/index.h"

#define ESTIMATE_GROUPS 3u
#define ESTIMATE_BEST 2048u /* pairs of the sample that are remembered with all their scores */
#define ESTIMATE_SIZES 33u  /* powers of two up to 2^32 */
#define ESTIMATE_BITS 33u   /* whole bits of rarity, from 0 … */
#define ESTIMATE_STEPS 16u  /* … each in so many steps */
#define ESTIMATE_RARITIES (ESTIMATE_BITS * ESTIMATE_STEPS)

/* A pair of the sample, by its number, and its score. */
struct estimate_scored {
    double score;
    uint32_t pair;
};

struct estimate_term {
    double *score;   /* of the sampled pairs whose values differ, ascending, if they have one */
    uint32_t n;      /* their number … */
    double drawn;    /* … of so many */
    double *of_pair; /* the score of each pair of the sample, which is the same for all terms;
                        NaN as far as `score` lacks it; NULL for one term alone … */
    struct estimate_scored *best; /* … and the best of these, the best first */
    uint32_t n_best;
    bool falls;          /* a distance: lower values match */
    double equal_pairs;  /* pairs of rows whose values are equal */
    double equal_values; /* values that both sides have */
    double *rare_share;  /* of a term that weighs values: the share of equal_pairs that has rarity
                            k / ESTIMATE_STEPS or more, ESTIMATE_RARITIES of them; else NULL */
    double unequal_most; /* what no two values that differ can exceed; infinity: not known */
    double seconds;      /* of one core for one score */
    double *value_score; /* of sampled pairs of values, as score; NULL: as of rows */
    uint32_t n_values;   /* their number … */
    double values_drawn; /* … of so many, which stand for … */
    double all_values;   /* … all pairs of values */
    /* Pairs of rows with an equal value, in groups by value: rows of A and of B of groups at equal
     * distances among all such pairs, the smaller groups first. */
    double group[ESTIMATE_GROUPS][2];
    double n_records; /* of both columns, that have a value */
    /* How many different values 2^k rows of A, or of B, can be expected to have. */
    double distinct[2][ESTIMATE_SIZES];
};

/* What is known of a term among random pairs of rows whose values of another term, the given one,
 * are equal. */
struct estimate_joint {
    double *score;    /* of those whose values of the term differ, as in estimate_term */
    uint32_t n;       /* their number … */
    double drawn;     /* … of so many */
    double equal;     /* of these, with equal values of the term as well */
    double compounds; /* for each pair of rows with an equal value of the given term, so many pairs
                         of different values of this one */
};

struct estimate {
    double all_pairs; /* of rows */
    uint32_t n_terms;
    struct estimate_term term[EXPR_MAX_TERMS];
    struct estimate_joint *joint; /* [given * n_terms + term]; NULL for fewer than two terms */
};

/* Samples all terms of the query; none if the query is one metric, because its join estimates
 * itself. ERR_OS without memory; estimate_close is due even then. */
bool estimate_make(struct estimate *s, const struct query *query, const struct inputs *inputs,
                   double all_pairs, struct err *e);
void estimate_close(struct estimate *s);

/* How many of all_pairs have a term that reaches `need`; above 0 if all_pairs is. */
double estimate_pairs(const struct estimate *s, uint32_t term, double need);

/* How many of these have equal values of the term. */
double estimate_equal(const struct estimate *s, uint32_t term, double need);

/* The median of the scores that reach `need`, of sampled pairs of rows whose values differ; `need`
 * if there are none. */
double estimate_median(const struct estimate *s, uint32_t term, double need);

/* How many have both. */
double estimate_both(const struct estimate *s, uint32_t term, double need, uint32_t also,
                     double also_need);

/* How many a join leaves, by its one term or its two. */
double estimate_join(const struct estimate *s, const struct plan_join *join);

/* How many pairs of values of a term reach `need`. */
double estimate_values(const struct estimate *s, uint32_t term, double need);

/* How many different values of a term some rows of a side (0: A, 1: B) can be expected to have. */
double estimate_distinct(const struct estimate *s, uint32_t term, int side, double rows);

/* The rows of A and of B of some groups of equal values of a term that reach `need`, into
 * rows[ESTIMATE_GROUPS][2], as in estimate_term. */
void estimate_groups(const struct estimate *s, uint32_t term, double need, double (*rows)[2]);

/* How many pairs of compounds the first column of which reaches `need`: pairs of values of `also`
 * that stand in the groups of equal values of `term`, and in those of other such pairs. */
struct estimate_compounds {
    double equal, unequal;
};
struct estimate_compounds estimate_compounds(const struct estimate *s, uint32_t term, double need,
                                             uint32_t also);

#endif
