/* Histograms: bins of the caller become bars of equal width. */
#include "core/base.h"
#include "matcher/page/chart_frame.h"
#include "matcher/page/chart_plot.h"
#include "matcher/page/page_text.h"

#include <math.h>

#define MOST_BARS 60u

struct bars {
    const struct chart_histogram *c;
    FILE *f;
    uint32_t n_series, n; /* bars */
    bool of_numbers;      /* each bar is one number, the middle of it */
    double first, step;   /* bar k has first + k step <= x < first + (k + 1) step */
    double count[CHART_SERIES][MOST_BARS + 1];
    struct chart_plot plot;
};

/* ---- Bars ------------------------------------------------------------------------------------*/

static bool is_drawn(const struct chart_bin *bin)
{
    return chart_axis_takes(bin->from, false) && chart_axis_takes(bin->to, false) &&
           bin->count > 0 && chart_axis_takes(bin->count, false);
}

/* The least distance between the begins of neighbours: no bar need be narrower. */
static double least_gap(const struct chart_histogram *c, uint32_t n_series)
{
    double gap = (double)INFINITY;
    for (uint32_t s = 0; s < n_series; s++) {
        double before = -(double)INFINITY;
        for (uint32_t i = 0; i < c->series[s].n; i++) {
            const struct chart_bin *bin = &c->series[s].bin[i];
            if (!is_drawn(bin))
                continue;
            if (bin->from > before)
                gap = least_double(bin->from - before, gap);
            before = bin->from;
        }
    }
    return gap;
}

static struct chart_range range_of(const struct chart_histogram *c, uint32_t n_series)
{
    struct chart_range r = chart_range_none();
    for (uint32_t s = 0; s < n_series; s++)
        for (uint32_t i = 0; i < c->series[s].n; i++)
            if (is_drawn(&c->series[s].bin[i])) {
                chart_range_add(&r, c->series[s].bin[i].from, false);
                chart_range_add(&r, c->series[s].bin[i].to, false);
            }
    return r;
}

/* As narrow as bins and space allow, and a width that people like. */
static void choose_step(struct bars *b, struct chart_range r)
{
    const double range = r.to - r.from, one = fabs(r.to) / 10;
    b->step = one > 1e-280 ? chart_axis_nice(one) : 1;
    if (chart_range_is_point(&r))
        return;
    const double gap = least_double(least_gap(b->c, b->n_series), range);
    b->step = chart_axis_nice(range / (MOST_BARS - 2));
    while (chart_axis_nice(b->step * 1.5) <= gap * (1 + 1e-9))
        b->step = chart_axis_nice(b->step * 1.5);
}

/* Is a bin one number, and a multiple of the width of bars? */
static bool is_number(const struct bars *b, const struct chart_bin *bin)
{
    const double steps = bin->from / b->step;
    return bin->from == bin->to && fabs(steps - round(steps)) < 1e-6;
}

/* Are all bins so? And is one so that is the end of the axis? */
static void find_numbers(struct bars *b, struct chart_range r, bool *at_end)
{
    b->of_numbers = true;
    *at_end = false;
    for (uint32_t s = 0; s < b->n_series; s++)
        for (uint32_t i = 0; i < b->c->series[s].n; i++) {
            const struct chart_bin *bin = &b->c->series[s].bin[i];
            const bool number = is_number(b, bin);
            b->of_numbers = b->of_numbers && (number || !is_drawn(bin));
            *at_end = *at_end || (number && is_drawn(bin) && bin->to >= r.to);
        }
}

/* Bars begin at multiples of their width. One number at the very end, such as the score of equal
 * records, has a bar of its own. Where there are numbers alone, bars stand over them. */
static void place_bars(struct bars *b, struct chart_range r)
{
    bool number_at_end;
    choose_step(b, r);
    find_numbers(b, r, &number_at_end);
    b->first = floor(r.from / b->step + 1e-9) * b->step;
    const double last = (r.to - b->first) / b->step;
    const double n = number_at_end ? floor(last + 1e-9) + 1 : ceil(last - 1e-9);
    b->n = (uint32_t)least_double(greatest_double(n, 1), MOST_BARS);
    if (b->of_numbers)
        b->first -= b->step / 2;
}

/* A bin belongs to the bar of its begin; the last bar has its end as well. */
static void fill_bars(struct bars *b)
{
    for (uint32_t s = 0; s < b->n_series; s++)
        for (uint32_t i = 0; i < b->c->series[s].n; i++) {
            const struct chart_bin *bin = &b->c->series[s].bin[i];
            if (!is_drawn(bin))
                continue;
            const double k = floor((bin->from - b->first) / b->step + 1e-9);
            b->count[s][least((uint32_t)greatest_double(k, 0), b->n - 1)] += bin->count;
        }
}

static void make_axes(struct bars *b)
{
    struct chart_range counts = chart_range_none();
    for (uint32_t s = 0; s < b->n_series; s++)
        for (uint32_t k = 0; k < b->n; k++)
            chart_range_add(&counts, b->count[s][k], true);
    if (chart_range_is_empty(&counts)) /* so many that their sum is no number */
        counts = (struct chart_range){1, 1};
    b->plot.f = b->f;
    chart_axis_make(&b->plot.x, b->first, b->first + b->n * b->step, CHART_PLOT_X_TICKS, false);
    if (b->c->log)
        chart_axis_make_log(&b->plot.y, greatest_double(counts.from, counts.to / 1e12), counts.to,
                            CHART_PLOT_Y_TICKS, 1.6);
    else
        chart_axis_make(&b->plot.y, 0, counts.to, CHART_PLOT_Y_TICKS, true);
}

