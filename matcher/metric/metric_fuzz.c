/* Ratios that are made of other ratios, as RapidFuzz has them: QRatio, token_ratio,
 * partial_token_sort_ratio, partial_token_set_ratio, partial_token_ratio, WRatio.
 *
 * RapidFuzz computes these on 0 to 100, and a product of two doubles is rounded. So the same is
 * done here, operation by operation, and a hundredth of it is the score: the very double that
 * RapidFuzz's own gives when it is divided by 100. */
#include "matcher/metric/metric_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Parts -----------------------------------------------------------------------------------*/

enum part {
    PART_RATIO,
    PART_PARTIAL,
    PART_SORT,
    PART_SET,
    PART_PARTIAL_SORT,  /* partial_ratio of sorted words; A is joined from its words */
    PART_PARTIAL_APART, /* partial_ratio of the words that are not in common */
    N_PARTS,
};

/* NULL: metric_token_set_percent. */
static const char *const part_metrics[N_PARTS] = {"ratio", "partial_ratio", "token_sort_ratio",
                                                  NULL,    "partial_ratio", "partial_ratio"};

extern const struct metric metric_token_set_percent;

/* The words of a text in order, and joined with blanks. */
struct words {
    struct split split;
    uint32_t *codes;
    uint32_t n;
};

struct fuzz_state {
    struct metric_state *part[N_PARTS]; /* those that the metric is made of */
    struct words a, b, set_a, set_b;    /* all words; each word once */
    uint8_t *is_space;
    uint32_t blank;
};

static bool part_open(struct metric_state *s, enum part part)
{
    struct fuzz_state *own = s->own;
    const char *name = part_metrics[part];
    struct metric_use use = {.metric = &metric_token_set_percent};
    struct err e;
    return (!name || metric_find(name, strlen(name), &use, &e)) &&
           metric_open(&own->part[part], &use, &s->alphabet, s->max_length, &e);
}

static bool words_open(struct words *w, const struct metric_state *s)
{
    const struct fuzz_state *own = s->own;
    w->codes = malloc((s->max_length + 1ull) * sizeof *w->codes);
    return w->codes && split_open(&w->split, own->is_space, s->max_length);
}

static void words_close(struct words *w)
{
    split_close(&w->split);
    free(w->codes);
}

/* Splits and joins a text, unless the last one had the same id. */
static void words_make(const struct fuzz_state *own, struct words *w, const struct text *t,
                       enum split_order order)
{
    if (!split_text(&w->split, t, order))
        return;
    w->n = 0;
    for (uint32_t k = 0; k < w->split.n; k++)
        w->n = split_append(&w->split, k, own->blank, w->codes, w->n);
}

/* The joined words as a text; ids are those of the texts, as far as they are kept apart. */
static struct text words_text(const struct words *w, uint32_t id)
{
    return (struct text){.codes = w->codes, .n = w->n, .width = 4, .id = id};
}

/* From 0 to 100. */
static double part_percent(const struct metric_state *s, enum part part, const struct text *a,
                           const struct text *b)
{
    const struct fuzz_state *own = s->own;
    const double score = metric_score_texts(own->part[part], a, b);
    return part_metrics[part] ? score * 100.0 : score;
}

/* The score of a part that goes to 1, where the metric is nothing else. */
static double by_way_of_percent(double score)
{
    return score * 100.0 / 100.0;
}

static bool words_state_open(struct metric_state *s)
{
    struct fuzz_state *own = s->own;
    own->blank = metric_blank(&s->alphabet);
    own->is_space = metric_spaces(&s->alphabet);
    return own->is_space && words_open(&own->a, s) && words_open(&own->b, s) &&
           words_open(&own->set_a, s) && words_open(&own->set_b, s);
}

static void fuzz_close(struct metric_state *s)
{
    struct fuzz_state *own = s->own;
    for (int i = 0; i < N_PARTS; i++)
        metric_close(own->part[i]);
    words_close(&own->a);
    words_close(&own->b);
    words_close(&own->set_a);
    words_close(&own->set_b);
    free(own->is_space);
}

/* ---- QRatio and token_ratio ------------------------------------------------------------------*/

static double quick_ratio_percent(struct metric_state *s, const struct text *a,
                                  const struct text *b)
{
    return a->n && b->n ? part_percent(s, PART_RATIO, a, b) : 0.0;
}

static bool quick_open(struct metric_state *s)
{
    return part_open(s, PART_RATIO);
}

static double token_ratio_percent(struct metric_state *s, const struct text *a,
                                  const struct text *b)
{
    return fmax(part_percent(s, PART_SET, a, b), part_percent(s, PART_SORT, a, b));
}

