/* Numbers names. Values of columns are numbered first, then the rows that have them, since names
 * repeat. */
#include "matcher/cluster/pair_names_internal.h"

#include "core/sort.h"
#include "data/distinct.h"
#include "matcher/index/typed_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool pair_names_no_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory for the names of the records");
}

void pair_names_free(struct pair_names *names)
{
    free(names->record[0]);
    free(names->record[1]);
    free(names->name);
    free(names->source);
    *names = (struct pair_names){0};
}

uint32_t pair_names_values(const struct pair_file *f, int side)
{
    return f->table.columns[side].n_values;
}

bool pair_names_open(struct pair_names *names, const struct pair_file *f, struct err *e)
{
    const uint64_t n = f->table.head->n_rows;
    *names = (struct pair_names){.n = 0};
    for (int side = 0; side < 2; side++)
        names->record[side] = malloc((n + 1) * sizeof *names->record[side]);
    return (names->record[0] && names->record[1]) || pair_names_no_memory(e);
}

void pair_names_spread(struct pair_names *names, const struct pair_file *f,
                       const uint32_t *const of[2])
{
    const uint64_t n = f->table.head->n_rows;
    for (int side = 0; side < 2; side++) {
        const uint32_t *value = table_row_values(&f->table, (uint32_t)side);
#pragma omp parallel for schedule(static)
        for (uint64_t i = 0; i < n; i++)
            names->record[side][i] =
                value[i] == TABLE_MISSING ? PAIR_NAMES_NONE : of[side][value[i]];
    }
}

/* ---- Texts -----------------------------------------------------------------------------------*/

bool pair_texts_open(struct pair_texts *t, uint64_t most, struct err *e)
{
    *t = (struct pair_texts){.n = 0};
    if (most >= TABLE_MISSING)
        return err_set(e, ERR_DATA, "split the file", "more than 4,294,967,294 names of records");
    t->text = malloc((most + 1) * sizeof *t->text);
    t->number = malloc((most + 1) * sizeof *t->number);
    return (t->text && t->number) || pair_names_no_memory(e);
}

void pair_texts_add_values(struct pair_texts *t, const struct table *table, uint32_t column)
{
    for (uint32_t v = 0; v < table->columns[column].n_values; v++)
        t->text[t->n++] = table_value(table, column, v);
}

bool pair_texts_number(struct pair_texts *t, struct err *e)
{
    uint32_t n_numbers = 0;
    if (!distinct_number(t->text, t->n, t->number, &n_numbers))
        return pair_names_no_memory(e);
    t->n_numbers = n_numbers;
    return true;
}

void pair_texts_free(struct pair_texts *t)
{
    free(t->text);
    free(t->number);
}

/* ---- Order -----------------------------------------------------------------------------------*/

struct numbered {
    uint64_t group; /* tables and files stay together */
    uint64_t number;
    uint32_t record;
};

static int by_number(const void *x, const void *y)
{
    const struct numbered *a = x, *b = y;
    return a->group != b->group ? sort_order(a->group, b->group) : sort_order(a->number, b->number);
}

/* The records by number, if all their names are whole numbers; else none are given. */
static uint32_t fill_numbered(const struct pair_names *names, const uint32_t *group,
                              struct numbered *all)
{
    for (uint32_t i = 0; i < names->n; i++) {
        all[i] = (struct numbered){group ? group[i] : 0, value_whole(names->name[i]), i};
        if (all[i].number == UINT64_MAX)
            return 0;
    }
    return names->n;
}

/* place[record] is where the record comes: by number, else in the order of the pairs. */
static void find_places(const struct pair_names *names, uint64_t n_pairs, const uint32_t *group,
                        struct numbered *all, uint32_t *place)
{
    uint32_t next = 0;
    if (fill_numbered(names, group, all)) {
        qsort(all, names->n, sizeof *all, by_number);
        for (uint32_t i = 0; i < names->n; i++)
            place[all[i].record] = i;
        return;
    }
    for (uint32_t i = 0; i < names->n; i++)
        place[i] = PAIR_NAMES_NONE;
    for (uint64_t k = 0; k < n_pairs; k++)
        for (int side = 0; side < 2; side++) {
            const uint32_t record = names->record[side][k];
            if (record != PAIR_NAMES_NONE && place[record] == PAIR_NAMES_NONE)
                place[record] = next++;
        }
}

static struct bytes *move(struct bytes *from, const uint32_t *place, uint32_t n)
{
    struct bytes *to = malloc((n + 1ull) * sizeof *to);
    for (uint32_t i = 0; to && i < n; i++)
        to[place[i]] = from[i];
    free(from);
    return to;
}

