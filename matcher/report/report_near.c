/* A search between two scores, and the nearest of what it finds. */
#include "matcher/report/report_near.h"

#include "matcher/engine/coordinator.h"
#include "matcher/engine/stage.h"
#include "matcher/resolve/collect.h"
#include "matcher/resolve/resolve.h"
#include "matcher/run/run_histogram.h"

#include <math.h>

static bool is_nearer(const struct found_pair *x, const struct found_pair *y, double threshold)
{
    return fabs(x->score - threshold) < fabs(y->score - threshold);
}

/* Puts a pair among those of its side, if it is near enough. */
static void offer(struct report_near *near, const struct found_pair *pair, bool least,
                  double threshold)
{
    const int side = least ? pair->score > threshold : pair->score < threshold;
    struct found_pair *of = near->pair[side];
    uint32_t at = near->n[side];
    if (at == REPORT_NEAR_MOST && !is_nearer(pair, &of[--at], threshold))
        return;
    for (; at > 0 && is_nearer(pair, &of[at - 1], threshold); at--)
        of[at] = of[at - 1];
    of[at] = *pair;
    near->n[side] += near->n[side] < REPORT_NEAR_MOST;
}

/* More pairs than are looked at end the search, which is no failure. */
static bool search(struct run *r, const struct query *query, struct collect *found, struct err *e)
{
    const struct inputs *inputs = &r->loaded.inputs;
    const struct faults faults = run_faults(r);
    const struct placement placement = run_placement(r);
    const double all_pairs = span_pairs_taken(&r->span, inputs);
    struct out into;
    struct plan plan;
    struct result result;
    struct err stopped;
    const struct sinks sinks = {
        .out = &into, .head_at = UINT64_MAX, .max_results = REPORT_NEAR_PAIRS};
    const struct job job = {query, inputs, &plan, &sinks, &faults, &placement};
    out_open_into(&into, collect_take, found);
    if (!run_make_plan(r, query, inputs, all_pairs, &plan, e))
        return false;
    if (coordinator_run(&job, &r->span, &result, &stopped) ||
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
    *near = (struct report_near){.n = {0, 0}};
    bool ok = resolve_finds(query, &between, e);
    between.goal.threshold = from;
    between.goal.most = to;
    between.open_ended = false;
    ok = ok && search(r, &between, &found, e);
    for (uint64_t i = 0; ok && i < found.found.n; i++)
        offer(near, &found.found.pair[i], query->least, threshold);
    collect_close(&found);
    return ok;
}
