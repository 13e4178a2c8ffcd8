/* What follows from a query and a span alone. */
#include "matcher/engine/query.h"

#include <math.h>

uint32_t query_single_term(const struct query *query)
{
    const struct expr_goal *goal = &query->goal;
    double lo, hi;
    if (goal->where != EXPR_NONE || !expr_is_term(&query->expr, goal->score))
        return EXPR_NONE;
    const uint32_t term = query->expr.node[goal->score].index;
    expr_term_range(&query->expr.term[term], &lo, &hi);
    return goal->threshold > lo && goal->most < hi ? EXPR_NONE : term;
}

void query_bound_terms(struct query *query, const struct index *index)
{
    struct expr *x = &query->expr;
    for (uint32_t i = 0; i < x->n_terms; i++) {
        struct expr_term *t = &x->term[i];
        const struct rarity *rarity =
            index_rarity(index, x->column[t->column_a].field, x->column[t->column_b].field);
        if (!rarity || !(metric_at(t->metric)->flags & METRIC_WEIGHS_VALUES))
            continue;
        t->bounded = true;
        t->most = 0;
        for (uint32_t k = 0; k < rarity->n; k++)
            t->most = fmax(t->most, rarity->bits[k]);
    }
}

double span_pairs(const struct span *span, const struct inputs *inputs)
{
    uint64_t n = inputs->table[0].head->n_rows;
    double rows = (double)(span->row_to - span->row_from);
    double after = (double)n - 0.5 * (double)(span->row_from + span->row_to + 1);
    if (inputs->part.row)
        rows = (double)inputs->part.n;
    if (inputs->self)
        return rows > 0 ? rows * after : 0;
    return rows * (double)inputs->table[1].head->n_rows;
}

double span_pairs_taken(const struct span *span, const struct inputs *inputs)
{
    const struct row_list *a = &inputs->index.rows[0], *b = &inputs->index.rows[1];
    const uint64_t from = row_list_from(a, span->row_from), to = row_list_from(a, span->row_to);
    double pairs = 0;
    if ((!a->row && !b->row) || inputs->part.row)
        return span_pairs(span, inputs);
    if (!inputs->self)
        return (double)(to - from) * (double)b->n;
    for (uint64_t i = from; i < to; i++)
        pairs += (double)(b->n - row_list_from(b, row_list_at(a, i) + 1));
    return pairs;
}
