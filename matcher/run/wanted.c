/* Lists of wanted columns. Each want is in a list once. */
#include "matcher/run/wanted.h"

static bool same_want(const struct load_want *x, const struct load_want *y)
{
    return x->column == y->column && x->rules == y->rules && x->plain == y->plain;
}

/* The place of a want in a list; list->n if the list lacks it. */
static uint32_t place_of(const struct want_list *list, const struct load_want *want)
{
    uint32_t i = 0;
    while (i < list->n && !same_want(&list->want[i], want))
        i++;
    return i;
}

static bool add_want(struct want_list *list, const struct load_want *want, uint32_t *place,
                     struct err *e)
{
    *place = place_of(list, want);
    if (*place < list->n)
        return true;
    if (list->n == WANTED_MAX)
        return err_set(e, ERR_USAGE, NULL, "more than %d columns are wanted", WANTED_MAX);
    list->want[list->n++] = *want;
    return true;
}

bool wanted_rules(struct wanted *w, int side, uint32_t column, uint32_t flags,
                  const struct text_rules **kept, struct err *e)
{
    struct text_rules rules = cleaning_rules(&w->cleaning, side, column);
    uint32_t i = 0;
    rules.flags |= flags;
    *kept = NULL;
    if (!cleaning_fill_lists(&w->cleaning, flags, e))
        return false;
    if (!rules.flags)
        return true;
    while (i < w->n_rules && !text_rules_equal(&w->rules[i], &rules))
        i++;
    if (i == WANTED_RULES_MAX)
        return err_set(e, ERR_USAGE, NULL, "--normalize: too many different lists");
    w->rules[i] = rules;
    w->n_rules += i == w->n_rules;
    *kept = &w->rules[i];
    return true;
}

/* Only what stands in the file is in a named table. Normalized columns are made from it, and so are
 * those of which --null makes values missing, but for what is written. */
static bool is_in_place(const struct sources *s, int side, const struct load_want *want)
{
    const struct load *l = sources_load(s, side);
    return l->named && !want->rules && (want->plain || load_is_as_named(l));
}

bool wanted_add(struct wanted *w, const struct sources *s, int side, struct load_want want,
                struct wanted_column *at, struct err *e)
{
    const int table = s->self ? 0 : side;
    const bool named = sources_load(s, side)->named != NULL;
    uint32_t place;
    if (!is_in_place(s, side, &want)) {
        *at = (struct wanted_column){.normalized = named};
        return add_want(&w->to_load[table], &want, &at->column, e);
    }
    *at = (struct wanted_column){.column = want.column};
    want.plain = false;
    return add_want(&w->in_place[table], &want, &place, e);
}

bool wanted_add_figures(struct wanted *w, const struct sources *s, int side, uint32_t file_column,
                        const struct figure_format *asked, struct wanted_column *at, struct err *e)
{
    const int table = s->self ? 0 : side;
    struct wanted_figures f = {.column = file_column, .asked = *asked}, *have = w->figures[table];
    *at = (struct wanted_column){.figures = true};
    if (!wanted_add(w, s, side, (struct load_want){.column = file_column}, &f.source, e))
        return false;
    while (at->column < w->n_figures[table] &&
           (have[at->column].column != file_column || have[at->column].asked.kind != asked->kind ||
            have[at->column].asked.texts != asked->texts))
        at->column++;
    if (at->column == INDEX_MAX_FIELDS)
        return err_set(e, ERR_USAGE, NULL, "more than %d columns are compared", INDEX_MAX_FIELDS);
    have[at->column] = f;
    w->n_figures[table] += at->column == w->n_figures[table];
    return true;
}

static bool same_place(const struct wanted_column *x, const struct wanted_column *y)
{
    return x->normalized == y->normalized && x->figures == y->figures && x->column == y->column;
}

bool wanted_add_field(struct wanted *w, const struct sources *s, int side, uint32_t kind,
                      enum text_form form, struct wanted_column at, uint32_t *field, struct err *e)
{
    const uint32_t stands_for = s->self && !w->split ? 0 : (uint32_t)side;
    const struct wanted_field f = {.side = stands_for, .kind = kind, .form = form, .at = at};
    for (*field = 0; *field < w->n_fields; (*field)++) {
        const struct wanted_field *have = &w->field[*field];
        if (have->side == f.side && have->kind == f.kind && have->form == f.form &&
            same_place(&have->at, &at))
            return true;
    }
    if (w->n_fields == INDEX_MAX_FIELDS)
        return err_set(e, ERR_USAGE, NULL, "more than %d columns are compared", INDEX_MAX_FIELDS);
    w->field[w->n_fields++] = f;
    return true;
}

struct wanted_column wanted_original(const struct wanted *w, const struct sources *s, int side,
                                     uint32_t file_column)
{
    const struct load_want want = {.column = file_column};
    if (is_in_place(s, side, &want))
        return (struct wanted_column){.column = file_column};
    return (struct wanted_column){.normalized = sources_load(s, side)->named != NULL,
                                  .column = place_of(&w->to_load[s->self ? 0 : side], &want)};
}

const struct text_rules *wanted_field_rules(const struct wanted *w, const struct sources *s,
                                            uint32_t field)
{
    const struct wanted_field *f = &w->field[field];
    const bool in_place = sources_load(s, (int)f->side)->named && !f->at.normalized;
    return in_place ? NULL : w->to_load[f->side].want[f->at.column].rules;
}

void wanted_close(struct wanted *w)
{
    cleaning_close(&w->cleaning);
}
