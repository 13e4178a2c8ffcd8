/* Words are found, sorted and written. A form is never longer than its value, since each blank
 * stands for at least one character of white space. */
#include "matcher/index/text_form.h"

#include "core/hash.h"
#include "core/memory.h"
#include "data/text.h"

#include <stdlib.h>
#include <string.h>

#define SORT_BY_HAND 24u /* more words go to qsort */

/* The order of UTF-8 is that of code points. */
static int compare_words(const void *x, const void *y)
{
    const struct bytes *a = x, *b = y;
    const int order = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);
    return order ? order : a->n < b->n ? -1 : a->n > b->n;
}

static void sort_words(struct bytes *word, uint32_t n)
{
    if (n > SORT_BY_HAND)
        qsort(word, n, sizeof *word, compare_words);
    for (uint32_t i = 1; i < n && n <= SORT_BY_HAND; i++) {
        const struct bytes moved = word[i];
        uint32_t k = i;
        for (; k && compare_words(&word[k - 1], &moved) > 0; k--)
            word[k] = word[k - 1];
        word[k] = moved;
    }
}

/* The words of a text, in their order there; returns how many. */
static uint32_t find_words(struct bytes text, struct bytes *word)
{
    uint32_t n = 0;
    bool within = false;
    for (size_t at = 0, next = 0; at < text.n; at = next) {
        const bool splits = text_splits_words(text_next(text.p, &next));
        if (!splits && !within)
            word[n++] = (struct bytes){text.p + at, 0};
        if (!splits)
            word[n - 1].n = (uint32_t)(text.p + next - word[n - 1].p);
        within = !splits;
    }
    return n;
}

static uint32_t drop_repeated(struct bytes *word, uint32_t n)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++)
        if (kept == 0 || compare_words(&word[kept - 1], &word[i]) != 0)
            word[kept++] = word[i];
    return kept;
}

/* Writes the form of a text to `out`; returns its bytes. `word` has room for (text.n + 1) / 2. */
static uint32_t write_form(enum text_form form, struct bytes text, struct bytes *word, char *out)
{
    uint32_t n = find_words(text, word), bytes = 0;
    sort_words(word, n);
    if (form == TEXT_FORM_WORD_SET)
        n = drop_repeated(word, n);
    for (uint32_t i = 0; i < n; i++) {
        if (i)
            out[bytes++] = ' ';
        memcpy(out + bytes, word[i].p, word[i].n);
        bytes += word[i].n;
    }
    return bytes;
}

static uint32_t longest_value(const struct table *table, uint32_t column)
{
    uint32_t most = 0;
    for (uint32_t v = 0; v < table->columns[column].n_values; v++) {
        const uint32_t n = table_value(table, column, v).n;
        most = n > most ? n : most;
    }
    return most;
}

bool text_forms_make(struct text_forms *t, const struct table *table, uint32_t column,
                     enum text_form form, struct err *e)
{
    const uint32_t n = table->columns[column].n_values;
    const struct bytes first = n ? table_value(table, column, 0) : (struct bytes){NULL, 0};
    const struct bytes last = n ? table_value(table, column, n - 1) : first;
    const size_t words = longest_value(table, column) / 2 + 1ull;
    bool failed = false;
    const size_t bytes = (size_t)(last.p - first.p) + last.n;
    if (!mem_check("the words of a column", bytes + n * sizeof *t->of, e))
        return false;
    t->of = malloc((n + 1ull) * sizeof *t->of);
    t->bytes = malloc(bytes + HASH_SPARE_BYTES);
    failed = !t->of || !t->bytes;
    if (failed)
        return err_set(e, ERR_OS, NULL, "not enough memory for the words of a column");
#pragma omp parallel reduction(|| : failed)
    {
        struct bytes *word = malloc(words * sizeof *word);
        failed = !word;
#pragma omp for schedule(static)
        for (uint32_t v = 0; v < n; v++) {
            const struct bytes value = table_value(table, column, v);
            char *out = t->bytes + (value.p - first.p);
            t->of[v] = (struct bytes){out, word ? write_form(form, value, word, out) : 0};
        }
        free(word);
    }
    return !failed || err_set(e, ERR_OS, NULL, "not enough memory for the words of a column");
}

void text_forms_close(struct text_forms *t)
{
    free(t->of);
    free(t->bytes);
    *t = (struct text_forms){0};
}
