/* Charts on a page: bars, histograms, lines, stacked bars, time lines, waterfalls.
 *
 * Each is one figure: its title, a key of colours, the picture (SVG), and below it the same numbers
 * as a table that opens on a click. Pictures are as wide as the page, with letters of one size
 * whatever the width. Parts of a picture name their value when the mouse rests on them.
 *
 * Each struct is borrowed for the call. Of title, labels and names none may be NULL but where it
 * is said; they are short, and anything in them but UTF-8 is made visible (page_text.h). Numbers
 * may be NaN or infinite: they are not drawn, and are in the table. On an axis of logarithms, what
 * is not above 0 is not drawn either. Too many points are put together so that a picture has a
 * bounded size; then the figure says so. A chart without anything to draw says that.
 *
 * Not here: where the numbers come from; a picture that somebody else drew (page_svg in page.h). */
#ifndef AXB_MATCHER_PAGE_CHART_H
#define AXB_MATCHER_PAGE_CHART_H

#include "matcher/page/page.h"

#include <stdbool.h>
#include <stdint.h>

#define CHART_SERIES 8u /* series or kinds that a chart can have: one of each colour */

/* What every chart has. */
struct chart_about {
    const char *title;   /* what is shown: "Records of A by number of partners" */
    const char *summary; /* what one sees in it, a sentence: for who cannot see it; and below the
                            title. NULL: none */
};

/* ---- Bars ------------------------------------------------------------------------------------*/

struct chart_bar {
    struct bytes label; /* p is NULL: a missing value */
    double value;
};

/* Horizontal bars, one a row, in the order given; of more than 40 the last are put together. Where
 * a value is negative, bars go to both sides of a line at 0. */
struct chart_bars {
    struct chart_about about;
    const char *label_name; /* heads of the table: "City", "records" */
    const char *value_name;
    const struct chart_bar *bar;
    uint32_t n;
    bool log; /* lengths are logarithms */
};
void chart_bars(struct page *p, const struct chart_bars *c);

/* ---- Histograms ------------------------------------------------------------------------------*/

/* from <= x < to; from == to is a bin of one number. */
struct chart_bin {
    double from, to;
    double count;
};

struct chart_counts {
    const char *name;            /* "all pairs" */
    const struct chart_bin *bin; /* in ascending order */
    uint32_t n;
};

/* One or two series (at most CHART_SERIES) of counts over one axis. Bins are put together to at
 * most 60 bars of equal width; the table has these. A number alone at the end of the axis, such as
 * the score of equal records, has a bar of its own, and bins of whole numbers have bars that stand
 * over them. Bins that are infinite are counted below the picture. The first series is filled bars,
 * each further one is the outline of its bars, so that all can be seen. */
struct chart_histogram {
    struct chart_about about;
    const char *x_name; /* "score" */
    const char *y_name; /* "pairs" */
    const struct chart_counts *series;
    uint32_t n_series;
    bool log;              /* heights are logarithms */
    const double *mark;    /* NULL, or where a line stands, with its name */
    const char *mark_name; /* "threshold" */
};
void chart_histogram(struct page *p, const struct chart_histogram *c);

/* ---- Lines -----------------------------------------------------------------------------------*/

struct chart_series {
    const char *name;
    const double *x, *y; /* n of each; x ascending */
    uint32_t n;
};

struct chart_lines {
    struct chart_about about;
    const char *x_name, *y_name;
    const struct chart_series *series;
    uint32_t n_series; /* 1 to CHART_SERIES */
    bool x_log, y_log;
    bool y_from_zero;   /* the axis begins at 0, if it is not logarithmic */
    bool y_is_share;    /* the axis is 0 to 1, if it is not logarithmic */
    bool points;        /* each point has a dot and names its value */
    const double *mark; /* NULL, or the x at which a line stands, with its name */
    const char *mark_name;
};
void chart_lines(struct page *p, const struct chart_lines *c);

/* ---- Stacked bars ----------------------------------------------------------------------------*/

struct chart_stack_row {
    struct bytes label;
    const double *part; /* n_parts values, 0 or more */
};

/* Horizontal bars of parts, one bar a row, all to one scale: phases of a run for 1, 2, 4 workers.
 */
struct chart_stack {
    struct chart_about about;
    const char *label_name; /* "workers" */
    const char *value_name; /* "seconds" */
    const char *const *part_name;
    uint32_t n_parts; /* 1 to CHART_SERIES */
    const struct chart_stack_row *row;
    uint32_t n_rows;
    bool share; /* each bar is as long as the others: parts of 1 */
};
void chart_stack(struct page *p, const struct chart_stack *c);

/* ---- Time lines ------------------------------------------------------------------------------*/

struct chart_time {
    double from, to; /* seconds; from <= to */
    uint32_t lane, kind;
};

/* A lane for each worker, in which pieces of time stand. Pieces that are too short to see are put
 * together with their neighbours of the same kind. */
struct chart_timeline {
    struct chart_about about;
    const char *const *lane_name; /* NULL: numbers from 0 */
    uint32_t n_lanes;             /* above 256 some are left out */
    const char *const *kind_name;
    uint32_t n_kinds;              /* 1 to CHART_SERIES */
    const struct chart_time *time; /* in any order */
    uint32_t n;
};
void chart_timeline(struct page *p, const struct chart_timeline *c);

/* ---- Waterfalls ------------------------------------------------------------------------------*/

struct chart_step {
    struct bytes label; /* "prior", "city: equal" */
    double value;       /* what it adds */
    const char *note;   /* NULL, or a word on it: "Bern = Bern" */
};

/* From 0 each step goes on where the one before ended; the last bar is the sum, which is computed
 * here. At most 40 steps; further ones are put together. */
struct chart_waterfall {
    struct chart_about about;
    const char *unit;     /* "bits" */
    const char *sum_name; /* "score" */
    const struct chart_step *step;
    uint32_t n;
    const double *mark; /* NULL, or where a line stands: the threshold */
    const char *mark_name;
};
void chart_waterfall(struct page *p, const struct chart_waterfall *c);

#endif
