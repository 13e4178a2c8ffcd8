/* The pairs that a model is fitted to: all those that a guess of it finds likely enough.
 *
 * The first guess says that a match has equal values in 7 of 10 columns, whatever the column. Its
 * weights follow from how rare each level is among random pairs, so its score says already which
 * pairs could match. All pairs above a floor are found, by joins, without loss; the floor is the
 * lowest that leaves a number of pairs in proportion to the records. No clause is chosen by hand.
 * What was fitted to them is a better guess, by which more are found. Not here: fitting (fit/). */
#ifndef AXB_MATCHER_LEARN_CANDIDATES_H
#define AXB_MATCHER_LEARN_CANDIDATES_H

#include "core/err.h"
#include "matcher/fit/fit.h"
#include "matcher/learn/comparisons.h"
#include "matcher/model/model.h"

#include <stdint.h>

struct candidates {
    double floor_bits; /* of the score of the first guess */
    uint64_t n;
    uint32_t *a, *b; /* rows, ascending; owned, as the rest */
    uint8_t *level[MODEL_MAX_COLUMNS];
    uint32_t *count[MODEL_MAX_COLUMNS]; /* NULL for columns without rarity */
    struct fit_column column[MODEL_MAX_COLUMNS];
    const uint8_t *level_view[MODEL_MAX_COLUMNS];
    const uint32_t *count_view[MODEL_MAX_COLUMNS];
    uint64_t n_rows_sampled; /* of A that take part */
    uint32_t *row_sampled;   /* these rows, ascending; NULL: all */
    struct fit_data data;    /* views of all this */
};

/* What is looked for. */
struct candidates_asked {
    const struct comparisons *comparisons;
    const struct model *model;        /* with the levels of its columns, and u */
    const uint32_t *which;            /* of each column: its comparison */
    const struct candidates *earlier; /* of the first guess, which count as well; NULL: m is not
                                         known yet, and the first guess says it */
    const uint8_t *left_out[2];       /* by row of A, of B: 1 if it takes no part; NULL: all do */
    struct row_list also; /* rows of A that take part in any case, ascending; row NULL: none */
    uint64_t seed;        /* draws the rows of A, where not all take part */
};

/* Finds them. candidates_free is due even after a failure. ERR_OS; what a run says. */
bool candidates_find(const struct candidates_asked *asked, struct candidates *found, struct err *e);
void candidates_free(struct candidates *c);

/* level[i] of candidate i in comparison number `number`, by the levels of a column; FIT_MISSING
 * where a value is. ERR_OS. */
bool candidates_levels(const struct comparisons *c, uint32_t number,
                       const struct model_column *column, const struct candidates *found,
                       uint8_t *level, struct err *e);

#endif
