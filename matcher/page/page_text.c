/* Escaping, character by character. */
#include "matcher/page/page_text.h"

#include "data/text.h"
#include "matcher/page/page_number.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* ---- Characters ------------------------------------------------------------------------------*/

/* What stands for a character of markup; NULL: the character itself. */
static const char *escape_of(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* The picture of a control character of ASCII: U+2400 + c, of DEL U+2421. */
static void put_picture(FILE *f, unsigned char c)
{
    const unsigned low = c == 0x7f ? 0x21 : c;
    const char picture[] = {(char)0xe2, (char)0x90, (char)(0x80 + low)};
    fwrite(picture, 1, sizeof picture, f);
}

static void put_ascii(FILE *f, char c, bool lines)
{
    const char *escape = escape_of(c);
    const bool breaks = c == '\n' || c == '\t';
    if (escape)
        fputs(escape, f);
    else if (((unsigned char)c >= 0x20 && c != 0x7f) || (lines && breaks))
        fputc(c, f);
    else if (breaks)
        fputs(c == '\n' ? "↵" : "⇥", f);
    else
        put_picture(f, (unsigned char)c);
}

/* Is it a code point that must not stand in a page as it is: a control of two bytes, one that turns
 * the direction of writing, or no character at all? */
static bool is_refused(uint32_t code_point)
{
    return (code_point >= 0x80 && code_point < 0xa0) ||
           (code_point >= 0x2028 && code_point <= 0x202e) ||
           (code_point >= 0x2066 && code_point <= 0x2069) || (code_point & 0xfffe) == 0xfffe ||
           (code_point >= 0xfdd0 && code_point <= 0xfdef);
}

static void put_valid(FILE *f, const char *p, size_t n, bool lines)
{
    for (size_t at = 0; at < n;) {
        const size_t from = at;
        if ((unsigned char)p[at] < 0x80) {
            put_ascii(f, p[at++], lines);
            continue;
        }
        if (is_refused(text_next(p, &at)))
            fputs(REPLACEMENT, f);
        else
            fwrite(p + from, 1, at - from, f);
    }
}

static void put(FILE *f, struct bytes text, bool lines)
{
    const char *p = text.p;
    size_t n = text.n;
    while (n) {
        const size_t valid = text_valid_prefix(p, n);
        put_valid(f, p, valid, lines);
        if (valid == n)
            return;
        fputs(REPLACEMENT, f);
        p += valid + 1;
        n -= valid + 1;
    }
}

void page_text_put(FILE *f, struct bytes text)
{
    put(f, text, false);
}

void page_text_lines(FILE *f, struct bytes text)
{
    put(f, text, true);
}

/* ---- Values and labels -----------------------------------------------------------------------*/

size_t page_text_prefix(struct bytes text, size_t most)
{
    if (text.n <= most)
        return text.n;
    size_t n = most;
    while (n > 0 && most - n < 3 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n--;
    return ((unsigned char)text.p[n] & 0xc0) == 0x80 ? most : n;
}

void page_text_rest(FILE *f, uint32_t bytes)
{
    char text[PAGE_NUMBER_BYTES];
    if (bytes)
        fprintf(f, "<i class=\"cut\">… %s more bytes</i>", page_number_count(bytes, text));
}

void page_text_value(FILE *f, struct bytes value)
{
    if (!value.p) {
        fputs("<i class=\"missing\">missing</i>", f);
        return;
    }
    const uint32_t n = (uint32_t)page_text_prefix(value, PAGE_VALUE_BYTES);
    fputs("<bdi>", f);
    page_text_put(f, (struct bytes){value.p, n});
    fputs("</bdi>", f);
    page_text_rest(f, value.n - n);
}

bool page_text_label(FILE *f, struct bytes text, unsigned columns)
{
    const size_t valid = text_valid_prefix(text.p, text.n);
    if (valid < text.n || text_width(text.p, text.p + text.n) <= columns) {
        const struct bytes whole = {text.p, (uint32_t)page_text_prefix(text, (size_t)4 * columns)};
        page_text_put(f, whole);
        if (whole.n < text.n)
            fputs("…", f);
        return whole.n < text.n;
    }
    size_t at = 0;
    for (size_t next = 0; text_next(text.p, &next), text_width(text.p, text.p + next) < columns;)
        at = next;
    page_text_put(f, (struct bytes){text.p, (uint32_t)at});
    fputs("…", f);
    return true;
}

void page_text_name(FILE *f, const char *text)
{
    page_text_label(f, bytes_from(text), PAGE_NAME_COLUMNS);
}
