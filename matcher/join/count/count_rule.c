/* Thresholds in characters in common: of edits by subtraction, else by bisection over a bound. */
#include "matcher/join/count/count_rule.h"
#include "core/base.h"

bool count_rule_fits(const struct join_job *job)
{
    const struct metric *metric = job->use.metric;
    return job->use.view == METRIC_NORMALIZED_SIMILARITY
               ? metric->bound != NULL
               : metric->edits && metric_falls(job->use.view);
}

uint32_t count_rule_prefixes(const struct join_job *job)
{
    return job->use.metric->flags & METRIC_PREFIX ? METRIC_PREFIX_MOST : 0;
}

/* A prefix is in common as well: fewer characters than it has cannot be. */
static bool reaches(const struct join_job *job, uint32_t la, uint32_t lb, uint32_t common,
                    uint32_t prefix)
{
    return job->use.metric->bound(la, lb, common, least(prefix, common)) >= job->need;
}

static uint32_t common_for_edits(const struct join_job *job, uint32_t la, uint32_t lb)
{
    const uint64_t longer = greatest(la, lb), shorter = least(la, lb), sum = longer + shorter;
    const bool both = job->use.metric->edits->share == METRIC_OF_SUM;
    const uint64_t most = metric_edit_most(job->use.view, job->need, both ? sum : longer);
    const uint64_t common = both ? (sum - most + 1) / 2 : longer - most;
    return common > shorter ? COUNT_NEVER : (uint32_t)common;
}

uint32_t count_rule_common(const struct join_job *job, uint32_t la, uint32_t lb, uint32_t prefix)
{
    uint32_t low = 0, high = least(la, lb);
    if (job->use.metric->edits)
        return common_for_edits(job, la, lb);
    if (!reaches(job, la, lb, high, prefix))
        return COUNT_NEVER;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (reaches(job, la, lb, middle, prefix))
            high = middle;
        else
            low = middle + 1;
    }
    return high;
}
