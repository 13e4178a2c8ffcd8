/* Ratios of parts and of tokens: partial_ratio, token_sort_ratio, token_set_ratio, as RapidFuzz
 * defines them, on 0..1. All rest on the longest common subsequence of codes. */
#include "matcher/metric/metric_internal.h"

#include <stdlib.h>
#include <string.h>

/* A ratio as whole numbers: 2 × common / sum of the lengths. */
struct fraction {
    uint64_t common, sum;
};

static bool is_better(struct fraction x, struct fraction than)
{
    return x.common * than.sum > than.common * x.sum;
}

static void keep_better(struct fraction *best, uint64_t common, uint64_t sum)
{
    struct fraction x = {common, sum};
    if (is_better(x, *best))
        *best = x;
}

static double ratio_value(struct fraction x)
{
    return metric_edit_similarity(x.sum - 2 * x.common, x.sum);
}

/* ---- partial_ratio -----------------------------------------------------------------------------
 * The ratio of the shorter text and that part of the longer which it fits best: a window as long as
 * the shorter text, or a shorter one at either end. Either may be A. A window over A is a mask on
 * its pattern; windows at the beginning all come out of one pass over B, those at the end out of
 * one over the texts read backwards. */
struct partial_state {
    struct pattern reversed;
    uint32_t *lengths;
    uint64_t *keep;
};

struct windows {
    struct metric_state *s;
    const struct text *b;
    bool over_a;     /* the windows are parts of A, else of B */
    uint32_t length; /* of the shorter text */
    struct fraction best;
    double need; /* scores below do not matter */
};

static uint64_t common_in_window(struct windows *w, uint32_t from)
{
    struct metric_state *s = w->s;
    if (!w->over_a) {
        struct text part = text_part(w->b, from, w->length);
        return s->kernel->lcs(&s->pattern, &part, s->scratch);
    }
    struct partial_state *own = s->own;
    uint32_t first = from / 64, blocks = (from + w->length - 1) / 64 + 1 - first;
    memset(own->keep + first, 0, blocks * sizeof *own->keep);
    set_bits(own->keep, from, (uint64_t)from + w->length);
    return s->kernel->lcs_kept(&s->pattern, w->b, own->keep, first, blocks, s->scratch);
}

static uint64_t try_window(struct windows *w, uint32_t from)
{
    uint64_t common = common_in_window(w, from);
    keep_better(&w->best, common, 2ull * w->length);
    return common;
}

/* Can a ratio matter, after the best so far? */
static bool matters(const struct windows *w, struct fraction most)
{
    return is_better(most, w->best) && ratio_value(most) >= w->need;
}

/* The windows between two that are known. A step changes the number in common by at most one. So a
 * window between them has at most half of what both have together, plus half of the distance (as
 * RapidFuzz prunes them). */
static void try_between(struct windows *w, uint32_t from, uint64_t common_from, uint32_t to,
                        uint64_t common_to)
{
    const uint64_t common_most = (common_from + common_to + (to - from)) / 2;
    const struct fraction most = {common_most < w->length ? common_most : w->length,
                                  2ull * w->length};
    if (to - from < 2 || !matters(w, most))
        return;
    uint32_t middle = from + (to - from) / 2;
    uint64_t common = try_window(w, middle);
    try_between(w, from, common_from, middle, common);
    try_between(w, middle, common, to, common_to);
}

/* The parts at one end: prefixes of the longer text against the whole of the shorter. */
static void try_end(struct windows *w, const struct pattern *p, bool backwards)
{
    struct partial_state *own = w->s->own;
    uint64_t *row = w->s->scratch, common = 0;
    const struct text *b = w->b;
    const struct text part = text_part(b, backwards ? b->n - w->length : 0, w->length);
    w->s->kernel->lcs_prefixes(p, &part, backwards, own->lengths, row);
    for (uint32_t j = 0; p->n <= b->n && j < w->length; j++)
        keep_better(&w->best, own->lengths[j], (uint64_t)p->n + j + 1);
    for (uint32_t i = 0; b->n <= p->n && i < w->length; i++) {
        common += !(row[i / 64] >> (i % 64) & 1);
        keep_better(&w->best, common, (uint64_t)w->b->n + i + 1);
    }
}

