/* Two looks at the values of a column: which formats they allow, and then what each is in the
 * format that was found. */
#include "data/figures/figures.h"

#include "data/figures/spelled_date.h"
#include "data/figures/spelled_number.h"
#include "data/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct figure_format figure_default(enum figure_kind kind)
{
    return (struct figure_format){
        .kind = kind, .decimal = '.', .orders = SPELLED_ORDERS, .points_dmy = true};
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
    if (is_figure(g) && !same_figure(g, read_plainly(v, f->kind)))
        return write_figure(g, f->kind, out);
    if (!is_figure(g) && is_figure(read_figure(v, &by_itself))) {
        n = strlen(none[f->kind]);
        memcpy(out, none[f->kind], n);
    }
    memcpy(out + n, v.n ? v.p : "", v.n);
    return n + v.n;
}

/* ---- Looking at a column ---------------------------------------------------------------------*/

/* How often something is seen among values, and first in which. */
struct sight {
    uint64_t n;
    uint32_t value;
};

static void see(struct sight *s, uint32_t value)
{
    s->value = s->n++ ? s->value : value;
}

static void add_sight(struct sight *to, const struct sight *s)
{
    to->value = s->n && (!to->n || s->value < to->value) ? s->value : to->value;
    to->n += s->n;
}

/* What the values show. Of numbers: a point, a comma, either. Of dates: for each set of orders. */
struct signs {
    struct sight sight[SPELLED_ORDERS + 1];
};

enum { SEEN_POINT, SEEN_COMMA, SEEN_EITHER };

static void look_at_number(struct bytes v, uint32_t value, struct signs *s)
{
    bool plain;
    switch (spelled_number_sign(v, &plain)) {
    case SPELLED_POINT:
        see(&s->sight[SEEN_POINT], value);
        break;
    case SPELLED_COMMA:
        see(&s->sight[SEEN_COMMA], value);
        break;
    case SPELLED_UNSURE:
        if (!plain)
            see(&s->sight[SEEN_EITHER], value); /* "1.234" is what everybody takes it for */
        break;
    case SPELLED_ANY:
    case SPELLED_NO_NUMBER:
        break;
    }
}

/* Sets the orders of a date that has more than one meaning, or could have. */
static void look_at_date(struct bytes v, uint32_t value, struct signs *s)
{
    if (!isnan(spelled_date_plain(v)))
        return;
    const struct spelled_date d = spelled_date_read(v);
    if (d.orders && d.orders != SPELLED_ORDERS)
        see(&s->sight[d.orders], value);
    else if (d.orders && isnan(spelled_date_days(&d, SPELLED_ORDERS)))
        see(&s->sight[SPELLED_ORDERS], value);
}

static struct signs look_at_all(const struct table *t, uint32_t column, enum figure_kind kind)
{
    struct signs all = {0};
    const uint32_t n = t->columns[column].n_values;
#pragma omp parallel if (n > 8192)
    {
        struct signs own = {0};
#pragma omp for schedule(static) nowait
        for (uint32_t v = 0; v < n; v++)
            (kind == FIGURE_DATE ? look_at_date : look_at_number)(table_value(t, column, v), v,
                                                                  &own);
#pragma omp critical
        for (unsigned i = 0; i <= SPELLED_ORDERS; i++)
            add_sight(&all.sight[i], &own.sight[i]);
    }
    return all;
}

/* ---- What follows ----------------------------------------------------------------------------*/

static uint32_t value_of(const struct sight *s)
{
    return s->n ? s->value : FIGURE_NO_VALUE;
}

/* One value that is a number with a comma alone decides, unless others are with a point alone; then
 * it is what most are. */
static void find_decimal(const struct signs *s, struct figure_finding *f)
{
    const struct sight *point = &s->sight[SEEN_POINT], *comma = &s->sight[SEEN_COMMA];
    f->format.decimal = comma->n > point->n ? ',' : '.';
    f->first = value_of(f->format.decimal == ',' ? comma : point);
    f->second =
        comma->n && point->n ? value_of(f->format.decimal == ',' ? point : comma) : FIGURE_NO_VALUE;
    if (!comma->n && !point->n)
        f->unsure = value_of(&s->sight[SEEN_EITHER]);
}

/* The value that first rules out that `orders` are those of all. */
static uint32_t value_against(const struct signs *s, unsigned orders)
{
    uint32_t value = FIGURE_NO_VALUE;
    for (unsigned i = 1; i < SPELLED_ORDERS; i++)
        if (s->sight[i].n && (i & orders) == 0 && s->sight[i].value < value)
            value = s->sight[i].value;
    return value;
}

/* The value that first leaves the fewest of the orders. */
static uint32_t value_for(const struct signs *s, unsigned orders)
{
    uint32_t value = FIGURE_NO_VALUE;
    int fewest = SPELLED_ORDERS;
    for (unsigned i = 1; i < SPELLED_ORDERS; i++) {
        const int n = __builtin_popcount(i);
        if (s->sight[i].n && (i & orders) && n <= fewest) {
            value = n < fewest || s->sight[i].value < value ? s->sight[i].value : value;
            fewest = n;
        }
    }
    return value;
}

