/* Keeping the best pairs, and laying them out. */
#include "matcher/output/table_view.h"

#include "core/string_builder.h"
#include "data/number.h"
#include "matcher/output/table_cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define USUAL_WIDTH 80u
#define LEAST_COLUMN 8u /* what a column is never cut below, where it has more */
#define GAP 2u          /* blanks between columns */
#define SIDE_WIDTH 1u   /* of "a" and "b" */
#define COLOUR_HEAD "\033[1m"
#define COLOUR_END "\033[0m"

/* ---- The best pairs --------------------------------------------------------------------------*/

void table_view_begin(struct table_view *v, const struct query *query)
{
    *v = (struct table_view){.n_terms = query->lines.n_terms, .least = query->least};
}

static size_t record_bytes(const struct table_view *v)
{
    return 2 * sizeof(uint32_t) + (1 + v->n_terms) * sizeof(double);
}

/* Takes a record without a partner. */
static void keep_alone(struct table_view *v, struct table_view_pair *pair)
{
    for (uint32_t k = 0; k < v->n_terms; k++)
        pair->term[k] = (double)NAN;
    v->n_all_alone++;
    if (v->n_alone < TABLE_VIEW_ALONE)
        v->alone[v->n_alone++] = *pair;
}

static bool is_better(const struct table_view *v, double x, double y)
{
    return v->least ? x < y : x > y;
}

/* Pairs come in the order of rows; so one that is only as good as those before it comes after
 * them. */
static void keep(struct table_view *v, const char *record)
{
    struct table_view_pair pair;
    memcpy(pair.row, record, sizeof pair.row);
    memcpy(&pair.score, record + sizeof pair.row, sizeof pair.score);
    if (pair.row[0] == TABLE_VIEW_NO_ROW || pair.row[1] == TABLE_VIEW_NO_ROW) {
        keep_alone(v, &pair);
        return;
    }
    v->n_all++;
    if (v->n == TABLE_VIEW_PAIRS && !is_better(v, pair.score, v->pair[v->n - 1].score))
        return;
    memcpy(pair.term, record + sizeof pair.row + sizeof pair.score, v->n_terms * sizeof *pair.term);
    uint32_t at = v->n < TABLE_VIEW_PAIRS ? v->n++ : v->n - 1;
    for (; at > 0 && is_better(v, pair.score, v->pair[at - 1].score); at--)
        v->pair[at] = v->pair[at - 1];
    v->pair[at] = pair;
}

bool table_view_take(void *context, const char *p, size_t n, struct err *e)
{
    struct table_view *v = context;
    const size_t whole = record_bytes(v);
    (void)e;
    while (n) {
        const size_t lacks = whole - v->n_partial, taken = n < lacks ? n : lacks;
        memcpy(v->partial + v->n_partial, p, taken);
        v->n_partial += taken;
        p += taken;
        n -= taken;
        if (v->n_partial == whole) {
            keep(v, v->partial);
            v->n_partial = 0;
        }
    }
    return true;
}

/* ---- Columns ---------------------------------------------------------------------------------*/

/* A column of the table: ids, a term, or columns of the records. */
enum kind { KIND_ID, KIND_TERM, KIND_SHOWN };
struct column {
    enum kind kind;
    uint32_t index;       /* of a term, or in query->shown */
    unsigned whole_width; /* of its widest value or name */
    unsigned width;       /* in which it is shown */
};

#define MOST_COLUMNS (1 + EMIT_MAX_TERMS + QUERY_MAX_SHOWN)
#define TEXT_BYTES TABLE_CELL_NAME_BYTES /* of a number, or of a name */

struct layout {
    const struct table_view *v;
    const struct query *query;
    const struct table *table;
    const struct table_look *look;
    unsigned score_width;
    struct column column[MOST_COLUMNS];
    uint32_t n, n_left_out;
};

static struct bytes name_bytes(const struct table *t, uint32_t column)
{
    return (struct bytes){table_column_name(t, column), t->columns[column].name_bytes};
}

