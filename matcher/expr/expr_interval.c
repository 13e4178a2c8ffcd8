/* One loop over the lanes for each node. */
#include "matcher/expr/expr_interval.h"
#include "core/base.h"
#include "core/bits.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(EXPR_MAX_TERMS <= 64, "a set of terms is 64 bits");

/* Children come before their parents. */
static void find_terms(struct expr_eval *v)
{
    for (uint32_t i = 0; i < v->x->n_nodes; i++) {
        const struct expr_node *node = &v->x->node[i];
        v->terms[i] = node->op == EXPR_TERM ? UINT64_C(1) << node->index : 0;
        for (uint32_t k = 0; k < node->n_children; k++)
            v->terms[i] |= v->terms[node->child[k]];
    }
}

#define MODERATE 0x1p300 /* sums of as many such numbers as there are nodes are finite */

static bool term_is_valued(const struct expr_term *t)
{
    const struct metric *m = metric_at(t->metric);
    return t->view == METRIC_NORMALIZED_SIMILARITY &&
           (m->bound || m->sets || m->flags & (METRIC_EQUALITY | METRIC_WEIGHS_VALUES));
}

/* Has it a value if its children have? */
static bool keeps_values(const struct expr *x, const struct expr_node *v)
{
    switch ((int)v->op) {
    case EXPR_NUMBER:
        return fabs(v->number) <= MODERATE;
    case EXPR_TERM:
        return term_is_valued(&x->term[v->index]);
    case EXPR_STEPS:
        for (uint32_t i = 0; i < v->n_numbers; i += 2)
            if (!(fabs(x->number[v->index + i]) <= MODERATE))
                return false;
        return true;
    case EXPR_COLUMN:
    case EXPR_MUL:
    case EXPR_DIV:
    case EXPR_SQRT:
        return false;
    default: /* adds, chooses, or is a truth */
        return true;
    }
}

/* Children come before their parents. */
void expr_find_valued(const struct expr *x, bool valued[EXPR_MAX_NODES])
{
    for (uint32_t i = 0; i < x->n_nodes; i++) {
        const struct expr_node *node = &x->node[i];
        valued[i] = keeps_values(x, node);
        for (uint32_t k = 0; k < node->n_children; k++)
            valued[i] &= valued[node->child[k]];
    }
}

bool expr_eval_open(struct expr_eval *v, const struct expr *x, struct err *e)
{
    size_t bytes = (x->n_nodes + 1ull) * sizeof *v->lo;
    *v = (struct expr_eval){.x = x, .lo = aligned_alloc(64, bytes), .hi = aligned_alloc(64, bytes)};
    if (!v->lo || !v->hi) {
        expr_eval_close(v);
        return err_set(e, ERR_OS, NULL, "not enough memory for an expression");
    }
    for (uint32_t i = 0; i < x->n_nodes; i++) {
        bool constant = x->node[i].op == EXPR_NUMBER;
        expr_eval_set(v, i, EXPR_LANES, constant ? x->node[i].number : -(double)INFINITY,
                      constant ? x->node[i].number : (double)INFINITY);
    }
    find_terms(v);
    expr_find_valued(x, v->valued);
    return true;
}

void expr_eval_close(struct expr_eval *v)
{
    free(v->lo);
    free(v->hi);
    v->lo = v->hi = NULL;
}

void expr_eval_set(struct expr_eval *v, uint32_t node, uint32_t n, double lo, double hi)
{
    for (uint32_t i = 0; i < n; i++) {
        v->lo[node][i] = lo;
        v->hi[node][i] = hi;
    }
}

void expr_eval_set_term(struct expr_eval *v, uint32_t term, uint32_t n, double lo, double hi)
{
    for (uint32_t i = 0; i < v->x->n_nodes; i++)
        if (v->x->node[i].op == EXPR_TERM && v->x->node[i].index == term)
            expr_eval_set(v, i, n, lo, hi);
}

