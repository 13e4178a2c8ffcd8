/* How names sound: codes that are equal for names that are pronounced alike. */
#ifndef AXB_MATCHER_METRIC_METRIC_PHONETIC_H
#define AXB_MATCHER_METRIC_METRIC_PHONETIC_H

#include "matcher/metric/metric.h"

#include <stddef.h>

#define PHONETIC_BYTES 16

/* Up to two codes, ended by zero bytes; the second is empty or equal where there is no other. */
struct phonetic_code {
    char code[2][PHONETIC_BYTES];
};

/* `letters` are n capital letters from A to Z, ended by a zero byte. */
typedef void phonetic_fn(const char *letters, size_t n, struct phonetic_code *codes);

/* American Soundex by the rules of the US National Archives: a letter and three digits; h and w
 * between two letters of one digit do not part them, vowels do. */
phonetic_fn phonetic_soundex;

/* Double Metaphone (Lawrence Philips, C/C++ Users Journal, June 2000): primary and alternate code
 * of at most four characters. */
phonetic_fn phonetic_double_metaphone;

/* The sound of a text as the metric of the state, soundex or double_metaphone, hears it; without a
 * first code where the text has no letter. Such a text matches its equals alone, others match if
 * they have any code in common. */
struct phonetic_code metric_phonetic_code(struct metric_state *s, const struct text *t);

#endif
