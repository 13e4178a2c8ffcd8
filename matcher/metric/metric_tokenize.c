/* The tokens of a text, for the metrics that compare texts token by token. */
#include "data/text.h"
#include "matcher/metric/metric_internal.h"

#include <stdlib.h>

uint8_t *metric_spaces(const struct alphabet *alphabet)
{
    uint8_t *is_space = calloc(alphabet->n_codes + 1ull, 1);
    for (uint32_t c = 0; is_space && c < alphabet->n_codes; c++)
        is_space[c] = text_splits_words(alphabet->code_point[c]);
    return is_space;
}

uint32_t metric_blank(const struct alphabet *alphabet)
{
    for (uint32_t c = 0; c < alphabet->n_codes; c++)
        if (alphabet->code_point[c] == ' ')
            return c;
    return alphabet->n_codes;
}

/* A text of n characters has at most (n + 1) / 2 tokens; sorting needs as many again. */
bool split_open(struct split *w, const uint8_t *is_space, uint32_t max_length)
{
    *w =
        (struct split){.span = malloc((max_length + 2ull) * sizeof *w->span), .is_space = is_space};
    return w->span != NULL;
}

void split_close(struct split *w)
{
    free(w->span);
}

/* `width` is a constant where this is inlined. */
static inline __attribute__((always_inline)) int
compare_codes(const void *x, uint32_t nx, const void *y, uint32_t ny, const uint32_t width)
{
    uint32_t n = least(nx, ny);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t c = text_code(x, width, i), d = text_code(y, width, i);
        if (c != d)
            return c < d ? -1 : 1;
    }
    return nx < ny ? -1 : nx > ny;
}

static int compare(const struct text *x, struct span a, const struct text *y, struct span b)
{
    if (a.head != b.head)
        return a.head < b.head ? -1 : 1;
    const char *p = (const char *)x->codes + (size_t)a.from * x->width;
    const char *q = (const char *)y->codes + (size_t)b.from * y->width;
    return x->width == 1   ? compare_codes(p, a.n, q, b.n, 1)
           : x->width == 2 ? compare_codes(p, a.n, q, b.n, 2)
                           : compare_codes(p, a.n, q, b.n, 4);
}

int split_compare(const struct split *x, uint32_t i, const struct split *y, uint32_t k)
{
    return compare(&x->text, x->span[i], &y->text, y->span[k]);
}

/* Most texts have few tokens; many are sorted by halves. */
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

/* `width` is a constant where this is inlined. */
static inline __attribute__((always_inline)) uint32_t
find_tokens(const uint8_t *is_space, const struct text *t, struct span *span, const uint32_t width)
{
    uint32_t n = 0, from = 0;
    uint64_t head = 0;
    for (uint32_t i = 0; i <= t->n; i++) {
        uint32_t code = i < t->n ? text_code(t->codes, width, i) : 0, place = i - from;
        if (i < t->n && !is_space[code]) {
            if (place < 8 / width)
                head |= (uint64_t)code << (64 - 8 * width * (place + 1));
            continue;
        }
        if (place)
            span[n++] = (struct span){head, from, place};
        from = i + 1;
        head = 0;
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

bool split_text(struct split *w, const struct text *t, enum split_order order)
{
    bool same = t->id && t->id == w->id;
    w->text = *t;
    if (same)
        return false;
    w->id = t->id;
    w->n = t->width == 1   ? find_tokens(w->is_space, t, w->span, 1)
           : t->width == 2 ? find_tokens(w->is_space, t, w->span, 2)
                           : find_tokens(w->is_space, t, w->span, 4);
    if (order != SPLIT_AS_THEY_STAND)
        merge_sort(t, w->span, w->span + w->n, w->n);
    if (order == SPLIT_SET)
        w->n = drop_repeated(t, w->span, w->n);
    return true;
}

uint32_t split_append(const struct split *w, uint32_t k, uint32_t blank, uint32_t *codes,
                      uint32_t n)
{
    if (n)
        codes[n++] = blank;
    for (uint32_t i = 0; i < w->span[k].n; i++)
        codes[n++] = text_code(w->text.codes, w->text.width, w->span[k].from + i);
    return n;
}
