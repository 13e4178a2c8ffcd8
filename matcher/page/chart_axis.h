/* An axis of a chart: which numbers it spans, where each lies, and which of them are written beside
 * it.
 *
 * Plain arithmetic; nothing is drawn here (chart_plot.h). */
#ifndef AXB_MATCHER_PAGE_CHART_AXIS_H
#define AXB_MATCHER_PAGE_CHART_AXIS_H

#include "matcher/page/page_number.h"

#include <stdbool.h>
#include <stdint.h>

#define CHART_AXIS_TICKS 12u
#define CHART_AXIS_MOST 1e300 /* larger numbers are not drawn */

struct chart_axis {
    double from, to; /* from < to; of a log axis from > 0 */
    bool log;
    double step; /* between ticks; of a log axis a factor */
    double tick[CHART_AXIS_TICKS];
    uint32_t n_ticks;
};

/* Can this number stand on an axis? */
bool chart_axis_takes(double x, bool log);

/* The least 1, 2 or 5 times a power of ten that is at least x > 0 (after Heckbert, "Nice Numbers
 * for Graph Labels", 1990). */
double chart_axis_nice(double x);

/* An axis over from <= x <= to with `ticks` steps or fewer, 3 to CHART_AXIS_TICKS - 2. `widen`: it
 * begins and ends at a tick. One number alone gets space around it. */
void chart_axis_make(struct chart_axis *a, double from, double to, unsigned ticks, bool widen);

/* A log axis over 0 < from <= to, with a space of `space` >= 1, a factor, at both ends. Its ticks
 * are powers of ten, and where these are few 2 and 5 times them. */
void chart_axis_make_log(struct chart_axis *a, double from, double to, unsigned ticks,
                         double space);

/* Where a number lies: 0 at the begin, 1 at the end, cut to that range. NaN: it cannot be drawn. */
double chart_axis_place(const struct chart_axis *a, double x);

/* A tick as text, with as many digits as tell it from the others. */
char *chart_axis_label(const struct chart_axis *a, double tick, char text[PAGE_NUMBER_BYTES]);

/* The range of numbers: begin with chart_range_none, add, look whether there are any. */
struct chart_range {
    double from, to; /* from > to: there are none */
};
struct chart_range chart_range_none(void);
void chart_range_add(struct chart_range *r, double x, bool log);
bool chart_range_is_empty(const struct chart_range *r);
/* Are they one number, or so near to each other that doubles hardly tell them apart? */
bool chart_range_is_point(const struct chart_range *r);

#endif
