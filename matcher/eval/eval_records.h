/* The records that files name, as numbers.
 *
 * Records of two tables have numbers of their own: "7" of A is another record than "7" of B. Where
 * all are of one table, "7" is one record wherever it stands. Numbers rise in the order in which
 * the dictionary has the ids. Not here: the rows of the tables (eval_tables.h). */
#ifndef AXB_MATCHER_EVAL_EVAL_RECORDS_H
#define AXB_MATCHER_EVAL_EVAL_RECORDS_H

#include "core/err.h"
#include "core/shm.h"
#include "matcher/eval/eval_file.h"
#include "matcher/index/index.h"

#include <stdbool.h>
#include <stdint.h>

#define EVAL_NO_RECORD UINT32_MAX
#define EVAL_MOST_FIELDS 6u /* two of each file, one of each table */

/* A column of ids in a table. */
struct eval_ids {
    const struct table *table;
    uint32_t column;
};

struct eval_records {
    bool self;       /* all records are of one table */
    uint32_t n;      /* numbers are below this */
    uint32_t n_side; /* without self: numbers below it are of A, the others of B */
    struct shm shm;
    struct index *index;
};

/* Numbers the ids of n columns, n <= EVAL_MOST_FIELDS, as of one table. The columns outlive *r.
 * eval_records_close is due even after a failure, if r->shm.fd was -1 before. ERR_DATA: there are
 * too many; ERR_OS. */
bool eval_records_open(struct eval_records *r, const struct eval_ids *ids, uint32_t n,
                       struct err *e);

/* Gives the records of B numbers of their own. */
void eval_records_split(struct eval_records *r);
void eval_records_close(struct eval_records *r);

/* The record of a row of column `field`, of which it is said whether it is of B; EVAL_NO_RECORD
 * where the id is missing. */
uint32_t eval_records_at(const struct eval_records *r, uint32_t field, bool of_b, uint64_t row);

/* 0 if the record is of A or all are of one table, else 1. */
static inline unsigned eval_records_side(const struct eval_records *r, uint32_t record)
{
    return !r->self && record >= r->n_side;
}

/* The id of a record; borrowed from *r. */
struct bytes eval_records_id(const struct eval_records *r, uint32_t record);

#endif
