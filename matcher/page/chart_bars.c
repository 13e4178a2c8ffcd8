/* Horizontal bars. */
#include "matcher/page/chart_frame.h"

void chart_bars(struct page *p, const struct chart_bars *c)
{
    if (!chart_begin(p, &c->about))
        return;
    chart_numbers(p, (struct page_column[]){{c->label_name, false}, {c->value_name, true}}, 2);
    for (uint32_t k = 0; k < c->n; k++) {
        page_cell_value(p, c->bar[k].label);
        page_cell_number(p, c->bar[k].value);
    }
    chart_end(p);
}