static bool token_ratio_open(struct metric_state *s)
{
    return part_open(s, PART_SET) && part_open(s, PART_SORT);
}

/* ---- Partial ratios of words -----------------------------------------------------------------*/

static double partial_sort_percent(struct metric_state *s, const struct text *a,
                                   const struct text *b)
{
    struct fuzz_state *own = s->own;
    words_make(own, &own->a, a, SPLIT_SORTED);
    words_make(own, &own->b, b, SPLIT_SORTED);
    const struct text x = words_text(&own->a, a->id), y = words_text(&own->b, 0);
    return part_percent(s, PART_PARTIAL_SORT, &x, &y);
}

static bool word_in_common(const struct split *x, const struct split *y)
{
    for (uint32_t i = 0, k = 0; i < x->n && k < y->n;) {
        const int order = split_compare(x, i, y, k);
        if (order == 0)
            return true;
        i += order < 0;
        k += order > 0;
    }
    return false;
}

/* 100 with a word in common; else partial_ratio of the words, each once. A text without a word
 * scores 0. */
static double partial_set_percent(struct metric_state *s, const struct text *a,
                                  const struct text *b)
{
    struct fuzz_state *own = s->own;
    words_make(own, &own->set_a, a, SPLIT_SET);
    words_make(own, &own->set_b, b, SPLIT_SET);
    if (own->set_a.n == 0 || own->set_b.n == 0)
        return 0.0;
    if (word_in_common(&own->set_a.split, &own->set_b.split))
        return 100.0;
    const struct text x = words_text(&own->set_a, a->id), y = words_text(&own->set_b, 0);
    return part_percent(s, PART_PARTIAL_APART, &x, &y);
}

/* The better one of both. They are the same where no word is in common or repeated. */
static double partial_words_percent(struct metric_state *s, const struct text *a,
                                    const struct text *b)
{
    struct fuzz_state *own = s->own;
    const double of_set = partial_set_percent(s, a, b);
    if (of_set == 100.0)
        return 100.0;
    words_make(own, &own->a, a, SPLIT_SORTED);
    words_make(own, &own->b, b, SPLIT_SORTED);
    const bool same = own->a.split.n == own->set_a.split.n && own->b.split.n == own->set_b.split.n;
    return same && own->a.n && own->b.n ? of_set : fmax(of_set, partial_sort_percent(s, a, b));
}

static bool partial_sort_open(struct metric_state *s)
{
    return words_state_open(s) && part_open(s, PART_PARTIAL_SORT);
}

static bool partial_set_open(struct metric_state *s)
{
    return words_state_open(s) && part_open(s, PART_PARTIAL_APART);
}

static bool partial_words_open(struct metric_state *s)
{
    return words_state_open(s) && part_open(s, PART_PARTIAL_SORT) &&
           part_open(s, PART_PARTIAL_APART);
}

/* ---- WRatio ----------------------------------------------------------------------------------*/

#define UNBASE_SCALE 0.95     /* of ratios of words */
#define PARTIAL_SCALE 0.9     /* of partial ratios … */
#define PARTIAL_SCALE_FAR 0.6 /* … where one text is longer than the other by a factor … */
#define FAR 8.0               /* … of more than this */
#define NEAR 1.5              /* texts that are nearer in length are compared as wholes */

static double weighted_ratio_percent(struct metric_state *s, const struct text *a,
                                     const struct text *b)
{
    if (a->n == 0 || b->n == 0)
        return 0.0;
    const double longer = greatest(a->n, b->n), shorter = least(a->n, b->n);
    const double whole = part_percent(s, PART_RATIO, a, b), lengths = longer / shorter;
    if (lengths < NEAR)
        return fmax(whole, token_ratio_percent(s, a, b) * UNBASE_SCALE);
    const double scale = lengths <= FAR ? PARTIAL_SCALE : PARTIAL_SCALE_FAR;
    const double best = fmax(whole, part_percent(s, PART_PARTIAL, a, b) * scale);
    const double most = 100.0 * UNBASE_SCALE * scale; /* of the words */
    return best >= most ? best : fmax(best, partial_words_percent(s, a, b) * UNBASE_SCALE * scale);
}

static bool weighted_open(struct metric_state *s)
{
    return quick_open(s) && token_ratio_open(s) && part_open(s, PART_PARTIAL) &&
           partial_words_open(s);
}

/* ---- Hundredths ------------------------------------------------------------------------------*/

#define HUNDREDTH(NAME)                                                                            \
    static double NAME(struct metric_state *s, const struct text *a, const struct text *b)         \
    {                                                                                              \
        return NAME##_percent(s, a, b) / 100.0;                                                    \
    }

