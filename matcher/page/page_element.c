/* What all elements have in common. */
#include "matcher/page/page_element.h"

#include "matcher/page/page_text.h"

#include <string.h>

bool page_has_space(struct page *p, size_t bytes)
{
    const size_t end = sizeof "</section></main>" + 20000; /* head, contents and style besides */
    const off_t at = ftello(p->body.file);
    return at >= 0 && (size_t)at + bytes + end <= PAGE_MOST_BYTES;
}

void page_element_close(struct page *p)
{
    if (p->close)
        p->close(p);
    p->close = NULL;
}

/* A section or an element more is not begun where the largest one does not fit. */
FILE *page_element(struct page *p)
{
    page_element_close(p);
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

void page_element_bytes(FILE *f, const char *tag, const char *class, struct bytes text)
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
    page_element_bytes(f, tag, class, (struct bytes){text, (uint32_t)strlen(text)});
}
