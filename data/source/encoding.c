/* Names of encodings, sniffing, guessing, and recoding. */
#include "data/source/encoding.h"

#include "data/text.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uchardet/uchardet.h>
#include <utf8proc.h>

/* ---- Names -----------------------------------------------------------------------------------*/

static void set(struct encoding *c, enum encoding_kind kind, const char *name)
{
    *c = (struct encoding){.kind = kind};
    memccpy(c->name, name, 0, sizeof c->name - 1);
}

static bool iconv_knows(const char *name)
{
    if (!name[0] || strlen(name) >= ENCODING_NAME_BYTES || strchr(name, '/'))
        return false;
    const iconv_t to_utf8 = iconv_open("UTF-8", name);
    if (to_utf8 == (iconv_t)-1)
        return false;
    iconv_close(to_utf8);
    return true;
}

bool encoding_find(struct encoding *c, const char *name, struct err *e)
{
    static const struct {
        const char *name;
        enum encoding_kind kind;
    } ours[] = {{"utf-8", ENCODING_UTF8},         {"utf8", ENCODING_UTF8},
                {"latin1", ENCODING_LATIN1},      {"latin-1", ENCODING_LATIN1},
                {"iso-8859-1", ENCODING_LATIN1},  {"windows-1252", ENCODING_WINDOWS_1252},
                {"cp1252", ENCODING_WINDOWS_1252}};
    static const char *const names[] = {"utf-8", "latin1", "windows-1252"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (!name || strcasecmp(name, ours[i].name) == 0) {
            set(c, ours[i].kind, names[ours[i].kind]);
            return true;
        }
    if (!iconv_knows(name))
        return err_set(e, ERR_USAGE,
                       "for example utf-8, latin1, windows-1252, utf-16, gb18030; iconv -l lists "
                       "all",
                       "no encoding is called \"%.60s\"", name);
    set(c, ENCODING_ICONV, name);
    return true;
}

/* ---- UTF-16 and UTF-32 -----------------------------------------------------------------------*/

static bool begins_with(const char *p, size_t n, const char *mark, size_t n_mark)
{
    return n >= n_mark && memcmp(p, mark, n_mark) == 0;
}

/* By a byte order mark. NULL: none. */
static const char *by_mark(const char *p, size_t n)
{
    if (begins_with(p, n, "\xFF\xFE\0\0", 4))
        return "UTF-32LE";
    if (begins_with(p, n, "\0\0\xFE\xFF", 4))
        return "UTF-32BE";
    if (begins_with(p, n, "\xFF\xFE", 2))
        return "UTF-16LE";
    return begins_with(p, n, "\xFE\xFF", 2) ? "UTF-16BE" : NULL;
}

static uint32_t unit(const char *p, unsigned bytes, bool big)
{
    uint32_t u = 0;
    for (unsigned i = 0; i < bytes; i++)
        u |= (uint32_t)(unsigned char)p[i] << 8 * (big ? bytes - 1 - i : i);
    return u;
}

/* Could it be text of such units? There are line ends, and no unit means nothing. Bytes of other
 * texts make numbers that are no characters, or no line ends. */
static bool is_units(const char *p, size_t n, unsigned bytes, bool big)
{
    bool has_line = false, high = false;
    size_t small = 0;
    for (size_t i = 0; i + bytes <= n; i += bytes) {
        const uint32_t u = unit(p + i, bytes, big);
        const bool low = u >= 0xDC00 && u < 0xE000;
        if (u == 0 || u > 0x10FFFF || low != high || (bytes == 4 && u >= 0xD800 && u < 0xE000))
            return false;
        high = u >= 0xD800 && u < 0xDC00;
        has_line = has_line || u == '\n' || u == '\r';
        small += u < 0x100;
    }
    return has_line && small > 2 && 10 * small >= n / bytes;
}

/* Without a mark: ordinary text has no zero bytes, such text has them at every other place. */
static const char *by_zeros(const char *p, size_t n)
{
    const size_t most = (size_t)64 << 10;
    n = n < most ? n : most;
    if (n < 4 || !memchr(p, 0, n))
        return NULL;
    return is_units(p, n, 4, false)   ? "UTF-32LE"
           : is_units(p, n, 4, true)  ? "UTF-32BE"
           : is_units(p, n, 2, false) ? "UTF-16LE"
           : is_units(p, n, 2, true)  ? "UTF-16BE"
                                      : NULL;
}

/* ---- UTF-8, or a guess -----------------------------------------------------------------------*/

/* Is p[0..n) UTF-8 that may be cut in a character, or mostly so? In other encodings what is valid
 * by chance is rare. */
static bool is_mostly_utf8(const char *p, size_t n, bool whole)
{
    size_t valid_bytes = 0, wrong = 0;
    if (text_valid_prefix(p, n) == n)
        return true;
    for (size_t at = 0; at < n;) {
        const size_t valid = text_valid_prefix(p + at, n - at);
        for (size_t i = at; i < at + valid; i++)
            valid_bytes += (p[i] & 0x80) != 0;
        at += valid;
        wrong += at < n && (whole || n - at > 3);
        at++;
    }
    return wrong == 0 || valid_bytes / 2 >= wrong;
}

/* The lines that have bytes above 127, up to `most` bytes of them. */
static size_t copy_telling_lines(const char *p, size_t n, char *out, size_t most)
{
    size_t k = 0;
    for (size_t at = 0; at < n && k < most;) {
        const char *end = memchr(p + at, '\n', n - at);
        const size_t length = (end ? (size_t)(end - p) + 1 : n) - at;
        bool tells = false;
        for (size_t i = at; i < at + length && !tells; i++)
            tells = (p[i] & 0x80) != 0;
        if (tells) {
            const size_t take = length < most - k ? length : most - k;
            memcpy(out + k, p + at, take);
            k += take;
        }
        at += length;
    }
    return k;
}

/* Characters above 127 that are no letters, of the text in such an encoding; SIZE_MAX if it is not
 * in it. The last character may be cut. Right encodings have few. */
static size_t count_odd(const char *name, const char *p, size_t n)
{
    const iconv_t c = iconv_open("UTF-32LE", name);
    char *in = (char *)(uintptr_t)p; /* iconv does not write there */
    size_t odd = 0;
    bool more = c != (iconv_t)-1;
    while (more) {
        uint32_t out[1024];
        char *to = (char *)out;
        size_t room = sizeof out;
        const bool done = iconv(c, &in, &n, &to, &room) != (size_t)-1;
        more = !done && errno == E2BIG;
        for (size_t i = 0; i < (sizeof out - room) / sizeof *out; i++) {
            const utf8proc_category_t is = utf8proc_category((utf8proc_int32_t)out[i]);
            odd += out[i] > 127 && (is < UTF8PROC_CATEGORY_LU || is > UTF8PROC_CATEGORY_ME);
        }
        if (!done && errno == EILSEQ)
            odd = SIZE_MAX;
    }
    if (c == (iconv_t)-1)
        return SIZE_MAX;
    iconv_close(c);
    return odd;
}

/* What a name of libuchardet must have for it: so many bytes above 127, of which such a share
 * stands next to another one. Words of other scripts are made of them, those of Latin script have
 * few. */
static const struct {
    const char *names; /* begins of names, each ended by a blank */
    size_t bytes;
    unsigned percent;
} trusted[] = {
    {"GB18030 BIG5 EUC- UHC SHIFT_JIS ISO-2022- JOHAB ", 8, 60},
    {"WINDOWS-1251 KOI8-R ISO-8859-5 IBM866 IBM855 MAC-CYRILLIC ISO-8859-7 WINDOWS-1253 "
     "ISO-8859-8 WINDOWS-1255 ISO-8859-6 WINDOWS-1256 TIS-620 ",
     8, 50},
    {"WINDOWS-1250 ISO-8859-2 IBM852 IBM850 WINDOWS-1257 ISO-8859-9 WINDOWS-1254 ", 30, 0},
};

static bool is_trusted(const char *name, const char *p, size_t n)
{
    size_t bytes = 0, beside = 0;
    for (size_t i = 0; i < n; i++) {
        const bool high = p[i] & 0x80;
        bytes += high;
        beside += high && ((i > 0 && (p[i - 1] & 0x80)) || (i + 1 < n && (p[i + 1] & 0x80)));
    }
    for (size_t i = 0; i < sizeof trusted / sizeof *trusted; i++)
        for (const char *t = trusted[i].names; *t; t += strcspn(t, " ") + 1)
            if (strncasecmp(name, t, strcspn(t, " ")) == 0)
                return bytes >= trusted[i].bytes && 100 * beside >= trusted[i].percent * bytes &&
                       count_odd(name, p, n) != SIZE_MAX;
    return false;
}

/* Encodings of one alphabet, which libuchardet confuses: the one with fewer signs among letters. */
static const char *choose_sibling(const char *name, const char *p, size_t n)
{
    static const char *const siblings[][2] = {{"WINDOWS-1250", "ISO-8859-2"},
                                              {"WINDOWS-1254", "ISO-8859-9"},
                                              {"WINDOWS-1253", "ISO-8859-7"},
                                              {"WINDOWS-1257", "ISO-8859-13"},
                                              {"WINDOWS-1255", "ISO-8859-8"}};
    for (size_t i = 0; i < sizeof siblings / sizeof *siblings; i++) {
        const char *windows = siblings[i][0], *iso = siblings[i][1];
        if (strcasecmp(name, windows) == 0 || strcasecmp(name, iso) == 0)
            return count_odd(windows, p, n) <= count_odd(iso, p, n) ? windows : iso;
    }
    return name;
}

void encoding_guess(struct encoding *c, const char *p, size_t n)
{
    const size_t most = (size_t)64 << 10;
    char *sample = malloc(most);
    const uchardet_t detector = sample ? uchardet_new() : NULL;
    set(c, ENCODING_WINDOWS_1252, "windows-1252");
    if (detector) {
        const size_t k = copy_telling_lines(p, n, sample, most);
        uchardet_handle_data(detector, sample, k);
        uchardet_data_end(detector);
        const char *name = uchardet_get_charset(detector);
        if (iconv_knows(name) && is_trusted(name, sample, k))
            set(c, ENCODING_ICONV, choose_sibling(name, sample, k));
        uchardet_delete(detector);
    }
    free(sample);
}

bool encoding_is_fallback(const struct encoding *c)
{
    return c->kind == ENCODING_WINDOWS_1252;
}

void encoding_set_macintosh(struct encoding *c)
{
    set(c, ENCODING_ICONV, "macintosh");
}

bool encoding_sniff(struct encoding *c, const char *p, size_t n, bool whole)
{
    const char *mark = by_mark(p, n), *name = mark ? mark : by_zeros(p, n);
    set(c, ENCODING_UTF8, "utf-8");
    if (name) {
        set(c, ENCODING_ICONV, name);
        return !mark;
    }
    if (begins_with(p, n, "\xEF\xBB\xBF", 3) || is_mostly_utf8(p, n, whole))
        return false;
    encoding_guess(c, p, n);
    return true;
}

/* ---- Recoding --------------------------------------------------------------------------------*/

/* Code points of the bytes 0x80 to 0x9F of windows-1252, as the WHATWG Encoding Standard has it. */
static const uint16_t windows_1252[32] = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

/* At most 3 bytes each. Returns the length of what was written, or of what would be. */
static size_t write_utf8(const char *p, size_t n, bool windows, char *out)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned c = (unsigned char)p[i];
        if (windows && c >= 0x80 && c < 0xA0)
            c = windows_1252[c - 0x80];
        size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
        if (out && length == 1)
            out[k] = (char)c;
        for (size_t b = 0; out && length > 1 && b < length; b++) {
            unsigned bits = c >> 6 * (length - 1 - b);
            unsigned lead = length == 2 ? 0xC0 : 0xE0;
            out[k + b] = (char)(b == 0 ? lead | bits : 0x80 | (bits & 0x3F));
        }
        k += length;
    }
    return k;
}

