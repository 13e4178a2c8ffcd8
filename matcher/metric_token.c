/* Ratios of parts and of words: partial_ratio, token_sort_ratio, token_set_ratio, as RapidFuzz
 * defines them, on 0..1. All rest on the longest common subsequence (metric_lcs). */
#include "matcher/metric_state.h"

#include <stdlib.h>
#include <string.h>

/* ---- partial_ratio: the best window of the longer text --------------------------------------*/

/* The prepared text, the shorter, against every window of `b` that is as long, and the shorter
 * windows at both ends. */
static double best_window(struct metric_state *s, struct text b)
{
    uint32_t n = s->a.n;
    double best = 0;
    for (int64_t from = 1 - (int64_t)n; from < (int64_t)b.n && best < 1.0; from++) {
        uint32_t first = from > 0 ? (uint32_t)from : 0;
        uint32_t end = from + n < b.n ? (uint32_t)(from + n) : b.n, length = end - first;
        uint64_t maximum = (uint64_t)n + length;
        double x = metric_edit_similarity(maximum - 2 * metric_lcs(s, b, first, length), maximum);
        best = x > best ? x : best;
    }
    return best;
}

static double partial_ratio(struct metric_state *s, struct text a, struct text b)
{
    if (a.n == 0 || b.n == 0)
        return a.n == b.n ? 1.0 : 0.0;
    if (a.n > b.n) {
        metric_prepare(s, b);
        return best_window(s, a);
    }
    metric_prepare(s, a);
    double best = best_window(s, b);
    if (best == 1.0 || a.n != b.n)
        return best;
    metric_prepare(s, b);
    double other = best_window(s, a);
    return other > best ? other : best;
}

/* ---- Words -----------------------------------------------------------------------------------*/

struct span {
    uint32_t from, n;
};

/* A text by its words, in ascending order, and room for a text made of words. */
struct tokens {
    struct text text;
    uint32_t id;
    struct span *span;
    size_t n, room;
    uint32_t *joined;
    size_t joined_room;
};

struct token_state {
    struct tokens a, b;
};

static int compare(struct text x, struct span a, struct text y, struct span b)
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

/* Splits at white space and sorts. Insertion keeps it simple; texts have few words. */
static void split(struct metric_state *s, struct tokens *t, struct text text)
{
    if (text.id && text.id == t->id)
        return;
    t->id = text.id;
    t->text = text;
    t->n = 0;
    t->span = metric_grow(t->span, &t->room, text.n / 2 + 2ull, sizeof *t->span);
    for (uint32_t i = 0; i < text.n; i++) {
        uint32_t from = i;
        while (i < text.n && !metric_is_space(s, text_code(text.codes, text.width, i)))
            i++;
        if (i == from)
            continue;
        struct span word = {from, i - from};
        size_t k = t->n++;
        for (; k && compare(text, t->span[k - 1], text, word) > 0; k--)
            t->span[k] = t->span[k - 1];
        t->span[k] = word;
    }
}

/* The code that joins words: a blank if the texts have one, else one that no text has. */
static uint32_t blank_code(const struct metric_state *s)
{
    for (uint32_t c = 0; c < s->alphabet.n_codes; c++)
        if (s->alphabet.code_point[c] == ' ')
            return c;
    return s->alphabet.n_codes;
}

/* Appends word k of t to a text of n codes. */
static uint32_t append(struct metric_state *s, const struct tokens *t, size_t k, uint32_t *codes,
                       uint32_t n)
{
    if (n)
        codes[n++] = blank_code(s);
    for (uint32_t i = 0; i < t->span[k].n; i++)
        codes[n++] = text_code(t->text.codes, t->text.width, t->span[k].from + i);
    return n;
}

static void make_room(struct tokens *t)
{
    t->joined = metric_grow(t->joined, &t->joined_room, t->text.n + 32ull, sizeof *t->joined);
}

static struct text join_all(struct metric_state *s, struct tokens *t)
{
    uint32_t n = 0;
    make_room(t);
    for (size_t k = 0; k < t->n; k++)
        n = append(s, t, k, t->joined, n);
    return (struct text){.codes = t->joined, .n = n, .width = 4};
}

