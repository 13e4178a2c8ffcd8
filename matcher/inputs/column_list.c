/* Reads lists of columns, and finds what they name. */
#include "matcher/inputs/column_list.h"

#include <stdio.h>
#include <string.h>

/* ---- Reading ---------------------------------------------------------------------------------*/

struct list_reader {
    const char *p;
    const char *stops; /* the characters that end a name without quotes */
    struct column_item *item;
    struct err *e;
};

static void pass_blanks(struct list_reader *r)
{
    r->p += strspn(r->p, " \t\n");
}

static bool too_long(const struct list_reader *r)
{
    return err_set(r->e, ERR_USAGE, NULL, "%s: the name of a column is too long", r->item->option);
}

static bool read_quoted(struct list_reader *r, char name[COLUMN_NAME_BYTES])
{
    size_t n = 0;
    for (r->p++; *r->p && n + 1 < COLUMN_NAME_BYTES; r->p++) {
        if (*r->p == '"' && r->p[1] != '"') {
            name[n] = 0;
            r->p++;
            return true;
        }
        r->p += *r->p == '"';
        name[n++] = *r->p;
    }
    return *r->p ? too_long(r)
                 : err_set(r->e, ERR_USAGE, "close it, or write a quote in a name twice",
                           "%s: the quote is never closed", r->item->option);
}

/* A name in quotes, or up to one of the stops without the blanks before it. */
static bool read_name(struct list_reader *r, char name[COLUMN_NAME_BYTES])
{
    pass_blanks(r);
    if (*r->p == '"')
        return read_quoted(r, name);
    size_t n = strcspn(r->p, r->stops), kept = n;
    while (kept > 0 && strchr(" \t\n", r->p[kept - 1]))
        kept--;
    if (kept >= COLUMN_NAME_BYTES)
        return too_long(r);
    memcpy(name, r->p, kept);
    name[kept] = 0;
    r->p += n;
    return kept > 0 || err_set(r->e, ERR_USAGE, "for example: name, name=customer, a.name",
                               "%s: the name of a column is missing", r->item->option);
}

/* "a." or "b." at the begin of an item. */
static void read_sides(struct list_reader *r)
{
    const bool one = (r->p[0] == 'a' || r->p[0] == 'b') && r->p[1] == '.';
    r->item->side[0] = !one || r->p[0] == 'a';
    r->item->side[1] = !one || r->p[0] == 'b';
    r->p += 2 * one;
}

static bool read_names(struct list_reader *r)
{
    struct column_item *item = r->item;
    pass_blanks(r);
    read_sides(r);
    const int side = item->side[0] ? 0 : 1;
    if (*r->p == '*' && strchr(r->stops, r->p[1])) { /* its zero byte, too */
        item->every = true;
        r->p++;
        return true;
    }
    if (!read_name(r, item->name[side]))
        return false;
    pass_blanks(r);
    if (side == 0 && *r->p == '=') {
        r->p++;
        pass_blanks(r);
        r->p += 2 * (strncmp(r->p, "b.", 2) == 0);
        item->side[1] = true;
        return read_name(r, item->name[1]);
    }
    item->one_name = item->side[0] && item->side[1];
    if (item->one_name)
        memcpy(item->name[1], item->name[0], COLUMN_NAME_BYTES);
    return true;
}

static void read_rules(struct list_reader *r)
{
    if (*r->p != ':')
        return;
    const bool quoted = *++r->p == '"' && strchr(r->p + 1, '"');
    const bool comma = r->p[0] == ',' && (!r->p[1] || r->p[1] == ',');
    r->p += quoted;
    r->item->rules = r->p;
    r->item->rules_bytes = comma ? 1 : strcspn(r->p, quoted ? "\"" : ",");
    r->p += r->item->rules_bytes + quoted;
}

static bool read_end(struct list_reader *r)
{
    pass_blanks(r);
    if (*r->p && *r->p != ',')
        return err_set(r->e, ERR_USAGE, "items are separated by commas",
                       "%s: a comma or the end is expected before \"%.40s\"", r->item->option,
                       r->p);
    r->p += *r->p == ',';
    return true;
}

bool column_item_next(const char **at, const char *option, struct column_item *item, struct err *e)
{
    struct list_reader r = {*at, ",=:", item, e};
    *item = (struct column_item){.option = option};
    if (!read_names(&r))
        return false;
    read_rules(&r);
    if (!read_end(&r))
        return false;
    *at = r.p;
    return true;
}

bool column_item_whole(const char *text, const char *option, struct column_item *item,
                       struct err *e)
{
    struct list_reader r = {text, "=", item, e};
    *item = (struct column_item){.option = option, .side = {true, true}};
    if (!read_name(&r, item->name[0]))
        return false;
    item->one_name = *r.p != '=';
    if (!item->one_name)
        r.p++;
    else
        memcpy(item->name[1], item->name[0], COLUMN_NAME_BYTES);
    return item->one_name || read_name(&r, item->name[1]);
}

/* ---- Finding ---------------------------------------------------------------------------------*/

/* A name was not found: says which option asked. */
static bool not_found(const struct column_item *item, struct err *e)
{
    const struct err why = *e;
    return err_set(e, why.status, why.hint[0] ? why.hint : NULL, "%s: %s", item->option, why.text);
}

static bool find_side(const struct column_item *item, const struct sources *s, int side,
                      uint32_t *column, struct err *e)
{
    return load_find(sources_load(s, side), item->name[side], column, e) || not_found(item, e);
}

static bool has_column(const struct load *l, const char *name)
{
    size_t i = 0;
    while (i < l->n_columns && strcmp(l->names[i], name) != 0)
        i++;
    return i < l->n_columns;
}

/* The name without the "a." or "b." of its side, where no column has the name as it stands. */
static const char *bare_name(const struct column_item *item, const struct sources *s, int side)
{
    const char *name = item->name[side];
    const bool marked = name[0] == "ab"[side] && name[1] == '.' && name[2];
    return marked && !has_column(sources_load(s, side), name) ? name + 2 : name;
}

bool column_item_find(const struct column_item *item, const struct sources *s, bool found[2],
                      uint32_t column[2], struct err *e)
{
    bool any = false;
    for (int side = 0; side < 2; side++) {
        found[side] = item->side[side] && find_side(item, s, side, &column[side], e);
        if (item->side[side] && !found[side] && !item->one_name)
            return false;
        any = any || found[side];
    }
    return any;
}

bool column_item_find_both(const struct column_item *item, const struct sources *s,
                           uint32_t column[2], struct err *e)
{
    for (int side = 0; side < 2; side++)
        if (!load_find(sources_load(s, side), bare_name(item, s, side), &column[side], e))
            return not_found(item, e);
    return true;
}
