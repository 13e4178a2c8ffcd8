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

/* What is looked for. */
struct learn_search_asked {
    struct run *run; /* prepared, perhaps without a plan */
    const char *score;
    struct row_list rows; /* of A that take part; row NULL: all. Must be all in dedupe */
    uint64_t most;        /* pairs; more end the search; 0: no limit */
};

/* A search, ready for any threshold: parsed, with an index of its rows and an estimate. NULL on an
 * error: ERR_SOFTWARE if the score reads a column that the query of the run does not; ERR_OS; what
 * parsing says. What *asked points to must live as long. */
struct learn_search *learn_search_open(const struct learn_search_asked *asked, struct err *e);
void learn_search_close(struct learn_search *s);

/* Finds the pairs that score `least` or more, in the order of A, and adds them to *found, which is
 * empty. *n is their number, or LEARN_SEARCH_MANY if they are more than may be found. What the
 * engine says. */
bool learn_search_find(struct learn_search *s, double least, struct collect *found, uint64_t *n,
                       struct err *e);

#endif
