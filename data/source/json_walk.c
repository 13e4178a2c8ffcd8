/* One byte after the other; what is wrong is said where it stands. */
#include "data/source/json_walk.h"

#include <stdint.h>
#include <string.h>

static bool fail(struct json_walk *w, const char *what)
{
    w->what = w->what ? w->what : what;
    return false;
}

static void skip_space(struct json_walk *w)
{
    while (w->at < w->end && (w->p[w->at] == ' ' || w->p[w->at] == '\t' || w->p[w->at] == '\r'))
        w->at++;
}

bool json_walk_at_end(struct json_walk *w)
{
    skip_space(w);
    return w->at == w->end;
}

static bool is_at(const struct json_walk *w, char c)
{
    return w->at < w->end && w->p[w->at] == c;
}

/* ---- Strings ---------------------------------------------------------------------------------*/

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The number that the four digits at p + at are; UINT32_MAX if they are none. */
static uint32_t hex_digits(const char *p, size_t at, size_t end)
{
    uint32_t value = 0;
    for (size_t i = at; i < at + 4; i++) {
        const int digit = i < end ? hex_value(p[i]) : -1;
        if (digit < 0)
            return UINT32_MAX;
        value = value << 4 | (uint32_t)digit;
    }
    return value;
}

static bool is_high(uint32_t u)
{
    return u >= 0xD800 && u < 0xDC00;
}

static bool is_low(uint32_t u)
{
    return u >= 0xDC00 && u < 0xE000;
}

/* Passes over \uXXXX, or two of them for one character, with w->at at the u. */
static bool skip_unicode(struct json_walk *w)
{
    const uint32_t u = hex_digits(w->p, w->at + 1, w->end);
    if (u == UINT32_MAX)
        return fail(w, "\\u is not followed by four hexadecimal digits");
    if (u == 0)
        return fail(w, "\\u0000: a text cannot hold a zero character");
    if (is_low(u))
        return fail(w, "half of a surrogate pair");
    if (is_high(u)) {
        const bool escape = w->at + 6 < w->end && memcmp(w->p + w->at + 5, "\\u", 2) == 0;
        if (!escape || !is_low(hex_digits(w->p, w->at + 7, w->end)))
            return fail(w, "half of a surrogate pair");
        w->at += 6;
    }
    w->at += 5;
    return true;
}

/* Passes over an escape, with w->at after its backslash. */
static bool skip_escape(struct json_walk *w)
{
    if (is_at(w, 'u'))
        return skip_unicode(w);
    if (w->at == w->end || !w->p[w->at] || !strchr("\"\\/bfnrt", w->p[w->at]))
        return fail(w, "no such escape exists in JSON");
    w->at++;
    return true;
}

static bool read_string(struct json_walk *w, struct json_walk_text *t)
{
    const size_t begin = ++w->at;
    *t = (struct json_walk_text){.is_string = true};
    while (w->at < w->end && w->p[w->at] != '"') {
        const char c = w->p[w->at];
        if ((unsigned char)c < ' ')
            return fail(w, "a control character in a string");
        w->at++;
        if (c != '\\')
            continue;
        t->has_escapes = true;
        if (!skip_escape(w))
            return false;
    }
    if (w->at == w->end)
        return fail(w, "the line ends in a string");
    if (w->at - begin >= UINT32_MAX)
        return fail(w, "a text of 4 GiB or more");
    t->raw = (struct bytes){w->p + begin, (uint32_t)(w->at - begin)};
    w->at++;
    return true;
}

static size_t put_utf8(uint32_t c, char *out)
{
    const unsigned n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (unsigned i = n; i-- > 0; c >>= 6)
        out[i] = (char)(i > 0 ? 0x80 | (c & 0x3F) : lead[n] | c);
    return n;
}

/* Writes the character that the escape at p + *at is, after its backslash. */
static size_t put_escape(const char *p, size_t n, size_t *at, char *out)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char c = p[(*at)++];
    if (c != 'u') {
        const char *f = strchr(from, c);
        *out = f ? to[f - from] : c;
        return 1;
    }
    uint32_t u = hex_digits(p, *at, n);
    *at += 4;
    if (is_high(u)) {
        u = 0x10000 + ((u - 0xD800) << 10) + (hex_digits(p, *at + 2, n) - 0xDC00);
        *at += 6;
    }
    return put_utf8(u, out);
}

bool json_walk_unescape(const struct json_walk_text *t, struct bytes *text, struct arena *arena)
{
    *text = t->raw;
    if (!t->has_escapes)
        return true;
    char *out = arena_take(arena, t->raw.n); /* an escape is longer than what it stands for */
    size_t k = 0;
    if (!out)
        return false;
    for (size_t at = 0; at < t->raw.n;)
        if (t->raw.p[at] == '\\') {
            at++;
            k += put_escape(t->raw.p, t->raw.n, &at, out + k);
        } else {
            out[k++] = t->raw.p[at++];
        }
    arena_trim(arena, out, k);
    *text = (struct bytes){out, (uint32_t)k};
    return true;
}

/* ---- Values ----------------------------------------------------------------------------------*/

static size_t skip_digits(struct json_walk *w)
{
    const size_t begin = w->at;
    while (w->at < w->end && w->p[w->at] >= '0' && w->p[w->at] <= '9')
        w->at++;
    return w->at - begin;
}

