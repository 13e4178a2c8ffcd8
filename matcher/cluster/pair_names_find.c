/* Names that stand for rows of files that are known. */
#include "matcher/cluster/pair_names_internal.h"

#include "core/base.h"
#include "core/sort.h"
#include "matcher/cluster/record_set.h"
#include "matcher/inputs/record_ids.h"

#include <stdlib.h>

#define GIVE_BOTH "Pairs of A and B need both files: --records A --records B"

static bool unknown_name(const struct pair_file *f, struct bytes name, const char *shown,
                         const char *hint, struct err *e)
{
    return err_set(e, ERR_DATA, hint, "%s names a record \"%.*s\", which is not in %s",
                   f->load.shown, (int)least(name.n, 60), name.p, shown);
}

/* ---- Rows of several files -------------------------------------------------------------------*/

/* A record by its file and its name there. */
struct keyed {
    uint64_t key;
    uint32_t row;
};

static int by_key(const void *x, const void *y)
{
    return sort_order(((const struct keyed *)x)->key, ((const struct keyed *)y)->key);
}

/* Files and names as numbers: those of the records, then those of both sides of the pairs. */
struct files {
    const struct pair_file *f;
    const struct table *records;
    uint32_t id;
    const char *shown;
    size_t n_files;
    struct pair_texts sources, ids;
    struct keyed *record; /* n of them, by key */
    uint32_t n;
};

static bool number_texts(struct files *x, struct err *e)
{
    const struct pair_file *f = x->f;
    const bool sourced = f->source[0] != PAIR_FILE_NO_COLUMN;
    uint64_t n = x->records->columns[LOAD_SOURCE].n_values;
    for (int side = 0; sourced && side < 2; side++)
        n += f->table.columns[f->source[side]].n_values;
    if (!pair_texts_open(&x->sources, n, e) ||
        !pair_texts_open(&x->ids,
                         (uint64_t)x->records->columns[x->id].n_values + pair_names_values(f, 0) +
                             pair_names_values(f, 1),
                         e))
        return false;
    pair_texts_add_values(&x->sources, x->records, LOAD_SOURCE);
    pair_texts_add_values(&x->ids, x->records, x->id);
    for (int side = 0; side < 2; side++) {
        if (sourced)
            pair_texts_add_values(&x->sources, &f->table, f->source[side]);
        pair_texts_add_values(&x->ids, &f->table, (uint32_t)side);
    }
    return pair_texts_number(&x->sources, e) && pair_texts_number(&x->ids, e);
}

static bool twice(const struct files *x, uint32_t first, uint32_t second, struct err *e)
{
    const struct record_column c = record_column_of(x->records, x->id);
    struct bytes name;
    record_value(&c, first, &name);
    return err_set(e, ERR_DATA, "name a column that has another value in each record of a file",
                   "%s: %.60s is not unique: \"%.*s\" is in the rows %u and %u of all", x->shown,
                   c.name.p, (int)least(name.n, 60), name.p, first + 1, second + 1);
}

/* Lists the records that have a name, by key. */
static bool list_records(struct files *x, struct err *e)
{
    const uint32_t *source = table_row_values(x->records, LOAD_SOURCE);
    const uint32_t *id = table_row_values(x->records, x->id);
    const uint32_t n = (uint32_t)x->records->head->n_rows;
    x->record = malloc((n + 1ull) * sizeof *x->record);
    if (!x->record)
        return pair_names_no_memory(e);
    for (uint32_t i = 0; i < n; i++)
        if (id[i] != TABLE_MISSING)
            x->record[x->n++] = (struct keyed){
                (uint64_t)x->sources.number[source[i]] << 32 | x->ids.number[id[i]], i};
    qsort(x->record, x->n, sizeof *x->record, by_key);
    for (uint32_t i = 1; i < x->n; i++)
        if (x->record[i].key == x->record[i - 1].key)
            return twice(x, x->record[i - 1].row, x->record[i].row, e);
    return true;
}

