/* Random numbers: splitmix64 (Steele, Lea, Flood 2014), one independent stream for each purpose.
 *
 * Streams are named by two numbers, so that what a household looks like depends on the seed and on
 * its own number alone, never on threads or on what was drawn before. Whole numbers and IEEE
 * doubles only: the same on every machine. Not for secrets. */
#ifndef AXB_DATA_SAMPLE_RNG_H
#define AXB_DATA_SAMPLE_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

static inline uint64_t rng_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

static inline struct rng rng_stream(uint64_t seed, uint64_t number)
{
    uint64_t key = rng_mix(seed + 0x9E3779B97F4A7C15U);
    return (struct rng){rng_mix(key ^ rng_mix(number + 0xD1B54A32D192ED03U))};
}

static inline uint64_t rng_next(struct rng *g)
{
    g->state += 0x9E3779B97F4A7C15U;
    return rng_mix(g->state);
}

/* A whole number in 0..n-1; n > 0. The bias, n / 2^32, is of no matter here. */
static inline unsigned rng_below(struct rng *g, unsigned n)
{
    return (unsigned)(((rng_next(g) >> 32) * n) >> 32);
}

static inline bool rng_chance(struct rng *g, double probability)
{
    return (double)(rng_next(g) >> 11) * 0x1p-53 < probability;
}

#endif
