/* Random numbers of tests: the same from the same seed. */
#ifndef AXB_TESTS_HARNESS_HARNESS_RANDOM_H
#define AXB_TESTS_HARNESS_HARNESS_RANDOM_H

#include <stdint.h>

/* Starts the sequence; and the next number of it, below n, n <= 2^31 (0 if n is 0). */
void harness_seed(uint64_t seed);
uint32_t harness_below(uint32_t n);

#endif
