/* Pairs with an equal value of the first term stand in groups of three sizes; of the others it is
 * known how many there are, and what they score. */
#include "matcher/planner/nested_cost.h"

#include "matcher/engine/nested_join.h"
#include "matcher/planner/some_sides.h"

#include <math.h>

#define BEGIN_SECONDS 3e-5 /* of one core, to begin a join */
#define ROW_SECONDS 2e-8   /* to put a row of a group in its place */

struct nesting {
    const struct query *query;
    const struct inputs *inputs;
    const struct estimate *estimate;
    const struct plan_join *join;
    struct plan_term term; /* the nested one; `need` is of no use */
    double each;
    struct expr_eval eval;
};

bool nested_cost_applies(const struct estimate *s, const struct plan_join *join)
{
    return join->pairing == PLAN_ALONE && join->prefilter != EXPR_NONE &&
           nested_join_is_worth(estimate_join(s, join),
                                estimate_values(s, join->by.term, join->by.need));
}

/* Seconds to join n[0] values of A with n[1] of B, as a worker does it; infinity without memory. */
static double join_seconds(const struct nesting *x, double need, const uint32_t n[2])
{
    struct some_sides some;
    double cost = (double)INFINITY;
    if (some_sides_open(&some, &x->term, x->inputs, n)) {
        struct join_job job = plan_term_job(&x->term, x->inputs, &some.side[0], true);
        job.need = need;
        job.self = false;
        job.b = &some.side[1];
        job.prune = nested_join_filters(n[0], n[1]);
        (void)join_choose(&job, NULL, &cost);
    }
    some_sides_close(&some);
    return cost;
}

/* Seconds for each pair of rows of a group with so many rows of A and of B, the nested term of
 * which must reach `need`. */
static double group_seconds(const struct nesting *x, double need, const double rows[2])
{
    const double part[2] = {fmin(rows[0], nested_join_most_rows(rows[1])), rows[1]};
    const double pairs = part[0] * part[1];
    uint32_t n[2];
    if (need > 1)
        return 0;
    if (!nested_join_has_join(pairs, need))
        return x->each;
    for (int k = 0; k < 2; k++) {
        const double most = plan_term_side(&x->term, x->inputs, k)->n;
        n[k] = (uint32_t)fmin(most, estimate_distinct(x->estimate, x->term.term, k, part[k]));
    }
    return (join_seconds(x, need, n) + BEGIN_SECONDS + ROW_SECONDS * (part[0] + part[1])) / pairs;
}

/* Pairs with an equal value: groups of all sizes that the estimate has. */
static double equal_seconds(struct nesting *x, double pairs)
{
    const struct plan_term *by = &x->join->by;
    const struct estimate_term *t = &x->estimate->term[by->term];
    const double score = t->rare_share ? by->need : t->falls ? 0 : 1;
    const double need = expr_need_given(&x->eval, &x->query->goal, x->term.term, by->term, score);
    double rows[ESTIMATE_GROUPS][2], sum = 0;
    estimate_groups(x->estimate, by->term, by->need, rows);
    for (uint32_t i = 0; i < ESTIMATE_GROUPS; i++)
        sum += group_seconds(x, need, rows[i]);
    return pairs * sum / ESTIMATE_GROUPS;
}

/* Pairs of so many pairs of values that differ: all as large as the mean. */
static double unequal_seconds(struct nesting *x, double pairs, double values)
{
    const struct plan_term *by = &x->join->by;
    const double score = estimate_median(x->estimate, by->term, by->need);
    const double need = expr_need_given(&x->eval, &x->query->goal, x->term.term, by->term, score);
    const double side = fmax(1, sqrt(pairs / fmax(values, 1)));
    return pairs * group_seconds(x, need, (const double[2]){side, side});
}

double nested_cost_seconds(const struct query *query, const struct inputs *inputs,
                           const struct estimate *s, const struct plan_join *join, double each,
                           struct err *e)
{
    const struct expr *expr = &query->expr;
    const struct expr_term *t = &expr->term[join->prefilter];
    const struct plan_term *by = &join->by;
    struct nesting x = {.query = query,
                        .inputs = inputs,
                        .estimate = s,
                        .join = join,
                        .term = {.use = expr_use(t),
                                 .term = join->prefilter,
                                 .field_a = expr->column[t->column_a].field,
                                 .field_b = expr->column[t->column_b].field},
                        .each = each};
    if (!expr_eval_open(&x.eval, expr, e))
        return (double)NAN;
    const double equal = estimate_equal(s, by->term, by->need);
    const double unequal = estimate_join(s, join) - equal;
    const double values = estimate_values(s, by->term, by->need) - s->term[by->term].equal_values;
    const double seconds = (equal > 0 ? equal_seconds(&x, equal) : 0) +
                           (unequal > 0 ? unequal_seconds(&x, unequal, values) : 0);
    expr_eval_close(&x.eval);
    return seconds;
}
