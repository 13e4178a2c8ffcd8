/* Hashing of q-grams, and counting of single characters. */
#include "matcher/join/partial/partial_grams.h"
#include "core/base.h"

#include <string.h>

#define CLASSES (PARTIAL_PLANES / PARTIAL_OCCURRENCES)
#define PLANE_BITS 11
_Static_assert(1u << PLANE_BITS == PARTIAL_PLANES, "a hash is as wide as planes are many");

#define INLINE static inline __attribute__((always_inline))

INLINE void count_characters(struct text text, uint16_t *plane, const uint32_t width)
{
    uint8_t seen[CLASSES] = {0};
    for (uint32_t i = 0; i < text.n; i++) {
        const uint32_t class = text_code(text.codes, width, i) % CLASSES;
        plane[i] = (uint16_t)(class * PARTIAL_OCCURRENCES + seen[class]);
        seen[class] = (uint8_t)least(seen[class] + 1u, PARTIAL_OCCURRENCES - 1);
    }
}

INLINE void hash_grams(struct text text, uint32_t n, uint32_t q, uint16_t *plane,
                       const uint32_t width)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t hash = 0;
        for (uint32_t k = 0; k < q; k++)
            hash = hash * 0x01000193u + text_code(text.codes, width, i + k) + 1;
        plane[i] = (uint16_t)(hash * 0x9e3779b1u >> (32 - PLANE_BITS));
    }
}

uint32_t partial_grams_of(struct text text, uint32_t q, uint16_t *plane)
{
    const uint32_t n = text.n >= q ? text.n - q + 1 : 0;
    if (q == 1 && text.width == 1)
        count_characters(text, plane, 1);
    else if (q == 1)
        count_characters(text, plane, text.width);
    else if (text.width == 1)
        hash_grams(text, n, q, plane, 1);
    else
        hash_grams(text, n, q, plane, text.width);
    return n;
}