void expr_eval_set_unknown(struct expr_eval *v, uint32_t n)
{
    for (uint32_t i = 0; i < v->x->n_nodes; i++) {
        const struct expr_node *node = &v->x->node[i];
        double lo, hi;
        if (node->op == EXPR_TERM) {
            expr_term_range(&v->x->term[node->index], &lo, &hi);
            expr_eval_set(v, i, n, lo, hi);
        } else if (node->op == EXPR_SAME || node->op == EXPR_PRESENT) {
            expr_eval_set(v, i, n, 0, 1);
        } else if (node->op == EXPR_COLUMN) {
            expr_eval_set(v, i, n, -(double)INFINITY, (double)INFINITY);
        }
    }
}

void expr_term_range(const struct expr_term *term, double *lo, double *hi)
{
    const bool bits = metric_at(term->metric)->flags & METRIC_WEIGHS_VALUES;
    *lo = 0;
    if (term->bounded) {
        *hi = term->most;
        return;
    }
    *hi = !bits && (term->view == METRIC_NORMALIZED_SIMILARITY ||
                    term->view == METRIC_NORMALIZED_DISTANCE)
              ? 1
              : (double)INFINITY;
}

bool expr_reaches(const struct expr_term *term, double value, double need)
{
    return metric_falls((enum metric_view)term->view) ? value <= need : value >= need;
}

bool expr_asks(const struct expr_term *term, double need)
{
    double lo, hi;
    expr_term_range(term, &lo, &hi);
    return metric_falls((enum metric_view)term->view) ? need < hi : need > lo;
}

bool expr_possible(const struct expr_term *term, double need)
{
    double lo, hi;
    expr_term_range(term, &lo, &hi);
    return metric_falls((enum metric_view)term->view) ? need >= lo : need <= hi;
}

double expr_sharpen(const struct expr_term *term, double need)
{
    bool binary = metric_at(term->metric)->flags & METRIC_BINARY;
    return binary && term->view == METRIC_NORMALIZED_SIMILARITY && need > 0 && need < 1 ? 1 : need;
}

/* ---- One operation ---------------------------------------------------------------------------*/

static inline struct expr_span point(double x)
{
    return (struct expr_span){x, x};
}

static inline struct expr_span anything(void)
{
    return (struct expr_span){-(double)INFINITY, (double)INFINITY};
}

static inline bool none(struct expr_span x)
{
    return x.lo != x.lo;
}

static inline bool exact(struct expr_span x)
{
    return x.lo == x.hi || none(x);
}

/* What is computed from operands that are not exact may have no value, so it must not look exact:
 * ends that came out the same are moved apart a little. */
static inline struct expr_span unsure(struct expr_span x)
{
    if (x.lo != x.hi)
        return x;
    if (x.lo - x.lo != 0) /* infinite */
        return (struct expr_span){least_double(x.lo, DBL_MAX), greatest_double(x.hi, -DBL_MAX)};
    return (struct expr_span){x.lo - (fabs(x.lo) * 0x1p-52 + 0x1p-1000), x.hi};
}

/* Ends that arithmetic has made of ends. NaN there, infinity less infinity, say, is no value if all
 * operands were exact, else it can be anything. */
static inline struct expr_span ends(double lo, double hi, bool all_exact)
{
    if (all_exact)
        return point(lo);
    return lo != lo || hi != hi ? anything() : unsure((struct expr_span){lo, hi});
}

static inline struct expr_span hull(struct expr_span x, struct expr_span y)
{
    if (none(x) || none(y))
        return unsure(none(x) ? y : x);
    return (struct expr_span){least_double(x.lo, y.lo), greatest_double(x.hi, y.hi)};
}

static inline struct expr_span add(struct expr_span x, struct expr_span y)
{
    if (none(x) || none(y))
        return point((double)NAN);
    return ends(x.lo + y.lo, x.hi + y.hi, exact(x) && exact(y));
}

static inline struct expr_span negate(struct expr_span x)
{
    return (struct expr_span){-x.hi, -x.lo};
}

/* The hull of the four corners of a product or quotient. NaN, that is infinity times 0 or by
 * infinity, is no value where it is reached, and next to it lies what the other corners enclose. */
static inline struct expr_span corners(double a, double b, double c, double d)
{
    a = a == a ? a : 0;
    b = b == b ? b : 0;
    c = c == c ? c : 0;
    d = d == d ? d : 0;
    return unsure(
        (struct expr_span){least_double(least_double(a, b), least_double(c, d)),
                           greatest_double(greatest_double(a, b), greatest_double(c, d))});
}