static struct bytes both_names(const struct layout *x, const uint32_t column[2],
                               char text[TEXT_BYTES])
{
    struct bytes name[2] = {{"", 0}, {"", 0}};
    for (int side = 0; side < 2; side++)
        if (column[side] != QUERY_NO_COLUMN)
            name[side] = name_bytes(&x->table[side], column[side]);
    return table_cell_name(name[0], name[1], text);
}

static struct bytes column_name(const struct layout *x, const struct column *c,
                                char text[TEXT_BYTES])
{
    const struct emit_spec *spec = &x->query->lines;
    if (c->kind == KIND_ID && spec->id_a == EMIT_ROW_NUMBER)
        return bytes_from("row");
    if (c->kind == KIND_ID)
        return both_names(x, (const uint32_t[]){spec->id_a, spec->id_b}, text);
    if (c->kind == KIND_TERM)
        return bytes_from(spec->term_names + spec->term_at[c->index]);
    return both_names(x, x->query->shown[c->index].column, text);
}

static struct bytes table_field(const struct table *t, uint32_t column, uint64_t row)
{
    const uint32_t value = table_row_values(t, column)[row];
    return value == TABLE_MISSING ? (struct bytes){"", 0} : table_value(t, column, value);
}

/* What a pair has in a column on a side; empty for nothing. `text` may hold it. */
static struct bytes field(const struct layout *x, const struct column *c,
                          const struct table_view_pair *pair, int side, char text[TEXT_BYTES])
{
    const struct emit_spec *spec = &x->query->lines;
    uint32_t column = side ? spec->id_b : spec->id_a;
    if (c->kind == KIND_TERM)
        return side ? bytes_from("") : table_cell_number(pair->term[c->index], text);
    if (pair->row[side] == TABLE_VIEW_NO_ROW)
        return bytes_from("");
    if (c->kind == KIND_SHOWN)
        column = x->query->shown[c->index].column[side];
    else if (column == EMIT_ROW_NUMBER) {
        *number_integer(text, pair->row[side] + 1ull) = 0;
        return bytes_from(text);
    }
    return column == QUERY_NO_COLUMN ? bytes_from("")
                                     : table_field(&x->table[side], column, pair->row[side]);
}

/* Numbers stand right. */
static bool is_right(const struct layout *x, const struct column *c)
{
    return c->kind == KIND_ID && x->query->lines.id_a == EMIT_ROW_NUMBER;
}

/* ---- Widths ----------------------------------------------------------------------------------*/

static void widen(unsigned *width, struct bytes value)
{
    struct table_cell cell;
    table_cell_make(&cell, value);
    *width = cell.width > *width ? cell.width : *width;
}

/* The i-th of what the table shows: first the pairs, then the records without a partner. */
static const struct table_view_pair *shown(const struct table_view *v, uint32_t i)
{
    return i < v->n ? &v->pair[i] : &v->alone[i - v->n];
}

static uint32_t n_shown(const struct table_view *v)
{
    return v->n + v->n_alone;
}

static void measure(struct layout *x)
{
    char text[TEXT_BYTES];
    x->score_width = sizeof "score" - 1;
    for (uint32_t i = 0; i < x->v->n; i++)
        widen(&x->score_width, table_cell_number(x->v->pair[i].score, text));
    for (struct column *c = x->column; c < x->column + x->n; c++) {
        c->whole_width = 1;
        widen(&c->whole_width, column_name(x, c, text));
        for (uint32_t i = 0; i < n_shown(x->v); i++)
            for (int side = 0; side < 2; side++)
                widen(&c->whole_width, field(x, c, shown(x->v, i), side, text));
    }
}

static unsigned line_width(const struct layout *x)
{
    unsigned width = x->score_width + GAP + SIDE_WIDTH;
    for (uint32_t i = 0; i < x->n; i++)
        width += GAP + x->column[i].width;
    return width;
}

