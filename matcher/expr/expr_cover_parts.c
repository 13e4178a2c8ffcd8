/* Covers from the parts of an expression: what is asked of a node asks something of its children.
 *
 * It follows the tree and sees one part at a time. Which values several terms need together is seen
 * by expr_cover_union.c. */
#include "matcher/expr/expr_bisect.h"
#include "matcher/expr/expr_cover_internal.h"

#include <float.h>
#include <math.h>

#define MAX_STEPS 10000u /* of a search: conditions within conditions are looked at twice each */

/* What is asked of a node: a value in a range, to be true, or not to be. */
struct want {
    enum { IN_RANGE, IS_TRUE, IS_FALSE } kind;
    double lo, hi;
};

struct search {
    struct expr_eval *v; /* lane 0: what each node can be */
    const struct expr_costs *costs;
    uint32_t steps;
};

static struct expr_cover cover_node(struct search *s, uint32_t node, struct want want);

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
        return cover_none;
    for (uint32_t i = 0; i < y.n; i++) {
        uint32_t k = 0;
        while (k < x.n && !same_terms(&x.option[k], &y.option[i]))
            k++;
        if (k == EXPR_MAX_OPTIONS)
            return cover_none;
        x.option[k] = k == x.n ? y.option[i] : lesser(s->v->x, x.option[k], y.option[i]);
        x.n += k == x.n;
    }
    x.cost = 0;
    for (uint32_t i = 0; i < x.n; i++)
        x.cost += s->costs->cost(s->costs->context, &x.option[i]);
    return x;
}

static struct expr_cover cover_term(struct search *s, uint32_t term, struct want want)
{
    const struct expr_term *t = &s->v->x->term[term];
    double need = expr_sharpen(t, want.kind == IS_TRUE ? DBL_TRUE_MIN : want.lo);
    if (metric_falls((enum metric_view)t->view))
        need = want.kind == IS_TRUE ? (double)INFINITY : want.hi;
    if (want.kind == IS_FALSE)
        return cover_none;
    return cover_single(s->v->x, s->costs, term, need);
}

static struct expr_span known(const struct search *s, uint32_t node)
{
    return (struct expr_span){s->v->lo[node][0], s->v->hi[node][0]};
}

static struct expr_cover cover_number(double x, struct want want)
{
    bool holds = x == x && x != 0;
    bool ok =
        want.kind == IN_RANGE ? x >= want.lo && x <= want.hi : holds == (want.kind == IS_TRUE);
    return ok ? cover_none : cover_nothing;
}

/* ---- Arithmetic: what a range asks of one child ----------------------------------------------*/

struct child {
    const struct expr *x;
    uint32_t node;
    struct expr_span part[3];
    uint32_t which;
    double lo, hi; /* what is asked of the result */
    double edge;   /* the fixed end of the child */
};

