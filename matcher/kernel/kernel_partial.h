/* The kernels of partial_ratio: the best part of a longer text for a shorter one, many pairs at
 * once, a pair in each lane of a vector; and a look at pairs that saves most of them from that.
 *
 * All shorter texts of a batch have one length, and so have all longer ones. A lane says of each
 * character of the longer text where the shorter one has it, one bit for each of its characters.
 * The kernels know no words and no threshold. */
#ifndef AXB_MATCHER_KERNEL_KERNEL_PARTIAL_H
#define AXB_MATCHER_KERNEL_KERNEL_PARTIAL_H

#include "matcher/kernel/isa.h"

#include <stdbool.h>
#include <stdint.h>

#define PARTIAL_ROW_BYTES 64u    /* of all lanes together */
#define PARTIAL_LANES_MOST 32u   /* of 16 bits */
#define PARTIAL_LANE_SIZES 3u    /* lanes of 16, 32 and 64 bits */
#define PARTIAL_SHORTER_MOST 64u /* characters */

/* The size of lanes for shorter texts of n characters, 1 to PARTIAL_SHORTER_MOST. */
static inline uint32_t partial_lane_size(uint32_t n)
{
    return n <= 16 ? 0 : n <= 32 ? 1 : 2;
}

static inline uint32_t partial_lanes(uint32_t size)
{
    return PARTIAL_LANES_MOST >> size;
}

struct partial_batch {
    const void *match;     /* a row of lanes for each character of the longer texts; at a multiple
                              of 64 bytes */
    uint32_t n, longer;    /* characters of the shorter and of the longer texts, 1 <= n <= longer */
    uint32_t part_least;   /* parts of fewer characters do not matter, 1 to n */
    uint32_t common_least; /* nor do lanes whose texts have a shorter common subsequence */
};

/* The best part of a lane: 2 × common / (n + part) is the greatest there is. Of texts of one length
 * either may be taken in part. All zero: nothing that matters was found. */
struct partial_best {
    uint16_t common, part;
};

/* Writes the best of all lanes of a batch. */
typedef void partial_best_fn(const struct partial_batch *batch, struct partial_best *best);

/* A piece of a longer text. */
struct partial_piece {
    const void *codes; /* n codes */
    uint32_t n;
    uint32_t kind; /* 0 or 1: which least number of characters holds for it */
};

/* Pieces to be looked at for one shorter text. */
struct partial_look {
    const uint64_t *where; /* by code: where the shorter text has it, one bit a character */
    uint32_t n;            /* characters of the shorter text, 1 to PARTIAL_SHORTER_MOST */
    uint32_t width;        /* bytes of a code: 1, 2 or 4 */
    uint32_t common_least[2];
    const struct partial_piece *piece;
};

#define PARTIAL_LOOK_WORDS 8u /* of bits that are looked at in a call, at most */

/* Clears the bits of those pieces whose common subsequence with the shorter text is too short; bit
 * i % 64 of pass[i / 64] stands for piece i. Returns whether any bit is left. */
typedef bool partial_narrow_fn(const struct partial_look *look, uint64_t *pass, uint32_t n_words);

struct partial_kernels {
    partial_best_fn *best[PARTIAL_LANE_SIZES];
    partial_narrow_fn *narrow;
};

ISA_TABLE(struct partial_kernels, partial_kernels)

#endif
