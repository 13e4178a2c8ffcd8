/* Kernels of one text against many, compiled for each instruction set: the many are in the lanes of
 * vectors, and the text streams past four vectors of them at a time. All lanes get their numbers,
 * whatever they are; where a limit leaves few, kernel_edit.h and kernel_jaro.h are for that. They
 * know symbols, places and counts; no dictionary, no metric. */
#ifndef AXB_MATCHER_KERNEL_KERNEL_MANY_H
#define AXB_MATCHER_KERNEL_KERNEL_MANY_H

#include "matcher/kernel/isa.h"
#include "matcher/kernel/kernel_edit.h"

#include <stddef.h>
#include <stdint.h>

#define MANY_LANE_SIZES 4    /* lanes of 1, 2, 4 and 8 bytes */
#define MANY_VECTOR_BYTES 64 /* of the widest vector of any instruction set */
#define MANY_LANES_MAX 64    /* in a block */
#define MANY_LENGTH 64u      /* characters of the longest text in a lane */

/* Blocks of lanes of one size: a vector each, with texts of at most as many characters as a lane
 * has bits. */
struct many_lanes {
    const char *rows;   /* of block k at k * stride: a vector a symbol, in each lane the places of
                           the symbol, from bit 0 */
    size_t stride;      /* in bytes */
    const void *mask;   /* a vector a block: as many low bits in each lane as its text is long */
    const void *length; /* a vector a block: how long that is */
    uint32_t n_blocks;
};

/* Writes the delta of a text of `length` symbols and each lane, as kernel_edit.h says it. */
typedef void many_edit_fn(const struct many_lanes *lanes, const uint16_t *text, uint32_t length,
                          int8_t *delta);

/* Writes for each lane how many characters are in common, how many of these are out of order, and
 * how long the common prefix is, up to 4. The text has at most MANY_LENGTH symbols. */
typedef void many_jaro_fn(const struct many_lanes *lanes, const uint16_t *text, uint32_t length,
                          uint8_t *common, uint8_t *crossed, uint8_t *prefix);

/* Writes for each lane how many characters it has in common with the text at one end, negative. */
typedef void many_end_fn(const struct many_lanes *lanes, const uint16_t *text, uint32_t length,
                         int8_t *delta);

/* Writes the distance of Damerau and Levenshtein without restriction. The text has at most
 * MANY_LENGTH symbols. */
typedef void many_damerau_fn(const struct many_lanes *lanes, const uint16_t *text, uint32_t length,
                             int8_t *distance);

struct many_kernels {
    uint32_t vector_bytes;
    many_end_fn *end[2][MANY_LANE_SIZES]; /* at the beginning, at the end */
    many_edit_fn *edit[EDIT_KINDS][MANY_LANE_SIZES];
    many_damerau_fn *damerau[MANY_LANE_SIZES];
    many_jaro_fn *jaro[MANY_LANE_SIZES];
};

ISA_TABLE(struct many_kernels, many_kernels)

#endif
