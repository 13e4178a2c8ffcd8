/* Dates as people and their programs write them: 2024-12-31, 20241231, 31.12.2024, 12/31/24,
 * 31 December 2024, Dec 31, 2024, 3. März 2021; a time after the date is passed over.
 *
 * Names of months are read in English, German, French, Spanish, Italian, Portuguese and Dutch,
 * whole or as they are shortened. A year of two digits is from 1969 to 2068, as in strptime. Not
 * here: which order the dates of a column have (figures.h). */
#ifndef AXB_DATA_FIGURES_SPELLED_DATE_H
#define AXB_DATA_FIGURES_SPELLED_DATE_H

#include "data/table.h"

#include <stdbool.h>

/* The order of day, month and year, as flags. */
enum { SPELLED_DMY = 1, SPELLED_MDY = 2, SPELLED_YMD = 4, SPELLED_ORDERS = 7 };
#define SPELLED_N_ORDERS 3u

/* What a text is in each order. */
struct spelled_date {
    unsigned orders;               /* in which it is a date; 0: in none */
    bool points;                   /* its parts are separated by points */
    double days[SPELLED_N_ORDERS]; /* since 1970-01-01 in the proleptic Gregorian calendar, in the
                                      order of the flags, where it is a date */
};

/* A date that says its order itself (year first in four digits, or a month by name) is the same
 * date in every order. */
struct spelled_date spelled_date_read(struct bytes v);

/* Its days in those of `orders` in which it is a date, if these agree; NaN if they do not, or if
 * there are none. */
double spelled_date_days(const struct spelled_date *d, unsigned orders);

/* A date YYYY-MM-DD, YYYY/MM/DD or YYYYMMDD; NaN if it is none. A time after the first two ("T12",
 * " 12:00") is passed over. */
double spelled_date_plain(struct bytes v);

/* A date in a format of strptime(3), in the C locale; NaN if it is none. */
double spelled_date_format(struct bytes v, const char *format);

/* Does a format give a whole date: day, month and year? */
bool spelled_date_format_whole(const char *format);

/* Writes YYYY-MM-DD of days that were read by one of these; not ended. Returns 10. */
uint32_t spelled_date_write(double days, char text[10]);

#endif
