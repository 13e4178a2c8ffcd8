/* The comparisons of a model, over the tables of a run.
 *
 * A column of some kinds may be of another kind as well, which only learning tells: a date of birth
 * or the date of a payment. So there are more comparisons than columns: first those of the columns,
 * then the others. The query of the run is the sum of all their metrics, and of the rarities of all
 * columns, so that the index has all that any score of the model reads. Not here: other scores over
 * the same tables (learn_search.h). */
#ifndef AXB_MATCHER_LEARN_COMPARISONS_H
#define AXB_MATCHER_LEARN_COMPARISONS_H

#include "matcher/model/model.h"
#include "matcher/run/run.h"

#define COMPARISONS_MAX (2 * MODEL_MAX_COLUMNS)

/* A way to compare a column. */
struct comparison {
    uint32_t column; /* of the model */
    char *text;      /* the metric as an expression; owned by the list */
    const struct model_kind *kind;
    const char *metric;    /* as --metric takes it; borrowed */
    uint32_t term, rarity; /* of the query */
};

struct comparisons {
    struct run *run;     /* prepared with the score of comparisons_score */
    uint32_t n, n_first; /* all, and those of the columns as they were chosen at first */
    struct comparison of[COMPARISONS_MAX];
};

/* Lists the comparisons of a model; no run is known yet. ERR_OS; comparisons_free is due even then.
 * Kinds that were asked for, `fixed[column]`, have no other. */
bool comparisons_list(struct comparisons *c, const struct model *m, const bool *fixed,
                      struct err *e);
void comparisons_free(struct comparisons *c);

/* The score of the run, as --score takes it. The caller frees it; NULL without memory. */
char *comparisons_score(const struct comparisons *c, const struct model *m);

/* Sets the run, which was prepared with that score. ERR_USAGE if two comparisons are one. */
bool comparisons_set_run(struct comparisons *c, struct run *run, struct err *e);

/* The side of A (0) or B (1) of a term. */
const struct side *comparisons_side(const struct comparisons *c, uint32_t term, int side);

/* Pairs of records of which both have a value in comparison i; in dedupe the pairs i < j. */
double comparisons_pairs(const struct comparisons *c, uint32_t i);

/* log2(1 / f) of the rarest value that both sides of a rarity have; f is the share of the records
 * of both sides that have it, at least two records. 0 if they have none in common. */
double comparisons_rarest_bits(const struct comparisons *c, uint32_t rarity);

/* The metric of comparison i for n pairs of rows, NaN where a value is missing. On all cores.
 * ERR_OS. */
bool comparisons_values(const struct comparisons *c, uint32_t i, const uint32_t *row_a,
                        const uint32_t *row_b, uint64_t n, double *value, struct err *e);

/* The same for n pairs of distinct values, places of the sides of its metric. */
bool comparisons_of_places(const struct comparisons *c, uint32_t i, const uint32_t *place_a,
                           const uint32_t *place_b, uint64_t n, double *value, struct err *e);

#endif