/* The orders that all dates allow. If there are none, each date is read by itself alone. */
static void find_orders(const struct signs *s, struct figure_finding *f)
{
    unsigned orders = SPELLED_ORDERS, one = 0;
    for (unsigned i = 1; i < SPELLED_ORDERS; i++)
        if (s->sight[i].n) {
            orders &= i;
            one = one && __builtin_popcount(one) <= __builtin_popcount(i) ? one : i;
        }
    f->format.orders = orders ? orders : SPELLED_ORDERS;
    f->format.points_dmy = orders != 0;
    f->first = value_for(s, orders ? orders : one);
    f->second = orders ? FIGURE_NO_VALUE : value_against(s, one);
}

/* ---- Each value in its format ----------------------------------------------------------------*/

enum { VALUE_PLAIN, VALUE_REWRITTEN, VALUE_UNSURE, VALUE_WRONG, VALUE_N_KINDS };

/* Is what can be read plainly read so in this format? */
static bool is_plain(const struct figure_format *f)
{
    return f->kind == FIGURE_DATE ? !f->pattern[0] : f->decimal == '.';
}

static uint8_t kind_of_value(struct bytes v, const struct figure_format *f)
{
    bool unsure = false;
    if (f->kind == FIGURE_NUMBER && f->decimal == '.' && spelled_number_is_simple(v))
        return VALUE_PLAIN;
    if (is_plain(f) && is_figure(read_plainly(v, f->kind)))
        return VALUE_PLAIN;
    const struct figure g = read_figure(v, f);
    if (is_figure(g))
        return same_figure(g, read_plainly(v, f->kind)) ? VALUE_PLAIN : VALUE_REWRITTEN;
    if (f->kind == FIGURE_DATE && !f->pattern[0])
        days_in_orders(v, f, &unsure);
    return unsure ? VALUE_UNSURE : VALUE_WRONG;
}

/* Sets kind[v] of each value. */
static void sort_values(const struct table *t, uint32_t column, const struct figure_format *f,
                        uint8_t *kind, struct sight seen[VALUE_N_KINDS])
{
    const uint32_t n = t->columns[column].n_values;
#pragma omp parallel if (n > 8192)
    {
        struct sight own[VALUE_N_KINDS] = {0};
#pragma omp for schedule(static) nowait
        for (uint32_t v = 0; v < n; v++)
            see(&own[kind[v] = kind_of_value(table_value(t, column, v), f)], v);
#pragma omp critical
        for (int i = 0; i < VALUE_N_KINDS; i++)
            add_sight(&seen[i], &own[i]);
    }
}

/* Counts the rows that have values without a figure. */
static void count_rows(const struct table *t, uint32_t column, const uint8_t *kind,
                       struct figure_finding *f)
{
    const uint32_t *row_value = table_row_values(t, column);
    uint64_t unsure = 0, wrong = 0;
#pragma omp parallel for schedule(static) reduction(+ : unsure, wrong)
    for (uint64_t row = 0; row < t->head->n_rows; row++) {
        const uint32_t v = row_value[row];
        unsure += v != TABLE_MISSING && kind[v] == VALUE_UNSURE;
        wrong += v != TABLE_MISSING && kind[v] == VALUE_WRONG;
    }
    f->unsure_rows = unsure;
    f->wrong_rows = wrong;
}

static void find_format(const struct table *t, uint32_t column, struct figure_finding *f)
{
    const struct signs signs = look_at_all(t, column, f->format.kind);
    if (f->format.kind == FIGURE_DATE)
        find_orders(&signs, f);
    else
        find_decimal(&signs, f);
}

bool figures_find(const struct table *t, uint32_t column, const struct figure_format *asked,
                  struct figure_finding *f)
{
    uint8_t *kind = malloc(t->columns[column].n_values + (size_t)1);
    struct sight seen[VALUE_N_KINDS] = {0};
    if (!kind)
        return false;
    *f = (struct figure_finding){.format = *asked,
                                 .first = FIGURE_NO_VALUE,
                                 .second = FIGURE_NO_VALUE,
                                 .unsure = FIGURE_NO_VALUE,
                                 .rows = t->head->n_rows - t->columns[column].missing};
    if (!asked->given && asked->kind != FIGURE_PLACE)
        find_format(t, column, f);
    sort_values(t, column, &f->format, kind, seen);
    if (seen[VALUE_UNSURE].n || seen[VALUE_WRONG].n)
        count_rows(t, column, kind, f);
    if (seen[VALUE_UNSURE].n)
        f->unsure = seen[VALUE_UNSURE].value;
    f->wrong = value_of(&seen[VALUE_WRONG]);
    const bool as_by_itself = !f->format.given && f->format.decimal == '.' && f->format.points_dmy;
    f->rewritten = seen[VALUE_REWRITTEN].n > 0 ||
                   (!as_by_itself && (seen[VALUE_UNSURE].n || seen[VALUE_WRONG].n));
    free(kind);
    return true;
}
