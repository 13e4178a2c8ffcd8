/* What stands around the picture of a chart: its title, the key of colours, and its numbers.
 *
 *     figure: title, summary | key | picture | what was left out | details: the numbers
 *
 * Not for others: they call chart.h. */
#ifndef AXB_MATCHER_PAGE_CHART_FRAME_H
#define AXB_MATCHER_PAGE_CHART_FRAME_H

#include "matcher/page/chart.h"

#include <stdio.h>

/* Begins a figure. NULL: the page is full. */
FILE *chart_begin(struct page *p, const struct chart_about *about);

/* The numbers follow, as cells of a table (page_cell …); chart_end ends it. */
void chart_numbers(struct page *p, const struct page_column *column, uint32_t n_columns);
void chart_end(struct page *p);

#endif
