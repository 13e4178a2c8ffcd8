/* Columns that are asked for are loaded as they stand, the ids so that equal ones are found. */
#include "matcher/review/review_records.h"

#include "core/log.h"
#include "matcher/inputs/column_list.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TABLE_BYTES (1ull << 40) /* of address space */

static int table_of(const struct review_records *r, int side)
{
    return r->sources.self ? 0 : side;
}

const struct table *review_records_table(const struct review_records *r, int side)
{
    return &r->table[table_of(r, side)];
}

const struct record_ids *review_records_ids(const struct review_records *r, int side)
{
    return &r->ids[table_of(r, side)];
}

struct bytes review_records_value(const struct review_records *r, const struct review_field *field,
                                  int side, uint32_t row)
{
    const struct table *t = review_records_table(r, side);
    const uint32_t column = field->column[side];
    if (column == REVIEW_NO_COLUMN)
        return (struct bytes){"", 0};
    const uint32_t value = table_row_values(t, column)[row];
    return value == TABLE_MISSING ? (struct bytes){"", 0} : table_value(t, column, value);
}

struct bytes review_records_name(const struct review_records *r, const struct review_field *field,
                                 int side)
{
    const struct table *t = review_records_table(r, side);
    const uint32_t column = field->column[side];
    if (column == REVIEW_NO_COLUMN)
        return (struct bytes){"", 0};
    return (struct bytes){table_column_name(t, column), t->columns[column].name_bytes};
}

/* ---- Which columns ---------------------------------------------------------------------------*/

/* Fields with columns of the files, and what is to be loaded of each table. */
struct wants {
    struct review_records *r;
    uint32_t id[2]; /* columns of the files, or RECORD_IDS_BY_ROW */
    struct load_want *want[2];
    size_t n[2];
};

static const char *name_of(const struct wants *w, int side, uint32_t column)
{
    return sources_load(&w->r->sources, side)->names[column];
}

static bool has(const struct wants *w, int side, uint32_t column)
{
    uint32_t i = 0;
    while (i < w->r->n_fields && w->r->field[i].column[side] != column)
        i++;
    return i < w->r->n_fields;
}

static void add(struct wants *w, uint32_t a, uint32_t b)
{
    const bool has_a = a == REVIEW_NO_COLUMN || has(w, 0, a);
    const bool has_b = b == REVIEW_NO_COLUMN || has(w, 1, b);
    if (has_a && has_b)
        return;
    w->r->field[w->r->n_fields++] =
        (struct review_field){{has_a ? REVIEW_NO_COLUMN : a, has_b ? REVIEW_NO_COLUMN : b}};
}

/* The column of the other side that has this name, but for case; else REVIEW_NO_COLUMN. */
static uint32_t same_name(const struct wants *w, int side, uint32_t column)
{
    const struct load *other = sources_load(&w->r->sources, !side);
    if (w->r->sources.self)
        return column;
    for (uint32_t i = 0; i < other->n_columns; i++)
        if (i != w->id[!side] && strcasecmp(other->names[i], name_of(w, side, column)) == 0)
            return i;
    return REVIEW_NO_COLUMN;
}

/* All columns of these sides but the ids, which stand above them: those of A with those of the same
 * names in B, then others of B. */
static void add_every(struct wants *w, const bool side[2])
{
    const size_t n_a = sources_load(&w->r->sources, 0)->n_columns;
    const size_t n_b = sources_load(&w->r->sources, 1)->n_columns;
    for (uint32_t i = 0; side[0] && i < n_a; i++)
        if (i != w->id[0])
            add(w, i, side[1] ? same_name(w, 0, i) : REVIEW_NO_COLUMN);
    for (uint32_t i = 0; side[1] && i < n_b; i++)
        if (i != w->id[1])
            add(w, REVIEW_NO_COLUMN, i);
}

static bool add_item(struct wants *w, const struct column_item *item, struct err *e)
{
    bool found[2];
    uint32_t column[2];
    if (item->every) {
        add_every(w, item->side);
        return true;
    }
    if (!column_item_find(item, &w->r->sources, found, column, e))
        return false;
    add(w, found[0] ? column[0] : REVIEW_NO_COLUMN, found[1] ? column[1] : REVIEW_NO_COLUMN);
    return true;
}

