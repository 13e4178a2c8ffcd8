/* Rows by their places: place << 32 | row is the key of a row, and keys are sorted as numbers.
 *
 * Not here: sides, which know the rows of each place already (dictionary.h). */
#ifndef AXB_MATCHER_INDEX_PLACE_KEYS_H
#define AXB_MATCHER_INDEX_PLACE_KEYS_H

#include <stdint.h>

static inline uint64_t place_key(uint32_t place, uint32_t row)
{
    return (uint64_t)place << 32 | row;
}

static inline uint32_t place_key_place(uint64_t key)
{
    return (uint32_t)(key >> 32);
}

static inline uint32_t place_key_row(uint64_t key)
{
    return (uint32_t)key;
}

/* Sorts n keys whose rows ascend, of places below n_places; `other` has space for as many. Returns
 * the sorted ones, which are in `key` or in `other`. */
uint64_t *place_keys_sort(uint64_t *key, uint64_t *other, uint64_t n, uint32_t n_places);

#endif
