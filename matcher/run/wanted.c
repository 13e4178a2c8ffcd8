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

bool wanted_rules(struct wanted *w, struct text_rules rules, const struct text_rules **kept,
                  struct err *e)
{
    uint32_t i = 0;
    *kept = NULL;
    if (!rules.flags)
        return true;
    while (i < w->n_rules && w->rules[i].flags != rules.flags)
        i++;
    if (i == WANTED_RULES_MAX)
        return err_set(e, ERR_USAGE, NULL, "--normalize: too many different lists");
    w->rules[i] = rules;
    w->n_rules += i == w->n_rules;
    *kept = &w->rules[i];
    return true;
}

/* Only what stands in the file is in a named table. Normalized columns are made from it. */
static bool is_in_place(const struct sources *s, int side, const struct load_want *want)
{
    return sources_load(s, side)->named && !want->rules;
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

bool wanted_add_field(struct wanted *w, const struct sources *s, int side, uint32_t kind,
                      struct load_want want, uint32_t *field, struct err *e)
{
    struct wanted_field f = {.side = s->self && !w->split ? 0 : (uint32_t)side, .kind = kind};
    if (!wanted_add(w, s, side, want, &f.at, e))
        return false;
    for (*field = 0; *field < w->n_fields; (*field)++) {
        const struct wanted_field *have = &w->field[*field];
        if (have->side == f.side && have->kind == f.kind &&
            have->at.normalized == f.at.normalized && have->at.column == f.at.column)
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
    return (struct wanted_column){.column = place_of(&w->to_load[s->self ? 0 : side], &want)};
}
