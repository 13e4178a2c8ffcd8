/* Rows: the values of a side of a Jaro join, by length, in the form that the filters read.
 *
 * A token here is a character with the number of its occurrence in the value:
 *
 *     anna  =  a1 n1 n2 a2        nathan  =  n1 a1 t1 h1 a2 n2        in common: a1 a2 n1 n2
 *
 * Two values have as many tokens in common as their multisets of characters have elements in
 * common. That is the most that Jaro can match. Each frequent token has a number. Rare ones
 * share numbers, which makes the bound looser, never wrong. The characters are dealt out to parts.
 * The multiset of each part has a hash. */
#ifndef AXB_MATCHER_JOIN_JARO_JARO_ROWS_H
#define AXB_MATCHER_JOIN_JARO_JARO_ROWS_H

#include "matcher/join/jaro/jaro_texts.h"
#include "matcher/join/join.h"
#include "matcher/kernel/kernel_jaro_planes.h"

#include <stdbool.h>
#include <stdint.h>

#define JARO_ROW_TEXT 16u /* characters that a row holds */
#define JARO_LEADS 4u     /* leading characters */
#define JARO_PARTS_MAX 8u
#define JARO_OCCURRENCES 8u    /* of a character that are told apart */
#define JARO_SHARED_TOKEN 176u /* from here on rare tokens share numbers */

/* What planes and orders are made of. */
struct jaro_row {
    uint8_t token[JARO_ROW_TOKENS]; /* numbers */
    uint8_t length : 7;             /* at most 127 */
    uint8_t whole : 1;              /* its start holds the value */
    uint8_t lead[JARO_LEADS];       /* planes of the leading characters; 0: none */
};

/* Starts and parts stand apart from rows and from each other: they are read in random order, a
 * start for each candidate, and fewer pages are faster. */
struct jaro_start {
    uint8_t code[JARO_ROW_TEXT]; /* the first 16 codes of a value, their low bytes */
};

struct jaro_parts {
    uint16_t hash[JARO_PARTS_MAX]; /* of the parts' multisets */
};

/* What a code stands for; the same on both sides. */
struct jaro_code {
    uint8_t token[JARO_OCCURRENCES]; /* numbers, below JARO_TOKENS */
    uint8_t lead;                    /* as in jaro_row */
    uint8_t part;
    uint16_t hash;
};

struct jaro_rows_at {
    struct jaro_texts_at texts;
    uint64_t row_at; /* struct jaro_row × n, in the order of the texts; so are the others */
    uint64_t start_at, parts_at;
};

/* One side in a mapped index. */
struct jaro_rows {
    struct jaro_texts texts;
    const struct jaro_row *row;
    const struct jaro_start *start;
    const struct jaro_parts *parts;
};

/* The information in the multisets of characters of the values, in nats: minus the logarithm of the
 * chance that two values, one of each side, have the same; as if characters were independent. */
struct jaro_information {
    double whole;
    double part[JARO_PARTS_MAX];
};

struct jaro_sample; /* of the values of both sides */

/* Takes a millisecond or two. NULL if memory is short. */
struct jaro_sample *jaro_sample_open(const struct join_job *job);
void jaro_sample_close(struct jaro_sample *s);

/* Deals all codes out to n_parts parts (at least 1) with about the same information each. `code`
 * may be NULL. */
struct jaro_information jaro_deal_parts(const struct jaro_sample *s, uint32_t n_parts,
                                        struct jaro_code *code);

/* Fills code[] for all codes. False if memory is short. */
bool jaro_codes_make(struct jaro_code *code, const struct jaro_sample *s, uint32_t n_parts);

bool jaro_rows_build(struct jaro_rows_at *at, const struct jaro_code *code,
                     const struct dictionary *dictionary, const struct side *side,
                     struct shm *index, struct err *e);

struct jaro_rows jaro_rows_view(struct shm_view index, const struct jaro_rows_at *at,
                                uint32_t width);

/* The numbers of all tokens of a text into token[t.n]. `seen` has a zero for each code, before
 * and after. */
void jaro_tokens(uint8_t *token, const struct jaro_code *code, struct text t, uint8_t *seen);

/* The same where occurrences are counted from the end of the text: the last n of anna is n1. */
void jaro_tokens_back(uint8_t *token, const struct jaro_code *code, struct text t, uint8_t *seen);

/* Of n tokens of a long text those with the highest numbers, which are the rarest: what its row
 * holds. */
void jaro_rarest_tokens(uint8_t row[JARO_ROW_TOKENS], const uint8_t *token, uint32_t n);

static inline uint32_t jaro_row_tokens(uint32_t length)
{
    return length < JARO_ROW_TOKENS ? length : JARO_ROW_TOKENS;
}

#endif
