/* Open addressing with one atomic word a slot; a slot once taken never changes. */
#include "matcher/set_dictionary.h"

#include "data/text.h"
#include "matcher/metric.h"

#include <stdlib.h>
#include <string.h>

#define KEY_BITS 21     /* of a code in a key of metric_grams */
#define DIRECT_BITS 20  /* of a slot's number where no hashing is needed */
#define SORT_BY_HAND 64 /* longer lists go to qsort */

/* ---- Opening ---------------------------------------------------------------------------------*/

static unsigned bits_of(uint32_t n)
{
    return 32 - (unsigned)__builtin_clz(n | 1);
}

static bool find_spaces(struct set_dictionary *d)
{
    const struct alphabet *alphabet = &d->words->alphabet;
    d->is_space = calloc(alphabet->n_codes + 1ull, 1);
    for (uint32_t c = 0; d->is_space && c < alphabet->n_codes; c++) {
        uint32_t point = alphabet->code_point[c]; /* parted as the metric does it */
        d->is_space[c] = (point >= 0x1c && point <= 0x1f) || text_is_space(point);
    }
    return d->is_space != NULL;
}

bool set_dictionary_open(struct set_dictionary *d, const struct words *words, unsigned q,
                         uint32_t slots)
{
    unsigned bits = bits_of(words->alphabet.n_codes);
    *d = (struct set_dictionary){.words = words, .q = q, .n_slots = slots};
    if (q > 0 && bits * q <= DIRECT_BITS) {
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
    return find_spaces(d) && d->key && d->text && d->length;
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

/* ---- Sorting ---------------------------------------------------------------------------------*/

static int by_number(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return a < b ? -1 : a > b;
}

uint32_t set_sort(uint32_t *x, uint32_t n)
{
    uint32_t kept = n > 0;
    if (n > SORT_BY_HAND)
        qsort(x, n, sizeof *x, by_number);
    for (uint32_t i = 1; i < n && n <= SORT_BY_HAND; i++) {
        uint32_t value = x[i], k = i;
        for (; k && x[k - 1] > value; k--)
            x[k] = x[k - 1];
        x[k] = value;
    }
    for (uint32_t i = 1; i < n; i++)
        if (x[i] != x[kept - 1])
            x[kept++] = x[i];
    return kept;
}

/* ---- Hashing ---------------------------------------------------------------------------------*/

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 32) * 0x9e3779b97f4a7c15ull;
    return x ^ x >> 29;
}

static bool same_text(const struct set_dictionary *d, uint32_t slot, uint64_t text, uint32_t n)
{
    uint32_t width = d->words->width;
    uint64_t other;
    do /* whoever took the slot is about to write what it stands for */
        other = __atomic_load_n(&d->text[slot], __ATOMIC_ACQUIRE);
    while (other == 0);
    return d->length[slot] == n && memcmp(d->words->codes + (other - 1) * width,
                                          d->words->codes + text * width, (size_t)n * width) == 0;
}

/* The slot of an element; `text` and n say where it stands if it is a word. */
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

/* ---- Elements --------------------------------------------------------------------------------*/

static uint32_t direct_slot(unsigned bits, uint64_t key)
{
    const uint64_t code = (1u << KEY_BITS) - 1;
    return (uint32_t)((key >> 2 * KEY_BITS) << 2 * bits | (key >> KEY_BITS & code) << bits |
                      (key & code));
}

static uint32_t direct_elements(struct set_dictionary *d, const uint64_t *keys, uint32_t n,
                                uint32_t *slots)
{
    for (uint32_t i = 0; i < n; i++) {
        slots[i] = direct_slot(d->bits, keys[i]);
        if (!__atomic_load_n(&d->used[slots[i]], __ATOMIC_RELAXED)) /* so that it is written once */
            __atomic_store_n(&d->used[slots[i]], 1, __ATOMIC_RELAXED);
    }
    return n;
}

static uint32_t word_elements(struct set_dictionary *d, uint32_t word, uint32_t *slots)
{
    const struct words *w = d->words;
    uint64_t begin = w->begin[word], end = w->begin[word + 1];
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
    return set_sort(slots, n);
}

uint32_t set_dictionary_elements(struct set_dictionary *d, uint32_t word, uint64_t *keys,
                                 uint32_t *slots)
{
    if (d->q == 0)
        return word_elements(d, word, slots);
    uint32_t n = (uint32_t)metric_grams(words_text(d->words, word), d->q, keys);
    if (d->bits)
        return direct_elements(d, keys, n, slots);
    for (uint32_t i = 0; i < n; i++)
        slots[i] = find(d, keys[i] + 1, 0, 0);
    return n;
}