/* Is it said of which file each record is, and are these files given? */
static bool check_sources(const struct files *x, struct err *e)
{
    const struct pair_file *f = x->f;
    const uint32_t n = x->records->columns[LOAD_SOURCE].n_values;
    if (f->source[0] == PAIR_FILE_NO_COLUMN)
        return x->n_files == 2 ||
               err_set(e, ERR_USAGE, "give two files: of the first column, and of the second",
                       "%s has no columns a.source and b.source, which say of which of %zu files a "
                       "record is",
                       f->load.shown, x->n_files);
    for (uint32_t i = n; i < x->sources.n; i++) {
        uint32_t k = 0;
        while (k < n && x->sources.number[k] != x->sources.number[i])
            k++;
        if (k == n)
            return err_set(e, ERR_USAGE, "give all files by --records, called as in the pairs",
                           "%s names records of %.*s, which is not given", f->load.shown,
                           (int)least(x->sources.text[i].n, 200), x->sources.text[i].p);
    }
    return true;
}

/* The file of a pair's record, as a number: what the pairs say, else that of its side. */
static uint32_t source_of(const struct files *x, int side, uint64_t pair)
{
    const struct pair_file *f = x->f;
    const struct table *t = &f->table;
    if (f->source[0] == PAIR_FILE_NO_COLUMN)
        return x->sources.number[side];
    const uint32_t v = table_row_values(t, f->source[side])[pair];
    const uint32_t before =
        x->records->columns[LOAD_SOURCE].n_values + (side ? t->columns[f->source[0]].n_values : 0);
    return v == TABLE_MISSING ? TABLE_MISSING : x->sources.number[before + v];
}

static bool find_side(struct pair_names *names, const struct files *x, int side, struct err *e)
{
    const struct pair_file *f = x->f;
    const uint32_t *value = table_row_values(&f->table, (uint32_t)side);
    const uint32_t before =
        x->records->columns[x->id].n_values + (side ? pair_names_values(f, 0) : 0);
    for (uint64_t i = 0; i < f->table.head->n_rows; i++) {
        names->record[side][i] = PAIR_NAMES_NONE;
        if (value[i] == TABLE_MISSING)
            continue;
        const struct keyed key = {
            (uint64_t)source_of(x, side, i) << 32 | x->ids.number[before + value[i]], 0};
        const struct keyed *at = bsearch(&key, x->record, x->n, sizeof key, by_key);
        if (!at)
            return unknown_name(f, x->ids.text[before + value[i]], x->shown,
                                "is --id the column that the pairs name?", e);
        names->record[side][i] = at->row;
    }
    return true;
}

bool pair_names_find_in_files(struct pair_names *names, const struct pair_file *f,
                              const struct table *records, uint32_t id, const struct load *load,
                              struct err *e)
{
    struct files x = {
        .f = f, .records = records, .id = id, .shown = load->shown, .n_files = load_n_parts(load)};
    bool ok = pair_names_open(names, f, e);
    names->n = (uint32_t)records->head->n_rows;
    ok = ok && number_texts(&x, e) && check_sources(&x, e) && list_records(&x, e) &&
         find_side(names, &x, 0, e) && find_side(names, &x, 1, e);
    pair_texts_free(&x.sources);
    pair_texts_free(&x.ids);
    free(x.record);
    return ok;
}

/* ---- Rows of one file ------------------------------------------------------------------------*/

bool pair_names_find(struct pair_names *names, const struct pair_file *f,
                     const struct table *records, uint32_t id, const struct load *load,
                     struct err *e)
{
    const char *shown = load->shown;
    if (f->source[0] != PAIR_FILE_NO_COLUMN)
        return err_set(
            e, ERR_USAGE, "give each of these files by --records, called as in the pairs",
            "%s names records of several files (a.source), and one is given", f->load.shown);
    const char *hint = id == PAIR_FILE_NO_COLUMN
                           ? "--id names the column of the records that the pairs name. " GIVE_BOTH
                           : "is --id the column that the pairs name? " GIVE_BOTH;
    struct record_ids ids = {NULL};
    bool ok = pair_names_open(names, f, e);
    names->n = (uint32_t)records->head->n_rows;
    ok = ok && record_ids_open(&ids, records, id == PAIR_FILE_NO_COLUMN ? RECORD_IDS_BY_ROW : id,
                               shown, e);
    for (uint32_t side = 0; ok && side < 2; side++)
        ok = record_ids_rows(&ids, &f->load, &f->table, side, hint, names->record[side], e);
    record_ids_close(&ids);
    return ok;
}
