/* Bit-sliced counting, compiled for each instruction set: how many tokens a word has in common with
 * each of 512 others at once.
 *
 * A block of words has a plane of 512 bits for each token: which of its words have it. The planes
 * of a word's tokens are added up by carry-save adders, so that each bit of the sums is a plane
 * again, and the sums are compared with what each word of the block must reach. */
#ifndef AXB_MATCHER_KERNEL_KERNEL_JARO_COUNT_H
#define AXB_MATCHER_KERNEL_KERNEL_JARO_COUNT_H

#include "matcher/kernel/isa.h"
#include "matcher/kernel/kernel_jaro_planes.h"

#include <stddef.h>
#include <stdint.h>

#define JARO_BLOCK 512u /* words of a block */
#define JARO_BLOCK_WORDS (JARO_BLOCK / 64)
#define JARO_COUNT_BITS 5
#define JARO_COUNT_ROWS_MAX 64u /* rows in a call */

typedef uint64_t jaro_plane[JARO_BLOCK_WORDS];

struct jaro_counting {
    _Alignas(64) jaro_plane plane[JARO_PLANES];
    _Alignas(64) jaro_plane not_least[JARO_COUNT_BITS]; /* complement of what each word of the
                                                           block must reach, bit by bit */
    _Alignas(64) jaro_plane wanted;                     /* words that are looked at */
};

/* Counts for n rows, one behind the other: each has as many token planes as the kernel counts, and
 * then a lead plane - JARO_LEAD_PLANE whose words are left out. Writes i * JARO_BLOCK + word for
 * each word of the block that reaches its number with row i, and returns how many there are (at
 * most n × JARO_BLOCK). */
typedef size_t jaro_count_fn(const struct jaro_counting *c, const uint8_t *rows, uint32_t n,
                             uint32_t *hits);

struct jaro_count_kernels {
    jaro_count_fn *count[JARO_ROW_TOKENS + 1]; /* by number of tokens; none for 0 */
};

ISA_TABLE(struct jaro_count_kernels, jaro_count_kernels)

#endif
