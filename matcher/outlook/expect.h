/* How many pairs to expect, and how many bytes of output; and whether one value makes up most of
 * them.
 *
 * The joins of the plan are run for a sample of rows of A against all of B, and the expression is
 * evaluated for a sample of what they find. Where the plan has no join, random pairs are evaluated.
 * For people alone: neither plan nor result depends on it. A scorer is never called; of its pairs
 * the most that it may be asked for is known. Not here: estimates for the planner
 * (planner/estimate.h).
 */
#ifndef AXB_MATCHER_OUTLOOK_EXPECT_H
#define AXB_MATCHER_OUTLOOK_EXPECT_H

#include "matcher/engine/plan.h"
#include "matcher/engine/query.h"

struct expect {
    bool known;                /* false: nothing can be said */
    bool at_most;              /* a scorer decides on each of these pairs */
    double pairs, least, most; /* of rows; most likely from least to most */
    double bytes;              /* of output; 0: none is written, or that is not known */
};

/* Takes about `seconds`. ERR_OS without memory. */
bool expect_make(struct expect *x, const struct query *query, const struct inputs *inputs,
                 const struct span *span, const struct plan *plan, double seconds, struct err *e);

/* The value of a compared column that most pairs of equal values have. */
struct dominant {
    double pairs;          /* of rows with this value on both sides that match; 0: there is none */
    double rows_a, rows_b; /* that have it */
    uint32_t column_a;     /* of the expression */
    uint32_t value;        /* value id */
};

/* Looks at each term, and tries random pairs of its most frequent value. ERR_OS without memory. */
bool expect_dominant(struct dominant *d, const struct query *query, const struct inputs *inputs,
                     struct err *e);

#endif