/* Is a pair known by this column? Ids and compared columns are cut last. */
static bool is_needed(const struct layout *x, const struct column *c)
{
    return c->kind == KIND_ID || (c->kind == KIND_SHOWN && c->index < x->query->n_compared_shown);
}

/* The widest column of those that are needed or not, if it is wider than `least`; else NULL. */
static struct column *widest(struct layout *x, bool needed, unsigned least)
{
    struct column *best = NULL;
    for (struct column *c = x->column; c < x->column + x->n; c++)
        if (is_needed(x, c) == needed && c->width > (best ? best->width : least))
            best = c;
    return best;
}

/* The column that is made narrower next: one that is not needed, else one that takes more than half
 * the line, else, where needed columns alone are left, any; NULL: none can be. */
static struct column *next_cut(struct layout *x)
{
    struct column *c = widest(x, false, LEAST_COLUMN);
    c = c ? c : widest(x, true, x->look->width / 2);
    if (!c && is_needed(x, &x->column[x->n - 1]))
        c = widest(x, true, LEAST_COLUMN);
    return c || x->n > 1 ? c : widest(x, true, 1);
}

/* Makes columns narrower, one by one; false if they do not fit even then. */
static bool fit_all(struct layout *x)
{
    for (uint32_t i = 0; i < x->n; i++)
        x->column[i].width = x->column[i].whole_width;
    while (line_width(x) > x->look->width) {
        struct column *c = next_cut(x);
        if (!c)
            return false;
        c->width--;
    }
    return true;
}

/* Leaves out the last columns, until the others fit. */
static void fit(struct layout *x)
{
    for (; !fit_all(x) && x->n > 1; x->n--)
        x->n_left_out++;
}

static void lay_out(struct layout *x)
{
    x->column[x->n++] = (struct column){.kind = KIND_ID};
    for (uint32_t k = 0; k < x->v->n_terms; k++)
        x->column[x->n++] = (struct column){.kind = KIND_TERM, .index = k};
    for (uint32_t k = 0; k < x->query->n_shown; k++)
        x->column[x->n++] = (struct column){.kind = KIND_SHOWN, .index = k};
    x->n_left_out = x->query->n_not_shown;
    measure(x);
    fit(x);
}

/* ---- Printing --------------------------------------------------------------------------------*/

static void print_head(const struct layout *x, struct table_line *l)
{
    char text[TEXT_BYTES];
    struct table_cell cell;
    if (l->colour)
        fputs(COLOUR_HEAD, l->out);
    table_line_text(l, "score");
    table_line_blanks(l, x->score_width - (unsigned)sizeof "score" + 1 + GAP + SIDE_WIDTH);
    for (const struct column *c = x->column; c < x->column + x->n; c++) {
        table_cell_make(&cell, column_name(x, c, text));
        table_line_blanks(l, GAP);
        table_cell_print(&cell, c->width, is_right(x, c), l);
    }
    if (l->colour)
        fputs(COLOUR_END, l->out);
    table_line_end(l);
}

/* The fields of a pair: cell[2 * i + side] is that of column i. */
struct fields {
    struct table_cell cell[2 * MOST_COLUMNS];
    char text[2 * MOST_COLUMNS][TEXT_BYTES];
};

static void make_fields(const struct layout *x, const struct table_view_pair *pair,
                        struct fields *f)
{
    for (uint32_t i = 0; i < x->n; i++) {
        for (int side = 0; side < 2; side++)
            table_cell_make(&f->cell[2 * i + (uint32_t)side],
                            field(x, &x->column[i], pair, side, f->text[2 * i + (uint32_t)side]));
        if (x->column[i].kind == KIND_SHOWN)
            table_cell_compare(&f->cell[2 * i], &f->cell[2 * i + 1]);
    }
}