/* Puts the records into their order. `group`: of each record, what stays together; or NULL. */
static bool put_in_order(struct pair_names *names, uint64_t n_pairs, const uint32_t *group,
                         struct err *e)
{
    struct numbered *all = malloc((names->n + 1ull) * sizeof *all);
    uint32_t *place = malloc((names->n + 1ull) * sizeof *place);
    bool ok = all && place;
    if (ok) {
        find_places(names, n_pairs, group, all, place);
        for (int side = 0; side < 2; side++)
            for (uint64_t k = 0; k < n_pairs; k++)
                if (names->record[side][k] != PAIR_NAMES_NONE)
                    names->record[side][k] = place[names->record[side][k]];
        names->name = move(names->name, place, names->n);
        ok = names->name;
        if (names->source) {
            names->source = move(names->source, place, names->n);
            ok = ok && names->source;
        }
    }
    free(place);
    free(all);
    return ok || pair_names_no_memory(e);
}

/* ---- Names alone -----------------------------------------------------------------------------*/

/* A name is in both columns, and nobody said what that means. */
static bool ask(const struct pair_file *f, struct bytes name, struct err *e)
{
    return err_set(e, ERR_USAGE,
                   "add --tables 1 if the pairs are of one table, as axb dedupe writes them, or "
                   "--tables 2 if they are of A and B, as axb match does",
                   "%s: \"%.*s\" is in both columns: that is one record, or one of A and one of B",
                   f->load.shown, (int)(name.n < 60 ? name.n : 60), name.p);
}

/* Refuses a value of the second column that is one of the first. */
static bool check_shared(const struct pair_texts *t, const struct pair_file *f, struct err *e)
{
    const uint32_t n_first = pair_names_values(f, 0);
    bool *first = calloc(t->n_numbers + 1ull, sizeof *first);
    bool ok = first || pair_names_no_memory(e);
    for (uint32_t i = 0; ok && i < n_first; i++)
        first[t->number[i]] = true;
    for (uint32_t i = n_first; ok && i < t->n; i++)
        ok = !first[t->number[i]] || ask(f, t->text[i], e);
    free(first);
    return ok;
}

/* Pairs of one table: equal names are one record. */
static bool name_one(struct pair_names *names, const struct pair_file *f, struct pair_texts *t,
                     struct err *e)
{
    const uint32_t *const of[2] = {t->number, t->number + pair_names_values(f, 0)};
    names->n = t->n_numbers;
    names->name = malloc((names->n + 1ull) * sizeof *names->name);
    if (!names->name)
        return pair_names_no_memory(e);
    for (uint32_t i = 0; i < t->n; i++)
        names->name[t->number[i]] = t->text[i];
    pair_names_spread(names, f, of);
    return put_in_order(names, f->table.head->n_rows, NULL, e);
}

/* Pairs of two tables: each value of each column is a record. */
static bool name_two(struct pair_names *names, const struct pair_file *f, struct pair_texts *t,
                     struct err *e)
{
    const uint32_t n_a = pair_names_values(f, 0);
    const uint32_t *const of[2] = {t->number, t->number + n_a};
    uint32_t *group = malloc((t->n + 1ull) * sizeof *group);
    names->n = t->n;
    names->name = malloc((names->n + 1ull) * sizeof *names->name);
    names->source = malloc((names->n + 1ull) * sizeof *names->source);
    bool ok = (group && names->name && names->source) || pair_names_no_memory(e);
    for (uint32_t i = 0; ok && i < t->n; i++) {
        t->number[i] = i;
        group[i] = i >= n_a;
        names->name[i] = t->text[i];
        names->source[i] = (struct bytes){i < n_a ? "A" : "B", 1};
    }
    if (ok) {
        pair_names_spread(names, f, of);
        ok = put_in_order(names, f->table.head->n_rows, group, e);
    }
    free(group);
    return ok;
}

static bool name_values(struct pair_names *names, const struct pair_file *f,
                        enum opts_tables tables, struct err *e)
{
    struct pair_texts t = {NULL};
    bool ok = pair_texts_open(&t, (uint64_t)pair_names_values(f, 0) + pair_names_values(f, 1), e);
    if (ok) {
        pair_texts_add_values(&t, &f->table, 0);
        pair_texts_add_values(&t, &f->table, 1);
        ok = pair_texts_number(&t, e);
    }
    ok = ok && (tables != OPTS_TABLES_AUTO || check_shared(&t, f, e)) &&
         (tables == OPTS_TABLES_TWO ? name_two : name_one)(names, f, &t, e);
    pair_texts_free(&t);
    return ok;
}

/* ---- Names with the file that they are from --------------------------------------------------*/

/* A record is a file and a name in it. Values of all four columns are numbered, so that a record is
 * two numbers, which are numbered in turn. */
struct sourced {
    struct pair_texts sources, ids;
    uint64_t *key[2]; /* of each pair and side; UINT64_MAX: no name */
    uint64_t *sorted; /* the keys of all records, ascending */
};

