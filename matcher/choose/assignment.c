/* Both halves of the solution, and its proof. */
#include "matcher/choose/assignment.h"
#include "matcher/choose/assignment_internal.h"

#include <string.h>

bool assignment_solve(struct assignment *p, struct err *e)
{
    for (unsigned side = 0; side < 2; side++) {
        memset(p->match[side], 0xff, p->n[side] * sizeof *p->match[side]);
        memset(p->dual[side], 0, p->n[side] * sizeof *p->dual[side]);
    }
    assignment_bid(p);
    return assignment_grow(p, e);
}

/* Does each row of a side, if it is paired, have a partner that is paired with it; and a dual of 0,
 * if it is free? */
static bool is_matching(const struct assignment *p, unsigned side)
{
    bool right = true;
    for (uint32_t row = 0; row < p->n[side] && right; row++) {
        const uint32_t other = p->match[side][row];
        right = p->dual[side][row] >= 0;
        if (other == ASSIGNMENT_FREE)
            right = right && p->dual[side][row] == 0;
        else
            right = right && other < p->n[1 - side] && p->match[1 - side][other] == row;
    }
    return right;
}

bool assignment_proved(const struct assignment *p)
{
    bool right = is_matching(p, 0) && is_matching(p, 1);
    for (uint32_t a = 0; a < p->n[0] && right; a++) {
        bool has_edge = p->match[0][a] == ASSIGNMENT_FREE;
        for (uint64_t i = p->edges[0].begin[a]; i < p->edges[0].begin[a + 1]; i++) {
            const uint32_t b = p->edges[0].to[i];
            const int64_t slack = p->dual[0][a] + p->dual[1][b] - p->edges[0].weight[i];
            const bool is_pair = p->match[0][a] == b;
            right = right && slack >= 0 && (slack == 0 || !is_pair);
            has_edge = has_edge || is_pair;
        }
        right = right && has_edge;
    }
    return right;
}
