/* A dictionary of set elements: q-grams, or the tokens of texts, as numbers.
 *
 * Many threads may look elements up and add them at once; nothing is ever lost to a collision of
 * hashes. Small alphabets need no hashing: there a q-gram is its own number. Private memory, used
 * while an index is built. */
#ifndef AXB_MATCHER_JOIN_SET_SET_DICTIONARY_H
#define AXB_MATCHER_JOIN_SET_SET_DICTIONARY_H

#include "matcher/index/dictionary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct set_dictionary {
    const struct dictionary *dictionary;
    unsigned q;        /* 0: tokens */
    unsigned bits;     /* of a code in a slot's number, 0 = hashed */
    uint32_t n_slots;  /* element numbers are below this */
    uint8_t *used;     /* direct: slots that occur */
    uint64_t *key;     /* hashed: the element, or its hash, 0 = free */
    uint64_t *text;    /* tokens: where in dictionary->codes the element begins, + 1 */
    uint32_t *length;  /* tokens: its characters */
    uint8_t *is_space; /* tokens: code -> separates two elements */
    uint32_t n;        /* hashed: slots in use */
    bool full;         /* an element was refused: begin again with more slots */
};

/* `slots`: how many a hashed dictionary has, a power of two; one that needs no hashing has up to
 * four times as many. False without memory. */
bool set_dictionary_open(struct set_dictionary *d, const struct dictionary *dictionary, unsigned q,
                         uint32_t slots);
void set_dictionary_close(struct set_dictionary *d);

/* The most elements that a text of n characters has. */
static inline size_t set_dictionary_capacity(size_t n)
{
    return n + 2;
}

/* Writes the elements of a value as slots, in the order of its text, each as often as it occurs.
 * Returns how many, at most set_dictionary_capacity of its length. */
uint32_t set_dictionary_elements(struct set_dictionary *d, uint32_t value, uint32_t *slots);

bool set_dictionary_uses(const struct set_dictionary *d, uint32_t slot);

#endif
