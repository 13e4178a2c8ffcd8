/* Validity and normalising by utf8proc on whole strings. */
#include "tests/twin/twin_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define MAX_POINTS 8192

size_t twin_encode(uint32_t code_point, char *out)
{
    return (size_t)utf8proc_encode_char((utf8proc_int32_t)code_point, (utf8proc_uint8_t *)out);
}

size_t twin_valid_prefix(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n) {
        utf8proc_int32_t c;
        utf8proc_ssize_t k =
            utf8proc_iterate((const utf8proc_uint8_t *)p + i, (utf8proc_ssize_t)(n - i), &c);
        if (k <= 0)
            break;
        i += (size_t)k;
    }
    return i;
}

bool twin_is_space(uint32_t c)
{
    utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);
    return k == UTF8PROC_CATEGORY_ZS || k == UTF8PROC_CATEGORY_ZL || k == UTF8PROC_CATEGORY_ZP ||
           (c >= 9 && c <= 13) || c == 0x85;
}

/* ---- What is invisible, and plain letters, by other means than data/text.c -------------------*/

/* Format characters, but for those that show something or mark up shorthand and music; variation
 * selectors and what is reserved for tags. */
static bool slow_is_invisible(uint32_t c)
{
    const bool shows = (c >= 0x600 && c <= 0x605) || c == 0x6DD || c == 0x70F || c == 0x890 ||
                       c == 0x891 || c == 0x8E2 || c >= 0x110BD;
    if (c >> 12 == 0xE0)
        return true;
    if (utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_CF)
        return !shows;
    return c == 0x34F || c == 0x2065 || (c >= 0xFE00 && c <= 0xFE0F) ||
           (c >= 0x180B && c <= 0x180F);
}

static const char plain_letters[] =
    "\u00c6AE \u00d0D \u00d8O \u00deTH \u00dfss \u00e6ae \u00f0d \u00f8o \u00feth \u0110D \u0111d "
    "\u0126H \u0127h \u0131i \u0132IJ \u0133ij \u0138k \u0141L \u0142l \u014aN \u014bn \u0152OE "
    "\u0153oe \u0166T \u0167t \u0180b \u0181B \u0189D \u018aD \u018fA \u0191F \u0192f \u0197I "
    "\u0198K \u0199k \u019al \u019dN \u019en \u01b3Y \u01b4y \u01b5Z \u01b6z \u01e4G \u01e5g "
    "\u0237j \u023dL \u0243B \u0244U \u0253b \u0256d \u0257d \u0259a \u0268i \u026bl \u0272n "
    "\u0289u \u1e9eSS ";

/* Writes what is written for c; how many. */
static size_t slow_plain(uint32_t c, uint32_t out[2])
{
    char letter[5] = "";
    letter[twin_encode(c, letter)] = 0;
    const char *at = c < 0x80 ? NULL : strstr(plain_letters, letter);
    size_t n = 0;
    out[0] = c;
    for (at = at ? at + strlen(letter) : " "; *at != ' '; at++)
        out[n++] = (unsigned char)*at;
    return n ? n : 1;
}

/* ---- Words, over whole arrays ----------------------------------------------------------------*/

static bool slow_is_apostrophe(uint32_t c)
{
    static const uint32_t all[] = {'\'',   '`',    0xB4,   0x2BB,  0x2BC,
                                   0x2018, 0x2019, 0x201B, 0x2032, 0xFF07};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] == c)
            return true;
    return false;
}

static char slow_category(uint32_t c)
{
    return utf8proc_category_string((utf8proc_int32_t)c)[0];
}

static bool slow_is_punct(uint32_t c)
{
    return slow_is_apostrophe(c) || slow_category(c) == 'P' || slow_category(c) == 'S';
}

static bool slow_in_word(uint32_t c)
{
    return !slow_is_punct(c) && !twin_is_space(c);
}

/* Is the word of which c[at] is a character one letter, with or without marks? */
static bool slow_is_single(const uint32_t *c, size_t n, size_t at)
{
    size_t begin = at, end = at, letters = 0, others = 0;
    while (begin > 0 && slow_in_word(c[begin - 1]))
        begin--;
    while (end < n && slow_in_word(c[end]))
        end++;
    for (size_t i = begin; i < end; i++) {
        letters += slow_category(c[i]) == 'L';
        others += slow_category(c[i]) != 'L' && slow_category(c[i]) != 'M';
    }
    return letters == 1 && others == 0;
}

