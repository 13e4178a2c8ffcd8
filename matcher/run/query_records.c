/* --clusters and --golden: the columns of the records, and by which of them values are chosen. */
#include "matcher/inputs/column_list.h"
#include "matcher/run/query_internal.h"

static bool add_column(struct maker *m, uint32_t file_column, struct err *e)
{
    struct wanted_records *w = &m->wanted->records;
    uint32_t column, k = 0;
    if (!query_want_plain(m, 0, file_column, &column, e))
        return false;
    while (k < w->n + w->n_hidden && w->column[k] != column)
        k++;
    if (k == WANTED_MAX)
        return err_set(e, ERR_USAGE, "keep those that you need", "more than %d columns are wanted",
                       WANTED_MAX);
    w->column[k] = column;
    w->n += k == w->n;
    return true;
}

static bool add_every(struct maker *m, struct err *e)
{
    const size_t n = sources_load(m->sources, 0)->n_columns;
    for (uint32_t i = 0; i < n; i++)
        if (!add_column(m, i, e))
            return false;
    return true;
}

/* A column that is kept of either side is one of the records. */
static bool add_item(struct maker *m, const struct column_item *item, struct err *e)
{
    bool found[2];
    uint32_t column[2];
    if (item->every)
        return add_every(m, e);
    if (!column_item_find(item, m->sources, found, column, e))
        return false;
    for (int side = 0; side < 2; side++)
        if (found[side] && !add_column(m, column[side], e))
            return false;
    return true;
}

static bool add_kept(struct maker *m, struct err *e)
{
    struct column_item item;
    if (query_is_joined(m) && !add_column(m, LOAD_SOURCE, e))
        return false;
    for (const char *at = m->opts->keep; *at;)
        if (!column_item_next(&at, "--keep", &item, e) || !add_item(m, &item, e))
            return false;
    return true;
}

/* The columns by which rules choose follow those that are written. */
static bool add_hidden(struct maker *m, struct err *e)
{
    struct wanted_records *w = &m->wanted->records;
    const struct golden_rules *rules = &w->golden;
    const uint32_t n = w->n;
    bool ok = rules->other.by == GOLDEN_NO_COLUMN || add_column(m, rules->other.by, e);
    for (uint32_t i = 0; ok && i < rules->n; i++)
        ok = rules->item[i].rule.by == GOLDEN_NO_COLUMN || add_column(m, rules->item[i].rule.by, e);
    w->n_hidden = w->n - n;
    w->n = n;
    return ok;
}

/* What --dates and --decimal say of the column by which a rule chooses. */
static bool set_formats(const struct maker *m, uint32_t file_column, struct golden_rule *rule,
                        struct err *e)
{
    const uint32_t by = rule->by == GOLDEN_NO_COLUMN ? file_column : rule->by;
    return query_figure_format(m, 0, by, FIGURE_DATE, &rule->date, e) &&
           query_figure_format(m, 0, by, FIGURE_NUMBER, &rule->number, e);
}

static bool read_rules(struct maker *m, struct golden_rules *rules, struct err *e)
{
    bool ok = golden_rules_read(rules, &m->opts->golden_rule, m->sources, e) &&
              set_formats(m, QUERY_ANY_COLUMN, &rules->other, e);
    for (uint32_t i = 0; ok && i < rules->n; i++)
        ok = set_formats(m, rules->item[i].column, &rules->item[i].rule, e);
    return ok;
}

bool query_want_records(struct maker *m, struct err *e)
{
    struct wanted_records *w = &m->wanted->records;
    w->n = w->n_hidden = 0;
    if (!m->opts->clusters && !m->opts->golden)
        return true;
    return read_rules(m, &w->golden, e) && (m->opts->keep ? add_kept : add_every)(m, e) &&
           add_hidden(m, e);
}
