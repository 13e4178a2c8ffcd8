/* Values of both records, and the bytes in which they differ. */
#include "matcher/report/report_pair.h"

#include "core/base.h"
#include "matcher/output/table_cell.h"
#include "matcher/page/page_number.h"

#include <stdlib.h>
#include <string.h>

#define FIELDS_MOST QUERY_MAX_SHOWN
#define SPANS_MOST (TABLE_CELL_MOST + 1) /* of a value: one for each character, and its end */

/* ---- Where they differ -----------------------------------------------------------------------*/

/* The bytes of a character of a cell in its value. */
static uint32_t bytes_of(const struct table_cell *c, uint32_t i)
{
    const unsigned char control = (unsigned char)c->at[i].control;
    return !control ? c->at[i].bytes : control < 0x80 ? 1 : 2;
}

/* The marks of a cell as bytes of its value; neighbours are one span. Returns how many. */
static uint32_t spans_of(const struct table_cell *c, struct page_span span[SPANS_MOST])
{
    uint32_t n = 0, at = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        const uint32_t end = at + bytes_of(c, i);
        const bool goes_on = n && span[n - 1].to == at && span[n - 1].from < at;
        if (c->at[i].differs && goes_on)
            span[n - 1].to = end;
        else if (c->at[i].differs || c->at[i].gap)
            span[n++] = (struct page_span){at, c->at[i].differs ? end : at};
        at = end;
    }
    if (c->gap_at_end)
        span[n++] = (struct page_span){at, at};
    return n;
}

/* The spans of a field, of both sides. */
struct marks {
    struct page_span span[2][SPANS_MOST];
};

static void mark(struct page_field *field, struct marks *marks)
{
    struct table_cell cell[2];
    for (int side = 0; side < 2; side++)
        table_cell_make(&cell[side], field->side[side].value);
    table_cell_compare(&cell[0], &cell[1]);
    for (int side = 0; side < 2; side++) {
        field->side[side].differs = marks->span[side];
        field->side[side].n_differs = spans_of(&cell[side], marks->span[side]);
    }
}

/* ---- A pair ----------------------------------------------------------------------------------*/

void report_pair_values(struct page *p, const struct bytes id[2],
                        const struct report_values *values, uint32_t n, const char *title,
                        const char *note)
{
    struct page_field field[FIELDS_MOST];
    const uint32_t shown = least(n, FIELDS_MOST);
    struct marks *marks = calloc(shown + 1, sizeof *marks);
    for (uint32_t i = 0; i < shown; i++) {
        field[i] = (struct page_field){.name = values[i].name};
        for (int side = 0; side < 2; side++)
            field[i].side[side].value = values[i].value[side];
        if (marks && values[i].value[0].p && values[i].value[1].p)
            mark(&field[i], &marks[i]);
    }
    page_pair(
        p,
        &(struct page_pair){
            .id = {id[0], id[1]}, .title = title, .note = note, .field = field, .n_fields = shown});
    free(marks); /* without memory the pair stands without marks */
}

/* ---- Of a run --------------------------------------------------------------------------------*/

static struct bytes value_at(const struct table *t, uint32_t column, uint32_t row)
{
    return column == QUERY_NO_COLUMN ? (struct bytes){NULL, 0} : table_value_at(t, column, row);
}

static struct bytes name_at(const struct table *t, uint32_t column)
{
    return column == QUERY_NO_COLUMN
               ? (struct bytes){"", 0}
               : (struct bytes){table_column_name(t, column), t->columns[column].name_bytes};
}

/* The id of a record, or the number of its row, in text. */
static struct bytes id_of(const struct run *r, int side, uint32_t row, char text[32])
{
    const struct emit_spec *lines = &r->query.lines;
    const uint32_t column = side ? lines->id_b : lines->id_a;
    if (column != EMIT_ROW_NUMBER)
        return table_value_at(&r->loaded.inputs.table[side], column, row);
    const int n = r->asked->called_as ? snprintf(text, 32, "position %u", row)
                                      : snprintf(text, 32, "row %llu", row + 1ull);
    return (struct bytes){text, (uint32_t)n};
}

void report_pair(struct page *p, const struct run *r, const uint32_t row[2], const char *title,
                 const char *note)
{
    const struct query *query = &r->query;
    const struct table *t = r->loaded.inputs.table;
    char name[QUERY_MAX_SHOWN][TABLE_CELL_NAME_BYTES];
    struct report_values values[QUERY_MAX_SHOWN];
    char text[2][32];
    for (uint32_t i = 0; i < query->n_shown; i++) {
        const uint32_t *column = query->shown[i].column;
        const struct bytes both =
            table_cell_name(name_at(&t[0], column[0]), name_at(&t[1], column[1]), name[i]);
        values[i] = (struct report_values){
            both.p, {value_at(&t[0], column[0], row[0]), value_at(&t[1], column[1], row[1])}};
    }
    const struct bytes id[] = {id_of(r, 0, row[0], text[0]), id_of(r, 1, row[1], text[1])};
    report_pair_values(p, id, values, query->n_shown, title, note);
}

void report_pair_found(struct page *p, const struct run *r, const struct found_pair *pair,
                       double threshold)
{
    const uint32_t row[2] = {pair->row_a, pair->row_b};
    char number[PAGE_NUMBER_BYTES], title[PAGE_NUMBER_BYTES + 8];
    snprintf(title, sizeof title, "score %s", page_number_beside(pair->score, threshold, number));
    report_pair(p, r, row, title, NULL);
}
