/* Numbers, dates and places out of texts that stand alone, by regular expressions. */
#ifndef AXB_TESTS_TWIN_TWIN_FIGURE_H
#define AXB_TESTS_TWIN_TWIN_FIGURE_H

#include <stdbool.h>

/* Each of a text that is ended by a zero byte; NaN, or false, if it is none. Days are counted from
 * the first of January of year 0. */
double twin_figure_number(const char *text);
double twin_figure_days(const char *text);
bool twin_figure_place(const char *text, double *north, double *east);

#endif
