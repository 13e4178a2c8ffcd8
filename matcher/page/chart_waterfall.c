/* Waterfalls. */
#include "matcher/page/chart_frame.h"

void chart_waterfall(struct page *p, const struct chart_waterfall *c)
{
    if (!chart_begin(p, &c->about))
        return;
    chart_numbers(p, (struct page_column[]){{"step", false}, {"note", false}, {c->unit, true}}, 3);
    for (uint32_t k = 0; k < c->n; k++) {
        page_cell_value(p, c->step[k].label);
        page_cell(p, "%s", c->step[k].note ? c->step[k].note : "");
        page_cell_number(p, c->step[k].value);
    }
    chart_end(p);
}
