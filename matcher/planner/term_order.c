/* The expression is evaluated over intervals: one term has a value from the sample, the others are
 * unknown. What the upper end of the score loses is what the term has done. A condition of one term
 * alone rejects a pair, a sum of many terms is worn down by them. */
#include "matcher/planner/term_order.h"

#include <math.h>

#define VALUES 32u          /* of each term that are tried */
#define UNBOUNDED_MOST 32.0 /* what a term without an end is taken to reach */
#define STEP_SECONDS                                                                               \
    1e-7 /* of one core, to take a candidate through a term, besides the metric                    \
          */

/* Gives all terms the whole of their range. */
static void set_ranges(struct expr_eval *v)
{
    expr_eval_set_unknown(v, EXPR_LANES);
    for (uint32_t t = 0; t < v->x->n_terms; t++) {
        double lo, hi;
        expr_term_range(&v->x->term[t], &lo, &hi);
        expr_eval_set_term(v, t, EXPR_LANES, lo, fmin(hi, UNBOUNDED_MOST));
    }
    expr_eval_run(v, EXPR_LANES);
}

/* How far the present lane is from its range to being out of reach of the goal, from 0 to 1. */
static double progress(const struct expr_eval *v, const struct expr_goal *goal, uint32_t lane,
                       double most)
{
    if (!expr_can_match(v, goal, lane))
        return 1;
    const double room = most - goal->threshold;
    const double lost = goal->score == EXPR_NONE ? 0 : most - v->hi[goal->score][lane];
    return lost > 0 && room > lost ? lost / room : 0; /* 0 also if an end is infinite, or none */
}

/* The mean progress that random values of a term make. *v has the whole ranges, before and after.
 */
static double mean_progress(struct expr_eval *v, const struct expr_goal *goal, uint32_t term,
                            const struct estimate_term *sample)
{
    const uint32_t n = sample->n < VALUES ? sample->n : VALUES;
    const double most = goal->score == EXPR_NONE ? 0 : v->hi[goal->score][VALUES];
    double sum = 0;
    for (uint32_t k = 0; k < n; k++) {
        const double value = sample->score[(uint64_t)(2 * k + 1) * sample->n / (2 * n)];
        for (uint32_t i = 0; i < v->x->n_nodes; i++)
            if (v->x->node[i].op == EXPR_TERM && v->x->node[i].index == term)
                v->lo[i][k] = v->hi[i][k] = value;
    }
    expr_eval_run_term(v, term, n);
    for (uint32_t k = 0; k < n; k++)
        sum += progress(v, goal, k, most);
    for (uint32_t i = 0; i < v->x->n_nodes; i++) /* the last lane has kept its range */
        if (v->x->node[i].op == EXPR_TERM && v->x->node[i].index == term)
            expr_eval_set(v, i, n, v->lo[i][VALUES], v->hi[i][VALUES]);
    expr_eval_run_term(v, term, n);
    return n > 0 ? sum / n : 0;
}

bool term_order(const struct query *query, const struct estimate *estimate, uint32_t *step,
                struct err *e)
{
    const struct expr *x = &query->expr;
    double worth[EXPR_MAX_TERMS];
    struct expr_eval v;
    if (!expr_eval_open(&v, x, e))
        return false;
    set_ranges(&v);
    for (uint32_t t = 0; t < x->n_terms; t++) {
        const struct estimate_term *sample = &estimate->term[t];
        uint32_t at = t;
        worth[t] = mean_progress(&v, &query->goal, t, sample) / (sample->seconds + STEP_SECONDS);
        for (; at > 0 && worth[step[at - 1]] < worth[t]; at--)
            step[at] = step[at - 1];
        step[at] = t;
    }
    expr_eval_close(&v);
    return true;
}
