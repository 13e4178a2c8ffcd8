/* Another score over the tables that a run has loaded.
 *
 * Learning asks several times which pairs a model finds. Each model is a score over the columns and
 * metrics that the query of the run has, with a plan of its own. Not here: what the pairs are for
 * (learn/), and counting pairs by their scores (run_histogram.h). */
#ifndef AXB_MATCHER_LEARN_LEARN_SEARCH_H
#define AXB_MATCHER_LEARN_LEARN_SEARCH_H

#include "matcher/resolve/collect.h"
#include "matcher/run/run.h"

#define LEARN_SEARCH_MANY UINT64_MAX

struct learn_search {
    struct run *run; /* prepared, perhaps without a plan */
    const char *score;
    double least;         /* pairs match from this score on */
    struct row_list rows; /* of A that take part; row NULL: all. Must be all in dedupe */
    uint64_t most;        /* pairs; more end the search; 0: no limit */
    double most_seconds;  /* of one core, as planned: a dearer search is not made; 0: no limit */
};

/* Finds the pairs, in the order of A, and adds them to *found, which is empty. *n is their number,
 * or LEARN_SEARCH_MANY if they are more than may be found, or cost more than they may. ERR_USAGE if
 * the score has a metric that the query of the run has not; what the engine says. */
bool learn_search_find(const struct learn_search *t, struct collect *found, uint64_t *n,
                       struct err *e);

#endif