static double ratio_of(struct metric_state *s, struct text a, struct text b)
{
    uint64_t maximum = (uint64_t)a.n + b.n;
    metric_prepare(s, a);
    return metric_edit_similarity(maximum - 2 * metric_lcs(s, b, 0, b.n), maximum);
}

static double token_sort_ratio(struct metric_state *s, struct text a, struct text b)
{
    struct token_state *own = s->own;
    split(s, &own->a, a);
    split(s, &own->b, b);
    return ratio_of(s, join_all(s, &own->a), join_all(s, &own->b));
}

/* ---- token_set_ratio -------------------------------------------------------------------------*/

/* What the two sets of words have in common and apart; lengths with blanks between words. */
struct parts {
    struct text only_a, only_b;
    uint64_t common; /* characters of the words in common, joined */
    bool any_common;
};

static size_t skip_repeated(const struct tokens *t, size_t k)
{
    size_t next = k + 1;
    while (next < t->n && compare(t->text, t->span[k], t->text, t->span[next]) == 0)
        next++;
    return next;
}

static struct parts take_apart(struct metric_state *s, struct tokens *a, struct tokens *b)
{
    struct parts p = {{.width = 4}, {.width = 4}, 0, false};
    make_room(a);
    make_room(b);
    for (size_t i = 0, k = 0; i < a->n || k < b->n;) {
        int order = i == a->n   ? 1
                    : k == b->n ? -1
                                : compare(a->text, a->span[i], b->text, b->span[k]);
        if (order == 0) {
            p.common += a->span[i].n + p.any_common;
            p.any_common = true;
        } else if (order < 0) {
            p.only_a.n = append(s, a, i, a->joined, p.only_a.n);
        } else {
            p.only_b.n = append(s, b, k, b->joined, p.only_b.n);
        }
        i = order <= 0 ? skip_repeated(a, i) : i;
        k = order >= 0 ? skip_repeated(b, k) : k;
    }
    p.only_a.codes = a->joined;
    p.only_b.codes = b->joined;
    return p;
}

static double greater(double x, double y)
{
    return x > y ? x : y;
}

static double token_set_ratio(struct metric_state *s, struct text a, struct text b)
{
    struct token_state *own = s->own;
    split(s, &own->a, a);
    split(s, &own->b, b);
    if (own->a.n == 0 || own->b.n == 0)
        return 0.0;
    struct parts p = take_apart(s, &own->a, &own->b);
    if (p.any_common && (p.only_a.n == 0 || p.only_b.n == 0))
        return 1.0;
    uint64_t joint = p.common + p.any_common;
    uint64_t with_a = joint + p.only_a.n, with_b = joint + p.only_b.n;
    metric_prepare(s, p.only_a);
    uint64_t apart = (uint64_t)p.only_a.n + p.only_b.n - 2 * metric_lcs(s, p.only_b, 0, p.only_b.n);
    double best = metric_edit_similarity(apart, with_a + with_b);
    if (!p.any_common)
        return best;
    best = greater(best, metric_edit_similarity(1 + (uint64_t)p.only_a.n, p.common + with_a));
    return greater(best, metric_edit_similarity(1 + (uint64_t)p.only_b.n, p.common + with_b));
}

static void token_close(struct metric_state *s)
{
    struct token_state *own = s->own;
    if (!own)
        return;
    free(own->a.span);
    free(own->a.joined);
    free(own->b.span);
    free(own->b.joined);
}

extern const struct metric metric_token_rows[];
const struct metric metric_token_rows[] = {
    {.name = "partial_ratio",
     .family = METRIC_TOKEN,
     .range = "0..1",
     .what = "ratio of the shorter text and the best part of the longer",
     .arguments = "",
     .score = partial_ratio},
    {.name = "token_sort_ratio",
     .family = METRIC_TOKEN,
     .range = "0..1",
     .what = "ratio of the words in alphabetical order",
     .arguments = "",
     .state_bytes = sizeof(struct token_state),
     .score = token_sort_ratio,
     .close = token_close},
    {.name = "token_set_ratio",
     .family = METRIC_TOKEN,
     .range = "0..1",
     .what = "ratio of the words in common and those apart",
     .arguments = "",
     .state_bytes = sizeof(struct token_state),
     .score = token_set_ratio,
     .close = token_close},
    {.name = NULL},
};
