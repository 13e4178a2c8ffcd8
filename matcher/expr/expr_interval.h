/* Evaluates expressions over intervals, for many pairs of records at once.
 *
 * Each node has a lower and an upper value a lane. A lane is exact where both are the same double,
 * or both NaN (no value); elsewhere the value is any between them, or none. Every operation is
 * rounded as in the plain evaluation, and rounding never reverses an order. So what is computed
 * from the ends of exact operands is the exact double, and what is computed from wider ones
 * encloses, to the last bit, every double that the plain evaluation could give. A pair whose upper
 * value is below the threshold cannot match; no slack is needed. (Interval arithmetic: Moore 1966.)
 * soft_min alone is made of many operations, so what is computed from wider operands has slack.
 *
 * The caller puts values into the leaves that are terms, columns, SAME and PRESENT; constants
 * have theirs from the beginning. Not here: where those values come from (refine.h). */
#ifndef AXB_MATCHER_EXPR_EXPR_INTERVAL_H
#define AXB_MATCHER_EXPR_EXPR_INTERVAL_H

#include "matcher/expr/expr.h"

#define EXPR_LANES 256u

struct expr_eval {
    const struct expr *x;
    double (*lo)[EXPR_LANES], (*hi)[EXPR_LANES]; /* of each node */
    uint64_t terms[EXPR_MAX_NODES];              /* on which a node depends: a set of bits */
    bool valued[EXPR_MAX_NODES]; /* it has a value wherever no text that it reads is missing */
};

/* Allocates the lanes; all leaves but constants are anything: [-infinity, infinity]. `x` must
 * outlive it. */
bool expr_eval_open(struct expr_eval *v, const struct expr *x, struct err *e);
void expr_eval_close(struct expr_eval *v);

/* Which nodes have a value wherever no text that they read is missing. */
void expr_find_valued(const struct expr *x, bool valued[EXPR_MAX_NODES]);

/* Computes the inner nodes of the first n lanes, n <= EXPR_LANES. */
void expr_eval_run(struct expr_eval *v, uint32_t n);

/* The same of the inner nodes that depend on a term: enough if only this term has changed. */
void expr_eval_run_term(struct expr_eval *v, uint32_t term, uint32_t n);

/* The same of those that depend on any of a set of terms. */
void expr_eval_run_terms(struct expr_eval *v, uint64_t terms, uint32_t n);

/* The same of those that depend on this term and on no other. */
void expr_eval_run_alone(struct expr_eval *v, uint32_t term, uint32_t n);

/* An interval, or no value: both ends NaN. */
struct expr_span {
    double lo, hi;
};

/* The operation of an inner node of x, on the intervals of its children; those that it does not
 * have are ignored. */
struct expr_span expr_compute(const struct expr *x, uint32_t node,
                              const struct expr_span children[3]);

/* Gives a leaf the same interval in the first n lanes. */
void expr_eval_set(struct expr_eval *v, uint32_t node, uint32_t n, double lo, double hi);

/* Gives all nodes of a term the same interval in the first n lanes. */
void expr_eval_set_term(struct expr_eval *v, uint32_t term, uint32_t n, double lo, double hi);

/* All leaves but constants are whatever they can be, in the first n lanes. */
void expr_eval_set_unknown(struct expr_eval *v, uint32_t n);

/* Can the truth of a lane's interval be true? Must it, that is, is it exact and true? */
static inline bool expr_may(const struct expr_eval *v, uint32_t node, uint32_t lane)
{
    double lo = v->lo[node][lane], hi = v->hi[node][lane];
    return lo == lo && (lo != 0 || hi != 0);
}

/* Whether a lane is exact: one value, or none. */
static inline bool expr_exact(const struct expr_eval *v, uint32_t node, uint32_t lane)
{
    double lo = v->lo[node][lane], hi = v->hi[node][lane];
    return lo == hi || (lo != lo && hi != hi);
}

/* The least and greatest value that a term can have: 0..1, or 0..infinity for counts and bits of
 * which nothing is known. */
void expr_term_range(const struct expr_term *term, double *lo, double *hi);

/* What is asked of a term is a least value, its need; of a distance, the greatest. */
bool expr_reaches(const struct expr_term *term, double value, double need);
/* Does a need ask anything at all, and can it be reached? */
bool expr_asks(const struct expr_term *term, double need);
bool expr_possible(const struct expr_term *term, double need);
/* The same need, or a greater one that no value tells apart from it: a metric that is 0 or 1 and
 * has to be more than 0 has to be 1. */
double expr_sharpen(const struct expr_term *term, double need);

#endif
