/* The prefilter's inner loop, compiled once for each instruction set (isa.h). */
#ifndef AXB_MATCHER_KERNEL_KERNEL_SIGNATURE_H
#define AXB_MATCHER_KERNEL_KERNEL_SIGNATURE_H

#include "matcher/kernel/isa.h"

#include <stdint.h>

#define SIGNATURE_LONG 64u    /* length of a text that is too long: passes */
#define SIGNATURE_MISSING 65u /* of a missing text: never passes */
#define SIGNATURE_LENGTHS 66u
#define SIGNATURE_PREFIXES 8u /* a power of two beyond 0..4 */
#define SIGNATURE_NEVER 255u

/* What is known of a text at a glance. Each pair (character, how often the text has had it before)
 * sets a bit of `sign`; a byte of `head` stands for one of the first four characters. */
struct signature {
    uint64_t sign;
    uint32_t head;
    uint8_t length;
};

/* The signatures of many texts. */
struct signatures {
    const uint64_t *sign;
    const uint32_t *head;
    const uint8_t *length;
};

/* The least number of characters in common that a text must have with one of A, by its length and
 * by the length of the common beginning. */
typedef uint8_t signature_limits[SIGNATURE_LENGTHS][SIGNATURE_PREFIXES];

struct signature_kernels {
    /* Writes the positions of the n signatures from `from` that may have as much in common with `a`
     * as `limits` asks for to out[n]; returns how many. */
    uint32_t (*scan)(const struct signature *a, const struct signatures *b, uint64_t from,
                     uint32_t n, const signature_limits limits, uint32_t *out);
};

ISA_TABLE(struct signature_kernels, signature_kernels)

#endif
