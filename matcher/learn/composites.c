/* Looks at the words of the first records: which value has all words of another one? */
#include "matcher/learn/composites.h"

#include <ctype.h>
#include <string.h>

#define SAMPLE_ROWS 1500u /* of each table */
#define MOSTLY 0.6        /* of the records contain the part */
#define NEARLY_ALL_WORDS 0.8

/* The next word of a text from *at on; false at its end. */
static bool next_word(struct bytes v, uint32_t *at, struct bytes *word)
{
    uint32_t i = *at;
    while (i < v.n && !isalnum((unsigned char)v.p[i]) && (unsigned char)v.p[i] < 0x80)
        i++;
    const uint32_t from = i;
    while (i < v.n && (isalnum((unsigned char)v.p[i]) || (unsigned char)v.p[i] >= 0x80))
        i++;
    *word = (struct bytes){v.p + from, i - from};
    *at = i;
    return i > from;
}

static bool same_word(struct bytes x, struct bytes y)
{
    bool same = x.n == y.n;
    for (uint32_t i = 0; same && i < x.n; i++)
        same = tolower((unsigned char)x.p[i]) == tolower((unsigned char)y.p[i]);
    return same;
}

static bool has_word(struct bytes v, struct bytes word)
{
    struct bytes other;
    for (uint32_t at = 0; next_word(v, &at, &other);)
        if (same_word(word, other))
            return true;
    return false;
}

/* Does the whole have every word of the part? */
static bool contains(struct bytes whole, struct bytes part)
{
    struct bytes word;
    for (uint32_t at = 0; next_word(part, &at, &word);)
        if (!has_word(whole, word))
            return false;
    return true;
}

/* In which share of the records that have both does the whole contain the part? */
static double share_contained(const struct table table[2], const struct composite_column *whole,
                              const struct composite_column *part)
{
    double both = 0, contained = 0;
    for (int side = 0; side < 2; side++) {
        const struct table *t = &table[side];
        const uint32_t *x = table_row_values(t, whole->column[side]);
        const uint32_t *y = table_row_values(t, part->column[side]);
        for (uint64_t row = 0; row < t->head->n_rows && row < SAMPLE_ROWS; row++) {
            if (x[row] == TABLE_MISSING || y[row] == TABLE_MISSING)
                continue;
            both++;
            contained += contains(table_value(t, whole->column[side], x[row]),
                                  table_value(t, part->column[side], y[row]));
        }
    }
    return both > 0 ? contained / both : 0;
}

void composites_find(const struct table table[2], const struct composite_column *column, uint32_t n,
                     uint32_t *whole)
{
    for (uint32_t i = 0; i < n; i++)
        whole[i] = COMPOSITES_NONE;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t parts = 0, last = COMPOSITES_NONE;
        double words = 0;
        for (uint32_t k = 0; k < n && column[i].text; k++) {
            if (k == i || !column[k].part || whole[k] != COMPOSITES_NONE ||
                column[k].bytes >= column[i].bytes ||
                share_contained(table, &column[i], &column[k]) <= MOSTLY)
                continue;
            parts++;
            words += column[k].words;
            last = k;
        }
        if (parts >= 2 || (parts == 1 && words >= NEARLY_ALL_WORDS * column[i].words))
            whole[i] = last;
    }
}