/* What is written for the punctuation c[i..k): a blank? */
static bool slow_is_blank(const uint32_t *c, size_t n, size_t i, size_t k)
{
    if (i == 0 || k == n || !slow_in_word(c[i - 1]) || !slow_in_word(c[k]))
        return false;
    const bool initials = c[i] == '.' && slow_is_single(c, n, i - 1) && slow_is_single(c, n, k) &&
                          slow_category(c[k]) == 'L';
    return k - i > 1 || !(slow_is_apostrophe(c[i]) || initials);
}

static size_t slow_punct(uint32_t *c, size_t n)
{
    static uint32_t out[MAX_POINTS];
    size_t n_out = 0;
    for (size_t i = 0, k; i < n; i = k) {
        for (k = i; k < n && slow_is_punct(c[k]);)
            k++;
        if (k == i)
            out[n_out++] = c[k++];
        else if (slow_is_blank(c, n, i, k))
            out[n_out++] = ' ';
    }
    memcpy(c, out, n_out * sizeof *c);
    return n_out;
}

/* Keeps what has one of the categories; d is Nd, another letter the class of categories. Lm that
 * are apostrophes are punctuation. */
static size_t slow_keep(uint32_t *c, size_t n, const char *categories)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        const char *category = utf8proc_category_string((utf8proc_int32_t)c[i]);
        const bool digit = strcmp(category, "Nd") == 0;
        if (!slow_is_apostrophe(c[i]) &&
            ((digit && strchr(categories, 'd')) || strchr(categories, category[0])))
            c[k++] = c[i];
    }
    return k;
}

static size_t slow_space(uint32_t *c, size_t n)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (!twin_is_space(c[i]))
            c[k++] = c[i];
        else if (k > 0 && c[k - 1] != ' ')
            c[k++] = ' ';
    }
    return k > 0 && c[k - 1] == ' ' ? k - 1 : k;
}

/* Takes a whole string apart; returns how many code points it has then. */
static size_t slow_decompose(const char *text, size_t bytes, int options, uint32_t *c)
{
    const utf8proc_ssize_t k =
        utf8proc_decompose((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)bytes,
                           (utf8proc_int32_t *)c, MAX_POINTS, (utf8proc_option_t)options);
    if (k < 0 || k > MAX_POINTS)
        abort();
    return (size_t)k;
}

static size_t slow_compose(uint32_t *c, size_t n)
{
    return (size_t)utf8proc_normalize_utf32((utf8proc_int32_t *)c, (utf8proc_ssize_t)n,
                                            UTF8PROC_COMPOSE | UTF8PROC_STABLE);
}

static size_t slow_encode(const uint32_t *c, size_t n, char *text)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += twin_encode(c[i], text + bytes);
    return bytes;
}

/* The whole string at once through utf8proc, step by step. */
static size_t slow_letters(uint32_t *in, size_t n, uint32_t flags, uint32_t *c)
{
    static char text[4 * MAX_POINTS];
    const int apart = UTF8PROC_DECOMPOSE | UTF8PROC_STABLE;
    const int compat = flags & TEXT_NFKC ? UTF8PROC_COMPAT | apart : 0;
    size_t k = 0, length = 0;
    for (size_t i = 0; i < n; i++)
        if (!(flags & TEXT_INVISIBLE) || !slow_is_invisible(in[i]))
            in[k++] = in[i];
    size_t bytes = slow_encode(in, k, text);
    if (flags & TEXT_NFKC)
        bytes = slow_encode(c, slow_compose(c, slow_decompose(text, bytes, compat, c)), text);
    k = slow_decompose(text, bytes,
                       (flags & TEXT_CASEFOLD ? UTF8PROC_CASEFOLD : 0) | compat |
                           (flags & TEXT_STRIP_ACCENTS ? apart : 0),
                       c);
    for (size_t i = 0; i < k; i++)
        if (!(flags & TEXT_STRIP_ACCENTS) ||
            utf8proc_get_property((utf8proc_int32_t)c[i])->combining_class == 0)
            c[length++] = c[i];
    return flags & (TEXT_NFKC | TEXT_STRIP_ACCENTS) ? slow_compose(c, length) : length;
}

