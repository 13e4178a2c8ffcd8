/* Kept columns are loaded as they stand, the ids so that they can be looked up. */
#include "matcher/eval/eval_tables.h"

#include "core/log.h"
#include "matcher/index/typed_value.h"
#include "matcher/inputs/column_list.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_BYTES (1ull << 40) /* of address space */

const struct table *eval_tables_at(const struct eval_tables *t, int side)
{
    return &t->table[t->sources.self ? 0 : side];
}

/* ---- Which columns ---------------------------------------------------------------------------*/

/* What is to be loaded of each table; of one table both sides are in the first. */
struct wants {
    struct load_want *want[2];
    size_t n[2];
};

static int table_of(const struct eval_tables *t, int side)
{
    return t->sources.self ? 0 : side;
}

static int n_tables(const struct eval_tables *t)
{
    return t->sources.self ? 1 : 2;
}

/* The column of the table that has this column of the file as it stands. */
static uint32_t want_plain(struct wants *w, int table, uint32_t file_column)
{
    size_t i = 0;
    while (i < w->n[table] && w->want[table][i].column != file_column)
        i++;
    if (i == w->n[table])
        w->want[table][w->n[table]++] = (struct load_want){.column = file_column, .plain = true};
    return (uint32_t)i;
}

/* A column that is asked for twice is kept once. */
static void keep_column(struct eval_tables *t, struct wants *w, int side, uint32_t file_column)
{
    const uint32_t column = want_plain(w, table_of(t, side), file_column);
    uint32_t i = 0;
    while (i < t->n_keep[side] && t->keep[side][i] != column)
        i++;
    if (i == t->n_keep[side])
        t->keep[side][t->n_keep[side]++] = column;
}

static void keep_every(struct eval_tables *t, struct wants *w, int side)
{
    const size_t n = sources_load(&t->sources, side)->n_columns;
    for (uint32_t i = 0; i < n; i++)
        keep_column(t, w, side, i);
}

static bool keep_item(struct eval_tables *t, struct wants *w, const struct column_item *item,
                      struct err *e)
{
    bool found[2] = {false, false};
    uint32_t column[2];
    if (!item->every && !column_item_find(item, &t->sources, found, column, e))
        return false;
    for (int side = 0; side < 2; side++)
        if (item->every && item->side[side])
            keep_every(t, w, side);
        else if (found[side])
            keep_column(t, w, side, column[side]);
    return true;
}

static bool want_keeps(struct eval_tables *t, struct wants *w, const char *keep, struct err *e)
{
    struct column_item item;
    for (int side = 0; side < 2 && !keep; side++)
        keep_every(t, w, side);
    for (const char *at = keep; at && *at;)
        if (!column_item_next(&at, "--keep", &item, e) || !keep_item(t, w, &item, e))
            return false;
    return true;
}

static bool want_ids(struct eval_tables *t, struct wants *w, const char *id, struct err *e)
{
    struct column_item item;
    uint32_t column[2];
    if (!id)
        return true;
    t->has_id = true;
    if (!column_item_whole(id, "--id", &item, e) ||
        !column_item_find_both(&item, &t->sources, column, e))
        return false;
    for (int side = 0; side < n_tables(t); side++) {
        t->id_column[side] = (uint32_t)w->n[side];
        w->want[side][w->n[side]++] = (struct load_want){.column = column[side]};
    }
    return true;
}

/* ---- Loading ---------------------------------------------------------------------------------*/

static bool open_files(struct eval_tables *t, const struct eval_tables_asked *asked, bool self,
                       struct err *e)
{
    t->sources.self = self;
    return load_open(&t->sources.load[0], asked->path[0], &asked->reading, e) &&
           (self || load_open(&t->sources.load[1], asked->path[1], &asked->reading, e));
}

static bool make_room(struct eval_tables *t, struct wants *w, struct err *e)
{
    bool ok = true;
    for (int side = 0; side < 2; side++) {
        const size_t n = sources_load(&t->sources, side)->n_columns + 1;
        t->keep[side] = malloc(n * sizeof *t->keep[side]);
        w->want[side] = malloc(n * sizeof *w->want[side]);
        ok = ok && t->keep[side] && w->want[side];
    }
    return ok || err_set(e, ERR_OS, NULL, "not enough memory for the tables");
}

static bool load_side(struct eval_tables *t, struct wants *w, int side, struct err *e)
{
    struct load *l = &t->sources.load[side];
    struct load_stats stats;
    if (w->n[side] == 0) /* a table has columns, and so its rows are counted */
        want_plain(w, side, 0);
    return shm_create(&t->shm[side], l->shown, TABLE_BYTES, e) &&
           load_table(l, w->want[side], w->n[side], &t->shm[side], &stats, e) &&
           table_view(&t->table[side], &t->shm[side], e);
}

