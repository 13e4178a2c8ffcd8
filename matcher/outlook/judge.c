/* Terms by their metrics, the other nodes by the one evaluator. */
#include "matcher/outlook/judge.h"

#include "matcher/join/score_cost.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void judge_close(struct judge *j)
{
    if (!j)
        return;
    terms_close(&j->terms);
    expr_eval_close(&j->eval);
    free(j);
}

struct judge *judge_open(const struct query *query, const struct inputs *inputs, struct err *e)
{
    struct judge *j = calloc(1, sizeof *j);
    if (!j) {
        err_set(e, ERR_OS, NULL, "not enough memory for a sample");
        return NULL;
    }
    j->query = query;
    if (terms_open(&j->terms, &query->expr, &inputs->index, e) &&
        expr_eval_open(&j->eval, &query->expr, e))
        return j;
    judge_close(j);
    return NULL;
}

/* Computes all nodes for the first n pairs of row_a and row_b. */
void judge_run(struct judge *j, uint32_t n)
{
    const struct expr *x = &j->query->expr;
    double value[EXPR_LANES];
    for (uint32_t t = 0; t < x->n_terms; t++)
        terms_values(&j->terms, t, j->row_a, j->row_b, n, j->term[t]);
    for (uint32_t i = 0; i < x->n_nodes; i++) {
        const struct expr_node *v = &x->node[i];
        const double *from = value;
        if (v->op == EXPR_TERM)
            from = j->term[v->index];
        else if (v->op == EXPR_COLUMN || v->op == EXPR_SAME || v->op == EXPR_PRESENT)
            terms_leaf(&j->terms, v, j->row_a, j->row_b, n, value);
        else
            continue;
        memcpy(j->eval.lo[i], from, n * sizeof *from);
        memcpy(j->eval.hi[i], from, n * sizeof *from);
    }
    expr_eval_run(&j->eval, n);
}

bool judge_takes(const struct judge *j, uint32_t lane)
{
    return expr_can_match(&j->eval, &j->query->goal, lane);
}

double judge_score(const struct judge *j, uint32_t lane)
{
    const uint32_t score = j->query->goal.score;
    return score == EXPR_NONE ? 1 : j->eval.hi[score][lane];
}

/* Seconds of one core to decide on a pair, where texts are so long that it matters; else 0. */
double judge_seconds(const struct judge *j, const struct inputs *inputs)
{
    const struct expr *x = &j->query->expr;
    const struct dictionary *dictionary = &inputs->index.dictionary;
    double seconds = 0;
    for (uint32_t t = 0; t < x->n_terms && dictionary->max_length > SCORE_WHOLE; t++) {
        const struct metric_use use = terms_use(x, t, &inputs->index);
        const struct side *a = &inputs->index.field[x->column[x->term[t].column_a].field].side;
        const struct side *b = &inputs->index.field[x->column[x->term[t].column_b].field].side;
        seconds += score_cost_seconds(&use, dictionary, a, b);
    }
    return seconds;
}

/* So many pairs at once, of `each` seconds, that they take at most a part of `seconds`. */
uint32_t judge_lanes(double each, double seconds)
{
    const double lanes = seconds / 4 / each;
    return lanes < EXPR_LANES ? (uint32_t)fmax(lanes, 1) : EXPR_LANES;
}
