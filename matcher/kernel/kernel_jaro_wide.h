/* Jaro's matching for patterns of up to 255 characters, compiled for each instruction set: a text
 * against as many patterns at once as a vector has lanes of 64 bits.
 *
 * A lane holds the places of one pattern, in one to four vectors, which serve 2 to 8 patterns.
 * Texts run in independent chains. Most pairs of long texts have many characters in common and few
 * of them in order, so counting those out of order ends as soon as no lane can match. It knows
 * symbols, places and counts; no dictionary, no metric. Shorter patterns have smaller lanes
 * (kernel_jaro.h). */
#ifndef AXB_MATCHER_KERNEL_KERNEL_JARO_WIDE_H
#define AXB_MATCHER_KERNEL_KERNEL_JARO_WIDE_H

#include "matcher/kernel/kernel_jaro.h"

#define JARO_WIDE_WORDS 4u
#define JARO_WIDE_LENGTH 255u /* characters of the longest pattern: a hit counts them in a byte */
#define JARO_WIDE_LANES_MAX (JARO_VECTOR_BYTES / 8u)
#define JARO_WIDE_TEXTS_MAX 64u /* texts in a call */

/* How many characters may be out of order, by prefix and by characters in common; -1: no match. */
typedef int16_t jaro_crossed_most[JARO_PREFIXES][JARO_WIDE_LENGTH + 1];

/* Patterns of one length, and what is asked of texts of one length. */
struct jaro_wide_block {
    const void *rows;       /* `words` vectors a symbol: in each lane, the places of the symbol */
    const uint64_t *window; /* `words` for each place of the text: the pattern's places in reach */
    uint32_t words;         /* machine words that hold the places of a pattern: 1 to 4 */
    uint32_t near;          /* so many places of the text reach the first of them alone */
    uint32_t common_least;  /* fewer characters in common match with no prefix */
    const jaro_crossed_most *crossed_most;
};

/* Runs n texts of `length` symbols each past a block, and writes a hit for each pair that has no
 * more characters out of order than it may have (at most n × lanes); returns how many. */
typedef size_t jaro_wide_fn(const struct jaro_wide_block *block, const uint16_t *const *texts,
                            uint32_t length, uint32_t n, struct jaro_hit *hits);

struct jaro_wide_kernels {
    uint32_t lanes;
    jaro_wide_fn *scan;
    uint32_t texts_at_once; /* so many cost as much as one */
};

ISA_TABLE(struct jaro_wide_kernels, jaro_wide_kernels)

#endif
