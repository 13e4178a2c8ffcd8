/* Time lines. */
#include "matcher/page/chart_frame.h"

void chart_timeline(struct page *p, const struct chart_timeline *c)
{
    if (!chart_begin(p, &c->about))
        return;
    chart_numbers(
        p, (struct page_column[]){{"lane", true}, {"what", false}, {"from", true}, {"to", true}},
        4);
    for (uint32_t i = 0; i < c->n; i++) {
        page_cell_count(p, c->time[i].lane);
        page_cell(p, "%s", c->kind_name[c->time[i].kind]);
        page_cell_number(p, c->time[i].from);
        page_cell_number(p, c->time[i].to);
    }
    chart_end(p);
}
