/* Kernels of the edit family, compiled for each instruction set: many pairs at once, one in each
 * lane of a vector. They know neither words nor thresholds, only symbols and limits. */
#ifndef AXB_MATCHER_KERNEL_EDIT_H
#define AXB_MATCHER_KERNEL_EDIT_H

#include "matcher/edit_rule.h"
#include "matcher/isa.h"

#include <stddef.h>
#include <stdint.h>

/* ---- Scan: a block of patterns against texts ---------------------------------------------------
 * Lanes hold different patterns of at most as many characters as a lane has bits; a text streams
 * past all of them (Myers 1999 and Hyyrö 2003 for the distances, Hyyrö 2004 for the common
 * subsequence; patterns in lanes after Hyyrö, Fredriksson and Navarro 2005). */
#define EDIT_LANE_SIZES 4    /* lanes of 1, 2, 4 and 8 bytes */
#define EDIT_VECTOR_BYTES 64 /* of the widest vector of any instruction set */
#define EDIT_LANES_MAX 64
#define EDIT_SCAN_TEXTS_MAX 64 /* texts in a call */

/* What a kernel finds for a pattern and a text is a balance: for Levenshtein and OSA the distance
 * less the text's length, for the others minus the characters in common. `limit` is the largest
 * balance wanted, in each lane; a lane whose limit is the least value finds nothing. */
struct edit_block {
    const void *rows;  /* a vector a symbol: in each lane, the places of the symbol, from bit 0 */
    const void *mask;  /* a vector: in each lane, as many low bits as the pattern is long */
    const void *limit; /* a vector of signed lanes */
};

struct edit_hit {
    uint16_t text;
    uint16_t lane;
    int32_t balance;
};

/* Runs n texts of `length` symbols each, one behind the other, past a block and writes the hits
 * (at most n × lanes); returns how many. */
typedef size_t edit_scan_fn(const struct edit_block *block, const uint16_t *texts, uint32_t length,
                            uint32_t n, struct edit_hit *hits);

struct edit_scan_kernels {
    uint32_t vector_bytes;
    edit_scan_fn *scan[EDIT_KINDS][EDIT_LANE_SIZES];
};

ISA_TABLE(struct edit_scan_kernels, edit_scan_kernels)

#endif
