/* Columns that stand for numbers, dates or places: in which format, found from all their values.
 *
 * "1,234" alone may be two numbers, and "03/04/2021" two dates; other values of the column decide.
 * What was read is written as plain text (1234.5, 2021-04-03, "48.1, 11.6"), so that whatever
 * compares such texts needs to know no format. Not here: reading one text in one format
 * (spelled_number.h, spelled_date.h), and making the column (load.h). */
#ifndef AXB_DATA_FIGURES_FIGURES_H
#define AXB_DATA_FIGURES_FIGURES_H

#include "data/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum figure_kind {
    FIGURE_NONE,
    FIGURE_NUMBER,
    FIGURE_DATE,
    FIGURE_PLACE,
    FIGURE_DATE_TEXT, /* a date that is compared as text; a format has FIGURE_DATE and `texts` */
};

#define FIGURE_PATTERN_BYTES 64u

/* How the values of a column are read; const once it is made. */
struct figure_format {
    enum figure_kind kind;
    bool given;      /* by the user: what cannot be read so has no value */
    bool texts;      /* of dates: each becomes YYYY-MM-DD, and what has no figure is missing */
    char decimal;    /* of numbers and places: '.' or ',', which ambiguous values have */
    unsigned orders; /* of dates: SPELLED_…, those that are possible */
    bool points_dmy; /* of dates: with points, the day is first if that is possible */
    char pattern[FIGURE_PATTERN_BYTES]; /* of dates, for strptime; "" for none */
};

/* How a text is read of whose column nothing is known: what has two meanings is a number with a
 * decimal point, and no date, unless it is written with points. */
struct figure_format figure_default(enum figure_kind kind);

/* The figure of a text: NaN if it has none. */
double figure_number(struct bytes v, const struct figure_format *f);
double figure_days(struct bytes v, const struct figure_format *f); /* since 1970-01-01 */

/* Latitude and longitude in degrees; false if it is no place. */
bool figure_place(struct bytes v, const struct figure_format *f, double degrees[2]);

/* What figure_write adds to a text at most. */
#define FIGURE_SPARE_BYTES 80u

/* Writes what is to be read in place of v: plain text of its figure; v itself if it says the same
 * or has no figure in any format; else v after "no number: " and the like. Returns its length.
 * Where the format says `texts`, it is YYYY-MM-DD, or nothing if v is no date. */
size_t figure_write(struct bytes v, const struct figure_format *f, char *out);

#define FIGURE_NO_VALUE UINT32_MAX

/* What is found in a column. Values are numbers of its table's values, the first that are so. */
struct figure_finding {
    struct figure_format format;
    bool rewritten;         /* figure_write changes a value */
    uint32_t first, second; /* two values that show contrary formats; else `first` may show
                               the format that was found, FIGURE_NO_VALUE if none does */
    uint32_t unsure;        /* one that the column leaves with two meanings */
    uint64_t unsure_rows;
    uint32_t wrong;            /* one that has no figure */
    uint64_t wrong_rows, rows; /* rows without a figure; rows that are not missing */
};

/* Looks at all values of a column. `asked` is what the user said; where it is not `given`, the
 * format is found. On all cores. False: no memory. */
bool figures_find(const struct table *t, uint32_t column, const struct figure_format *asked,
                  struct figure_finding *finding);

#endif
