/* Needs by bisection over the doubles, covers by recursion over the tree. */
#include "matcher/expr/expr_bound.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define MAX_STEPS 10000u /* of a search: conditions within conditions are looked at twice each */

/* ---- Bisection -------------------------------------------------------------------------------*/

/* Doubles in order as whole numbers: order(x) < order(y) if and only if x < y; no NaN. */
static int64_t order(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? INT64_MIN - bits : bits;
}

static double unorder(int64_t n)
{
    double x;
    int64_t bits = n < 0 ? INT64_MIN - n : n;
    memcpy(&x, &bits, sizeof x);
    return x;
}

typedef bool holds_fn(void *context, double x);

/* The double nearest to `from` in [from, to], from either end, with holds(x), when holds(to) and
 * everything after the first that holds does so as well. */
static double first_that(holds_fn *holds, void *context, double from, double to)
{
    int64_t out = order(from), in = order(to);
    if (holds(context, from))
        return from;
    while ((out < in ? (uint64_t)in - (uint64_t)out : (uint64_t)out - (uint64_t)in) > 1) {
        int64_t middle = out / 2 + in / 2 + (out % 2 + in % 2) / 2;
        if (holds(context, unorder(middle)))
            in = middle;
        else
            out = middle;
    }
    return unorder(in);
}

/* ---- The whole -------------------------------------------------------------------------------*/

bool expr_can_match(const struct expr_eval *v, const struct expr_goal *goal, uint32_t lane)
{
    return (goal->where == EXPR_NONE || expr_may(v, goal->where, lane)) &&
           (goal->score == EXPR_NONE || (v->hi[goal->score][lane] >= goal->threshold &&
                                         v->lo[goal->score][lane] <= goal->most));
}

/* All leaves of lane 0 are whatever they can be. */
static void set_unknown(struct expr_eval *v)
{
    for (uint32_t i = 0; i < v->x->n_nodes; i++) {
        const struct expr_node *node = &v->x->node[i];
        double lo, hi;
        if (node->op == EXPR_TERM) {
            expr_term_range(&v->x->term[node->index], &lo, &hi);
            expr_eval_set(v, i, 1, lo, hi);
        } else if (node->op == EXPR_SAME || node->op == EXPR_PRESENT) {
            expr_eval_set(v, i, 1, 0, 1);
        } else if (node->op == EXPR_COLUMN) {
            expr_eval_set(v, i, 1, -(double)INFINITY, (double)INFINITY);
        }
    }
}

