/* Texts, facts and foreign pictures; and what all elements have in common. */
#include "matcher/page/page_element.h"

#include "matcher/page/page_text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- What all have ---------------------------------------------------------------------------*/

bool page_has_space(struct page *p, size_t bytes)
{
    const size_t end = sizeof "</section></main>" + 20000; /* head, contents and style besides */
    const off_t at = ftello(p->body.file);
    return at >= 0 && (size_t)at + bytes + end <= PAGE_MOST_BYTES;
}

void page_close_element(struct page *p)
{
    if (p->list_is_open)
        fputs("</dl>\n", p->body.file);
    p->list_is_open = false;
    if (p->table.is_open)
        page_table_end(p);
}

/* A section or an element more is not begun where the largest one does not fit. */
FILE *page_element(struct page *p)
{
    page_close_element(p);
    if (page_has_space(p, PAGE_ELEMENT_BYTES))
        return p->body.file;
    p->left_out++;
    return NULL;
}

static void put_cut(FILE *f, struct bytes text)
{
    const uint32_t n = (uint32_t)page_text_prefix(text, PAGE_TEXT_BYTES);
    page_text_lines(f, (struct bytes){text.p, n});
    if (n < text.n)
        fprintf(f, "<i class=\"cut\">… %u more bytes</i>", text.n - n);
}

static void put_in(FILE *f, const char *tag, const char *class, struct bytes text)
{
    if (class)
        fprintf(f, "<%s class=\"%s\">", tag, class);
    else
        fprintf(f, "<%s>", tag);
    put_cut(f, text);
    fprintf(f, "</%s>\n", tag);
}

void page_element_text(FILE *f, const char *tag, const char *class, const char *text)
{
    put_in(f, tag, class, (struct bytes){text, (uint32_t)strlen(text)});
}

/* ---- Texts -----------------------------------------------------------------------------------*/

/* Writes an element of a text that is made by printf. */
static void put_format(FILE *f, const char *tag, const char *class, const char *format,
                       va_list arguments)
{
    char *text;
    if (vasprintf(&text, format, arguments) < 0) {
        page_element_text(f, tag, class, "(not enough memory for this text)");
        return;
    }
    page_element_text(f, tag, class, text);
    free(text);
}

void page_paragraph(struct page *p, const char *format, ...)
{
    FILE *f = page_element(p);
    va_list arguments;
    va_start(arguments, format);
    if (f)
        put_format(f, "p", NULL, format, arguments);
    va_end(arguments);
}

void page_note(struct page *p, const char *format, ...)
{
    FILE *f = page_element(p);
    va_list arguments;
    va_start(arguments, format);
    if (f)
        put_format(f, "p", "note", format, arguments);
    va_end(arguments);
}

void page_warning(struct page *p, const char *format, ...)
{
    FILE *f = page_element(p);
    va_list arguments;
    va_start(arguments, format);
    if (f)
        put_format(f, "p", "warning", format, arguments);
    va_end(arguments);
}

void page_command(struct page *p, const char *text)
{
    FILE *f = page_element(p);
    if (f)
        page_element_text(f, "pre", "command", text);
}

void page_lines(struct page *p, struct bytes text)
{
    FILE *f = page_element(p);
    if (f)
        put_in(f, "pre", "lines", text);
}

void page_fact(struct page *p, const char *key, const char *format, ...)
{
    const bool goes_on = p->list_is_open && page_has_space(p, PAGE_ELEMENT_BYTES);
    FILE *f = goes_on ? p->body.file : page_element(p);
    if (!f)
        return;
    if (!goes_on)
        fputs("<dl>\n", f);
    p->list_is_open = true;
    fputs("<div>", f);
    page_element_text(f, "dt", NULL, key);
    va_list arguments;
    va_start(arguments, format);
    put_format(f, "dd", NULL, format, arguments);
    va_end(arguments);
    fputs("</div>\n", f);
}

/* ---- Pictures of others ----------------------------------------------------------------------*/

void page_svg(struct page *p, const char *title, const char *summary, const char *svg)
{
    FILE *f = page_element(p);
    if (f && !page_has_space(p, PAGE_ELEMENT_BYTES + strlen(svg))) {
        p->left_out++;
        return;
    }
    if (!f)
        return;
    fputs("<figure>\n<figcaption>", f);
    page_element_text(f, "b", NULL, title);
    if (summary)
        page_element_text(f, "span", NULL, summary);
    fprintf(f, "</figcaption>\n<div class=\"wide\">%s</div>\n</figure>\n", svg);
}
