/* Which side an expression reads, and what of a condition reads one side alone.
 *
 * `a.city == "Bonn" && levenshtein(name) >= 0.8 && number(b.age) > 17` is true only where each of
 * its three conjuncts is. The first reads A alone and the third B alone, so each is decided once a
 * record instead of once a pair. Not here: deciding them (run/conditions.h). */
#ifndef AXB_MATCHER_EXPR_EXPR_SIDES_H
#define AXB_MATCHER_EXPR_EXPR_SIDES_H

#include "matcher/expr/expr.h"

/* A condition in parts; each is the conjunction of some of its conjuncts, or EXPR_NONE. The
 * condition is true where all parts are. */
struct expr_parts {
    uint32_t side[2]; /* that read A alone, and B alone */
    uint32_t rest;
};

/* The sides that the expression below `node` reads: 1 for A, 2 for B, 3 for both, 0 for none. */
unsigned expr_sides(const struct expr *x, uint32_t node);

/* Splits a condition (EXPR_NONE: no condition). The nodes of the conjunctions are added to *x; if
 * they do not fit, all of the condition is the rest. */
struct expr_parts expr_split(struct expr *x, uint32_t where);

/* Do both say the same, one of A and the other of B? Either may be EXPR_NONE. */
bool expr_mirrors(const struct expr *x, uint32_t of_a, uint32_t of_b);

/* Drops all nodes but those below the roots, and renumbers the roots; EXPR_NONE stays what it is.
 * Terms and columns keep their numbers. */
void expr_trim(struct expr *x, uint32_t *const roots[], uint32_t n_roots);

#endif
