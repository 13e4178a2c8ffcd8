/* Kernels of the Jaro family, compiled for each instruction set. They know neither words nor
 * metrics, only symbols, places and counts.
 *
 * Matching is symmetric: the first free equal character within the window, for each character of
 * one text in turn, pairs up the same characters whichever text is taken first. So the shorter
 * text of a pair may always be the one whose places stand in lanes. */
#ifndef AXB_MATCHER_KERNEL_JARO_H
#define AXB_MATCHER_KERNEL_JARO_H

#include "matcher/isa.h"
#include "matcher/jaro_rule.h"

#include <stddef.h>
#include <stdint.h>

#define JARO_LANE_SIZES 4    /* lanes of 1, 2, 4 and 8 bytes */
#define JARO_VECTOR_BYTES 64 /* of the widest vector of any instruction set */
#define JARO_LANES_MAX 64
#define JARO_SCAN_TEXTS_MAX 64 /* texts in a call */

/* What is to be known about a matching pair to score it. */
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

/* Runs n texts of `length` symbols each, one behind the other, past a block, and writes a hit for
 * each pair with enough characters in common (at most n × lanes); returns how many. */
typedef size_t jaro_scan_fn(const struct jaro_block *block, const uint16_t *texts, uint32_t length,
                            uint32_t n, struct jaro_hit *hits);

struct jaro_scan_kernels {
    uint32_t vector_bytes;
    jaro_scan_fn *scan[JARO_LANE_SIZES];
};

ISA_TABLE(struct jaro_scan_kernels, jaro_scan_kernels)

#endif