HUNDREDTH(quick_ratio)
HUNDREDTH(token_ratio)
HUNDREDTH(partial_sort)
HUNDREDTH(partial_set)
HUNDREDTH(partial_words)
HUNDREDTH(weighted_ratio)

/* ---- Parts, for joins ------------------------------------------------------------------------*/

#define WORDS_IN_COMMON "overlap:0"

static double always_one(double score)
{
    (void)score;
    return 1;
}

static const struct metric_part token_parts[] = {
    {.metric = "ratio", .form = TEXT_FORM_SORTED_WORDS, .factor = 1},
    {.metric = "token_set_ratio", .form = TEXT_FORM_WORD_SET, .factor = 1},
    {.metric = NULL},
};

static const struct metric_part partial_sort_parts[] = {
    {.metric = "partial_ratio",
     .form = TEXT_FORM_SORTED_WORDS,
     .factor = 1,
     .says = by_way_of_percent},
    {.metric = NULL},
};

static const struct metric_part partial_set_parts[] = {
    {.metric = WORDS_IN_COMMON,
     .form = TEXT_FORM_WORD_SET,
     .factor = 1,
     .any = true,
     .says = always_one},
    {.metric = "partial_ratio", .form = TEXT_FORM_WORD_SET, .factor = 1},
    {.metric = NULL},
};

static const struct metric_part partial_words_parts[] = {
    {.metric = WORDS_IN_COMMON,
     .form = TEXT_FORM_WORD_SET,
     .factor = 1,
     .any = true,
     .says = always_one},
    {.metric = "partial_ratio", .form = TEXT_FORM_WORD_SET, .factor = 1},
    {.metric = "partial_ratio", .form = TEXT_FORM_SORTED_WORDS, .factor = 1},
    {.metric = NULL},
};

static const struct metric_part quick_parts[] = {
    {.metric = "ratio", .factor = 1, .says = by_way_of_percent},
    {.metric = NULL},
};

/* Whatever the lengths are. */
static const struct metric_part weighted_parts[] = {
    {.metric = "ratio", .factor = 1},
    {.metric = "ratio", .form = TEXT_FORM_SORTED_WORDS, .factor = UNBASE_SCALE},
    {.metric = "token_set_ratio", .form = TEXT_FORM_WORD_SET, .factor = UNBASE_SCALE},
    {.metric = WORDS_IN_COMMON,
     .form = TEXT_FORM_WORD_SET,
     .factor = UNBASE_SCALE * PARTIAL_SCALE,
     .any = true},
    {.metric = "partial_ratio", .factor = PARTIAL_SCALE},
    {.metric = "partial_ratio",
     .form = TEXT_FORM_SORTED_WORDS,
     .factor = UNBASE_SCALE * PARTIAL_SCALE},
    {.metric = "partial_ratio", .form = TEXT_FORM_WORD_SET, .factor = UNBASE_SCALE * PARTIAL_SCALE},
    {.metric = NULL},
};

/* ---- The rows --------------------------------------------------------------------------------*/

#define FUZZ_ROW(NAME, SCORE, OPEN, WHAT)                                                          \
    .name = NAME, .range = "0..1", .what = WHAT, .arguments = "",                                  \
    .state_bytes = sizeof(struct fuzz_state), .score = SCORE, .open = OPEN, .close = fuzz_close

extern const struct metric metric_fuzz_rows[];
const struct metric metric_fuzz_rows[] = {
    {FUZZ_ROW("token_ratio", token_ratio, token_ratio_open,
              "the better one of token_sort_ratio and token_set_ratio"),
     .parts = token_parts},
    {FUZZ_ROW("partial_token_sort_ratio", partial_sort, partial_sort_open,
              "partial_ratio of the words in alphabetical order"),
     .parts = partial_sort_parts},
    {FUZZ_ROW("partial_token_set_ratio", partial_set, partial_set_open,
              "1 with a word in common, else partial_ratio of the words, each once"),
     .parts = partial_set_parts},
    {FUZZ_ROW("partial_token_ratio", partial_words, partial_words_open,
              "the better one of partial_token_sort_ratio and partial_token_set_ratio"),
     .parts = partial_words_parts},
    {FUZZ_ROW("QRatio", quick_ratio, quick_open, "ratio; 0 with an empty text"),
     .parts = quick_parts},
    {FUZZ_ROW("WRatio", weighted_ratio, weighted_open,
              "the best of ratio and weighted ratios of words and parts; 0 with an empty text"),
     .parts = weighted_parts},
    {.name = NULL},
};
