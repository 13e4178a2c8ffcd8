/* Words that are weighed by how rare they are in both columns: cosine_idf.
 *
 * What a word weighs, which words a value has, and what two values have in common, is in the index
 * (index/idf.h), all in whole numbers. Here these become a score. */
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
    const uint64_t common = idf_common(w, w->word + w->begin[va], w->word + w->begin[va + 1ull],
                                       w->word + w->begin[vb], w->word + w->begin[vb + 1ull]);
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
