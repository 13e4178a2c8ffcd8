/* What follows from a query and a span alone. */
#include "matcher/engine/query.h"

uint32_t query_single_term(const struct query *query)
{
    bool single = query->goal.where == EXPR_NONE && expr_is_term(&query->expr, query->goal.score);
    return single ? query->expr.node[query->goal.score].index : EXPR_NONE;
}

double span_pairs(const struct span *span, const struct inputs *inputs)
{
    uint64_t n = inputs->table[0].head->n_rows;
    double rows = (double)(span->row_to - span->row_from);
    double after = (double)n - 0.5 * (double)(span->row_from + span->row_to + 1);
    if (inputs->self)
        return rows > 0 ? rows * after : 0;
    return rows * (double)inputs->table[1].head->n_rows;
}
