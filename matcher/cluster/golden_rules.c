/* --golden-rule: from texts to rules. */
#include "matcher/cluster/golden.h"

#include "matcher/inputs/column_list.h"

#include <stdio.h>
#include <string.h>

static const struct golden_word {
    const char *name;
    enum golden_kind kind;
    bool by; /* ":COL" follows */
} words[] = {
    {"most-frequent", GOLDEN_MOST_FREQUENT, false},
    {"longest", GOLDEN_LONGEST, false},
    {"shortest", GOLDEN_SHORTEST, false},
    {"first", GOLDEN_FIRST, false},
    {"last", GOLDEN_LAST, false},
    {"newest", GOLDEN_NEWEST, true},
    {"oldest", GOLDEN_OLDEST, true},
    {"max", GOLDEN_MAX, false},
    {"min", GOLDEN_MIN, false},
    {"concat", GOLDEN_CONCAT, false},
};
#define N_WORDS (sizeof words / sizeof *words)
#define OPTION "--golden-rule"

static const char examples[] =
    "for example: --golden-rule longest, or --golden-rule 'name:longest,phone:newest:updated'";

static struct golden_rule new_rule(enum golden_kind kind)
{
    return (struct golden_rule){.kind = kind,
                                .by = GOLDEN_NO_COLUMN,
                                .date = figure_default(FIGURE_DATE),
                                .number = figure_default(FIGURE_NUMBER)};
}

static const struct golden_word *find_word(const char *p, size_t n)
{
    for (size_t i = 0; i < N_WORDS; i++)
        if (strlen(words[i].name) == n && memcmp(words[i].name, p, n) == 0)
            return &words[i];
    return NULL;
}

static bool unknown_rule(const char *p, size_t n, struct err *e)
{
    char names[200];
    size_t used = 0;
    for (size_t i = 0; i < N_WORDS; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s%s", i ? ", " : "",
                                 words[i].name, words[i].by ? ":COL" : "");
    return err_set(e, ERR_USAGE, examples, OPTION ": there is no rule \"%.*s\"; there are %s",
                   (int)(n < 60 ? n : 60), p, names);
}

static bool find_by(const char *name, size_t n, const struct sources *s, uint32_t *column,
                    struct err *e)
{
    if (sources_find(s, 0, name, n, column, e))
        return true;
    const struct err why = *e;
    return err_set(e, why.status, why.hint[0] ? why.hint : NULL, OPTION ": %s", why.text);
}

/* Reads "longest" or "newest:COL". */
static bool read_rule(const char *text, size_t n, const struct sources *s, struct golden_rule *rule,
                      struct err *e)
{
    const char *colon = memchr(text, ':', n), *end = colon ? colon : text + n;
    const struct golden_word *word = find_word(text, (size_t)(end - text));
    if (!word)
        return unknown_rule(text, n, e);
    *rule = new_rule(word->kind);
    if (word->by != (colon != NULL))
        return err_set(e, ERR_USAGE, examples, OPTION ": %s %s", word->name,
                       word->by ? "needs a column of dates or numbers after a colon"
                                : "takes no column");
    return !colon || find_by(colon + 1, (size_t)(text + n - colon - 1), s, &rule->by, e);
}

/* A rule of a column replaces what was said of it before. */
static bool keep_rule(struct golden_rules *rules, uint32_t column, const struct golden_rule *rule,
                      struct err *e)
{
    uint32_t i = 0;
    while (i < rules->n && rules->item[i].column != column)
        i++;
    if (i == GOLDEN_MAX_ITEMS)
        return err_set(e, ERR_USAGE, NULL, OPTION ": more than %u columns have a rule of their own",
                       GOLDEN_MAX_ITEMS);
    rules->item[i] = (struct golden_item){column, *rule};
    rules->n += i == rules->n;
    return true;
}

static bool set_other(struct golden_rules *rules, const struct golden_rule *rule, struct err *e)
{
    rules->other = *rule;
    return (rule->kind != GOLDEN_MAX && rule->kind != GOLDEN_MIN) ||
           err_set(e, ERR_USAGE, "for example: --golden-rule 'price:max'",
                   OPTION ": max and min are for a column of numbers or dates");
}

/* The whole rule of an item that names no column: "longest" or "newest:updated". False: the item
 * names a column. */
static bool is_for_all(const struct column_item *item, char text[2 * COLUMN_NAME_BYTES])
{
    const struct golden_word *word = find_word(item->name[0], strlen(item->name[0]));
    if (item->every || !word)
        return false;
    if (item->rules && (!word->by || find_word(item->rules, item->rules_bytes)))
        return false;
    snprintf(text, 2 * COLUMN_NAME_BYTES, item->rules ? "%s:%.*s" : "%s", word->name,
             item->rules ? (int)item->rules_bytes : 0, item->rules ? item->rules : "");
    return true;
}

static bool read_item(struct golden_rules *rules, const struct column_item *item,
                      const struct sources *s, struct err *e)
{
    char text[2 * COLUMN_NAME_BYTES];
    struct golden_rule rule = new_rule(GOLDEN_MOST_FREQUENT);
    bool found[2];
    uint32_t column[2];
    if (is_for_all(item, text))
        return read_rule(text, strlen(text), s, &rule, e) && set_other(rules, &rule, e);
    if (!item->rules)
        return unknown_rule(item->name[0], strlen(item->name[0]), e);
    if (!read_rule(item->rules, item->rules_bytes, s, &rule, e))
        return false;
    if (item->every)
        return set_other(rules, &rule, e);
    return column_item_find(item, s, found, column, e) && keep_rule(rules, column[0], &rule, e);
}

bool golden_rules_read(struct golden_rules *rules, const struct opts_strings *texts,
                       const struct sources *sources, struct err *e)
{
    struct column_item item;
    rules->other = new_rule(GOLDEN_MOST_FREQUENT);
    rules->n = 0;
    for (size_t i = 0; i < texts->n; i++)
        for (const char *at = texts->text[i]; *at;)
            if (!column_item_next(&at, OPTION, &item, e) || !read_item(rules, &item, sources, e))
                return false;
    return true;
}

const struct golden_rule *golden_rule_of(const struct golden_rules *rules, uint32_t column)
{
    for (uint32_t i = 0; i < rules->n; i++)
        if (rules->item[i].column == column)
            return &rules->item[i].rule;
    return &rules->other;
}
