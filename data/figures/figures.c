/* One text read as a number, a date or a place, and written plainly. Not here: finding the format
 * of a column (figures_find.c). What needs no more than this needs no OpenMP. */
#include "data/figures/figures_internal.h"

#include "data/figures/spelled_date.h"
#include "data/figures/spelled_number.h"
#include "data/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct figure_format figure_default(enum figure_kind kind)
{
    const bool texts = kind == FIGURE_DATE_TEXT;
    return (struct figure_format){.kind = texts ? FIGURE_DATE : kind,
                                  .texts = texts,
                                  .decimal = '.',
                                  .orders = SPELLED_ORDERS,
                                  .points_dmy = true};
}

/* ---- One text --------------------------------------------------------------------------------*/

double figure_number(struct bytes v, const struct figure_format *f)
{
    return f->given ? spelled_number(v, f->decimal) : spelled_number_either(v, f->decimal);
}

/* The days of a date; *unsure: it has two meanings. */
static double days_in_orders(struct bytes v, const struct figure_format *f, bool *unsure)
{
    const struct spelled_date d = spelled_date_read(v);
    unsigned orders = d.orders & f->orders;
    if (d.points && f->points_dmy && orders & SPELLED_DMY)
        orders = SPELLED_DMY;
    const double days = spelled_date_days(&d, orders);
    *unsure = orders && days != days;
    return days;
}

