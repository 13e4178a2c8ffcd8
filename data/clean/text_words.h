/* Lists of words and phrases, and what cleaning does with those that a text has: they are replaced
 * (synonyms), dropped (stop words), or cut off its ends (company suffixes).
 *
 * A word is a run of letters, marks and digits; an apostrophe, and a point between single letters,
 * belong to it, so O'Brien, S.A. and SA are one word each. "&" and "+" are words of their own.
 * Words are compared without regard to case, accents and points. Of phrases that begin at the same
 * word the longest counts. A point right after a word goes with it. Not here: the lists that are
 * shipped (data/clean/text_lists.h). */
#ifndef AXB_DATA_CLEAN_TEXT_WORDS_H
#define AXB_DATA_CLEAN_TEXT_WORDS_H

#include "core/err.h"
#include "data/arena.h"
#include "data/clean/text_buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a phrase may stand, of words that are cut off the ends. */
enum text_words_place {
    TEXT_WORDS_ANYWHERE = 1,
    TEXT_WORDS_FIRST = 2,
    TEXT_WORDS_LAST = 4,
};

/* A phrase, or the first word of one. */
struct text_words_entry {
    const char *key; /* its words as they are compared, joined; NULL: an empty slot */
    uint32_t key_bytes, hash;
    uint32_t longest; /* of the phrases that begin with this one word: the most words */
    uint32_t places;  /* enum text_words_place; 0: it is no phrase, it only begins one */
    const char *to;   /* what it is replaced by */
    uint32_t to_bytes;
    uint32_t line; /* of its file, from 1; 0: it comes from no file */
};

/* Zeroed: an empty list. Const once it is filled, and shared by all threads. */
struct text_words {
    struct text_words_entry *slots; /* a hash table; a power of two */
    uint32_t n_slots, n_entries;
    uint32_t longest; /* words of the longest phrase */
    struct arena arena;
};

/* Adds a phrase of valid UTF-8. An equal phrase that is in the list with another meaning is
 * ERR_DATA; `shown` and line are for messages. ERR_OS without memory. */
bool text_words_add(struct text_words *w, struct text_part phrase, struct text_part to,
                    enum text_words_place place, const char *shown, uint32_t line, struct err *e);

/* Reads a list of stop words: a word or phrase a line. Blank lines and those that begin with # do
 * not count. ERR_DATA with the line; as input_open for a file that cannot be read. */
bool text_words_read_stops(struct text_words *w, const char *path, struct err *e);

/* Reads synonyms: a line is `word = canonical`, or two fields of CSV, or two with a tab between. */
bool text_words_read_synonyms(struct text_words *w, const char *path, struct err *e);

void text_words_free(struct text_words *w);

/* ---- Use: `out` gets what is made of a valid text; false without memory ----------------------*/

/* The words of one text, as they are compared; memory that a thread uses again and again. */
struct text_words_scratch {
    struct text_words_span *spans;
    size_t n, capacity;
    struct text_buffer keys;
};

void text_words_scratch_free(struct text_words_scratch *s);

/* Phrases are replaced by what the list says, its letters cleaned as `flags` of data/text.h say; by
 * nothing: they are dropped, with what separates them from the next word. */
bool text_words_replace(const struct text_words *w, struct text_part in, uint32_t flags,
                        struct text_words_scratch *s, struct text_buffer *out);

/* Phrases at the begin and at the end are cut off, again and again; one word at least is left. */
bool text_words_cut(const struct text_words *w, struct text_part in, struct text_words_scratch *s,
                    struct text_buffer *out);

#endif
