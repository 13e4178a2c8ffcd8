/* Pairs of rows that were found, as choosing sees them: a list in memory, with a score each.
 *
 * Not here: how they are found (engine/), and which of them are kept (the other headers here). */
#ifndef AXB_MATCHER_CHOOSE_FOUND_H
#define AXB_MATCHER_CHOOSE_FOUND_H

#include <stdint.h>

/* A pair of rows, from 0. The score is never NaN. The bytes are those of a record of the format
 * "pairs" without terms (data/format/format_pairs.c). */
struct found_pair {
    uint32_t row_a, row_b;
    double score;
};
_Static_assert(sizeof(struct found_pair) == 16, "a record of the format pairs");

/* In ascending order of row_a, then row_b; each pair once. In dedupe row_a < row_b. */
struct found {
    struct found_pair *pair;
    uint64_t n;
};

/* Which of two scores is the better one: of a distance, the least. */
enum choose_better { CHOOSE_GREATEST, CHOOSE_LEAST };

#endif
