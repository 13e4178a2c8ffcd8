/* The coordinator: carries out a plan in worker processes and writes what they find, in order.
 *
 * It spawns workers and watches over them. It replaces those that die through no fault of the
 * scorer, and names the pair of rows where the scorer is at fault. It writes tiles in order,
 * whichever worker did them. It never runs user code. It holds no result longer than it must: a
 * worker that is ahead waits when its ring is full. */
#ifndef AXB_MATCHER_ENGINE_COORDINATOR_H
#define AXB_MATCHER_ENGINE_COORDINATOR_H

#include "core/err.h"
#include "matcher/choose/found.h"
#include "matcher/engine/job.h"
#include "matcher/engine/plan.h"

#include <stdbool.h>
#include <stdint.h>

/* Carries out the plan for the rows of the span. Stops on SIGINT and SIGTERM with ERR_STOPPED: at
 * once, or, with a journal, when the rows in progress are done; a second signal does not wait for
 * them. No worker is left, whatever happens. */
bool coordinator_run(const struct job *job, const struct span *span, struct result *result,
                     struct err *e);

/* Where pairs are counted alone, are these no more than --max-results? ERR_STOPPED. */
bool coordinator_check_count(const struct job *job, uint64_t pairs, struct err *e);

/* Writes these pairs of rows, in order, as coordinator_run writes those that it finds. The plan of
 * the job is not used, but for its number of workers. After them come rows of B without a pair, if
 * the lines have those. */
bool coordinator_write(const struct job *job, const struct span *span, const struct found *found,
                       struct result *result, struct err *e);

/* Calls the function of a job without tables on n_runs runs of items (map_items.h). The results go
 * to the sink in order; result->pairs counts them. */
bool coordinator_map(const struct job *job, const struct shm *items, uint64_t n_runs,
                     struct result *result, struct err *e);

/* The score that the scorer gives one pair of rows, in a worker. */
bool coordinator_score(const struct job *job, uint64_t row_a, uint64_t row_b, double *score,
                       struct err *e);

/* Makes the profiles of all records into *profiles, if the run would: for inputs->profiles of its
 * parts. Else profiles->fd is -1. ERR_OS. */
bool coordinator_profiles(const struct job *job, struct shm *profiles, struct err *e);

/* What a join over two terms makes of B, for the parts of a prepared run: the compounds, and, where
 * these are compared by signatures, the signatures. Each may stay closed (fd -1). The caller closes
 * both, even after a failure. ERR_OS. */
bool coordinator_halves(const struct inputs *inputs, const struct plan_join *join,
                        struct shm *compounds, struct shm *signatures, struct err *e);

#endif
