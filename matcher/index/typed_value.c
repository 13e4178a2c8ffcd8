/* Numbers, dates and places out of texts that stand alone. Inner loops call these: plain texts,
 * as columns have them, are read first. */
#include "matcher/index/typed_value.h"

#include "data/figures/spelled_date.h"
#include "data/figures/spelled_number.h"

double value_number(struct bytes v)
{
    return spelled_number_either(v, '.');
}

uint64_t value_whole(struct bytes v)
{
    uint64_t n = 0;
    if (v.n == 0 || v.n > 18 || (v.p[0] == '0' && v.n > 1))
        return UINT64_MAX;
    for (uint32_t i = 0; i < v.n; i++) {
        if (v.p[i] < '0' || v.p[i] > '9')
            return UINT64_MAX;
        n = n * 10 + (uint64_t)(v.p[i] - '0');
    }
    return n;
}

double value_days(struct bytes v)
{
    const double days = spelled_date_plain(v);
    const struct figure_format f = figure_default(FIGURE_DATE);
    return days == days ? days : figure_days(v, &f);
}

bool value_place(struct bytes v, double degrees[2])
{
    const struct figure_format f = figure_default(FIGURE_PLACE);
    return figure_place(v, &f, degrees);
}
