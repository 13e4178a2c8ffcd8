/* From the last step to the first: the cheapest way on from each. */
#include "matcher/planner/rounds_schedule.h"

uint32_t rounds_schedule(const struct rounds_step *step, uint32_t n, double n_rows,
                         double round_seconds, double end_seconds, double end_row_seconds,
                         uint32_t chosen[ROUNDS_MOST], double *seconds)
{
    double cost[ROUNDS_MOST + 1]; /* after step i - 1: of all that follows; 0: of everything */
    uint32_t next[ROUNDS_MOST + 1] = {0}; /* the step that follows; n: none */
    uint32_t n_chosen = 0;
    for (uint32_t i = n + 1; i-- > 0;) {
        const double rows = n_rows * (i ? step[i - 1].left : 1);
        cost[i] = rows > 0 ? end_seconds + rows * end_row_seconds : 0;
        next[i] = n;
        for (uint32_t k = i; k < n && rows > 0; k++) {
            const double way = round_seconds + rows * step[k].row_seconds + cost[k + 1];
            if (way < cost[i]) {
                cost[i] = way;
                next[i] = k;
            }
        }
    }
    for (uint32_t k = next[0]; k < n; k = next[k + 1])
        chosen[n_chosen++] = k;
    *seconds = cost[0];
    return n_chosen;
}
