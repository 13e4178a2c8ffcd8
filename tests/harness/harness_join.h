/* What tests of joins share: texts that are hard on filters, and the comparison of a join's pairs
 * with those of the double loop over a table of scores. */
#ifndef AXB_TESTS_HARNESS_HARNESS_JOIN_H
#define AXB_TESTS_HARNESS_HARNESS_JOIN_H

#include "matcher/join/join.h"
#include "tests/harness/harness_dictionary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How random texts look. A third of them is new, the others are earlier ones with some edits. */
struct harness_shape {
    const char *name;
    uint32_t alphabet, first_point; /* characters, by code point */
    uint32_t shortest, longest;     /* characters of a text */
    uint32_t edits;                 /* up to so many: insert, delete, swap neighbours, replace */
    uint32_t blanks;                /* per mille of the characters */
    size_t n;                       /* texts */
    uint32_t period;                /* > 0: a new text repeats its first so many characters */
    bool skewed;                    /* four of five characters are from the first eighth */
};

/* A list of texts, UTF-8. */
struct harness_texts {
    char **text;
    size_t n;
};

/* Two random lists of a shape, shape->n texts each, of which the second resembles the first. Freed
 * by harness_texts_free. */
void harness_texts_random(struct harness_texts *a, struct harness_texts *b,
                          const struct harness_shape *shape, uint64_t seed);
/* Puts each text into a form. */
void harness_texts_form(struct harness_texts *t, enum text_form form);
void harness_texts_free(struct harness_texts *t);

/* Dictionary and sides of two lists, or of one alone (b NULL). Freed by harness_dictionary_free. */
void harness_dictionary_of(struct harness_dictionary *r, const struct harness_texts *a,
                           const struct harness_texts *b);

/* Dictionary and sides of two random lists of texts of one shape, the second partly edited from the
 * first. `self`: one list alone. Freed by harness_dictionary_free. */
void harness_dictionary_random(struct harness_dictionary *r, const struct harness_shape *shape,
                               bool self, uint64_t seed);

/* The same of texts in a form, as a metric compares them. */
void harness_dictionary_formed(struct harness_dictionary *r, const struct harness_shape *shape,
                               enum text_form form, bool self, uint64_t seed);

/* The job of comparing both sides, or A with itself, by a metric, without a threshold. The texts
 * have the form of the metric. */
struct join_job harness_join_job(const char *metric, const struct harness_dictionary *r, bool self);

/* The score of every pair of places of a job, by metric_score: score[i * b.n + j]. Freed by the
 * caller. */
double *harness_scores(const struct join_job *job);

/* A sink that keeps all pairs. */
struct harness_collector {
    struct join_sink sink;
    struct join_pair buffer[5]; /* small, so that it is flushed in the middle of everything */
    struct join_pair *pairs;
    size_t n, capacity;
};
void harness_collector_open(struct harness_collector *c);
/* Compares what was collected with the double loop: it must hold every pair that reaches job->need
 * exactly once, with that double, and no other pair. Says on stderr what is wrong. Frees the pairs.
 */
bool harness_collector_matches(struct harness_collector *c, const struct join_job *job,
                               const double *score, const char *what);

/* Runs all items of a join and compares in the same way. `stats` may be NULL. */
bool harness_join_matches(const struct join *join, const struct join_job *job, const double *score,
                          const char *what, struct join_stats *stats);

/* Runs all items of a join into a sink that only counts: what is put, and what is added to its
 * rows, are together as many pairs of rows as the pairs of the double loop stand for. */
bool harness_join_counts(const struct join *join, const struct join_job *job, const double *score,
                         const char *what);

/* harness_join_matches for many thresholds: fixed ones and scores that occur. */
bool harness_join_thresholds(const struct join *join, struct join_job job, const double *score,
                             const char *what);

#endif
