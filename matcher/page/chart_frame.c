/* Figures. */
#include "matcher/page/chart_frame.h"

#include "matcher/page/page_element.h"

FILE *chart_begin(struct page *p, const struct chart_about *about)
{
    FILE *f = page_element(p);
    if (!f)
        return NULL;
    fputs("<figure>\n<figcaption>", f);
    page_element_text(f, "b", NULL, about->title);
    if (about->summary)
        page_element_text(f, "span", NULL, about->summary);
    fputs("</figcaption>\n", f);
    return f;
}

void chart_numbers(struct page *p, const struct page_column *column, uint32_t n_columns)
{
    fputs("<details><summary>The numbers</summary>\n", p->body.file);
    page_table_begin(p, &(struct page_table){.column = column, .n_columns = n_columns});
}

void chart_end(struct page *p)
{
    page_table_end(p);
    fputs("</details>\n</figure>\n", p->body.file);
}
