/* Texts: the values of a side by length, their codes packed in that order. Of many texts, those of
 * a length that begin alike are neighbours, since they are searched together. */
#ifndef AXB_MATCHER_JOIN_JARO_JARO_TEXTS_H
#define AXB_MATCHER_JOIN_JARO_JARO_TEXTS_H

#include "matcher/index/dictionary.h"
#include "matcher/join/by_length.h"

struct jaro_texts_at {
    struct by_length_at side;
    uint64_t codes_at;       /* 64 spare bytes after them */
    uint64_t codes_begin_at; /* u64 × (max_length + 2): the byte where a length begins */
};

/* One side in a mapped index. A position is a place in the order by length. */
struct jaro_texts {
    struct by_length side;
    const char *codes;
    const uint64_t *codes_begin;
    uint32_t width;
};

bool jaro_texts_build(struct jaro_texts_at *at, const struct dictionary *dictionary,
                      const struct side *side, struct shm *index, struct err *e);

struct jaro_texts jaro_texts_view(struct shm_view index, const struct jaro_texts_at *at,
                                  uint32_t width);

/* The length of the value at a position. The search goes up from `least`, which it is not below. */
static inline uint32_t jaro_length(const struct jaro_texts *t, uint32_t position, uint32_t least)
{
    while (t->side.begin[least + 1] <= position)
        least++;
    return least;
}

/* The text at a position of known length, without id and bytes. */
static inline struct text jaro_text(const struct jaro_texts *t, uint32_t position, uint32_t length)
{
    uint64_t i = position - t->side.begin[length];
    return (struct text){.codes = t->codes + t->codes_begin[length] + i * length * t->width,
                         .n = length,
                         .width = t->width};
}

#endif
