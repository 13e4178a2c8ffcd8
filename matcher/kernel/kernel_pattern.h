/* Kernels of single pairs: a prepared A against one B, a bit for each character of A.
 *
 * They give whole numbers. They are compiled for each instruction set, because counting bits and
 * clearing the lowest one are single instructions only where the set has them. Not here: the figure
 * that a metric makes of the numbers (metric_*.c), many pairs at once (kernel_edit.h). */
#ifndef AXB_MATCHER_KERNEL_KERNEL_PATTERN_H
#define AXB_MATCHER_KERNEL_KERNEL_PATTERN_H

#include "matcher/index/dictionary.h"
#include "matcher/kernel/isa.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For each code a row of 64-bit blocks: bit i of block k is set where A has the code at position
 * 64 k + i.
 *
 *     A = "anna":   mask   row of 'a': 1001     Codes of one byte are rows themselves; codes of
 *                          row of 'n': 0110     two or four bytes find theirs in `row`, where 0
 *                          others:     0000     stands for a code that A does not have.
 */
struct pattern {
    uint64_t *mask; /* rows × blocks; all zero but for the rows of A's codes */
    uint32_t *row;  /* n_codes + 1: code -> row */
    uint32_t *used; /* the codes that A has, n_used of them */
    uint32_t n_used;
    uint32_t n;      /* characters of A */
    uint32_t blocks; /* of A, at least 1 */
    uint32_t width;  /* of A's codes; B's are of the same */
    uint32_t n_codes;
};

/* The row of a code; `width` is meant to be a constant where this is inlined. */
static inline const uint64_t *pattern_row(const struct pattern *p, uint32_t code, uint32_t width)
{
    return p->mask + (size_t)(width == 1 ? code : p->row[code]) * p->blocks;
}

struct jaro_counts {
    uint64_t common;
    uint64_t crossed; /* half-transpositions: common characters that differ when both texts' are
                         put side by side in order */
};

/* 64-bit words of scratch that a kernel needs for a pattern of so many blocks and a text of n. */
#define KERNEL_SCRATCH(blocks, n) (4 * (size_t)(blocks) + (size_t)(n) / 64 + 2)

struct metric_kernels {
    /* Distances; A and B are not empty. */
    uint64_t (*levenshtein)(const struct pattern *p, const struct text *b, uint64_t *scratch);
    uint64_t (*osa)(const struct pattern *p, const struct text *b, uint64_t *scratch);

    /* The same if they are at most `most`, which may be anything up to 2^62; else more than that.
     */
    uint64_t (*levenshtein_within)(const struct pattern *p, const struct text *b, uint64_t most,
                                   uint64_t *scratch);
    uint64_t (*osa_within)(const struct pattern *p, const struct text *b, uint64_t most,
                           uint64_t *scratch);

    /* The length of the longest common subsequence; and the same if it is at least `least`, else
     * less than that, or where texts are short the length all the same. */
    uint64_t (*lcs)(const struct pattern *p, const struct text *b, uint64_t *scratch);
    uint64_t (*lcs_reaching)(const struct pattern *p, const struct text *b, uint64_t least,
                             uint64_t *scratch);

    /* The same for those characters of A whose bit is set in keep[first .. first + blocks); no bit
     * is set elsewhere. */
    uint64_t (*lcs_kept)(const struct pattern *p, const struct text *b, const uint64_t *keep,
                         uint32_t first, uint32_t blocks, uint64_t *scratch);

    /* The same for every prefix of B and every prefix of A: lengths[j] is that of A and the first
     * j + 1 characters of B (from the end on if `backwards`); a zero in bit i of row[] stands where
     * that of B and a prefix of A grows with A's character i. */
    void (*lcs_prefixes)(const struct pattern *p, const struct text *b, bool backwards,
                         uint32_t *lengths, uint64_t *row);

    /* Takes B's characters into blocks [first, end) of a row. The row has a zero where the length,
     * for all that was taken, grows with A's character. It begins as ones. A bit that begins as
     * zero is a character of A without a partner. Other blocks stay as they are, as if no
     * character there were equal to one of B. So a run over B with blocks that move counts exactly
     * the subsequences that stay inside them. No earlier call may have had a larger `end`. */
    void (*lcs_take)(const struct pattern *p, const struct text *b, uint32_t first, uint32_t end,
                     uint64_t *row);

    /* Jaro's characters in common. `a` is what the pattern was made of; neither is empty. */
    struct jaro_counts (*jaro)(const struct pattern *p, const struct text *a, const struct text *b,
                               uint64_t *scratch);

    /* How many of the first n characters differ. */
    uint64_t (*mismatches)(const struct text *a, const struct text *b, uint32_t n);
};

ISA_TABLE(struct metric_kernels, metric_kernels)

#endif
