/* Thresholds in characters in common, by bisection over the metric's own bound. */
#include "matcher/join/count/count_rule.h"
#include "core/base.h"

bool count_rule_fits(const struct join_job *job)
{
    return job->use.metric->bound && job->use.view == METRIC_NORMALIZED_SIMILARITY;
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

uint32_t count_rule_common(const struct join_job *job, uint32_t la, uint32_t lb, uint32_t prefix)
{
    uint32_t low = 0, high = least(la, lb);
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
