/* A threshold for a score, without labels: how many of the pairs at least so good are false, and
 * which threshold follows from that.
 *
 * What is known is a histogram of all pairs from a floor up. Pairs that are no matches are guessed
 * in one of three ways:
 *
 *   within files   The same score, of the records of one file among themselves. What resembles
 *                  another record of its own file is no match, if files have no duplicates inside.
 *                  Then the share of such pairs from a score up is the share of false pairs among
 *                  all. (As decoys do in the search of spectra: Elias and Gygi, 2007.) A file in
 *                  which half of the pairs at every threshold would have to be false has duplicates
 *                  itself, or is written in a way of its own; it says nothing and is left out.
 *   tail           Where pairs are many times as many as records, nearly all of them are false, and
 *                  the logarithm of their number falls about evenly with the score. That line goes
 *                  on to where matches are.
 *   model          The score of a model is log2 of the odds of a match, so each pair says itself
 *                  how likely it is false. That is asked for; the other two are a second opinion.
 *
 * Of each threshold the expected number of false pairs, and so of matches and precision, follows.
 * The suggested threshold has the greatest F1 against the most matches that are expected at any
 * threshold where enough of the pairs are right: half of them, or two thirds where the tail says
 * so, which is rougher. Where no such threshold exists, or so few pairs that chance explains them,
 * none separates, and none is suggested.
 *
 * Pure arithmetic. Goods and bins are those of histogram.h. */
#ifndef AXB_MATCHER_SUGGEST_THRESHOLD_H
#define AXB_MATCHER_SUGGEST_THRESHOLD_H

#include "core/err.h"
#include "matcher/suggest/histogram.h"

#include <stdbool.h>
#include <stdint.h>

#define THRESHOLD_NULLS 2u

/* What is known; borrowed. */
struct threshold_input {
    const struct histogram_bin *bin; /* of all pairs from a floor up, ascending … */
    uint32_t n;
    double all_pairs; /* … of so many that were compared, above 0 */
    double records;   /* that can have a match: those of the smaller file; half of the only one */
    bool bits;        /* goods are log2 of the odds of a match: the model is asked */
    uint32_t level;   /* of the bins */
    struct threshold_null {
        const struct histogram_bin *bin; /* within a file, ascending, from the same floor and … */
        uint32_t n;                      /* … of the same level */
        double pairs;                    /* that were compared; 0: this file is not looked at */
    } null[THRESHOLD_NULLS];
};

/* All pairs from a bin up. */
struct threshold_cut {
    double good;        /* where the bin begins */
    double pairs;       /* at least so good */
    double false_pairs; /* of these, expected: 0 to pairs */
};

enum threshold_source {
    THRESHOLD_UNKNOWN,
    THRESHOLD_WITHIN_FILES,
    THRESHOLD_TAIL,
    THRESHOLD_MODEL
};

struct threshold {
    struct threshold_cut *cut; /* one for each bin, ascending; owned */
    uint32_t n;
    enum threshold_source source; /* of false_pairs; THRESHOLD_UNKNOWN: they are 0 */
    bool used[THRESHOLD_NULLS];   /* which files say something; if none does, and there is no
                                     tail, false_pairs are what they say nevertheless */
    bool separates;               /* cut[best] is suggested */
    uint32_t best;
    double matches; /* expected, at the threshold that has the most of them; by a model in all */
};

/* Finds it. threshold_close is due in any case. ERR_OS without memory. */
bool threshold_find(struct threshold *t, const struct threshold_input *input, struct err *e);
void threshold_close(struct threshold *t);

/* Do files say something? */
static inline bool threshold_is_told(const struct threshold *t)
{
    return t->used[0] || t->used[1];
}

/* The share of the pairs of a cut that are expected to be right: 0 to 1. */
double threshold_precision(const struct threshold_cut *cut);

/* The false pairs of the bin of cut i alone, without those of the bins above it. */
double threshold_false_in_bin(const struct threshold *t, uint32_t i);

#endif