/* Where no column is shown of both sides, nothing stands one above the other: says how it would. */
static void advise(const struct wants *w)
{
    const struct review_field *field = w->r->field;
    uint32_t i = 0, first_b = 0;
    while (i < w->r->n_fields &&
           (field[i].column[0] == REVIEW_NO_COLUMN || field[i].column[1] == REVIEW_NO_COLUMN))
        i++;
    while (first_b < w->r->n_fields && field[first_b].column[0] != REVIEW_NO_COLUMN)
        first_b++;
    if (i == w->r->n_fields && first_b > 0 && first_b < w->r->n_fields)
        log_note("no column of %s is called as one of %s: --columns '%s=%s' shows two as one",
                 sources_path(&w->r->sources, 0), sources_path(&w->r->sources, 1),
                 name_of(w, 0, field[0].column[0]), name_of(w, 1, field[first_b].column[1]));
}

static bool add_columns(struct wants *w, const char *columns, struct err *e)
{
    const bool both[] = {true, true};
    struct column_item item;
    if (!columns) {
        add_every(w, both);
        advise(w);
    }
    for (const char *at = columns; at && *at;)
        if (!column_item_next(&at, "--columns", &item, e) || !add_item(w, &item, e))
            return false;
    return true;
}

/* ---- Loading ---------------------------------------------------------------------------------*/

/* Wants a column of a file; returns its place in the table. */
static uint32_t want(struct wants *w, int table, uint32_t column, bool plain)
{
    size_t i = 0;
    while (i < w->n[table] &&
           (w->want[table][i].column != column || w->want[table][i].plain != plain))
        i++;
    if (i == w->n[table])
        w->want[table][w->n[table]++] = (struct load_want){.column = column, .plain = plain};
    return (uint32_t)i;
}

/* From here on fields have columns of the tables. */
static void want_fields(struct wants *w)
{
    for (uint32_t i = 0; i < w->r->n_fields; i++)
        for (int side = 0; side < 2; side++) {
            uint32_t *column = &w->r->field[i].column[side];
            if (*column != REVIEW_NO_COLUMN)
                *column = want(w, table_of(w->r, side), *column, true);
        }
}

static bool find_ids(struct wants *w, const char *id, struct err *e)
{
    struct column_item item;
    w->id[0] = w->id[1] = RECORD_IDS_BY_ROW;
    return !id || (column_item_whole(id, "--id", &item, e) &&
                   column_item_find_both(&item, &w->r->sources, w->id, e));
}

/* Now as a column of the table. */
static uint32_t want_id(struct wants *w, int side)
{
    return w->id[side] == RECORD_IDS_BY_ROW ? RECORD_IDS_BY_ROW
                                            : want(w, table_of(w->r, side), w->id[side], false);
}

static bool open_files(struct review_records *r, const struct review_records_asked *asked,
                       struct err *e)
{
    r->sources.self = !asked->path[1];
    return load_open(&r->sources.load[0], asked->path[0], &asked->reading[0], e) &&
           (r->sources.self ||
            load_open(&r->sources.load[1], asked->path[1], &asked->reading[1], e));
}

static bool make_room(struct wants *w, struct err *e)
{
    const size_t n =
        sources_load(&w->r->sources, 0)->n_columns + sources_load(&w->r->sources, 1)->n_columns + 2;
    w->r->field = malloc(n * sizeof *w->r->field);
    for (int side = 0; side < 2; side++)
        w->want[side] = malloc(n * sizeof *w->want[side]);
    return (w->r->field && w->want[0] && w->want[1]) ||
           err_set(e, ERR_OS, NULL, "not enough memory for the columns");
}

static bool load_side(struct wants *w, int side, uint32_t id, struct err *e)
{
    struct review_records *r = w->r;
    struct load *l = &r->sources.load[side];
    struct load_stats stats;
    if (w->n[side] == 0) /* a table has columns, and so its rows are counted */
        want(w, side, 0, true);
    return shm_create(&r->shm[side], l->shown, TABLE_BYTES, e) &&
           load_table(l, w->want[side], w->n[side], &r->shm[side], &stats, e) &&
           table_view(&r->table[side], &r->shm[side], e) &&
           record_ids_open(&r->ids[side], &r->table[side], id, l->shown, e);
}

bool review_records_open(struct review_records *r, const struct review_records_asked *asked,
                         struct err *e)
{
    struct wants w = {.r = r};
    bool ok = open_files(r, asked, e) && make_room(&w, e) && find_ids(&w, asked->id, e) &&
              add_columns(&w, asked->columns, e);
    if (ok) {
        want_fields(&w);
        const uint32_t id[] = {want_id(&w, 0), want_id(&w, 1)};
        ok = load_side(&w, 0, id[0], e) && (r->sources.self || load_side(&w, 1, id[1], e));
    }
    free(w.want[0]);
    free(w.want[1]);
    return ok;
}

void review_records_close(struct review_records *r)
{
    for (int side = 0; side < 2; side++) {
        record_ids_close(&r->ids[side]);
        shm_close(&r->shm[side]);
    }
    free(r->field);
    sources_close(&r->sources);
}