static bool reaches(const struct child *c)
{
    struct expr_span out = expr_compute(c->x, c->node, c->part);
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
 * false if it can never be. Steps may rise and fall, so within the range it may miss as well. */
static bool child_range(const struct search *s, uint32_t node, uint32_t which,
                        const struct want *want, struct want *out)
{
    const struct expr_node *v = &s->v->x->node[node];
    struct child c = {s->v->x, node, .which = which, .lo = want->lo, .hi = want->hi};
    for (uint32_t i = 0; i < v->n_children; i++)
        c.part[i] = known(s, v->child[i]);
    struct expr_span whole = c.part[which];
    if (whole.lo != whole.lo || !reaches(&c))
        return false;
    out->kind = IN_RANGE;
    c.edge = whole.lo;
    out->lo = bisect_first(reaches_up_to, &c, whole.lo, whole.hi);
    c.edge = whole.hi;
    out->hi = bisect_first(reaches_from, &c, whole.hi, whole.lo);
    return true;
}

static struct expr_cover cover_arithmetic(struct search *s, uint32_t node, struct want want)
{
    const struct expr_node *v = &s->v->x->node[node];
    struct expr_cover best = cover_none;
    struct want asked;
    for (uint32_t i = 0; i < v->n_children; i++) {
        struct expr_span can = known(s, v->child[i]);
        if (!child_range(s, node, i, &want, &asked))
            return cover_nothing;
        if (asked.lo > can.lo || asked.hi < can.hi)
            best = cover_cheaper(best, cover_node(s, v->child[i], asked));
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
        return cover_nothing;
    struct want of_x = {IN_RANGE, -(double)INFINITY, (double)INFINITY}, of_y = of_x;
    if (v->op == EXPR_LT || v->op == EXPR_LE || v->op == EXPR_EQ) {
        of_x.hi = y.hi;
        of_y.lo = x.lo;
    }
    if (v->op == EXPR_GT || v->op == EXPR_GE || v->op == EXPR_EQ) {
        of_x.lo = y.lo;
        of_y.hi = x.hi;
    }
    return cover_cheaper(cover_node(s, v->child[0], of_x), cover_node(s, v->child[1], of_y));
}

static struct expr_cover cover_truth(struct search *s, const struct expr_node *v, struct want want)
{
    if (v->op == EXPR_NOT)
        return cover_node(s, v->child[0],
                          (struct want){.kind = want.kind == IS_TRUE ? IS_FALSE : IS_TRUE});
    if (v->op == EXPR_AND || v->op == EXPR_OR) {
        struct expr_cover x = cover_node(s, v->child[0], want);
        struct expr_cover y = cover_node(s, v->child[1], want);
        return (v->op == EXPR_AND) == (want.kind == IS_TRUE) ? cover_cheaper(x, y)
                                                             : either(s, x, y);
    }
    bool comparison = v->op >= EXPR_LT && v->op <= EXPR_NE;
    return comparison && want.kind == IS_TRUE ? cover_comparison(s, v) : cover_none;
}

/* c ? x : y is x where c is true, else y. */
static struct expr_cover cover_choice(struct search *s, const struct expr_node *v, struct want want)
{
    struct expr_cover first =
        cover_cheaper(cover_node(s, v->child[0], (struct want){.kind = IS_TRUE}),
                      cover_node(s, v->child[1], want));
    struct expr_cover second =
        cover_cheaper(cover_node(s, v->child[0], (struct want){.kind = IS_FALSE}),
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
    const struct expr_node *v = &s->v->x->node[node];
    want = translate(v, want);
    if (++s->steps > MAX_STEPS)
        return cover_none;
    if (v->op == EXPR_TERM)
        return cover_term(s, v->index, want);
    if (v->op == EXPR_NUMBER)
        return cover_number(v->number, want);
    if (v->op == EXPR_IF)
        return cover_choice(s, v, want);
    if (v->op == EXPR_IF_MISSING)
        return either(s, cover_node(s, v->child[1], want), cover_node(s, v->child[2], want));
    if (v->op >= EXPR_LT && v->op <= EXPR_OR)
        return want.kind == IN_RANGE ? cover_none : cover_truth(s, v, want);
    if (v->op >= EXPR_ADD && v->op <= EXPR_STEPS && want.kind == IN_RANGE)
        return cover_arithmetic(s, node, want);
    return cover_none;
}

/* ---- The whole -------------------------------------------------------------------------------*/

struct expr_cover cover_parts(struct expr_eval *v, const struct expr_goal *goal,
                              const struct expr_costs *costs)
{
    struct search s = {.v = v, .costs = costs};
    struct expr_cover best = cover_none;
    expr_eval_set_unknown(v, 1);
    expr_eval_run(v, 1);
    if (goal->where != EXPR_NONE)
        best = cover_node(&s, goal->where, (struct want){.kind = IS_TRUE});
    if (goal->score != EXPR_NONE) {
        const struct want want = {IN_RANGE, goal->threshold, goal->most};
        best = cover_cheaper(best, cover_node(&s, goal->score, want));
    }
    return best;
}