static inline struct expr_span multiply(struct expr_span x, struct expr_span y)
{
    if (none(x) || none(y))
        return point((double)NAN);
    if (exact(x) && exact(y))
        return point(x.lo * y.lo);
    return corners(x.lo * y.lo, x.lo * y.hi, x.hi * y.lo, x.hi * y.hi);
}

static inline struct expr_span divide(struct expr_span x, struct expr_span y)
{
    if (none(x) || none(y) || (y.lo == 0 && y.hi == 0))
        return point((double)NAN);
    if (exact(x) && exact(y))
        return point(x.lo / y.lo);
    if (y.lo <= 0 && y.hi >= 0)
        return anything();
    return corners(x.lo / y.lo, x.lo / y.hi, x.hi / y.lo, x.hi / y.hi);
}

static inline struct expr_span lower(struct expr_span x, struct expr_span y)
{
    if (none(x) || none(y))
        return point((double)NAN);
    return ends(least_double(x.lo, y.lo), least_double(x.hi, y.hi), exact(x) && exact(y));
}

static inline struct expr_span upper(struct expr_span x, struct expr_span y)
{
    if (none(x) || none(y))
        return point((double)NAN);
    return ends(greatest_double(x.lo, y.lo), greatest_double(x.hi, y.hi), exact(x) && exact(y));
}

/* What two computed values can differ by, and be in the wrong order: the error of each, and its
 * last rounding. */
static inline double soft_slack(double x)
{
    return 2 * (BITS_ERROR + fabs(x) * 0x1p-53);
}

/* Its true value never falls with x or y, but the last digits of what is computed may. */
static inline struct expr_span soft_lower(struct expr_span x, struct expr_span y)
{
    if (none(x) || none(y))
        return point((double)NAN);
    const double lo = bits_soft_min(x.lo, y.lo);
    if (exact(x) && exact(y))
        return point(lo);
    const double hi = bits_soft_min(x.hi, y.hi);
    return unsure((struct expr_span){lo - lo == 0 ? lo - soft_slack(lo) : lo,
                                     hi - hi == 0 ? hi + soft_slack(hi) : hi});
}

static inline struct expr_span absolute(struct expr_span x)
{
    if (exact(x))
        return point(fabs(x.lo));
    if (x.lo >= 0)
        return x;
    return x.hi <= 0 ? negate(x) : (struct expr_span){0, greatest_double(-x.lo, x.hi)};
}

static inline struct expr_span root(struct expr_span x)
{
    if (x.hi < 0)
        return point((double)NAN);
    return exact(x) ? point(sqrt(x.lo)) : ends(x.lo > 0 ? sqrt(x.lo) : 0, sqrt(x.hi), false);
}

/* The truth of an interval: may it be true, must it? What is not exact may have no value. */
static inline bool may(struct expr_span x)
{
    return !none(x) && (x.lo != 0 || x.hi != 0);
}

static inline bool must(struct expr_span x)
{
    return exact(x) && may(x);
}

static inline struct expr_span truth(bool must_be, bool may_be)
{
    return (struct expr_span){must_be, may_be};
}

/* x < y, or x <= y with `or_same`. */
static inline struct expr_span below(struct expr_span x, struct expr_span y, bool or_same)
{
    bool can = or_same ? x.lo <= y.hi : x.lo < y.hi; /* false with no value */
    return truth(can && exact(x) && exact(y), can);
}

static inline struct expr_span same(struct expr_span x, struct expr_span y)
{
    bool can = x.lo <= y.hi && y.lo <= x.hi;
    return truth(can && exact(x) && exact(y), can);
}

static inline struct expr_span different(struct expr_span x, struct expr_span y)
{
    bool can = !none(x) && !none(y) && !(exact(x) && exact(y) && x.lo == y.lo);
    return truth(can && exact(x) && exact(y), can);
}

static inline struct expr_span choose(struct expr_span c, struct expr_span x, struct expr_span y)
{
    return must(c) ? x : may(c) ? hull(x, y) : y;
}

static inline struct expr_span missing(struct expr_span present, struct expr_span x)
{
    if (!may(present) || none(x))
        return point(1);
    return truth(false, !(must(present) && exact(x)));
}

