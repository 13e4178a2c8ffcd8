/* What is written of a pair, or of a record without one: the format, ids, kept columns, terms. */
#include "matcher/run/query_internal.h"

#include "data/emit.h"
#include "matcher/inputs/column_list.h"
#include "matcher/resolve/choice.h"

#include <string.h>

bool query_want_plain(struct maker *m, int side, uint32_t file_column, uint32_t *column,
                      struct err *e)
{
    struct wanted_column at;
    if (!wanted_add(m->wanted, m->sources, side,
                    (struct load_want){.column = file_column, .plain = true}, &at, e))
        return false;
    *column = at.column;
    return true;
}

/* The columns of --id, which was given, as numbers within their files. */
static bool find_ids(const struct maker *m, uint32_t column[2], struct err *e)
{
    struct column_item item;
    return column_item_whole(m->opts->id, "--id", &item, e) &&
           column_item_find_both(&item, m->sources, column, e);
}

bool query_is_joined(const struct maker *m)
{
    return m->sources->self && load_n_parts(sources_load(m->sources, 0)) > 1 &&
           !emit_is_binary(m->query->lines.format);
}

/* Of several files: the column that has the number of the record in its file. */
static uint32_t row_column(const struct maker *m)
{
    return (uint32_t)sources_load(m->sources, 0)->n_columns;
}

static bool want_ids(struct maker *m, struct err *e)
{
    struct emit_spec *spec = &m->query->lines;
    uint32_t column[2];
    spec->id_a = spec->id_b = EMIT_ROW_NUMBER;
    if (!m->opts->id && query_is_joined(m))
        return query_want_plain(m, 0, row_column(m), &spec->id_a, e) &&
               query_want_plain(m, 1, row_column(m), &spec->id_b, e);
    return !m->opts->id ||
           (find_ids(m, column, e) && query_want_plain(m, 0, column[0], &spec->id_a, e) &&
            query_want_plain(m, 1, column[1], &spec->id_b, e));
}

/* A column that is asked for twice is written once. */
static bool keep_column(struct maker *m, int side, uint32_t file_column, struct err *e)
{
    struct emit_spec *spec = &m->query->lines;
    uint32_t *kept = spec->keep + (side ? spec->n_keep[0] : 0), column, k = 0;
    if (!query_want_plain(m, side, file_column, &column, e))
        return false;
    while (k < spec->n_keep[side] && kept[k] != column)
        k++;
    if (k < spec->n_keep[side])
        return true;
    if (spec->n_keep[0] + spec->n_keep[1] == EMIT_MAX_KEEP)
        return err_set(e, ERR_USAGE, "keep those that you need",
                       "--keep: these are more than %d columns", EMIT_MAX_KEEP);
    kept[spec->n_keep[side]++] = column;
    return true;
}

static bool keep_every(struct maker *m, int side, struct err *e)
{
    const size_t n = sources_load(m->sources, side)->n_columns;
    for (uint32_t i = 0; i < n; i++)
        if (!keep_column(m, side, i, e))
            return false;
    return true;
}

/* What an item keeps of a side. */
static bool keep_item(struct maker *m, const struct column_item *item, int side, struct err *e)
{
    bool found[2];
    uint32_t column[2];
    if (item->every)
        return !item->side[side] || keep_every(m, side, e);
    return column_item_find(item, m->sources, found, column, e) &&
           (!found[side] || keep_column(m, side, column[side], e));
}

/* --keep of a side, in the order given; of several files the file of the record comes first. */
static bool keep_items(struct maker *m, int side, struct err *e)
{
    struct column_item item;
    if (query_is_joined(m) && !keep_column(m, side, LOAD_SOURCE, e))
        return false;
    for (const char *at = m->opts->keep; at && *at;)
        if (!column_item_next(&at, "--keep", &item, e) || !keep_item(m, &item, side, e))
            return false;
    return true;
}

/* --linked: a side of which --keep names no column keeps all; else the id is kept as well. */
static bool link_side(struct maker *m, int side, struct err *e)
{
    struct emit_spec *spec = &m->query->lines;
    uint32_t id[2];
    if (!keep_items(m, side, e))
        return false;
    if (spec->n_keep[side] == 0)
        return keep_every(m, side, e);
    if (!m->opts->id)
        return true;
    spec->n_keep[side] = 0; /* once more, after the id */
    return find_ids(m, id, e) && keep_column(m, side, id[side], e) && keep_items(m, side, e);
}

/* First the columns of A, then those of B. */
static bool want_keeps(struct maker *m, struct err *e)
{
    bool (*const keep)(struct maker *, int, struct err *) =
        m->query->lines.linked ? link_side : keep_items;
    return keep(m, 0, e) && keep(m, 1, e);
}

_Static_assert(EXPR_MAX_TERMS <= EMIT_MAX_TERMS, "all terms can be written");

/* --output-terms: names the columns of the terms. */
static bool want_terms(struct maker *m, struct err *e)
{
    struct emit_spec *spec = &m->query->lines;
    size_t used = 0, capacity = sizeof spec->term_names;
    if (!m->opts->output_terms)
        return true;
    if (m->query->scorer)
        return err_set(e, ERR_USAGE, "axb explain shows the score of a pair",
                       "--output-terms: %s is a function of its own, not an expression with terms",
                       m->query->scorer->path);
    for (; spec->n_terms < m->query->expr.n_terms; spec->n_terms++) {
        char *name = spec->term_names + used;
        spec->term_at[spec->n_terms] = (uint32_t)used;
        expr_print_term(&m->query->expr, spec->n_terms, name, capacity - used);
        used += strlen(name) + 1;
        if (used >= capacity)
            return err_set(e, ERR_USAGE, NULL, "--output-terms: the terms are too long");
    }
    return true;
}

bool query_want_output(struct maker *m, struct err *e)
{
    struct emit_spec *spec = &m->query->lines;
    const struct choice choice = choice_make(m->opts, m->sources->self);
    spec->linked = choice.linked && !emit_is_for_people(spec->format);
    spec->unmatched[0] = choice.unmatched[0];
    spec->unmatched[1] = choice.unmatched[1];
    spec->unmatched_only = choice.unmatched_only;
    const bool people = emit_is_for_people(spec->format);
    return want_ids(m, e) && (people || want_keeps(m, e)) &&
           (!(people || m->opts->report) || query_want_shown(m, e)) && want_terms(m, e) &&
           query_want_records(m, e) && emit_check(spec, e);
}
