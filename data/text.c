/* UTF-8 text: checking, decoding, cleaning.
 *
 * ASCII goes a short way of its own. Other text is taken apart by utf8proc one stretch at a time:
 * a stretch begins at a character that no character before it can change (not a mark, not a part
 * of a Hangul syllable), so a small buffer serves texts of any length. What removes
 * characters (punctuation, blanks …) comes after that, and works in place. */
#include "data/text.h"

#include <string.h>
#include <utf8proc.h>

#define STRETCH_CHARACTERS 80u /* as many are taken apart on the stack: no language writes more */
#define MOST_POINTS 54u        /* of one character, however it is taken apart and folded */
#define STRETCH_CAPACITY (STRETCH_CHARACTERS * 4u + MOST_POINTS)

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
    if (n == 0)
        return 0; /* p may be NULL */
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

uint32_t text_next(const char *p, size_t *at)
{
    return text_decode_one(p, at);
}

/* ---- Classes ---------------------------------------------------------------------------------*/

static bool is_apostrophe(uint32_t c)
{
    return c == '\'' || c == '`' || c == 0xB4 || c == 0x2BB || c == 0x2BC ||
           (c >= 0x2018 && c <= 0x201B && c != 0x201A) || c == 0x2032 || c == 0xFF07;
}

/* enum text_class of each ASCII character, as a digit. */
static const char ascii_classes[] = "66666666600000666666666666666666" /* control characters */
                                    "01111111111111113333333333111111" /* ' ' to '?' */
                                    "15555555555555555555555555511111" /* '@' to '_' */
                                    "15555555555555555555555555511116";

static inline enum text_class class_of_ascii(uint32_t c)
{
    return (enum text_class)(ascii_classes[c] - '0');
}

enum text_class text_class(uint32_t c)
{
    if (c < 0x80)
        return class_of_ascii(c);
    if (text_is_space(c))
        return TEXT_IS_SPACE;
    if (is_apostrophe(c))
        return TEXT_IS_PUNCT;
    const utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);
    if (k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO)
        return TEXT_IS_LETTER;
    if (k >= UTF8PROC_CATEGORY_MN && k <= UTF8PROC_CATEGORY_ME)
        return TEXT_IS_MARK;
    if (k >= UTF8PROC_CATEGORY_ND && k <= UTF8PROC_CATEGORY_NO)
        return k == UTF8PROC_CATEGORY_ND ? TEXT_IS_DIGIT : TEXT_IS_NUMBER;
    return k >= UTF8PROC_CATEGORY_PC && k <= UTF8PROC_CATEGORY_SO ? TEXT_IS_PUNCT : TEXT_IS_OTHER;
}

bool text_glues(uint32_t c, bool single_letter, const char *p, size_t n, size_t next)
{
    if (c != '.')
        return is_apostrophe(c);
    if (!single_letter || next >= n || text_class(text_decode_one(p, &next)) != TEXT_IS_LETTER)
        return false;
    while (next < n) {
        const enum text_class class = text_class(text_decode_one(p, &next));
        if (class != TEXT_IS_MARK)
            return !text_in_word(class);
    }
    return true;
}

/* ---- Removing --------------------------------------------------------------------------------*/

/* What is kept of a text while it is read; out may be where it is read from. */
struct writer {
    char *out;
    size_t n;
    uint32_t flags;
    bool blank_due;     /* of TEXT_SPACE: held back until something follows */
    uint32_t punct;     /* of TEXT_PUNCT: the first of a run of punctuation, and how long it is */
    uint32_t punct_run; /* … */
    bool after_word;    /* before that was a word … */
    uint32_t word_letters; /* … of so many characters without marks */
    bool letter;           /* the last of them is a letter */
};

static inline bool is_kept(uint32_t flags, enum text_class class)
{
    if (flags & TEXT_DIGITS)
        return class == TEXT_IS_DIGIT;
    return !(flags & TEXT_ALNUM) || (class > TEXT_IS_PUNCT && class < TEXT_IS_OTHER);
}

/* Writes a character of n bytes at p. */
static inline void put(struct writer *w, enum text_class class, const char *p, size_t n)
{
    if (!is_kept(w->flags, class))
        return;
    if (w->flags & TEXT_SPACE) {
        if (class == TEXT_IS_SPACE) {
            w->blank_due = w->n > 0;
            return;
        }
        if (w->blank_due)
            w->out[w->n++] = ' ';
        w->blank_due = false;
    }
    for (size_t i = 0; i < n; i++)
        w->out[w->n++] = p[i];
}

