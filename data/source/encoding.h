/* Encodings: which one a text is in, and making UTF-8 of it.
 *
 * ISO 8859-1 and windows-1252 have a fast way of our own, all others are those of iconv. What a
 * text is in is seen by its marks, by where its zero bytes are, and by whether it is valid UTF-8;
 * past these it is a guess (libuchardet), which counts only if enough speaks for it, else
 * windows-1252. */
#ifndef AXB_DATA_SOURCE_ENCODING_H
#define AXB_DATA_SOURCE_ENCODING_H

#include "core/err.h"
#include "data/input.h"

#include <stdbool.h>
#include <stddef.h>

#define ENCODING_NAME_BYTES 32u

enum encoding_kind { ENCODING_UTF8, ENCODING_LATIN1, ENCODING_WINDOWS_1252, ENCODING_ICONV };

struct encoding {
    enum encoding_kind kind;
    char name[ENCODING_NAME_BYTES]; /* "utf-8", "latin1", "windows-1252", or as iconv knows it */
};

/* The one that `name` is; NULL is UTF-8. ERR_USAGE if iconv does not know it. */
bool encoding_find(struct encoding *c, const char *name, struct err *e);

/* The encoding of a text that begins with p[0..n); `whole` says that there is no more of it. True
 * if it is a guess. A text that is mostly UTF-8 is UTF-8, faults and all. */
bool encoding_sniff(struct encoding *c, const char *p, size_t n, bool whole);

/* Is it the guess that stands for want of a better one? */
bool encoding_is_fallback(const struct encoding *c);
/* What lines that end in CR alone say of such a text: it is of an old Macintosh. */
void encoding_set_macintosh(struct encoding *c);

/* The guess alone: of a text that is neither UTF-8 nor UTF-16 or UTF-32. */
void encoding_guess(struct encoding *c, const char *p, size_t n);

/* Makes UTF-8 of the input, without a byte order mark. latin1 and windows-1252 as the WHATWG
 * Encoding Standard has them, so that every byte means something; UTF-8 is left alone, with its
 * mark. ERR_DATA with the line and the byte that means nothing, ERR_OS for want of memory. */
bool encoding_recode(struct input *in, const struct encoding *c, const char *shown,
                     size_t max_bytes, struct err *e);

#endif
