/* The tables A and B, whose records stand beside each other in the list of errors.
 *
 * Not here: which pairs these are (eval_errors.h). */
#ifndef AXB_MATCHER_EVAL_EVAL_TABLES_H
#define AXB_MATCHER_EVAL_EVAL_TABLES_H

#include "core/err.h"
#include "core/shm.h"
#include "data/load.h"
#include "data/table.h"
#include "matcher/eval/eval_records.h"
#include "matcher/inputs/sources.h"

#include <stdbool.h>
#include <stdint.h>

/* What the options say. */
struct eval_tables_asked {
    const char *path[2]; /* of one table: the first alone */
    struct load_options reading;
    const char *id;   /* COL[=BCOL]; NULL: ids are the numbers of rows, from 1 */
    const char *keep; /* a list of columns; NULL: all */
};

/* Of each side: its kept columns, in the order asked for, and where its records are. */
struct eval_tables {
    struct sources sources;
    bool has_id;
    struct shm shm[2];
    struct table table[2];
    uint32_t id_column[2]; /* of the table, if has_id */
    uint32_t n_keep[2];
    uint32_t *keep[2]; /* columns of the table */
    uint32_t *row[2];  /* of each record: its row; EVAL_NO_RECORD: it has none */
};

/* Opens and loads the tables. eval_tables_close is due even after a failure, if both shm[].fd were
 * -1 before. ERR_USAGE: there is no such column; ERR_DATA, ERR_NOINPUT, ERR_OS. */
bool eval_tables_open(struct eval_tables *t, const struct eval_tables_asked *asked, bool self,
                      struct err *e);
void eval_tables_close(struct eval_tables *t);

/* Adds the columns of ids, if there are any, to those that are numbered; returns how many. */
uint32_t eval_tables_ids(const struct eval_tables *t, struct eval_ids ids[2]);

/* Finds the rows of all records of *r, in which the ids of the tables are the columns `field` on. A
 * note says that ids are not unique: the first row counts. ERR_OS. */
bool eval_tables_find(struct eval_tables *t, const struct eval_records *r, uint32_t field,
                      struct err *e);

/* Says in a note how many of the records that are named by either file the tables do not have, and
 * the first of them. */
void eval_tables_say_unknown(const struct eval_tables *t, const struct eval_records *r,
                             const bool *named, const bool *or_named);

/* The row of a record in the table of its side; EVAL_NO_RECORD: it has none. */
uint32_t eval_tables_row(const struct eval_tables *t, const struct eval_records *r,
                         uint32_t record);

/* The table of a side. */
const struct table *eval_tables_at(const struct eval_tables *t, int side);

#endif
