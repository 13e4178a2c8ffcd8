/* A radix sort from the lowest digit (Seward, 1954) of the places alone, since rows are in order
 * already; an insertion sort of few. */
#include "matcher/index/place_keys.h"

#define FEW_KEYS 64u /* are sorted by insertion */
#define DIGIT_BITS 8u
#define DIGITS (1u << DIGIT_BITS)

static void sort_few(uint64_t *key, uint64_t n)
{
    for (uint64_t i = 1; i < n; i++) {
        const uint64_t moved = key[i];
        uint64_t k = i;
        for (; k > 0 && key[k - 1] > moved; k--)
            key[k] = key[k - 1];
        key[k] = moved;
    }
}

/* Keys in the order of the digit at bit `shift`; equal ones stay in theirs. */
static void sort_digit(const uint64_t *from, uint64_t *to, uint64_t n, unsigned shift)
{
    uint64_t next[DIGITS] = {0}, at = 0;
    for (uint64_t i = 0; i < n; i++)
        next[from[i] >> shift & (DIGITS - 1)]++;
    for (uint32_t d = 0; d < DIGITS; d++) {
        const uint64_t more = next[d];
        next[d] = at;
        at += more;
    }
    for (uint64_t i = 0; i < n; i++)
        to[next[from[i] >> shift & (DIGITS - 1)]++] = from[i];
}

uint64_t *place_keys_sort(uint64_t *key, uint64_t *other, uint64_t n, uint32_t n_places)
{
    if (n <= FEW_KEYS) {
        sort_few(key, n);
        return key;
    }
    for (unsigned shift = 32; n_places; shift += DIGIT_BITS, n_places >>= DIGIT_BITS) {
        sort_digit(key, other, n, shift);
        uint64_t *const sorted = other;
        other = key;
        key = sorted;
    }
    return key;
}
