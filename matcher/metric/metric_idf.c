/* Words that are weighed by how rare they are in both columns: cosine_idf.
 *
 * What a word weighs, and which words a value has, is in the index (index/idf.h). Here two lists
 * of numbers are merged, and whole numbers are added; the sum does not depend on the order. */
#include "matcher/metric/metric_internal.h"

#include <assert.h>
#include <math.h>

/* sqrt(x * x) is x, so equal totals in common give exactly 1 (of correctly rounded operations). */
double metric_words_similarity(uint64_t common, uint64_t total_a, uint64_t total_b)
{
    if (total_a == 0 || total_b == 0)
        return total_a == total_b; /* texts without a word equal each other */
    return (double)common / sqrt((double)total_a * (double)total_b);
}

static double cosine_idf(struct metric_state *s, const struct text *a, const struct text *b)
{
    const struct idf *w = s->use.idf;
    assert(a->id && b->id);
    const uint32_t va = a->id - 1, vb = b->id - 1;
    const uint32_t *x = w->word + w->begin[va], *x_end = w->word + w->begin[va + 1ull];
    const uint32_t *y = w->word + w->begin[vb], *y_end = w->word + w->begin[vb + 1ull];
    uint64_t common = 0;
    while (x < x_end && y < y_end) {
        const uint32_t in_a = *x, in_b = *y;
        common += in_a == in_b ? w->weight[in_a] : 0;
        x += in_a <= in_b;
        y += in_b <= in_a;
    }
    return metric_words_similarity(common, w->total[va], w->total[vb]);
}

extern const struct metric metric_idf_rows[];
const struct metric metric_idf_rows[] = {
    {.name = "cosine_idf",
     .range = "0..1",
     .what = "sets of words, in which rare words of both columns weigh more: cosine",
     .arguments = "",
     .score = cosine_idf,
     .flags = METRIC_WEIGHS_WORDS},
    {.name = NULL},
};
