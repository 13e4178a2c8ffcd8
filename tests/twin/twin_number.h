/* The slow obvious twin of data/number.h, by printf and strtod. */
#ifndef AXB_TESTS_TWIN_TWIN_NUMBER_H
#define AXB_TESTS_TWIN_TWIN_NUMBER_H

#include <stddef.h>

/* Of %.15g, %.16g, %.17g the first that reads back, ended by a zero byte; returns its length. */
size_t twin_number(double x, char text[40]);

#endif
