/* Stacked bars. */
#include "core/base.h"
#include "matcher/page/chart_frame.h"

void chart_stack(struct page *p, const struct chart_stack *c)
{
    struct page_column column[CHART_SERIES + 1] = {{c->label_name, false}};
    const uint32_t n_parts = least(c->n_parts, CHART_SERIES);
    for (uint32_t k = 0; k < n_parts; k++)
        column[k + 1] = (struct page_column){c->part_name[k], true};
    if (!chart_begin(p, &c->about))
        return;
    chart_numbers(p, column, n_parts + 1);
    for (uint32_t i = 0; i < c->n_rows; i++) {
        page_cell_value(p, c->row[i].label);
        for (uint32_t k = 0; k < n_parts; k++)
            page_cell_number(p, c->row[i].part[k]);
    }
    chart_end(p);
}
