/* Figures. */
#include "matcher/page/chart_frame.h"

#include "matcher/page/page_element.h"
#include "matcher/page/page_number.h"
#include "matcher/page/page_text.h"

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

static void put_swatch(FILE *f, enum chart_key_kind kind, uint32_t k)
{
    fputs("<svg class=\"swatch\" aria-hidden=\"true\">", f);
    if (kind == CHART_KEY_LINES)
        fprintf(f, "<line class=\"line s%u\" x2=\"24\" y1=\"7\" y2=\"7\"/>", k);
    else if (kind == CHART_KEY_OUTLINES && k)
        fprintf(f, "<path class=\"outline s%u\" d=\"M1 13V3H23V13\"/>", k);
    else
        fprintf(f, "<rect class=\"box f%u\" width=\"24\" height=\"14\"/>", k);
    fputs("</svg>", f);
}

void chart_key(FILE *f, enum chart_key_kind kind, const char *const *name, uint32_t n)
{
    if (n < 2)
        return;
    fputs("<ul class=\"key\">", f);
    for (uint32_t k = 0; k < n; k++) {
        fputs("<li>", f);
        put_swatch(f, kind, k);
        page_text_name(f, name[k]);
        fputs("</li>", f);
    }
    fputs("</ul>\n", f);
}

void chart_svg_begin(FILE *f, const struct chart_about *about, const char *class, double height,
                     double padding)
{
    fprintf(f, "<svg class=\"%s\" role=\"img\" style=\"height:%.0fpx\">\n", class,
            height + padding);
    chart_svg_names(f, about);
}

void chart_svg_names(FILE *f, const struct chart_about *about)
{
    page_element_title(f, "title", about->title);
    page_element_title(f, "desc", about->summary ? about->summary : about->title);
}

void chart_svg_end(FILE *f)
{
    fputs("</svg>\n", f);
}

void chart_mark_name(FILE *f, double x, double y, const char *name, double mark)
{
    char text[PAGE_NUMBER_BYTES];
    fprintf(f, "<text class=\"marked%s\" x=\"%.2f%%\" y=\"%.0f\">", x > 50 ? " end" : "", x, y);
    page_text_name(f, name);
    fprintf(f, " %s</text>\n", page_number(mark, text));
}

void chart_nothing(FILE *f)
{
    fputs("<p class=\"quiet\">There is nothing to draw.</p>\n", f);
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
