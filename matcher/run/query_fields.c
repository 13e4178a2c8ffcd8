/* Which columns are compared, and how each is normalised. */
#include "matcher/run/query_internal.h"

#include "core/log.h"

#include <string.h>

/* Wants the column of a file as figures, from the texts as they stand in the file. */
static bool want_figures(struct maker *m, int side, uint32_t file_column, uint32_t kind,
                         enum figure_kind figure, uint32_t *field, struct err *e)
{
    struct figure_format format;
    struct wanted_column at;
    return query_figure_format(m, side, file_column, figure, &format, e) &&
           wanted_add_figures(m->wanted, m->sources, side, file_column, &format, &at, e) &&
           wanted_add_field(m->wanted, m->sources, side, kind, TEXT_FORM_VALUE, at, field, e);
}

/* Wants the column of a file, to be compared as text, in a form; `exact`: not normalized; `rules`:
 * flags besides those of --normalize. *field is its field of the index. */
static bool want_field(struct maker *m, int side, uint32_t file_column, bool exact, uint32_t rules,
                       enum text_form form, uint32_t *field, struct err *e)
{
    struct load_want want = {.column = file_column};
    struct wanted_column original, at;
    if (!exact && !wanted_rules(m->wanted, side, file_column, rules, &want.rules, e))
        return false;
    if (m->originals && want.rules &&
        !wanted_add(m->wanted, m->sources, side, (struct load_want){.column = file_column},
                    &original, e))
        return false;
    return wanted_add(m->wanted, m->sources, side, want, &at, e) &&
           wanted_add_field(m->wanted, m->sources, side, INDEX_TEXT, form, at, field, e);
}

/* Puts the cleaned text of a node in the place of its text. */
static bool put_text(struct expr *x, struct expr_node *node, struct text_part cleaned,
                     struct err *e)
{
    if (x->text_bytes + cleaned.n > EXPR_MAX_TEXT)
        return err_set(e, ERR_USAGE, NULL, "a text in the expression is too long to be cleaned");
    if (cleaned.n == 0 && node->text_bytes > 0)
        return err_set(e, ERR_USAGE, "compare with another text, or leave the rule out",
                       "the text \"%.*s\" in the expression is empty after cleaning, so nothing "
                       "equals it",
                       (int)node->text_bytes, x->text + node->text_at);
    if (cleaned.n) /* else there may be no pointer */
        memcpy(x->text + x->text_bytes, cleaned.p, cleaned.n);
    node->text_at = x->text_bytes;
    node->text_bytes = (uint32_t)cleaned.n;
    x->text_bytes += (uint32_t)cleaned.n;
    return true;
}

/* A text that a column is compared with is normalised as the column is. */
static bool normalize_text(struct maker *m, struct expr_node *node, struct err *e)
{
    struct expr *x = &m->query->expr;
    const struct expr_column *c = &x->column[node->index];
    const struct text_part text = {x->text + node->text_at, node->text_bytes};
    const struct text_rules *rules;
    struct text_rules_scratch scratch = {0};
    struct text_part cleaned;
    if (!wanted_rules(m->wanted, (int)c->side, c->column, c->rules, &rules, e))
        return false;
    if (!rules)
        return true;
    bool ok = text_rules_apply(rules, text, &scratch, &cleaned);
    if (!ok && !text_rules_fault(&scratch, e))
        err_set(e, ERR_OS, NULL, "not enough memory");
    ok = ok && put_text(x, node, cleaned, e);
    text_rules_scratch_free(&scratch);
    return ok;
}

static bool names_a_side(const struct opts_strings *all)
{
    bool names = false;
    for (size_t i = 0; i < all->n; i++)
        names = names || strncmp(all->text[i], "a.", 2) == 0 || strncmp(all->text[i], "b.", 2) == 0;
    return names;
}

/* "City:casefold" cleans the one side that has City, where it is compared with a town. */
static void note_one_sided(const struct maker *m)
{
    const struct expr *x = &m->query->expr;
    struct cleaning *c = &m->wanted->cleaning;
    for (uint32_t t = 0; t < x->n_terms && !names_a_side(&m->opts->normalize); t++) {
        const struct expr_column *a = &x->column[x->term[t].column_a];
        const struct expr_column *b = &x->column[x->term[t].column_b];
        const bool of_a = cleaning_rules(c, 0, a->column).flags;
        const bool of_b = cleaning_rules(c, 1, b->column).flags;
        const char *name_a = sources_load(m->sources, 0)->names[a->column];
        const char *name_b = sources_load(m->sources, 1)->names[b->column];
        if (a->kind == INDEX_TEXT && !a->figure && of_a != of_b)
            log_note("--normalize cleans %s.%s alone, and %s.%s, with which it is compared, stays "
                     "as it is; for both: '%s=%s:RULES'",
                     of_a ? "a" : "b", of_a ? name_a : name_b, of_a ? "b" : "a",
                     of_a ? name_b : name_a, name_a, name_b);
    }
}

/* Wants the columns of the expressions. */
bool query_want_columns(struct maker *m, struct err *e)
{
    struct expr *x = &m->query->expr;
    for (uint32_t i = 0; i < x->n_columns; i++) {
        struct expr_column *c = &x->column[i];
        const int side = (int)c->side;
        if (!(c->figure ? want_figures(m, side, c->column, c->kind, c->figure, &c->field, e)
                        : want_field(m, side, c->column, false, c->rules, c->form, &c->field, e)))
            return false;
    }
    for (uint32_t i = 0; i < x->n_nodes; i++)
        if (x->node[i].op == EXPR_SAME && !normalize_text(m, &x->node[i], e))
            return false;
    note_one_sided(m);
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
        if (!(f->kind == INDEX_TEXT
                  ? want_field(m, side, f->column, f->exact, 0, TEXT_FORM_VALUE, field, e)
                  : want_figures(m, side, f->column, f->kind, figure, field, e)))
            return false;
    }
    m->query->n_fields = (uint32_t)s->n_fields;
    return true;
}
