/* A linear congruential sequence of 64 bits, by the factor of Knuth's MMIX; the high bits are used.
 */
#include "tests/harness/harness_random.h"

static uint64_t state;

void harness_seed(uint64_t seed)
{
    state = seed * 0x9e3779b97f4a7c15ull + 1;
}

uint32_t harness_below(uint32_t n)
{
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return n ? (uint32_t)(state >> 33) % n : 0;
}
