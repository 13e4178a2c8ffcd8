/* Packing texts by length. */
#include "matcher/join/jaro/jaro_texts.h"
#include "core/shm.h"

#include <string.h>

#define SERIAL_VALUES 16384u /* fewer are not worth waking threads for */

static void pack(char *codes, const struct jaro_texts *t, const struct dictionary *dictionary,
                 const struct side *side)
{
#pragma omp parallel for schedule(static) if (side->n > SERIAL_VALUES)
    for (uint32_t i = 0; i < side->n; i++) {
        struct text text = dictionary_text(dictionary, side->value[t->side.place[i]]);
        uint64_t bytes = (uint64_t)text.n * text.width;
        memcpy(codes + t->codes_begin[text.n] + (i - t->side.begin[text.n]) * bytes, text.codes,
               bytes);
    }
}

bool jaro_texts_build(struct jaro_texts_at *at, const struct dictionary *dictionary,
                      const struct side *side, struct shm *index, struct err *e)
{
    const char *what = "the jaro index";
    uint32_t n_lengths = dictionary->max_length + 2;
    if (!by_length_build(&at->side, dictionary, side, index, e))
        return false;
    struct by_length by_length = by_length_view(shm_view_of(index), &at->side);
    at->codes_begin_at = shm_alloc(index, what, n_lengths * sizeof(uint64_t), 64, e);
    if (!at->codes_begin_at)
        return false;
    uint64_t *begin = shm_writable_array(index, at->codes_begin_at, uint64_t, n_lengths);
    for (uint32_t l = 0; l + 1 < n_lengths; l++) {
        uint64_t n = by_length.begin[l + 1] - by_length.begin[l];
        begin[l + 1] = begin[l] + n * l * dictionary->width;
    }
    at->codes_at = shm_alloc(index, what, begin[n_lengths - 1] + 64, 64, e);
    if (!at->codes_at)
        return false;
    struct jaro_texts texts = jaro_texts_view(shm_view_of(index), at, dictionary->width);
    char *codes = shm_writable_array(index, at->codes_at, char, begin[n_lengths - 1]);
    pack(codes, &texts, dictionary, side);
    return true;
}

struct jaro_texts jaro_texts_view(struct shm_view index, const struct jaro_texts_at *at,
                                  uint32_t width)
{
    return (struct jaro_texts){
        .side = by_length_view(index, &at->side),
        .codes = shm_at(index, at->codes_at, char),
        .codes_begin = shm_array(index, at->codes_begin_at, uint64_t, at->side.max_length + 2ull),
        .width = width,
    };
}
