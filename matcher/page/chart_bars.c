/* Horizontal bars. */
#include "core/base.h"
#include "matcher/page/chart_axis.h"
#include "matcher/page/chart_frame.h"
#include "matcher/page/chart_rows.h"

#include <math.h>

/* The bar that is drawn in a row: one of the caller's, or at the end the sum of all further ones.
 */
static struct chart_bar bar_of(const struct chart_bars *c, uint32_t row)
{
    if (c->n <= CHART_ROWS_MOST || row < CHART_ROWS_MOST - 1)
        return c->bar[row];
    struct chart_bar sum = {.label = bytes_from(CHART_ROWS_FURTHER)};
    for (uint32_t k = row; k < c->n; k++)
        sum.value += c->bar[k].value;
    return sum;
}

static struct chart_axis axis_of(const struct chart_bars *c, uint32_t n)
{
    struct chart_range r = chart_range_none();
    struct chart_axis axis;
    for (uint32_t k = 0; k < n; k++)
        chart_range_add(&r, bar_of(c, k).value, c->log);
    if (chart_range_is_empty(&r))
        r = (struct chart_range){1, 1};
    if (c->log)
        chart_axis_make_log(&axis, greatest_double(r.from, r.to / 1e12), r.to, CHART_AXIS_TICKS,
                            1.6);
    else
        chart_axis_make(&axis, least_double(r.from, 0), greatest_double(r.to, 0),
                        CHART_AXIS_TICKS - 2, false);
    return axis;
}

/* Where all bars begin. */
static double zero_of(const struct chart_axis *axis)
{
    return axis->log ? 0 : 100 * chart_axis_place(axis, 0);
}

static void draw_row(FILE *f, const struct chart_axis *axis, uint32_t row, struct chart_bar bar)
{
    char text[PAGE_NUMBER_BYTES], full[PAGE_NUMBER_BYTES];
    const double zero = zero_of(axis), end = 100 * chart_axis_place(axis, bar.value);
    chart_rows_label(f, row, bar.label);
    if (end < zero)
        chart_rows_bar(f, row, "f1", end, zero - end, page_number(bar.value, full));
    else
        chart_rows_bar(f, row, "f0", zero, end - zero, page_number(bar.value, full));
    chart_rows_number(f, row, chart_rows_count(bar.value, text));
}

void chart_bars(struct page *p, const struct chart_bars *c)
{
    FILE *f = chart_begin(p, &c->about);
    if (!f)
        return;
    const uint32_t n = least(c->n, CHART_ROWS_MOST);
    const struct chart_axis axis = axis_of(c, n);
    if (n) {
        uint32_t columns = 0;
        for (uint32_t row = 0; row < n; row++)
            chart_rows_measure(&columns, bar_of(c, row).label);
        chart_rows_begin(f, &c->about, n, columns, false);
        chart_rows_line(f, "axis", zero_of(&axis), n);
        for (uint32_t row = 0; row < n; row++)
            draw_row(f, &axis, row, bar_of(c, row));
        chart_svg_end(f);
    } else {
        chart_nothing(f);
    }
    if (c->log)
        fputs("<p class=\"quiet\">The lengths of the bars are logarithms.</p>\n", f);
    chart_numbers(p, (struct page_column[]){{c->label_name, false}, {c->value_name, true}}, 2);
    for (uint32_t k = 0; k < c->n; k++) {
        page_cell_value(p, c->bar[k].label);
        page_cell_number(p, c->bar[k].value);
    }
    chart_end(p);
}
