/* One round of expectation and maximisation, and the memory that rounds share.
 *
 * Not here: which rounds are made, with which prior, and when they end (fit.c). */
#ifndef AXB_MATCHER_FIT_FIT_EM_H
#define AXB_MATCHER_FIT_FIT_EM_H

#include "matcher/fit/fit_patterns.h"

struct fit_em {
    const struct fit_data *data;
    const struct fit_labels *labels; /* NULL: none */
    struct fit_patterns patterns;
    uint32_t *row_first[2]; /* [n_rows + 1] where the pairs of a row begin: of A among the pairs, of
                               B in by_b */
    uint32_t *by_b;         /* [n_pairs] pairs in the order of their rows of B */
    double *row_odds[2];    /* [n_rows] sum of the odds of a row's pairs */
    double *odds;           /* [patterns] of a match to all else */
    double *related;        /* [patterns] share of related pairs among those that do not match */
    uint8_t *left_out;      /* [patterns] taken for random, whatever the model says */
    double *mass, *related_mass; /* [patterns] expected matches and related pairs */
    double *p;                   /* [n_pairs] posterior of a match */
    double *bits;                /* [n_columns][most_codes] what a code weighs */
    fit_shares *partial;         /* sums of single blocks of patterns */
    struct scratch scratch;
};

/* The memory of a fit. fit_em_close may be called after a failure, too. */
bool fit_em_open(struct fit_em *em, const struct fit_data *data, const struct fit_labels *labels,
                 struct err *e);
void fit_em_close(struct fit_em *em);

/* Expectation: odds, p and mass, and with a class of related pairs `related` and related_mass. If
 * `competes`, the pairs of a record share the belief that it has one match:
 *     p_ab = e_ab / (1 + e_ab + sum of the other e_ab' + sum of the other e_a'b),
 * without which the fit would fall for any two columns that go together. The sum over A's rows
 * stands for rows that were not sampled, too. */
void fit_em_expect(struct fit_em *em, const struct fit *fit, bool competes);

/* Leaves out patterns that scored less than so many bits in the last expectation, from the next one
 * on; and takes them all in again. */
void fit_em_leave_out(struct fit_em *em, double least_bits);
void fit_em_take_in(struct fit_em *em);

/* What loses the competition, r = e / (1 + e) - p, as the first related_mass. */
void fit_em_losers(struct fit_em *em);

/* The sums of `mass` over the patterns with each level of each column. */
void fit_em_sum(struct fit_em *em, const double *mass, fit_shares sum);

/* Maximisation: shares of the levels by such sums, together with `alpha` pairs that are as `start`
 * says. Where nothing is known it is start. No share is below 1e-4. `share` may be `start`. */
void fit_em_maximise(const struct fit_em *em, fit_shares sum, double alpha, fit_shares start,
                     fit_shares share);

/* The sum over patterns, for whole files: divided by the share of A's rows, and at least half a
 * pair. */
double fit_em_total(const struct fit_em *em, const double *mass);

#endif
