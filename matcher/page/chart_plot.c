/* Axes as lines and texts. */
#include "matcher/page/chart_plot.h"

#include "matcher/page/chart_frame.h"
#include "matcher/page/page_text.h"

#include <math.h>

#define PADDING 94.0 /* .plot: above and below */

double chart_plot_x(const struct chart_plot *plot, double x)
{
    return 100 * chart_axis_place(&plot->x, x);
}

double chart_plot_y(const struct chart_plot *plot, double y)
{
    return CHART_PLOT_HEIGHT * (1 - chart_axis_place(&plot->y, y));
}

static void put_y_axis(const struct chart_plot *plot)
{
    char text[PAGE_NUMBER_BYTES];
    for (uint32_t k = 0; k < plot->y.n_ticks; k++) {
        const double y = chart_plot_y(plot, plot->y.tick[k]);
        fprintf(plot->f,
                "<line class=\"grid\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\"/>"
                "<text class=\"tick end\" x=\"-7\" y=\"%.1f\">%s</text>\n",
                y, y, y + 4, chart_axis_label(&plot->y, plot->y.tick[k], text));
    }
}

static void put_x_axis(const struct chart_plot *plot)
{
    char text[PAGE_NUMBER_BYTES];
    fprintf(plot->f, "<line class=\"axis\" x2=\"100%%\" y1=\"%.0f\" y2=\"%.0f\"/>\n",
            CHART_PLOT_HEIGHT, CHART_PLOT_HEIGHT);
    for (uint32_t k = 0; k < plot->x.n_ticks; k++) {
        const double x = chart_plot_x(plot, plot->x.tick[k]);
        fprintf(plot->f,
                "<line class=\"axis\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%.0f\" y2=\"%.0f\"/>"
                "<text class=\"tick middle\" x=\"%.2f%%\" y=\"%.0f\">%s</text>\n",
                x, x, CHART_PLOT_HEIGHT, CHART_PLOT_HEIGHT + 4, x, CHART_PLOT_HEIGHT + 18,
                chart_axis_label(&plot->x, plot->x.tick[k], text));
    }
}

static void put_name(FILE *f, const char *name, bool log)
{
    page_text_name(f, name);
    fputs(log ? " (logarithmic)</text>\n" : "</text>\n", f);
}

void chart_plot_begin(const struct chart_plot *plot, const struct chart_about *about,
                      const char *x_name, const char *y_name)
{
    chart_svg_begin(plot->f, about, "chart plot", CHART_PLOT_HEIGHT, PADDING);
    fputs("<text class=\"name\" x=\"-48\" y=\"-30\">", plot->f);
    put_name(plot->f, y_name, plot->y.log);
    fprintf(plot->f, "<text class=\"name middle\" x=\"50%%\" y=\"%.0f\">", CHART_PLOT_HEIGHT + 38);
    put_name(plot->f, x_name, plot->x.log);
    put_y_axis(plot);
    put_x_axis(plot);
}

void chart_plot_stretch(const struct chart_plot *plot)
{
    fprintf(plot->f,
            "<svg width=\"100%%\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
            "preserveAspectRatio=\"none\">\n",
            CHART_PLOT_HEIGHT, CHART_PLOT_STRETCH, CHART_PLOT_HEIGHT);
}

void chart_plot_mark(const struct chart_plot *plot, const double *mark, const char *name)
{
    if (!mark || isnan(chart_plot_x(plot, *mark)))
        return;
    const double x = chart_plot_x(plot, *mark);
    fprintf(plot->f, "<line class=\"mark\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"-4\" y2=\"%.0f\"/>", x,
            x, CHART_PLOT_HEIGHT);
    chart_mark_name(plot->f, x, -10, name, *mark);
}