/* The end of a run of punctuation before p[at], which is of the class. */
static void end_punct(struct writer *w, enum text_class class, const char *p, size_t n, size_t at)
{
    const bool single = w->word_letters == 1 && w->letter;
    const bool between = w->after_word && text_in_word(class);
    if (between && !(w->punct_run == 1 && text_glues(w->punct, single, p, n, at)))
        put(w, TEXT_IS_SPACE, " ", 1);
    w->punct_run = w->word_letters = 0;
}

/* Takes the character c at p[at], which ends at p[next]. */
static inline void take(struct writer *w, uint32_t c, enum text_class class, const char *p,
                        size_t n, size_t at, size_t next)
{
    if (w->flags & TEXT_PUNCT) {
        if (class == TEXT_IS_PUNCT) {
            w->punct = w->punct_run++ ? w->punct : c;
            return;
        }
        if (w->punct_run)
            end_punct(w, class, p, n, at);
        w->after_word = text_in_word(class);
        w->word_letters = w->after_word ? w->word_letters + (class != TEXT_IS_MARK) : 0;
        w->letter = class == TEXT_IS_MARK ? w->letter : class == TEXT_IS_LETTER;
    }
    put(w, class, p + at, next - at);
}

/* The end of the letters and digits of ASCII from p[i] on. */
static size_t end_of_run(const char *p, size_t n, size_t i)
{
    while (i < n && (signed char)p[i] >= 0 && text_in_word(class_of_ascii((unsigned char)p[i])))
        i++;
    return i;
}

/* Takes p[from..to), which comes after a letter or digit of ASCII and is more of them: what there
 * is to decide was decided at the first. */
static void take_run(struct writer *w, const char *p, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        w->out[w->n++] = p[i];
    w->word_letters += (uint32_t)(to - from);
    if (to > from)
        w->letter = class_of_ascii((unsigned char)p[to - 1]) == TEXT_IS_LETTER;
}

/* Removes punctuation, blanks and the like from p[0..n), which is valid; out may be p, since what
 * is written is never longer than what was read. */
static size_t text_remove(const char *p, size_t n, uint32_t flags, char *out)
{
    struct writer w = {.out = out, .flags = flags};
    const bool keeps_words = !(flags & (TEXT_DIGITS | TEXT_ALNUM));
    for (size_t i = 0; i < n;) {
        size_t next = i;
        const uint32_t c = text_decode_one(p, &next);
        const enum text_class class = text_class(c);
        take(&w, c, class, p, n, i, next);
        i = next;
        if (keeps_words && c < 0x80 && text_in_word(class)) {
            i = end_of_run(p, n, next);
            take_run(&w, p, next, i);
        }
    }
    return w.n;
}

/* ---- ASCII -----------------------------------------------------------------------------------*/

static size_t fold_ascii(const char *p, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)p[i];
        out[i] = (char)(c | (c >= 'A' && c <= 'Z' ? 0x20 : 0));
    }
    return n;
}

/* Its letters, as the flags want them. */
static size_t put_ascii(const char *p, size_t n, uint32_t flags, char *out)
{
    if (flags & TEXT_CASEFOLD)
        return fold_ascii(p, n, out);
    memcpy(out, p, n);
    return n;
}

static size_t normalize_ascii(const char *p, size_t n, uint32_t flags, char *out)
{
    if (flags & TEXT_CASEFOLD || !(flags & TEXT_REMOVES)) {
        put_ascii(p, n, flags, out);
        p = out;
    }
    return flags & TEXT_REMOVES ? text_remove(p, n, flags, out) : n;
}

/* ---- Letters ---------------------------------------------------------------------------------*/

/* Letters that Unicode does not take apart, in the order of their code points. */
static const struct {
    uint32_t letter;
    char plain[3];
} plain_letters[] = {
    {0xC6, "AE"}, {0xD0, "D"},  {0xD8, "O"},    {0xDE, "TH"},  {0xDF, "ss"},  {0xE6, "ae"},
    {0xF0, "d"},  {0xF8, "o"},  {0xFE, "th"},   {0x110, "D"},  {0x111, "d"},  {0x126, "H"},
    {0x127, "h"}, {0x131, "i"}, {0x132, "IJ"},  {0x133, "ij"}, {0x138, "k"},  {0x141, "L"},
    {0x142, "l"}, {0x14A, "N"}, {0x14B, "n"},   {0x152, "OE"}, {0x153, "oe"}, {0x166, "T"},
    {0x167, "t"}, {0x180, "b"}, {0x181, "B"},   {0x189, "D"},  {0x18A, "D"},  {0x18F, "A"},
    {0x192, "f"}, {0x191, "F"}, {0x197, "I"},   {0x198, "K"},  {0x199, "k"},  {0x19A, "l"},
    {0x19D, "N"}, {0x19E, "n"}, {0x1B3, "Y"},   {0x1B4, "y"},  {0x1B5, "Z"},  {0x1B6, "z"},
    {0x1E4, "G"}, {0x1E5, "g"}, {0x237, "j"},   {0x23D, "L"},  {0x243, "B"},  {0x244, "U"},
    {0x253, "b"}, {0x256, "d"}, {0x257, "d"},   {0x259, "a"},  {0x268, "i"},  {0x26B, "l"},
    {0x272, "n"}, {0x289, "u"}, {0x1E9E, "SS"},
};

