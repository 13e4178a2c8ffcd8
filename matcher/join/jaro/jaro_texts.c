/* Sorting texts by length, many of them by how they begin first, and packing them. */
#include "matcher/join/jaro/jaro_texts.h"
#include "core/memory.h"
#include "core/shm.h"
#include "matcher/join/jaro/jaro_sort.h"

#include <stdlib.h>
#include <string.h>

#define SERIAL_VALUES 16384u /* fewer are not worth waking threads for */
#define CACHED_VALUES 16384u /* fewer stay in the cache in any order */
#define START_CHARACTERS 3u
#define START_BITS (JARO_KEY_BITS / START_CHARACTERS)

/* Equal where two texts begin alike; some that do not may be equal, too. */
static uint32_t start_key(struct text t)
{
    uint32_t key = 0;
    for (uint32_t i = 0; i < START_CHARACTERS; i++) {
        const uint32_t code = i < t.n ? text_code(t.codes, t.width, i) : 0;
        key = key << START_BITS | (code & ((1u << START_BITS) - 1));
    }
    return key;
}

/* Moves texts of one length that begin alike beside each other. */
static bool gather_starts(uint32_t *place, const struct by_length_at *at, const struct shm *index,
                          const struct dictionary *dictionary, const struct side *side)
{
    const uint32_t *begin = by_length_view(shm_view_of(index), at).begin;
    struct jaro_entry *entry = malloc((side->n + 1ull) * sizeof *entry);
    struct jaro_entry *spare = malloc((side->n + 1ull) * sizeof *spare);
    uint32_t *next = malloc((at->max_length + 2ull) * sizeof *next);
    const bool ok = entry && spare && next;
    if (ok) {
        for (uint32_t i = 0; i < side->n; i++)
            entry[i] =
                (struct jaro_entry){start_key(dictionary_text(dictionary, side->value[i])), i};
        jaro_sort(entry, spare, side->n);
        memcpy(next, begin, (at->max_length + 2ull) * sizeof *next);
        for (uint32_t i = 0; i < side->n; i++)
            place[next[dictionary_length(dictionary, side->value[entry[i].position])]++] =
                entry[i].position;
    }
    free(entry);
    free(spare);
    free(next);
    return ok;
}

static bool sort_texts(struct by_length_at *at, const struct dictionary *dictionary,
                       const struct side *side, struct shm *index, struct err *e)
{
    if (!by_length_build(at, dictionary, side, index, e))
        return false;
    if (side->n < CACHED_VALUES)
        return true;
    uint32_t *place = shm_writable_array(index, at->place_at, uint32_t, side->n);
    return mem_check("the jaro index", side->n * 2ull * sizeof(struct jaro_entry), e) &&
           (gather_starts(place, at, index, dictionary, side) ||
            err_set(e, ERR_OS, NULL, "no memory for the jaro index"));
}

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
    if (!sort_texts(&at->side, dictionary, side, index, e))
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
