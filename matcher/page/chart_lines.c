/* Lines. */
#include "core/base.h"
#include "matcher/page/chart_frame.h"
#include "matcher/page/chart_plot.h"
#include "matcher/page/page_text.h"

#include <math.h>

#define DRAWN_MOST 400u /* points of a series */
#define DOTS_MOST 60u
#define ROWS_MOST 120u /* of the table */

/* ---- Axes ------------------------------------------------------------------------------------*/

static bool is_drawn(const struct chart_lines *c, const struct chart_series *s, uint32_t i)
{
    return chart_axis_takes(s->x[i], c->x_log) && chart_axis_takes(s->y[i], c->y_log);
}

static void find_ranges(const struct chart_lines *c, uint32_t n_series, struct chart_range *x,
                        struct chart_range *y)
{
    *x = *y = chart_range_none();
    for (uint32_t k = 0; k < n_series; k++)
        for (uint32_t i = 0; i < c->series[k].n; i++)
            if (is_drawn(c, &c->series[k], i)) {
                chart_range_add(x, c->series[k].x[i], c->x_log);
                chart_range_add(y, c->series[k].y[i], c->y_log);
            }
}

static void make_axes(const struct chart_lines *c, struct chart_plot *plot, struct chart_range x,
                      struct chart_range y)
{
    if (c->mark)
        chart_range_add(&x, *c->mark, c->x_log);
    if (c->y_is_share && !c->y_log)
        y = (struct chart_range){0, 1};
    if (c->y_from_zero && !c->y_log)
        chart_range_add(&y, 0, false);
    if (c->x_log)
        chart_axis_make_log(&plot->x, x.from, x.to, CHART_PLOT_X_TICKS, 1);
    else
        chart_axis_make(&plot->x, x.from, x.to, CHART_PLOT_X_TICKS, false);
    if (c->y_log)
        chart_axis_make_log(&plot->y, y.from, y.to, CHART_PLOT_Y_TICKS, 1.2);
    else
        chart_axis_make(&plot->y, y.from, y.to, CHART_PLOT_Y_TICKS, true);
}

/* ---- Lines -----------------------------------------------------------------------------------*/

/* A line goes through its points, and ends at one that cannot be drawn. */
struct pen {
    const struct chart_plot *plot;
    bool is_down;
};

static void draw_to(struct pen *pen, double x, double y)
{
    const double to_x = CHART_PLOT_STRETCH / 100 * chart_plot_x(pen->plot, x);
    const double to_y = chart_plot_y(pen->plot, y);
    if (!isnan(to_x) && !isnan(to_y))
        fprintf(pen->plot->f, "%c%.1f %.1f", pen->is_down ? 'L' : 'M', to_x, to_y);
    pen->is_down = !isnan(to_x) && !isnan(to_y);
}

/* Of points from <= i < to the lowest and the highest, in their order: what can be seen of them. */
static void draw_extremes(struct pen *pen, const struct chart_series *s, uint32_t from, uint32_t to)
{
    uint32_t low = from, high = from;
    for (uint32_t i = from; i < to; i++) {
        low = s->y[i] < s->y[low] ? i : low;
        high = s->y[i] > s->y[high] ? i : high;
    }
    draw_to(pen, s->x[least(low, high)], s->y[least(low, high)]);
    if (low != high)
        draw_to(pen, s->x[greatest(low, high)], s->y[greatest(low, high)]);
}

static void draw_line(const struct chart_plot *plot, const struct chart_series *s, uint32_t k)
{
    struct pen pen = {.plot = plot};
    const uint64_t parts = s->n <= DRAWN_MOST ? s->n : DRAWN_MOST / 2;
    fprintf(plot->f, "<path class=\"line s%u\" d=\"", k);
    for (uint64_t part = 0; part < parts; part++)
        draw_extremes(&pen, s, (uint32_t)(part * s->n / parts),
                      (uint32_t)((part + 1) * s->n / parts));
    fputs("\"/>\n", plot->f);
}

/* ---- Dots ------------------------------------------------------------------------------------*/

static void draw_dot(const struct chart_plot *plot, const struct chart_lines *c, uint32_t k,
                     uint32_t i)
{
    const struct chart_series *s = &c->series[k];
    char x[PAGE_NUMBER_BYTES], y[PAGE_NUMBER_BYTES];
    if (!is_drawn(c, s, i))
        return;
    const double at_x = chart_plot_x(plot, s->x[i]), at_y = chart_plot_y(plot, s->y[i]);
    if (c->points)
        fprintf(plot->f, "<circle class=\"dot f%u\" cx=\"%.2f%%\" cy=\"%.1f\" r=\"4\">", k, at_x,
                at_y);
    else
        fprintf(plot->f, "<circle class=\"hover\" cx=\"%.2f%%\" cy=\"%.1f\" r=\"9\">", at_x, at_y);
    fputs("<title>", plot->f);
    page_text_name(plot->f, s->name);
    fprintf(plot->f, ": %s at %s</title></circle>\n", page_number(s->y[i], y),
            page_number(s->x[i], x));
}

