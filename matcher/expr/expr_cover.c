/* The cheapest of what the searches find. */
#include "matcher/expr/expr_cover_internal.h"

struct expr_cover cover_single(const struct expr *x, const struct expr_costs *costs, uint32_t term,
                               double need)
{
    const struct expr_term *t = &x->term[term];
    if (!expr_asks(t, need))
        return cover_none;
    if (!expr_possible(t, need))
        return cover_nothing;
    struct expr_cover cover = {.n = 1, .option = {{.term = term, .also = EXPR_NONE, .need = need}}};
    cover.cost = costs->cost(costs->context, &cover.option[0]);
    return cover;
}

/* Each term alone, by what the whole goal asks of it: sees a term that stands in several places. */
static struct expr_cover cover_whole(struct expr_eval *v, const struct expr_goal *goal,
                                     const struct expr_costs *costs)
{
    struct expr_cover best = cover_none;
    for (uint32_t t = 0; t < v->x->n_terms; t++) {
        const double need = expr_need_given(v, goal, t, EXPR_NONE, 0);
        best = cover_cheaper(best, cover_single(v->x, costs, t, need));
    }
    return best;
}

bool expr_cover(const struct expr *x, const struct expr_goal *goal, const struct expr_costs *costs,
                struct expr_cover *cover, struct err *e)
{
    struct expr_eval v;
    if (!expr_eval_open(&v, x, e))
        return false;
    *cover = cover_cheaper(cover_whole(&v, goal, costs), cover_parts(&v, goal, costs));
    const bool ok = cover->cost <= costs->enough || cover_union(&v, goal, costs, cover, e);
    expr_eval_close(&v);
    return ok;
}
