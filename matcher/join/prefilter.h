/* The prefilter: drops candidates by a bound on one term, before any term is computed.
 *
 * Each text has a signature: its length, its set of characters in 64 bits, and its first four. Two
 * signatures bound how many characters the texts have in common, and so the value of the metric. A
 * pair is dropped if that bound is below what the expression asks of the term; this costs about a
 * nanosecond a pair. Only metrics of characters have such a bound (edit distances, Jaro). A pair
 * that matches is never dropped: signatures that collide only let more pass. Not a join: every
 * candidate is looked at. */
#ifndef AXB_MATCHER_JOIN_PREFILTER_H
#define AXB_MATCHER_JOIN_PREFILTER_H

#include "core/err.h"
#include "core/shm.h"
#include "matcher/kernel/kernel_signature.h"
#include "matcher/metric/metric.h"

#include <stdbool.h>

/* Does the metric have a bound by characters in common? */
bool prefilter_knows(const struct metric_use *use);

/* The signatures of all rows of A, in order, and those of a list of rows of B. */
struct prefilter {
    const struct signature *a;
    struct signatures b;
};

/* Makes the signatures of side a, and of the n rows of side b in `rows` (NULL: all its rows in
 * order), into the empty segment `out`. */
bool prefilter_build(const struct dictionary *dictionary, const struct side *a,
                     const struct side *b, const uint32_t *rows, uint64_t n, struct shm *out,
                     struct err *e);
void prefilter_view(struct prefilter *prefilter, struct shm_view signatures);

/* For a text of A of `length` characters (at most 63): what the signatures of other texts must have
 * in common with its own so that the metric can reach `need` > 0. */
void prefilter_limit(const struct metric_use *use, uint32_t length, double need,
                     signature_limits limits);

/* The share of the pairs of values of two sides that pass where the metric has to reach `need` > 0,
 * as some thousand of them say; above 0. */
double prefilter_share(const struct metric_use *use, const struct dictionary *dictionary,
                       const struct side *a, const struct side *b, double need);

#endif
