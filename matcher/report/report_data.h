/* What the columns of a run hold, as a section of a page: how many records have a value, how many
 * different ones, how long they are, which are most frequent.
 *
 * Of the columns that the run has loaded, the compared ones first, as they are compared: cleaned.
 * Nothing is read again. Not here: how the file was found to be written (data/source/sniff.h). */
#ifndef AXB_MATCHER_REPORT_REPORT_DATA_H
#define AXB_MATCHER_REPORT_REPORT_DATA_H

#include "matcher/page/page.h"
#include "matcher/run/run.h"

#include <stdbool.h>
#include <stdint.h>

#define REPORT_FREQUENT 8u /* values of a column that are named */

/* What a column holds. */
struct report_column {
    uint64_t n_rows, missing;
    uint64_t distinct;                  /* values; of a plain column not known, and then 0 */
    uint64_t shortest, median, longest; /* characters of the values that records have; 0 of none */
    uint32_t n_frequent;
    struct {
        uint32_t value; /* of the table */
        uint64_t
            rows; /* that have it; of equally frequent ones the first in the file comes first */
    } frequent[REPORT_FREQUENT];
};

/* Looks at all rows of a column. ERR_OS without memory. */
bool report_column_look(const struct table *t, uint32_t column, struct report_column *c,
                        struct err *e);

/* Adds the section. ERR_OS without memory. */
bool report_data(struct page *p, const struct run *r, struct err *e);

#endif