#define WHOLE_MOST                                                                                 \
    2u /* times the shorter text: where the longer is not longer, it is tried whole */

/* Whatever part fits best has no more in common than the whole texts, and the best that so much can
 * be is the ratio with a part that has nothing else. */
static bool can_matter(const struct windows *w)
{
    const struct pattern *p = &w->s->pattern;
    if (w->need <= 0 || greatest(p->n, w->b->n) > WHOLE_MOST * w->length)
        return true;
    const uint64_t common = w->s->kernel->lcs(p, w->b, w->s->scratch);
    return matters(w, (struct fraction){common, common + w->length});
}

static double partial_reaching(struct metric_state *s, const struct text *a, const struct text *b,
                               double need)
{
    struct partial_state *own = s->own;
    if (a->n == 0 || b->n == 0)
        return a->n == b->n ? 1.0 : 0.0;
    if (metric_prepare(s, a))
        pattern_make(&own->reversed, a, true);
    struct windows w = {s, b, a->n > b->n, least(a->n, b->n), {0, 1}, need};
    if (!can_matter(&w))
        return 0.0;
    try_end(&w, &s->pattern, false);
    try_end(&w, &own->reversed, true);
    uint32_t last = greatest(a->n, b->n) - w.length;
    if (last > 1)
        try_between(&w, 0, try_window(&w, 0), last, try_window(&w, last));
    return ratio_value(w.best);
}

/* Of so much in common the best is the ratio with a part that has nothing else. */
static double bound_of_part(uint32_t la, uint32_t lb, uint32_t common, uint32_t prefix)
{
    const uint64_t shorter = least(la, lb);
    (void)prefix;
    return shorter ? ratio_value((struct fraction){common, common + shorter}) : la == lb;
}

static double partial_ratio(struct metric_state *s, const struct text *a, const struct text *b)
{
    return partial_reaching(s, a, b, 0);
}

static bool partial_open(struct metric_state *s)
{
    struct partial_state *own = s->own;
    own->lengths = malloc((s->max_length + 1ull) * sizeof *own->lengths);
    own->keep = malloc((s->max_length / 64 + 1ull) * sizeof *own->keep);
    return pattern_open(&own->reversed, s->alphabet.n_codes, s->max_length) && own->lengths &&
           own->keep;
}

static void partial_close(struct metric_state *s)
{
    struct partial_state *own = s->own;
    pattern_close(&own->reversed);
    free(own->lengths);
    free(own->keep);
}

/* ---- Texts token by token --------------------------------------------------------------------*/

/* The tokens of A, joined, are the prepared text. */
struct token_state {
    struct split a, b;
    uint8_t *is_space;
    uint32_t *joined_a, *joined_b; /* codes */
    uint32_t n_a;                  /* characters of joined_a */
    uint32_t blank;                /* the code between tokens: a blank, if texts have one */
    uint32_t *place;               /* of each token of A in joined_a */
    uint64_t *keep;
};

static uint32_t append(const struct token_state *own, const struct split *w, uint32_t k,
                       uint32_t *codes, uint32_t n)
{
    return split_append(w, k, own->blank, codes, n);
}

static void join_a(struct token_state *own)
{
    const struct split *w = &own->a;
    own->n_a = 0;
    for (uint32_t k = 0; k < w->n; k++) {
        own->place[k] = own->n_a + (k > 0);
        own->n_a = append(own, w, k, own->joined_a, own->n_a);
    }
}

/* Splits both, and makes A's tokens the prepared text. */
static void token_prepare(struct metric_state *s, const struct text *a, const struct text *b,
                          enum split_order order)
{
    struct token_state *own = s->own;
    bool anew = split_text(&own->a, a, order);
    split_text(&own->b, b, order);
    if (anew)
        join_a(own);
    struct text joined = {.codes = own->joined_a, .n = own->n_a, .width = 4, .id = a->id};
    metric_prepare(s, &joined);
}

