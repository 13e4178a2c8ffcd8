/* The records that are grouped: how each is called in files, and the columns that are written.
 *
 * They are the rows of one table, or texts alone where only the names of records are known. Not
 * here: which of them belong together (choose/cluster.h). */
#ifndef AXB_MATCHER_CLUSTER_RECORD_SET_H
#define AXB_MATCHER_CLUSTER_RECORD_SET_H

#include "data/table.h"

#include <stdbool.h>
#include <stdint.h>

/* A column of a table, or, where that is NULL, a text for each record (p NULL: missing). */
struct record_column {
    struct bytes name;
    const struct table *table;
    uint32_t column;
    const struct bytes *text;
};

/* All of it is borrowed. */
struct record_set {
    uint32_t n;
    const struct record_column *id;     /* NULL: records are called by their rows, from 1 */
    const struct record_column *source; /* of several files: in which file it is; NULL */
    const struct record_column *column;
    uint32_t n_columns; /* that are written */
    uint32_t n_hidden;  /* more of them follow, by which rules choose values */
};

/* A column of a table under its own name. */
struct record_column record_column_of(const struct table *table, uint32_t column);

/* The value of a record; false if it is missing. */
static inline bool record_value(const struct record_column *c, uint32_t record, struct bytes *value)
{
    if (!c->table) {
        *value = c->text[record];
        return value->p != NULL;
    }
    const uint32_t v = table_row_values(c->table, c->column)[record];
    *value = v == TABLE_MISSING ? (struct bytes){"", 0} : table_value(c->table, c->column, v);
    return v != TABLE_MISSING;
}

#define RECORD_NAME_BYTES 24u /* of a row number */

/* How a record is called: its id (p NULL where that is missing), else its row, written to text. */
struct bytes record_name(const struct record_set *s, uint32_t record, char text[RECORD_NAME_BYTES]);

#endif
