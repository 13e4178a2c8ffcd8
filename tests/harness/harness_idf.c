/* Words in a list that is searched from the front; see harness_idf.h. */
#include "tests/harness/harness_idf.h"

#include "tests/twin/twin_idf.h"

#include <stdlib.h>
#include <string.h>

/* All words of the dictionary, in the order in which they occur first. */
struct list {
    struct bytes *word;
    uint64_t *having;
    uint32_t *rank;
    uint32_t n;
};

static void *take(size_t bytes)
{
    void *p = calloc(bytes + 1, 1);
    if (!p)
        abort();
    return p;
}

static uint32_t find_or_add(struct list *list, struct bytes word)
{
    for (uint32_t i = 0; i < list->n; i++)
        if (list->word[i].n == word.n && memcmp(list->word[i].p, word.p, word.n) == 0)
            return i;
    list->word[list->n] = word;
    return list->n++;
}

/* Writes the words of a value, each once; returns how many. */
static uint32_t words_of(struct list *list, const struct dictionary *d, uint32_t value,
                         uint32_t *out)
{
    const struct text t = dictionary_text(d, value);
    uint32_t n = 0, from = 0;
    for (uint32_t i = 0; i <= t.utf8_bytes; i++) {
        if (i < t.utf8_bytes && t.utf8[i] != ' ')
            continue;
        if (i > from) {
            const uint32_t word = find_or_add(list, (struct bytes){t.utf8 + from, i - from});
            uint32_t k = 0;
            while (k < n && out[k] != word)
                k++;
            out[k] = word;
            n += k == n;
        }
        from = i + 1;
    }
    return n;
}

/* How many records have a value. */
static uint64_t records_of(const struct side *side, uint32_t value)
{
    for (uint32_t i = 0; i < side->n; i++)
        if (side->value[i] == value)
            return side_multiplicity(side, i);
    return 0;
}

/* The number of words that come before one: of fewer records, or of as many and earlier. */
static uint32_t rank_of(const struct list *list, uint32_t word)
{
    uint32_t rank = 0;
    for (uint32_t i = 0; i < list->n; i++)
        rank += list->having[i] < list->having[word] ||
                (list->having[i] == list->having[word] && i < word);
    return rank;
}

static int ascending(const void *x, const void *y)
{
    const uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return (a > b) - (a < b);
}

static void finish(struct idf *idf, const struct list *list, uint32_t n_values, uint32_t *word,
                   const uint64_t *begin)
{
    uint64_t *having = take(list->n * sizeof *having), *total = take(n_values * sizeof *total);
    uint32_t *weight = take(list->n * sizeof *weight);
    for (uint32_t i = 0; i < list->n; i++) {
        having[list->rank[i]] = list->having[i];
        weight[list->rank[i]] = (uint32_t)twin_idf_weight(idf->n_records, list->having[i]);
    }
    for (uint32_t v = 0; v < n_values; v++) {
        for (uint64_t i = begin[v]; i < begin[v + 1]; i++) {
            word[i] = list->rank[word[i]];
            total[v] += weight[word[i]];
        }
        qsort(word + begin[v], begin[v + 1] - begin[v], sizeof *word, ascending);
    }
    idf->n = list->n;
    idf->having = having;
    idf->weight = weight;
    idf->begin = begin;
    idf->word = word;
    idf->total = total;
}

void harness_idf_make(struct idf *idf, const struct harness_dictionary *r, bool self)
{
    const struct dictionary *d = &r->dictionary;
    const uint64_t most = d->utf8_begin[d->n] + 1; /* words */
    struct list list = {take(most * sizeof *list.word), take(most * sizeof *list.having),
                        take(most * sizeof *list.rank), 0};
    uint64_t *begin = take((d->n + 1ull) * sizeof *begin);
    uint32_t *word = take(most * sizeof *word);
    *idf = (struct idf){0};
    for (uint32_t v = 0; v < d->n; v++) {
        const uint64_t records = records_of(&r->a, v) + (self ? 0 : records_of(&r->b, v));
        begin[v + 1] = begin[v] + words_of(&list, d, v, word + begin[v]);
        for (uint64_t i = begin[v]; i < begin[v + 1]; i++)
            list.having[word[i]] += records;
        idf->n_records += records;
    }
    for (uint32_t i = 0; i < list.n; i++)
        list.rank[i] = rank_of(&list, i);
    finish(idf, &list, d->n, word, begin);
    free(list.word);
    free(list.having);
    free(list.rank);
}

void harness_idf_free(struct idf *idf)
{
    harness_give_back(idf->having);
    harness_give_back(idf->weight);
    harness_give_back(idf->begin);
    harness_give_back(idf->word);
    harness_give_back(idf->total);
    *idf = (struct idf){0};
}
