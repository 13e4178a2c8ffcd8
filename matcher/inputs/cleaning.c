/* Reads the options that clean, and puts together the rules of a column. */
#include "matcher/inputs/cleaning.h"

#include "core/log.h"
#include "data/clean/text_lists.h"
#include "matcher/inputs/column_list.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Items -----------------------------------------------------------------------------------*/

static bool add_item(struct cleaning *c, const struct cleaning_item *item, struct err *e)
{
    if (c->n == CLEANING_ITEMS_MAX)
        return err_set(e, ERR_USAGE, NULL, "%s: too many items, %u is the most", item->option,
                       CLEANING_ITEMS_MAX);
    c->item[c->n++] = *item;
    return true;
}

/* Which columns an item of a list is about. */
static bool find_columns(const struct column_item *column, const struct sources *s,
                         struct cleaning_item *item, struct err *e)
{
    for (int side = 0; side < 2; side++)
        item->every[side] = column->every && column->side[side];
    return column->every || column_item_find(column, s, item->of, item->column, e);
}

/* The place of a character outside double quotes, up to the end or a stop; NULL: there is none. */
static const char *find_outside(const char *text, char wanted, char stop)
{
    bool quoted = false;
    for (; *text && (quoted || *text != stop); text++) {
        if (!quoted && *text == wanted)
            return text;
        quoted ^= *text == '"';
    }
    return NULL;
}

/* ---- --normalize -----------------------------------------------------------------------------*/

/* Adds the rules of n bytes at *at to an item, and moves *at past the comma after them. */
static void read_rules(const char **at, size_t n, struct cleaning_item *item, struct err *found)
{
    uint32_t flags;
    (void)text_rules_parse(*at, n, &flags, found);
    item->flags |= flags;
    *at += n + ((*at)[n] == ',');
}

/* One of --normalize: rules for all, then items COL:RULES; rules without a colon go on with the
 * item before them. All rules that do not exist are found, not the first alone. */
static bool read_normalize(struct cleaning *c, const char *text, const struct sources *s,
                           struct err *e)
{
    const char *at = text;
    struct cleaning_item item = {.option = "--normalize", .all = true};
    struct column_item column;
    struct err found = {0};
    do {
        if (!find_outside(at, ':', ',')) {
            read_rules(&at, strcspn(at, ","), &item, &found);
            continue;
        }
        if (at != text && !add_item(c, &item, e))
            return false;
        item = (struct cleaning_item){.option = "--normalize"};
        if (!column_item_next(&at, "--normalize", &column, e) ||
            !find_columns(&column, s, &item, e))
            return false;
        (void)text_rules_parse(column.rules, column.rules_bytes, &item.flags, &found);
    } while (*at);
    if (found.status != ERR_NONE) {
        *e = found;
        return false;
    }
    return add_item(c, &item, e);
}

/* ---- The others: [COLUMNS:]WHAT --------------------------------------------------------------*/

/* Adds a copy of the item for each column in the list of n bytes; without a list, for all. */
static bool add_for_columns(struct cleaning *c, const char *list, size_t n, const struct sources *s,
                            struct cleaning_item item, struct err *e)
{
    item.all = n == 0;
    if (item.all)
        return add_item(c, &item, e);
    char *copy = strndup(list, n);
    bool ok = copy || err_set(e, ERR_OS, NULL, "not enough memory");
    struct column_item column;
    for (const char *at = copy; ok && *at;)
        ok = column_item_next(&at, item.option, &column, e) && find_columns(&column, s, &item, e) &&
             add_item(c, &item, e);
    free(copy);
    return ok;
}

/* The bytes of the list of columns before a pattern, or a file. */
static size_t columns_before_pattern(const char *text)
{
    const char *colon = text_replace_begins(text) ? NULL : find_outside(text, ':', 0);
    return colon ? (size_t)(colon - text) : 0;
}

static size_t columns_before_file(const char *text)
{
    const char *colon = find_outside(text, ':', 0);
    return colon && access(text, F_OK) != 0 ? (size_t)(colon - text) : 0;
}

static bool read_replace(struct cleaning *c, size_t i, const char *text, const struct sources *s,
                         struct err *e)
{
    const size_t n = columns_before_pattern(text);
    c->replace[i] = text_replace_new(text + n + (n > 0), e);
    const struct cleaning_item item = {.option = "--replace", .replace = c->replace[i]};
    return c->replace[i] && add_for_columns(c, text, n, s, item, e);
}

static bool read_synonyms(struct cleaning *c, size_t i, const char *text, const struct sources *s,
                          struct err *e)
{
    const size_t n = columns_before_file(text);
    const struct cleaning_item item = {.option = "--synonyms", .synonyms = &c->synonyms[i]};
    return text_words_read_synonyms(&c->synonyms[i], text + n + (n > 0), e) &&
           add_for_columns(c, text, n, s, item, e);
}

