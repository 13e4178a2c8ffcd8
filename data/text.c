/* UTF-8 text: checking, decoding, normalising.
 *
 * ASCII goes a short way of its own. Other text is taken apart by utf8proc one stretch at a time:
 * a stretch begins at a character that no character before it can change (not a mark, not a part
 * of a Hangul syllable), so a small buffer serves texts of any length. */
#include "data/text.h"

#include <string.h>
#include <utf8proc.h>

#define STRETCH_CHARACTERS 64u /* a longer run of marks is cut here: no language writes one */
#define REMOVED UINT32_MAX     /* no character */
#define STRETCH_CAPACITY                                                                           \
    (STRETCH_CHARACTERS * 20u) /* the longest decomposition is 18 code points */

static const struct {
    const char *name;
    uint32_t flag;
} text_flags[] = {
    {"casefold", TEXT_CASEFOLD}, {"strip-accents", TEXT_STRIP_ACCENTS},
    {"nfkc", TEXT_NFKC},         {"punct", TEXT_PUNCT},
    {"space", TEXT_SPACE},
};

static uint32_t text_flag(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof text_flags / sizeof *text_flags; i++)
        if (strlen(text_flags[i].name) == n && memcmp(text_flags[i].name, name, n) == 0)
            return text_flags[i].flag;
    return 0;
}

bool text_normalize_parse(const char *list, size_t n, uint32_t *flags, struct err *e)
{
    *flags = 0;
    size_t begin = 0;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && list[i] != ',' && list[i] != '+')
            continue;
        uint32_t flag = text_flag(list + begin, i - begin);
        if (flag == 0)
            return err_set(e, ERR_USAGE, "use casefold, strip-accents, nfkc, punct, space",
                           "no normalisation is called \"%.*s\"", (int)(i - begin), list + begin);
        *flags |= flag;
        begin = i + 1;
    }
    return true;
}

bool text_is_space(uint32_t c)
{
    if (c < 0x80)
        return c == ' ' || (c >= 9 && c <= 13);
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/* The length of the ASCII text that p[0..n) begins with, looked at 32 bytes at a time. */
static size_t ascii_prefix(const char *p, size_t n)
{
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        uint64_t w[4];
        memcpy(w, p + i, sizeof w);
        if ((w[0] | w[1] | w[2] | w[3]) & 0x8080808080808080u)
            break;
    }
    while (i < n && (unsigned char)p[i] < 0x80)
        i++;
    return i;
}

/* The length of the one character at p if it is valid, else 0. The second byte alone has limits
 * that depend on the first (RFC 3629, section 4). */
static size_t sequence(const unsigned char *p, size_t left)
{
    unsigned char c = p[0];
    if (c < 0x80)
        return 1;
    size_t n = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    if (c < 0xC2 || c > 0xF4 || n > left)
        return 0;
    unsigned char low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    unsigned char high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return n;
}

size_t text_valid_prefix(const char *p, size_t n)
{
    size_t i = 0;
    while ((i += ascii_prefix(p + i, n - i)) < n) {
        while (i < n && (unsigned char)p[i] >= 0x80) {
            size_t step = sequence((const unsigned char *)p + i, n - i);
            if (step == 0)
                return i;
            i += step;
        }
    }
    return n;
}

/* Decodes the valid character at p and moves i past it. */
static inline uint32_t text_decode_one(const char *text, size_t *i)
{
    const unsigned char *p = (const unsigned char *)text + *i;
    uint32_t c = p[0];
    if (c < 0x80) {
        *i += 1;
        return c;
    }
    if (c < 0xE0) {
        *i += 2;
        return (c & 0x1F) << 6 | (p[1] & 0x3Fu);
    }
    if (c < 0xF0) {
        *i += 3;
        return (c & 0x0F) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    }
    *i += 4;
    return (c & 0x07) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
}

size_t text_decode(const char *p, size_t n, uint32_t *out)
{
    size_t k = 0;
    for (size_t i = 0; i < n;)
        out[k++] = text_decode_one(p, &i);
    return k;
}

size_t text_width(const char *p, const char *end)
{
    size_t width = 0;
    for (size_t i = 0; p + i < end;) {
        uint32_t c = text_decode_one(p, &i);
        width += c < 0x20 ? 1 : (size_t)utf8proc_charwidth((utf8proc_int32_t)c);
    }
    return width;
}

/* Where normalised characters go; a blank is held back until something follows it. */
struct writer {
    char *out;
    size_t n;
    uint32_t flags;
    bool blank_due;
};

static bool is_ascii_punct(uint32_t c)
{
    return (c > ' ' && c < '0') || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') ||
           (c > 'z' && c < 0x7F);
}

