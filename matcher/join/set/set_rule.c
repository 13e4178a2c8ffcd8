/* Whole numbers from the double expression of a set metric: guessed in real numbers, then moved to
 * where the expression itself changes from no match to match. */
#include "matcher/join/set/set_rule.h"

#include <math.h>

static bool enough(const struct set_rule *r, uint32_t x, uint32_t y, uint32_t common)
{
    return r->sets->similarity(x, y, common) >= r->min;
}

uint32_t set_rule_find_needed(const struct set_rule *r, uint32_t x, uint32_t y)
{
    uint32_t most = x < y ? x : y;
    if (most == 0 || !enough(r, x, y, most))
        return SET_NONE;
    uint32_t common = (uint32_t)fmin(r->sets->common(r->min, x, y), most);
    while (common > 0 && enough(r, x, y, common - 1))
        common--;
    while (!enough(r, x, y, common))
        common++;
    return common;
}

uint32_t set_rule_find_least(const struct set_rule *r, uint32_t x)
{
    uint32_t no = 0, yes = x; /* a set of its own size may be equal to it */
    while (yes - no > 1) {
        uint32_t y = no + (yes - no) / 2;
        if (enough(r, x, y, y))
            yes = y;
        else
            no = y;
    }
    return yes;
}

uint32_t set_rule_find_reach(const struct set_rule *r, uint32_t x, uint32_t position)
{
    uint32_t yes = set_rule_find_least(r, x), no = r->largest + 1, rest = x - position;
    if (set_rule_find_needed(r, x, yes) > rest)
        return 0;
    while (no - yes > 1) {
        uint32_t y = yes + (no - yes) / 2;
        if (set_rule_find_needed(r, x, y) <= rest)
            yes = y;
        else
            no = y;
    }
    return yes;
}

void set_rule_make(struct set_rule *r, const struct metric_sets *sets, double min, uint32_t largest)
{
    uint32_t end = largest < SET_RULE_SIZES ? largest + 1 : SET_RULE_SIZES;
    r->sets = sets;
    r->min = min;
    r->largest = largest;
    for (uint32_t x = 1; x < end; x++) {
        r->least[x] = set_rule_find_least(r, x);
        for (uint32_t y = 1; y < end; y++)
            r->needed[x][y] = set_rule_find_needed(r, x, y);
        for (uint32_t p = 0; p < x; p++)
            r->reach[x][p] = set_rule_find_reach(r, x, p);
    }
}