/* All points, or some at equal distances where they are many; they name their values. */
static void draw_dots(const struct chart_plot *plot, const struct chart_lines *c, uint32_t k)
{
    const uint64_t n = c->series[k].n, dots = n < DOTS_MOST ? n : DOTS_MOST;
    for (uint64_t i = 0; i < dots; i++)
        draw_dot(plot, c, k, (uint32_t)(dots > 1 ? i * (n - 1) / (dots - 1) : i));
}

static void draw(const struct chart_plot *plot, const struct chart_lines *c, uint32_t n_series)
{
    chart_plot_begin(plot, &c->about, c->x_name, c->y_name);
    chart_plot_stretch(plot);
    for (uint32_t k = 0; k < n_series; k++)
        draw_line(plot, &c->series[k], k);
    chart_svg_end(plot->f);
    chart_plot_mark(plot, c->mark, c->mark_name);
    for (uint32_t k = 0; k < n_series; k++)
        draw_dots(plot, c, k);
    chart_svg_end(plot->f);
}

/* ---- Numbers ---------------------------------------------------------------------------------*/

static bool have_same_x(const struct chart_lines *c, uint32_t n_series)
{
    for (uint32_t k = 1; k < n_series; k++) {
        if (c->series[k].n != c->series[0].n)
            return false;
        for (uint32_t i = 0; i < c->series[0].n; i++)
            if (c->series[k].x[i] != c->series[0].x[i])
                return false;
    }
    return true;
}

/* Points of a table: every step-th, so that ROWS_MOST are not exceeded. */
static uint32_t step_of(uint32_t n)
{
    return n / ROWS_MOST + (n % ROWS_MOST > 0);
}

/* Points that the picture puts together, and that the table leaves out. */
static void say_left_out(FILE *f, const struct chart_lines *c, uint32_t n_series)
{
    uint32_t most = 0;
    char text[PAGE_NUMBER_BYTES];
    for (uint32_t k = 0; k < n_series; k++)
        most = greatest(most, c->series[k].n);
    if (most > ROWS_MOST)
        fprintf(f, "<p class=\"quiet\">There are %s points. %sThe table has some of them.</p>\n",
                page_number_count(most, text),
                most > DRAWN_MOST ? "The picture shows the lowest and the highest of each piece. "
                                  : "");
}

/* One column for each series. */
static void put_side_by_side(struct page *p, const struct chart_lines *c, uint32_t n_series)
{
    struct page_column column[CHART_SERIES + 1] = {{c->x_name, true}};
    for (uint32_t k = 0; k < n_series; k++)
        column[k + 1] = (struct page_column){c->series[k].name, true};
    chart_numbers(p, column, n_series + 1);
    for (uint32_t i = 0; i < c->series[0].n; i += step_of(c->series[0].n)) {
        page_cell_number(p, c->series[0].x[i]);
        for (uint32_t k = 0; k < n_series; k++)
            page_cell_number(p, c->series[k].y[i]);
    }
}

static void put_one_by_one(struct page *p, const struct chart_lines *c, uint32_t n_series)
{
    chart_numbers(p, (struct page_column[]){{"", false}, {c->x_name, true}, {c->y_name, true}}, 3);
    for (uint32_t k = 0; k < n_series; k++)
        for (uint32_t i = 0; i < c->series[k].n; i += step_of(c->series[k].n) * n_series) {
            page_cell(p, "%s", c->series[k].name);
            page_cell_number(p, c->series[k].x[i]);
            page_cell_number(p, c->series[k].y[i]);
        }
}

static void put_key(FILE *f, const struct chart_lines *c, uint32_t n_series)
{
    const char *name[CHART_SERIES] = {NULL};
    for (uint32_t k = 0; k < n_series; k++)
        name[k] = c->series[k].name;
    chart_key(f, CHART_KEY_LINES, name, n_series);
}

void chart_lines(struct page *p, const struct chart_lines *c)
{
    struct chart_plot plot = {.f = chart_begin(p, &c->about)};
    if (!plot.f)
        return;
    const uint32_t n_series = least(c->n_series, CHART_SERIES);
    struct chart_range x, y;
    find_ranges(c, n_series, &x, &y);
    if (chart_range_is_empty(&x)) {
        chart_nothing(plot.f);
    } else {
        make_axes(c, &plot, x, y);
        put_key(plot.f, c, n_series);
        draw(&plot, c, n_series);
    }
    say_left_out(plot.f, c, n_series);
    if (n_series && have_same_x(c, n_series))
        put_side_by_side(p, c, n_series);
    else
        put_one_by_one(p, c, n_series);
    chart_end(p);
}