/* REMOVED, ' ' where it becomes a blank, else c itself. */
static uint32_t punct(uint32_t c)
{
    if (c < 0x80) {
        if (!is_ascii_punct(c))
            return c;
        return c == '-' || c == '/' || c == '\\' ? ' ' : REMOVED;
    }
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);
    if (category == UTF8PROC_CATEGORY_PD || c == 0x2044 || c == 0x2212 || c == 0x2215)
        return ' ';
    return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_SO ? REMOVED : c;
}

static inline void text_put(struct writer *w, uint32_t c)
{
    if (w->flags & TEXT_PUNCT && (c = punct(c)) == REMOVED)
        return;
    if (w->flags & TEXT_SPACE) {
        if (text_is_space(c)) {
            w->blank_due = w->n > 0;
            return;
        }
        if (w->blank_due)
            w->out[w->n++] = ' ';
        w->blank_due = false;
    }
    if (c < 0x80)
        w->out[w->n++] = (char)c;
    else
        w->n +=
            (size_t)utf8proc_encode_char((utf8proc_int32_t)c, (utf8proc_uint8_t *)w->out + w->n);
}

static void normalize_ascii(struct writer *w, const char *p, size_t n)
{
    bool fold = w->flags & TEXT_CASEFOLD;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        text_put(w, fold && c >= 'A' && c <= 'Z' ? c | 0x20u : c);
    }
}

/* Could c combine with the character before it, be it after compatibility decomposition? */
static bool may_combine(uint32_t c)
{
    if (c < 0x300)
        return false;
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);
    bool mark = category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
                category == UTF8PROC_CATEGORY_ME;
    return mark || (c >= 0x1160 && c <= 0x11FF) || (c >= 0x3131 && c <= 0x318E) ||
           (c >= 0xFF9E && c <= 0xFFDC);
}

static int combining_class(utf8proc_int32_t c)
{
    return utf8proc_get_property(c)->combining_class;
}

/* Canonical order: marks after a base sorted by class, stable (Unicode, section 3.11). */
static void order_marks(utf8proc_int32_t *c, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        utf8proc_int32_t moved = c[i];
        int class = combining_class(moved);
        size_t k = i;
        for (; class > 0 && k > 0 && combining_class(c[k - 1]) > class; k--)
            c[k] = c[k - 1];
        c[k] = moved;
    }
}

static size_t drop_accents(utf8proc_int32_t *c, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (combining_class(c[i]) == 0)
            c[kept++] = c[i];
    return kept;
}

/* Normalises the stretch that begins at p[i]; returns where the next begins. */
static size_t normalize_stretch(struct writer *w, const char *p, size_t n, size_t i)
{
    utf8proc_int32_t c[STRETCH_CAPACITY];
    bool decomposed = w->flags & (TEXT_STRIP_ACCENTS | TEXT_NFKC);
    unsigned options = (w->flags & TEXT_CASEFOLD ? UTF8PROC_CASEFOLD : 0u) |
                       (w->flags & TEXT_NFKC ? UTF8PROC_COMPAT : 0u) |
                       (decomposed ? UTF8PROC_DECOMPOSE : 0u);
    utf8proc_ssize_t k = 0;
    int boundary_class = 0;
    for (unsigned characters = 0; i < n && characters < STRETCH_CHARACTERS; characters++) {
        size_t next = i;
        uint32_t code_point = text_decode_one(p, &next);
        if (characters > 0 && !may_combine(code_point))
            break;
        k += utf8proc_decompose_char((utf8proc_int32_t)code_point, c + k,
                                     (utf8proc_ssize_t)STRETCH_CAPACITY - k,
                                     (utf8proc_option_t)options, &boundary_class);
        i = next;
    }
    size_t length = (size_t)k;
    if (decomposed) {
        order_marks(c, length);
        if (w->flags & TEXT_STRIP_ACCENTS)
            length = drop_accents(c, length);
        length = (size_t)utf8proc_normalize_utf32(c, (utf8proc_ssize_t)length,
                                                  UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    }
    for (size_t m = 0; m < length; m++)
        text_put(w, (uint32_t)c[m]);
    return i;
}

/* U+FDFA is the worst: 3 bytes that become 33 under compatibility. */
size_t text_normalize_capacity(size_t n)
{
    return n * 11 + 16;
}

bool text_normalize(const char *p, size_t n, uint32_t flags, char *out, size_t *out_n)
{
    struct writer w = {.out = out, .flags = flags};
    if (ascii_prefix(p, n) == n) {
        normalize_ascii(&w, p, n);
    } else {
        if (text_valid_prefix(p, n) != n)
            return false;
        for (size_t i = 0; i < n;)
            i = normalize_stretch(&w, p, n, i);
    }
    *out_n = w.n;
    return true;
}
