/* The leaves of expressions for pairs of rows: what a metric, a column, a text gives.
 *
 * They serve refining candidates, writing the terms of a pair, and explaining it. Not here: what
 * follows from the leaves (expr_interval.h). */
#ifndef AXB_MATCHER_EXPR_EXPR_LEAVES_H
#define AXB_MATCHER_EXPR_EXPR_LEAVES_H

#include "core/err.h"
#include "matcher/expr/expr_interval.h"
#include "matcher/index/index.h"

#include <stdbool.h>
#include <stdint.h>

struct terms {
    const struct expr *x;
    const struct index *index;
    struct metric_state *metric[EXPR_MAX_TERMS];
};

/* The metric use of a term over the columns of an index, with the words of both if it weighs them.
 */
struct metric_use terms_use(const struct expr *x, uint32_t term, const struct index *index);

/* *x and *index must outlive *t. Call terms_close also after a failure. */
bool terms_open(struct terms *t, const struct expr *x, const struct index *index, struct err *e);
void terms_close(struct terms *t);

/* The values of a term for n pairs of rows, n <= EXPR_LANES: 0 where a text is missing, NaN where
 * there is none. */
void terms_values(const struct terms *t, uint32_t term, const uint32_t *row_a,
                  const uint32_t *row_b, uint32_t n, double *value);

/* The same of a leaf that costs little: a column, EXPR_SAME or EXPR_PRESENT. */
void terms_leaf(const struct terms *t, const struct expr_node *leaf, const uint32_t *row_a,
                const uint32_t *row_b, uint32_t n, double *value);

/* The values of all terms of one pair of rows, x->n_terms of them. */
void terms_of_pair(const struct terms *t, uint32_t row_a, uint32_t row_b, double *value);

/* The value ids of rows of a side, TABLE_MISSING where a row has none. Their codes are prefetched.
 */
void dictionary_gather(const struct dictionary *dictionary, const struct side *side,
                       const uint32_t *rows, uint32_t n, uint32_t *value_id);

#endif