static bool recode_bytes(struct input *in, bool is_windows, struct sink *s, struct err *e)
{
    const size_t n = write_utf8(in->p, in->n, is_windows, NULL);
    if (n == in->n)
        return true;
    if (!sink_reserve(s, n, e))
        return false;
    s->n = write_utf8(in->p, in->n, is_windows, s->p);
    return input_take(in, s, e);
}

static bool refuse_byte(const struct encoding *c, const struct sink *s, size_t at, bool is_cut,
                        struct err *e)
{
    size_t line = 1;
    for (size_t i = 0; i < s->n; i++)
        line += s->p[i] == '\n';
    return err_set(
        e, ERR_DATA, "is it another encoding? --encoding names it",
        is_cut ? "%s:%zu: byte %zu of the file: the text ends in the middle of a character (%s)"
               : "%s:%zu: byte %zu of the file is not valid in %s",
        s->shown, line, at + 1, c->name);
}

#define LEAST_ROOM 16u /* bytes, for a character or two */

static bool convert(iconv_t converter, const struct encoding *c, const struct input *in,
                    struct sink *s, struct err *e)
{
    char *from = (char *)(uintptr_t)in->p; /* iconv does not write there */
    size_t left = in->n;
    while (left > 0) {
        const size_t room_bytes = sink_room(s, in->n / 2 + 4096);
        if (!sink_reserve(s, room_bytes < LEAST_ROOM ? LEAST_ROOM : room_bytes, e))
            return false;
        char *to = s->p + s->n;
        size_t room = s->capacity - s->n - SINK_SPARE_BYTES;
        const bool done = iconv(converter, &from, &left, &to, &room) != (size_t)-1;
        const int error = errno;
        s->n = (size_t)(to - s->p);
        if (!done && error != E2BIG)
            return refuse_byte(c, s, in->n - left, error == EINVAL, e);
    }
    return true;
}

static bool recode_by_iconv(struct input *in, const struct encoding *c, struct sink *s,
                            struct err *e)
{
    const iconv_t converter = iconv_open("UTF-8", c->name);
    if (converter == (iconv_t)-1)
        return err_system(e, ERR_OS, errno, NULL, "%s: cannot be converted from %s", s->shown,
                          c->name);
    const bool ok = convert(converter, c, in, s, e);
    iconv_close(converter);
    if (!ok || !input_take(in, s, e))
        return false;
    if (begins_with(in->p, in->n, "\xEF\xBB\xBF", 3)) {
        in->p += 3;
        in->n -= 3;
    }
    return true;
}

bool encoding_recode(struct input *in, const struct encoding *c, const char *shown,
                     size_t max_bytes, struct err *e)
{
    struct sink s = {.max_bytes = max_bytes, .shown = shown};
    if (c->kind == ENCODING_UTF8)
        return true;
    const bool ok = c->kind == ENCODING_ICONV
                        ? recode_by_iconv(in, c, &s, e)
                        : recode_bytes(in, c->kind == ENCODING_WINDOWS_1252, &s, e);
    if (!ok)
        sink_drop(&s);
    return ok;
}
