/* Whole numbers from the double expression of a ratio: guessed in real numbers, then moved to where
 * the expression itself changes from no match to match. */
#include "matcher/join/token/token_rule.h"

#include "matcher/metric/metric.h"

#include <math.h>

/* Is the ratio of texts enough, with so many characters in common in order? */
static bool enough(double need, uint64_t sum, uint64_t common)
{
    return metric_edit_similarity(sum - 2 * common, sum) >= need;
}

uint32_t token_rule_characters(double need, uint32_t la, uint32_t lb)
{
    const uint32_t most = la < lb ? la : lb;
    const uint64_t sum = (uint64_t)la + lb;
    if (!enough(need, sum, most))
        return TOKEN_NEVER;
    uint32_t common = (uint32_t)fmin(fmax(need, 0) * (double)sum / 2, most);
    while (common > 0 && enough(need, sum, common - 1))
        common--;
    while (!enough(need, sum, common))
        common++;
    return common;
}

uint32_t token_rule_weight(double need, uint32_t shorter)
{
    uint32_t in_common = (uint32_t)fmin(need / (2 - need) * shorter, shorter);
    while (in_common > 0 && enough(need, (uint64_t)in_common - 1 + shorter, in_common - 1))
        in_common--;
    while (!enough(need, (uint64_t)in_common + shorter, in_common))
        in_common++;
    return in_common + 1;
}
