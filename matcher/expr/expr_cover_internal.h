/* What the searches for a cover share, and nobody else includes: expr_cover_parts.c follows the
 * tree, expr_cover_union.c asks which terms cannot all be low, expr_cover_levels.c says which
 * values of a term are worth asking for. */
#ifndef AXB_MATCHER_EXPR_EXPR_COVER_INTERNAL_H
#define AXB_MATCHER_EXPR_EXPR_COVER_INTERNAL_H

#include "matcher/expr/expr_cover.h"

#include <math.h>

static const struct expr_cover cover_none = {.cost = (double)INFINITY};
static const struct expr_cover cover_nothing = {.cost = 0}; /* no pair can match */

static inline struct expr_cover cover_cheaper(struct expr_cover x, struct expr_cover y)
{
    return x.cost <= y.cost ? x : y;
}

/* The cover of the one option that a term reaches `need`. */
struct expr_cover cover_single(const struct expr *x, const struct expr_costs *costs, uint32_t term,
                               double need);

/* ---- Parts (expr_cover_parts.c) --------------------------------------------------------------*/

/* The best cover that follows from what is asked of parts. Uses lane 0 of *v. */
struct expr_cover cover_parts(struct expr_eval *v, const struct expr_goal *goal,
                              const struct expr_costs *costs);

/* ---- Levels (expr_cover_levels.c) ------------------------------------------------------------*/

#define COVER_MAX_LEVELS 16 /* of a term */

/* Values of a term at which what is asked changes, or its cost: the one that asks least first.
 * Level k, from 1, is reached by values that reach edge[k - 1]; level 0 by all. */
struct cover_levels {
    uint32_t n;
    double edge[COVER_MAX_LEVELS];
    bool step[COVER_MAX_LEVELS]; /* the goal changes at the edge, and not right beside it */
};

/* The values that do not reach `need`, which is one of the edges. It is not exact, so that a term
 * that has no value is among them; but of a metric that is 0 or 1 it is 0. */
struct expr_span cover_worse(const struct expr_term *term, double need);

/* All values that a term can have. */
struct expr_span cover_all(const struct expr_term *term);

/* The levels of a term, where a cover that costs `known` exists. *v has been run with unknown
 * leaves in all lanes, and is so again. */
struct cover_levels cover_levels_of(struct expr_eval *v, const struct expr_goal *goal,
                                    uint32_t term, const struct expr_costs *costs, double known);

/* ---- Unions (expr_cover_union.c) -------------------------------------------------------------*/

/* The best union of options, if it costs less than *cover, into *cover. Uses *v. False without
 * memory. */
bool cover_union(struct expr_eval *v, const struct expr_goal *goal, const struct expr_costs *costs,
                 struct expr_cover *cover, struct err *e);

#endif
