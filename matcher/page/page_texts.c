/* Texts, facts and foreign pictures. */
#include "matcher/page/page.h"

#include "matcher/page/chart_frame.h"
#include "matcher/page/page_element.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Writes an element of a text that is made by printf. */
__attribute__((format(printf, 4, 0))) static void
put_format(FILE *f, const char *tag, const char *class, const char *format, va_list arguments)
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
        page_element_bytes(f, "pre", "lines", text);
}

static void close_list(struct page *p)
{
    fputs("</dl>\n", p->body.file);
}

void page_fact(struct page *p, const char *key, const char *format, ...)
{
    const bool goes_on = p->close == close_list && page_has_space(p, PAGE_ELEMENT_BYTES);
    FILE *f = goes_on ? p->body.file : page_element(p);
    if (!f)
        return;
    if (!goes_on)
        fputs("<dl>\n", f);
    p->close = close_list;
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
    if (!page_has_space(p, PAGE_ELEMENT_BYTES + strlen(svg))) {
        p->left_out++;
        return;
    }
    FILE *f = chart_begin(p, &(struct chart_about){title, summary});
    if (f)
        fprintf(f, "<div class=\"wide\">%s</div>\n</figure>\n", svg);
}
