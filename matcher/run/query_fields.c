/* Which columns are compared, and how each is normalised. */
#include "matcher/run/query_internal.h"

#include <string.h>

/* The normalisation of a column: the list of --normalize, or the one after the column's name. */
static bool normalize_flags(const struct maker *m, int side, uint32_t column, uint32_t *flags,
                            struct err *e)
{
    const char *list = m->opts->normalize;
    *flags = 0;
    if (!list || !strchr(list, ':'))
        return !list || text_normalize_parse(list, strlen(list), flags, e);
    for (const char *item = list; *item;) {
        size_t n = strcspn(item, ","), name = strcspn(item, ":");
        if (name >= n)
            return err_set(e, ERR_USAGE,
                           "for example: --normalize 'name:casefold+space,city:punct'",
                           "--normalize: \"%.*s\" has no list behind its column", (int)n, item);
        uint32_t found;
        if (!sources_find(m->sources, side, item, name, &found, e))
            return false;
        if (found == column && !text_normalize_parse(item + name + 1, n - name - 1, flags, e))
            return false;
        item += n + (item[n] == ',');
    }
    return true;
}

/* Wants the column of a file as figures, from the texts as they stand in the file. */
static bool want_figures(struct maker *m, int side, uint32_t file_column, uint32_t kind,
                         enum figure_kind figure, uint32_t *field, struct err *e)
{
    struct figure_format format;
    struct wanted_column at;
    return query_figure_format(m, side, file_column, figure, &format, e) &&
           wanted_add_figures(m->wanted, m->sources, side, file_column, &format, &at, e) &&
           wanted_add_field(m->wanted, m->sources, side, kind, at, field, e);
}

/* Wants the column of a file, to be compared as text; `exact`: not normalized. *field is its
 * field of the index. */
static bool want_field(struct maker *m, int side, uint32_t file_column, bool exact, uint32_t *field,
                       struct err *e)
{
    struct load_want want = {.column = file_column};
    struct wanted_column original, at;
    struct text_rules rules = {0};
    if (!exact && !normalize_flags(m, side, file_column, &rules.flags, e))
        return false;
    if (!wanted_rules(m->wanted, rules, &want.rules, e))
        return false;
    if (m->originals && want.rules &&
        !wanted_add(m->wanted, m->sources, side, (struct load_want){.column = file_column},
                    &original, e))
        return false;
    return wanted_add(m->wanted, m->sources, side, want, &at, e) &&
           wanted_add_field(m->wanted, m->sources, side, INDEX_TEXT, at, field, e);
}

/* A text that a column is compared with is normalised as the column is. */
static bool normalize_text(struct maker *m, struct expr_node *node, struct err *e)
{
    struct expr *x = &m->query->expr;
    const struct expr_column *c = &x->column[node->index];
    char text[4096];
    uint32_t flags;
    size_t n = 0;
    if (!normalize_flags(m, (int)c->side, c->column, &flags, e))
        return false;
    if (!flags || node->op != EXPR_SAME)
        return true;
    if (text_normalize_capacity(node->text_bytes) > sizeof text ||
        !text_normalize(x->text + node->text_at, node->text_bytes, flags, text, &n) ||
        x->text_bytes + n > EXPR_MAX_TEXT)
        return err_set(e, ERR_USAGE, NULL, "a text in the expression cannot be normalised");
    node->text_at = x->text_bytes;
    node->text_bytes = (uint32_t)n;
    memcpy(x->text + x->text_bytes, text, n);
    x->text_bytes += (uint32_t)n;
    return true;
}

/* Wants the columns of the expressions. */
bool query_want_columns(struct maker *m, struct err *e)
{
    struct expr *x = &m->query->expr;
    for (uint32_t i = 0; i < x->n_columns; i++) {
        struct expr_column *c = &x->column[i];
        const int side = (int)c->side;
        if (!(c->figure ? want_figures(m, side, c->column, c->kind, c->figure, &c->field, e)
                        : want_field(m, side, c->column, false, &c->field, e)))
            return false;
    }
    for (uint32_t i = 0; i < x->n_nodes; i++)
        if (x->node[i].op == EXPR_SAME && !normalize_text(m, &x->node[i], e))
            return false;
    return true;
}

bool query_want_scorer_fields(struct maker *m, const struct scorer *s, struct err *e)
{
    if (s->n_fields > INDEX_MAX_FIELDS)
        return err_set(e, ERR_SCORER, NULL, "%s: the scorer reads more than %d fields", s->path,
                       INDEX_MAX_FIELDS);
    for (size_t k = 0; k < s->n_fields; k++) {
        const struct scorer_field *f = &s->fields[k];
        const enum figure_kind figure = f->kind == INDEX_DAYS ? FIGURE_DATE : FIGURE_NUMBER;
        const int side = (int)f->side;
        uint32_t *field = &m->query->field[k];
        if (!(f->kind == INDEX_TEXT ? want_field(m, side, f->column, f->exact, field, e)
                                    : want_figures(m, side, f->column, f->kind, figure, field, e)))
            return false;
    }
    m->query->n_fields = (uint32_t)s->n_fields;
    return true;
}
