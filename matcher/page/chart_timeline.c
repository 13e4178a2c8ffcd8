/* Time lines: pieces of time as they are, or, where these are many, what fills most of each cell.
 */
#include "core/base.h"
#include "matcher/page/chart_axis.h"
#include "matcher/page/chart_frame.h"
#include "matcher/page/page_number.h"
#include "matcher/page/page_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LANES_MOST 256u
#define EXACT_MOST 4000u  /* pieces that are drawn as they are */
#define CELLS_MOST 10000u /* of all lanes */
#define LANE_CELLS 500u   /* of one */
#define PADDING 62.0      /* .lanes: above and below */
#define STRETCH 1000.0    /* units of the width */
#define TICKS 5u

struct lanes {
    const struct chart_timeline *c;
    FILE *f;
    uint32_t n, n_kinds;
    double height; /* of a lane, in pixels */
    struct chart_axis x;
    double *busy;   /* n × n_kinds: seconds; owned */
    uint32_t cells; /* of a lane; 0: pieces are drawn as they are */
    double *filled; /* n × cells × n_kinds: seconds; owned */
};

/* ---- Gathering -------------------------------------------------------------------------------*/

static bool is_drawn(const struct lanes *l, const struct chart_time *t)
{
    return t->lane < l->n && t->kind < l->n_kinds && chart_axis_takes(t->from, false) &&
           chart_axis_takes(t->to, false) && t->from <= t->to;
}

/* False: nothing can be drawn. */
static bool make_axis(struct lanes *l)
{
    struct chart_range r = chart_range_none();
    for (uint32_t i = 0; i < l->c->n; i++)
        if (is_drawn(l, &l->c->time[i])) {
            chart_range_add(&r, l->c->time[i].from, false);
            chart_range_add(&r, l->c->time[i].to, false);
        }
    if (chart_range_is_empty(&r))
        return false;
    chart_axis_make(&l->x, least_double(r.from, 0), r.to, TICKS, false);
    return true;
}

static double cell_seconds(const struct lanes *l)
{
    return (l->x.to - l->x.from) / l->cells;
}

/* Adds a piece of time to the cells that it is in. */
static void fill_cells(struct lanes *l, const struct chart_time *t)
{
    const double width = cell_seconds(l);
    const double from = greatest_double((t->from - l->x.from) / width, 0);
    const double to = (t->to - l->x.from) / width;
    for (uint32_t cell = (uint32_t)from; cell < l->cells && cell < to; cell++) {
        const double part = least_double(to, cell + 1.0) - greatest_double(from, cell);
        l->filled[((size_t)t->lane * l->cells + cell) * l->n_kinds + t->kind] += part * width;
    }
}

static bool gather(struct lanes *l)
{
    l->busy = calloc((size_t)l->n * l->n_kinds, sizeof *l->busy);
    if (l->c->n > EXACT_MOST) {
        l->cells = least(CELLS_MOST / l->n, LANE_CELLS);
        l->filled = calloc((size_t)l->n * l->cells * l->n_kinds, sizeof *l->filled);
    }
    if (!l->busy || (l->cells && !l->filled))
        return false;
    for (uint32_t i = 0; i < l->c->n; i++) {
        const struct chart_time *t = &l->c->time[i];
        if (!is_drawn(l, t))
            continue;
        l->busy[(size_t)t->lane * l->n_kinds + t->kind] += t->to - t->from;
        if (l->cells)
            fill_cells(l, t);
    }
    return true;
}

/* The kind that fills most of a cell; n_kinds if it is empty for more than half of it. */
static uint32_t kind_of(const struct lanes *l, uint32_t lane, uint32_t cell)
{
    const double *filled = l->filled + ((size_t)lane * l->cells + cell) * l->n_kinds;
    double sum = 0;
    uint32_t most = 0;
    for (uint32_t k = 0; k < l->n_kinds; k++) {
        sum += filled[k];
        most = filled[k] > filled[most] ? k : most;
    }
    return sum * 2 < cell_seconds(l) ? l->n_kinds : most;
}

/* ---- Drawing ---------------------------------------------------------------------------------*/

/* A piece of a path, in units of the width. */
static void draw_piece(FILE *f, double from, double to)
{
    fprintf(f, "M%.1f 0h%.1f", STRETCH * from, greatest_double(STRETCH * (to - from), 0.6));
}

static void draw_exact(const struct lanes *l, uint32_t lane, uint32_t kind)
{
    for (uint32_t i = 0; i < l->c->n; i++) {
        const struct chart_time *t = &l->c->time[i];
        if (t->lane == lane && t->kind == kind && is_drawn(l, t))
            draw_piece(l->f, chart_axis_place(&l->x, t->from), chart_axis_place(&l->x, t->to));
    }
}

/* Cells of one kind that follow each other are one piece. */
static void draw_cells(const struct lanes *l, uint32_t lane, uint32_t kind)
{
    for (uint32_t cell = 0; cell < l->cells; cell++) {
        const uint32_t from = cell;
        while (cell < l->cells && kind_of(l, lane, cell) == kind)
            cell++;
        if (cell > from)
            draw_piece(l->f, (double)from / l->cells, (double)cell / l->cells);
    }
}

static void put_lane_name(const struct lanes *l, uint32_t lane)
{
    if (l->c->lane_name)
        page_text_name(l->f, l->c->lane_name[lane]);
    else
        fprintf(l->f, "%u", lane);
}