static bool read_stops(struct cleaning *c, size_t i, const char *text, const struct sources *s,
                       struct err *e)
{
    const size_t n = columns_before_file(text);
    const struct cleaning_item item = {.option = "--stop-words", .stops = &c->stops[i]};
    return text_words_read_stops(&c->stops[i], text + n + (n > 0), e) &&
           add_for_columns(c, text, n, s, item, e);
}

/* ---- All of them -----------------------------------------------------------------------------*/

bool cleaning_fill_lists(struct cleaning *c, uint32_t flags, struct err *e)
{
    const uint32_t more = flags & ~c->filled;
    c->filled |= more;
    return (!(more & TEXT_RULES_NICKNAMES) || text_lists_nicknames(&c->nicknames, e)) &&
           (!(more & TEXT_RULES_SUFFIXES) || text_lists_suffixes(&c->suffixes, e));
}

bool cleaning_make(struct cleaning *c, const struct opts *o, const struct sources *s, struct err *e)
{
    bool ok = true;
    for (size_t i = 0; ok && i < o->normalize.n; i++)
        ok = read_normalize(c, o->normalize.text[i], s, e);
    for (size_t i = 0; ok && i < o->replace.n; i++)
        ok = read_replace(c, i, o->replace.text[i], s, e);
    for (size_t i = 0; ok && i < o->synonyms.n; i++)
        ok = read_synonyms(c, i, o->synonyms.text[i], s, e);
    for (size_t i = 0; ok && i < o->stop_words.n; i++)
        ok = read_stops(c, i, o->stop_words.text[i], s, e);
    uint32_t flags = 0;
    for (size_t i = 0; i < c->n; i++)
        flags |= c->item[i].flags;
    return ok && cleaning_fill_lists(c, flags, e);
}

void cleaning_close(struct cleaning *c)
{
    for (size_t i = 0; i < OPTS_STRINGS_MAX; i++) {
        text_replace_free(c->replace[i]);
        text_words_free(&c->synonyms[i]);
        text_words_free(&c->stops[i]);
    }
    text_words_free(&c->nicknames);
    text_words_free(&c->suffixes);
}

/* ---- The rules of a column -------------------------------------------------------------------*/

static bool is_about(const struct cleaning_item *item, int side, uint32_t column)
{
    return item->every[side] || (item->of[side] && item->column[side] == column);
}

/* The rules of --normalize: the column's own, or else those of all. */
static uint32_t normalize_flags(struct cleaning *c, int side, uint32_t column)
{
    uint32_t own = 0, of_all = 0;
    bool has_own = false;
    for (size_t i = 0; i < c->n; i++) {
        struct cleaning_item *item = &c->item[i];
        const bool is_list = item->replace || item->synonyms || item->stops;
        const bool is_own = !is_list && is_about(item, side, column);
        own |= is_own ? item->flags : 0;
        of_all |= item->all ? item->flags : 0;
        item->used = item->used || is_own;
        has_own = has_own || is_own;
    }
    return has_own ? own : of_all;
}

static void add_list(struct text_rules *r, const struct cleaning_item *item)
{
    if (item->replace && r->n_replaces < TEXT_RULES_LISTS)
        r->replace[r->n_replaces++] = item->replace;
    if (item->synonyms && r->n_synonyms < TEXT_RULES_LISTS)
        r->synonyms[r->n_synonyms++] = item->synonyms;
    if (item->stops && r->n_stops < TEXT_RULES_LISTS)
        r->stops[r->n_stops++] = item->stops;
    r->flags |= TEXT_INVISIBLE | (item->replace    ? TEXT_RULES_REPLACE
                                  : item->synonyms ? TEXT_RULES_SYNONYMS
                                                   : TEXT_RULES_STOPS);
}

struct text_rules cleaning_rules(struct cleaning *c, int side, uint32_t column)
{
    struct text_rules r = {.flags = normalize_flags(c, side, column),
                           .nicknames = &c->nicknames,
                           .suffixes = &c->suffixes};
    for (size_t i = 0; i < c->n; i++) {
        struct cleaning_item *item = &c->item[i];
        const bool is_list = item->replace || item->synonyms || item->stops;
        if (!is_list || !(item->all || is_about(item, side, column)))
            continue;
        add_list(&r, item);
        item->used = true;
    }
    return r;
}

void cleaning_note_unused(const struct cleaning *c, const struct sources *s)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct cleaning_item *item = &c->item[i];
        const int side = item->of[0] ? 0 : 1;
        if (!item->used && item->of[side])
            log_note("%s: %s is not compared as text, so its rules do nothing", item->option,
                     sources_load(s, side)->names[item->column[side]]);
    }
}
