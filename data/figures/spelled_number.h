/* Numbers as people and their programs write them: 1,234.50 and 1.234,50, 1 234.5, 1'234.50,
 * 12,34,567, € 5, 12.50 CHF, 12 %, (5.00), 5.00-, 12.-
 *
 * Groups of digits are separated by commas, points, blanks (also those that do not break) or
 * apostrophes. A percentage is a share: 12% is 0.12. Signs and codes of currencies count for
 * nothing. Not here: which decimal sign a column has (figures.h). */
#ifndef AXB_DATA_FIGURES_SPELLED_NUMBER_H
#define AXB_DATA_FIGURES_SPELLED_NUMBER_H

#include "data/table.h"

#include <stdbool.h>

/* No more bytes than this are read as a number, without blanks around them. */
#define SPELLED_NUMBER_BYTES 127u

/* A decimal number as programs write it: sign, digits, a point, an exponent; blanks around it are
 * allowed. NaN for anything else, also for "inf", "nan" and hexadecimal. */
double spelled_number_plain(struct bytes v);

/* A number in any of the ways above, whose decimal sign is `decimal`, '.' or ','. NaN: it is none,
 * or is one only with the other sign. */
double spelled_number(struct bytes v, char decimal);

/* The same, but what is no number with this sign is read with the other one. */
double spelled_number_either(struct bytes v, char decimal);

/* What a text tells about the decimal sign. */
enum spelled_sign {
    SPELLED_NO_NUMBER,
    SPELLED_ANY,    /* the same number with either sign: 12, 1 234 */
    SPELLED_POINT,  /* a number only with a point: 1,234.50 */
    SPELLED_COMMA,  /* a number only with a comma: 12,5 */
    SPELLED_UNSURE, /* two different numbers: 1,234 */
};

/* *plain: spelled_number_plain reads it. */
enum spelled_sign spelled_number_sign(struct bytes v, bool *plain);

/* Is it, at a glance, digits with a sign and a point at most? spelled_number_plain reads those. */
bool spelled_number_is_simple(struct bytes v);

#endif