/* What is written in place of c: one or two letters, or NULL for c itself. */
static const char *plain_letter(uint32_t c)
{
    if (c < plain_letters[0].letter || c > 0x1E9E)
        return NULL;
    for (size_t i = 0; i < sizeof plain_letters / sizeof *plain_letters; i++)
        if (plain_letters[i].letter == c)
            return plain_letters[i].plain;
    return NULL;
}

/* Soft hyphen, joiners, directions, zero width spaces, variation selectors, tags; a byte order
 * mark. */
static bool is_invisible(uint32_t c)
{
    return c == 0xAD || c == 0x34F || c == 0x61C || (c >= 0x180B && c <= 0x180F) ||
           (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF ||
           (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE0FFF);
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

/* A character and the marks after it, as code points, and room for as many. */
struct stretch {
    utf8proc_int32_t *c, *spare;
    size_t n, capacity;
    size_t characters, most_characters; /* of the text; it is cut after the most */
    size_t end;                         /* where the next begins */
};

/* n marks in a row, none of which has class 0, by class. */
static void order_run(utf8proc_int32_t *c, size_t n, utf8proc_int32_t *spare)
{
    size_t next[257] = {0};
    for (size_t i = 0; i < n; i++)
        next[combining_class(c[i]) + 1]++;
    for (size_t k = 1; k < 257; k++)
        next[k] += next[k - 1];
    for (size_t i = 0; i < n; i++)
        spare[next[combining_class(c[i])]++] = c[i];
    memcpy(c, spare, n * sizeof *c);
}

/* Canonical order: marks after a base sorted by class, stable (Unicode, section 3.11). */
static void order_marks(struct stretch *s)
{
    size_t from = 0; /* of a run of marks */
    int before = 0;
    bool ordered = true;
    for (size_t i = 0; i <= s->n; i++) {
        const int class = i < s->n ? combining_class(s->c[i]) : 0;
        if (class == 0 && !ordered)
            order_run(s->c + from, i - from, s->spare);
        from = class == 0 ? i + 1 : from;
        ordered = class == 0 || (ordered && before <= class);
        before = class;
    }
}

static void compose(struct stretch *s)
{
    s->n = (size_t)utf8proc_normalize_utf32(s->c, (utf8proc_ssize_t)s->n,
                                            UTF8PROC_COMPOSE | UTF8PROC_STABLE);
}

static void drop_accents(struct stretch *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++)
        if (combining_class(s->c[i]) == 0)
            s->c[kept++] = s->c[i];
    s->n = kept;
}

/* Takes a code point apart, to c[n]; returns the new n. */
static size_t decompose_one(uint32_t code_point, uint32_t flags, utf8proc_int32_t *c, size_t n,
                            size_t capacity)
{
    const bool decomposed = flags & (TEXT_STRIP_ACCENTS | TEXT_NFKC);
    const unsigned options = (flags & TEXT_CASEFOLD ? UTF8PROC_CASEFOLD : 0u) |
                             (flags & TEXT_NFKC ? UTF8PROC_COMPAT : 0u) |
                             (decomposed ? UTF8PROC_DECOMPOSE : 0u);
    int boundary_class = 0;
    return n + (size_t)utf8proc_decompose_char((utf8proc_int32_t)code_point, c + n,
                                               (utf8proc_ssize_t)(capacity - n),
                                               (utf8proc_option_t)options, &boundary_class);
}

/* Takes apart the stretch that begins at p[at]. */
static void decompose(struct stretch *s, const char *p, size_t n, size_t at, uint32_t flags)
{
    s->n = s->characters = 0;
    for (s->end = at; s->end < n && s->characters < s->most_characters;) {
        size_t next = s->end;
        const uint32_t code_point = text_decode_one(p, &next);
        const bool invisible = flags & TEXT_INVISIBLE && is_invisible(code_point);
        if (!invisible && s->characters > 0 && !may_combine(code_point))
            break;
        s->characters += !invisible;
        if (!invisible)
            s->n = decompose_one(code_point, flags, s->c, s->n, s->capacity);
        s->end = next;
    }
}

/* Folds a stretch whose marks are in order, as they have to be before: folding makes a letter of
 * the iota below (Unicode, D145). */
static void fold(struct stretch *s, uint32_t flags)
{
    size_t n = 0;
    compose(s);
    for (size_t i = 0; i < s->n; i++)
        n = decompose_one((uint32_t)s->c[i], flags, s->spare, n, s->capacity);
    utf8proc_int32_t *const folded = s->spare;
    s->spare = s->c;
    s->c = folded;
    s->n = n;
}

/* The stretch that begins at p[at], as the flags want its letters. */
static void normalize_stretch(struct stretch *s, const char *p, size_t n, size_t at, uint32_t flags)
{
    decompose(s, p, n, at, flags);
    if (flags & TEXT_CASEFOLD && flags & TEXT_NFKC && s->characters > 1) {
        decompose(s, p, n, at, flags & ~(uint32_t)TEXT_CASEFOLD);
        order_marks(s);
        fold(s, flags);
    }
    if (!(flags & (TEXT_STRIP_ACCENTS | TEXT_NFKC)))
        return;
    order_marks(s);
    if (flags & TEXT_STRIP_ACCENTS)
        drop_accents(s);
    compose(s);
}

/* Writes c as the flags want it; returns the number of bytes. */
static size_t put_letter(uint32_t c, uint32_t flags, char *out)
{
    const char *plain = flags & TEXT_LETTERS ? plain_letter(c) : NULL;
    if (!plain)
        return (size_t)utf8proc_encode_char((utf8proc_int32_t)c, (utf8proc_uint8_t *)out);
    const size_t n = strlen(plain);
    memcpy(out, plain, n);
    return n;
}

/* Does the stretch, which was cut, go on? */
static bool goes_on(const struct stretch *s, const char *p, size_t n, uint32_t flags)
{
    size_t next = s->end;
    if (s->characters < s->most_characters || s->end == n)
        return false;
    const uint32_t code_point = text_decode_one(p, &next);
    return may_combine(code_point) || (flags & TEXT_INVISIBLE && is_invisible(code_point));
}

/* Room for a longer stretch at p[0..n), where it is written to: `out` has 11 n + 16 bytes. A mark
 * has at least 2 bytes and becomes no more code points than it has bytes. So there are at most
 * n + MOST_POINTS of them, and 8 bytes for each of them, and 3 to align them, are
 *     8 (n + 54) + 3 <= 11 n + 16    where n >= 140, as here: 80 characters.
 * Writing never overtakes reading: no code point has more than 4 bytes. */
static struct stretch long_stretch(char *out, size_t n)
{
    const size_t capacity = n + MOST_POINTS;
    utf8proc_int32_t *const c = (utf8proc_int32_t *)(((uintptr_t)out + 3) / 4 * 4);
    return (struct stretch){
        .c = c, .spare = c + capacity, .capacity = capacity, .most_characters = n};
}

static size_t put_stretch(const struct stretch *s, uint32_t flags, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += put_letter((uint32_t)s->c[i], flags, out + n);
    return n;
}

/* How much of p[0..n) is ASCII with which nothing that follows can combine. */
static size_t plain_prefix(const char *p, size_t n)
{
    const size_t ascii = ascii_prefix(p, n);
    return ascii == n || ascii == 0 ? ascii : ascii - 1;
}

/* The letters of a text that is not ASCII. */
static size_t normalize_letters(const char *p, size_t n, uint32_t flags, char *out)
{
    utf8proc_int32_t c[2][STRETCH_CAPACITY];
    size_t out_n = 0;
    for (size_t i = 0; i < n;) {
        const size_t alone = plain_prefix(p + i, n - i);
        out_n += put_ascii(p + i, alone, flags, out + out_n);
        i += alone;
        if (i == n)
            break;
        struct stretch s = {.c = c[0],
                            .spare = c[1],
                            .capacity = STRETCH_CAPACITY,
                            .most_characters = STRETCH_CHARACTERS};
        normalize_stretch(&s, p, n, i, flags);
        if (goes_on(&s, p, n, flags)) {
            s = long_stretch(out + out_n, n - i);
            normalize_stretch(&s, p, n, i, flags);
        }
        out_n += put_stretch(&s, flags, out + out_n);
        i = s.end;
    }
    return out_n;
}

/* U+FDFA is the worst: 3 bytes that become 33 under compatibility. */
size_t text_normalize_capacity(size_t n)
{
    return n * 11 + 16;
}

bool text_normalize(const char *p, size_t n, uint32_t flags, char *out, size_t *out_n)
{
    if (ascii_prefix(p, n) == n) {
        *out_n = normalize_ascii(p, n, flags, out);
        return true;
    }
    if (text_valid_prefix(p, n) != n)
        return false;
    *out_n = normalize_letters(p, n, flags, out);
    if (flags & TEXT_REMOVES)
        *out_n = text_remove(out, *out_n, flags, out);
    return true;
}
