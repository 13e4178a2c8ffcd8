/* The plain scan of the Jaro family: every pair, with the many-lane kernels. --no-prune runs it,
 * and no index join may be slower than it. scan_items.h says what patterns and texts are,
 * jaro_dense.h compares them. */
#include "core/random.h"
#include "core/shm.h"
#include "matcher/join/jaro/jaro_dense.h"
#include "matcher/join/scan_items.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define VECTOR_SECONDS 0.62e-9 /* a vector of patterns, one character of a text */
#define LONG_SECONDS 2.5e-9    /* a pair of characters of two long texts, less the lanes of 64 */

#define CROSSED_COST 8.0  /* a vector in which some lane may match, in vectors in which none may */
#define TRIED_PAIRS 1024u /* at most, to see how many have enough characters in common … */
#define TRIED_CELLS 1000000.0 /* … and so many pairs of their characters */
#define SUMMED_VALUES 4096u   /* of a side, at most, that are looked at to say what a scan costs */

struct scan_head {
    struct jaro_texts_at a, b;
    uint64_t rule_at;
    uint64_t items_at;
};

/* ---- Cost ------------------------------------------------------------------------------------*/

static double lanes_of(uint32_t class)
{
    return class == SCAN_LONG ? 1 : jaro_scan_kernels()->vector_bytes >> class;
}

/* How many texts of a class a side has, about, and how many characters. */
struct class_sums {
    double texts, characters;
};

/* Some values at equal distances stand for all: a planner asks for many thresholds. */
static void sum_side(const struct dictionary *dictionary, const struct side *side,
                     struct class_sums *sums)
{
    const uint32_t step = side->n / SUMMED_VALUES + 1;
    for (uint32_t i = step / 2; i < side->n; i += step) {
        const uint32_t length = dictionary_length(dictionary, side->value[i]);
        sums[scan_class(length)].texts += step;
        sums[scan_class(length)].characters += (double)step * (length + TEXT_OVERHEAD);
    }
}

/* Characters in common as Jaro defines them, for a pattern of one machine word. */
static uint32_t common_of(struct text pattern, struct text text)
{
    const uint32_t longer = pattern.n > text.n ? pattern.n : text.n;
    const uint32_t reach = jaro_reach(longer);
    uint64_t taken = 0;
    for (uint32_t j = 0; j < text.n; j++) {
        const uint32_t code = text_code(text.codes, text.width, j);
        const uint32_t end = j + reach + 1 < pattern.n ? j + reach + 1 : pattern.n;
        for (uint32_t i = j > reach ? j - reach : 0; i < end; i++)
            if (!(taken >> i & 1) && text_code(pattern.codes, pattern.width, i) == code) {
                taken |= 1ull << i;
                break;
            }
    }
    return (uint32_t)__builtin_popcountll(taken);
}

static bool has_enough(const struct join_job *job, struct text a, struct text b)
{
    const bool winkler = job->use.metric->flags & METRIC_PREFIX;
    const struct text pattern = a.n < b.n ? a : b, text = a.n < b.n ? b : a;
    uint32_t prefix = 0;
    while (prefix + 1 < JARO_PREFIXES && prefix < pattern.n &&
           text_code(a.codes, a.width, prefix) == text_code(b.codes, b.width, prefix))
        prefix++;
    const uint32_t least = jaro_common_bound(job->need, winkler, a.n, b.n, prefix);
    return least != JARO_NEVER && common_of(pattern, text) >= least;
}

/* The share of pairs that have enough characters in common, of those with a text that fits a lane.
 */
static double share_with_enough(const struct join_job *job)
{
    uint64_t random = 20261130;
    double tried = 0, enough = 0, cells = 0;
    for (uint32_t i = 0; i < TRIED_PAIRS && cells < TRIED_CELLS && job->a->n && job->b->n; i++) {
        const uint32_t p = (uint32_t)(random_next(&random) % job->a->n);
        const uint32_t q = (uint32_t)(random_next(&random) % job->b->n);
        const struct text a = dictionary_text(job->dictionary, job->a->value[p]);
        const struct text b = dictionary_text(job->dictionary, job->b->value[q]);
        if (a.n > 64 && b.n > 64)
            continue;
        tried++;
        enough += has_enough(job, a, b);
        cells += (double)a.n * b.n;
    }
    return tried > 0 ? enough / tried : 0;
}

/* Seconds for all pairs of a class of patterns and a class of texts, where a share of the pairs has
 * enough characters in common to be looked at again. */
static double seconds_of(uint32_t class, struct class_sums pattern, struct class_sums text,
                         double enough)
{
    if (class == SCAN_LONG)
        return LONG_SECONDS / 64 * pattern.characters * text.characters;
    const double again = 1 - pow(1 - enough, lanes_of(class));
    return VECTOR_SECONDS * (1 + CROSSED_COST * again) * ceil(pattern.texts / lanes_of(class)) *
           text.characters;
}

static double scan_cost(const struct join_job *job)
{
    if (!jaro_rule_fits(job) || job->dictionary->alphabet.n_codes > JARO_DENSE_CODES)
        return INFINITY;
    struct class_sums a[SCAN_CLASSES] = {0}, b[SCAN_CLASSES] = {0};
    double seconds = 0;
    sum_side(job->dictionary, job->a, a);
    sum_side(job->dictionary, job->b, b);
    const double enough = share_with_enough(job);
    for (uint32_t i = 0; i < SCAN_CLASSES; i++)
        for (uint32_t j = 0; j < SCAN_CLASSES; j++)
            seconds +=
                i <= j ? seconds_of(i, a[i], b[j], enough) : seconds_of(j, b[j], a[i], enough);
    return job->self ? seconds / 2 : seconds;
}