static inline struct expr_span if_missing(struct expr_span present, struct expr_span x,
                                          struct expr_span other)
{
    struct expr_span is = missing(present, x);
    return must(is) ? other : may(is) ? hull(x, other) : x;
}

/* The weights of the steps that an interval meets: number[] is w0, t1, w1, t2, w2 …, n of them. */
static inline __attribute__((always_inline)) struct expr_span
steps(struct expr_span x, const double *number, uint32_t n)
{
    struct expr_span out = {(double)INFINITY, -(double)INFINITY};
    for (uint32_t k = 0; k < n; k += 2) {
        const bool meets = (k == 0 || x.hi >= number[k - 1]) & (k + 1 == n || x.lo < number[k + 1]);
        out.lo = meets ? least_double(number[k], out.lo) : out.lo;
        out.hi = meets ? greatest_double(number[k], out.hi) : out.hi;
    }
    if (none(x))
        return x;
    return exact(x) ? out : unsure(out);
}

_Static_assert(EXPR_N_OPS == 30, "a new operation has a case here, and stands in FOR_EACH_INNER");

/* Without the attribute gcc 12 finds these too large to inline, and looks at `op` again in each
 * lane. */
static inline __attribute__((always_inline)) struct expr_span
compute_number(enum expr_op op, struct expr_span x, struct expr_span y)
{
    switch ((int)op) {
    case EXPR_ADD:
        return add(x, y);
    case EXPR_SUB:
        return add(x, negate(y));
    case EXPR_MUL:
        return multiply(x, y);
    case EXPR_DIV:
        return divide(x, y);
    case EXPR_MIN:
        return lower(x, y);
    case EXPR_MAX:
        return upper(x, y);
    case EXPR_SOFT_MIN:
        return soft_lower(x, y);
    case EXPR_NEG:
        return negate(x);
    case EXPR_ABS:
        return absolute(x);
    case EXPR_SQRT:
        return root(x);
    case EXPR_FLOOR:
        return ends(floor(x.lo), floor(x.hi), exact(x));
    case EXPR_CEIL:
        return ends(ceil(x.lo), ceil(x.hi), exact(x));
    default: /* leaves are given, steps have numbers besides */
        return anything();
    }
}

static inline __attribute__((always_inline)) struct expr_span
compute_truth(enum expr_op op, struct expr_span x, struct expr_span y, struct expr_span z)
{
    switch ((int)op) {
    case EXPR_LT:
        return below(x, y, false);
    case EXPR_LE:
        return below(x, y, true);
    case EXPR_GT:
        return below(y, x, false);
    case EXPR_GE:
        return below(y, x, true);
    case EXPR_EQ:
        return same(x, y);
    case EXPR_NE:
        return different(x, y);
    case EXPR_NOT:
        return truth(!may(x), !must(x));
    case EXPR_AND:
        return truth(must(x) && must(y), may(x) && may(y));
    case EXPR_OR:
        return truth(must(x) || must(y), may(x) || may(y));
    case EXPR_IF:
        return choose(x, y, z);
    case EXPR_MISSING:
        return missing(x, y);
    case EXPR_IF_MISSING:
        return if_missing(x, y, z);
    default:
        return anything();
    }
}

static inline __attribute__((always_inline)) struct expr_span
compute(enum expr_op op, struct expr_span x, struct expr_span y, struct expr_span z)
{
    return op < EXPR_LT ? compute_number(op, x, y) : compute_truth(op, x, y, z);
}

struct expr_span expr_compute(const struct expr *x, uint32_t node,
                              const struct expr_span children[3])
{
    const struct expr_node *v = &x->node[node];
    return v->op == EXPR_STEPS
               ? steps(children[0], x->number + v->index, v->n_numbers)
               : compute((enum expr_op)v->op, children[0], children[1], children[2]);
}

/* ---- All of them -----------------------------------------------------------------------------*/

