/* Names are compared one by one with those that stand before them. That is done once for a worker,
 * and of 4096 columns it takes some milliseconds. */
#include "data/emit_names.h"

#include <stdlib.h>
#include <string.h>

/* Is x this name with so many prefixes before it? */
static bool is_prefixed(struct bytes x, const char *prefix, uint32_t times, struct bytes name)
{
    const size_t n = strlen(prefix), before = times * n;
    if (x.n != before + name.n || memcmp(x.p + before, name.p, name.n) != 0)
        return false;
    for (size_t at = 0; at < before; at += n)
        if (memcmp(x.p + at, prefix, n) != 0)
            return false;
    return true;
}

/* Is it one of the first n names? */
static bool is_among(const struct bytes *names, uint32_t n, const char *prefix, uint32_t times,
                     struct bytes name)
{
    for (uint32_t k = 0; k < n; k++)
        if (is_prefixed(names[k], prefix, times, name))
            return true;
    return false;
}

/* Of the names [from, to): does one that stands before them too remain taken with so many
 * prefixes? */
static bool remain_taken(const struct bytes *names, uint32_t from, uint32_t to, const char *prefix,
                         uint32_t times)
{
    for (uint32_t k = from; k < to; k++)
        if (is_among(names, from, "", 0, names[k]) && is_among(names, to, prefix, times, names[k]))
            return true;
    return false;
}

/* Gives prefixes to the names [from, to), or to those of them alone that stand before `from` too.
 * *text gets their bytes. False without memory. */
static bool put_prefixes(struct bytes *names, uint32_t from, uint32_t to, const char *prefix,
                         uint32_t times, bool only_taken, char **text)
{
    const size_t n = strlen(prefix);
    size_t bytes = 1;
    for (uint32_t k = from; k < to; k++)
        bytes += names[k].n + times * n;
    char *p = *text = malloc(bytes);
    for (uint32_t k = from; p && k < to; k++) {
        const struct bytes own = names[k];
        if (only_taken && !is_among(names, from, "", 0, own))
            continue;
        names[k] = (struct bytes){p, (uint32_t)(own.n + times * n)};
        for (uint32_t i = 0; i < times; i++, p += n)
            memcpy(p, prefix, n);
        if (own.n)
            memcpy(p, own.p, own.n);
        p += own.n;
    }
    return *text;
}

/* All that are taken get equally many prefixes, so they differ from each other as before. */
static bool give_way(struct bytes *names, uint32_t from, uint32_t to, const char *prefix,
                     char **text)
{
    uint32_t times = 1;
    while (remain_taken(names, from, to, prefix, times))
        times++;
    return put_prefixes(names, from, to, prefix, times, true, text);
}

static struct bytes text_of(const char *text)
{
    return (struct bytes){text, (uint32_t)strlen(text)};
}

/* Puts the columns that a side keeps there, under their own names. */
static void own_names(const struct emit_spec *spec, int side, const struct table *t,
                      struct bytes *names)
{
    const uint32_t *column = spec->keep + (side ? spec->n_keep[0] : 0);
    for (uint32_t k = 0; k < spec->n_keep[side]; k++)
        names[k] =
            (struct bytes){table_column_name(t, column[k]), t->columns[column[k]].name_bytes};
}

bool emit_names_make(struct emit_names *names, const struct emit_spec *spec,
                     const struct table *const tables[2])
{
    const uint32_t score = spec->n_keep[0], b = score + 1 + spec->n_terms,
                   all = b + spec->n_keep[1];
    struct bytes *x = malloc(all * sizeof *x);
    *names = (struct emit_names){{x, x + b}, x + score, x + score + 1, x, {NULL}};
    if (!x)
        return false;
    own_names(spec, 0, tables[0], x);
    x[score] = text_of("score");
    for (uint32_t k = 0; k < spec->n_terms; k++)
        x[score + 1 + k] = text_of(spec->term_names + spec->term_at[k]);
    own_names(spec, 1, tables[1], x + b);
    if (spec->linked)
        return give_way(x, score, b, "axb.", &names->text[0]) &&
               give_way(x, b, all, "b.", &names->text[1]);
    return put_prefixes(x, 0, score, "a.", 1, false, &names->text[0]) &&
           put_prefixes(x, b, all, "b.", 1, false, &names->text[1]);
}

void emit_names_free(struct emit_names *names)
{
    free(names->all);
    free(names->text[0]);
    free(names->text[1]);
}
