/* Thresholds in q-grams, by trying every length of a part on the metric's own expression. */
#include "matcher/join/partial/partial_rule.h"
#include "core/base.h"

bool partial_rule_fits(const struct join_job *job)
{
    return job->use.metric->flags & METRIC_BEST_PART &&
           job->use.view == METRIC_NORMALIZED_SIMILARITY;
}

static bool reaches(const struct join_job *job, uint32_t n, uint32_t part, uint32_t common)
{
    const uint64_t sum = (uint64_t)n + part;
    return metric_edit_similarity(sum - 2ull * common, sum) >= job->need;
}

static uint32_t grams(uint32_t n, uint32_t part, uint32_t common, uint32_t q)
{
    const uint64_t edits = (uint64_t)n + part - 2ull * common;
    const uint64_t broken = (q - 1) * (1 + edits);
    return common > broken ? (uint32_t)(common - broken) : 0;
}

/* What a part needs, from what a shorter part needs: that never falls with its length. */
static uint32_t common_from(const struct join_job *job, uint32_t n, uint32_t part, uint32_t common)
{
    while (common <= part && !reaches(job, n, part, common))
        common++;
    return common;
}

struct partial_limits partial_rule_limits(const struct join_job *job, uint32_t n, uint32_t q)
{
    struct partial_limits limits = {UINT32_MAX, UINT32_MAX};
    uint32_t common = 0;
    for (uint32_t part = 1; part <= n; part++) {
        common = common_from(job, n, part, common);
        if (common > part)
            continue;
        limits.inside = grams(n, part, common, q);
        limits.end = least(limits.end, limits.inside);
    }
    return limits;
}

void partial_rule_common(const struct join_job *job, uint32_t n, uint32_t *common)
{
    uint32_t needed = 0;
    for (uint32_t part = 1; part <= n; part++)
        common[part] = needed = common_from(job, n, part, needed);
}
