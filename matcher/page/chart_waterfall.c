/* Waterfalls. */
#include "core/base.h"
#include "matcher/page/chart_axis.h"
#include "matcher/page/chart_frame.h"
#include "matcher/page/chart_rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct fall {
    const struct chart_waterfall *c;
    FILE *f;
    uint32_t n; /* steps that are drawn; the last may stand for several */
    struct chart_axis axis;
};

/* What a step adds; what cannot be drawn adds nothing. */
static double value_of(const struct chart_step *step)
{
    return chart_axis_takes(step->value, false) ? step->value : 0;
}

static double sum_of(const struct chart_waterfall *c, uint32_t from, uint32_t to)
{
    double sum = 0;
    for (uint32_t k = from; k < to; k++)
        sum += value_of(&c->step[k]);
    return sum;
}

/* The steps of a row: one, but the last row has all that are left. */
static uint32_t end_of(const struct fall *w, uint32_t row)
{
    return row + 1 == w->n ? w->c->n : row + 1;
}

static void make_axis(struct fall *w)
{
    struct chart_range r = {0, 0};
    double at = 0;
    for (uint32_t row = 0; row < w->n; row++) {
        at += sum_of(w->c, row, end_of(w, row));
        chart_range_add(&r, at, false);
    }
    if (w->c->mark)
        chart_range_add(&r, *w->c->mark, false);
    chart_axis_make(&w->axis, r.from, r.to, CHART_AXIS_TICKS - 2, false);
}

static double place(const struct fall *w, double x)
{
    return 100 * chart_axis_place(&w->axis, x);
}

/* A bar from one value to another, and its label and number. */
static void draw_row(const struct fall *w, uint32_t row, struct bytes label, const char *class,
                     double from, double to)
{
    char text[PAGE_NUMBER_BYTES], number[PAGE_NUMBER_BYTES + 1];
    const double low = place(w, least_double(from, to)), high = place(w, greatest_double(from, to));
    const bool is_step = strcmp(class, "f7") != 0;
    snprintf(number, sizeof number, "%s%s", is_step && to > from ? "+" : "",
             page_number(round((to - from) * 100) / 100, text));
    chart_rows_label(w->f, row, label);
    chart_rows_bar(w->f, row, class, low, greatest_double(high - low, 0.3), number);
    chart_rows_number(w->f, row, number);
}

/* From the end of a bar down to the begin of the next. */
static void draw_link(const struct fall *w, uint32_t row, double at)
{
    if (isnan(place(w, at)))
        return;
    fprintf(w->f, "<line class=\"link\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%.1f\" y2=\"%.1f\"/>\n",
            place(w, at), place(w, at), chart_rows_top(row) + CHART_ROW_BAR,
            chart_rows_top(row + 1));
}

/* The label of a row; its last one may stand for several. */
static struct bytes label_of(const struct fall *w, uint32_t row)
{
    return end_of(w, row) == row + 1 ? w->c->step[row].label : bytes_from(CHART_ROWS_FURTHER);
}

static void begin(const struct fall *w, struct bytes sum)
{
    uint32_t columns = 0;
    for (uint32_t row = 0; row < w->n; row++)
        chart_rows_measure(&columns, label_of(w, row));
    chart_rows_measure(&columns, sum);
    chart_rows_begin(w->f, &w->c->about, w->n + 1, columns, w->c->mark);
    chart_rows_line(w->f, "axis", place(w, 0), w->n + 1);
}

static void draw(const struct fall *w)
{
    const struct bytes sum = bytes_from(w->c->sum_name);
    double at = 0;
    begin(w, sum);
    for (uint32_t row = 0; row < w->n; row++) {
        const double to = at + sum_of(w->c, row, end_of(w, row));
        draw_row(w, row, label_of(w, row), to < at ? "f1" : "f0", at, to);
        draw_link(w, row, to);
        at = to;
    }
    draw_row(w, w->n, sum, "f7", 0, at);
    if (w->c->mark)
        chart_rows_mark(w->f, w->n + 1, place(w, *w->c->mark), w->c->mark_name, *w->c->mark);
    chart_svg_end(w->f);
}

static void put_numbers(struct page *p, const struct chart_waterfall *c)
{
    chart_numbers(p, (struct page_column[]){{"step", false}, {"note", false}, {c->unit, true}}, 3);
    for (uint32_t k = 0; k < c->n; k++) {
        page_cell_value(p, c->step[k].label);
        page_cell(p, "%s", c->step[k].note ? c->step[k].note : "");
        page_cell_number(p, c->step[k].value);
    }
    page_cell(p, "%s", c->sum_name);
    page_cell(p, "%s", "");
    page_cell_number(p, sum_of(c, 0, c->n));
}

void chart_waterfall(struct page *p, const struct chart_waterfall *c)
{
    struct fall w = {.c = c, .f = chart_begin(p, &c->about), .n = least(c->n, CHART_ROWS_MOST)};
    if (!w.f)
        return;
    make_axis(&w);
    draw(&w);
    put_numbers(p, c);
    chart_end(p);
}
