/* Stacked bars. */
#include "core/base.h"
#include "matcher/page/chart_axis.h"
#include "matcher/page/chart_frame.h"
#include "matcher/page/chart_rows.h"

#include <math.h>
#include <stdio.h>

/* A part that can be drawn; else 0. */
static double part_of(const struct chart_stack_row *row, uint32_t k)
{
    return chart_axis_takes(row->part[k], true) ? row->part[k] : 0;
}

static double sum_of(const struct chart_stack_row *row, uint32_t n_parts)
{
    double sum = 0;
    for (uint32_t k = 0; k < n_parts; k++)
        sum += part_of(row, k);
    return sum;
}

static double longest(const struct chart_stack *c, uint32_t n_parts, uint32_t n_rows)
{
    double most = 0;
    for (uint32_t i = 0; i < n_rows; i++)
        most = greatest_double(most, sum_of(&c->row[i], n_parts));
    return most;
}

/* "reading: 1.2 of 3.5 seconds" */
static void describe(const struct chart_stack *c, uint32_t k, double part, double sum, char *text,
                     size_t bytes)
{
    char a[PAGE_NUMBER_BYTES], b[PAGE_NUMBER_BYTES];
    snprintf(text, bytes, "%s: %s of %s %s", c->part_name[k], page_number(part, a),
             page_number(sum, b), c->value_name);
}

static void draw_row(FILE *f, const struct chart_stack *c, uint32_t n_parts, uint32_t i,
                     double most)
{
    const double sum = sum_of(&c->row[i], n_parts), whole = c->share ? sum : most;
    char text[300], class[8];
    double at = 0;
    chart_rows_label(f, i, c->row[i].label);
    for (uint32_t k = 0; k < n_parts; k++) {
        const double part = part_of(&c->row[i], k);
        if (!(part > 0))
            continue;
        describe(c, k, part, sum, text, sizeof text);
        snprintf(class, sizeof class, "f%u", k);
        chart_rows_bar(f, i, class, 100 * at / whole, 100 * part / whole, text);
        at += part;
    }
    chart_rows_number(f, i, chart_rows_count(sum, text));
}

static void put_numbers(struct page *p, const struct chart_stack *c, uint32_t n_parts)
{
    struct page_column column[CHART_SERIES + 2] = {{c->label_name, false}};
    for (uint32_t k = 0; k < n_parts; k++)
        column[k + 1] = (struct page_column){c->part_name[k], true};
    column[n_parts + 1] = (struct page_column){c->value_name, true};
    chart_numbers(p, column, n_parts + 2);
    for (uint32_t i = 0; i < c->n_rows; i++) {
        page_cell_value(p, c->row[i].label);
        for (uint32_t k = 0; k < n_parts; k++)
            page_cell_number(p, c->row[i].part[k]);
        page_cell_number(p, sum_of(&c->row[i], n_parts));
    }
}

void chart_stack(struct page *p, const struct chart_stack *c)
{
    FILE *f = chart_begin(p, &c->about);
    if (!f)
        return;
    const uint32_t n_parts = least(c->n_parts, CHART_SERIES);
    const uint32_t n_rows = least(c->n_rows, CHART_ROWS_MOST);
    const double most = longest(c, n_parts, n_rows);
    if (most > 0) {
        chart_key(f, CHART_KEY_BOXES, c->part_name, n_parts);
        uint32_t columns = 0;
        for (uint32_t i = 0; i < n_rows; i++)
            chart_rows_measure(&columns, c->row[i].label);
        chart_rows_begin(f, &c->about, n_rows, columns, false);
        chart_rows_line(f, "axis", 0, n_rows);
        for (uint32_t i = 0; i < n_rows; i++)
            draw_row(f, c, n_parts, i, most);
        chart_svg_end(f);
    } else {
        chart_nothing(f);
    }
    if (n_rows < c->n_rows)
        fprintf(f, "<p class=\"cut\">%u further bars are not drawn.</p>\n", c->n_rows - n_rows);
    put_numbers(p, c, n_parts);
    chart_end(p);
}
