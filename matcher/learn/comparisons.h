/* The comparisons of a model, over the tables of a run.
 *
 * The query of the run is the sum of all metrics of the model, and of their rarities, so that the
 * index has all that any score of the model reads. Not here: other scores over the same tables
 * (run/trial.h). */
#ifndef AXB_MATCHER_LEARN_COMPARISONS_H
#define AXB_MATCHER_LEARN_COMPARISONS_H

#include "matcher/model/model.h"
#include "matcher/run/run.h"

/* The score of such a run, as --score takes it. The caller frees it; NULL without memory. */
char *comparisons_score(const struct model *m);

struct comparisons {
    struct run *run; /* prepared with that score */
    const struct model *model;
    uint32_t metric[MODEL_MAX_COLUMNS], rarity[MODEL_MAX_COLUMNS]; /* terms of the query */
};

/* Which terms of the query are whose. ERR_SOFTWARE if it is not that query. */
bool comparisons_make(struct comparisons *c, struct run *run, const struct model *m, struct err *e);

/* The side of A (0) or B (1) of a term. */
const struct side *comparisons_side(const struct comparisons *c, uint32_t term, int side);

/* Pairs of records of which both have a value in the column; in dedupe the pairs i < j. */
double comparisons_pairs(const struct comparisons *c, uint32_t column);

/* The metric of a column for n pairs of rows, NaN where a value is missing. On all cores. ERR_OS.
 */
bool comparisons_values(const struct comparisons *c, uint32_t column, const uint32_t *row_a,
                        const uint32_t *row_b, uint64_t n, double *value, struct err *e);

/* The same for n pairs of distinct values, places of the sides of its metric. */
bool comparisons_of_places(const struct comparisons *c, uint32_t column, const uint32_t *place_a,
                           const uint32_t *place_b, uint64_t n, double *value, struct err *e);

#endif
