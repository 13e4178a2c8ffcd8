/* Kernels of Jaro's matching, compiled for each instruction set. They know symbols, places and
 * counts; no dictionary, no metric.
 *
 * Matching is symmetric. Each character of one text in turn takes the first free equal character
 * within the window of the other; the same characters are taken whichever text comes first. So the
 * shorter text of a pair may always be the one whose places are in lanes. */
#ifndef AXB_MATCHER_KERNEL_KERNEL_JARO_H
#define AXB_MATCHER_KERNEL_KERNEL_JARO_H

#include "matcher/kernel/isa.h"

#include <stddef.h>
#include <stdint.h>

#define JARO_PREFIXES 5      /* common prefixes of 0 … 4 characters */
#define JARO_LANE_SIZES 4    /* lanes of 1, 2, 4 and 8 bytes */
#define JARO_VECTOR_BYTES 64 /* of the widest vector of any instruction set */
#define JARO_LANES_MAX 64
#define JARO_SCAN_TEXTS_MAX 64 /* texts in a call */

/* How many places partners may be apart, of two texts the longer of which has so many characters.
 */
static inline uint32_t jaro_reach(uint32_t longer)
{
    return longer / 2 - (longer > 1);
}

/* All that a score needs to know of a matching pair. */
struct jaro_hit {
    uint16_t text;
    uint8_t lane;
    uint8_t common;
    uint8_t crossed; /* matched characters that are out of order */
    uint8_t prefix;  /* at most 4 */
};

/* ---- Scan: a block of patterns of one length against texts of one length ------------------------
 * Each lane holds the places of one pattern (after the bit-parallel Jaro of RapidFuzz). */
struct jaro_block {
    const void *rows;       /* a vector a symbol: in each lane, the places of the symbol */
    const uint64_t *window; /* for each place of the text, the pattern's places within reach */
    int8_t common_min[JARO_PREFIXES]; /* by common prefix; INT8_MAX: never */
    int8_t common_least;              /* the least of them */
};

/* Runs n texts of `length` symbols each, one after the other, past a block, and writes a hit for
 * each pair with enough characters in common (at most n × lanes); returns how many. */
typedef size_t jaro_scan_fn(const struct jaro_block *block, const uint16_t *texts, uint32_t length,
                            uint32_t n, struct jaro_hit *hits);

/* What a pair needs to be counted: no longer a text, and with m characters in common at most
 * crossed_most[m] of them out of order. */
#define JARO_TALLY_LENGTH 32u
struct jaro_tally_limits {
    int8_t crossed_most[JARO_TALLY_LENGTH + 1]; /* -1: never */
    uint32_t common_least, common_most;         /* others never */
    uint32_t prefix_least;                      /* characters, at most 4 */
};

/* The pairs of each pattern that were counted, and the weights of their texts. */
struct jaro_tally {
    uint32_t pairs[JARO_LANES_MAX];
    uint32_t weight[JARO_LANES_MAX];
};

/* The same texts past a block, where it is enough to know how many match: nothing is written for a
 * pair. A text counts by its weight. All weights of a call together fit a lane. */
typedef void jaro_tally_fn(const struct jaro_block *block, const struct jaro_tally_limits *limits,
                           const uint16_t *texts, uint32_t length, const uint32_t *weight,
                           uint32_t n, struct jaro_tally *tally);

/* ---- Pairs: any pattern against any text, a pair in each lane ----------------------------------
 * The lanes of a place are side by side in the first vector_bytes of its row. */
#define JARO_PAIR_LENGTH 64u /* characters of the longest text, and pattern */

struct jaro_batch {
    _Alignas(JARO_VECTOR_BYTES) char places[JARO_PAIR_LENGTH][JARO_VECTOR_BYTES]; /* for each place
                              of the text, the pattern's places of the character there; zero after
                              the end of the text */
    _Alignas(JARO_VECTOR_BYTES) char window[JARO_VECTOR_BYTES]; /* the pattern's places within
                                                                   reach of the text's first */
    _Alignas(JARO_VECTOR_BYTES) char reach[JARO_VECTOR_BYTES];  /* how far that is */
};

/* Writes for each lane how many characters are in common and how many of those out of order.
 * `length` is that of the longest text. */
typedef void jaro_pairs_fn(const struct jaro_batch *batch, uint32_t length,
                           uint8_t common[JARO_LANES_MAX], uint8_t crossed[JARO_LANES_MAX]);

/* ---- Short pairs: texts of at most 16 or 32 bytes, a pair in each byte of a vector ------------*/
#define JARO_SHORT_SIZES 2
#define JARO_SHORT_LENGTH(size) (16u << (size)) /* characters */
#define JARO_SHORT_LENGTH_MAX JARO_SHORT_LENGTH(JARO_SHORT_SIZES - 1)

/* Characters of a byte each. After the end of a text, and in slots that are not in use, there may
 * be anything. */
struct jaro_shorts {
    /* by 8 characters, then by jaro_short_slot */
    _Alignas(JARO_VECTOR_BYTES) uint64_t a[JARO_SHORT_LENGTH_MAX / 8][JARO_LANES_MAX];
    _Alignas(JARO_VECTOR_BYTES) uint64_t b[JARO_SHORT_LENGTH_MAX / 8][JARO_LANES_MAX];
    /* by pair; at most what the kernel takes */
    _Alignas(JARO_VECTOR_BYTES) uint8_t length_a[JARO_LANES_MAX];
    _Alignas(JARO_VECTOR_BYTES) uint8_t length_b[JARO_LANES_MAX];
};

/* The slot of a pair's texts: the order that transposing turns into that of the pairs. */
static inline uint32_t jaro_short_slot(uint32_t pair, uint32_t vector_bytes)
{
    return pair % 8 * (vector_bytes / 8) + pair / 8;
}

/* The same for vector_bytes short pairs, of which the longest texts are given. */
typedef void jaro_shorts_fn(const struct jaro_shorts *s, uint32_t longest_a, uint32_t longest_b,
                            uint8_t common[JARO_LANES_MAX], uint8_t crossed[JARO_LANES_MAX]);

/* The kernels of each lane size. */
struct jaro_scan_kernels {
    uint32_t vector_bytes;
    jaro_scan_fn *scan[JARO_LANE_SIZES];
    jaro_tally_fn *tally[JARO_LANE_SIZES]; /* the last one has none */
    jaro_pairs_fn *pairs[JARO_LANE_SIZES];
    jaro_shorts_fn *shorts[JARO_SHORT_SIZES];
};

ISA_TABLE(struct jaro_scan_kernels, jaro_scan_kernels)

#endif
