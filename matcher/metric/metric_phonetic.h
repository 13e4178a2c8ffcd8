/* Phonetic codes: equal for names that are pronounced alike. */
#ifndef AXB_MATCHER_METRIC_METRIC_PHONETIC_H
#define AXB_MATCHER_METRIC_METRIC_PHONETIC_H

#include "matcher/metric/metric.h"

#include <stddef.h>

#define PHONETIC_BYTES 16

/* Up to two codes, ended by zero bytes; the second is empty, or equal to the first, where there is
 * no other. */
struct phonetic_code {
    char code[2][PHONETIC_BYTES];
};

/* American Soundex (Robert C. Russell 1918) by the rules of the US National Archives: a letter and
 * three digits; h and w between two letters of one digit do not separate them, vowels do. */
metric_phonetic_fn phonetic_soundex;

/* Double Metaphone (Lawrence Philips, C/C++ Users Journal, June 2000): primary and alternate code
 * of at most four characters. The letters are ended by a zero byte. */
metric_phonetic_fn phonetic_double_metaphone;

/* The codes of a text by the row's `phonetic`; the first is empty where the text has no letter.
 * Such a text matches its equals alone; others match if they have a code in common. */
struct phonetic_code metric_phonetic_code(struct metric_state *s, const struct text *t);

#endif
