/* Labels are read by value, pairs are sorted by their rows. */
#include "matcher/inputs/labels.h"

#include "core/base.h"
#include "core/shm.h"
#include "core/sort.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_BYTES (1ull << 40) /* of address space */
#define SHOWN_BYTES 60u         /* of a value, in messages */
#define IDS 2u                  /* the first columns name the records */

uint32_t labels_column(const struct load *l)
{
    for (uint32_t i = IDS; i < l->n_columns; i++)
        if (strcasecmp(l->names[i], "match") == 0)
            return i;
    return LABELS_NO_COLUMN;
}

/* ---- Labels ----------------------------------------------------------------------------------*/

static const struct {
    const char *word;
    enum label label;
} words[] = {
    {"1", LABEL_MATCH},  {"yes", LABEL_MATCH},    {"y", LABEL_MATCH},  {"true", LABEL_MATCH},
    {"t", LABEL_MATCH},  {"match", LABEL_MATCH},  {"0", LABEL_DIFFER}, {"no", LABEL_DIFFER},
    {"n", LABEL_DIFFER}, {"false", LABEL_DIFFER}, {"f", LABEL_DIFFER}, {"differ", LABEL_DIFFER},
    {"", LABEL_NONE},
};
#define N_WORDS (sizeof words / sizeof *words)

static bool find_label(struct bytes value, enum label *label)
{
    for (size_t i = 0; i < N_WORDS; i++)
        if (strlen(words[i].word) == value.n && strncasecmp(words[i].word, value.p, value.n) == 0) {
            *label = words[i].label;
            return true;
        }
    return false;
}

static bool no_label(const struct load *l, const struct table *t, uint32_t column, uint32_t v,
                     struct err *e)
{
    const struct bytes value = table_value(t, column, v);
    char place[LOAD_PLACE_BYTES];
    uint64_t row = 0;
    while (table_row_values(t, column)[row] != v)
        row++;
    return err_set(e, ERR_DATA, "write 1 for records that are the same, 0 for others",
                   "%s: \"%.*s\" in the column %s is no label", load_place(l, row, place),
                   (int)least(value.n, SHOWN_BYTES), value.p, table_column_name(t, column));
}

enum label *labels_of_values(const struct load *l, const struct table *t, uint32_t column,
                             struct err *e)
{
    const uint32_t n = t->columns[column].n_values;
    enum label *label = malloc((n + 1ull) * sizeof *label);
    bool ok = label || err_set(e, ERR_OS, NULL, "not enough memory for the labels");
    for (uint32_t v = 0; ok && v < n; v++)
        ok = find_label(table_value(t, column, v), &label[v]) || no_label(l, t, column, v, e);
    if (ok)
        return label;
    free(label);
    return NULL;
}

/* ---- Pairs -----------------------------------------------------------------------------------*/

/* All that reading takes. */
struct reading {
    struct load load;
    struct shm shm;
    struct table table; /* two columns of ids, then the labels */
    uint32_t column;    /* of the file: the labels, or LABELS_NO_COLUMN: all pairs match */
    enum label *label;  /* by value; NULL without such a column */
    uint32_t *row[2];   /* of each row of the file */
};

static bool no_labels(const struct reading *r, struct err *e)
{
    return err_set(e, ERR_USAGE,
                   "its first line is a,b,match: two ids, and 1 for a match or 0 for none",
                   "%s has no column called match after the two that name records", r->load.shown);
}

static bool open_file(struct reading *r, const char *path, const struct load_options *options,
                      struct err *e)
{
    if (!load_open(&r->load, path, options, e))
        return false;
    r->column = labels_column(&r->load);
    return r->load.n_columns >= IDS ||
           err_set(e, ERR_USAGE, "its first two columns are ids, of A and of B",
                   "%s has one column, which does not name pairs", r->load.shown);
}

static bool load_pairs(struct reading *r, struct err *e)
{
    const struct load_want wants[] = {{.column = 0}, {.column = 1}, {.column = r->column}};
    const bool labelled = r->column != LABELS_NO_COLUMN;
    struct load_stats stats;
    return shm_create(&r->shm, r->load.shown, FILE_BYTES, e) &&
           load_table(&r->load, wants, IDS + labelled, &r->shm, &stats, e) &&
           table_view(&r->table, &r->shm, e) &&
           (!labelled || (r->label = labels_of_values(&r->load, &r->table, IDS, e)));
}

