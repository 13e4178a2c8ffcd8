/* Needs of terms, from evaluating the whole expression over intervals and bisecting the doubles. */
#include "matcher/expr/expr_bound.h"
#include "matcher/expr/expr_bisect.h"

#include <math.h>

bool expr_can_match(const struct expr_eval *v, const struct expr_goal *goal, uint32_t lane)
{
    return (goal->where == EXPR_NONE || expr_may(v, goal->where, lane)) &&
           (goal->score == EXPR_NONE || (v->hi[goal->score][lane] >= goal->threshold &&
                                         v->lo[goal->score][lane] <= goal->most));
}

bool expr_range(const struct expr *x, uint32_t root, struct expr_span *range, struct err *e)
{
    struct expr_eval v;
    if (!expr_eval_open(&v, x, e))
        return false;
    expr_eval_set_unknown(&v, 1);
    expr_eval_run(&v, 1);
    *range = (struct expr_span){v.lo[root][0], v.hi[root][0]};
    expr_eval_close(&v);
    return true;
}

struct whole {
    struct expr_eval *v;
    const struct expr_goal *goal;
    uint32_t term;
    double end; /* of the values of the term: those that reach least of what is asked */
};

/* Can the whole match with the term in [least, most]? */
static bool whole_can_from(const struct whole *w, double least, double most)
{
    expr_eval_set_term(w->v, w->term, 1, least, most);
    expr_eval_run(w->v, 1);
    return expr_can_match(w->v, w->goal, 0);
}

static bool whole_can(void *context, double x)
{
    const struct whole *w = context;
    return w->end <= x ? whole_can_from(w, w->end, x) : whole_can_from(w, x, w->end);
}

double expr_need_given(struct expr_eval *v, const struct expr_goal *goal, uint32_t term,
                       uint32_t given, double value)
{
    const struct expr_term *t = &v->x->term[term];
    struct whole w = {v, goal, term, 0};
    double best;
    bool falls = metric_falls((enum metric_view)t->view);
    expr_term_range(t, falls ? &best : &w.end, falls ? &w.end : &best);
    expr_eval_set_unknown(v, 1);
    expr_eval_set_term(v, given, 1, value, value);
    if (whole_can_from(&w, (double)NAN, (double)NAN)) /* missing(number(x)), say */
        return w.end;
    if (!whole_can(&w, best))
        return falls ? -(double)INFINITY : (double)INFINITY;
    return expr_sharpen(t, bisect_first(whole_can, &w, w.end, best));
}

double expr_need(const struct expr *x, const struct expr_goal *goal, uint32_t term, struct err *e)
{
    struct expr_eval v;
    if (!expr_eval_open(&v, x, e))
        return (double)NAN;
    double need = expr_need_given(&v, goal, term, EXPR_NONE, 0);
    expr_eval_close(&v);
    return need;
}
