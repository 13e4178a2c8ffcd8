/* Which terms find all pairs that can match.
 *
 * x >= 0.9 || y >= 0.8 asks for one or the other: a join for each, and their union. A sum of many
 * terms needs none of them, but it cannot reach its threshold while all are low: a union again.
 * Each member of the union is an option, of one term or of two. Which cover is best follows from
 * the costs, which the caller gives (plan_make.c). Not here: what one term must reach
 * (expr_bound.h). */
#ifndef AXB_MATCHER_EXPR_EXPR_COVER_H
#define AXB_MATCHER_EXPR_EXPR_COVER_H

#include "matcher/expr/expr_bound.h"

#define EXPR_MAX_OPTIONS 64

/* A term that reaches `need`, and, where `also` is another one, one that reaches `also_need` as
 * well: a.last == b.last && jaro_winkler(first) >= 0.85. */
struct expr_option {
    uint32_t term;
    uint32_t also; /* EXPR_NONE: no other is asked */
    double need, also_need;
};

/* Each pair that can match satisfies at least one of the options. */
struct expr_cover {
    double cost; /* infinity: no such cover is known */
    uint32_t n;  /* 0 with a finite cost: no pair can match */
    struct expr_option option[EXPR_MAX_OPTIONS];
};

/* What an option costs, all in all, in seconds of one core; infinity if it cannot be had. Which of
 * two terms is `also` makes no difference. It is asked for up to some thousands of options, of one
 * term by several threads at once. */
struct expr_costs {
    double (*cost)(void *context, const struct expr_option *option);
    void *context;
    double enough; /* a cover that costs no more is good enough: unions are not searched */
};

/* The cheapest cover that is known: at most what the best single term costs. Of one that costs more
 * than `enough`, none of the options could be left out. ARCHITECTURE.md says how it is sought.
 * False only without memory. */
bool expr_cover(const struct expr *x, const struct expr_goal *goal, const struct expr_costs *costs,
                struct expr_cover *cover, struct err *e);

#endif