bool eval_tables_open(struct eval_tables *t, const struct eval_tables_asked *asked, bool self,
                      struct err *e)
{
    struct wants w = {{NULL, NULL}, {0, 0}};
    const bool ok = open_files(t, asked, self, e) && make_room(t, &w, e) &&
                    want_keeps(t, &w, asked->keep, e) && want_ids(t, &w, asked->id, e) &&
                    load_side(t, &w, 0, e) && (self || load_side(t, &w, 1, e));
    free(w.want[0]);
    free(w.want[1]);
    return ok;
}

void eval_tables_close(struct eval_tables *t)
{
    for (int side = 0; side < 2; side++) {
        free(t->keep[side]);
        free(t->row[side]);
        shm_close(&t->shm[side]);
    }
    sources_close(&t->sources);
}

/* ---- Rows of records -------------------------------------------------------------------------*/

uint32_t eval_tables_ids(const struct eval_tables *t, struct eval_ids ids[2])
{
    const uint32_t n = t->has_id ? (uint32_t)n_tables(t) : 0;
    for (uint32_t side = 0; side < n; side++)
        ids[side] = (struct eval_ids){&t->table[side], t->id_column[side]};
    return n;
}

/* The row that an id is the number of. */
static uint32_t row_of_number(struct bytes id, uint64_t n_rows)
{
    const uint64_t number = value_whole(id);
    return number >= 1 && number <= n_rows ? (uint32_t)(number - 1) : EVAL_NO_RECORD;
}

static void find_numbers(uint32_t *row, const struct eval_records *r, uint64_t n_rows)
{
    for (uint32_t i = 0; i < r->n; i++)
        row[i] = row_of_number(eval_records_id(r, i), n_rows);
}

/* The records of the ids that the table has. */
static void find_ids(uint32_t *row, const struct eval_records *r, uint32_t field, bool of_b,
                     uint64_t n_rows, const char *shown)
{
    uint64_t again = 0;
    for (uint64_t i = 0; i < n_rows; i++) {
        const uint32_t record = eval_records_at(r, field, of_b, i);
        if (record == EVAL_NO_RECORD)
            continue;
        again += row[record] != EVAL_NO_RECORD;
        if (row[record] == EVAL_NO_RECORD)
            row[record] = (uint32_t)i;
    }
    eval_file_say(shown, again, "record has an id that an earlier record has, and is left out",
                  "records have an id that an earlier record has, and are left out");
}

bool eval_tables_find(struct eval_tables *t, const struct eval_records *r, uint32_t field,
                      struct err *e)
{
    for (int side = 0; side < n_tables(t); side++) {
        const uint64_t n_rows = t->table[side].head->n_rows;
        uint32_t *row = t->row[side] = malloc((r->n + 1ull) * sizeof *row);
        if (!row)
            return err_set(e, ERR_OS, NULL, "not enough memory for the records");
        memset(row, 0xff, r->n * sizeof *row);
        if (t->has_id)
            find_ids(row, r, field + (uint32_t)side, side, n_rows, t->sources.load[side].shown);
        else
            find_numbers(row, r, n_rows);
    }
    return true;
}

uint32_t eval_tables_row(const struct eval_tables *t, const struct eval_records *r, uint32_t record)
{
    return t->row[eval_records_side(r, record)][record];
}

void eval_tables_say_unknown(const struct eval_tables *t, const struct eval_records *r,
                             const bool *named, const bool *or_named)
{
    uint64_t n[2] = {0, 0};
    uint32_t first[2] = {0, 0};
    for (uint32_t i = 0; i < r->n; i++) {
        const unsigned side = eval_records_side(r, i);
        if (!(named[i] || or_named[i]) || t->row[side][i] != EVAL_NO_RECORD)
            continue;
        if (n[side]++ == 0)
            first[side] = i;
    }
    for (int side = 0; side < n_tables(t); side++) {
        const struct bytes id = eval_records_id(r, first[side]);
        if (n[side])
            log_note("%s: %llu %s no record, the first \"%.*s\"; their columns stay empty%s",
                     sources_path(&t->sources, side), (unsigned long long)n[side],
                     n[side] == 1 ? "id has" : "ids have", (int)id.n, id.p,
                     t->has_id ? "" : ". If ids are not the numbers of rows, add --id COL");
    }
}