bool expr_range(const struct expr *x, uint32_t root, struct expr_span *range, struct err *e)
{
    struct expr_eval v;
    if (!expr_eval_open(&v, x, e))
        return false;
    set_unknown(&v);
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

static void set_term(struct expr_eval *v, uint32_t term, double lo, double hi)
{
    for (uint32_t i = 0; i < v->x->n_nodes; i++)
        if (v->x->node[i].op == EXPR_TERM && v->x->node[i].index == term)
            expr_eval_set(v, i, 1, lo, hi);
}

/* A metric that is 0 or 1 and has to be more than 0 has to be 1. */
static double sharpen(const struct expr_term *term, double need)
{
    bool binary = metric_at(term->metric)->flags & METRIC_BINARY;
    return binary && term->view == METRIC_NORMALIZED_SIMILARITY && need > 0 && need < 1 ? 1 : need;
}

/* Can the whole match with the term in [least, most]? */
static bool whole_can_from(const struct whole *w, double least, double most)
{
    set_term(w->v, w->term, least, most);
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
    set_unknown(v);
    set_term(v, given, value, value);
    if (whole_can_from(&w, (double)NAN, (double)NAN)) /* missing(number(x)), say */
        return w.end;
    if (!whole_can(&w, best))
        return falls ? -(double)INFINITY : (double)INFINITY;
    return sharpen(t, first_that(whole_can, &w, w.end, best));
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

/* ---- Covers ----------------------------------------------------------------------------------*/

/* What is asked of a node: a value in a range, to be true, or not to be. */
struct want {
    enum { IN_RANGE, IS_TRUE, IS_FALSE } kind;
    double lo, hi;
};

struct search {
    struct expr_eval v; /* lane 0: what each node can be */
    const struct expr_costs *costs;
    uint32_t steps;
};

static const struct expr_cover no_cover = {.cost = (double)INFINITY};
static const struct expr_cover nothing = {.cost = 0};

static struct expr_cover cover_node(struct search *s, uint32_t node, struct want want);

static struct expr_cover cheaper(struct expr_cover x, struct expr_cover y)
{
    return x.cost <= y.cost ? x : y;
}

static bool same_terms(const struct expr_option *x, const struct expr_option *y)
{
    return x->term == y->term && x->also == y->also;
}

/* Of two options of the same terms the one that asks no more than either. */
static struct expr_option lesser(const struct expr *x, struct expr_option one,
                                 struct expr_option other)
{
    if (expr_reaches(&x->term[one.term], one.need, other.need))
        one.need = other.need;
    if (one.also != EXPR_NONE && expr_reaches(&x->term[one.also], one.also_need, other.also_need))
        one.also_need = other.also_need;
    return one;
}

/* One or the other. The same term in both is asked for once, for the lesser need. */
static struct expr_cover either(struct search *s, struct expr_cover x, struct expr_cover y)
{
    if (!isfinite(x.cost) || !isfinite(y.cost))
        return no_cover;
    for (uint32_t i = 0; i < y.n; i++) {
        uint32_t k = 0;
        while (k < x.n && !same_terms(&x.option[k], &y.option[i]))
            k++;
        if (k == EXPR_MAX_OPTIONS)
            return no_cover;
        x.option[k] = k == x.n ? y.option[i] : lesser(s->v.x, x.option[k], y.option[i]);
        x.n += k == x.n;
    }
    x.cost = 0;
    for (uint32_t i = 0; i < x.n; i++)
        x.cost += s->costs->cost(s->costs->context, &x.option[i]);
    return x;
}

/* One and the other: the cheaper one is enough, and where each is one term, both may be cheaper. */
static struct expr_cover both(struct search *s, struct expr_cover x, struct expr_cover y)
{
    const struct expr_cover best = cheaper(x, y);
    const bool joined = x.n == 1 && y.n == 1 && x.option[0].also == EXPR_NONE &&
                        y.option[0].also == EXPR_NONE && x.option[0].term != y.option[0].term;
    if (!joined || !isfinite(best.cost))
        return best;
    x.option[0].also = y.option[0].term;
    x.option[0].also_need = y.option[0].need;
    x.cost = s->costs->cost(s->costs->context, &x.option[0]);
    return cheaper(x, best);
}

static struct expr_cover cover_term(struct search *s, uint32_t term, struct want want)
{
    const struct expr_term *t = &s->v.x->term[term];
    double need = sharpen(t, want.kind == IS_TRUE ? DBL_TRUE_MIN : want.lo);
    if (metric_falls((enum metric_view)t->view))
        need = want.kind == IS_TRUE ? (double)INFINITY : want.hi;
    if (want.kind == IS_FALSE || !expr_asks(t, need))
        return no_cover;
    if (!expr_possible(t, need))
        return nothing;
    struct expr_cover cover = {.n = 1, .option = {{.term = term, .also = EXPR_NONE, .need = need}}};
    cover.cost = s->costs->cost(s->costs->context, &cover.option[0]);
    return cover;
}

static struct expr_span known(const struct search *s, uint32_t node)
{
    return (struct expr_span){s->v.lo[node][0], s->v.hi[node][0]};
}

static struct expr_cover cover_number(double x, struct want want)
{
    bool holds = x == x && x != 0;
    bool ok =
        want.kind == IN_RANGE ? x >= want.lo && x <= want.hi : holds == (want.kind == IS_TRUE);
    return ok ? no_cover : nothing;
}

/* ---- Arithmetic: what a range asks of one child ----------------------------------------------*/

struct child {
    enum expr_op op;
    struct expr_span part[3];
    uint32_t which;
    double lo, hi; /* what is asked of the result */
    double edge;   /* the fixed end of the child */
};

static bool reaches(const struct child *c)
{
    struct expr_span out = expr_compute(c->op, c->part[0], c->part[1], c->part[2]);
    return out.lo <= c->hi && out.hi >= c->lo; /* false with no value */
}

static bool reaches_up_to(void *context, double most)
{
    struct child *c = context;
    c->part[c->which] = (struct expr_span){c->edge, most};
    return reaches(c);
}

static bool reaches_from(void *context, double least)
{
    struct child *c = context;
    c->part[c->which] = (struct expr_span){least, c->edge};
    return reaches(c);
}

/* The range of child `which` outside of which the result cannot be in the range that is wanted;
 * false if it can never be. */
static bool child_range(const struct search *s, const struct expr_node *v, uint32_t which,
                        const struct want *want, struct want *out)
{
    struct child c = {.op = (enum expr_op)v->op, .which = which, .lo = want->lo, .hi = want->hi};
    for (uint32_t i = 0; i < v->n_children; i++)
        c.part[i] = known(s, v->child[i]);
    struct expr_span whole = c.part[which];
    if (whole.lo != whole.lo || !reaches(&c))
        return false;
    out->kind = IN_RANGE;
    c.edge = whole.lo;
    out->lo = first_that(reaches_up_to, &c, whole.lo, whole.hi);
    c.edge = whole.hi;
    out->hi = first_that(reaches_from, &c, whole.hi, whole.lo);
    return true;
}

static struct expr_cover cover_arithmetic(struct search *s, const struct expr_node *v,
                                          struct want want)
{
    struct expr_cover best = no_cover;
    struct want asked;
    for (uint32_t i = 0; i < v->n_children; i++) {
        struct expr_span can = known(s, v->child[i]);
        if (!child_range(s, v, i, &want, &asked))
            return nothing;
        if (asked.lo > can.lo || asked.hi < can.hi)
            best = cheaper(best, cover_node(s, v->child[i], asked));
    }
    if (!isfinite(best.cost) &&
        (v->op == EXPR_MIN || v->op == EXPR_MAX)) /* the result is one of the two */
        best = either(s, cover_node(s, v->child[0], want), cover_node(s, v->child[1], want));
    return best;
}

/* ---- Truth -----------------------------------------------------------------------------------*/

static struct expr_cover cover_comparison(struct search *s, const struct expr_node *v)
{
    struct expr_span x = known(s, v->child[0]), y = known(s, v->child[1]);
    if (x.lo != x.lo || y.lo != y.lo) /* no value: never true */
        return nothing;
    struct want of_x = {IN_RANGE, -(double)INFINITY, (double)INFINITY}, of_y = of_x;
    if (v->op == EXPR_LT || v->op == EXPR_LE || v->op == EXPR_EQ) {
        of_x.hi = y.hi;
        of_y.lo = x.lo;
    }
    if (v->op == EXPR_GT || v->op == EXPR_GE || v->op == EXPR_EQ) {
        of_x.lo = y.lo;
        of_y.hi = x.hi;
    }
    return cheaper(cover_node(s, v->child[0], of_x), cover_node(s, v->child[1], of_y));
}

static struct expr_cover cover_truth(struct search *s, const struct expr_node *v, struct want want)
{
    if (v->op == EXPR_NOT)
        return cover_node(s, v->child[0],
                          (struct want){.kind = want.kind == IS_TRUE ? IS_FALSE : IS_TRUE});
    if (v->op == EXPR_AND || v->op == EXPR_OR) {
        struct expr_cover x = cover_node(s, v->child[0], want);
        struct expr_cover y = cover_node(s, v->child[1], want);
        return (v->op == EXPR_AND) == (want.kind == IS_TRUE) ? both(s, x, y) : either(s, x, y);
    }
    bool comparison = v->op >= EXPR_LT && v->op <= EXPR_NE;
    return comparison && want.kind == IS_TRUE ? cover_comparison(s, v) : no_cover;
}

/* c ? x : y is x where c is true, else y. */
static struct expr_cover cover_choice(struct search *s, const struct expr_node *v, struct want want)
{
    struct expr_cover first = cheaper(cover_node(s, v->child[0], (struct want){.kind = IS_TRUE}),
                                      cover_node(s, v->child[1], want));
    struct expr_cover second = cheaper(cover_node(s, v->child[0], (struct want){.kind = IS_FALSE}),
                                       cover_node(s, v->child[2], want));
    return either(s, first, second);
}

/* A node of 0 or 1 that is asked for a range, or a number that is asked for truth. */
static struct want translate(const struct expr_node *v, struct want want)
{
    bool logical = v->op >= EXPR_LT && v->op <= EXPR_OR;
    bool zero = want.lo <= 0 && want.hi >= 0, one = want.lo <= 1 && want.hi >= 1;
    if (logical && want.kind == IN_RANGE && zero != one)
        return (struct want){.kind = one ? IS_TRUE : IS_FALSE};
    return want;
}

static struct expr_cover cover_node(struct search *s, uint32_t node, struct want want)
{
    const struct expr_node *v = &s->v.x->node[node];
    want = translate(v, want);
    if (++s->steps > MAX_STEPS)
        return no_cover;
    if (v->op == EXPR_TERM)
        return cover_term(s, v->index, want);
    if (v->op == EXPR_NUMBER)
        return cover_number(v->number, want);
    if (v->op == EXPR_IF)
        return cover_choice(s, v, want);
    if (v->op == EXPR_IF_MISSING)
        return either(s, cover_node(s, v->child[1], want), cover_node(s, v->child[2], want));
    if (v->op >= EXPR_LT && v->op <= EXPR_OR)
        return want.kind == IN_RANGE ? no_cover : cover_truth(s, v, want);
    if (v->op >= EXPR_ADD && v->op <= EXPR_CEIL && want.kind == IN_RANGE)
        return cover_arithmetic(s, v, want);
    return no_cover;
}

/* ---- The best of all -------------------------------------------------------------------------*/

/* Each term alone, by what the whole goal asks of it: sees a term that stands in several places. */
static struct expr_cover cover_whole(struct search *s, const struct expr_goal *goal)
{
    struct expr_cover best = no_cover;
    for (uint32_t t = 0; t < s->v.x->n_terms; t++) {
        double need = expr_need_given(&s->v, goal, t, EXPR_NONE, 0);
        best = cheaper(best, cover_term(s, t, (struct want){IN_RANGE, need, need}));
    }
    return best;
}

bool expr_cover(const struct expr *x, const struct expr_goal *goal, const struct expr_costs *costs,
                struct expr_cover *cover, struct err *e)
{
    struct search s = {.costs = costs};
    if (!expr_eval_open(&s.v, x, e))
        return false;
    const struct expr_cover whole = cover_whole(&s, goal);
    struct expr_cover where = no_cover, score = no_cover;
    set_unknown(&s.v);
    expr_eval_run(&s.v, 1);
    if (goal->where != EXPR_NONE)
        where = cover_node(&s, goal->where, (struct want){.kind = IS_TRUE});
    if (goal->score != EXPR_NONE)
        score = cover_node(&s, goal->score, (struct want){IN_RANGE, goal->threshold, goal->most});
    *cover = cheaper(whole, both(&s, where, score));
    expr_eval_close(&s.v);
    return true;
}
