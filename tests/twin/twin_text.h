/* The slow obvious twin of data/text.h: utf8proc on whole strings, one rule after the other. */
#ifndef AXB_TESTS_TWIN_TWIN_TEXT_H
#define AXB_TESTS_TWIN_TWIN_TEXT_H

#include "data/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The code point as UTF-8; returns its length. */
size_t twin_encode(uint32_t code_point, char *out);

size_t twin_valid_prefix(const char *p, size_t n);
bool twin_is_space(uint32_t code_point);

/* Writes the normalised form of p[0..n) to out and returns its length. The text is valid and has at
 * most 8192 code points after decomposition. */
size_t twin_normalize(const char *p, size_t n, uint32_t flags, char *out);

/* Replaces the phrases pairs[k][0] by pairs[k][1], as text_words_replace does without flags. The
 * text has at most 256 words. */
size_t twin_replace_words(const char *p, size_t n, const char *const (*pairs)[2], size_t n_pairs,
                          char *out);

#endif
