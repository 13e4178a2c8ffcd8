/* Names are compared one by one with those that stand before them. That is done once for a worker,
 * and of 4096 columns it takes some milliseconds. */
#include "data/format/column_names.h"

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

bool column_names_open(struct column_names *names, const uint32_t n[COLUMN_GROUPS])
{
    const uint32_t a = n[COLUMN_OF_A], ab = a + n[COLUMN_NUMBER], all = ab + n[COLUMN_OF_B];
    struct bytes *x = malloc((all + 1ull) * sizeof *x);
    *names = (struct column_names){{x, x + a, x + ab}, {a, ab - a, all - ab}, {NULL}};
    return x;
}

bool column_names_plain(struct column_names *names)
{
    const uint32_t *n = names->n;
    return put_prefixes(names->at[COLUMN_OF_A], 0, n[COLUMN_OF_A], "a.", 1, false,
                        &names->text[0]) &&
           put_prefixes(names->at[COLUMN_OF_B], 0, n[COLUMN_OF_B], "b.", 1, false, &names->text[1]);
}

bool column_names_linked(struct column_names *names)
{
    struct bytes *all = names->at[COLUMN_OF_A];
    const uint32_t a = names->n[COLUMN_OF_A], ab = a + names->n[COLUMN_NUMBER];
    return give_way(all, a, ab, "axb.", &names->text[0]) &&
           give_way(all, ab, ab + names->n[COLUMN_OF_B], "b.", &names->text[1]);
}

void column_names_free(struct column_names *names)
{
    free(names->at[0]);
    free(names->text[0]);
    free(names->text[1]);
}