size_t twin_normalize(const char *p, size_t n, uint32_t flags, char *out)
{
    static uint32_t in[MAX_POINTS], c[2 * MAX_POINTS], plain[2 * MAX_POINTS];
    size_t length = slow_letters(in, text_decode(p, n, in), flags, c), bytes = 0, k = 0;
    for (size_t i = 0; i < length; i++)
        if (flags & TEXT_LETTERS)
            k += slow_plain(c[i], plain + k);
        else
            plain[k++] = c[i];
    if (flags & TEXT_PUNCT)
        k = slow_punct(plain, k);
    if (flags & TEXT_DIGITS)
        k = slow_keep(plain, k, "d");
    if (flags & TEXT_ALNUM)
        k = slow_keep(plain, k, "LMN");
    if (flags & TEXT_SPACE)
        k = slow_space(plain, k);
    for (size_t i = 0; i < k; i++)
        bytes += twin_encode(plain[i], out + bytes);
    return bytes;
}

/* ---- Lists of words --------------------------------------------------------------------------*/

#define MAX_WORDS 256

struct slow_word {
    size_t begin, end; /* code points; the end is after a point that follows */
    char key[200];
};

static bool slow_is_symbol(uint32_t c)
{
    return c == '&' || c == '+';
}

/* Does c[i] glue the words on both sides? */
static bool slow_glues(const uint32_t *c, size_t n, size_t i)
{
    return i > 0 && i + 1 < n && slow_is_punct(c[i]) && slow_in_word(c[i - 1]) &&
           slow_in_word(c[i + 1]) && !slow_is_blank(c, n, i, i + 1);
}

static size_t slow_words(const uint32_t *c, size_t n, struct slow_word *word)
{
    size_t n_words = 0;
    for (size_t i = 0; i < n;) {
        size_t end = i + 1, bytes = 0;
        char text[800];
        while (slow_in_word(c[i]) && end < n && (slow_in_word(c[end]) || slow_glues(c, n, end)))
            end++;
        if (slow_in_word(c[i]) || slow_is_symbol(c[i])) {
            struct slow_word *w = &word[n_words++];
            for (size_t k = i; k < end; k++)
                bytes += twin_encode(c[k], text + bytes);
            *w = (struct slow_word){i, end + (end < n && c[end] == '.'), ""};
            if (slow_is_symbol(c[i]))
                w->key[0] = (char)c[i];
            else
                w->key[twin_normalize(text, bytes, TEXT_OF_LETTERS | TEXT_PUNCT, w->key)] = 0;
        }
        i = end;
    }
    return n_words;
}

/* How many words of a phrase are the words from `at` on; 0: they are not the phrase. */
static size_t slow_matches(const struct slow_word *word, size_t n_words, size_t at,
                           const char *phrase)
{
    static uint32_t c[MAX_POINTS];
    static struct slow_word of_phrase[MAX_WORDS];
    size_t n = slow_words(c, text_decode(phrase, strlen(phrase), c), of_phrase);
    for (size_t k = 0; k < n; k++)
        if (at + k >= n_words || strcmp(word[at + k].key, of_phrase[k].key) != 0)
            return 0;
    return n;
}

size_t twin_replace_words(const char *p, size_t n, const char *const (*pairs)[2], size_t n_pairs,
                          char *out)
{
    static uint32_t c[MAX_POINTS];
    static struct slow_word word[MAX_WORDS];
    const size_t length = text_decode(p, n, c), n_words = slow_words(c, length, word);
    size_t bytes = 0, copied = 0, kept_end = 0;
    for (size_t i = 0; i < n_words;) {
        size_t longest = 0;
        const char *to = NULL;
        for (size_t k = 0; k < n_pairs; k++) {
            const size_t words = slow_matches(word, n_words, i, pairs[k][0]);
            to = words > longest ? pairs[k][1] : to;
            longest = words > longest ? words : longest;
        }
        const size_t upto = longest ? word[i].begin : word[i].end;
        for (; copied < upto; copied++)
            bytes += twin_encode(c[copied], out + bytes);
        if (longest) {
            const size_t last = i + longest - 1, begin = word[i].begin, end = word[last].end;
            const bool before = slow_is_symbol(c[begin]) && begin > 0 && slow_in_word(c[begin - 1]);
            const bool after = (slow_is_symbol(c[end - 1]) || c[end - 1] == '.') && end < length &&
                               slow_in_word(c[end]);
            copied = *to ? end : last + 1 < n_words ? word[last + 1].begin : length;
            bytes = !*to && last + 1 == n_words ? kept_end : bytes;
            if (*to)
                bytes +=
                    (size_t)sprintf(out + bytes, "%s%s%s", before ? " " : "", to, after ? " " : "");
        }
        if (!longest || *to)
            kept_end = bytes;
        i += longest ? longest : 1;
    }
    for (; copied < length; copied++)
        bytes += twin_encode(c[copied], out + bytes);
    return bytes;
}
