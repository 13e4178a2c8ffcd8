/* How many characters two texts must have in common to reach a threshold, by lengths and prefix.
 *
 * A character counts as often as both texts have it, wherever it stands. An edit distance is at
 * least the number of characters of the longer text without a partner, or for indel of both texts;
 * so the largest distance that is good enough says how many partners it takes. For other metrics
 * the bound (metric.h) says what a score can be at most for so many of them, and it does not fall
 * with them: the least number that reaches the threshold is found by bisection, on the very
 * doubles. */
#ifndef AXB_MATCHER_JOIN_COUNT_COUNT_RULE_H
#define AXB_MATCHER_JOIN_COUNT_COUNT_RULE_H

#include "matcher/join/join.h"

#include <stdbool.h>
#include <stdint.h>

#define COUNT_NEVER UINT32_MAX

/* Has the job's metric a bound by characters in common, in its view? */
bool count_rule_fits(const struct join_job *job);

/* Prefixes that are told apart, beside that of no character: METRIC_PREFIX_MOST or none. */
uint32_t count_rule_prefixes(const struct join_job *job);

/* The least number of characters in common that texts of la and lb characters with a common prefix
 * of `prefix` need; COUNT_NEVER if no number is enough. */
uint32_t count_rule_common(const struct join_job *job, uint32_t la, uint32_t lb, uint32_t prefix);

#endif
