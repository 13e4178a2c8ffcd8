/* --decimal and --dates: what the user says of columns of numbers and of dates. */
#include "data/figures/spelled_date.h"
#include "matcher/inputs/column_list.h"
#include "matcher/run/query_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* ---- One format ------------------------------------------------------------------------------*/

static bool is_word(const char *text, size_t n, const char *word)
{
    return strlen(word) == n && memcmp(text, word, n) == 0;
}

/* Reads "." or ","; false, without an error, if it is neither. */
static bool read_decimal(const char *text, size_t n, struct figure_format *f)
{
    const bool comma = is_word(text, n, ",") || is_word(text, n, "comma");
    f->given = true;
    f->decimal = comma ? ',' : '.';
    return comma || is_word(text, n, ".") || is_word(text, n, "point");
}

static const char *const orders[SPELLED_N_ORDERS] = {"dmy", "mdy", "ymd"};

/* The order that DD/MM/YYYY and the like show, or NULL. */
static const char *order_shown(const char *text, size_t n)
{
    char letters[4] = "";
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        const char c = (char)tolower((unsigned char)text[i]);
        if (strchr(" /-.", c) || (k && letters[k - 1] == c))
            continue;
        if (k == 3 || !strchr("dmy", c))
            return NULL;
        letters[k++] = c;
    }
    for (unsigned i = 0; i < SPELLED_N_ORDERS; i++)
        if (strcmp(letters, orders[i]) == 0)
            return orders[i];
    return NULL;
}

static bool read_order(const char *text, size_t n, struct figure_format *f)
{
    f->given = true;
    f->points_dmy = false;
    f->orders = 0;
    for (unsigned i = 0; i < SPELLED_N_ORDERS; i++)
        f->orders |= is_word(text, n, orders[i]) ? 1u << i : 0;
    return f->orders != 0;
}

static bool read_dates(const char *text, size_t n, struct figure_format *f)
{
    if (read_order(text, n, f))
        return true;
    if (n >= FIGURE_PATTERN_BYTES || !memchr(text, '%', n))
        return false;
    memcpy(f->pattern, text, n);
    f->pattern[n] = 0;
    return spelled_date_format_whole(f->pattern);
}

/* ---- Both options ----------------------------------------------------------------------------*/

/* An option: a format for all columns, or a list of columns with one each. */
struct choice {
    const char *option, *list;
    bool (*read)(const char *text, size_t n, struct figure_format *f);
    const char *what, *hint;
};

static struct choice choice_of(const struct maker *m, enum figure_kind kind)
{
    if (kind == FIGURE_DATE || kind == FIGURE_DATE_TEXT)
        return (struct choice){"--dates", m->opts->dates, read_dates,
                               "is neither dmy, mdy or ymd nor a format that gives a whole date",
                               "for example: --dates dmy, --dates '%d %b %Y', or of some columns "
                               "--dates 'born:dmy,since:\"%b %d, %Y\"'"};
    return (struct choice){"--decimal", m->opts->decimal, read_decimal, "is not a decimal sign",
                           "for example: --decimal ',' or of some columns --decimal 'amount:,'"};
}

static bool refuse(const struct choice *c, const char *text, size_t n, struct err *e)
{
    const char *order = c->read == read_dates ? order_shown(text, n) : NULL;
    char meant[40];
    snprintf(meant, sizeof meant, "did you mean %s?", order ? order : "");
    return err_set(e, ERR_USAGE, order ? meant : c->hint, "%s: \"%.*s\" %s", c->option, (int)n,
                   text, c->what);
}

/* Is the item about the column of the side? */
static bool is_about(const struct maker *m, const struct column_item *item, int side,
                     uint32_t file_column, bool *about, struct err *e)
{
    bool found[2];
    uint32_t column[2];
    *about = item->every && item->side[side];
    if (item->every)
        return true;
    if (!column_item_find(item, m->sources, found, column, e))
        return false;
    *about = found[side] && column[side] == file_column;
    return true;
}

static bool read_list(const struct maker *m, const struct choice *c, int side, uint32_t file_column,
                      struct figure_format *format, struct err *e)
{
    for (const char *at = c->list; *at;) {
        struct column_item item;
        struct figure_format f = *format;
        bool about;
        if (!column_item_next(&at, c->option, &item, e))
            return false;
        if (!item.rules)
            return refuse(c, c->list, strlen(c->list), e);
        if (!c->read(item.rules, item.rules_bytes, &f))
            return refuse(c, item.rules, item.rules_bytes, e);
        if (!is_about(m, &item, side, file_column, &about, e))
            return false;
        if (about)
            *format = f;
    }
    return true;
}

/* A format that begins with % is one for all columns, though it may have a colon. */
static bool is_for_all(const char *list)
{
    return list[0] == '%' || !strchr(list, ':');
}

bool query_figure_format(const struct maker *m, int side, uint32_t file_column,
                         enum figure_kind kind, struct figure_format *format, struct err *e)
{
    const struct choice c = choice_of(m, kind);
    *format = figure_default(kind);
    if (!c.list)
        return true;
    if (is_for_all(c.list))
        return c.read(c.list, strlen(c.list), format) || refuse(&c, c.list, strlen(c.list), e);
    return read_list(m, &c, side, file_column, format, e);
}

bool query_check_figures(const struct maker *m, struct err *e)
{
    struct figure_format format;
    return query_figure_format(m, 0, QUERY_ANY_COLUMN, FIGURE_NUMBER, &format, e) &&
           query_figure_format(m, 0, QUERY_ANY_COLUMN, FIGURE_DATE, &format, e);
}
