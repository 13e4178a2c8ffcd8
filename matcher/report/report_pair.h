/* Two records of a run beside each other on a page.
 *
 * The fields are those that the table for people has (query.shown): first the compared columns, as
 * they stand in the files, then those of --keep. Where they differ is found as in that table
 * (output/table_cell.h). */
#ifndef AXB_MATCHER_REPORT_REPORT_PAIR_H
#define AXB_MATCHER_REPORT_REPORT_PAIR_H

#include "matcher/choose/found.h"
#include "matcher/page/page.h"
#include "matcher/run/run.h"

#include <stdint.h>

/* The records are the rows row[0] of A and row[1] of B. `title` says what the pair is, "score
 * 0.8333"; `note` is a sentence below it, or NULL. */
void report_pair(struct page *p, const struct run *r, const uint32_t row[2], const char *title,
                 const char *note);

/* The same of a pair that was found: its score is the title, with as many digits as tell it from
 * the threshold. */
void report_pair_found(struct page *p, const struct run *r, const struct found_pair *pair,
                       double threshold);

/* A value of each side, whatever it is of; p of a missing one is NULL. */
struct report_values {
    const char *name;
    struct bytes value[2];
};

/* The same of n fields that are no table's. An id whose p is NULL is left out. */
void report_pair_values(struct page *p, const struct bytes id[2],
                        const struct report_values *values, uint32_t n, const char *title,
                        const char *note);

#endif
