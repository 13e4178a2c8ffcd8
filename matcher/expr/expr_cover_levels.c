/* Which values of a term are worth asking for.
 *
 * A goal made of steps changes at few values of a term, and these are found exactly: the parts that
 * depend on this term alone are evaluated with the term anything up to x, and the first x at which
 * one of them changes is an edge. Where they change everywhere, as 0.6 * jaro(name) does, values of
 * a grid are taken, and of these the ones that differ in cost. */
#include "core/base.h"
#include "matcher/expr/expr_bisect.h"
#include "matcher/expr/expr_cover_internal.h"

#include <float.h>

#define MAX_EDGES 160u           /* before they are thinned out */
#define FIRST_STRIDE 128u        /* of those that are asked for their costs: a power of two */
#define CLEAR 1.25               /* costs that differ by less say what is between them … */
#define CLEAR_DEAR 4.0           /* … and so do these, if a whole cover costs less than both */
#define NEAR_PLACES (1ull << 26) /* doubles that are at most so many places apart are near … */
#define NEAR 1e-6                /* … and so are those */
#define GRID 64.0                /* of a term from 0 to 1 */
#define WIDEST 0x1p20            /* of a term without an end */
#define STRIDE 1.19              /* of its grid from LINEAR on; below it is by ones */
#define LINEAR 16.0

/* ---- Ranges ----------------------------------------------------------------------------------*/

static bool falls(const struct expr_term *term)
{
    return metric_falls((enum metric_view)term->view);
}

/* It is 0 or 1, and always has a value. */
static bool is_binary(const struct expr_term *term)
{
    return metric_at(term->metric)->flags & METRIC_BINARY &&
           term->view == METRIC_NORMALIZED_SIMILARITY;
}

struct expr_span cover_all(const struct expr_term *term)
{
    struct expr_span all;
    expr_term_range(term, &all.lo, &all.hi);
    return all;
}

struct expr_span cover_worse(const struct expr_term *term, double need)
{
    struct expr_span worse = cover_all(term);
    if (falls(term)) {
        worse.lo = nextafter(need, (double)INFINITY);
        return worse;
    }
    worse.hi = nextafter(need, -(double)INFINITY);
    if (is_binary(term))
        worse.hi = 0;
    return worse;
}

/* ---- Where a goal changes --------------------------------------------------------------------*/

struct walk {
    struct expr_eval *v;
    uint32_t term;
    bool falls;
    double worst, best;
    uint32_t n_parts;
    uint32_t part[EXPR_MAX_NODES]; /* the largest ones that depend on the term alone */
};

static void find_parts(struct walk *w, const struct expr_goal *goal)
{
    const struct expr *x = w->v->x;
    const uint64_t alone = UINT64_C(1) << w->term;
    bool outer[EXPR_MAX_NODES] = {false};
    for (uint32_t i = 0; i < x->n_nodes; i++)
        for (uint32_t k = 0; k < x->node[i].n_children && w->v->terms[i] != alone; k++)
            outer[x->node[i].child[k]] = true;
    if (goal->score != EXPR_NONE)
        outer[goal->score] = true;
    if (goal->where != EXPR_NONE)
        outer[goal->where] = true;
    w->n_parts = 0;
    for (uint32_t i = 0; i < x->n_nodes; i++)
        if (outer[i] && w->v->terms[i] == alone)
            w->part[w->n_parts++] = i;
}

/* Gives the term in a lane all values from the worst to x. */
static void set_lane(struct walk *w, uint32_t lane, double x)
{
    const struct expr *expr = w->v->x;
    for (uint32_t i = 0; i < expr->n_nodes; i++)
        if (expr->node[i].op == EXPR_TERM && expr->node[i].index == w->term) {
            w->v->lo[i][lane] = w->falls ? x : w->worst;
            w->v->hi[i][lane] = w->falls ? w->worst : x;
        }
}

/* Whether two lanes have the same parts. */
static bool same_lanes(const struct walk *w, uint32_t one, uint32_t other)
{
    for (uint32_t i = 0; i < w->n_parts; i++) {
        const double *lo = w->v->lo[w->part[i]], *hi = w->v->hi[w->part[i]];
        const bool none = lo[one] != lo[one] && lo[other] != lo[other];
        if (!none && (lo[one] != lo[other] || hi[one] != hi[other]))
            return false;
    }
    return true;
}

/* The double that is `n` places after x, in the direction of the best. */
static double after(const struct walk *w, double x, uint64_t n)
{
    const int64_t from = bisect_order(x);
    return bisect_double(w->falls ? from - (int64_t)n : from + (int64_t)n);
}

static uint64_t distance(double x, double y)
{
    const int64_t from = bisect_order(x), to = bisect_order(y);
    return from < to ? (uint64_t)to - (uint64_t)from : (uint64_t)from - (uint64_t)to;
}

/* The first value after x at which a part is not what it is at x, if there is one: each round looks
 * at the ends of as many intervals as there are lanes, and goes into the first with a change. */
static bool first_change(struct walk *w, double x, double *change)
{
    const uint32_t lanes = EXPR_LANES - 1; /* the last one has x */
    double from = x, to = w->best;
    set_lane(w, lanes, x);
    for (bool known = false; !known || distance(from, to) > 1; known = true) {
        const uint64_t stride = distance(from, to) / lanes + 1;
        uint32_t n = 0, at = 0;
        for (; n < lanes && (n + 1) * stride < distance(from, to); n++)
            set_lane(w, n, after(w, from, (n + 1) * stride));
        set_lane(w, n, to);
        for (uint32_t i = n + 1; i < lanes; i++)
            set_lane(w, i, to);
        expr_eval_run_alone(w->v, w->term, EXPR_LANES);
        while (at < n && same_lanes(w, at, lanes))
            at++;
        if (same_lanes(w, at, lanes))
            return false;
        const double end = at == n ? to : after(w, from, (at + 1) * stride);
        from = at == 0 ? from : after(w, from, at * stride);
        to = end;
    }
    *change = to;
    return true;
}