/* ---- Cutting the work into items -------------------------------------------------------------*/

static uint32_t length_at(const struct scan_items *c, bool a, uint32_t position)
{
    const struct side *side = a ? c->job->a : c->job->b;
    return dictionary_length(c->job->dictionary, side->value[(a ? c->a : c->b)->place[position]]);
}

/* Where the texts of an item end that begins like this one and has `symbols` characters. */
static uint32_t text_end(const struct scan_items *c, const struct scan_item *item, uint32_t end,
                         double characters)
{
    const struct by_length *texts = item->pattern_is_a ? c->b : c->a;
    uint32_t t = item->text_begin;
    for (uint32_t l = length_at(c, !item->pattern_is_a, t); t < end && characters > 0; l++) {
        uint32_t left = (texts->begin[l + 1] < end ? texts->begin[l + 1] : end) - t;
        uint32_t n = (uint32_t)fmin(left, ceil(characters / (l + TEXT_OVERHEAD)));
        characters -= (double)n * (l + TEXT_OVERHEAD);
        t += n;
    }
    return t;
}

/* Cuts one rectangle, given as an item, into items of about item_seconds. */
static void cut_rectangle(struct scan_items *c, const struct scan_item *whole)
{
    double unit = whole->class == SCAN_LONG ? LONG_SECONDS / 64 : VECTOR_SECONDS;
    uint32_t step = whole->class == SCAN_LONG ? 1 : 32 * (uint32_t)lanes_of(whole->class);
    for (uint32_t p = whole->pattern_begin, end; p < whole->pattern_end; p = end) {
        end = whole->pattern_end - p < step ? whole->pattern_end : p + step;
        double weight = whole->class == SCAN_LONG
                            ? length_at(c, whole->pattern_is_a, p) + TEXT_OVERHEAD
                            : ceil((end - p) / lanes_of(whole->class));
        struct scan_item item = *whole;
        item.pattern_begin = p;
        item.pattern_end = end;
        item.text_begin = whole->triangle && p > whole->text_begin ? p : whole->text_begin;
        while (item.text_begin < whole->text_end) {
            item.text_end = text_end(c, &item, whole->text_end, c->item_seconds / unit / weight);
            scan_items_add(c, item);
            item.text_begin = item.text_end;
        }
    }
}

/* ---- Build, open, close ----------------------------------------------------------------------*/

static bool build_items(struct scan_head *head, const struct join_job *job, struct shm *index,
                        uint32_t *n_items, struct err *e)
{
    struct by_length a = by_length_view(shm_view_of(index), &head->a.side);
    struct by_length b = by_length_view(shm_view_of(index), &head->b.side);
    return scan_items_build(job, &a, &b, scan_cost(job), cut_rectangle, index, &head->items_at,
                            n_items, e);
}

static bool scan_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                       struct err *e)
{
    uint64_t head_at = shm_alloc(index, "the jaro scan", sizeof(struct scan_head), 64, e);
    if (!head_at)
        return false;
    struct scan_head *head = shm_writable(index, head_at, struct scan_head);
    if (!jaro_rule_build(&head->rule_at, job, index, e) ||
        !jaro_texts_build(&head->a, job->dictionary, job->a, index, e))
        return false;
    head->b = head->a;
    if (!job->self && !jaro_texts_build(&head->b, job->dictionary, job->b, index, e))
        return false;
    return build_items(head, job, index, n_items, e);
}

static bool scan_open(const struct join_job *job, struct shm_view index, void **scratch,
                      struct err *e)
{
    struct jaro_dense *dense;
    (void)index;
    bool ok = jaro_dense_open(&dense, job, e);
    *scratch = dense;
    return ok;
}

static void scan_close(void *scratch)
{
    jaro_dense_close(scratch);
}

/* ---- Running ---------------------------------------------------------------------------------*/

static void scan_run(const struct join_job *job, struct shm_view index, void *scratch,
                     uint32_t number, struct join_sink *sink, struct join_stats *stats)
{
    const struct scan_head *head = shm_at(index, SHM_HEAD_AT, struct scan_head);
    const struct scan_item *item = shm_at(index, head->items_at, struct scan_item) + number;
    struct jaro_texts a = jaro_texts_view(index, &head->a, job->dictionary->width);
    struct jaro_texts b = jaro_texts_view(index, &head->b, job->dictionary->width);
    struct jaro_rule rule = jaro_rule_view(job, index, head->rule_at);
    struct jaro_rectangle r = {
        .job = job,
        .rule = &rule,
        .pattern = {item->pattern_is_a ? &a : &b, NULL, item->pattern_begin, item->pattern_end},
        .text = {item->pattern_is_a ? &b : &a, NULL, item->text_begin, item->text_end},
        .pattern_is_a = item->pattern_is_a,
        .triangle = item->triangle,
        .prefix_max = JARO_PREFIXES - 1,
        .sink = sink,
        .stats = stats,
    };
    uint64_t verified = stats->verified;
    jaro_dense_run(scratch, &r);
    stats->pairs += scan_item_pairs(item);
    stats->candidates += stats->verified - verified;
}

const struct join join_jaro_scan = {
    .name = "jaro scan",
    .what = "every pair, many at once in the lanes of a vector",
    .cost = scan_cost,
    .build = scan_build,
    .open = scan_open,
    .run = scan_run,
    .close = scan_close,
};