static void print_record(const struct layout *x, const struct table_view_pair *pair,
                         const struct fields *f, uint32_t side, struct table_line *l)
{
    char text[TEXT_BYTES];
    const struct bytes score = table_cell_number(pair->score, text);
    if (side == 0) {
        table_line_blanks(l, x->score_width - score.n);
        table_line_text(l, score.p);
    } else {
        table_line_blanks(l, x->score_width);
    }
    table_line_blanks(l, GAP);
    table_line_text(l, side ? "b" : "a");
    for (uint32_t i = 0; i < x->n; i++) {
        table_line_blanks(l, GAP);
        table_cell_print(&f->cell[2 * i + side], x->column[i].width, is_right(x, &x->column[i]), l);
    }
    table_line_end(l);
}

/* Without colour: a line of marks below the record of B, unless the two are alike. */
static void print_marks(const struct layout *x, const struct fields *f, struct table_line *l)
{
    bool any = false;
    for (uint32_t i = 0; i < x->n; i++)
        any = any || (x->column[i].kind == KIND_SHOWN && table_cell_is_marked(&f->cell[2 * i + 1]));
    if (!any || l->colour)
        return;
    table_line_blanks(l, x->score_width + GAP + SIDE_WIDTH);
    for (uint32_t i = 0; i < x->n; i++) {
        table_line_blanks(l, GAP);
        if (x->column[i].kind == KIND_SHOWN)
            table_cell_print_marks(&f->cell[2 * i + 1], x->column[i].width, l);
        else
            table_line_blanks(l, x->column[i].width);
    }
    table_line_end(l);
}

/* 4211 as "4,211". */
static const char *with_commas(uint64_t n, char text[32])
{
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    char *p = text;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            *p++ = ',';
        *p++ = digits[i];
    }
    *p = 0;
    return text;
}

/* What the table does not show. */
static void print_rest(const struct layout *x, FILE *out)
{
    const struct {
        uint64_t n;
        const char *one, *many;
    } rest[] = {{x->v->n_all - x->v->n, "pair", "pairs"},
                {x->v->n_all_alone - x->v->n_alone, "record without a partner",
                 "records without a partner"},
                {x->n_left_out, "column", "columns"}};
    const char *before = "…";
    char number[32];
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        if (rest[i].n == 0)
            continue;
        fprintf(out, "%s %s more %s", before, with_commas(rest[i].n, number),
                rest[i].n == 1 ? rest[i].one : rest[i].many);
        before = ",";
    }
    if (*before == ',')
        fprintf(out, "; %s\n", x->look->enough);
}

static void print_all(const struct layout *x, struct fields *f, FILE *out)
{
    struct table_line line = {.out = out, .colour = x->look->colour};
    print_head(x, &line);
    for (uint32_t i = 0; i < n_shown(x->v); i++) {
        make_fields(x, shown(x->v, i), f);
        print_record(x, shown(x->v, i), f, 0, &line);
        print_record(x, shown(x->v, i), f, 1, &line);
        print_marks(x, f, &line);
    }
    print_rest(x, out);
}

bool table_view_write(const struct table_view *v, const struct query *query,
                      const struct table tables[2], const struct table_look *look, struct out *out,
                      struct err *e)
{
    struct layout x = {.v = v, .query = query, .table = tables, .look = look};
    struct string_builder b;
    if (n_shown(v) == 0)
        return true;
    struct fields *f = malloc(sizeof *f);
    FILE *file = string_builder_open(&b);
    lay_out(&x);
    if (f && file)
        print_all(&x, f, file);
    char *text = string_builder_end(&b);
    bool ok = (f && text) || err_set(e, ERR_OS, NULL, "not enough memory for the table");
    ok = ok && out_write(out, text, b.bytes, e);
    free(text);
    free(f);
    return ok;
}

/* ---- The terminal ----------------------------------------------------------------------------*/

static unsigned stdout_width(void)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    const unsigned long given = columns ? strtoul(columns, NULL, 10) : 0;
    return given > 0 && given < 10000 ? (unsigned)given : USUAL_WIDTH;
}

struct table_look table_look_of_stdout(void)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    return (struct table_look){.width = stdout_width(),
                               .colour = isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
                                         term && strcmp(term, "dumb") != 0,
                               .enough = "-o FILE writes all"};
}
