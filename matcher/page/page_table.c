/* Tables: rows and cells follow from the order in which cells come. */
#include "core/base.h"
#include "matcher/page/page.h"
#include "matcher/page/page_element.h"
#include "matcher/page/page_number.h"
#include "matcher/page/page_text.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#define ROW_BYTES (PAGE_TABLE_COLUMNS * 6u * PAGE_VALUE_BYTES) /* of a row at most */

static bool is_number(const struct page *p, uint64_t column)
{
    return p->table.numbers >> column & 1;
}

static void put_column(FILE *f, const struct page_column *column)
{
    fputs(column->number ? "<th scope=\"col\" class=\"number\">" : "<th scope=\"col\">", f);
    page_text_name(f, column->name);
    fputs("</th>", f);
}

static void close_table(struct page *p)
{
    struct page_table_state *t = &p->table;
    while (t->cells % t->n_columns)
        page_cell(p, "%s", "");
    if (t->is_absent)
        return;
    fputs("</tbody></table></div>\n", p->body.file);
    const uint64_t left_out = t->cells / t->n_columns - t->shown;
    char text[PAGE_NUMBER_BYTES];
    if (left_out)
        fprintf(p->body.file, "<p class=\"cut\">%s further rows are not shown.</p>\n",
                page_number_count((double)left_out, text));
}

void page_table_begin(struct page *p, const struct page_table *t)
{
    FILE *f = page_element(p);
    p->table = (struct page_table_state){
        .n_columns = least(t->n_columns, PAGE_TABLE_COLUMNS),
        .most_rows = t->most_rows ? t->most_rows : PAGE_TABLE_ROWS,
        .is_absent = !f,
    };
    p->close = close_table;
    if (!f)
        return;
    if (t->caption)
        page_element_text(f, "p", "caption", t->caption);
    fputs("<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>", f);
    for (uint32_t k = 0; k < p->table.n_columns; k++) {
        put_column(f, &t->column[k]);
        p->table.numbers |= (uint64_t)t->column[k].number << k;
    }
    fputs("</tr></thead>\n<tbody>\n", f);
}

/* Begins the next cell, and a row where it is the first one. NULL: its row is left out. */
static FILE *begin_cell(struct page *p)
{
    struct page_table_state *t = &p->table;
    const uint64_t row = t->cells / t->n_columns, column = t->cells % t->n_columns;
    t->cells++;
    if (column == 0 && t->shown == row && row < t->most_rows && !t->is_absent &&
        page_has_space(p, ROW_BYTES)) {
        fputs("<tr>", p->body.file);
        t->shown++;
    }
    if (t->shown <= row)
        return NULL;
    fputs(is_number(p, column) ? "<td class=\"number\">" : "<td>", p->body.file);
    return p->body.file;
}

static void end_cell(struct page *p)
{
    fputs(p->table.cells % p->table.n_columns ? "</td>" : "</td></tr>\n", p->body.file);
}

/* A text of n bytes, of which `text` has as many as fit. It is cut like a value. */
static void put_cell(FILE *f, const char text[PAGE_VALUE_BYTES], int n)
{
    const bool cut = n >= (int)PAGE_VALUE_BYTES;
    const struct bytes whole = {text, cut ? PAGE_VALUE_BYTES - 1 : (uint32_t)n};
    const size_t bytes = cut ? page_text_prefix(whole, PAGE_VALUE_BYTES - 2) : whole.n;
    page_text_put(f, (struct bytes){text, (uint32_t)bytes});
    fputs(cut ? "…" : "", f);
}

void page_cell(struct page *p, const char *format, ...)
{
    FILE *f = begin_cell(p);
    if (!f)
        return;
    char text[PAGE_VALUE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    const int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const bool number = is_number(p, (p->table.cells - 1) % p->table.n_columns);
    fputs(number ? "" : "<bdi>", f);
    put_cell(f, text, n > 0 ? n : 0);
    fputs(number ? "" : "</bdi>", f);
    end_cell(p);
}

void page_cell_value(struct page *p, struct bytes value)
{
    FILE *f = begin_cell(p);
    if (!f)
        return;
    page_text_value(f, value);
    end_cell(p);
}

void page_cell_count(struct page *p, uint64_t n)
{
    char text[PAGE_NUMBER_BYTES];
    page_cell(p, "%s", page_number_count((double)n, text));
}

void page_cell_number(struct page *p, double x)
{
    char text[PAGE_NUMBER_BYTES];
    page_cell(p, "%s", isnan(x) ? "" : page_number(x, text));
}

void page_table_end(struct page *p)
{
    if (p->close == close_table)
        page_element_close(p);
}
