/* Sides as groups of rows have them, for joins to say what such a group costs. */
#ifndef AXB_MATCHER_PLANNER_SOME_SIDES_H
#define AXB_MATCHER_PLANNER_SOME_SIDES_H

#include "matcher/engine/plan.h"
#include "matcher/engine/query.h"

#include <stdbool.h>

struct some_sides {
    struct side side[2]; /* of A, of B; values alone: no rows */
    uint32_t *value[2];
};

/* n[0] of A's values of a term and n[1] of B's, at equal distances. False without memory;
 * some_sides_close is due even then. */
bool some_sides_open(struct some_sides *s, const struct plan_term *term,
                     const struct inputs *inputs, const uint32_t n[2]);
void some_sides_close(struct some_sides *s);

#endif
