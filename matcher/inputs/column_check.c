/* Looks for each column, and for what was meant by those that no file has. */
#include "matcher/inputs/column_check.h"

#include "core/string_builder.h"
#include "core/suggest.h"
#include "matcher/inputs/column_guess.h"
#include "matcher/inputs/column_list.h"
#include "matcher/options/opts_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_LISTED 12u
#define LEAST_LETTERS 3 /* of a part of a name */
#define VALUE_BYTES (2 * COLUMN_NAME_BYTES + 8)

struct checker {
    const struct opts *o;
    const struct sources *s;
    struct err *e;
    bool right;
};

/* ---- Guessing --------------------------------------------------------------------------------*/

static bool exists(const struct sources *s, int side, const char *name)
{
    struct err ignored;
    uint32_t column;
    return load_find(sources_load(s, side), name, &column, &ignored);
}

/* Does the side have two columns of that name? */
static bool is_twice(const struct sources *s, int side, const char *name)
{
    const struct load *l = sources_load(s, side);
    size_t n = 0;
    for (size_t i = 0; i < l->n_columns; i++)
        n += strcmp(l->names[i], name) == 0;
    return n > 1;
}

/* Most likely the delimiter is wrong, not the name. */
static bool is_one_column(const struct sources *s, int side)
{
    return sources_load(s, side)->n_columns == 1;
}

/* The only column that has `name` in its name, as "Company Name" has "name"; or NULL. */
static const char *holder(const struct load *l, const char *name)
{
    const char *found = NULL;
    if (strlen(name) < LEAST_LETTERS)
        return NULL;
    for (size_t i = 0; i < l->n_columns; i++) {
        if (!strcasestr(l->names[i], name))
            continue;
        if (found)
            return NULL;
        found = l->names[i];
    }
    return found;
}

/* The name of the side that is like `name`, or NULL. */
static const char *like(const struct sources *s, int side, const char *name)
{
    const struct load *l = sources_load(s, side);
    if (exists(s, side, name) || is_twice(s, side, name))
        return exists(s, side, name) ? name : NULL;
    const char *nearest = suggest_nearest(name, (const char *const *)l->names, l->n_columns);
    return nearest ? nearest : holder(l, name);
}

/* The name of the column of the other side that goes with `name` of this side, or NULL. */
static const char *partner(const struct sources *s, int side, const char *name)
{
    struct err ignored;
    uint32_t column;
    if (!load_find(sources_load(s, side), name, &column, &ignored))
        return NULL;
    column = column_guess_partner(s, side, column);
    return column == COLUMN_GUESS_NONE ? NULL : sources_load(s, !side)->names[column];
}

/* Both names that an item of --on or --id was most likely meant to have. */
static bool guess_both(const struct checker *c, const struct column_item *item,
                       const char *guess[2])
{
    guess[0] = like(c->s, 0, item->name[0]);
    guess[1] = like(c->s, 1, item->name[1]);
    for (int side = 0; side < 2; side++)
        if (is_twice(c->s, side, item->name[side]) || is_one_column(c->s, side))
            return false;
    if (guess[0] && !guess[1])
        guess[1] = partner(c->s, 0, guess[0]);
    if (guess[1] && !guess[0])
        guess[0] = partner(c->s, 1, guess[1]);
    return guess[0] && guess[1];
}

static void on_value(const char *a, const char *b, char *text, size_t bytes)
{
    if (strcmp(a, b) == 0)
        snprintf(text, bytes, "%s", a);
    else
        snprintf(text, bytes, "%s=%s", a, b);
}

void column_check_on_value(const struct sources *s, const uint32_t column[2], char *text,
                           size_t bytes)
{
    on_value(sources_load(s, 0)->names[column[0]], sources_load(s, 1)->names[column[1]], text,
             bytes);
}

/* ---- Findings --------------------------------------------------------------------------------*/

static void list_columns(const struct load *l, const char *wanted, char *text, size_t bytes)
{
    char names[500];
    const size_t more = l->n_columns > NAMES_LISTED ? l->n_columns - NAMES_LISTED : 0;
    suggest_names(wanted, (const char *const *)l->names, l->n_columns, NAMES_LISTED, names,
                  sizeof names);
    snprintf(text, bytes, "%s has %s", l->shown, names);
    if (more)
        snprintf(text + strlen(text), bytes - strlen(text), " and %zu more", more);
}

