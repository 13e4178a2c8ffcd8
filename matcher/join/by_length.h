/* The places of a side in the order of the lengths of their values. A position is a number in that
 * order. For the places 0 "Rome", 1 "Ulm", 2 "Oslo":
 *
 *     position  0        1         2
 *     place     1 "Ulm"  0 "Rome"  2 "Oslo"
 *
 * The joins of the edit and of the Jaro family and the count join read texts by position. */
#ifndef AXB_MATCHER_JOIN_BY_LENGTH_H
#define AXB_MATCHER_JOIN_BY_LENGTH_H

#include "core/err.h"
#include "core/shm.h"
#include "matcher/index/dictionary.h"

#include <stdbool.h>
#include <stdint.h>

/* Offsets in a flat index. */
struct by_length_at {
    uint64_t place_at; /* u32 × n: the places, by length; those of a length ascend (but for
                          jaro_texts.h) */
    uint64_t begin_at; /* u32 × (max_length + 2): texts of length l are [begin[l], begin[l + 1]) */
    uint32_t n;
    uint32_t max_length;
};

/* A view of it in a mapped index. */
struct by_length {
    const uint32_t *place;
    const uint32_t *begin;
    uint32_t n;
    uint32_t max_length;
};

/* Writes the order of a side into an index that is being built. ERR_OS without memory. */
bool by_length_build(struct by_length_at *at, const struct dictionary *dictionary,
                     const struct side *side, struct shm *index, struct err *e);

static inline struct by_length by_length_view(struct shm_view index, const struct by_length_at *at)
{
    return (struct by_length){
        .place = shm_array(index, at->place_at, uint32_t, at->n),
        .begin = shm_array(index, at->begin_at, uint32_t, at->max_length + 2ull),
        .n = at->n,
        .max_length = at->max_length,
    };
}

/* The text at a position of a side. */
static inline struct text by_length_text(const struct by_length *sorted,
                                         const struct dictionary *dictionary,
                                         const struct side *side, uint32_t position)
{
    return dictionary_text(dictionary, side->value[sorted->place[position]]);
}

#endif