/* ---- Drawing ---------------------------------------------------------------------------------*/

/* The top of a bar; the bottom where it has nothing. */
static double top_of(const struct bars *b, uint32_t s, uint32_t k)
{
    const double y = b->count[s][k] > 0 ? chart_plot_y(&b->plot, b->count[s][k]) : (double)NAN;
    return isnan(y) ? CHART_PLOT_HEIGHT : y;
}

static void draw_filled(const struct bars *b)
{
    const double width = 100.0 / b->n;
    for (uint32_t k = 0; k < b->n; k++)
        if (b->count[0][k] > 0)
            fprintf(b->f,
                    "<rect class=\"box f0\" x=\"%.2f%%\" y=\"%.1f\" width=\"%.2f%%\" "
                    "height=\"%.1f\"/>\n",
                    width * k, top_of(b, 0, k), width * 0.94, CHART_PLOT_HEIGHT - top_of(b, 0, k));
}

/* Steps over all bars, in units that stretch with the page. */
static void draw_outline(const struct bars *b, uint32_t s)
{
    fprintf(b->f, "<path class=\"outline s%u\" d=\"M0 %.0f", s, CHART_PLOT_HEIGHT);
    for (uint32_t k = 0; k < b->n; k++)
        fprintf(b->f, "V%.1fH%.1f", top_of(b, s, k), CHART_PLOT_STRETCH * (k + 1) / b->n);
    fprintf(b->f, "V%.0f\"/>\n", CHART_PLOT_HEIGHT);
}

/* "0.85 to 0.86", or "3". */
static void put_bar_name(const struct bars *b, uint32_t k)
{
    char from[PAGE_NUMBER_BYTES], to[PAGE_NUMBER_BYTES];
    if (b->of_numbers)
        fputs(page_number(b->first + (k + 0.5) * b->step, from), b->f);
    else
        fprintf(b->f, "%s to %s", page_number(b->first + k * b->step, from),
                page_number(b->first + (k + 1) * b->step, to));
}

/* What a bar is, where the mouse rests on it. */
static void draw_hover(const struct bars *b, uint32_t k)
{
    char count[PAGE_NUMBER_BYTES];
    fprintf(b->f, "<rect class=\"hover\" x=\"%.2f%%\" width=\"%.2f%%\" height=\"%.0f\"><title>",
            100.0 * k / b->n, 100.0 / b->n, CHART_PLOT_HEIGHT);
    put_bar_name(b, k);
    for (uint32_t s = 0; s < b->n_series; s++) {
        fputs(s ? ", " : ": ", b->f);
        page_text_name(b->f, b->c->series[s].name);
        fprintf(b->f, " %s", page_number(b->count[s][k], count));
    }
    fputs("</title></rect>\n", b->f);
}

static void draw(const struct bars *b)
{
    chart_plot_begin(&b->plot, &b->c->about, b->c->x_name, b->c->y_name);
    draw_filled(b);
    chart_plot_stretch(&b->plot);
    for (uint32_t s = 1; s < b->n_series; s++)
        draw_outline(b, s);
    chart_svg_end(b->f);
    chart_plot_mark(&b->plot, b->c->mark, b->c->mark_name);
    for (uint32_t k = 0; k < b->n; k++)
        draw_hover(b, k);
    chart_svg_end(b->f);
}

/* The bars as a table. */
static void put_numbers(struct page *p, const struct bars *b)
{
    const uint32_t n_names = b->of_numbers ? 1 : 2;
    struct page_column column[CHART_SERIES + 2] = {{b->of_numbers ? b->c->x_name : "from", true},
                                                   {"to", true}};
    for (uint32_t s = 0; s < b->n_series; s++)
        column[n_names + s] = (struct page_column){b->c->series[s].name, true};
    chart_numbers(p, column, n_names + b->n_series);
    for (uint32_t k = 0; k < b->n; k++) {
        page_cell_number(p, b->first + (b->of_numbers ? k + 0.5 : k) * b->step);
        if (!b->of_numbers)
            page_cell_number(p, b->first + (k + 1) * b->step);
        for (uint32_t s = 0; s < b->n_series; s++)
            page_cell_number(p, b->count[s][k]);
    }
}

/* Bins whose edges or count no axis has. */
static void say_left_out(const struct bars *b)
{
    uint32_t n = 0;
    for (uint32_t s = 0; s < b->n_series; s++)
        for (uint32_t i = 0; i < b->c->series[s].n; i++)
            n += b->c->series[s].bin[i].count != 0 && !is_drawn(&b->c->series[s].bin[i]);
    if (n)
        fprintf(b->f, "<p class=\"cut\">%u %s without an end, and not drawn.</p>\n", n,
                n == 1 ? "bin is" : "bins are");
}

static void put_key(const struct bars *b)
{
    const char *name[CHART_SERIES] = {NULL};
    for (uint32_t s = 0; s < b->n_series; s++)
        name[s] = b->c->series[s].name;
    chart_key(b->f, CHART_KEY_OUTLINES, name, b->n_series);
}

void chart_histogram(struct page *p, const struct chart_histogram *c)
{
    struct bars b = {.c = c, .f = chart_begin(p, &c->about)};
    if (!b.f)
        return;
    b.n_series = least(c->n_series, CHART_SERIES);
    const struct chart_range r = range_of(c, b.n_series);
    if (chart_range_is_empty(&r)) {
        chart_nothing(b.f);
    } else {
        place_bars(&b, r);
        fill_bars(&b);
        make_axes(&b);
        put_key(&b);
        draw(&b);
    }
    say_left_out(&b);
    put_numbers(p, &b);
    chart_end(p);
}
