/* The gate: drops candidates by a glance at one term before anything is computed.
 *
 * For each text a card: its length, a signature of its characters and its first four. From two
 * cards follows how many characters the texts have in common at most, and so a metric's value at
 * most; pairs whose value cannot reach what the expression asks of the term are dropped, at about
 * a nanosecond each. Only for metrics of characters (edit distances, Jaro), and never wrong:
 * signatures that collide only let more pass. Not a join: it looks at every candidate. */
#ifndef AXB_MATCHER_ENGINE_PREFILTER_H
#define AXB_MATCHER_ENGINE_PREFILTER_H

#include "core/err.h"
#include "core/shm.h"
#include "matcher/kernel/kernel_signature.h"
#include "matcher/metric/metric.h"

#include <stdbool.h>

/* Whether a metric has a bound by characters in common. */
bool prefilter_knows(const struct metric_use *use);

/* What a gate reads: the cards of all rows of A, in order, and those of a list of rows of B. */
struct prefilter {
    const struct signature *a;
    struct signatures b;
};

/* Makes the cards of side a, and of the n rows of side b in `rows` (NULL: all its rows in order),
 * into the empty segment `out`. */
bool prefilter_build(const struct dictionary *dictionary, const struct side *a,
                     const struct side *b, const uint32_t *rows, uint64_t n, struct shm *out,
                     struct err *e);
void prefilter_view(struct prefilter *prefilter, struct shm_view signatures);

/* What a text of A of `length` characters asks of others so that the metric reaches `need` > 0;
 * at most 63 characters. */
void prefilter_limit(const struct metric_use *use, uint32_t length, double need,
                     signature_limits limits);

#endif
