/* Open addressing with one atomic 64-bit key for each slot. A slot that is taken never changes. */
#include "matcher/join/set/set_dictionary.h"

#include "core/hash.h"
#include "matcher/metric/metric.h"

#include <stdlib.h>
#include <string.h>

#define KEY_BITS 21    /* of a code in a hashed q-gram */
#define DIRECT_BITS 20 /* of a slot's number where no hashing is needed */

/* ---- Opening ---------------------------------------------------------------------------------*/

static unsigned bits_of(uint32_t n)
{
    return 32 - (unsigned)__builtin_clz(n | 1);
}

bool set_dictionary_open(struct set_dictionary *d, const struct dictionary *dictionary, unsigned q,
                         uint32_t slots)
{
    unsigned bits = bits_of(dictionary->alphabet.n_codes);
    *d = (struct set_dictionary){.dictionary = dictionary, .q = q, .n_slots = slots};
    if (q > 0 && bits * q <= DIRECT_BITS && 1u << (bits * q) <= 4 * slots) {
        d->bits = bits;
        d->n_slots = 1u << (bits * q);
        d->used = calloc(d->n_slots, 1);
        return d->used != NULL;
    }
    d->key = calloc(slots, sizeof *d->key);
    if (q > 0)
        return d->key != NULL;
    d->text = calloc(slots, sizeof *d->text);
    d->length = calloc(slots, sizeof *d->length);
    d->is_space = metric_spaces(&dictionary->alphabet);
    return d->is_space && d->key && d->text && d->length;
}

void set_dictionary_close(struct set_dictionary *d)
{
    free(d->used);
    free(d->key);
    free(d->text);
    free(d->length);
    free(d->is_space);
    *d = (struct set_dictionary){0};
}

bool set_dictionary_uses(const struct set_dictionary *d, uint32_t slot)
{
    return d->bits ? d->used[slot] : d->key[slot] != 0;
}

/* ---- Hashing ---------------------------------------------------------------------------------*/

static uint64_t mix(uint64_t x)
{
    x = hash_mix(x ^ x >> 32);
    return x ^ x >> 29;
}

static bool same_text(const struct set_dictionary *d, uint32_t slot, uint64_t text, uint32_t n)
{
    uint32_t width = d->dictionary->width;
    uint64_t other;
    do /* whoever took the slot is about to write what it stands for */
        other = __atomic_load_n(&d->text[slot], __ATOMIC_ACQUIRE);
    while (other == 0);
    return d->length[slot] == n &&
           memcmp(d->dictionary->codes + (other - 1) * width, d->dictionary->codes + text * width,
                  (size_t)n * width) == 0;
}

/* The slot of an element. If it is a token, it is the n codes from `text` on in the dictionary. */
static uint32_t find(struct set_dictionary *d, uint64_t key, uint64_t text, uint32_t n)
{
    uint32_t mask = d->n_slots - 1, slot = (uint32_t)(mix(key) >> 20) & mask;
    for (;; slot = (slot + 1) & mask) {
        uint64_t there = __atomic_load_n(&d->key[slot], __ATOMIC_ACQUIRE);
        if (there == 0) {
            if (__atomic_load_n(&d->full, __ATOMIC_RELAXED))
                return 0;
            if (__atomic_compare_exchange_n(&d->key[slot], &there, key, false, __ATOMIC_ACQ_REL,
                                            __ATOMIC_ACQUIRE)) {
                if (d->q == 0) {
                    d->length[slot] = n;
                    __atomic_store_n(&d->text[slot], text + 1, __ATOMIC_RELEASE);
                }
                if (__atomic_add_fetch(&d->n, 1, __ATOMIC_RELAXED) > d->n_slots / 2)
                    __atomic_store_n(&d->full, true, __ATOMIC_RELAXED);
                return slot;
            }
        }
        if (there == key && (d->q > 0 || same_text(d, slot, text, n)))
            return slot;
    }
}

static inline uint32_t use_slot(struct set_dictionary *d, uint32_t slot)
{
    if (!__atomic_load_n(&d->used[slot], __ATOMIC_RELAXED)) /* so that lines are shared */
        __atomic_store_n(&d->used[slot], 1, __ATOMIC_RELAXED);
    return slot;
}

/* ---- Elements --------------------------------------------------------------------------------*/

/* q-grams as metric_grams has them: codes from 1, q - 1 blanks of code 0 in front, for q >= 2 one
 * after. A text without characters has no 1-gram, and else one of blanks. */
static inline __attribute__((always_inline)) uint32_t gram_elements(struct set_dictionary *d,
                                                                    uint32_t value, uint32_t *slots,
                                                                    const bool direct,
                                                                    const uint32_t width)
{
    struct text t = dictionary_text(d->dictionary, value);
    unsigned bits = direct ? d->bits : KEY_BITS;
    uint64_t window = 0, mask = (1ull << (bits * d->q)) - 1;
    uint32_t n = t.n + (d->q >= 2);
    for (uint32_t i = 0; i < n; i++) {
        window = (window << bits | (i < t.n ? text_code(t.codes, width, i) + 1 : 0)) & mask;
        slots[i] = direct ? use_slot(d, (uint32_t)window) : find(d, window + 1, 0, 0);
    }
    return n;
}

static uint32_t token_elements(struct set_dictionary *d, uint32_t value, uint32_t *slots)
{
    const struct dictionary *w = d->dictionary;
    uint64_t begin = w->begin[value], end = w->begin[value + 1];
    uint32_t n = 0;
    for (uint64_t i = begin, from; i < end; i++) {
        uint64_t hash = 0;
        for (from = i; i < end; i++) {
            uint32_t code = text_code(w->codes, w->width, i);
            if (d->is_space[code])
                break;
            hash = mix(hash + code + 1);
        }
        if (i > from)
            slots[n++] = find(d, hash | 1, from, (uint32_t)(i - from));
    }
    return n;
}

uint32_t set_dictionary_elements(struct set_dictionary *d, uint32_t value, uint32_t *slots)
{
    if (d->q == 0)
        return token_elements(d, value, slots);
    if (d->dictionary->width == 1)
        return d->bits ? gram_elements(d, value, slots, true, 1)
                       : gram_elements(d, value, slots, false, 1);
    if (d->dictionary->width == 2)
        return d->bits ? gram_elements(d, value, slots, true, 2)
                       : gram_elements(d, value, slots, false, 2);
    return gram_elements(d, value, slots, false, 4);
}
