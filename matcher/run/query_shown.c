/* The columns of the table for people: first the compared ones, then those of --keep. Columns that
 * are compared with each other, or have the same name, stand one above the other. */
#include "matcher/run/query_internal.h"

#include "matcher/inputs/column_list.h"
#include "matcher/scorer/scorer.h"

#include <string.h>

/* The same columns as in query->shown, as numbers within their files. */
struct shower {
    struct maker *m;
    uint32_t file_column[QUERY_MAX_SHOWN][2];
    uint32_t id[2]; /* columns that stand in front of the table as ids, or QUERY_NO_COLUMN */
};

static bool is_shown(const struct shower *s, int side, uint32_t file_column)
{
    if (s->id[side] == file_column)
        return true;
    for (uint32_t i = 0; i < s->m->query->n_shown; i++)
        if (s->file_column[i][side] == file_column)
            return true;
    return false;
}

/* Puts the column of a side into place i. */
static bool place(struct shower *s, uint32_t i, int side, uint32_t file_column, struct err *e)
{
    s->file_column[i][side] = file_column;
    return query_want_plain(s->m, side, file_column, &s->m->query->shown[i].column[side], e);
}

/* A new place without columns; false if none is left. */
static bool new_place(struct shower *s, uint32_t *i)
{
    struct query *query = s->m->query;
    if (query->n_shown == QUERY_MAX_SHOWN) {
        query->n_not_shown++;
        return false;
    }
    *i = query->n_shown++;
    for (int side = 0; side < 2; side++)
        query->shown[*i].column[side] = s->file_column[*i][side] = QUERY_NO_COLUMN;
    return true;
}

static const char *name_of(const struct shower *s, int side, uint32_t file_column)
{
    return sources_load(s->m->sources, side)->names[file_column];
}

/* The place in which the other side has a column of this name, and this side none; n_shown if there
 * is none. */
static uint32_t place_beside(const struct shower *s, int side, uint32_t file_column)
{
    const uint32_t n = s->m->query->n_shown;
    const char *name = name_of(s, side, file_column);
    uint32_t i = 0;
    for (; i < n; i++) {
        const uint32_t *have = s->file_column[i];
        if (have[side] == QUERY_NO_COLUMN && strcmp(name, name_of(s, !side, have[!side])) == 0)
            break;
    }
    return i;
}

static bool show(struct shower *s, int side, uint32_t file_column, struct err *e)
{
    if (is_shown(s, side, file_column))
        return true;
    uint32_t i = place_beside(s, side, file_column);
    return (i == s->m->query->n_shown && !new_place(s, &i)) || place(s, i, side, file_column, e);
}

/* Shows two columns one above the other, unless one is shown already. */
static bool show_both(struct shower *s, const uint32_t file_column[2], struct err *e)
{
    uint32_t i;
    if (is_shown(s, 0, file_column[0]) || is_shown(s, 1, file_column[1]))
        return show(s, 0, file_column[0], e) && show(s, 1, file_column[1], e);
    return !new_place(s, &i) ||
           (place(s, i, 0, file_column[0], e) && place(s, i, 1, file_column[1], e));
}

/* What the scorer reads, then what metrics compare, then what else expressions read. */
static bool show_compared(struct shower *s, struct err *e)
{
    const struct query *query = s->m->query;
    const struct expr *x = &query->expr;
    for (size_t k = 0; query->scorer && k < query->scorer->n_fields; k++)
        if (!show(s, (int)query->scorer->fields[k].side, query->scorer->fields[k].column, e))
            return false;
    for (uint32_t t = 0; t < x->n_terms; t++) {
        const struct expr_column *a = &x->column[x->term[t].column_a],
                                 *b = &x->column[x->term[t].column_b];
        const uint32_t both[2] = {a->column, b->column};
        if (!show_both(s, both, e))
            return false;
    }
    for (uint32_t i = 0; i < x->n_columns; i++)
        if (!show(s, (int)x->column[i].side, x->column[i].column, e))
            return false;
    return true;
}

static bool show_every(struct shower *s, int side, struct err *e)
{
    const size_t n = sources_load(s->m->sources, side)->n_columns;
    for (uint32_t i = 0; i < n; i++)
        if (!show(s, side, i, e))
            return false;
    return true;
}

static bool show_item(struct shower *s, const struct column_item *item, struct err *e)
{
    bool found[2];
    uint32_t column[2];
    if (item->every)
        return (!item->side[0] || show_every(s, 0, e)) && (!item->side[1] || show_every(s, 1, e));
    if (!column_item_find(item, s->m->sources, found, column, e))
        return false;
    if (found[0] && found[1])
        return show_both(s, column, e);
    return show(s, found[0] ? 0 : 1, column[found[0] ? 0 : 1], e);
}

bool query_want_shown(struct maker *m, struct err *e)
{
    struct shower s = {.m = m, .id = {QUERY_NO_COLUMN, QUERY_NO_COLUMN}};
    struct column_item item;
    bool ok = !m->opts->id || (column_item_whole(m->opts->id, "--id", &item, e) &&
                               column_item_find_both(&item, m->sources, s.id, e));
    const uint32_t source[2] = {LOAD_SOURCE, LOAD_SOURCE};
    ok = ok && show_compared(&s, e) && (!query_is_joined(m) || show_both(&s, source, e));
    m->query->n_compared_shown = m->query->n_shown;
    for (const char *at = m->opts->keep; ok && at && *at;)
        ok = column_item_next(&at, "--keep", &item, e) && show_item(&s, &item, e);
    return ok;
}
