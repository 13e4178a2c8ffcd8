/* Numbers for keys: the first key gets 0, the next other one 1, and so on.
 *
 * A key is a number, with bytes where the number is only a hash of these. For the grams and words
 * of many texts, and for what is heard of them. Linear probing. */
#ifndef AXB_MATCHER_METRIC_METRIC_MANY_KEYS_H
#define AXB_MATCHER_METRIC_METRIC_MANY_KEYS_H

#include "data/table.h"

#include <stdbool.h>
#include <stdint.h>

#define MANY_NO_KEY UINT32_MAX

struct many_key {
    uint64_t number;
    struct bytes bytes; /* borrowed; none where the number says all */
};

struct many_keys {
    struct many_key *key; /* by its number, counted from 0 */
    uint32_t n, most;
    uint32_t *slot; /* the number of a key + 1; 0: free */
    uint64_t n_slots;
    unsigned shift; /* hash -> slot */
};

/* For up to `most` different keys. False without memory; many_keys_close is due even then. */
bool many_keys_open(struct many_keys *k, uint32_t most);
void many_keys_close(struct many_keys *k);

/* Forgets all keys. Up to n <= most follow. */
void many_keys_clear(struct many_keys *k, uint32_t n);

/* The number of a key; many_keys_put gives it one, many_keys_find may find MANY_NO_KEY. */
uint32_t many_keys_put(struct many_keys *k, struct many_key key);
uint32_t many_keys_find(const struct many_keys *k, struct many_key key);

#endif