/* One loop for one operation; `op` is a constant wherever this is inlined. */
static inline __attribute__((always_inline)) void run_node(struct expr_eval *v, uint32_t node,
                                                           enum expr_op op, uint32_t n)
{
    const uint32_t *child = v->x->node[node].child;
    const double *xl = v->lo[child[0]], *xh = v->hi[child[0]];
    const double *yl = v->lo[child[1]], *yh = v->hi[child[1]];
    const double *zl = v->lo[child[2]], *zh = v->hi[child[2]];
    double *lo = v->lo[node], *hi = v->hi[node];
    for (uint32_t i = 0; i < n; i++) {
        struct expr_span out =
            compute(op, (struct expr_span){xl[i], xh[i]}, (struct expr_span){yl[i], yh[i]},
                    (struct expr_span){zl[i], zh[i]});
        lo[i] = out.lo;
        hi[i] = out.hi;
    }
}

/* EXPR_IF_MISSING of what has a value wherever texts are there. */
static void run_valued(struct expr_eval *v, uint32_t node, uint32_t n)
{
    const uint32_t *child = v->x->node[node].child;
    const double *pl = v->lo[child[0]], *ph = v->hi[child[0]];
    const double *xl = v->lo[child[1]], *xh = v->hi[child[1]];
    const double *yl = v->lo[child[2]], *yh = v->hi[child[2]];
    double *lo = v->lo[node], *hi = v->hi[node];
    for (uint32_t i = 0; i < n; i++) {
        const struct expr_span present = {pl[i], ph[i]}, x = {xl[i], xh[i]}, y = {yl[i], yh[i]};
        const struct expr_span out = must(present) ? x : if_missing(present, x, y);
        lo[i] = out.lo;
        hi[i] = out.hi;
    }
}

static void run_steps(struct expr_eval *v, uint32_t node, uint32_t n)
{
    const struct expr_node *at = &v->x->node[node];
    const double *number = v->x->number + at->index;
    const double *xl = v->lo[at->child[0]], *xh = v->hi[at->child[0]];
    double *lo = v->lo[node], *hi = v->hi[node];
    for (uint32_t i = 0; i < n; i++) {
        const struct expr_span out = steps((struct expr_span){xl[i], xh[i]}, number, at->n_numbers);
        lo[i] = out.lo;
        hi[i] = out.hi;
    }
}

#define FOR_EACH_INNER(row)                                                                        \
    row(EXPR_ADD) row(EXPR_SUB) row(EXPR_MUL) row(EXPR_DIV) row(EXPR_MIN) row(EXPR_MAX)            \
        row(EXPR_SOFT_MIN) row(EXPR_NEG) row(EXPR_ABS) row(EXPR_SQRT) row(EXPR_FLOOR)              \
            row(EXPR_CEIL) row(EXPR_LT) row(EXPR_LE) row(EXPR_GT) row(EXPR_GE) row(EXPR_EQ)        \
                row(EXPR_NE) row(EXPR_NOT) row(EXPR_AND) row(EXPR_OR) row(EXPR_IF)                 \
                    row(EXPR_MISSING) row(EXPR_IF_MISSING)

static void run_any(struct expr_eval *v, uint32_t node, uint32_t n)
{
    if (v->x->node[node].op == EXPR_IF_MISSING && v->valued[v->x->node[node].child[1]]) {
        run_valued(v, node, n);
        return;
    }
    switch (v->x->node[node].op) {
#define RUN(op)                                                                                    \
    case op:                                                                                       \
        run_node(v, node, op, n);                                                                  \
        break;
        FOR_EACH_INNER(RUN)
#undef RUN
    case EXPR_STEPS:
        run_steps(v, node, n);
        break;
    default:
        break;
    }
}

void expr_eval_run(struct expr_eval *v, uint32_t n)
{
    for (uint32_t node = 0; node < v->x->n_nodes; node++)
        run_any(v, node, n);
}

void expr_eval_run_terms(struct expr_eval *v, uint64_t terms, uint32_t n)
{
    for (uint32_t node = 0; node < v->x->n_nodes; node++)
        if (v->terms[node] & terms)
            run_any(v, node, n);
}

void expr_eval_run_term(struct expr_eval *v, uint32_t term, uint32_t n)
{
    expr_eval_run_terms(v, UINT64_C(1) << term, n);
}

void expr_eval_run_alone(struct expr_eval *v, uint32_t term, uint32_t n)
{
    for (uint32_t node = 0; node < v->x->n_nodes; node++)
        if (v->terms[node] == UINT64_C(1) << term)
            run_any(v, node, n);
}
