/* The words of both sides of a join, as numbers, and the texts that have each.
 *
 * A text is a set of words (TEXT_FORM_WORD_SET). Words are numbered over both sides, the rarest
 * first. A holds "Ann Lee" and "Lee Bob", B holds "Ann Lee":
 *
 *     word                 0 Bob   1 Ann   2 Lee          by how many texts have it: 1 2 3
 *     weight               4       4       4              characters, and one for a blank
 *     words of A's places  1 2 | 0 2
 *     lists of A           1 | 0 | 0 1                    places of word 0, 1, 2, by length
 *
 * All of it lies in the flat index of the join. */
#ifndef AXB_MATCHER_JOIN_TOKEN_TOKEN_WORDS_H
#define AXB_MATCHER_JOIN_TOKEN_TOKEN_WORDS_H

#include "matcher/join/join.h"

#include <stdint.h>

/* Places of one side. */
struct token_list {
    const uint32_t *place;
    uint32_t n;
};

struct token_side_at {
    uint64_t word_begin_at, word_at;           /* u64 × (n + 1), u32 */
    uint64_t character_begin_at, character_at; /* u64 × (n + 1), u16 */
    uint64_t list_begin_at, list_at;           /* u64 × (n_words + 1), u32 */
    uint64_t worded_at;                        /* u32 × n_worded */
    uint32_t n, n_worded;
};

struct token_words_at {
    struct token_side_at side[2]; /* in a self join both are the same */
    uint64_t weight_at;           /* u32 × n_words */
    uint32_t n_words;
};

struct token_side {
    uint32_t n;
    const uint64_t *word_begin; /* n + 1: the words of place p, ascending, are word[begin[p] ..) */
    const uint32_t *word;
    const uint64_t *character_begin; /* n + 1: those of place p, in its text's order */
    const uint16_t *character;  /* its code and which occurrence of it, in one number; different
                                   ones may have the same number */
    const uint64_t *list_begin; /* n_words + 1: the places that have a word, by length */
    const uint32_t *list;
    struct token_list worded; /* the places that have any word, by length */
};

struct token_words {
    struct token_side side[2];
    const uint32_t *weight; /* of each word */
    uint32_t n_words;
};

/* ERR_OS without memory. */
bool token_words_build(const struct join_job *job, struct token_words_at *at, struct shm *index,
                       struct err *e);

struct token_words token_words_view(struct shm_view index, const struct token_words_at *at);

/* Characters of a place's text. */
static inline uint32_t token_length(const struct token_side *s, uint32_t place)
{
    return (uint32_t)(s->character_begin[place + 1] - s->character_begin[place]);
}

static inline uint32_t token_n_words(const struct token_side *s, uint32_t place)
{
    return (uint32_t)(s->word_begin[place + 1] - s->word_begin[place]);
}

/* The places of a side that have a word. */
static inline struct token_list token_list_of(const struct token_side *s, uint32_t word)
{
    const uint64_t *begin = s->list_begin + word;
    return (struct token_list){s->list + begin[0], (uint32_t)(begin[1] - begin[0])};
}

/* What the words that place a of A and place b of B have in common weigh; *first is the first of
 * them, if there is any. */
uint32_t token_in_common(const struct token_words *w, uint32_t a, uint32_t b, uint32_t *first);

#endif
