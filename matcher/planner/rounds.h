/* The K best matches of each row where no useful threshold is given: rounds.
 *
 * Each round finds the pairs that reach a threshold, with the joins that a run with this threshold
 * would take, for those rows that have fewer than K yet. A row that has K is done: no pair below
 * the threshold can be among its best. So the result is that of the double loop. Which thresholds
 * are tried follows from a random sample of the rows, whose K-th best scores are found first; a
 * sample that was unlucky costs time and no pair. Rows that the last threshold leaves are sampled
 * again, until few are left; these are compared with all.
 *
 * (Descending thresholds for the k nearest: as in Ciaccia, Patella and Zezula, M-tree, 1997, and
 * Xiao, Wang, Lin and Shang, Top-k set similarity joins, 2009; here by whole joins.)
 *
 * Not here: runs whose threshold is as good as any, where workers keep the K best of each row as
 * they write it (worker/). */
#ifndef AXB_MATCHER_PLANNER_ROUNDS_H
#define AXB_MATCHER_PLANNER_ROUNDS_H

#include "core/err.h"
#include "matcher/choose/found.h"
#include "matcher/engine/job.h"
#include "matcher/planner/estimate.h"
#include "matcher/planner/plan_make.h"
#include "matcher/planner/rounds_schedule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whose best matches are kept: of the rows of A, of B, or of a table that is both sides. */
enum rounds_whose { ROUNDS_A, ROUNDS_B, ROUNDS_SELF };

/* What rounds are made from; all of it borrowed. */
struct rounds_request {
    enum rounds_whose whose;
    uint32_t top;          /* so many are kept of each row, above 0 */
    bool once;             /* one round, with the threshold that is asked for */
    const struct job *job; /* its sinks are not used */
    const struct estimate *estimate;
    const struct plan_request *plan;
    const struct index_field *field; /* of the index: the side of each */
};

/* One round, as it went. */
struct rounds_done {
    double threshold;
    uint64_t rows, finished; /* that took part, that have K matches now */
    double seconds;
    bool sample; /* it was for a sample alone */
};

#define ROUNDS_LOG 200u

/* What is expected, before it is done: of the first sample. */
struct rounds_expected {
    uint32_t n;
    struct {
        double threshold, rows;
    } round[ROUNDS_MOST];
    double seconds; /* with all workers */
};

struct rounds_report {
    struct rounds_expected expected;
    uint32_t n; /* rounds, of which the first ROUNDS_LOG are listed */
    struct rounds_done done[ROUNDS_LOG];
};

/* Sets the bound of a query that has none: a match has a score above 0, and a distance below the
 * greatest that there is. So a pair that has nothing in common, or where a value is missing, is no
 * match. */
void rounds_least_goal(const struct query *query, const struct expr_span *range,
                       struct expr_goal *goal);
/* Then nearly all pairs match, and a join would only have to list them: the plan that compares each
 * pair instead. */
void rounds_plan_all(struct plan *plan, const struct query *query, double all_pairs);

/* Do rounds serve this query and plan? Not with a score of the user's own, of which no bound is
 * known, and not where the plan takes little time. False with *e set, ERR_OS, without memory. */
bool rounds_pay(const struct query *query, const struct plan *plan, struct err *e);

/* Finds the pairs that are among the best q->top of their row of A, of B or, in dedupe, of either
 * record. Only pairs whose row of A is in the span are compared; that is to be all rows, but for
 * ROUNDS_A. They come in ascending order of row_a, then row_b, each once. found->pair is malloced;
 * the caller frees it. *result gets counters and seconds added. With `found` NULL only what is
 * expected is found out. ERR_OS without memory, before anything is compared. */
bool rounds_run(const struct rounds_request *q, const struct span *span, struct found *found,
                struct rounds_report *report, struct result *result, struct err *e);

#endif
