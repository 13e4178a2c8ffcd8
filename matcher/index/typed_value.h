/* Values that are not text to compare: numbers and dates, read from a field's bytes. */
#ifndef AXB_MATCHER_INDEX_TYPED_VALUE_H
#define AXB_MATCHER_INDEX_TYPED_VALUE_H

#include "data/table.h"

/* A decimal number of at most 127 characters, with sign, fraction and exponent, blanks around it
 * allowed; NaN if it is none (also for "inf", "nan", hexadecimal and digits in groups). */
double value_number(struct bytes v);

/* Days from 1970-01-01 of a date YYYY-MM-DD, YYYY/MM/DD or YYYYMMDD in the proleptic Gregorian
 * calendar; NaN if it is none. A time after the date ("T12:00", " 12:00") is passed over. */
double value_days(struct bytes v);

#endif
