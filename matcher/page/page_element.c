/* What all elements have in common. */
#include "matcher/page/page_element.h"

#include "matcher/page/page_text.h"

#include <string.h>

#define FRAME_BYTES 30000u                   /* the style sheet, and what is around all */
#define HEAD_BYTES (2 * 6 * PAGE_TEXT_BYTES) /* of a head that is yet to come */

bool page_has_space(struct page *p, size_t bytes)
{
    const off_t body = ftello(p->body.file), contents = ftello(p->contents.file),
                head = ftello(p->head.file);
    const size_t rest = FRAME_BYTES + (p->has_head ? 0 : HEAD_BYTES);
    return body >= 0 && contents >= 0 && head >= 0 &&
           (size_t)(body + contents + head) + bytes + rest <= PAGE_MOST_BYTES;
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
    page_text_rest(f, text.n - n);
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
    page_element_bytes(f, tag, class, bytes_from(text));
}

void page_element_title(FILE *f, const char *tag, const char *text)
{
    fprintf(f, "<%s>", tag);
    page_text_label(f, bytes_from(text), PAGE_TITLE_COLUMNS);
    fprintf(f, "</%s>\n", tag);
}