static struct fraction of_sorted(struct metric_state *s, const struct text *a, const struct text *b)
{
    struct token_state *own = s->own;
    token_prepare(s, a, b, SPLIT_SORTED);
    struct text joined = {.codes = own->joined_b, .width = 4};
    for (uint32_t k = 0; k < own->b.n; k++)
        joined.n = append(own, &own->b, k, own->joined_b, joined.n);
    uint64_t common = s->kernel->lcs(&s->pattern, &joined, s->scratch);
    return (struct fraction){common, (uint64_t)own->n_a + joined.n};
}

static double token_sort_ratio(struct metric_state *s, const struct text *a, const struct text *b)
{
    return ratio_value(of_sorted(s, a, b));
}

/* ---- token_set_ratio -------------------------------------------------------------------------*/

/* Lengths of the tokens that both sets have and that one has alone, with blanks between tokens. */
struct parts {
    uint32_t n_common, n_only_a, n_only_b;
    bool any_common;
};

/* Of A's joined tokens, keeps token i, and the blank before it if it is not the first kept. */
static void keep_token(struct token_state *own, uint32_t i, struct parts *p)
{
    uint32_t from = own->place[i], n = own->a.span[i].n, blank = p->n_only_a > 0;
    set_bits(own->keep, from - blank, (uint64_t)from + n);
    p->n_only_a += blank + n;
}

/* Leaves the tokens that only B has in joined_b, and marks those that only A has in keep. */
static struct parts take_apart(struct token_state *own, uint32_t blocks)
{
    struct parts p = {0};
    memset(own->keep, 0, blocks * sizeof *own->keep);
    for (uint32_t i = 0, k = 0; i < own->a.n || k < own->b.n;) {
        int order = i == own->a.n ? 1 : k == own->b.n ? -1 : split_compare(&own->a, i, &own->b, k);
        if (order == 0) {
            p.n_common += own->a.span[i].n + p.any_common;
            p.any_common = true;
        } else if (order < 0) {
            keep_token(own, i, &p);
        } else {
            p.n_only_b = append(own, &own->b, k, own->joined_b, p.n_only_b);
        }
        i += order <= 0;
        k += order >= 0;
    }
    return p;
}

/* The best of three ratios: all tokens of A against all of B, those in common first; the tokens in
 * common against all of A; and against all of B. A text without a token scores 0. */
static struct fraction best_of_three(struct metric_state *s, const struct text *a,
                                     const struct text *b, enum split_order order)
{
    struct token_state *own = s->own;
    token_prepare(s, a, b, order);
    if (own->a.n == 0 || own->b.n == 0)
        return (struct fraction){0, 1};
    struct parts p = take_apart(own, s->pattern.blocks);
    if (p.any_common && (p.n_only_a == 0 || p.n_only_b == 0))
        return (struct fraction){1, 2};
    struct text only_b = {.codes = own->joined_b, .n = p.n_only_b, .width = 4};
    uint64_t common =
        s->kernel->lcs_kept(&s->pattern, &only_b, own->keep, 0, s->pattern.blocks, s->scratch);
    uint64_t joint = (uint64_t)p.n_common + p.any_common;
    uint64_t with_a = joint + p.n_only_a, with_b = joint + p.n_only_b;
    struct fraction best = {joint + common, with_a + with_b};
    if (p.any_common) {
        keep_better(&best, p.n_common, p.n_common + with_a);
        keep_better(&best, p.n_common, p.n_common + with_b);
    }
    return best;
}

static double token_set_ratio(struct metric_state *s, const struct text *a, const struct text *b)
{
    return ratio_value(best_of_three(s, a, b, SPLIT_SET));
}

