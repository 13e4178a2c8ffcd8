/* UTF-8 text: checking, decoding, and the normalisations that --normalize names.
 *
 * Over utf8proc, with a fast path for ASCII. Knows nothing of records or scores. */
#ifndef AXB_DATA_TEXT_H
#define AXB_DATA_TEXT_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TEXT_CASEFOLD = 1,      /* full Unicode case folding */
    TEXT_STRIP_ACCENTS = 2, /* marks with a combining class removed, the rest composed again */
    TEXT_NFKC = 4,          /* compatibility composition */
    TEXT_PUNCT = 8,         /* punctuation and symbols removed; dashes and slashes become blanks */
    TEXT_SPACE = 16,        /* white space trimmed, runs made one blank */
};

/* How the values of a column are cleaned; const once it is made. */
struct text_rules {
    uint32_t flags; /* TEXT_… */
};

/* Parses "casefold,space" or "casefold+space" of n bytes into flags; unknown names list all. */
bool text_normalize_parse(const char *list, size_t n, uint32_t *flags, struct err *e);

/* Writes the normalised form of p[0..n) to out and its length to *out_n. `out` holds
 * text_normalize_capacity(n) bytes. False only if p is not valid UTF-8. */
size_t text_normalize_capacity(size_t n);
bool text_normalize(const char *p, size_t n, uint32_t flags, char *out, size_t *out_n);

/* The length of the longest prefix of p[0..n) that is valid UTF-8 (RFC 3629); n if all of it is. */
size_t text_valid_prefix(const char *p, size_t n);

/* Decodes valid UTF-8: writes one code point for each character, returns how many (<= n). */
size_t text_decode(const char *p, size_t n, uint32_t *out);

/* How many columns of a terminal valid UTF-8 from p up to `end` takes; control characters take one.
 */
size_t text_width(const char *p, const char *end);

/* Is this code point white space, as Unicode's White_Space says? */
bool text_is_space(uint32_t code_point);

#endif
