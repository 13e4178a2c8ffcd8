/* The heap: each match is no better than the two below it. */
#include "matcher/engine/best.h"

/* Moves the match at i down to where it belongs. */
static void sift_down(struct best *b, uint64_t i)
{
    const struct best_match m = b->at[i];
    for (uint64_t child; (child = 2 * i + 1) < b->n; i = child) {
        child += child + 1 < b->n && best_is_better(b->least, &b->at[child], &b->at[child + 1]);
        if (!best_is_better(b->least, &m, &b->at[child]))
            break;
        b->at[i] = b->at[child];
    }
    b->at[i] = m;
}

void best_append(struct best *b, struct best_match m)
{
    b->at[b->n++] = m;
    if (b->n == b->most)
        for (uint64_t i = b->n / 2; i-- > 0;)
            sift_down(b, i);
}

void best_replace(struct best *b, struct best_match m)
{
    b->at[0] = m;
    sift_down(b, 0);
}
