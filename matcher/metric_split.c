/* The words of a text, for the metrics that compare texts by words. */
#include "matcher/metric_state.h"

#include <stdlib.h>

bool split_open(struct split *w, uint32_t max_length)
{
    *w = (struct split){.room = max_length + 2ull};
    w->span = malloc(w->room * sizeof *w->span);
    return w->span != NULL;
}

void split_close(struct split *w)
{
    free(w->span);
}

static int compare(const struct text *x, struct span a, const struct text *y, struct span b)
{
    uint32_t n = least(a.n, b.n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t c = text_code(x->codes, x->width, a.from + i);
        uint32_t d = text_code(y->codes, y->width, b.from + i);
        if (c != d)
            return c < d ? -1 : 1;
    }
    return a.n < b.n ? -1 : a.n > b.n;
}

int split_compare(const struct split *x, uint32_t i, const struct split *y, uint32_t k)
{
    return compare(&x->text, x->span[i], &y->text, y->span[k]);
}

/* Texts have few words, and those that have many are sorted by halves. */
static void merge_sort(const struct text *t, struct span *span, struct span *spare, uint32_t n)
{
    if (n < 2)
        return;
    uint32_t half = n / 2, i = 0, k = half, to = 0;
    merge_sort(t, span, spare, half);
    merge_sort(t, span + half, spare, n - half);
    while (i < half && k < n)
        spare[to++] = compare(t, span[i], t, span[k]) <= 0 ? span[i++] : span[k++];
    while (i < half)
        spare[to++] = span[i++];
    for (uint32_t j = 0; j < to; j++)
        span[j] = spare[j];
}

static uint32_t find_words(const struct metric_state *s, const struct text *t, struct span *span)
{
    uint32_t n = 0, from = 0;
    for (uint32_t i = 0; i <= t->n; i++) {
        if (i < t->n && !s->is_space[text_code(t->codes, t->width, i)])
            continue;
        if (i > from)
            span[n++] = (struct span){from, i - from};
        from = i + 1;
    }
    return n;
}

static uint32_t drop_repeated(const struct text *t, struct span *span, uint32_t n)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++)
        if (kept == 0 || compare(t, span[kept - 1], t, span[i]) != 0)
            span[kept++] = span[i];
    return kept;
}

bool split_text(const struct metric_state *s, struct split *w, const struct text *t, bool repeated)
{
    bool same = t->id && t->id == w->id;
    w->text = *t;
    if (same)
        return false;
    /* Twice what there can be of words: the other half is what sorting needs. */
    w->span = metric_grow(w->span, &w->room, t->n + 2ull, sizeof *w->span);
    w->id = t->id;
    w->n = find_words(s, t, w->span);
    merge_sort(t, w->span, w->span + w->n, w->n);
    if (!repeated)
        w->n = drop_repeated(t, w->span, w->n);
    return true;
}
