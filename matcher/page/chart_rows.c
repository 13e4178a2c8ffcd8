/* Rows. */
#include "matcher/page/chart_rows.h"

#include "core/base.h"
#include "data/text.h"
#include "matcher/page/chart_frame.h"
#include "matcher/page/page_text.h"

#include <math.h>
#include <string.h>

#define PADDING 14.0     /* .rows: above and below */
#define MARK_HEIGHT 18.0 /* .topped: above them */
#define NARROW 18u       /* columns of a label on a phone */
#define WIDE 38u         /* … and elsewhere */
#define COLUMN_WIDTH 7.5 /* pixels that a column needs at most, in most texts */

void chart_rows_measure(uint32_t *columns, struct bytes label)
{
    const bool valid = label.p && text_valid_prefix(label.p, label.n) == label.n;
    const size_t width = valid     ? text_width(label.p, label.p + label.n)
                         : label.p ? WIDE
                                   : strlen("missing");
    *columns = greatest(*columns, (uint32_t)least_size(width, WIDE));
}

void chart_rows_begin(FILE *f, const struct chart_about *about, uint32_t n_rows, uint32_t columns,
                      bool marked)
{
    const double top = marked ? MARK_HEIGHT : 0;
    fprintf(f,
            "<svg class=\"chart rows%s\" role=\"img\" "
            "style=\"height:%.0fpx;padding-left:min(38%%,%.0fpx)\">\n",
            marked ? " topped" : "", CHART_ROW_HEIGHT * n_rows + PADDING + top,
            COLUMN_WIDTH * columns + 12);
    chart_svg_names(f, about);
}

void chart_rows_mark(FILE *f, uint32_t n_rows, double x, const char *name, double mark)
{
    if (isnan(x))
        return;
    chart_rows_line(f, "mark", x, n_rows);
    chart_mark_name(f, x, -6, name, mark);
}

void chart_rows_line(FILE *f, const char *class, double x, uint32_t n_rows)
{
    fprintf(f, "<line class=\"%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y2=\"%.0f\"/>\n", class, x, x,
            CHART_ROW_HEIGHT * n_rows);
}

double chart_rows_top(uint32_t row)
{
    return CHART_ROW_HEIGHT * row + (CHART_ROW_HEIGHT - CHART_ROW_BAR) / 2;
}

/* Where a row's letters stand. */
static double letters(uint32_t row)
{
    return CHART_ROW_HEIGHT * row + CHART_ROW_HEIGHT / 2 + 4.5;
}

/* As much of the label as a wide page has space for, and as a narrow one has; the style sheet shows
 * one of them. */
static void put_label(FILE *f, struct bytes label)
{
    fputs("<tspan class=\"long\">", f);
    page_text_label(f, label, WIDE);
    fputs("</tspan><tspan class=\"short\">", f);
    page_text_label(f, label, NARROW);
    fputs("</tspan>", f);
}

void chart_rows_label(FILE *f, uint32_t row, struct bytes label)
{
    fprintf(f, "<text class=\"%s\" x=\"-8\" y=\"%.1f\">", label.p ? "end" : "end missing",
            letters(row));
    if (label.p)
        put_label(f, label);
    else
        fputs("missing", f);
    fputs("</text>\n", f);
}

void chart_rows_number(FILE *f, uint32_t row, const char *text)
{
    fprintf(f, "<text class=\"end number\" x=\"100%%\" dx=\"78\" y=\"%.1f\">", letters(row));
    page_text_name(f, text);
    fputs("</text>\n", f);
}

void chart_rows_bar(FILE *f, uint32_t row, const char *class, double x, double width,
                    const char *what)
{
    if (isnan(x) || isnan(width))
        return;
    fprintf(f,
            "<rect class=\"box %s\" x=\"%.2f%%\" width=\"%.2f%%\" y=\"%.1f\" height=\"%.0f\">"
            "<title>",
            class, x, width, chart_rows_top(row), CHART_ROW_BAR);
    page_text_name(f, what);
    fputs("</title></rect>\n", f);
}

char *chart_rows_count(double x, char text[PAGE_NUMBER_BYTES])
{
    return x >= 1e7 ? page_number_short(x, text) : page_number(x, text);
}
