/* Set rules: how many elements two sets must share to reach a threshold.
 *
 * Found by evaluating the metric's own expression, so filters decide in whole numbers and never
 * disagree with the score. All four metrics of sets ask for more in common the larger a partner
 * is, and reach a given threshold only with partners in one range of sizes. */
#ifndef AXB_MATCHER_JOIN_SET_SET_RULE_H
#define AXB_MATCHER_JOIN_SET_SET_RULE_H

#include "matcher/metric/metric.h"

#include <stdbool.h>
#include <stdint.h>

#define SET_RULE_SIZES 64   /* smaller sets than this are looked up */
#define SET_NONE UINT32_MAX /* more than any set has: no match */

struct set_rule {
    const struct metric_sets *sets;
    double min;
    uint32_t largest; /* no set has more elements */
    uint32_t needed[SET_RULE_SIZES][SET_RULE_SIZES];
    uint32_t reach[SET_RULE_SIZES][SET_RULE_SIZES]; /* [size][position] */
    uint32_t least[SET_RULE_SIZES];
};

/* `sets` outlives the rule. No set of the job has more than `largest` elements. */
void set_rule_make(struct set_rule *rule, const struct metric_sets *sets, double min,
                   uint32_t largest);

/* The functions below, computed. */
uint32_t set_rule_find_needed(const struct set_rule *rule, uint32_t x, uint32_t y);
uint32_t set_rule_find_reach(const struct set_rule *rule, uint32_t x, uint32_t position);
uint32_t set_rule_find_least(const struct set_rule *rule, uint32_t x);

/* Elements that sets of x and y elements (both above 0) must share; SET_NONE if all are too few. */
static inline uint32_t set_rule_needed(const struct set_rule *rule, uint32_t x, uint32_t y)
{
    return x < SET_RULE_SIZES && y < SET_RULE_SIZES ? rule->needed[x][y]
                                                    : set_rule_find_needed(rule, x, y);
}

/* The largest partner, up to rule->largest, of a set of x elements that can do with those from
 * `position` (from 0) on; 0 if there is none. */
static inline uint32_t set_rule_reach(const struct set_rule *rule, uint32_t x, uint32_t position)
{
    return x < SET_RULE_SIZES ? rule->reach[x][position] : set_rule_find_reach(rule, x, position);
}

/* The smallest partner of a set of x elements. */
static inline uint32_t set_rule_least(const struct set_rule *rule, uint32_t x)
{
    return x < SET_RULE_SIZES ? rule->least[x] : set_rule_find_least(rule, x);
}

#endif
