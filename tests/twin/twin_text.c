/* Validity and normalising by utf8proc on whole strings. */
#include "tests/twin/twin_text.h"

#include <stdlib.h>
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

static bool slow_is_dash(uint32_t c)
{
    return utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_PD || c == '/' ||
           c == '\\' || c == 0x2212 || c == 0x2044 || c == 0x2215;
}

/* Punctuation and blanks, over whole arrays, one rule after the other. */
static size_t slow_punct(uint32_t *c, size_t n)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        const char *category = utf8proc_category_string((utf8proc_int32_t)c[i]);
        if (slow_is_dash(c[i]))
            c[k++] = ' ';
        else if (category[0] != 'P' && category[0] != 'S')
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

/* The whole string at once through utf8proc. */
size_t twin_normalize(const char *p, size_t n, uint32_t flags, char *out)
{
    static uint32_t c[MAX_POINTS];
    bool takes_apart = flags & (TEXT_NFKC | TEXT_STRIP_ACCENTS);
    int options = (flags & TEXT_CASEFOLD ? UTF8PROC_CASEFOLD : 0) |
                  (flags & TEXT_NFKC ? UTF8PROC_COMPAT : 0) |
                  (takes_apart ? UTF8PROC_DECOMPOSE | UTF8PROC_STABLE : 0);
    utf8proc_ssize_t k =
        utf8proc_decompose((const utf8proc_uint8_t *)p, (utf8proc_ssize_t)n, (utf8proc_int32_t *)c,
                           MAX_POINTS, (utf8proc_option_t)options);
    if (k < 0 || k > MAX_POINTS)
        abort();
    size_t length = 0;
    for (utf8proc_ssize_t i = 0; i < k; i++)
        if (!(flags & TEXT_STRIP_ACCENTS) ||
            utf8proc_get_property((utf8proc_int32_t)c[i])->combining_class == 0)
            c[length++] = c[i];
    if (takes_apart)
        length = (size_t)utf8proc_normalize_utf32((utf8proc_int32_t *)c, (utf8proc_ssize_t)length,
                                                  UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    if (flags & TEXT_PUNCT)
        length = slow_punct(c, length);
    if (flags & TEXT_SPACE)
        length = slow_space(c, length);
    size_t bytes = 0;
    for (size_t i = 0; i < length; i++)
        bytes += twin_encode(c[i], out + bytes);
    return bytes;
}
