/* A hash table of keys. At most half of its slots are taken. */
#include "matcher/metric/metric_many_keys.h"

#include "core/hash.h"

#include <stdlib.h>
#include <string.h>

/* At least twice as many slots as keys. */
static uint64_t slots_for(uint32_t n)
{
    uint64_t slots = 64;
    while (slots < 2ull * n)
        slots *= 2;
    return slots;
}

bool many_keys_open(struct many_keys *k, uint32_t most)
{
    *k = (struct many_keys){.most = most};
    k->key = malloc((most + 1ull) * sizeof *k->key);
    k->slot = malloc(slots_for(most) * sizeof *k->slot);
    if (!k->key || !k->slot)
        return false;
    many_keys_clear(k, 0);
    return true;
}

void many_keys_close(struct many_keys *k)
{
    free(k->key);
    free(k->slot);
}

void many_keys_clear(struct many_keys *k, uint32_t n)
{
    k->n = 0;
    k->n_slots = slots_for(n);
    k->shift = (unsigned)__builtin_clzll(k->n_slots) + 1;
    memset(k->slot, 0, k->n_slots * sizeof *k->slot);
}

static bool same(const struct many_key *x, const struct many_key *y)
{
    return x->number == y->number && x->bytes.n == y->bytes.n &&
           (x->bytes.n == 0 || memcmp(x->bytes.p, y->bytes.p, x->bytes.n) == 0);
}

/* The slot that has the key, or the free one where it belongs. */
static uint32_t *find(const struct many_keys *k, const struct many_key *key)
{
    uint64_t at = hash_mix(key->number) >> k->shift;
    while (k->slot[at] && !same(&k->key[k->slot[at] - 1], key))
        at = (at + 1) & (k->n_slots - 1);
    return &k->slot[at];
}

uint32_t many_keys_put(struct many_keys *k, struct many_key key)
{
    uint32_t *slot = find(k, &key);
    if (!*slot) {
        k->key[k->n++] = key;
        *slot = k->n;
    }
    return *slot - 1;
}

uint32_t many_keys_find(const struct many_keys *k, struct many_key key)
{
    return *find(k, &key) - 1; /* of a free slot, MANY_NO_KEY */
}
