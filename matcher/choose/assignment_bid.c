/* Each free row of A takes the row of B that is worth most to it: its weight less its dual, which
 * is its price. The price then rises until the next best is worth as much, and the row that was
 * there before is free again and bids next. Rows of B that were taken once stay taken, so that a
 * free one has the price 0. (Jonker and Volgenant, 1987; as an auction, Bertsekas, 1981.)
 *
 * It pairs nearly all rows in little time. The rest could take very long, so the work is bounded.
 */
#include "matcher/choose/assignment_internal.h"

#define ROUNDS 2u
#define LOOKS_AN_EDGE 10u /* how often, on an average, an edge may be looked at */

/* What the best row of B is worth to a row of A, and what the next best or no row is. */
struct bid {
    int64_t best, next;
    uint32_t row_b; /* ASSIGNMENT_FREE: nothing is worth more than 0 */
};

/* Of rows that are worth the same, one that is free is preferred, then the lowest. */
static struct bid find_bid(const struct assignment *p, uint32_t a)
{
    struct bid bid = {0, 0, ASSIGNMENT_FREE};
    for (uint64_t i = p->edges[0].begin[a]; i < p->edges[0].begin[a + 1]; i++) {
        const uint32_t b = p->edges[0].to[i];
        const int64_t worth = p->edges[0].weight[i] - p->dual[1][b];
        const bool is_free = p->match[1][b] == ASSIGNMENT_FREE;
        if (worth > bid.best || (worth == bid.best && bid.row_b != ASSIGNMENT_FREE && is_free &&
                                 p->match[1][bid.row_b] != ASSIGNMENT_FREE)) {
            bid.next = bid.best;
            bid.best = worth;
            bid.row_b = b;
        } else if (worth > bid.next) {
            bid.next = worth;
        }
    }
    return bid;
}

/* Has row a bid. Returns the row of A that is free for it, and may bid next. */
static uint32_t place_bid(struct assignment *p, uint32_t a)
{
    const struct bid bid = find_bid(p, a);
    if (bid.row_b == ASSIGNMENT_FREE) {
        p->dual[0][a] = 0;
        return ASSIGNMENT_FREE;
    }
    const uint32_t before = p->match[1][bid.row_b];
    p->dual[0][a] = bid.next;
    if (before != ASSIGNMENT_FREE && bid.best == bid.next)
        return ASSIGNMENT_FREE; /* it would gain nothing */
    p->dual[1][bid.row_b] += bid.best - bid.next;
    p->match[1][bid.row_b] = a;
    p->match[0][a] = bid.row_b;
    if (before != ASSIGNMENT_FREE)
        p->match[0][before] = ASSIGNMENT_FREE;
    return before;
}

/* A dual that is great enough for a row that does not bid. */
static void settle_dual(struct assignment *p, uint32_t a)
{
    if (p->match[0][a] == ASSIGNMENT_FREE)
        p->dual[0][a] = find_bid(p, a).best;
}

void assignment_bid(struct assignment *p)
{
    const uint64_t *begin = p->edges[0].begin;
    uint64_t looks = LOOKS_AN_EDGE * begin[p->n[0]];
    for (unsigned round = 0; round < ROUNDS; round++)
        for (uint32_t row = 0; row < p->n[0]; row++)
            for (uint32_t a = row; a != ASSIGNMENT_FREE && p->match[0][a] == ASSIGNMENT_FREE;) {
                const uint64_t needed = begin[a + 1] - begin[a] + 1;
                if (needed > looks)
                    break;
                looks -= needed;
                a = place_bid(p, a);
            }
    for (uint32_t a = 0; a < p->n[0]; a++)
        settle_dual(p, a);
}
