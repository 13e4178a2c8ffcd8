/* What tests of joins share: texts that are hard on filters, and the comparison of a join's pairs
 * with those of the double loop over a table of scores. */
#ifndef AXB_TESTS_REF_JOIN_H
#define AXB_TESTS_REF_JOIN_H

#include "matcher/join.h"
#include "tests/ref_words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A reproducible random number below n (n > 0), and where the sequence starts. */
void ref_seed(uint64_t seed);
uint32_t ref_below(uint32_t n);

/* How random texts look. A third is made afresh, the others are earlier ones with some edits. */
struct ref_shape {
    const char *name;
    uint32_t alphabet, first_point; /* characters, by code point */
    uint32_t shortest, longest;     /* characters of a text */
    uint32_t edits;                 /* up to so many */
    uint32_t blanks;                /* per mille of the characters */
    size_t n;                       /* texts */
};

/* Words and sides of two random lists of texts of one shape, the second partly edited from the
 * first. `self`: one list alone. Freed by ref_words_free. */
void ref_words_random(struct ref_words *r, const struct ref_shape *shape, bool self, uint64_t seed);

/* score[i * b.n + j] for all places of a job, by metric_score in a state that keeps nothing. Freed
 * by the caller. */
double *ref_scores(const struct join_job *job);

/* Runs all items of a join and compares: every pair of score >= min once, with that double, and no
 * other. Says on stderr what is wrong. `stats` may be NULL. */
bool ref_join_matches(const struct join *join, const struct join_job *job, const double *score,
                      const char *what, struct join_stats *stats);

/* The same for many thresholds: fixed ones and scores that occur. */
bool ref_join_thresholds(const struct join *join, struct join_job job, const double *score,
                         const char *what);

#endif
