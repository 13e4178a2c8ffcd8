/* The records that are shown: the tables A and B, and which of their columns stand one above the
 * other.
 *
 * Not here: which records make a pair (questions.h), and how they look (pair_view.h). */
#ifndef AXB_MATCHER_REVIEW_REVIEW_RECORDS_H
#define AXB_MATCHER_REVIEW_REVIEW_RECORDS_H

#include "core/err.h"
#include "core/shm.h"
#include "data/load.h"
#include "data/table.h"
#include "matcher/inputs/record_ids.h"
#include "matcher/inputs/sources.h"

#include <stdbool.h>
#include <stdint.h>

#define REVIEW_NO_COLUMN UINT32_MAX

/* What the options say. */
struct review_records_asked {
    const char *path[2]; /* of one table: the first alone, and the second is NULL */
    struct load_options reading[2];
    const char *id;      /* COL[=BCOL]; NULL: ids are the numbers of rows, from 1 */
    const char *columns; /* a list of columns; NULL: all */
};

/* A field of both records, as columns of their tables; one side may lack it. */
struct review_field {
    uint32_t column[2]; /* or REVIEW_NO_COLUMN */
};

struct review_records {
    struct sources sources; /* self: there is one table, and both records are of it */
    struct shm shm[2];
    struct table table[2];
    struct record_ids ids[2];
    uint32_t n_fields;
    struct review_field *field; /* in the order in which they are shown; malloced */
};

/* Opens and loads the tables. review_records_close is due even after a failure, if both shm[].fd
 * were -1 and the rest zeroed before. ERR_USAGE: there is no such column; ERR_DATA: ids are not
 * unique; ERR_NOINPUT, ERR_OS. */
bool review_records_open(struct review_records *r, const struct review_records_asked *asked,
                         struct err *e);
void review_records_close(struct review_records *r);

/* The table of a side, and the ids of its records. */
const struct table *review_records_table(const struct review_records *r, int side);
const struct record_ids *review_records_ids(const struct review_records *r, int side);

/* What the record of a side has in a field; n is 0 where it has nothing. */
struct bytes review_records_value(const struct review_records *r, const struct review_field *field,
                                  int side, uint32_t row);

/* The name of a field on a side; n is 0 where it has none. */
struct bytes review_records_name(const struct review_records *r, const struct review_field *field,
                                 int side);

#endif
