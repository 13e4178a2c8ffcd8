/* Phonetic codes: equal, or alike, for names that are pronounced alike.
 *
 * Accents are stripped from a text first, and a to z become A to Z. Of the rest, characters that
 * are not ASCII, and NUL, are left out; soundex and double_metaphone leave out all but A to Z. */
#ifndef AXB_MATCHER_METRIC_METRIC_PHONETIC_H
#define AXB_MATCHER_METRIC_METRIC_PHONETIC_H

#include "matcher/metric/metric.h"

#include <stddef.h>

/* Up to two codes, ended by zero bytes; the second is empty, or equal to the first, where there is
 * no other. The caller owns them: each has PHONETIC_BYTES(n) for n characters. */
struct phonetic_code {
    char *code[2];
};
#define PHONETIC_BYTES(n) (2 * (size_t)(n) + 8)

/* American Soundex (Robert C. Russell 1918) by the rules of the US National Archives: a letter and
 * three digits; h and w between two letters of one digit do not separate them, vowels do. */
metric_phonetic_fn phonetic_soundex;

/* Double Metaphone (Lawrence Philips, C/C++ Users Journal, June 2000): primary and alternate code
 * of at most four characters. The letters are ended by a zero byte. */
metric_phonetic_fn phonetic_double_metaphone;

/* NYSIIS, the code of the New York State Identification and Intelligence System (Robert L. Taft
 * 1970), of any length, as jellyfish has it: other characters than letters stand for themselves. */
metric_phonetic_fn phonetic_nysiis;

/* Metaphone (Lawrence Philips, Computer Language, December 1990), of any length, as jellyfish has
 * it: words stay apart. */
metric_phonetic_fn phonetic_metaphone;

/* The code of the match rating approach (Gwendolyn Moore and others, Western Airlines 1977), as
 * jellyfish has it: letters and blanks, of these the first and the last three if they are more than
 * six. Other characters, which jellyfish refuses, are left out. */
metric_phonetic_fn phonetic_match_rating;

/* Do the codes of the match rating approach match? Not if their lengths differ by three or more;
 * jellyfish gives None then. */
metric_alike_fn phonetic_match_rating_alike;
metric_alike_least_fn phonetic_match_rating_least;

/* The number of a code for the row's `alike`. */
static inline uint64_t phonetic_pack(const char *code)
{
    uint64_t packed = 0;
    for (unsigned i = 0; i < METRIC_CODE_MOST && code[i]; i++)
        packed |= (uint64_t)(uint8_t)code[i] << (8 * i);
    return packed;
}

/* Writes the codes of a text by the row's `phonetic`; the first is empty where the text has no
 * letter A to Z. Such a text matches its equals alone. Each code has PHONETIC_BYTES(t->utf8_bytes).
 */
void metric_phonetic_code(struct metric_state *s, const struct text *t,
                          const struct phonetic_code *codes);

#endif