static bool skip_number(struct json_walk *w)
{
    if (is_at(w, '-'))
        w->at++;
    const bool zero = is_at(w, '0');
    size_t n = skip_digits(w);
    if (n == 0 || (zero && n > 1))
        return fail(w, "not a number as JSON writes it");
    if (is_at(w, '.')) {
        w->at++;
        if (skip_digits(w) == 0)
            return fail(w, "a number without digits after its point");
    }
    if (is_at(w, 'e') || is_at(w, 'E')) {
        w->at++;
        if (is_at(w, '+') || is_at(w, '-'))
            w->at++;
        if (skip_digits(w) == 0)
            return fail(w, "a number without digits in its exponent");
    }
    return true;
}

static bool skip_word(struct json_walk *w)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const size_t n = strlen(words[i]);
        if (w->end - w->at >= n && memcmp(w->p + w->at, words[i], n) == 0) {
            w->at += n;
            return true;
        }
    }
    return fail(w, "no value of JSON");
}

static bool skip_scalar(struct json_walk *w)
{
    struct json_walk_text ignored;
    if (w->at == w->end)
        return fail(w, "the object does not end in this line");
    const char c = w->p[w->at];
    if (c == '"')
        return read_string(w, &ignored);
    return c == '-' || (c >= '0' && c <= '9') ? skip_number(w) : skip_word(w);
}

/* "name": in an object that is nested. */
static bool skip_name(struct json_walk *w)
{
    struct json_walk_text ignored;
    skip_space(w);
    if (!is_at(w, '"'))
        return fail(w, "a name in quotes is expected here");
    if (!read_string(w, &ignored))
        return false;
    skip_space(w);
    if (!is_at(w, ':'))
        return fail(w, "a colon is expected here");
    w->at++;
    return true;
}

/* Passes over the brackets that open before a value, and the names. False: that was all of a value
 * (an empty one), or something is wrong. */
static bool open_nested(struct json_walk *w, char *closing, unsigned *depth)
{
    for (;;) {
        skip_space(w);
        if (!is_at(w, '{') && !is_at(w, '['))
            return true;
        if (*depth == JSON_WALK_MOST_DEPTH)
            return fail(w, "values are nested deeper than 200");
        const char close = (char)(w->p[w->at++] == '{' ? '}' : ']');
        skip_space(w);
        if (is_at(w, close)) {
            w->at++;
            return false;
        }
        closing[(*depth)++] = close;
        if (close == '}' && !skip_name(w))
            return false;
    }
}

/* Passes over the brackets that close after a value, and the comma. False: no value follows. */
static bool close_nested(struct json_walk *w, const char *closing, unsigned *depth)
{
    for (; *depth > 0; (*depth)--) {
        skip_space(w);
        if (is_at(w, ',')) {
            w->at++;
            return closing[*depth - 1] == ']' || skip_name(w);
        }
        if (!is_at(w, closing[*depth - 1]))
            return fail(w, w->at == w->end ? "the object does not end in this line"
                                           : "a comma or a closing bracket is expected here");
        w->at++;
    }
    return false;
}

static bool skip_value(struct json_walk *w)
{
    char closing[JSON_WALK_MOST_DEPTH];
    unsigned depth = 0;
    do {
        if (open_nested(w, closing, &depth) && !skip_scalar(w))
            return false;
    } while (!w->what && close_nested(w, closing, &depth));
    return !w->what;
}

static bool read_value(struct json_walk *w, struct json_walk_text *t)
{
    skip_space(w);
    if (is_at(w, '"'))
        return read_string(w, t);
    const size_t begin = w->at;
    if (!skip_value(w))
        return false;
    if (w->at - begin >= UINT32_MAX)
        return fail(w, "a value of 4 GiB or more");
    *t = (struct json_walk_text){.raw = {w->p + begin, (uint32_t)(w->at - begin)}};
    return true;
}

bool json_walk_is_null(const struct json_walk_text *t)
{
    return !t->is_string && t->raw.n == 4 && memcmp(t->raw.p, "null", 4) == 0;
}

/* ---- Members ---------------------------------------------------------------------------------*/

/* Is there another member? Passes over the brace or the comma before it, or the last brace. */
static bool find_member(struct json_walk *w)
{
    const bool first = !w->in_object;
    skip_space(w);
    if (first && !is_at(w, '{'))
        return fail(w, "a record is an object in braces, in a line of its own");
    if (first) {
        w->in_object = true;
        w->at++;
        skip_space(w);
    }
    if (is_at(w, '}')) {
        w->at++;
        return false;
    }
    if (first)
        return true;
    if (!is_at(w, ','))
        return fail(w, w->at == w->end ? "the object does not end in this line"
                                       : "a comma or the closing brace is expected here");
    w->at++;
    skip_space(w);
    return true;
}

bool json_walk_next(struct json_walk *w, struct json_walk_member *m)
{
    if (!find_member(w))
        return false;
    if (!is_at(w, '"'))
        return fail(w, w->at == w->end ? "the object does not end in this line"
                                       : "a name in quotes is expected here");
    if (!read_string(w, &m->name))
        return false;
    skip_space(w);
    if (!is_at(w, ':'))
        return fail(w, "a colon is expected here");
    w->at++;
    return read_value(w, &m->value);
}
