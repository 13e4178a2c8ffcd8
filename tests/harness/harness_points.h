/* Texts as arrays of code points for tests of kernels: hostile alphabets, lengths around the
 * borders of words and lanes, texts that resemble each other. Random by harness_below
 * (harness_random.h). */
#ifndef AXB_TESTS_HARNESS_HARNESS_POINTS_H
#define AXB_TESTS_HARNESS_HARNESS_POINTS_H

#include "matcher/index/dictionary.h"

#include <stdbool.h>
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

/* ---- Long texts and edited copies of them, in codes
 * --------------------------------------------*/

#define HARNESS_LONG_MOST 6000u

/* A text by its code points, and as a metric sees it. */
struct harness_long {
    uint32_t n, point[HARNESS_LONG_MOST];
    char codes[4 * HARNESS_LONG_MOST + 64];
    struct text text;
};

/* n characters of words that come again, over `letters` letters; codes of `width` bytes. */
void harness_long_random(struct harness_long *t, uint32_t n, uint32_t letters, uint32_t width,
                         uint32_t id);

/* What is done to a copy. */
enum harness_long_edit {
    HARNESS_REPLACE,
    HARNESS_DELETE,
    HARNESS_INSERT,
    HARNESS_SWAP,     /* of neighbours */
    HARNESS_SWAP_FAR, /* of neighbours, one more character in between */
    HARNESS_ANY,      /* each time another one of these */
    HARNESS_MOVE,     /* the first `every` characters are at the end, with the letters changed */
};

/* A copy with an edit about every so many characters, or exactly so many. */
void harness_long_copy(struct harness_long *t, const struct harness_long *of,
                       enum harness_long_edit edit, uint32_t every, bool exactly, uint32_t id);

#endif
