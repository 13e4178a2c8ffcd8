/* Axes. */
#include "matcher/page/chart_axis.h"

#include "core/base.h"

#include <math.h>
#include <stdio.h>

#define LEAST_RANGE 1e-280 /* smaller ones are 0 */

bool chart_axis_takes(double x, bool log)
{
    return fabs(x) < CHART_AXIS_MOST && (!log || x > 0); /* false of NaN */
}

double chart_axis_nice(double x)
{
    const double power = pow(10, floor(log10(x))), times = x / power * (1 - 1e-9);
    return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

static void add_tick(struct chart_axis *a, double x)
{
    if (a->n_ticks < CHART_AXIS_TICKS)
        a->tick[a->n_ticks++] = x;
}

void chart_axis_make(struct chart_axis *a, double from, double to, unsigned ticks, bool widen)
{
    if (chart_range_is_point(&(struct chart_range){from, to})) {
        const double space = fabs(from) < LEAST_RANGE ? 0.5 : fabs(from) / 2;
        to = from + space;
        from -= space;
    }
    const double step = chart_axis_nice((to - from) / ticks);
    *a = (struct chart_axis){.from = from, .to = to, .step = step};
    if (widen) {
        a->from = floor(from / step + 1e-9) * step;
        a->to = ceil(to / step - 1e-9) * step;
    }
    const double first = ceil(a->from / step - 1e-9);
    for (unsigned k = 0; k < CHART_AXIS_TICKS; k++)
        if ((first + k) * step <= a->to + step * 1e-9)
            add_tick(a, (first + k) * step + 0.0);
}

void chart_axis_make_log(struct chart_axis *a, double from, double to, unsigned ticks, double space)
{
    const double low = floor(log10(from) + 1e-9), high = ceil(log10(to) - 1e-9);
    const double each = fmax(1, ceil((high - low) / ticks));
    const bool few = log10(to / from) < 2.3;
    if (to / from < 1 + 1e-9 && space <= 1)
        space = 2;
    *a = (struct chart_axis){
        .from = from / space, .to = to * space, .log = true, .step = pow(10, each)};
    const int decades = (int)((high - low) / each) + few + 1;
    for (int k = 0; k < decades; k++)
        for (int part = 0; part < (few ? 3 : 1); part++) {
            const double x = pow(10, low - few + k * each) * (part == 0 ? 1 : part == 1 ? 2 : 5);
            if (x >= a->from * (1 - 1e-9) && x <= a->to * (1 + 1e-9))
                add_tick(a, x);
        }
}

double chart_axis_place(const struct chart_axis *a, double x)
{
    if (!chart_axis_takes(x, a->log))
        return (double)NAN;
    const double share = a->log ? (log10(x) - log10(a->from)) / (log10(a->to) - log10(a->from))
                                : (x - a->from) / (a->to - a->from);
    return least_double(greatest_double(share, 0), 1);
}

/* Decimal places that a step of this size needs. */
static int places(double step)
{
    return step < 1 ? (int)least_double(ceil(-log10(step) - 1e-9), 12) : 0;
}

char *chart_axis_label(const struct chart_axis *a, double tick, char text[PAGE_NUMBER_BYTES])
{
    const double most = greatest_double(fabs(a->from), fabs(a->to));
    size_t k = 0;
    double scale = 1;
    if (a->log)
        return page_number_short(tick, text);
    if (most >= 1e18 || a->step < 1e-4) /* as many digits as tell neighbours apart */
        return page_number_digits(tick, 2 + (int)least_double(log10(most / a->step), 15), text);
    for (; most / scale >= (k ? 999.5 : 9999.5) && k + 1 < PAGE_NUMBER_UNITS; k++)
        scale *= 1000;
    snprintf(text, PAGE_NUMBER_BYTES, "%.*f%s", places(a->step / scale), tick / scale,
             tick == 0 ? "" : page_number_unit[k]);
    return text;
}

struct chart_range chart_range_none(void)
{
    return (struct chart_range){.from = (double)INFINITY, .to = -(double)INFINITY};
}

void chart_range_add(struct chart_range *r, double x, bool log)
{
    if (!chart_axis_takes(x, log))
        return;
    r->from = least_double(x, r->from);
    r->to = greatest_double(x, r->to);
}

bool chart_range_is_empty(const struct chart_range *r)
{
    return r->from > r->to;
}

bool chart_range_is_point(const struct chart_range *r)
{
    const double most = greatest_double(fabs(r->from), fabs(r->to));
    return !(r->to - r->from > greatest_double(1e-12 * most, LEAST_RANGE));
}
