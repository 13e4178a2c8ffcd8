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
 * A piece is a lane of bit planes (partial_grams.h). The planes of a shorter text's q-grams are
 * added up, those of one length and then, if the way says so, those of another. Pieces at an end of
 * the text may hold a part that is shorter than the shorter text, and need fewer. Of what is left
 * the longest common subsequence with the piece is looked at. What passes that is verified at once,
 * while its texts are near (partial_verify.h). */
#ifndef AXB_MATCHER_JOIN_PARTIAL_PARTIAL_SEARCH_H
#define AXB_MATCHER_JOIN_PARTIAL_PARTIAL_SEARCH_H

#include "matcher/join/by_length.h"
#include "matcher/join/join.h"
#include "matcher/join/partial/partial_grams.h"
#include "matcher/join/partial/partial_verify.h"

#include <stdbool.h>
#include <stdint.h>

#define PARTIAL_PROBES_MOST 16384u /* shorter texts that share the making of planes */
#define PARTIAL_STEPS 2u           /* lengths of q-grams that are counted one after the other */

/* How texts of some lengths are looked for. */
struct partial_way {
    uint32_t q[PARTIAL_STEPS]; /* 1 to PARTIAL_Q_MOST; the second may be 0: none */
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

struct partial_search; /* owned by partial_search_open / _close */

/* The job, the order of both sides and what verifies must outlive the search. ERR_OS without
 * memory. */
bool partial_search_open(struct partial_search **s, const struct join_job *job,
                         const struct by_length *a, const struct by_length *b,
                         struct partial_verify *verify, struct err *e);
void partial_search_close(struct partial_search *s);

/* Hands each pair of an item that may match to what verifies, once, and has all of them decided.
 * Where both texts have one length, the shorter one is of A; in a self join it is the one whose
 * position is not above the other's. Returns how many pairs that were. */
uint64_t partial_search_run(struct partial_search *s, const struct partial_group *group,
                            const struct partial_item *item);

/* How many pieces a text of n characters has for a group. */
static inline uint32_t partial_pieces(const struct partial_group *group, uint32_t n)
{
    const uint32_t beyond = n > group->longest ? n - group->longest : 0;
    return beyond > group->way.step ? (beyond + group->way.step - 1) / group->way.step : 1;
}

#endif
