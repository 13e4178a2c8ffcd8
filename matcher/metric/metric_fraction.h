/* A ratio as whole numbers, so that the best of several is found exactly: 2 × common / sum of the
 * lengths of two texts. For the files of this folder. */
#ifndef AXB_MATCHER_METRIC_METRIC_FRACTION_H
#define AXB_MATCHER_METRIC_METRIC_FRACTION_H

#include "matcher/metric/metric.h"

#include <stdbool.h>
#include <stdint.h>

struct fraction {
    uint64_t common, sum; /* sum > 0 */
};

static inline bool fraction_is_better(struct fraction x, struct fraction than)
{
    return x.common * than.sum > than.common * x.sum;
}

static inline void fraction_keep_better(struct fraction *best, uint64_t common, uint64_t sum)
{
    const struct fraction x = {common, sum};
    if (fraction_is_better(x, *best))
        *best = x;
}

static inline double fraction_value(struct fraction x)
{
    return metric_edit_similarity(x.sum - 2 * x.common, x.sum);
}

/* Can a ratio matter, after the best so far, to someone who needs a score of at least `need`? */
static inline bool fraction_matters(struct fraction x, struct fraction best, double need)
{
    return fraction_is_better(x, best) && fraction_value(x) >= need;
}

#endif
