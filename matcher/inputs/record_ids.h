/* From the ids in a file to the records that have them: the rows of a table by the values of a
 * column, or without one by number.
 *
 * Not here: files of which the records are not known (cluster/pair_names.h, eval/eval_records.h).
 */
#ifndef AXB_MATCHER_INPUTS_RECORD_IDS_H
#define AXB_MATCHER_INPUTS_RECORD_IDS_H

#include "core/err.h"
#include "data/load.h"
#include "data/table.h"

#include <stdbool.h>
#include <stdint.h>

#define RECORD_IDS_BY_ROW UINT32_MAX /* as a column: ids are the numbers of rows, from 1 */
#define RECORD_IDS_NONE TABLE_MISSING

struct record_ids {
    const struct table *table;
    const char *shown; /* where the records are from, for messages */
    uint32_t column;   /* of the table, or RECORD_IDS_BY_ROW */
    uint32_t *slot;    /* n_slots, a hash table: a row + 1, or 0; malloced */
    uint64_t n_slots;  /* a power of two */
};

/* Makes the rows of a table known by their ids; the table and `shown` outlive *ids. A record whose
 * id is missing has none. ERR_DATA: two records have the same id; ERR_OS. record_ids_close is due
 * even after a failure, if *ids was zeroed before. */
bool record_ids_open(struct record_ids *ids, const struct table *table, uint32_t column,
                     const char *shown, struct err *e);
void record_ids_close(struct record_ids *ids);

/* The row, from 0, of the record with this id; RECORD_IDS_NONE: there is no such record. */
uint32_t record_ids_row(const struct record_ids *ids, struct bytes id);

/* The records that a column of a file names, which was loaded from *l: row[i] is that of row i of
 * `names`, RECORD_IDS_NONE where the field is missing. ERR_DATA, with this hint, if a name is that
 * of no record; ERR_OS. */
bool record_ids_rows(const struct record_ids *ids, const struct load *l, const struct table *names,
                     uint32_t column, const char *hint, uint32_t *row, struct err *e);

#endif
