/* Histograms. */
#include "matcher/page/chart_frame.h"

void chart_histogram(struct page *p, const struct chart_histogram *c)
{
    if (!chart_begin(p, &c->about))
        return;
    chart_numbers(
        p,
        (struct page_column[]){{"series", false}, {"from", true}, {"to", true}, {c->y_name, true}},
        4);
    for (uint32_t k = 0; k < c->n_series; k++)
        for (uint32_t i = 0; i < c->series[k].n; i++) {
            page_cell(p, "%s", c->series[k].name);
            page_cell_number(p, c->series[k].bin[i].from);
            page_cell_number(p, c->series[k].bin[i].to);
            page_cell_number(p, c->series[k].bin[i].count);
        }
    chart_end(p);
}
