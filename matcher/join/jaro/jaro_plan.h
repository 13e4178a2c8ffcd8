/* The plan of a Jaro join: which sort orders bring the pairs together that may match.
 *
 * Pairs are searched by common prefix: those of exactly 0, 1, 2 and 3 characters and those of 4 or
 * more. (Jaro itself has no prefix: there all pairs are one pass.)
 *
 * The alphabet is dealt out to d + e parts. If at most d tokens of a pair have no partner, they lie
 * in at most d parts, so at least e parts have equal multisets on both sides (the pigeonhole
 * principle). With d = 2 and e = 1:
 *
 *     parts   {a f k …}  {b g l …}  {c h m …}     two tokens without a partner touch two parts,
 *                x           =          x         one is equal
 *
 * So the values are sorted by prefix and by e of the parts, once for each choice of e parts, and
 * only values that agree in prefix and parts are compared. A sample chooses how
 * many parts there are and how many must be equal. It never decides about a pair. */
#ifndef AXB_MATCHER_JOIN_JARO_JARO_PLAN_H
#define AXB_MATCHER_JOIN_JARO_JARO_PLAN_H

#include "matcher/join/jaro/jaro_rows.h"
#include "matcher/join/jaro/jaro_rule.h"

#define JARO_PASSES JARO_PREFIXES

/* How the pairs of one prefix are found. */
struct jaro_pass {
    bool parts;   /* by parts: the pairs with few enough tokens without a partner */
    bool rest;    /* by prefix alone: the other pairs */
    bool dense;   /* the other pairs are all verified, since most of them pass */
    bool windows; /* tokens count within reach alone (jaro_windows.h) */
};

struct jaro_plan {
    uint32_t n_passes;         /* 1 for jaro */
    uint32_t n_parts, n_equal; /* of n_parts parts n_equal are equal */
    struct jaro_pass pass[JARO_PASSES];
    double seconds; /* of one core, without building */
};

/* False if memory is short. Takes some milliseconds. */
bool jaro_plan_make(struct jaro_plan *plan, const struct join_job *job);

/* Tokens of both values without a partner, at most, if they have `common` in common. */
static inline uint32_t jaro_unmatched(uint32_t length_a, uint32_t length_b, uint32_t common)
{
    return length_a + length_b - 2 * common;
}

/* Does the choice `parts` (a set of bits, 0: prefix alone) find the pairs of lengths that leave at
 * most `unmatched` tokens? The first d + e parts do for d. */
static inline bool jaro_plan_finds(const struct jaro_plan *plan, const struct jaro_pass *pass,
                                   uint32_t parts, uint32_t unmatched)
{
    bool by_parts = pass->parts && unmatched + plan->n_equal <= plan->n_parts;
    if (!parts)
        return !by_parts;
    return by_parts && parts >> (unmatched + plan->n_equal) == 0;
}

#endif
