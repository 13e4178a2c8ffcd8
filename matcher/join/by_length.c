/* Sorting the places of a side by the length of their values: a counting sort. */
#include "matcher/join/by_length.h"
#include "core/shm.h"

bool by_length_build(struct by_length_at *at, const struct dictionary *dictionary,
                     const struct side *side, struct shm *index, struct err *e)
{
    uint32_t max_length = dictionary->max_length;
    *at = (struct by_length_at){.n = side->n, .max_length = max_length};
    at->place_at = shm_alloc(index, "edit index", ((size_t)side->n + 1) * sizeof(uint32_t), 64, e);
    at->begin_at =
        shm_alloc(index, "edit index", ((size_t)max_length + 2) * sizeof(uint32_t), 64, e);
    if (!at->place_at || !at->begin_at)
        return false;
    uint32_t *place = shm_writable_array(index, at->place_at, uint32_t, side->n);
    uint32_t *begin = shm_writable_array(index, at->begin_at, uint32_t, max_length + 2ull);
    for (uint32_t i = 0; i < side->n; i++)
        begin[dictionary_length(dictionary, side->value[i])]++;
    uint32_t sum = 0;
    for (uint32_t l = 0; l <= max_length; l++) {
        sum += begin[l];
        begin[l] = sum; /* the end of the length, moved down to its beginning below */
    }
    begin[max_length + 1] = sum;
    for (uint32_t i = side->n; i-- > 0;)
        place[--begin[dictionary_length(dictionary, side->value[i])]] = i;
    return true;
}
