/* Which side an expression reads, and what of a condition reads one side alone.
 *
 * `a.city == "Bonn" && levenshtein(name) >= 0.8 && number(b.age) > 17` is true only where each of
 * its three conjuncts is. The first reads A alone and the third B alone, so each is decided once a
 * record instead of once a pair. Not here: deciding them (inputs/conditions.h). */
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

/* Does the first say of A and B what the second says of B and A? A node that is its own mirror
 * gives a pair the same value whichever of its records is A. False may be wrong: arithmetic is not
 * rearranged, but for the order of operands. Either may be EXPR_NONE. */
bool expr_mirrors(const struct expr *x, uint32_t first, uint32_t second);

/* As expr_print, with a. and b. exchanged. Both sides must be of one table. */
void expr_print_mirror(const struct expr *x, uint32_t root, char *text, size_t bytes);

/* Drops all nodes but those below the roots, and renumbers the roots; EXPR_NONE stays what it is.
 * Terms and columns keep their numbers. */
void expr_trim(struct expr *x, uint32_t *const roots[], uint32_t n_roots);

#endif
