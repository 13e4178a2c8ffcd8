/* A hash table of rows, with linear probing. */
#include "matcher/inputs/record_ids.h"

#include "core/base.h"
#include "matcher/index/typed_value.h"

#include <stdlib.h>
#include <xxhash.h>

#define SHOWN_BYTES 60u /* of an id, in messages */

static bool no_memory(const char *shown, struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory for the ids of %s", shown);
}

static struct bytes id_of(const struct record_ids *ids, uint32_t row)
{
    return table_value(ids->table, ids->column, table_row_values(ids->table, ids->column)[row]);
}

/* Where the id is in the hash table, or where it belongs. */
static uint32_t *find_slot(const struct record_ids *ids, struct bytes id)
{
    uint64_t at = XXH3_64bits(id.p, id.n) & (ids->n_slots - 1);
    for (; ids->slot[at]; at = (at + 1) & (ids->n_slots - 1)) {
        if (bytes_equal(id_of(ids, ids->slot[at] - 1), id))
            break;
    }
    return &ids->slot[at];
}

static bool not_unique(const struct record_ids *ids, uint32_t first, uint32_t second, struct err *e)
{
    const struct bytes id = id_of(ids, first);
    return err_set(e, ERR_DATA, "name a column that has another value in each record",
                   "%s: %.60s is not unique: \"%.*s\" is in the rows %u and %u", ids->shown,
                   table_column_name(ids->table, ids->column), (int)least(id.n, SHOWN_BYTES), id.p,
                   first + 1, second + 1);
}

bool record_ids_open(struct record_ids *ids, const struct table *table, uint32_t column,
                     const char *shown, struct err *e)
{
    const uint32_t n = (uint32_t)table->head->n_rows;
    *ids = (struct record_ids){.table = table, .shown = shown, .column = column, .n_slots = 16};
    if (column == RECORD_IDS_BY_ROW)
        return true;
    while (ids->n_slots < 2ull * n)
        ids->n_slots *= 2;
    ids->slot = calloc(ids->n_slots, sizeof *ids->slot);
    if (!ids->slot)
        return no_memory(shown, e);
    const uint32_t *value = table_row_values(table, column);
    for (uint32_t row = 0; row < n; row++) {
        if (value[row] == TABLE_MISSING)
            continue;
        uint32_t *slot = find_slot(ids, id_of(ids, row));
        if (*slot)
            return not_unique(ids, *slot - 1, row, e);
        *slot = row + 1;
    }
    return true;
}

void record_ids_close(struct record_ids *ids)
{
    free(ids->slot);
    ids->slot = NULL;
}

uint32_t record_ids_row(const struct record_ids *ids, struct bytes id)
{
    if (ids->column != RECORD_IDS_BY_ROW)
        return *find_slot(ids, id) - 1; /* of 0 that is RECORD_IDS_NONE */
    const uint64_t number = value_whole(id);
    const bool is_row = number >= 1 && number <= ids->table->head->n_rows;
    return is_row ? (uint32_t)(number - 1) : RECORD_IDS_NONE;
}
_Static_assert(RECORD_IDS_NONE == UINT32_MAX, "0 - 1");

/* Says where the file names a record that does not exist. */
static bool unknown(const struct record_ids *ids, const struct load *l, uint64_t row,
                    struct bytes id, const char *hint, struct err *e)
{
    char place[LOAD_PLACE_BYTES];
    return err_set(e, ERR_DATA, hint, "%s: the record \"%.*s\" is not in %s",
                   load_place(l, row, place), (int)least(id.n, SHOWN_BYTES), id.p, ids->shown);
}

bool record_ids_rows(const struct record_ids *ids, const struct load *l, const struct table *names,
                     uint32_t column, const char *hint, uint32_t *row, struct err *e)
{
    const uint32_t *value = table_row_values(names, column);
    const uint32_t n_values = names->columns[column].n_values;
    uint32_t *of = malloc((n_values + 1ull) * sizeof *of);
    if (!of)
        return no_memory(l->shown, e);
    bool ok = true;
#pragma omp parallel for schedule(static)
    for (uint32_t v = 0; v < n_values; v++)
        of[v] = record_ids_row(ids, table_value(names, column, v));
    for (uint64_t i = 0; ok && i < names->head->n_rows; i++) {
        row[i] = value[i] == TABLE_MISSING ? RECORD_IDS_NONE : of[value[i]];
        ok = value[i] == TABLE_MISSING || row[i] != RECORD_IDS_NONE ||
             unknown(ids, l, i, table_value(names, column, value[i]), hint, e);
    }
    free(of);
    return ok;
}
