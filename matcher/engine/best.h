/* The best matches of one record: of all that are offered the K with the best scores, and of equal
 * scores those with the lower rows. So what is kept depends on no order.
 *
 * A binary heap (J. W. J. Williams, 1964) with the worst on top, once there are K. Not here: where
 * the matches come from, and in which order they are written. */
#ifndef AXB_MATCHER_ENGINE_BEST_H
#define AXB_MATCHER_ENGINE_BEST_H

#include "matcher/expr/expr_bound.h"

#include <stdbool.h>
#include <stdint.h>

struct best_match {
    double score;  /* never NaN */
    uint32_t row;  /* of the other side */
    uint32_t note; /* the caller's */
};

struct best {
    struct best_match *at; /* `most` of them; the caller's memory */
    uint64_t n, most;      /* kept; at most so many, above 0 */
    bool least;            /* the score is a distance: lower ones are better */
};

/* Takes a match into the first free place. */
void best_append(struct best *b, struct best_match m);
/* Puts a match that is better in the place of the worst. */
void best_replace(struct best *b, struct best_match m);

/* Is x better than y? */
static inline bool best_is_better(bool least, const struct best_match *x,
                                  const struct best_match *y)
{
    const bool above = least ? x->score < y->score : x->score > y->score;
    return above || (x->score == y->score && x->row < y->row);
}

/* Keeps the match if it is among the best so far. The same row must not be offered twice. */
static inline void best_offer(struct best *b, struct best_match m)
{
    if (b->n < b->most)
        best_append(b, m);
    else if (best_is_better(b->least, &m, b->at))
        best_replace(b, m);
}

/* What a score must reach to be kept: the goal, or, once K are kept, as much as the worst. */
static inline struct expr_goal best_goal(const struct best *b, const struct expr_goal *goal)
{
    struct expr_goal left = *goal;
    if (b->n < b->most)
        return left;
    if (b->least)
        left.most = b->at->score;
    else
        left.threshold = b->at->score;
    return left;
}

#endif
