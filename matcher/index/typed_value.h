/* Values that are not text to compare: numbers, dates and places, read from one text alone.
 *
 * Columns that are read so are plain text by then, in the format of the column
 * (data/figures/figures.h); texts of which nothing else is known, as a scorer has them, are read in
 * the default one. */
#ifndef AXB_MATCHER_INDEX_TYPED_VALUE_H
#define AXB_MATCHER_INDEX_TYPED_VALUE_H

#include "data/figures/figures.h"

/* A number of at most 127 characters in any spelling of data/figures/spelled_number.h; what has two
 * meanings ("1,234") has a decimal point. NaN if it is none (also for "inf", "nan" and
 * hexadecimal). */
double value_number(struct bytes v);

/* A whole number of at most 18 digits, as axb writes the number of a row: no sign, and no zeros
 * before it. UINT64_MAX if it is none. */
uint64_t value_whole(struct bytes v);

/* Days from 1970-01-01 of a date in any spelling of data/figures/spelled_date.h; NaN if it is none,
 * or if it has two meanings ("03/04/2021"). */
double value_days(struct bytes v);

/* Latitude and longitude in degrees; false if it is no place. */
bool value_place(struct bytes v, double degrees[2]);

#endif
