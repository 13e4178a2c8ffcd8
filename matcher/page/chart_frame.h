/* What stands around the picture of a chart: its title, the key of colours, and its numbers.
 *
 *     figure: title, summary | key | picture | what is not drawn | details: the numbers
 *
 * A picture is an SVG as wide as the page. Its letters keep their size: x stands in percent of the
 * width, y in pixels, and what surrounds the plot stands in the padding (page.css). Not for
 * others: they call chart.h. */
#ifndef AXB_MATCHER_PAGE_CHART_FRAME_H
#define AXB_MATCHER_PAGE_CHART_FRAME_H

#include "matcher/page/chart.h"

#include <stdint.h>
#include <stdio.h>

/* Begins a figure. NULL: the page is full. */
FILE *chart_begin(struct page *p, const struct chart_about *about);

/* Which colour is what: a box for each name, or a line as chart_lines draws it. Nothing for one
 * name alone. */
enum chart_key_kind { CHART_KEY_BOXES, CHART_KEY_LINES, CHART_KEY_OUTLINES };
void chart_key(FILE *f, enum chart_key_kind kind, const char *const *name, uint32_t n);

/* Begins a picture: <svg class="CLASS"> of so many pixels between its paddings; and its names,
 * which come first in it. */
void chart_svg_begin(FILE *f, const struct chart_about *about, const char *class, double height,
                     double padding);
void chart_svg_names(FILE *f, const struct chart_about *about);
void chart_svg_end(FILE *f);

/* Writes what a line at x percent marks: its name and its number, at y pixels, on the side of the
 * line that has more space. */
void chart_mark_name(FILE *f, double x, double y, const char *name, double mark);

/* What is written where there is nothing to draw. */
void chart_nothing(FILE *f);

/* The numbers follow, as cells of a table (page_cell …); chart_end ends it. */
void chart_numbers(struct page *p, const struct page_column *column, uint32_t n_columns);
void chart_end(struct page *p);

#endif
