/* Two looks at the values of a column, on all cores: which formats they allow, and then what each
 * is in the format that was found. */
#include "data/figures/figures_internal.h"

#include "data/figures/spelled_date.h"
#include "data/figures/spelled_number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

enum { SEEN_POINT, SEEN_COMMA, SEEN_EITHER, SEEN_PLAIN, SEEN_N_SIGNS };

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
        see(&s->sight[plain ? SEEN_PLAIN : SEEN_EITHER], value); /* "1.234"; "1,234" */
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
    /* One number such as 1.234 is what everybody takes it for. If all with a point have three
     * digits after it, they may be thousands. */
    if (!comma->n && !point->n && f->unsure == FIGURE_NO_VALUE && s->sight[SEEN_PLAIN].n > 1)
        f->unsure = value_of(&s->sight[SEEN_PLAIN]);
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
            see(&own[kind[v] = (uint8_t)figure_judge(table_value(t, column, v), f)], v);
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
    const bool as_by_itself =
        !f->format.texts && !f->format.given && f->format.decimal == '.' && f->format.points_dmy;
    f->rewritten = seen[VALUE_REWRITTEN].n > 0 ||
                   (!as_by_itself && (seen[VALUE_UNSURE].n || seen[VALUE_WRONG].n));
    free(kind);
    return true;
}
