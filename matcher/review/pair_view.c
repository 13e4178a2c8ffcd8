/* A column of names, a column that says a, b or =, and the values. */
#include "matcher/review/pair_view.h"

#include "core/base.h"
#include "matcher/index/typed_value.h"
#include "matcher/output/table_cell.h"

#include <math.h>
#include <string.h>

#define GAP 2u
#define SIDE_WIDTH 1u
#define MOST_NAME_WIDTH 24u
#define TEXT_BYTES TABLE_CELL_NAME_BYTES /* of a name, or of a line of the file's figures */

/* What is printed, and how wide its columns are. */
struct view {
    const struct questions *q;
    uint32_t pair;
    unsigned name_width, value_width;
    struct table_line line;
};

/* ---- Names -----------------------------------------------------------------------------------*/

static struct bytes field_name(const struct view *v, const struct review_field *field,
                               char text[TEXT_BYTES])
{
    return table_cell_name(review_records_name(v->q->records, field, 0),
                           review_records_name(v->q->records, field, 1), text);
}

static unsigned width_of(struct bytes text)
{
    struct table_cell cell;
    table_cell_make(&cell, text);
    return cell.width;
}

/* As wide as the longest name, unless that takes more than a third of the line. */
static void measure(struct view *v, unsigned width)
{
    char text[TEXT_BYTES];
    const unsigned line = greatest(width, PAIR_VIEW_LEAST_WIDTH);
    v->name_width = sizeof "record" - 1;
    for (uint32_t i = 0; i < v->q->records->n_fields; i++)
        v->name_width =
            greatest(v->name_width, width_of(field_name(v, &v->q->records->field[i], text)));
    v->name_width = least(v->name_width, least(MOST_NAME_WIDTH, line / 3));
    v->value_width = line - v->name_width - GAP - SIDE_WIDTH - GAP;
}

/* ---- Lines -----------------------------------------------------------------------------------*/

/* The begin of a line: a name or blanks, then the side or a blank. */
static void begin_line(struct view *v, struct bytes name, const char *side)
{
    struct table_cell cell;
    table_cell_make(&cell, name);
    table_cell_print(&cell, v->name_width, true, &v->line);
    table_line_blanks(&v->line, GAP);
    if (*side)
        table_line_text(&v->line, side);
    else
        table_line_blanks(&v->line, SIDE_WIDTH);
    table_line_blanks(&v->line, GAP);
}

static void print_piece(struct view *v, struct bytes name, const char *side,
                        const struct table_cell *piece)
{
    begin_line(v, name, side);
    table_cell_print(piece, v->value_width, false, &v->line);
    table_line_end(&v->line);
}

/* A value that both have. */
static void print_common(struct view *v, struct bytes name, struct bytes value)
{
    struct table_cell cell, piece;
    table_cell_make(&cell, value);
    for (uint32_t at = 0; at < cell.n;) {
        const bool first = at == 0;
        at = table_cell_piece(&cell, at, v->value_width, &piece);
        print_piece(v, first ? name : bytes_from(""), first ? "=" : "", &piece);
    }
}

/* Without colour: below what B has, unless nothing is marked there. */
static void print_marks(struct view *v, const struct table_cell *piece)
{
    if (v->line.colour || !table_cell_is_marked(piece))
        return;
    begin_line(v, bytes_from(""), "");
    table_cell_print_marks(piece, v->value_width, &v->line);
    table_line_end(&v->line);
}

/* Two values, one above the other, piece by piece. */
static void print_two(struct view *v, struct bytes name, struct bytes a, struct bytes b,
                      bool compare)
{
    struct table_cell cell[2], piece;
    uint32_t at[2] = {0, 0};
    table_cell_make(&cell[0], a);
    table_cell_make(&cell[1], b);
    if (compare)
        table_cell_compare(&cell[0], &cell[1]);
    for (bool first = true; first || at[0] < cell[0].n || at[1] < cell[1].n; first = false)
        for (int side = 0; side < 2; side++) {
            if (!first && at[side] == cell[side].n)
                continue;
            at[side] = table_cell_piece(&cell[side], at[side], v->value_width, &piece);
            print_piece(v, first && side == 0 ? name : bytes_from(""), side ? "b" : "a", &piece);
            if (side)
                print_marks(v, &piece);
        }
}

/* ---- Parts -----------------------------------------------------------------------------------*/

/* "score 0.8333", in one line. */
static void print_named(struct view *v, const char *name, struct bytes value)
{
    char text[TEXT_BYTES];
    struct table_cell cell;
    snprintf(text, sizeof text, "%.200s %.*s", name, (int)least(value.n, 150), value.p);
    table_cell_make(&cell, bytes_from(text));
    table_cell_print(&cell, v->name_width + v->value_width + 2 * GAP + SIDE_WIDTH, false, &v->line);
    table_line_end(&v->line);
}

/* What the file has of a term: numbers as the score has them. */
static struct bytes term_text(const struct view *v, uint32_t column,
                              char text[TABLE_CELL_NUMBER_BYTES])
{
    const struct table *t = &v->q->pairs.table;
    const uint32_t value = table_row_values(t, column)[v->pair];
    if (value == TABLE_MISSING)
        return bytes_from("missing");
    const struct bytes has = table_value(t, column, value);
    const double number = value_number(has);
    return isnan(number) ? has : table_cell_number(number, text);
}

/* The score, then what else the file says of the pair. */
static void print_scores(struct view *v)
{
    const struct pair_file *f = &v->q->pairs;
    char text[TABLE_CELL_NUMBER_BYTES];
    if (v->q->score)
        print_named(v, "score", table_cell_number(v->q->score[v->pair], text));
    for (uint32_t k = 0; k < f->n_terms; k++)
        print_named(v, table_column_name(&f->table, f->term[k]), term_text(v, f->term[k], text));
    if (v->q->score || f->n_terms)
        table_line_end(&v->line);
}

static void print_fields(struct view *v)
{
    const struct review_records *r = v->q->records;
    char text[TEXT_BYTES];
    uint32_t n_empty = 0;
    for (uint32_t i = 0; i < r->n_fields; i++) {
        const struct bytes a = review_records_value(r, &r->field[i], 0, v->q->row[0][v->pair]);
        const struct bytes b = review_records_value(r, &r->field[i], 1, v->q->row[1][v->pair]);
        const struct bytes name = field_name(v, &r->field[i], text);
        n_empty += !a.n && !b.n;
        if (a.n && bytes_equal(a, b))
            print_common(v, name, a);
        else if (a.n || b.n)
            print_two(v, name, a, b, true);
    }
    if (n_empty)
        fprintf(v->line.out, "\n%u %s empty in both.\n", n_empty,
                n_empty == 1 ? "column is" : "columns are");
}

void pair_view_print(const struct questions *q, uint32_t pair, unsigned width, bool colour,
                     FILE *out)
{
    struct view v = {.q = q, .pair = pair, .line = {.out = out, .colour = colour}};
    measure(&v, width);
    print_scores(&v);
    print_two(&v, bytes_from("record"), questions_id(q, pair, 0), questions_id(q, pair, 1), false);
    print_fields(&v);
}
