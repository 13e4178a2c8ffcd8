/* Bit-sliced counting, compiled for each instruction set: how many tokens (jaro_rows.h) a value has
 * in common with each of 512 others at once.
 *
 * A block of 512 values has a plane for each token: bit i is set if value i has the token.
 * Carry-save adders add the planes of a value's tokens, so that each bit of the 512 sums is a plane
 * again. The sums are compared with what each value of the block must reach. */
#ifndef AXB_MATCHER_KERNEL_KERNEL_JARO_COUNT_H
#define AXB_MATCHER_KERNEL_KERNEL_JARO_COUNT_H

#include "matcher/kernel/isa.h"
#include "matcher/kernel/kernel_jaro_planes.h"

#include <stddef.h>
#include <stdint.h>

#define JARO_BLOCK 512u                    /* values of a block */
#define JARO_BLOCK_WORDS (JARO_BLOCK / 64) /* machine words of a plane */
#define JARO_COUNT_BITS 5
#define JARO_COUNT_ROWS_MAX 64u /* rows in a call */

typedef uint64_t jaro_plane[JARO_BLOCK_WORDS];

struct jaro_counting {
    jaro_plane *plane; /* of tokens, each aligned to its size */
    _Alignas(64) jaro_plane lead[JARO_LEAD_PLANES];
    _Alignas(64) jaro_plane not_least[JARO_COUNT_BITS]; /* complement of what each value of the
                                                           block must reach, bit by bit */
    _Alignas(64) jaro_plane wanted;                     /* values that are looked at */
};

/* Counts for n rows, one after the other. A row has as many token planes as the kernel counts, then
 * a lead plane; values of the lead plane are left out. Writes i * JARO_BLOCK + v for each value v
 * of the block that reaches its number with row i, and returns how many there are (at most n ×
 * JARO_BLOCK). */
typedef size_t jaro_count_fn(const struct jaro_counting *c, const uint16_t *rows, uint32_t n,
                             uint32_t *hits);

struct jaro_count_kernels {
    jaro_count_fn *count[JARO_ROW_TOKENS + 1]; /* by number of tokens; none for 0 */
};

ISA_TABLE(struct jaro_count_kernels, jaro_count_kernels)

#endif
