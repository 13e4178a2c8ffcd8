/* Counts by value, then over the values. */
#include "matcher/report/report_data.h"

#include "data/format/format.h"
#include "data/text.h"
#include "matcher/page/chart.h"
#include "matcher/page/page_number.h"

#include <stdlib.h>
#include <string.h>

#define MOST_COLUMNS 40u   /* of a side; more are not looked at */
#define MOST_LENGTH 65536u /* characters; longer values count as so long in the median */

/* ---- Looking ---------------------------------------------------------------------------------*/

/* How many records have each value; malloced. */
static uint32_t *count_values(const struct table *t, uint32_t column)
{
    const uint32_t *of_row = table_row_values(t, column);
    uint32_t *rows = calloc(t->columns[column].n_values + 1ull, sizeof *rows);
    for (uint64_t i = 0; rows && i < t->head->n_rows; i++)
        if (of_row[i] != TABLE_MISSING)
            rows[of_row[i]]++;
    return rows;
}

/* Adds a value of so many records to the most frequent ones, if it is one. */
static void rank_value(struct report_column *c, uint32_t value, uint64_t rows)
{
    uint32_t i = c->n_frequent;
    while (i && c->frequent[i - 1].rows < rows)
        i--;
    if (i == REPORT_FREQUENT)
        return;
    c->n_frequent += c->n_frequent < REPORT_FREQUENT;
    memmove(&c->frequent[i + 1], &c->frequent[i], (c->n_frequent - i - 1) * sizeof *c->frequent);
    c->frequent[i].value = value;
    c->frequent[i].rows = rows;
}

/* The length that half of the records with a value do not exceed. */
static uint64_t median_of(const uint64_t *rows_of_length, uint64_t n_rows)
{
    uint64_t length = 0, seen = rows_of_length[0];
    while (2 * seen < n_rows)
        seen += rows_of_length[++length];
    return length;
}

/* What follows from the values and the records of each. */
static void look_at_values(const struct table *t, uint32_t column, const uint32_t *rows,
                           uint64_t *rows_of_length, struct report_column *c)
{
    uint64_t taken = 0;
    for (uint32_t v = 0; v < t->columns[column].n_values; v++) {
        if (rows[v] == 0)
            continue;
        const struct bytes value = table_value(t, column, v);
        const uint64_t n = text_characters(value.p, value.n);
        c->shortest = taken == 0 || n < c->shortest ? n : c->shortest;
        c->longest = n > c->longest ? n : c->longest;
        rows_of_length[n < MOST_LENGTH ? n : MOST_LENGTH] += rows[v];
        taken += rows[v];
        c->distinct++;
        if (!t->columns[column].plain)
            rank_value(c, v, rows[v]);
    }
    c->missing = c->n_rows - taken;
    c->median = median_of(rows_of_length, taken);
    if (t->columns[column].plain)
        c->distinct = 0;
}

bool report_column_look(const struct table *t, uint32_t column, struct report_column *c,
                        struct err *e)
{
    uint32_t *rows = count_values(t, column);
    uint64_t *rows_of_length = calloc(MOST_LENGTH + 1, sizeof *rows_of_length);
    *c = (struct report_column){.n_rows = t->head->n_rows};
    const bool ok = rows && rows_of_length;
    if (ok)
        look_at_values(t, column, rows, rows_of_length, c);
    free(rows);
    free(rows_of_length);
    return ok || err_set(e, ERR_OS, NULL, "not enough memory to look at a column");
}

/* ---- Which columns ---------------------------------------------------------------------------*/

/* A column of a side. */
struct shown_column {
    const struct table *table;
    uint32_t column;
    bool compared;
    struct report_column has;
};

struct shown_columns {
    const struct run *r;
    int side;
    uint32_t n;
    struct shown_column at[MOST_COLUMNS];
};

/* Is a column of this file column here already? */
static bool is_shown(const struct shown_columns *s, const struct table *t, uint32_t column)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (s->at[i].table->columns[s->at[i].column].source == t->columns[column].source)
            return true;
    return false;
}

static void add_column(struct shown_columns *s, const struct table *t, uint32_t column,
                       bool compared)
{
    if (s->n < MOST_COLUMNS && !is_shown(s, t, column))
        s->at[s->n++] = (struct shown_column){.table = t, .column = column, .compared = compared};
}

/* Does a scorer or an expression read the column, be it as a number or a date? */
static bool is_read(const struct shown_columns *s, const struct table *t, uint32_t column)
{
    for (uint32_t i = 0; i < s->r->wanted.n_fields; i++) {
        const struct index_field *f = &s->r->loaded.field[i];
        if ((int)f->side == s->side &&
            f->table->columns[f->column].source == t->columns[column].source)
            return true;
    }
    return false;
}

/* The compared columns of the side as they are compared, then the others that are loaded. */
static void find_columns(struct shown_columns *s)
{
    const struct run *r = s->r;
    const struct table *t = &r->loaded.inputs.table[s->side];
    for (uint32_t i = 0; i < r->wanted.n_fields; i++) {
        const struct index_field *f = &r->loaded.field[i];
        if ((int)f->side == s->side && f->kind == INDEX_TEXT)
            add_column(s, f->table, f->column, true);
    }
    for (uint32_t i = 0; i < t->head->n_columns && !r->loaded.inputs.table[s->side].head->saved_at;
         i++)
        add_column(s, t, i, is_read(s, t, i));
}

