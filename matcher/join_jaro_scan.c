/* The plain scan of the Jaro family: every pair, with the many-lane kernels. What --no-prune runs,
 * and the ground that no index may be slower than.
 *
 * Both sides are sorted by length and fall into five classes: texts that fit lanes of 8, 16, 32 and
 * 64 bits, and longer ones. For a pair of classes the side with the shorter texts gives the
 * patterns. */
#include "matcher/jaro_dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CLASSES 5
#define CLASS_LONG 4
#define ITEM_SECONDS_MAX 0.015
#define ITEM_SECONDS_MIN 0.0001
#define ITEMS_WANTED 1024
#define VECTOR_SECONDS 0.62e-9 /* a vector of patterns, one character of a text */
#define TEXT_OVERHEAD 6        /* starting and ending a text costs about so many characters */
#define LONG_SECONDS 1.0e-9    /* a pair of characters of two long texts, less the lanes of 64 */

/* Patterns [pattern_begin, pattern_end) against texts [text_begin, text_end), positions in the
 * sides as sorted by length. */
struct scan_item {
    uint32_t pattern_begin, pattern_end;
    uint32_t text_begin, text_end;
    uint16_t pattern_is_a;
    uint16_t class;
    uint32_t triangle; /* the same texts on both sides: only position <= position */
};

struct scan_head {
    struct jaro_texts_at a, b;
    uint64_t rule_at;
    uint64_t items_at;
};

/* ---- Cost ------------------------------------------------------------------------------------ */

static uint32_t class_of(uint32_t length)
{
    return length <= 8 ? 0 : length <= 16 ? 1 : length <= 32 ? 2 : length <= 64 ? 3 : CLASS_LONG;
}

static double lanes_of(uint32_t class)
{
    return class == CLASS_LONG ? 1 : jaro_scan_kernels()->vector_bytes >> class;
}

/* How many texts of a class a side has, and how many characters. */
struct class_sums {
    double texts, characters;
};

static void sum_side(const struct words *words, const struct side *side, struct class_sums *sums)
{
    for (uint32_t i = 0; i < side->n; i++) {
        uint32_t length = words_length(words, side->word[i]);
        sums[class_of(length)].texts++;
        sums[class_of(length)].characters += length + TEXT_OVERHEAD;
    }
}

/* Seconds for all pairs of a class of patterns and a class of texts. */
static double seconds_of(uint32_t class, struct class_sums pattern, struct class_sums text)
{
    if (class == CLASS_LONG)
        return LONG_SECONDS / 64 * pattern.characters * text.characters;
    return VECTOR_SECONDS * ceil(pattern.texts / lanes_of(class)) * text.characters;
}

static double scan_cost(const struct join_job *job)
{
    if (!jaro_rule_fits(job) || job->words->alphabet.n_codes > JARO_DENSE_CODES)
        return INFINITY;
    struct class_sums a[CLASSES] = {0}, b[CLASSES] = {0};
    double seconds = 0;
    sum_side(job->words, job->a, a);
    sum_side(job->words, job->b, b);
    for (uint32_t i = 0; i < CLASSES; i++)
        for (uint32_t j = 0; j < CLASSES; j++)
            seconds += i <= j ? seconds_of(i, a[i], b[j]) : seconds_of(j, b[j], a[i]);
    return job->self ? seconds / 2 : seconds;
}

/* ---- Cutting the work into items ------------------------------------------------------------- */

/* Writes items, or counts them when `items` is NULL. */
struct scan_cut {
    const struct join_job *job;
    const struct edit_side *a, *b;
    struct scan_item *items;
    uint64_t n;
    double item_seconds;
};

static uint32_t class_begin(const struct edit_side *side, uint32_t class)
{
    uint32_t length = class == 0 ? 0 : (4u << class) + 1;
    return class == CLASSES || length > side->max_length ? side->n : side->begin[length];
}

static uint32_t length_at(const struct scan_cut *c, bool a, uint32_t position)
{
    const struct side *side = a ? c->job->a : c->job->b;
    return words_length(c->job->words, side->word[(a ? c->a : c->b)->place[position]]);
}

