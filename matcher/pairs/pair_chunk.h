/* A chunk of pairs: a MiB of the pair arena, filled by one worker.
 *
 * A pair takes one word of 8 bytes: its place in A, the number of its score, its place in B. Scores
 * repeat, since a score is a function of few whole numbers; so each score is written once a chunk.
 * Pairs grow from the begin of the chunk, scores from its end, and the chunk is full when they
 * meet:
 *
 *     +----------------------------------------------------------------------+
 *     | pair 0 | pair 1 | pair 2 | …   free   … | score 2 | score 1 | score 0 |
 *     +----------------------------------------------------------------------+
 *
 *     a pair    63 … place of A … | … number of the score … | … place of B … 0
 *
 * How many bits each of the three has follows from how many places there are (struct pair_form). If
 * every pair had a score of its own, a pair would take 16 bytes; no data can overflow a number,
 * since a chunk ends earlier then. Not here: which chunks exist (engine/pairs.h). */
#ifndef AXB_MATCHER_PAIRS_PAIR_CHUNK_H
#define AXB_MATCHER_PAIRS_PAIR_CHUNK_H

#include "matcher/join/join.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAIR_CHUNK_BYTES (1u << 20)
#define PAIR_CHUNK_WORDS (PAIR_CHUNK_BYTES / 8u)

/* So many bits hold the numbers below n. */
static inline uint32_t pair_bits(uint64_t n)
{
    return n > 1 ? 64u - (uint32_t)__builtin_clzll(n - 1) : 0;
}

/* Where the parts of a word stand: places of B in the lowest bits, then the score, then places of
 * A. */
struct pair_form {
    uint32_t b_bits, score_bits;
};

/* For places below n_a in A and n_b in B. */
struct pair_form pair_form(uint64_t n_a, uint64_t n_b);

static inline uint32_t pair_word_a(struct pair_form form, uint64_t word)
{
    const uint32_t shift = form.b_bits + form.score_bits;
    return shift < 64 ? (uint32_t)(word >> shift) : 0;
}

static inline uint32_t pair_word_b(struct pair_form form, uint64_t word)
{
    return (uint32_t)(word & ((1ull << form.b_bits) - 1));
}

/* The number of its score. */
static inline uint32_t pair_word_score(struct pair_form form, uint64_t word)
{
    return (uint32_t)(word >> form.b_bits & ((1ull << form.score_bits) - 1));
}

/* How much of a chunk counts: its first pairs and scores. */
struct pair_count {
    uint32_t pairs, scores;
};

static inline bool pair_count_fits(struct pair_count n)
{
    return (uint64_t)n.pairs + n.scores <= PAIR_CHUNK_WORDS;
}

/* A chunk to read. */
struct pair_chunk {
    const uint64_t *word; /* PAIR_CHUNK_WORDS */
    struct pair_count n;
};

/* Score k < n.scores. */
static inline double pair_chunk_score(const struct pair_chunk *c, uint32_t k)
{
    double score;
    __builtin_memcpy(&score, &c->word[PAIR_CHUNK_WORDS - 1 - k], sizeof score);
    return score;
}

/* The sum that tells of any change of the pairs from `from` on and of their scores. That of a run
 * is the sum of those of its parts. Numbers of scores that cannot be give some other sum. */
uint64_t pair_chunk_check(const struct pair_chunk *c, struct pair_form form, uint32_t from);

/* ---- Writing ---------------------------------------------------------------------------------*/

#define PAIR_SET 4u        /* scores that are remembered at one place, the latest first … */
#define PAIR_SETS_BITS 12u /* … of so many places */

/* A score that the chunk has. What was forgotten is written into it once more. */
struct pair_score {
    uint64_t bits;
    uint32_t number, turn;
};

struct pair_writer {
    struct pair_form form;
    uint64_t *word; /* of the chunk */
    struct pair_count n;
    uint32_t turn; /* of this chunk; scores of other turns are not in it */
    struct pair_score known[1u << PAIR_SETS_BITS][PAIR_SET];
};

/* Begins to write at `chunk`, which has PAIR_CHUNK_BYTES. At first *w is all zeros but for form. */
void pair_writer_begin(struct pair_writer *w, void *chunk);
/* Writes pairs until the chunk is full; returns how many of the n were written. */
size_t pair_writer_put(struct pair_writer *w, const struct join_pair *p, size_t n);

#endif