/* Neither file has the name that stands for both. */
static void neither_has(struct checker *c, const struct column_item *item)
{
    const struct load *a = sources_load(c->s, 0), *b = sources_load(c->s, 1);
    char lists[2][700], hint[1000];
    struct err finding;
    const bool same = strcmp(a->shown, b->shown) == 0;
    const bool one = is_one_column(c->s, 0) || is_one_column(c->s, 1);
    list_columns(a, item->name[0], lists[0], sizeof lists[0]);
    list_columns(b, item->name[0], lists[1], sizeof lists[1]);
    snprintf(hint, sizeof hint, "%.460s%s%.460s%s", lists[0], same ? "" : "\n",
             same ? "" : lists[1],
             one ? "\none of them has one column only; is the delimiter right (-d)?" : "");
    if (same)
        err_set(&finding, ERR_USAGE, hint, "%s: %s has no column \"%.60s\"", item->option, a->shown,
                item->name[0]);
    else
        err_set(&finding, ERR_USAGE, hint, "%s: neither %s nor %s has a column \"%.60s\"",
                item->option, a->shown, b->shown, item->name[0]);
    err_add(c->e, &finding);
}

/* One side lacks its name: what load_find says, and how two names are written. */
static void side_lacks(struct checker *c, const struct column_item *item, int side,
                       const char *const guess[2])
{
    const bool both = item->one_name && !c->s->self && strcmp(item->option, "--keep") != 0 &&
                      !is_twice(c->s, side, item->name[side]) && !is_one_column(c->s, side);
    char value[VALUE_BYTES], hint[900];
    struct err why, one;
    uint32_t column;
    (void)load_find(sources_load(c->s, side), item->name[side], &column, &why);
    if (both && guess[0] && guess[1])
        on_value(guess[0], guess[1], value, sizeof value);
    else
        snprintf(value, sizeof value, side ? "%s=COLUMN OF B" : "COLUMN OF A=%s", item->name[0]);
    snprintf(hint, sizeof hint, "pair columns that have different names like this: %s '%.600s'",
             item->option, value);
    err_set(&one, ERR_USAGE,
            both          ? hint
            : why.hint[0] ? why.hint
                          : NULL,
            "%s: %s", item->option, why.text);
    err_add(c->e, &one);
}

static void add_findings(struct checker *c, const struct column_item *item,
                         const char *const guess[2])
{
    bool lacks[2];
    for (int side = 0; side < 2; side++)
        lacks[side] =
            item->side[side] && !(side && c->s->self) && !exists(c->s, side, item->name[side]);
    const bool twice = is_twice(c->s, 0, item->name[0]) || is_twice(c->s, 1, item->name[1]);
    if (lacks[0] && lacks[1] && item->one_name && !twice) {
        neither_has(c, item);
        return;
    }
    for (int side = 0; side < 2; side++)
        if (lacks[side])
            side_lacks(c, item, side, guess);
}

/* ---- --on and --id ---------------------------------------------------------------------------*/

static void check_both(struct checker *c, const char *option, const char *text)
{
    struct column_item item;
    struct err ignored;
    uint32_t column[2];
    const char *guess[2] = {NULL, NULL};
    char value[VALUE_BYTES];
    if (!text || !column_item_whole(text, option, &item, &ignored) ||
        column_item_find_both(&item, c->s, column, &ignored))
        return;
    c->right = false;
    const bool known = guess_both(c, &item, guess);
    add_findings(c, &item, guess);
    if (!known) {
        opts_words_unknown(c->o->words);
        return;
    }
    on_value(guess[0], guess[1], value, sizeof value);
    opts_words_give(c->o->words, opts_find_row(option + 2), value);
}

/* ---- Lists -----------------------------------------------------------------------------------*/

/* Writes an item with the names that were meant; false if they cannot be guessed. */
static bool mend_item(const struct checker *c, const struct column_item *item, FILE *out)
{
    const char *name[2] = {NULL, NULL};
    for (int side = 0; side < 2; side++)
        name[side] = item->side[side] ? like(c->s, side, item->name[side]) : NULL;
    const bool two = item->side[0] && item->side[1] && !item->one_name;
    if (two ? !name[0] || !name[1] : !name[0] && !name[1])
        return false;
    if (!two && !item->one_name)
        fputs(item->side[0] ? "a." : "b.", out);
    fputs(name[0] ? name[0] : name[1], out);
    if (two)
        fprintf(out, "=%s", name[1]);
    if (item->rules)
        fprintf(out, ":%.*s", (int)item->rules_bytes, item->rules);
    return true;
}

