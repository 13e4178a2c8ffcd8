/* Sets of q-grams or of words: jaccard, dice, cosine, overlap.
 *
 * The sets of both texts are made as ascending keys and merged; that of A is kept while A stays
 * the same. A q-gram's key holds its codes themselves, so it is exact. A word's key is its number
 * among the words of the two texts. */
#include "matcher/metric_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLANK 0u /* codes are counted from 1 in keys */
#define KEY_BITS 21

double metric_set_similarity(enum metric_family family, uint64_t na, uint64_t nb, uint64_t overlap)
{
    if (na == 0 && nb == 0)
        return 1.0;
    if (na == 0 || nb == 0)
        return 0.0;
    double x = (double)na, y = (double)nb, o = (double)overlap;
    if (family == METRIC_JACCARD)
        return o / (double)(na + nb - overlap);
    if (family == METRIC_DICE)
        return 2.0 * o / (x + y);
    if (family == METRIC_COSINE)
        return o / sqrt(x * y);
    return o / (x < y ? x : y);
}

/* ---- q-grams ---------------------------------------------------------------------------------*/

static int by_key(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return a < b ? -1 : a > b;
}

/* Sorts keys and drops repeated ones; most sets are small. */
static size_t make_set(uint64_t *keys, size_t n)
{
    if (n > 64) {
        qsort(keys, n, sizeof *keys, by_key);
    } else {
        for (size_t i = 1; i < n; i++) {
            uint64_t x = keys[i];
            size_t k = i;
            for (; k && keys[k - 1] > x; k--)
                keys[k] = keys[k - 1];
            keys[k] = x;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || keys[i] != keys[kept - 1])
            keys[kept++] = keys[i];
    return kept;
}

size_t metric_grams(struct text t, unsigned q, uint64_t *keys)
{
    uint64_t window = 0, mask = (1ull << (KEY_BITS * q)) - 1;
    size_t n = 0;
    if (t.n == 0 && q == 1)
        return 0;
    for (uint32_t i = 0; i < t.n; i++) {
        window = (window << KEY_BITS | (text_code(t.codes, t.width, i) + 1)) & mask;
        keys[n++] = window;
    }
    if (q >= 2)
        keys[n++] = (window << KEY_BITS | BLANK) & mask;
    return make_set(keys, n);
}

/* ---- Words -----------------------------------------------------------------------------------*/

/* A word inside a text. */
struct span {
    uint32_t from, n;
};

struct set_state {
    uint64_t *a_keys, *b_keys; /* q-grams */
    size_t a_room, b_room;
    struct span *a_spans, *b_spans; /* words, ascending and distinct */
    size_t a_span_room, b_span_room;
    size_t n_a;
};

static int compare_spans(struct text x, struct span a, struct text y, struct span b)
{
    uint32_t n = a.n < b.n ? a.n : b.n;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t c = text_code(x.codes, x.width, a.from + i);
        uint32_t d = text_code(y.codes, y.width, b.from + i);
        if (c != d)
            return c < d ? -1 : 1;
    }
    return a.n < b.n ? -1 : a.n > b.n;
}

/* The distinct words of a text in ascending order. */
static size_t find_words(struct metric_state *s, struct text t, struct span *spans)
{
    size_t n = 0;
    for (uint32_t i = 0; i < t.n;) {
        uint32_t from = i;
        while (i < t.n && !metric_is_space(s, text_code(t.codes, t.width, i)))
            i++;
        struct span word = {from, i - from};
        size_t k = n;
        while (word.n && k && compare_spans(t, spans[k - 1], t, word) > 0)
            k--;
        bool there = k && compare_spans(t, spans[k - 1], t, word) == 0;
        if (word.n && !there) {
            memmove(spans + k + 1, spans + k, (n - k) * sizeof *spans);
            spans[k] = word;
            n++;
        }
        i++;
    }
    return n;
}

static uint64_t common_words(struct text a, const struct span *x, size_t na, struct text b,
                             const struct span *y, size_t nb)
{
    uint64_t common = 0;
    for (size_t i = 0, k = 0; i < na && k < nb;) {
        int order = compare_spans(a, x[i], b, y[k]);
        common += order == 0;
        i += order <= 0;
        k += order >= 0;
    }
    return common;
}

static double word_score(struct metric_state *s, struct set_state *own, struct text a,
                         struct text b)
{
    if (metric_prepare(s, a)) {
        own->a_spans =
            metric_grow(own->a_spans, &own->a_span_room, a.n + 1ull, sizeof(struct span));
        own->n_a = find_words(s, a, own->a_spans);
    }
    own->b_spans = metric_grow(own->b_spans, &own->b_span_room, b.n + 1ull, sizeof(struct span));
    size_t nb = find_words(s, b, own->b_spans);
    return metric_set_similarity(s->use.metric->family, own->n_a, nb,
                                 common_words(a, own->a_spans, own->n_a, b, own->b_spans, nb));
}

/* ---- Scores ----------------------------------------------------------------------------------*/

static uint64_t common_keys(const uint64_t *x, size_t na, const uint64_t *y, size_t nb)
{
    uint64_t common = 0;
    for (size_t i = 0, k = 0; i < na && k < nb;) {
        uint64_t p = x[i], q = y[k];
        common += p == q;
        i += p <= q;
        k += p >= q;
    }
    return common;
}

static double set_score(struct metric_state *s, struct text a, struct text b)
{
    struct set_state *own = s->own;
    unsigned q = (unsigned)s->use.args[0];
    if (q == 0)
        return word_score(s, own, a, b);
    if (metric_prepare(s, a)) {
        own->a_keys = metric_grow(own->a_keys, &own->a_room, a.n + 2ull, sizeof(uint64_t));
        own->n_a = metric_grams(a, q, own->a_keys);
    }
    own->b_keys = metric_grow(own->b_keys, &own->b_room, b.n + 2ull, sizeof(uint64_t));
    size_t nb = metric_grams(b, q, own->b_keys);
    return metric_set_similarity(s->use.metric->family, own->n_a, nb,
                                 common_keys(own->a_keys, own->n_a, own->b_keys, nb));
}

static void set_close(struct metric_state *s)
{
    struct set_state *own = s->own;
    if (!own)
        return;
    free(own->a_keys);
    free(own->b_keys);
    free(own->a_spans);
    free(own->b_spans);
}

#define SET_ROW(NAME, FAMILY, WHAT)                                                                \
    {                                                                                              \
        .name = NAME, .family = FAMILY, .range = "0..1", .what = WHAT, .arguments = "[, q = 3]",   \
        .min_args = 0, .max_args = 1, .defaults = {3}, .state_bytes = sizeof(struct set_state),    \
        .score = set_score, .close = set_close                                                     \
    }

extern const struct metric metric_set_rows[];
const struct metric metric_set_rows[] = {
    SET_ROW("jaccard", METRIC_JACCARD, "sets of q-grams (q = 0: of words): common / all"),
    SET_ROW("dice", METRIC_DICE, "sets: twice the common / sum of the sizes"),
    SET_ROW("cosine", METRIC_COSINE, "sets: common / root of the product of the sizes"),
    SET_ROW("overlap", METRIC_OVERLAP, "sets: common / size of the smaller"),
    {.name = NULL},
};