/* Records whose value was there and is not, after cleaning; as far as the value as it stands in the
 * file is loaded as well. */
static uint64_t emptied_of(const struct shown_columns *s, const struct shown_column *c)
{
    const struct table *t = &s->r->loaded.inputs.table[s->side];
    for (uint32_t i = 0; i < s->r->query.n_shown; i++) {
        const uint32_t k = s->r->query.shown[i].column[s->side];
        if (k != QUERY_NO_COLUMN && t->columns[k].source == c->table->columns[c->column].source &&
            (t != c->table || k != c->column)) {
            const uint32_t *value = table_row_values(t, k);
            uint64_t missing = 0;
            for (uint64_t row = 0; row < t->head->n_rows; row++)
                missing += value[row] == TABLE_MISSING;
            return c->has.missing > missing ? c->has.missing - missing : 0;
        }
    }
    return 0;
}

/* ---- Showing ---------------------------------------------------------------------------------*/

static void show_row(struct page *p, const struct shown_column *c, uint64_t emptied, bool any)
{
    const struct report_column *has = &c->has;
    page_cell(p, "%s", table_column_name(c->table, c->column));
    page_cell(p, "%s", c->compared ? "compared" : "written");
    page_cell_count(p, has->n_rows - has->missing);
    page_cell_count(p, has->missing);
    if (has->distinct)
        page_cell_count(p, has->distinct);
    else
        page_cell(p, "not counted");
    page_cell_count(p, has->shortest);
    page_cell_count(p, has->median);
    page_cell_count(p, has->longest);
    if (any)
        page_cell_count(p, emptied);
}

/* The last column of the table is there only where cleaning has emptied some value. */
static void show_table(struct page *p, const struct shown_columns *s)
{
    static const struct page_column column[] = {
        {"column", false}, {"use", false},      {"with a value", true},
        {"missing", true}, {"different", true}, {"shortest", true},
        {"median", true},  {"longest", true},   {"emptied", true}};
    const uint32_t n = sizeof column / sizeof *column;
    uint64_t emptied[MOST_COLUMNS], all = 0;
    for (uint32_t i = 0; i < s->n; i++)
        all += emptied[i] = s->at[i].compared ? emptied_of(s, &s->at[i]) : 0;
    page_table_begin(
        p, &(struct page_table){.caption = all ? "Lengths are in characters. Of values that are "
                                                 "emptied, cleaning left nothing; they are missing."
                                               : "Lengths are in characters.",
                                .column = column,
                                .n_columns = all ? n : n - 1});
    for (uint32_t i = 0; i < s->n; i++)
        show_row(p, &s->at[i], emptied[i], all > 0);
    page_table_end(p);
}

/* Is one value in several records? Else bars would all be of length 1. */
static bool repeats(const struct shown_column *c)
{
    return c->compared && c->has.n_frequent && c->has.frequent[0].rows > 1;
}

static void show_frequent(struct page *p, const struct shown_columns *s,
                          const struct shown_column *c)
{
    struct chart_bar bar[REPORT_FREQUENT];
    char title[300];
    for (uint32_t i = 0; i < c->has.n_frequent; i++)
        bar[i] = (struct chart_bar){table_value(c->table, c->column, c->has.frequent[i].value),
                                    (double)c->has.frequent[i].rows};
    snprintf(title, sizeof title, "The most frequent values of %c.%.200s", s->side ? 'b' : 'a',
             table_column_name(c->table, c->column));
    chart_bars(p, &(struct chart_bars){.about = {.title = title},
                                       .label_name = "value",
                                       .value_name = "records",
                                       .bar = bar,
                                       .n = c->has.n_frequent});
}

static bool show_side(struct page *p, struct shown_columns *s, struct err *e)
{
    const struct table *t = &s->r->loaded.inputs.table[s->side];
    char title[320];
    find_columns(s);
    for (uint32_t i = 0; i < s->n; i++)
        if (!report_column_look(s->at[i].table, s->at[i].column, &s->at[i].has, e))
            return false;
    snprintf(title, sizeof title, "%s%.300s",
             s->r->sources.self ? ""
             : s->side          ? "B: "
                                : "A: ",
             sources_path(&s->r->sources, s->side));
    page_heading(p, title);
    if (t->head->origin.encoding[0] && t->head->origin.delimiter)
        page_paragraph(p, "Read as %.31s, with %s between the fields.", t->head->origin.encoding,
                       t->head->origin.delimiter == '\t'  ? "tabs"
                       : t->head->origin.delimiter == ',' ? "commas"
                       : t->head->origin.delimiter == ';' ? "semicolons"
                                                          : (char[]){t->head->origin.delimiter, 0});
    show_table(p, s);
    for (uint32_t i = 0; i < s->n; i++)
        if (repeats(&s->at[i]))
            show_frequent(p, s, &s->at[i]);
    return true;
}

bool report_data(struct page *p, const struct run *r, struct err *e)
{
    struct shown_columns *s = malloc(sizeof *s);
    const int n_sides = r->sources.self ? 1 : 2;
    bool ok = s || err_set(e, ERR_OS, NULL, "not enough memory to look at columns");
    page_section(p, "The data");
    for (int side = 0; ok && side < n_sides; side++) {
        *s = (struct shown_columns){.r = r, .side = side};
        ok = show_side(p, s, e);
    }
    free(s);
    return ok;
}
