/* A picture of rows: a label at the left, something from left to right, a number at the right.
 *
 * Bars, stacked bars and waterfalls draw in it. x is a share of the width between label and number,
 * in percent; y is in pixels. Not for others: they call chart.h. */
#ifndef AXB_MATCHER_PAGE_CHART_ROWS_H
#define AXB_MATCHER_PAGE_CHART_ROWS_H

#include "matcher/page/chart.h"
#include "matcher/page/page_number.h"

#include <stdint.h>
#include <stdio.h>

#define CHART_ROWS_MOST 40u
#define CHART_ROWS_FURTHER "(all further)" /* the label of a row that stands for several */
#define CHART_ROW_HEIGHT 24.0
#define CHART_ROW_BAR 15.0 /* of a bar in it */

/* The most columns that any of the labels needs: begin with 0 and add each. */
void chart_rows_measure(uint32_t *columns, struct bytes label);

/* Begins the picture of so many rows, whose labels need so many columns. `marked`: it has a line
 * with a name above all rows. */
void chart_rows_begin(FILE *f, const struct chart_about *about, uint32_t n_rows, uint32_t columns,
                      bool marked);

/* A line at x percent with its name and number above; after all rows. Nothing if it is NaN. */
void chart_rows_mark(FILE *f, uint32_t n_rows, double x, const char *name, double mark);

/* A line of a class of page.css from top to bottom of so many rows, at x percent. */
void chart_rows_line(FILE *f, const char *class, double x, uint32_t n_rows);

/* The top of the bar of a row. */
double chart_rows_top(uint32_t row);

void chart_rows_label(FILE *f, uint32_t row, struct bytes label);

/* A number at the right end. */
void chart_rows_number(FILE *f, uint32_t row, const char *text);

/* A bar from x to x + width, both in percent, of a class of page.css; with what it is. */
void chart_rows_bar(FILE *f, uint32_t row, const char *class, double x, double width,
                    const char *what);

/* A count in the space that a number has: 1,543,467, but 812 G. */
char *chart_rows_count(double x, char text[PAGE_NUMBER_BYTES]);

#endif
