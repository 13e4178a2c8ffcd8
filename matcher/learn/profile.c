/* One pass over the distinct values, each counted as often as records have it. */
#include "matcher/learn/profile.h"

#include "data/figures/figures.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Kinds follow from these shares. */
#define MOST_ARE 0.8      /* dates, numbers: so many of the values are such */
#define SOME_DECIMALS 0.3 /* of amounts */
#define FEW_VALUES 40u    /* of a category, at most … */
#define OFTEN_ALIKE 0.02  /* … and two records have the same one so often, at least */
#define FEW_WORDS 2.5
#define MOSTLY_DIGITS 0.5
#define SOME_DIGITS 0.2
#define SEVERAL_WORDS 1.7 /* mean, of a text */

/* How many records have each value. Malloced; NULL without memory. */
static uint32_t *count_values(const struct table *t, uint32_t column, uint64_t *filled)
{
    const uint32_t *value = table_row_values(t, column);
    uint32_t *count = calloc((size_t)t->columns[column].n_values + 1, sizeof *count);
    *filled = 0;
    for (uint64_t row = 0; count && row < t->head->n_rows; row++) {
        if (value[row] == TABLE_MISSING)
            continue;
        count[value[row]]++;
        ++*filled;
    }
    return count;
}

/* Sums over records; shares of them in the end. */
static void add_value(struct profile *p, struct bytes v, double records)
{
    uint32_t digits = 0, words = 0;
    bool in_word = false;
    for (uint32_t i = 0; i < v.n; i++) {
        const unsigned char c = (unsigned char)v.p[i];
        const bool letter = isalnum(c) || c >= 0x80;
        digits += isdigit(c) != 0;
        words += letter && !in_word;
        in_word = letter;
    }
    p->digits += digits * records;
    p->words += words * records;
    p->length += v.n * records;
    p->decimals += records * (digits && memchr(v.p, '.', v.n) != NULL);
}

/* Whole numbers that no two records share, within a range twice as wide as the table is long. */
static bool counts_records(const struct profile *p, double least, double most, bool whole)
{
    return whole && p->distinct == p->filled && p->filled > 10 &&
           most - least < 2.0 * (double)p->rows;
}

static void find_values(struct profile *p, const struct table *t, uint32_t column,
                        const uint32_t *count)
{
    double least = INFINITY, most = -(double)INFINITY;
    bool whole = true;
    const double n = p->filled ? (double)p->filled : 1;
    for (uint32_t v = 0; v < p->distinct; v++) {
        const struct bytes text = table_value(t, column, v);
        const struct figure_format plain = figure_default(FIGURE_NUMBER);
        const double number = whole ? figure_number(text, &plain) : (double)NAN;
        whole = whole && number == floor(number);
        least = fmin(least, number);
        most = fmax(most, number);
        add_value(p, text, count[v]);
        p->collision += (count[v] / n) * (count[v] / n);
    }
    p->running = counts_records(p, least, most, whole);
    p->digits /= p->length > 0 ? p->length : 1;
    p->words /= n;
    p->length /= n;
    p->decimals /= n;
}

/* The share of the records whose value can be read so, in the format that suits the column. */
static bool share_of(const struct table *t, uint32_t column, enum figure_kind kind, double *share,
                     struct err *e)
{
    const struct figure_format asked = figure_default(kind);
    struct figure_finding found;
    if (!figures_find(t, column, &asked, &found))
        return err_set(e, ERR_OS, NULL, "not enough memory");
    *share = found.rows ? 1 - (double)found.wrong_rows / (double)found.rows : 0;
    return true;
}

bool profile_column(struct profile *p, const struct table *t, uint32_t column, struct err *e)
{
    *p = (struct profile){.rows = t->head->n_rows, .distinct = t->columns[column].n_values};
    uint32_t *count = count_values(t, column, &p->filled);
    if (!count)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    find_values(p, t, column, count);
    free(count);
    return share_of(t, column, FIGURE_DATE, &p->dates, e) &&
           share_of(t, column, FIGURE_NUMBER, &p->numbers, e);
}

struct profile profile_join(const struct profile *a, const struct profile *b)
{
    const double n = (double)a->filled + (double)b->filled;
    const double x = n > 0 ? (double)a->filled / n : 0, y = 1 - x;
    return (struct profile){
        .rows = a->rows + b->rows,
        .filled = a->filled + b->filled,
        .distinct = a->distinct > b->distinct ? a->distinct : b->distinct,
        .collision = x * a->collision + y * b->collision,
        .dates = x * a->dates + y * b->dates,
        .numbers = x * a->numbers + y * b->numbers,
        .decimals = x * a->decimals + y * b->decimals,
        .digits = x * a->digits + y * b->digits,
        .words = x * a->words + y * b->words,
        .length = x * a->length + y * b->length,
        .running = a->running && b->running,
    };
}

const struct model_kind *profile_kind(const struct profile *p)
{
    const char *name = "name";
    if (p->filled == 0 || p->distinct <= 1)
        return NULL;
    if (p->dates > MOST_ARE)
        name = "date";
    else if (p->numbers > MOST_ARE && p->decimals > SOME_DECIMALS)
        name = "amount";
    else if (p->distinct <= FEW_VALUES && p->collision > OFTEN_ALIKE && p->words < FEW_WORDS)
        name = "category";
    else if (p->digits > MOSTLY_DIGITS)
        name = "code";
    else if (p->words >= SEVERAL_WORDS)
        name = "text";
    else if (p->digits > SOME_DIGITS)
        name = "code";
    return model_kind_find(name, strlen(name));
}
