/* A counting sort by the lower half of the key, then by the upper one. */
#include "matcher/join/jaro/jaro_sort.h"

#define DIGIT_BITS (JARO_KEY_BITS / 2)
#define DIGITS (1u << DIGIT_BITS)

static void sort_by_digit(struct jaro_entry *out, const struct jaro_entry *entry, uint32_t n,
                          unsigned shift)
{
    uint32_t next[DIGITS] = {0}, sum = 0;
    for (uint32_t i = 0; i < n; i++)
        next[entry[i].key >> shift & (DIGITS - 1)]++;
    for (uint32_t d = 0; d < DIGITS; d++) {
        uint32_t count = next[d];
        next[d] = sum;
        sum += count;
    }
    for (uint32_t i = 0; i < n; i++)
        out[next[entry[i].key >> shift & (DIGITS - 1)]++] = entry[i];
}

void jaro_sort(struct jaro_entry *entry, struct jaro_entry *spare, uint32_t n)
{
    sort_by_digit(spare, entry, n, 0);
    sort_by_digit(entry, spare, n, DIGIT_BITS);
}
