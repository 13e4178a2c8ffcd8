/* The pairs of a run whose scores are nearest to a threshold, on either side of it: where a person
 * looks first.
 *
 * Not here: which scores are worth a look (a histogram says it), and showing a pair
 * (report_pair.h). */
#ifndef AXB_MATCHER_REPORT_REPORT_NEAR_H
#define AXB_MATCHER_REPORT_REPORT_NEAR_H

#include "core/err.h"
#include "matcher/report/report_pick.h"
#include "matcher/run/run.h"

#include <stdbool.h>
#include <stdint.h>

#define REPORT_NEAR_MOST 5u       /* pairs of a side */
#define REPORT_NEAR_PAIRS 100000u /* that are looked at; where more lie there, the first of A */

/* Pairs that match by the threshold, and pairs that do not. */
struct report_near {
    struct report_picked side[2];
};

/* Finds them among the pairs of *query whose scores are from `from` to `to`. The threshold is a
 * least score, or, of a distance (query->least), a greatest one. The run is prepared. What the
 * engine says; ERR_OS. */
bool report_near_find(struct run *r, const struct query *query, double from, double to,
                      double threshold, struct report_near *near, struct err *e);

#endif
