/* Lines. */
#include "matcher/page/chart_frame.h"

void chart_lines(struct page *p, const struct chart_lines *c)
{
    if (!chart_begin(p, &c->about))
        return;
    chart_numbers(
        p, (struct page_column[]){{"series", false}, {c->x_name, true}, {c->y_name, true}}, 3);
    for (uint32_t k = 0; k < c->n_series; k++)
        for (uint32_t i = 0; i < c->series[k].n; i++) {
            page_cell(p, "%s", c->series[k].name);
            page_cell_number(p, c->series[k].x[i]);
            page_cell_number(p, c->series[k].y[i]);
        }
    chart_end(p);
}
