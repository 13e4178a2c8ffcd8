/* How many pairs have each score: --histogram of a run, and histograms for whoever asks within
 * one.
 *
 * A verb that asks prepares its run with `unplanned` and then counts as often as it likes, for any
 * threshold, for one term of the score alone, or for the records of one side among themselves. Each
 * count is an exact one of all pairs, by the joins that a run with this threshold would take;
 * workers count into small tables, and no pair is written or kept. Not here: what follows from a
 * histogram (suggest/threshold.h), its file (output/histogram_file.h). */
#ifndef AXB_MATCHER_RUN_RUN_HISTOGRAM_H
#define AXB_MATCHER_RUN_RUN_HISTOGRAM_H

#include "matcher/run/run.h"

/* Whose records are compared. */
enum run_whose { RUN_A_WITH_B, RUN_WITHIN_A, RUN_WITHIN_B };

/* An empty histogram of at most --bins bins. `falls`: less is better. ERR_OS. */
bool run_open_histogram(const struct run *r, bool falls, struct histogram *h, struct err *e);

/* What a histogram is asked of. */
struct run_scores {
    const struct query *query; /* over the columns of the run; its threshold is the floor */
    enum run_whose whose;      /* in dedupe RUN_A_WITH_B is the file with itself */
    struct row_list rows; /* of A with B: rows of A that take part; row NULL: all. Not in dedupe */
    uint64_t pairs;       /* set: of rows that were compared */
    double seconds;       /* set: of the run */
    bool looped;          /* set: no join was of use, so another threshold costs as much */
};

/* Adds the scores of all pairs that match to *h, which is open, and `falls` as query->least does.
 * Within a side each pair of records counts once; every column of the other side stands for the
 * one that it is compared with. *known is false, and nothing is counted, if some column is compared
 * with none of that side. Errors are those of coordinator_run, and ERR_OS. */
bool run_histogram(struct run *r, struct run_scores *scores, struct histogram *h, bool *known,
                   struct err *e);

/* A plan for a query that is not that of the run, and whose expression is not compiled, over inputs
 * of the run: for counts and samples beside it. Errors as of run_histogram. */
bool run_make_plan(const struct run *r, const struct query *query, const struct inputs *inputs,
                   double all_pairs, struct plan *plan, struct err *e);

/* The query of one term of the score alone: all pairs of records for which it is at least `floor`,
 * or, of a distance, at most. --where is left out, but for what it says of one side alone. */
void run_query_of_term(const struct query *query, uint32_t term, double floor,
                       struct query *of_term);

/* Sets the threshold of a query: at least `floor`, or at most, where less is better. */
void run_set_floor(struct query *query, double floor);

#endif