static bool number_columns(struct pair_texts *t, const struct table *table, uint32_t a, uint32_t b,
                           struct err *e)
{
    if (!pair_texts_open(t, (uint64_t)table->columns[a].n_values + table->columns[b].n_values, e))
        return false;
    pair_texts_add_values(t, table, a);
    pair_texts_add_values(t, table, b);
    return pair_texts_number(t, e);
}

static void make_keys(struct sourced *s, const struct pair_file *f, int side)
{
    const struct table *t = &f->table;
    const uint32_t *id = table_row_values(t, (uint32_t)side);
    const uint32_t *source = table_row_values(t, f->source[side]);
    const uint32_t *of_id = s->ids.number + (side ? pair_names_values(f, 0) : 0);
    const uint32_t *of_source = s->sources.number + (side ? t->columns[f->source[0]].n_values : 0);
    for (uint64_t i = 0; i < t->head->n_rows; i++)
        s->key[side][i] = id[i] == TABLE_MISSING || source[i] == TABLE_MISSING
                              ? UINT64_MAX
                              : (uint64_t)of_source[source[i]] << 32 | of_id[id[i]];
}

/* The records: sorted keys, each once. Returns how many. */
static uint32_t list_records(struct sourced *s, uint64_t n_pairs)
{
    uint64_t n = 0, kept = 0;
    for (int side = 0; side < 2; side++)
        for (uint64_t i = 0; i < n_pairs; i++)
            if (s->key[side][i] != UINT64_MAX)
                s->sorted[n++] = s->key[side][i];
    sort_u64(s->sorted, n);
    for (uint64_t i = 0; i < n; i++)
        if (i == 0 || s->sorted[i] != s->sorted[i - 1])
            s->sorted[kept++] = s->sorted[i];
    return (uint32_t)kept;
}

static void find_records(struct pair_names *names, const struct sourced *s, uint64_t n_pairs)
{
    for (int side = 0; side < 2; side++)
#pragma omp parallel for schedule(static)
        for (uint64_t i = 0; i < n_pairs; i++) {
            const uint64_t key = s->key[side][i];
            const uint64_t *at = key == UINT64_MAX ? NULL
                                                   : bsearch(&key, s->sorted, names->n, sizeof key,
                                                             sort_compare_u64);
            names->record[side][i] = at ? (uint32_t)(at - s->sorted) : PAIR_NAMES_NONE;
        }
}

/* The first text of each number. */
static struct bytes *texts_by_number(const struct pair_texts *t)
{
    struct bytes *by = malloc((t->n_numbers + 1ull) * sizeof *by);
    for (uint32_t i = 0; by && i < t->n; i++)
        by[t->number[i]] = t->text[i];
    return by;
}

static bool name_records(struct pair_names *names, const struct sourced *s, uint64_t n_pairs,
                         struct err *e)
{
    struct bytes *ids = texts_by_number(&s->ids), *sources = texts_by_number(&s->sources);
    uint32_t *group = malloc((names->n + 1ull) * sizeof *group);
    names->name = malloc((names->n + 1ull) * sizeof *names->name);
    names->source = malloc((names->n + 1ull) * sizeof *names->source);
    bool ok = (ids && sources && group && names->name && names->source) || pair_names_no_memory(e);
    for (uint32_t i = 0; ok && i < names->n; i++) {
        group[i] = (uint32_t)(s->sorted[i] >> 32);
        names->source[i] = sources[group[i]];
        names->name[i] = ids[(uint32_t)s->sorted[i]];
    }
    ok = ok && put_in_order(names, n_pairs, group, e);
    free(group);
    free(sources);
    free(ids);
    return ok;
}

static bool name_sourced(struct pair_names *names, const struct pair_file *f, struct err *e)
{
    const uint64_t n = f->table.head->n_rows;
    struct sourced s = {
        .key = {malloc((n + 1) * sizeof(uint64_t)), malloc((n + 1) * sizeof(uint64_t))},
        .sorted = malloc((2 * n + 1) * sizeof(uint64_t))};
    bool ok = (s.key[0] && s.key[1] && s.sorted) || pair_names_no_memory(e);
    ok = ok && number_columns(&s.ids, &f->table, 0, 1, e) &&
         number_columns(&s.sources, &f->table, f->source[0], f->source[1], e);
    if (ok) {
        make_keys(&s, f, 0);
        make_keys(&s, f, 1);
        names->n = list_records(&s, n);
        find_records(names, &s, n);
        ok = name_records(names, &s, n, e);
    }
    pair_texts_free(&s.ids);
    pair_texts_free(&s.sources);
    free(s.sorted);
    free(s.key[0]);
    free(s.key[1]);
    return ok;
}

bool pair_names_make(struct pair_names *names, const struct pair_file *f, enum opts_tables tables,
                     struct err *e)
{
    if (!pair_names_open(names, f, e))
        return false;
    return f->source[0] != PAIR_FILE_NO_COLUMN ? name_sourced(names, f, e)
                                               : name_values(names, f, tables, e);
}