/* Whether a part changes right after x. */
static bool changes_near(struct walk *w, double x)
{
    const uint64_t left = distance(x, w->best);
    const double some = after(w, x, left < NEAR_PLACES ? left : NEAR_PLACES);
    const double more = w->falls ? fmin(some, x - NEAR) : fmax(some, x + NEAR);
    set_lane(w, 0, x);
    set_lane(w, 1, w->falls ? fmax(w->best, more) : fmin(w->best, more));
    expr_eval_run_alone(w->v, w->term, 2);
    return !same_lanes(w, 0, 1);
}

/* The next value of the grid. */
static double next_of_grid(const struct walk *w, double x)
{
    const bool bounded = fabs(w->best - w->worst) <= 1;
    const double unit = bounded ? GRID : 1;
    if (!bounded && fabs(x) > (w->falls ? LINEAR : LINEAR - 1))
        return w->falls ? fmin(WIDEST, x / STRIDE) : fmin(w->best, x * STRIDE);
    return w->falls ? fmax(w->best, ceil(x * unit - 1) / unit)
                    : fmin(w->best, floor(x * unit + 1) / unit);
}

/* ---- The levels ------------------------------------------------------------------------------*/

struct edges {
    uint32_t n;
    double at[MAX_EDGES], cost[MAX_EDGES];
    bool step[MAX_EDGES];
};

/* Where the parts of the term change, from the worst value to the best. */
static void find_edges(struct walk *w, struct edges *out)
{
    double x = w->falls ? least_double(w->worst, DBL_MAX) : w->worst;
    out->n = 0;
    while (out->n < MAX_EDGES && x != w->best && fabs(x) <= (w->falls ? DBL_MAX : WIDEST)) {
        const bool near = changes_near(w, x);
        if (near)
            x = next_of_grid(w, x);
        else if (!first_change(w, x, &x))
            break;
        if (!expr_asks(&w->v->x->term[w->term], x))
            continue;
        out->at[out->n] = x;
        out->step[out->n++] = !near;
    }
}

static void ask_edge(const struct expr *x, uint32_t term, const struct expr_costs *costs,
                     struct edges *edges, uint32_t i)
{
    edges->cost[i] = cover_single(x, costs, term, edges->at[i]).cost;
}

/* Is it clear what lies between two edges, since they cost about the same? A cover that costs
 * `known` exists. */
static bool is_clear(double one, double other, double known)
{
    const double factor = one > known && other > known ? CLEAR_DEAR : CLEAR;
    return one <= factor * other && other <= factor * one;
}

/* Asks what the first edge and the last one cost, then the one halfway, and so on between any two
 * that differ. Each costs a look at many texts, so threads share them. */
static void cost_edges(const struct expr *x, uint32_t term, const struct expr_costs *costs,
                       double known, struct edges *edges)
{
    const uint32_t n = edges->n;
    if (n == 0)
        return;
    ask_edge(x, term, costs, edges, 0);
    ask_edge(x, term, costs, edges, n - 1);
    for (uint32_t stride = FIRST_STRIDE; stride; stride /= 2) {
#pragma omp parallel for schedule(dynamic, 1)
        for (uint32_t i = stride; i < n - 1; i += 2 * stride) {
            const double *before = &edges->cost[i - stride];
            const double *after = &edges->cost[least(i + stride, n - 1)];
            if (is_clear(*before, *after, known))
                edges->cost[i] = sqrt(*before * *after);
            else
                ask_edge(x, term, costs, edges, i);
        }
    }
}

/* Takes the edges from the best down: all steps, and of the grid those that cost `factor` times the
 * last one. Returns whether they are few enough. */
static bool thin_out(const struct edges *edges, double factor, struct cover_levels *out)
{
    uint32_t taken[MAX_EDGES];
    uint32_t n = 0;
    for (uint32_t i = edges->n; i-- > 0;) {
        const bool same = n > 0 && edges->at[i] == edges->at[taken[n - 1]];
        const bool dear = n == 0 || !(edges->cost[i] < factor * edges->cost[taken[n - 1]]);
        if (!same && (dear || (edges->step[i] && factor < 100)))
            taken[n++] = i;
    }
    out->n = least(n, COVER_MAX_LEVELS);
    for (uint32_t i = 0; i < out->n; i++) {
        out->edge[i] = edges->at[taken[out->n - 1 - i]];
        out->step[i] = edges->step[taken[out->n - 1 - i]];
    }
    return n <= COVER_MAX_LEVELS;
}

struct cover_levels cover_levels_of(struct expr_eval *v, const struct expr_goal *goal,
                                    uint32_t term, const struct expr_costs *costs, double known)
{
    const struct expr_term *t = &v->x->term[term];
    const struct expr_span all = cover_all(t);
    struct walk w = {.v = v, .term = term, .falls = falls(t)};
    struct edges edges;
    struct cover_levels levels;
    if (is_binary(t))
        return (struct cover_levels){1, {1}, {true}};
    w.worst = w.falls ? all.hi : -DBL_TRUE_MIN;
    w.best = w.falls ? all.lo : all.hi;
    find_parts(&w, goal);
    find_edges(&w, &edges);
    cost_edges(v->x, term, costs, known, &edges);
    for (double factor = 1.5; !thin_out(&edges, factor, &levels) && factor < 1e9;)
        factor *= factor;
    expr_eval_set_term(v, term, EXPR_LANES, all.lo, all.hi);
    expr_eval_run_alone(v, term, EXPR_LANES);
    return levels;
}
