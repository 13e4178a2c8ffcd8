/* Pairs by a key of theirs, such as a row or a pattern: a counting sort.
 *
 * Not here: what is summed over them. */
#ifndef AXB_MATCHER_FIT_FIT_GROUP_H
#define AXB_MATCHER_FIT_FIT_GROUP_H

#include <stddef.h>
#include <stdint.h>

/* Pairs of key k are order[first[k]] to order[first[k + 1] - 1], ascending. first has n_keys + 1
 * zeros at the beginning. order has space for n pairs, or is NULL if they come in the order of
 * their keys. */
static inline void fit_group(const uint32_t *key, uint32_t n, uint64_t n_keys, uint32_t *first,
                             uint32_t *order)
{
    for (uint32_t i = 0; i < n; i++)
        first[key[i]]++;
    for (uint64_t k = 1; k < n_keys; k++)
        first[k] += first[k - 1];
    first[n_keys] = n;
    for (uint32_t i = n; i-- > 0;) {
        const uint32_t at = --first[key[i]];
        if (order)
            order[at] = i;
    }
}

#endif