static void draw_kind(const struct lanes *l, uint32_t lane, uint32_t kind)
{
    char busy[PAGE_NUMBER_BYTES];
    const double seconds = l->busy[(size_t)lane * l->n_kinds + kind];
    if (!(seconds > 0))
        return;
    fprintf(l->f, "<path class=\"s%u\" d=\"", kind);
    (l->cells ? draw_cells : draw_exact)(l, lane, kind);
    fputs("\"><title>", l->f);
    put_lane_name(l, lane);
    fputs(": ", l->f);
    page_text_name(l->f, l->c->kind_name[kind]);
    fprintf(l->f, " for %s</title></path>\n", page_number_seconds(seconds, busy));
}

static void draw_lanes(const struct lanes *l)
{
    const double height = l->height * l->n;
    fprintf(l->f,
            "<svg class=\"lane\" width=\"100%%\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
            "preserveAspectRatio=\"none\" stroke-width=\"%.1f\">\n",
            height, STRETCH, height, l->height * 0.8);
    for (uint32_t lane = 0; lane < l->n; lane++) {
        fprintf(l->f, "<g transform=\"translate(0 %.1f)\">\n", l->height * (lane + 0.5));
        for (uint32_t kind = 0; kind < l->n_kinds; kind++)
            draw_kind(l, lane, kind);
        fputs("</g>\n", l->f);
    }
    fputs("</svg>\n", l->f);
}

/* Names of lanes, of every one or of some. */
static void draw_names(const struct lanes *l)
{
    const uint32_t each = l->height >= 14 ? 1 : l->height >= 7 ? 2 : 8;
    for (uint32_t lane = 0; lane < l->n; lane += each) {
        fprintf(l->f, "<text class=\"end\" x=\"-7\" y=\"%.1f\">", l->height * (lane + 0.5) + 4);
        put_lane_name(l, lane);
        fputs("</text>\n", l->f);
    }
}

static void draw_axis(const struct lanes *l)
{
    const double height = l->height * l->n;
    char text[PAGE_NUMBER_BYTES];
    for (uint32_t k = 0; k < l->x.n_ticks; k++) {
        const double x = 100 * chart_axis_place(&l->x, l->x.tick[k]);
        fprintf(l->f,
                "<line class=\"grid\" x1=\"%.2f%%\" x2=\"%.2f%%\" y2=\"%.0f\"/>"
                "<text class=\"tick middle\" x=\"%.2f%%\" y=\"%.0f\">%s</text>\n",
                x, x, height, x, height + 16, chart_axis_label(&l->x, l->x.tick[k], text));
    }
    fprintf(l->f, "<text class=\"name middle\" x=\"50%%\" y=\"%.0f\">seconds</text>\n",
            height + 36);
}

static void draw(const struct lanes *l)
{
    chart_key(l->f, CHART_KEY_BOXES, l->c->kind_name, l->n_kinds);
    chart_svg_begin(l->f, &l->c->about, "chart lanes", l->height * l->n, PADDING);
    draw_axis(l);
    draw_names(l);
    draw_lanes(l);
    chart_svg_end(l->f);
}

/* ---- Numbers ---------------------------------------------------------------------------------*/

static void say_left_out(const struct lanes *l)
{
    char text[PAGE_NUMBER_BYTES];
    if (l->n < l->c->n_lanes)
        fprintf(l->f, "<p class=\"cut\">%u further lanes are not drawn.</p>\n",
                l->c->n_lanes - l->n);
    if (l->cells)
        fprintf(l->f,
                "<p class=\"quiet\">There are %s pieces of time, too many to draw each: the "
                "picture shows what fills most of every %s.</p>\n",
                page_number_count(l->c->n, text),
                page_number_seconds(cell_seconds(l), (char[PAGE_NUMBER_BYTES]){0}));
}

/* How long each lane did what. */
static void put_numbers(struct page *p, const struct lanes *l)
{
    struct page_column column[CHART_SERIES + 1] = {{"", false}};
    for (uint32_t k = 0; k < l->n_kinds; k++)
        column[k + 1] = (struct page_column){l->c->kind_name[k], true};
    chart_numbers(p, column, l->n_kinds + 1);
    for (uint32_t lane = 0; lane < l->n && l->busy; lane++) {
        char text[PAGE_NUMBER_BYTES];
        if (l->c->lane_name)
            page_cell(p, "%s", l->c->lane_name[lane]);
        else
            page_cell(p, "%u", lane);
        for (uint32_t k = 0; k < l->n_kinds; k++)
            page_cell(p, "%s", page_number_seconds(l->busy[(size_t)lane * l->n_kinds + k], text));
    }
}

void chart_timeline(struct page *p, const struct chart_timeline *c)
{
    struct lanes l = {.c = c, .f = chart_begin(p, &c->about)};
    if (!l.f)
        return;
    l.n = least(c->n_lanes, LANES_MOST);
    l.n_kinds = least(c->n_kinds, CHART_SERIES);
    l.height = l.n <= 24 ? 18 : l.n <= 48 ? 12 : l.n <= 96 ? 8 : 4;
    if (!make_axis(&l))
        chart_nothing(l.f);
    else if (!gather(&l))
        fputs("<p class=\"warning\">There is not enough memory for this picture.</p>\n", l.f);
    else {
        draw(&l);
        say_left_out(&l);
    }
    put_numbers(p, &l);
    chart_end(p);
    free(l.busy);
    free(l.filled);
}
