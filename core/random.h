/* Random numbers for samples: small, fast, and the same from the same state. Not for secrets. */
#ifndef AXB_CORE_RANDOM_H
#define AXB_CORE_RANDOM_H

#include <stdint.h>

/* The next number of a state, which may begin with any value. splitmix64 (Steele, Lea and Flood,
 * 2014). */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

#endif