/* Where an item that begins like this one ends if its texts are to have so many characters. */
static uint32_t text_end(const struct scan_cut *c, const struct scan_item *item, uint32_t end,
                         double characters)
{
    const struct edit_side *texts = item->pattern_is_a ? c->b : c->a;
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
static void cut_rectangle(struct scan_cut *c, struct scan_item whole)
{
    double unit = whole.class == CLASS_LONG ? LONG_SECONDS / 64 : VECTOR_SECONDS;
    uint32_t step = whole.class == CLASS_LONG ? 1 : 32 * (uint32_t)lanes_of(whole.class);
    for (uint32_t p = whole.pattern_begin, end; p < whole.pattern_end; p = end) {
        end = whole.pattern_end - p < step ? whole.pattern_end : p + step;
        double weight = whole.class == CLASS_LONG
                            ? length_at(c, whole.pattern_is_a, p) + TEXT_OVERHEAD
                            : ceil((end - p) / lanes_of(whole.class));
        struct scan_item item = whole;
        item.pattern_begin = p;
        item.pattern_end = end;
        item.text_begin = whole.triangle && p > whole.text_begin ? p : whole.text_begin;
        while (item.text_begin < whole.text_end) {
            item.text_end = text_end(c, &item, whole.text_end, c->item_seconds / unit / weight);
            if (c->items)
                c->items[c->n] = item;
            c->n++;
            item.text_begin = item.text_end;
        }
    }
}

/* A rectangle for each pair of classes; in a self join only one of the two ways round. */
static void cut_all(struct scan_cut *c)
{
    c->n = 0;
    for (uint32_t i = 0; i < CLASSES; i++)
        for (uint32_t j = c->job->self ? i : 0; j < CLASSES; j++) {
            bool a = i <= j;
            const struct edit_side *p = a ? c->a : c->b, *t = a ? c->b : c->a;
            uint32_t shorter = a ? i : j, longer = a ? j : i;
            cut_rectangle(c, (struct scan_item){
                                 .pattern_begin = class_begin(p, shorter),
                                 .pattern_end = class_begin(p, shorter + 1),
                                 .text_begin = class_begin(t, longer),
                                 .text_end = class_begin(t, longer + 1),
                                 .pattern_is_a = a,
                                 .class = (uint16_t)shorter,
                                 .triangle = c->job->self,
                             });
        }
}

/* ---- Build, open, close ---------------------------------------------------------------------- */

static bool build_items(struct scan_head *head, const struct join_job *job, struct shm *index,
                        uint32_t *n_items, struct err *e)
{
    struct edit_side a = edit_side_view(index->base, &head->a.side);
    struct edit_side b = edit_side_view(index->base, &head->b.side);
    struct scan_cut cut = {.job = job, .a = &a, .b = &b};
    cut.item_seconds =
        fmin(ITEM_SECONDS_MAX, fmax(ITEM_SECONDS_MIN, scan_cost(job) / ITEMS_WANTED));
    cut_all(&cut);
    if (cut.n > UINT32_MAX)
        return err_set(e, ERR_USAGE, "use --where to compare fewer pairs, or --shard",
                       "too many pairs of distinct values to scan");
    *n_items = (uint32_t)cut.n;
    head->items_at = shm_alloc(index, "the jaro scan", (cut.n + 1) * sizeof *cut.items, 64, e);
    if (!head->items_at)
        return false;
    cut.items = (struct scan_item *)(void *)(index->base + head->items_at);
    cut_all(&cut);
    return true;
}

static bool scan_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                       struct err *e)
{
    uint64_t head_at = shm_alloc(index, "the jaro scan", sizeof(struct scan_head), 64, e);
    if (!head_at)
        return false;
    struct scan_head *head = (struct scan_head *)(void *)(index->base + head_at);
    if (!jaro_rule_build(&head->rule_at, job, index, e) ||
        !jaro_texts_build(&head->a, job->words, job->a, index, e))
        return false;
    head->b = head->a;
    if (!job->self && !jaro_texts_build(&head->b, job->words, job->b, index, e))
        return false;
    return build_items(head, job, index, n_items, e);
}

static bool scan_open(const struct join_job *job, const char *index, void **scratch, struct err *e)
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

/* ---- Running --------------------------------------------------------------------------------- */

/* Pairs that an item stands for. */
static uint64_t pairs_of(const struct scan_item *item)
{
    uint64_t n = 0;
    if (!item->triangle)
        return (uint64_t)(item->pattern_end - item->pattern_begin) *
               (item->text_end - item->text_begin);
    for (uint32_t p = item->pattern_begin; p < item->pattern_end; p++)
        n += p <= item->text_begin ? item->text_end - item->text_begin
             : p < item->text_end  ? item->text_end - p
                                   : 0;
    return n;
}

static void scan_run(const struct join_job *job, const char *index, void *scratch, uint32_t number,
                     struct join_sink *sink, struct join_stats *stats)
{
    const struct scan_head *head = (const struct scan_head *)(const void *)(index + 64);
    const struct scan_item *item =
        (const struct scan_item *)(const void *)(index + head->items_at) + number;
    struct jaro_texts a = jaro_texts_view(index, &head->a, job->words->width);
    struct jaro_texts b = jaro_texts_view(index, &head->b, job->words->width);
    struct jaro_rule rule = jaro_rule_view(index, head->rule_at);
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
    stats->pairs += pairs_of(item);
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
