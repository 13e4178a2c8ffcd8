/* A picture with two axes: histograms and lines draw in it.
 *
 * x is a share of the width, written in percent; y is in pixels, 0 at the top. Not for others: they
 * call chart.h. */
#ifndef AXB_MATCHER_PAGE_CHART_PLOT_H
#define AXB_MATCHER_PAGE_CHART_PLOT_H

#include "matcher/page/chart.h"
#include "matcher/page/chart_axis.h"

#include <stdio.h>

#define CHART_PLOT_HEIGHT 220.0
#define CHART_PLOT_X_TICKS 5u /* so that their texts stand apart on a phone */
#define CHART_PLOT_Y_TICKS 5u

struct chart_plot {
    FILE *f;
    struct chart_axis x, y;
};

/* Begins the picture, with its axes, ticks and names. */
void chart_plot_begin(const struct chart_plot *plot, const struct chart_about *about,
                      const char *x_name, const char *y_name);

/* A line from top to bottom at x, with its name above. Nothing if mark is NULL. */
void chart_plot_mark(const struct chart_plot *plot, const double *mark, const char *name);

/* Begins what stretches with the page, in the picture: lines and outlines, which know no percent. x
 * is from 0 to CHART_PLOT_STRETCH in it. chart_svg_end ends it. */
#define CHART_PLOT_STRETCH 1000.0
void chart_plot_stretch(const struct chart_plot *plot);

/* x in percent, y in pixels; NaN: it cannot be drawn. */
double chart_plot_x(const struct chart_plot *plot, double x);
double chart_plot_y(const struct chart_plot *plot, double y);

#endif