double figure_days(struct bytes v, const struct figure_format *f)
{
    bool unsure;
    return f->pattern[0] ? spelled_date_format(v, f->pattern) : days_in_orders(v, f, &unsure);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Cuts v in two at one of its bytes, which is left out. */
static void cut(struct bytes v, uint32_t at, struct bytes half[2])
{
    half[0] = (struct bytes){v.p, at};
    half[1] = (struct bytes){v.p + at + 1, v.n - at - 1};
}

/* Are these degrees of latitude and longitude? Not if one is NaN. */
static bool is_place(const double degrees[2])
{
    return fabs(degrees[0]) <= 90 && fabs(degrees[1]) <= 360;
}

/* Where a place may be cut: at a semicolon; at its only comma, or the middle one of three; else at
 * blanks. v.n if nowhere. */
static uint32_t place_to_cut(struct bytes v)
{
    uint32_t commas[3], n_commas = 0, blank = v.n;
    for (uint32_t i = 0; i < v.n; i++) {
        if (v.p[i] == ';')
            return i;
        if (v.p[i] == ',' && n_commas++ < 3)
            commas[n_commas - 1] = i;
        if (is_blank(v.p[i]) && blank == v.n)
            blank = i;
    }
    if (n_commas == 1 || n_commas == 3)
        return commas[n_commas / 2];
    return blank;
}

bool figure_place(struct bytes v, const struct figure_format *f, double degrees[2])
{
    struct bytes half[2];
    while (v.n && is_blank(*v.p))
        v.p++, v.n--;
    while (v.n && is_blank(v.p[v.n - 1]))
        v.n--;
    if (v.n >= 2 && v.p[0] == '(' && v.p[v.n - 1] == ')')
        v = (struct bytes){v.p + 1, v.n - 2};
    const uint32_t at = place_to_cut(v);
    if (at == v.n)
        return false;
    cut(v, at, half);
    for (int i = 0; i < 2; i++)
        degrees[i] = figure_number(half[i], f);
    return is_place(degrees);
}

/* ---- Plain text ------------------------------------------------------------------------------*/

/* A figure: one number, or the two of a place. NaN: none. */
struct figure {
    double x, y;
};

static struct figure read_figure(struct bytes v, const struct figure_format *f)
{
    double degrees[2];
    switch (f->kind) {
    case FIGURE_NUMBER:
        return (struct figure){figure_number(v, f), 0};
    case FIGURE_DATE:
        return (struct figure){figure_days(v, f), 0};
    case FIGURE_PLACE:
        if (figure_place(v, f, degrees))
            return (struct figure){degrees[0], degrees[1]};
        break;
    case FIGURE_NONE:
    case FIGURE_DATE_TEXT: /* no format has it */
        break;
    }
    return (struct figure){NAN, NAN};
}

/* What is read without any knowledge of spellings. */
static struct figure read_plainly(struct bytes v, enum figure_kind kind)
{
    const char *const comma = kind == FIGURE_PLACE && v.n ? memchr(v.p, ',', v.n) : NULL;
    struct bytes half[2];
    if (kind == FIGURE_NUMBER)
        return (struct figure){spelled_number_plain(v), 0};
    if (kind == FIGURE_DATE)
        return (struct figure){spelled_date_plain(v), 0};
    if (!comma)
        return (struct figure){NAN, NAN};
    cut(v, (uint32_t)(comma - v.p), half);
    const double degrees[2] = {spelled_number_plain(half[0]), spelled_number_plain(half[1])};
    return is_place(degrees) ? (struct figure){degrees[0], degrees[1]} : (struct figure){NAN, NAN};
}

static bool is_figure(struct figure g)
{
    return g.x == g.x && g.y == g.y;
}

static bool same_figure(struct figure g, struct figure h)
{
    return is_figure(g) && is_figure(h) && g.x == h.x && g.y == h.y && signbit(g.x) == signbit(h.x);
}

static size_t write_figure(struct figure g, enum figure_kind kind, char *out)
{
    if (kind == FIGURE_DATE)
        return spelled_date_write(g.x, out);
    size_t n = number_double(g.x, out);
    if (kind == FIGURE_PLACE) {
        memcpy(out + n, ", ", 2);
        n += 2;
        n += number_double(g.y, out + n);
    }
    return n;
}

size_t figure_write(struct bytes v, const struct figure_format *f, char *out)
{
    static const char *const none[] = {[FIGURE_NUMBER] = "no number: ",
                                       [FIGURE_DATE] = "no date: ",
                                       [FIGURE_PLACE] = "no place: "};
    const struct figure_format by_itself = figure_default(f->kind);
    const struct figure g = read_figure(v, f);
    size_t n = 0;
    if (f->texts)
        return is_figure(g) ? write_figure(g, f->kind, out) : 0;
    if (is_figure(g) && !same_figure(g, read_plainly(v, f->kind)))
        return write_figure(g, f->kind, out);
    if (!is_figure(g) && is_figure(read_figure(v, &by_itself))) {
        n = strlen(none[f->kind]);
        memcpy(out, none[f->kind], n);
    }
    memcpy(out + n, v.n ? v.p : "", v.n);
    return n + v.n;
}

/* ---- A value in the format of its column -----------------------------------------------------*/

/* Is what can be read plainly read so in this format? */
static bool is_plain(const struct figure_format *f)
{
    return f->kind == FIGURE_DATE ? !f->pattern[0] : f->decimal == '.';
}

/* Is a text that says a figure plainly also written as figure_write would write it? */
static bool is_written(struct bytes v, const struct figure_format *f)
{
    return !f->texts || (v.n == 10 && v.p[4] == '-');
}

enum figure_value figure_judge(struct bytes v, const struct figure_format *f)
{
    bool unsure = false;
    if (f->kind == FIGURE_NUMBER && f->decimal == '.' && spelled_number_is_simple(v))
        return VALUE_PLAIN;
    if (is_plain(f) && is_figure(read_plainly(v, f->kind)))
        return is_written(v, f) ? VALUE_PLAIN : VALUE_REWRITTEN;
    const struct figure g = read_figure(v, f);
    const bool plain = same_figure(g, read_plainly(v, f->kind)) && is_written(v, f);
    if (is_figure(g))
        return plain ? VALUE_PLAIN : VALUE_REWRITTEN;
    if (f->kind == FIGURE_DATE && !f->pattern[0])
        days_in_orders(v, f, &unsure);
    return unsure ? VALUE_UNSURE : VALUE_WRONG;
}
