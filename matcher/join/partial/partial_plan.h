/* How the shorter texts of each length are looked for, and what that takes.
 *
 * Which q-grams tell texts apart depends on the texts, their lengths and the threshold. So each way
 * is tried on a sample, with the very code of the join and on this machine, and the one is taken
 * that would be done first. A plan decides on time alone, never about a pair. */
#ifndef AXB_MATCHER_JOIN_PARTIAL_PARTIAL_PLAN_H
#define AXB_MATCHER_JOIN_PARTIAL_PARTIAL_PLAN_H

#include "matcher/join/partial/partial_search.h"

#include <stdbool.h>
#include <stdint.h>

#define PARTIAL_GROUPS_MOST 256u

/* What a group takes, in seconds of one core. */
struct partial_rate {
    double probe;    /* a shorter text is made ready */
    double piece;    /* a piece becomes a lane */
    double addition; /* a shorter text is compared with a lane, and what passes is decided on */
};

struct partial_plan {
    uint32_t n_groups; /* by ascending length */
    struct partial_group group[PARTIAL_GROUPS_MOST];
    struct partial_rate rate[PARTIAL_GROUPS_MOST];
    double seconds; /* of the whole join */
};

/* Takes up to some tenths of a second, most where texts have many lengths. ERR_OS without memory.
 */
bool partial_plan_make(struct partial_plan *plan, const struct join_job *job, struct err *e);

#endif
