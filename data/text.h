/* UTF-8 text: checking, decoding, and cleaning that looks at characters alone.
 *
 * Over utf8proc, with a fast path for ASCII. Knows nothing of records or scores. Not here: what
 * --normalize calls these steps, and cleaning that looks at words (data/clean/text_rules.h). */
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
    TEXT_PUNCT = 8,         /* punctuation and symbols: one blank between words, else nothing */
    TEXT_SPACE = 16,        /* white space trimmed, runs made one blank */
    TEXT_LETTERS = 32,      /* letters that are no letter and mark: ł is l, ø is o, æ is ae */
    TEXT_INVISIBLE = 64,    /* code points that show nothing are removed */
    TEXT_DIGITS = 128,      /* decimal digits alone are kept */
    TEXT_ALNUM = 256,       /* letters, their marks and numbers alone are kept */
    TEXT_ALL = 511,
};

/* The steps that change letters; the others come after them and only remove. */
#define TEXT_OF_LETTERS                                                                            \
    (TEXT_CASEFOLD | TEXT_STRIP_ACCENTS | TEXT_NFKC | TEXT_LETTERS | TEXT_INVISIBLE)
#define TEXT_REMOVES (TEXT_PUNCT | TEXT_SPACE | TEXT_DIGITS | TEXT_ALNUM)

/* Writes the normalised form of p[0..n) to out and its length to *out_n. `out` holds
 * text_normalize_capacity(n) bytes. False only if p is not valid UTF-8. */
size_t text_normalize_capacity(size_t n);
bool text_normalize(const char *p, size_t n, uint32_t flags, char *out, size_t *out_n);

/* The length of the longest prefix of p[0..n) that is valid UTF-8 (RFC 3629); n if all of it is. */
size_t text_valid_prefix(const char *p, size_t n);

/* Decodes valid UTF-8: writes one code point for each character, returns how many (<= n). */
size_t text_decode(const char *p, size_t n, uint32_t *out);

/* How many code points p[0..n) has: bytes that go on with one do not count. */
static inline size_t text_characters(const char *p, size_t n)
{
    size_t characters = 0;
    for (size_t i = 0; i < n; i++)
        characters += ((unsigned char)p[i] & 0xc0) != 0x80;
    return characters;
}

/* How many columns of a terminal valid UTF-8 from p up to `end` takes; control characters take one.
 */
size_t text_width(const char *p, const char *end);

/* Is this code point white space, as Unicode's White_Space says? */
bool text_is_space(uint32_t code_point);

/* Does it stand between words, to metrics that compare word by word? White space does, and so do
 * the four separators of ASCII, as in Python's str.split. */
static inline bool text_splits_words(uint32_t code_point)
{
    const bool plain = code_point > 0x20 && code_point < 0x7f; /* nearly all are */
    return !plain && ((code_point >= 0x1c && code_point <= 0x1f) || text_is_space(code_point));
}

/* ---- Words -----------------------------------------------------------------------------------*/

/* What a code point is to words. */
enum text_class {
    TEXT_IS_SPACE,
    TEXT_IS_PUNCT,  /* punctuation and symbols (categories P and S), and apostrophes that are Lm */
    TEXT_IS_MARK,   /* category M */
    TEXT_IS_DIGIT,  /* category Nd */
    TEXT_IS_NUMBER, /* other numbers */
    TEXT_IS_LETTER, /* category L */
    TEXT_IS_OTHER,  /* control characters, unassigned … */
};

enum text_class text_class(uint32_t code_point);

/* Is it part of a word? */
static inline bool text_in_word(enum text_class c)
{
    return c > TEXT_IS_PUNCT;
}

/* Does a single punctuation character glue what is on both sides of it to one word? An apostrophe
 * does (O'Brien is obrien), and a point between two single letters (J.R. is jr, but St.John is two
 * words). p[next] is what comes after it, in valid UTF-8; `single_letter`: the word before it is
 * one letter. */
bool text_glues(uint32_t code_point, bool single_letter, const char *p, size_t n, size_t next);

/* Decodes the valid character at p[*at] and moves *at past it. */
uint32_t text_next(const char *p, size_t *at);

#endif
