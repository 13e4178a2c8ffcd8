/* A search between two scores, and the nearest of what it finds. */
#include "matcher/report/report_near.h"

#include "matcher/engine/stage.h"
#include "matcher/report/report_sample.h"
#include "matcher/report/report_search.h"
#include "matcher/resolve/resolve.h"
#include "matcher/run/run_histogram.h"

#include <math.h>

/* More pairs than are looked at end the search, which is no failure. */
static bool search(struct run *r, const struct query *query, struct collect *found, struct err *e)
{
    const struct inputs *inputs = &r->loaded.inputs;
    struct plan plan;
    struct err stopped;
    if (!run_make_plan(r, query, inputs, span_pairs_taken(&r->span, inputs), &plan, e))
        return false;
    if (report_search(r, query, inputs, &plan, &r->span, REPORT_NEAR_PAIRS, found, &stopped) ||
        (stopped.status == ERR_STOPPED && !stage_signal()))
        return true;
    *e = stopped;
    return false;
}

bool report_near_find(struct run *r, const struct query *query, double from, double to,
                      double threshold, struct report_near *near, struct err *e)
{
    struct collect found = {.capacity = 0};
    struct query between;
    *near = (struct report_near){{{.most = REPORT_NEAR_MOST}, {.most = REPORT_NEAR_MOST}}};
    bool ok = resolve_finds(query, &between, e);
    between.goal.threshold = from;
    between.goal.most = to;
    between.open_ended = false;
    ok = ok && search(r, &between, &found, e);
    for (uint64_t i = 0; ok && i < found.found.n; i++) {
        const struct found_pair *pair = &found.found.pair[i];
        const bool reaches = report_reaches(query, pair->score, threshold);
        report_pick(&near->side[!reaches], r, pair, fabs(pair->score - threshold));
    }
    collect_close(&found);
    return ok;
}
