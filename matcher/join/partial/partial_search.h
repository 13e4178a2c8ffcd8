/* Shorter texts against pieces of longer ones, 512 pieces at once: which pairs can match.
 *
 * A part that fits lies within some piece of the longer text. With pieces that begin every `step`
 * characters and are `step` longer than the shorter text, none is missed:
 *
 *     the longer text     acme tools and machines of boston
 *     pieces              acme tools and m
 *                              tools and machine
 *                                    and machines of
 *                                         machines of boston
 *
 * A piece is a lane of bit planes (partial_grams.h). The planes of a shorter text's rarest q-grams
 * are added up: if so many more of them are taken than may be missing, few pieces pass. Pieces at an
 * end of the text may hold a part that is shorter than the shorter text, and need fewer q-grams. Of
 * what passes the longest common subsequence with the piece is looked at, too.
 * Nothing here knows a score. */
#ifndef AXB_MATCHER_JOIN_PARTIAL_PARTIAL_SEARCH_H
#define AXB_MATCHER_JOIN_PARTIAL_PARTIAL_SEARCH_H

#include "matcher/join/by_length.h"
#include "matcher/join/join.h"
#include "matcher/join/partial/partial_grams.h"

#include <stdbool.h>
#include <stdint.h>

#define PARTIAL_PROBES_MOST 16384u /* shorter texts that share the making of planes */
#define PARTIAL_LEVELS 64u
#define PARTIAL_STEPS 2u /* lengths of q-grams that are counted one after the other */

/* How texts of some lengths are looked for. A pair passes if it passes by the q-grams of the first
 * length, and by those of the second. */
struct partial_way {
    uint32_t q[PARTIAL_STEPS]; /* 1 to PARTIAL_Q_MOST; the second may be 0: none */
    uint32_t spare;            /* q-grams looked at, beyond those that may be missing */
    uint32_t step;             /* of the pieces, in characters */
};

/* Shorter texts of about one length. */
struct partial_group {
    uint32_t shortest, longest; /* characters, above 0 */
    struct partial_way way;
};

/* Shorter texts [s_begin, s_end) against longer texts [l_begin, l_end), positions in the sides as
 * sorted by length. */
struct partial_item {
    uint32_t group;
    uint32_t shorter_is_b;
    uint32_t s_begin, s_end;
    uint32_t l_begin, l_end;
};

/* What a search reads. All of it is borrowed. */
struct partial_sides {
    struct by_length a, b;
    const uint8_t *level[PARTIAL_Q_MOST + 1]; /* by q: how frequent each plane is, from 0 to
                                                 PARTIAL_LEVELS - 1 */
};

/* Is given the longer texts that may match a shorter one, by position, at least one. */
typedef void partial_hits_fn(void *to, uint32_t shorter, const uint32_t *longer, uint32_t n);

struct partial_search; /* owned by partial_search_open / _close */

/* The job and the sides must outlive the search. ERR_OS without memory. */
bool partial_search_open(struct partial_search **s, const struct join_job *job,
                         const struct partial_sides *sides, struct err *e);
void partial_search_close(struct partial_search *s);

/* Finds the pairs of an item that may match, each once. Where both texts have one length, the
 * shorter one is of A; in a self join it is the one whose position is not above the other's. */
void partial_search_run(struct partial_search *s, const struct partial_group *group,
                        const struct partial_item *item, partial_hits_fn *put, void *to);

/* How many pieces a text of n characters has for a group. */
static inline uint32_t partial_pieces(const struct partial_group *group, uint32_t n)
{
    const uint32_t beyond = n > group->longest ? n - group->longest : 0;
    return beyond > group->way.step ? (beyond + group->way.step - 1) / group->way.step : 1;
}

#endif