static bool find_rows(struct reading *r, const struct record_ids *const of[2], struct err *e)
{
    for (uint32_t side = 0; side < IDS; side++) {
        r->row[side] = malloc((r->table.head->n_rows + 1) * sizeof *r->row[side]);
        if (!r->row[side])
            return err_set(e, ERR_OS, NULL, "not enough memory for the pairs of %s", r->load.shown);
        if (!record_ids_rows(of[side], &r->load, &r->table, side,
                             "is --id the column that the pairs name?", r->row[side], e))
            return false;
    }
    return true;
}

/* A pair with its place in the file. */
struct placed {
    struct labelled_pair pair;
    uint64_t place;
};

static uint64_t key_of(const struct labelled_pair *p)
{
    return (uint64_t)p->row[0] << 32 | p->row[1];
}

static int by_rows(const void *x, const void *y)
{
    const struct placed *a = x, *b = y;
    const int order = sort_order(key_of(&a->pair), key_of(&b->pair));
    return order ? order : sort_order(a->place, b->place);
}

static enum label label_of(const struct reading *r, uint64_t row)
{
    if (!r->label)
        return LABEL_MATCH;
    const uint32_t value = table_row_values(&r->table, IDS)[row];
    return value == TABLE_MISSING ? LABEL_NONE : r->label[value];
}

/* The pairs as the file has them. */
static uint64_t take_pairs(const struct reading *r, bool self, struct placed *all)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < r->table.head->n_rows; i++) {
        const uint32_t a = r->row[0][i], b = r->row[1][i];
        const enum label label = label_of(r, i);
        const bool turn = self && a > b;
        if (label != LABEL_NONE && a != RECORD_IDS_NONE && b != RECORD_IDS_NONE)
            all[n++] = (struct placed){{{turn ? b : a, turn ? a : b}, label == LABEL_MATCH}, i};
    }
    return n;
}

static bool list_pairs(struct labels *labels, const struct reading *r, bool self, struct err *e)
{
    const uint64_t n_rows = r->table.head->n_rows;
    struct placed *all = malloc((n_rows + 1) * sizeof *all);
    labels->pair = malloc((n_rows + 1) * sizeof *labels->pair);
    if (!all || !labels->pair) {
        free(all);
        return err_set(e, ERR_OS, NULL, "not enough memory for the pairs of %s", r->load.shown);
    }
    const uint64_t n = take_pairs(r, self, all);
    labels->n_none = n_rows - n;
    labels->n_columns = (uint32_t)r->load.n_columns;
    labels->column = r->column;
    labels->complete = r->column == LABELS_NO_COLUMN;
    labels->origin = r->table.head->origin;
    qsort(all, n, sizeof *all, by_rows);
    for (uint64_t i = 0; i < n; i++)
        if (i + 1 == n || key_of(&all[i].pair) != key_of(&all[i + 1].pair)) {
            labels->pair[labels->n++] = all[i].pair;
            labels->n_match += all[i].pair.match;
        }
    free(all);
    return true;
}

static bool read_file(struct labels *labels, const char *path, const struct load_options *reading,
                      const struct record_ids *const of[2], bool need_labels, struct err *e)
{
    struct reading r = {.shm.fd = -1};
    *labels = (struct labels){NULL};
    const bool ok = open_file(&r, path, reading, e) &&
                    (!need_labels || r.column != LABELS_NO_COLUMN || no_labels(&r, e)) &&
                    load_pairs(&r, e) && find_rows(&r, of, e) &&
                    list_pairs(labels, &r, of[0] == of[1], e);
    free(r.label);
    free(r.row[0]);
    free(r.row[1]);
    shm_close(&r.shm);
    load_close(&r.load);
    return ok;
}

bool labels_read(struct labels *labels, const char *path, const struct load_options *reading,
                 const struct record_ids *const of[2], struct err *e)
{
    return read_file(labels, path, reading, of, true, e);
}

bool labels_read_truth(struct labels *labels, const char *path, const struct load_options *reading,
                       const struct record_ids *const of[2], struct err *e)
{
    return read_file(labels, path, reading, of, false, e);
}

void labels_free(struct labels *labels)
{
    free(labels->pair);
    labels->pair = NULL;
}