/* --keep all, where no column has that name. */
static bool means_all(const struct column_item *item)
{
    return item->one_name && strcmp(item->option, "--keep") == 0 &&
           strcasecmp(item->name[0], "all") == 0;
}

static void check_all(struct checker *c, const struct column_item *item, FILE *mended)
{
    struct err one;
    c->right = false;
    err_set(&one, ERR_USAGE, NULL, "--keep: there is no column \"%s\"; all columns are '*'",
            item->name[0]);
    err_add(c->e, &one);
    fputs("*", mended);
}

/* An item whose columns are missing. */
static void check_item(struct checker *c, const struct column_item *item, FILE *mended, bool *known)
{
    const char *const guess[2] = {NULL, NULL};
    c->right = false;
    add_findings(c, item, guess);
    *known = mend_item(c, item, mended) && *known;
}

/* Looks for the columns of a list, and writes the list as it was meant. `ruled`: only items with
 * rules name columns. */
static void check_items(struct checker *c, const char *option, const char *list, bool ruled,
                        FILE *mended, bool *known)
{
    struct column_item item;
    struct err ignored;
    bool found[2];
    uint32_t column[2];
    for (const char *at = list, *from = at; *at; from = at) {
        if (!column_item_next(&at, option, &item, &ignored))
            return;
        fputs(from == list ? "" : ",", mended);
        const bool is_column = !item.every && (item.rules || !ruled);
        const bool lacks = is_column && !column_item_find(&item, c->s, found, column, &ignored);
        if (lacks && means_all(&item))
            check_all(c, &item, mended);
        else if (lacks)
            check_item(c, &item, mended, known);
        else
            fprintf(mended, "%.*s", (int)(at - from - (at[-1] == ',')), from);
    }
}

static void check_list(struct checker *c, const char *option, const char *list, bool ruled)
{
    struct string_builder b;
    bool known = true, before = c->right;
    FILE *mended = list ? string_builder_open(&b) : NULL;
    if (!mended)
        return;
    c->right = true;
    check_items(c, option, list, ruled, mended, &known);
    char *value = string_builder_end(&b);
    if (!c->right && known && value)
        opts_words_give(c->o->words, opts_find_row(option + 2), value);
    else if (!c->right)
        opts_words_unknown(c->o->words);
    c->right = c->right && before;
    free(value);
}

bool column_check(const struct opts *o, const struct sources *s, struct err *e)
{
    struct checker c = {o, s, e, true};
    const bool first = e->status == ERR_NONE;
    struct err found = {0};
    c.e = first ? &found : e;
    check_both(&c, "--on", o->on);
    check_both(&c, "--id", o->id);
    check_list(&c, "--keep", o->keep, false);
    if (o->normalize.n == 1)
        check_list(&c, "--normalize", o->normalize.text[0], true);
    if (!c.right && first)
        *e = found;
    return c.right;
}

/* ---- Models ----------------------------------------------------------------------------------*/

/* A name that two columns have is the file's fault, and said as such. */
static bool check_modelled(const char *name, const char *path, const struct load *l, struct err *e)
{
    char list[700], hint[800];
    uint32_t column, times = 0;
    if (load_find(l, name, &column, e))
        return true;
    for (uint32_t i = 0; i < l->n_columns; i++)
        times += strcmp(l->names[i], name) == 0;
    if (times > 1)
        return false;
    list_columns(l, name, list, sizeof list);
    snprintf(hint, sizeof hint,
             "%s\na model is a text: if one of these is it, write its name there", list);
    return err_set(e, ERR_USAGE, hint, "%s compares the column \"%.60s\", which %s does not have",
                   path, name, l->shown);
}

bool column_check_model(const struct model *m, const char *path, const struct sources *s,
                        struct err *e)
{
    struct err all = {0}, one;
    for (uint32_t i = 0; i < m->n_columns; i++)
        for (int side = 0; side < 2; side++)
            if (!check_modelled(m->column[i].name[side], path, sources_load(s, side), &one))
                err_add(&all, &one);
    if (all.status != ERR_NONE)
        *e = all;
    return all.status == ERR_NONE;
}
