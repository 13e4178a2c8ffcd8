/* Which thresholds to try one after the other, so that the K best matches of all rows are found in
 * the least time.
 *
 * A round finds all pairs that reach a threshold, for the rows that have fewer than K yet. A high
 * threshold costs little and leaves many rows. Not here: what a round costs and leaves, which the
 * caller knows from a sample (rounds.h). */
#ifndef AXB_MATCHER_PLANNER_ROUNDS_SCHEDULE_H
#define AXB_MATCHER_PLANNER_ROUNDS_SCHEDULE_H

#include <stdint.h>

#define ROUNDS_MOST 24u

/* A threshold that may be tried. */
struct rounds_step {
    double threshold;
    double left;        /* share of all rows that have fewer than K pairs after it: 0 to 1 */
    double row_seconds; /* what a row costs that takes part, with all workers */
};

/* The steps come from the strictest to the loosest, n <= ROUNDS_MOST of them; each leaves no more
 * than the one before. A round takes `round_seconds` besides its rows. What the last chosen step
 * leaves is done in some other way, in `end_seconds` at least and `end_row_seconds` a row. Writes
 * to chosen[] which steps are the cheapest way to do n_rows rows, ascending; returns how many, and
 * in *seconds what all of it takes. Dynamic programming (Bellman, 1957). */
uint32_t rounds_schedule(const struct rounds_step *step, uint32_t n, double n_rows,
                         double round_seconds, double end_seconds, double end_row_seconds,
                         uint32_t chosen[ROUNDS_MOST], double *seconds);

#endif
