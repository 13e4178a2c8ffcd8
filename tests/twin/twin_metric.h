/* The slow obvious twin of every metric: its definition on arrays of code points, nothing clever,
 * nothing shared with matcher/ but the description of the use. */
#ifndef AXB_TESTS_TWIN_TWIN_METRIC_H
#define AXB_TESTS_TWIN_TWIN_METRIC_H

#include "matcher/metric/metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The score of a against b, in the view and with the arguments of `use`. False if there is no twin
 * for this metric. */
bool twin_metric(const struct metric_use *use, const uint32_t *a, size_t na, const uint32_t *b,
                 size_t nb, double *score);

/* Jaro's matching: each character of b in turn takes the first equal one of a that is within
 * reach and not taken yet. */
struct twin_jaro {
    size_t common;
    size_t crossed; /* of these, how many are out of order */
};
struct twin_jaro twin_jaro(const uint32_t *a, size_t na, const uint32_t *b, size_t nb);

/* A text in a form, in `out`, which has room for n code points; returns how many it has. */
size_t twin_form(enum text_form form, const uint32_t *p, size_t n, uint32_t *out);

/* The figure of `use` where a text is missing. */
double twin_metric_missing(const struct metric_use *use);

#endif
