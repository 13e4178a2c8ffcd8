/* Ratios of tokens: token_sort_ratio, token_set_ratio, as RapidFuzz defines them, on 0..1. Both
 * rest on the longest common subsequence of codes. */
#include "matcher/metric/metric_fraction.h"
#include "matcher/metric/metric_internal.h"

#include <stdlib.h>
#include <string.h>

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
    return fraction_value(of_sorted(s, a, b));
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
        fraction_keep_better(&best, p.n_common, p.n_common + with_a);
        fraction_keep_better(&best, p.n_common, p.n_common + with_b);
    }
    return best;
}

static double token_set_ratio(struct metric_state *s, const struct text *a, const struct text *b)
{
    return fraction_value(best_of_three(s, a, b, SPLIT_SET));
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
    return fraction_value(best_of_three(s, a, b, SPLIT_AS_THEY_STAND));
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
    return common ? fraction_value((struct fraction){common, shorter + common}) : 0;
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
