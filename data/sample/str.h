/* Short UTF-8 strings in place, edited by letter (code point), as fields of an invented record.
 *
 * A string never holds half a letter: what does not fit is cut before the letter. */
#ifndef AXB_DATA_SAMPLE_STR_H
#define AXB_DATA_SAMPLE_STR_H

#include <stdbool.h>
#include <stdint.h>

enum { STR_BYTES = 126 };

struct str {
    uint16_t n; /* bytes; 0 = missing */
    char s[STR_BYTES];
};

void str_clear(struct str *s);
void str_set(struct str *s, const char *text);
void str_add(struct str *s, const char *text);
void str_add_bytes(struct str *s, const char *text, unsigned n);
void str_add_char(struct str *s, char c);
bool str_is(const struct str *s, const char *text);
bool str_is_ascii(const struct str *s);

/* Appends `value` with at least `digits` digits (at most 10). */
void str_add_number(struct str *s, unsigned value, unsigned digits);

/* Letters of s. */
unsigned str_letters(const struct str *s);

/* Byte offset of letter i, 0 <= i <= str_letters(s). */
unsigned str_at(const struct str *s, unsigned i);

/* Replaces `cut` bytes at `at` by n bytes of `with`; false, and nothing done, if it does not fit.
 */
bool str_splice(struct str *s, unsigned at, unsigned cut, const char *with, unsigned n);

/* Replaces each letter by `map`'s answer, which may be of any length, and says whether s changed.
 */
bool str_map(struct str *s, const char *(*map)(uint32_t letter, char buffer[8]));

/* ---- Letters ---------------------------------------------------------------------------------
 * Call letters_open once before threads start. The maps answer NULL for "leave it". */
void letters_open(void);
const char *letter_upper(uint32_t letter, char buffer[8]);
const char *letter_lower(uint32_t letter, char buffer[8]);
const char *letter_strip_accent(uint32_t letter, char buffer[8]);  /* accented Latin to A to Z */
const char *letter_transliterate(uint32_t letter, char buffer[8]); /* Cyrillic, Greek to A to Z */

#endif
