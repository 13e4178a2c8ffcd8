/* Edit rules: which whole numbers a pair of lengths must reach under an edit metric and threshold.
 *
 * The scan and the index join of the edit family share these. A threshold becomes, for each pair
 * of lengths, a largest distance, found by evaluating the very double expression that the metric
 * reports; from it follow how many characters may stay without a partner and how far partners may
 * be shifted. Not here: texts, indexes, kernels. */
#ifndef AXB_MATCHER_JOIN_EDIT_EDIT_RULE_H
#define AXB_MATCHER_JOIN_EDIT_EDIT_RULE_H

#include "matcher/join/join.h"
#include "matcher/kernel/kernel_edit.h"

#include <stdbool.h>
#include <stdint.h>

struct edit_rule {
    enum edit_kind kind;
    enum metric_share share;
    enum metric_view view;
    double min; /* as in join_job */
    bool exact; /* the kernel's distance is the metric's; else it only proposes pairs, and
                   metric_score decides */
};

/* What a pair of lengths, short_length <= long_length, must satisfy. With D their difference, a
 * pair that matches has an alignment in which at most tau_short characters of the short text and
 * tau_long of the long one have no equal partner, and in which a partner stands between `back`
 * places before and `ahead` places after its own (long position - short position). */
struct edit_bounds {
    bool possible;         /* lengths alone do not forbid a match */
    uint32_t limit;        /* largest distance in operations of the metric's kind */
    uint32_t kernel_limit; /* largest distance that the kernel may let pass (>= limit) */
    uint32_t parts;        /* of this many separate pieces of the short text one is untouched */
    uint32_t gap;          /* characters to leave out between the pieces */
    uint32_t tau_short, tau_long;
    uint32_t back, ahead;             /* of any partner */
    uint32_t piece_back, piece_ahead; /* of an untouched piece */
};

/* The rule of a job; false if its metric is not made of edits. */
bool edit_rule_make(struct edit_rule *rule, const struct join_job *job);

/* The largest distance that the rule accepts out of `maximum`: for similarities that
 * metric_edit_similarity does. */
uint64_t edit_rule_accepted(const struct edit_rule *rule, uint64_t maximum);

/* The bounds for texts of two lengths, in either order. Lengths up to 2^31. */
struct edit_bounds edit_rule_bounds(const struct edit_rule *rule, uint32_t length_a,
                                    uint32_t length_b);

/* The score of a pair at a distance of an exact rule's kind. */
double edit_rule_score(const struct edit_rule *rule, uint32_t length_a, uint32_t length_b,
                       uint64_t distance);

#endif