static double token_set_percent(struct metric_state *s, const struct text *a, const struct text *b)
{
    const struct fraction best = best_of_three(s, a, b, SPLIT_SET);
    return 100.0 -
           100.0 * (double)(int64_t)(best.sum - 2 * best.common) / (double)(int64_t)best.sum;
}

/* Of texts whose tokens are sorted, each once. */
static double token_set_formed(struct metric_state *s, const struct text *a, const struct text *b)
{
    return ratio_value(best_of_three(s, a, b, SPLIT_AS_THEY_STAND));
}

static bool token_open(struct metric_state *s)
{
    struct token_state *own = s->own;
    own->blank = metric_blank(&s->alphabet);
    size_t most = s->max_length + 1ull;
    own->joined_a = malloc(most * sizeof *own->joined_a);
    own->joined_b = malloc(most * sizeof *own->joined_b);
    own->place = malloc(most * sizeof *own->place);
    own->is_space = metric_spaces(&s->alphabet);
    own->keep = malloc((s->max_length / 64 + 1ull) * sizeof *own->keep);
    return own->is_space && split_open(&own->a, own->is_space, s->max_length) &&
           split_open(&own->b, own->is_space, s->max_length) && own->joined_a && own->joined_b &&
           own->place && own->keep;
}

static void token_close(struct metric_state *s)
{
    struct token_state *own = s->own;
    split_close(&own->a);
    split_close(&own->b);
    free(own->is_space);
    free(own->joined_a);
    free(own->joined_b);
    free(own->place);
    free(own->keep);
}

/* With words in common, their ratio with the shorter text is the best that there can be: all
 * characters in common are theirs. */
static double bound_of_set(uint32_t la, uint32_t lb, uint32_t common, uint32_t prefix)
{
    const uint64_t shorter = least(la, lb);
    (void)prefix;
    return common ? ratio_value((struct fraction){common, shorter + common}) : 0;
}

/* Of sets of words that have none in common: no row of a table, but what joins ask for. */
static const struct metric ratio_apart = {.name = "ratio of words",
                                          .score = metric_indel,
                                          .bound = metric_bound_of_sum,
                                          .unequal = metric_unequal_of_sum,
                                          .edits = &metric_edits_indel,
                                          .within = metric_indel_within};

/* token_set_ratio from 0 to 100, as RapidFuzz computes it: no row of a table, but a part of others
 * (metric_fuzz.c). */
const struct metric metric_token_set_percent = {.name = "token_set_ratio from 0 to 100",
                                                .state_bytes = sizeof(struct token_state),
                                                .score = token_set_percent,
                                                .open = token_open,
                                                .close = token_close};

extern const struct metric metric_token_rows[];
const struct metric metric_token_rows[] = {
    {.name = "partial_ratio",
     .range = "0..1",
     .what = "ratio of the shorter text and the best part of the longer",
     .arguments = "",
     .state_bytes = sizeof(struct partial_state),
     .score = partial_ratio,
     .open = partial_open,
     .close = partial_close,
     .flags = METRIC_BEST_PART,
     .bound = bound_of_part,
     .reaching = partial_reaching},
    {.name = "token_sort_ratio",
     .range = "0..1",
     .what = "ratio of the words in alphabetical order",
     .arguments = "",
     .state_bytes = sizeof(struct token_state),
     .score = token_sort_ratio,
     .open = token_open,
     .close = token_close,
     .bound = metric_bound_of_sum,
     .unequal = metric_unequal_of_sum,
     .edits = &metric_edits_indel,
     .within = metric_indel_within,
     .form = TEXT_FORM_SORTED_WORDS,
     .score_formed = metric_indel},
    {.name = "token_set_ratio",
     .range = "0..1",
     .what = "ratio of the words in common and those apart",
     .arguments = "",
     .state_bytes = sizeof(struct token_state),
     .score = token_set_ratio,
     .open = token_open,
     .close = token_close,
     .bound = bound_of_set,
     .form = TEXT_FORM_WORD_SET,
     .score_formed = token_set_formed,
     .apart = &ratio_apart},
    {.name = NULL},
};
