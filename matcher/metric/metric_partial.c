/* partial_ratio, as RapidFuzz defines it, on 0..1: the ratio of the shorter text and that part of
 * the longer which it fits best: a window as long as the shorter text, or a shorter one at either
 * end. Either may be A. A window over A is a mask on its pattern. One pass over B gives all parts
 * at the beginning. One over both texts read backwards gives those at the end. Two long texts are
 * compared another way (metric_partial_long.h). */
#include "matcher/metric/metric_fraction.h"
#include "matcher/metric/metric_internal.h"
#include "matcher/metric/metric_partial_long.h"

#include <stdlib.h>
#include <string.h>

struct partial_state {
    struct pattern reversed;
    uint32_t *lengths;
    uint64_t *keep;
    struct partial_long *long_texts; /* NULL where there are none */
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
    fraction_keep_better(&w->best, common, 2ull * w->length);
    return common;
}

static bool matters(const struct windows *w, struct fraction most)
{
    return fraction_matters(most, w->best, w->need);
}

/* Tries the windows between two that are known. A step changes the number in common by at most one.
 * So a window between them has at most half of what both have together, plus half of the distance.
 * RapidFuzz prunes them in the same way. */
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
        fraction_keep_better(&w->best, own->lengths[j], (uint64_t)p->n + j + 1);
    for (uint32_t i = 0; b->n <= p->n && i < w->length; i++) {
        common += !(row[i / 64] >> (i % 64) & 1);
        fraction_keep_better(&w->best, common, (uint64_t)w->b->n + i + 1);
    }
}

/* A longer text of up to so many times the shorter one is first tried whole. */
#define WHOLE_MOST 2u

/* No part has more in common than the whole texts. So much in common gives the best ratio where the
 * part has no other characters. */
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
    if (least(a->n, b->n) >= PARTIAL_LONG_LEAST)
        return fraction_value(partial_long_best(own->long_texts, a, b, need));
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
    return fraction_value(w.best);
}

/* The ratio where the part has no other characters than those in common. */
static double bound_of_part(uint32_t la, uint32_t lb, uint32_t common, uint32_t prefix)
{
    const uint64_t shorter = least(la, lb);
    (void)prefix;
    return shorter ? fraction_value((struct fraction){common, common + shorter}) : la == lb;
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
           own->keep && partial_long_open(&own->long_texts, s);
}

static void partial_close(struct metric_state *s)
{
    struct partial_state *own = s->own;
    pattern_close(&own->reversed);
    free(own->lengths);
    free(own->keep);
    partial_long_close(own->long_texts);
}

extern const struct metric metric_partial_rows[];
const struct metric metric_partial_rows[] = {
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
    {.name = NULL},
};
