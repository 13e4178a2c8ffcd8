/* Texts as arrays of code points for tests of kernels: hostile alphabets, lengths around the
 * borders of words and lanes, texts that resemble each other. Random by harness_below
 * (harness_random.h). */
#ifndef AXB_TESTS_HARNESS_HARNESS_POINTS_H
#define AXB_TESTS_HARNESS_HARNESS_POINTS_H

#include <stddef.h>
#include <stdint.h>

/* Lengths one beside the sizes of lanes and words, and beside that at which the kernel of Jaro
 * takes another way (43), ascending. */
extern const uint32_t harness_lengths[];
extern const size_t n_harness_lengths;
#define HARNESS_LENGTH_MAX 129u

/* How many characters a text is made of: 1, 2, 4, 20; with ALL_DIFFERENT no text has one twice.
 * Every code point is below HARNESS_POINTS. */
#define HARNESS_ALL_DIFFERENT 0u
#define HARNESS_POINTS 256u
extern const uint32_t harness_alphabets[];
extern const size_t n_harness_alphabets;

/* n characters, n <= HARNESS_LENGTH_MAX. */
void harness_points_fresh(uint32_t *p, uint32_t n, uint32_t alphabet);

/* n characters that resemble the n_of of another text: moved to the left or the right, by few
 * places or by about half of them (as far as partners may be away for Jaro), some changed, some
 * neighbours swapped. */
void harness_points_like(uint32_t *p, uint32_t n, const uint32_t *of, uint32_t n_of,
                         uint32_t alphabet);

#endif
