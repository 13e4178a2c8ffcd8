/* The plain scan of the edit family: every pair, with the many-lane kernels. --no-prune runs it,
 * and no index join may be slower than it.
 *
 * Of an item (scan_items.h) a block of patterns fills the lanes of a vector, one table of places
 * for each symbol, and the texts of the other side stream past. Alphabets of up to 256 codes
 * index the table directly; of larger ones a block uses but a few symbols, so texts are recoded
 * to those for each block. Two long texts are left to metric_score. */
#include "core/shm.h"
#include "matcher/join/by_length.h"
#include "matcher/join/edit/edit_ask.h"
#include "matcher/join/edit/edit_rule.h"
#include "matcher/join/join.h"
#include "matcher/join/scan_items.h"
#include "matcher/kernel/kernel_edit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TILE_SYMBOLS 65536u   /* texts that are recoded together: they stay in the L2 cache */
#define BLOCK_SYMBOLS_MAX 512 /* lanes × characters of a pattern, the same for all lane sizes */
#define DIRECT_CODES 256
#define RECODE_SECONDS 0.65e-9 /* a symbol of a text of a large alphabet, for each block */

struct scan_head {
    struct by_length_at a, b;
    uint64_t items_at;
};

struct scan_scratch {
    struct edit_rule rule;
    const struct edit_scan_kernels *kernels;
    struct metric_state *metric;
    bool direct;
    char *rows;        /* a vector a symbol */
    uint16_t *symbols; /* a tile of texts */
    uint16_t *local;   /* code -> symbol of the block, 0 if it has none; not when direct */
    struct edit_hit hits[EDIT_SCAN_TEXTS_MAX * EDIT_LANES_MAX];
    _Alignas(64) char mask[EDIT_VECTOR_BYTES];
    _Alignas(64) char limit[EDIT_VECTOR_BYTES];
};

/* One run: what is the same for all blocks and tiles of an item. */
struct scan_run {
    const struct join_job *job;
    struct scan_scratch *s;
    const struct scan_item *item;
    struct by_length patterns, texts;
    const struct side *pattern_side, *text_side;
    struct join_sink *sink;
    struct join_stats *stats;
    uint32_t lanes, lane_bytes;
};

/* ---- Cutting the work into items -------------------------------------------------------------*/

static uint32_t scan_lanes(uint32_t class)
{
    return class == SCAN_LONG ? 1 : edit_scan_kernels()->vector_bytes >> class;
}

/* Seconds for one vector of patterns and one symbol of a text; for a long text for each 64
 * characters of the pattern. The first two measured on Zen 5, the others on Zen 4. */
static double scan_unit_seconds(const struct join_job *job, uint32_t class)
{
    static const double lane_seconds[EDIT_KINDS] = {0.7e-9, 1.0e-9, 0.55e-9, 0.35e-9};
    struct edit_rule rule;
    edit_rule_make(&rule, job);
    if (class == SCAN_LONG)
        return rule.exact ? 2.5e-9 : 250e-9;
    bool direct = job->dictionary->alphabet.n_codes <= DIRECT_CODES;
    return lane_seconds[rule.kind] + (direct ? 0 : RECODE_SECONDS);
}

/* Machine words of 64 bits that a long pattern takes. */
static uint32_t scan_machine_words(uint32_t length)
{
    return length / 64 + 1;
}

/* What a pattern weighs, in vectors. */
static double scan_pattern_weight(const struct dictionary *dictionary, const struct side *side,
                                  const struct by_length *sorted, uint32_t position, uint32_t class)
{
    if (class < SCAN_LONG)
        return 1.0 / scan_lanes(class);
    return scan_machine_words(dictionary_length(dictionary, side->value[sorted->place[position]]));
}

static uint32_t scan_text_end(const struct scan_items *c, const struct scan_item *item,
                              uint32_t text_end, double symbols)
{
    const struct by_length *sorted = item->pattern_is_a ? c->b : c->a;
    const struct side *side = item->pattern_is_a ? c->job->b : c->job->a;
    uint32_t t = item->text_begin;
    while (t < text_end && symbols > 0)
        symbols -=
            dictionary_length(c->job->dictionary, side->value[sorted->place[t++]]) + TEXT_OVERHEAD;
    return t;
}

static uint32_t scan_pattern_end(const struct scan_items *c, const struct scan_item *item,
                                 uint32_t pattern_end, double vectors)
{
    const struct by_length *sorted = item->pattern_is_a ? c->a : c->b;
    const struct side *side = item->pattern_is_a ? c->job->a : c->job->b;
    uint32_t lanes = scan_lanes(item->class);
    uint32_t p = item->pattern_begin;
    while (p < pattern_end && vectors > 0)
        for (uint32_t i = 0; i < lanes && p < pattern_end; i++)
            vectors -= scan_pattern_weight(c->job->dictionary, side, sorted, p++, item->class);
    return p;
}

/* Cuts one rectangle, given as an item, into items of about item_seconds. */
static void scan_cut_rectangle(struct scan_items *c, const struct scan_item *whole)
{
    double unit = scan_unit_seconds(c->job, whole->class);
    double symbols = fmin(TILE_SYMBOLS, fmax(2048, c->item_seconds / unit / 8));
    double vectors = c->item_seconds / unit / symbols;
    struct scan_item item = *whole;
    for (; item.text_begin < whole->text_end; item.text_begin = item.text_end) {
        item.text_end = scan_text_end(c, &item, whole->text_end, symbols);
        item.pattern_begin = whole->pattern_begin;
        for (; item.pattern_begin < whole->pattern_end; item.pattern_begin = item.pattern_end) {
            item.pattern_end = scan_pattern_end(c, &item, whole->pattern_end, vectors);
            if (item.triangle && item.pattern_begin >= item.text_end)
                break;
            scan_items_add(c, item);
        }
    }
}

/* ---- Cost ------------------------------------------------------------------------------------*/

#define COUNTED_LENGTH 64 /* of the lanes; longer texts are one sum */

struct scan_counts {
    double n[COUNTED_LENGTH + 1];
    double long_symbols, long_vectors;
};

static void scan_count(struct scan_counts *c, const struct dictionary *dictionary,
                       const struct side *side)
{
    *c = (struct scan_counts){.long_symbols = 0};
    for (uint32_t i = 0; i < side->n; i++) {
        uint32_t length = dictionary_length(dictionary, side->value[i]);
        if (length <= COUNTED_LENGTH) {
            c->n[length]++;
        } else {
            c->long_symbols += length + TEXT_OVERHEAD;
            c->long_vectors += scan_machine_words(length);
        }
    }
}

/* Patterns of one length against texts of another. Lanes of a class are shared by its lengths, so
 * no vectors are rounded up here. */
static double scan_pair_seconds(const struct join_job *job, const struct edit_rule *rule,
                                uint32_t la, uint32_t lb, double n_a, double n_b)
{
    uint32_t pattern = la < lb ? la : lb, text = la < lb ? lb : la;
    if (n_a * n_b == 0 || !edit_rule_bounds(rule, la, lb).possible)
        return 0;
    uint32_t class = scan_class(pattern);
    return scan_unit_seconds(job, class) * n_a * n_b / scan_lanes(class) * (text + TEXT_OVERHEAD);
}

static double scan_cost(const struct join_job *job)
{
    struct edit_rule rule;
    if (!edit_rule_make(&rule, job))
        return (double)INFINITY;
    struct scan_counts a, b;
    scan_count(&a, job->dictionary, job->a);
    scan_count(&b, job->dictionary, job->b);
    double unit = scan_unit_seconds(job, SCAN_LONG);
    double seconds = unit * a.long_vectors * b.long_symbols;
    for (uint32_t i = 0; i <= COUNTED_LENGTH; i++) {
        for (uint32_t j = 0; j <= COUNTED_LENGTH; j++)
            seconds += scan_pair_seconds(job, &rule, i, j, a.n[i], b.n[j]);
        double lane_unit = scan_unit_seconds(job, scan_class(i)) / scan_lanes(scan_class(i));
        seconds += lane_unit * (a.n[i] * b.long_symbols + b.n[i] * a.long_symbols);
    }
    return (job->self ? seconds / 2 : seconds) +
           edit_ask_seconds(job, &rule) * (double)join_n_pairs(job);
}

/* ---- Build, open, close ----------------------------------------------------------------------*/

static bool scan_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                       struct err *e)
{
    struct scan_head head = {0};
    uint64_t head_at = shm_alloc(index, "edit scan", sizeof head, 64, e);
    if (!head_at || !by_length_build(&head.a, job->dictionary, job->a, index, e))
        return false;
    if (job->self)
        head.b = head.a;
    else if (!by_length_build(&head.b, job->dictionary, job->b, index, e))
        return false;
    struct by_length a = by_length_view(shm_view_of(index), &head.a);
    struct by_length b = by_length_view(shm_view_of(index), &head.b);
    if (!scan_items_build(job, &a, &b, scan_cost(job), scan_cut_rectangle, index, &head.items_at,
                          n_items, e))
        return false;
    *shm_writable(index, head_at, struct scan_head) = head;
    return true;
}

static void scan_close(void *scratch)
{
    struct scan_scratch *s = scratch;
    if (!s)
        return;
    metric_close(s->metric);
    free(s->rows);
    free(s->symbols);
    free(s->local);
    free(s);
}

static bool scan_open(const struct join_job *job, struct shm_view index, void **scratch,
                      struct err *e)
{
    (void)index;
    const struct dictionary *dictionary = job->dictionary;
    struct scan_scratch *s = aligned_alloc(64, (sizeof *s + 63) / 64 * 64);
    *scratch = NULL;
    if (!s)
        return err_set(e, ERR_OS, NULL, "no memory for the edit scan");
    memset(s, 0, sizeof *s);
    edit_rule_make(&s->rule, job);
    s->kernels = edit_scan_kernels();
    s->direct = dictionary->alphabet.n_codes <= DIRECT_CODES;
    size_t n_rows = s->direct ? DIRECT_CODES : BLOCK_SYMBOLS_MAX + 1;
    s->rows = aligned_alloc(64, n_rows * EDIT_VECTOR_BYTES);
    s->symbols = malloc(((size_t)TILE_SYMBOLS + dictionary->max_length) * sizeof *s->symbols);
    if (!s->direct)
        s->local = calloc(dictionary->alphabet.n_codes, sizeof *s->local);
    bool ok = s->rows && s->symbols && (s->direct || s->local);
    ok = ok ? metric_open(&s->metric, &job->use, &dictionary->alphabet, dictionary->max_length, e)
            : err_set(e, ERR_OS, NULL, "no memory for the edit scan");
    if (ok)
        *scratch = s;
    else
        scan_close(s);
    return ok;
}

/* ---- Running ---------------------------------------------------------------------------------*/

static void scan_put(const struct scan_run *r, uint32_t pattern, uint32_t text, double score)
{
    uint32_t p = r->patterns.place[pattern], t = r->texts.place[text];
    bool swap = !r->item->pattern_is_a || (r->job->self && p > t);
    join_put(r->sink, swap ? t : p, swap ? p : t, score);
    r->stats->matches++;
}

static struct text scan_text(const struct join_job *job, const struct side *side,
                             const struct by_length *sorted, uint32_t position)
{
    return dictionary_text(job->dictionary, side->value[sorted->place[position]]);
}

/* Asks metric_score, with the value of side A first; puts the pair if it matches. */
static void scan_ask(const struct scan_run *r, uint32_t pattern, uint32_t text)
{
    struct text p = scan_text(r->job, r->pattern_side, &r->patterns, pattern);
    struct text t = scan_text(r->job, r->text_side, &r->texts, text);
    double score =
        r->item->pattern_is_a ? metric_score(r->s->metric, p, t) : metric_score(r->s->metric, t, p);
    if (join_takes(r->job, score))
        scan_put(r, pattern, text, score);
}

static void scan_set_lane(void *vector, uint32_t lane_bytes, uint32_t lane, int64_t value)
{
    memcpy((char *)vector + (size_t)lane * lane_bytes, &value, lane_bytes); /* little endian */
}

static uint32_t scan_length(const struct scan_run *r, bool pattern, uint32_t position)
{
    const struct side *side = pattern ? r->pattern_side : r->text_side;
    const struct by_length *sorted = pattern ? &r->patterns : &r->texts;
    return dictionary_length(r->job->dictionary, side->value[sorted->place[position]]);
}

/* The largest delta of the kernel (see kernel_edit.h) that may match; INT64_MIN if none. */
static int64_t scan_delta_limit(const struct edit_rule *rule, int64_t pattern, int64_t text)
{
    struct edit_bounds b = edit_rule_bounds(rule, (uint32_t)pattern, (uint32_t)text);
    if (!b.possible)
        return INT64_MIN;
    int64_t limit = b.kernel_limit;
    if (rule->kind == EDIT_INDEL)
        limit = -((pattern + text - limit) / 2);
    else
        limit -= rule->kind == EDIT_HAMMING && pattern > text ? pattern : text;
    return limit < -pattern ? INT64_MIN : limit;
}

static uint64_t scan_distance(const struct edit_rule *rule, int64_t pattern, int64_t text,
                              int64_t delta)
{
    if (rule->kind == EDIT_INDEL)
        return (uint64_t)(pattern + text + 2 * delta);
    if (rule->kind == EDIT_HAMMING && pattern > text)
        return (uint64_t)(pattern + delta);
    return (uint64_t)(text + delta);
}

/* Fills the limits of a block for texts of one length; false if no lane can match. */
static bool scan_limits(const struct scan_run *r, uint32_t first, uint32_t n, uint32_t text_length)
{
    int64_t least = INT64_MIN >> (64 - 8 * r->lane_bytes), most = -(least + 1);
    bool any = false;
    int64_t limit = 0;
    uint32_t limit_length = UINT32_MAX;
    for (uint32_t lane = 0; lane < r->lanes; lane++) {
        uint32_t length = lane < n ? scan_length(r, true, first + lane) : 0;
        if (length != limit_length)
            limit = scan_delta_limit(&r->s->rule, length, text_length);
        limit_length = length;
        bool possible = lane < n && limit != INT64_MIN;
        any |= possible;
        scan_set_lane(r->s->limit, r->lane_bytes, lane,
                      !possible      ? least
                      : limit > most ? most
                                     : limit);
    }
    return any;
}

/* Writes the places of each symbol of n patterns into the rows. */
static void scan_fill_block(const struct scan_run *r, uint32_t first, uint32_t n)
{
    struct scan_scratch *s = r->s;
    uint32_t n_symbols = s->direct ? r->job->dictionary->alphabet.n_codes : 1;
    memset(s->rows, 0, (size_t)n_symbols * s->kernels->vector_bytes);
    memset(s->mask, 0, sizeof s->mask);
    for (uint32_t lane = 0; lane < n; lane++) {
        struct text t = scan_text(r->job, r->pattern_side, &r->patterns, first + lane);
        scan_set_lane(s->mask, r->lane_bytes, lane,
                      (int64_t)(t.n == 64 ? ~0ull : (1ull << t.n) - 1));
        for (uint32_t i = 0; i < t.n; i++) {
            uint32_t symbol = text_code(t.codes, t.width, i);
            if (!s->direct) {
                uint16_t *local = &s->local[symbol];
                if (!*local) {
                    *local = (uint16_t)n_symbols++;
                    memset(s->rows + (size_t)*local * s->kernels->vector_bytes, 0,
                           s->kernels->vector_bytes);
                }
                symbol = *local;
            }
            s->rows[(size_t)symbol * s->kernels->vector_bytes + lane * r->lane_bytes + i / 8] |=
                (char)(1u << i % 8);
        }
    }
}

/* Forgets the symbols of a block of a large alphabet. */
static void scan_clear_block(const struct scan_run *r, uint32_t first, uint32_t n)
{
    for (uint32_t lane = 0; lane < n && !r->s->direct; lane++) {
        struct text t = scan_text(r->job, r->pattern_side, &r->patterns, first + lane);
        for (uint32_t i = 0; i < t.n; i++)
            r->s->local[text_code(t.codes, t.width, i)] = 0;
    }
}

/* Recodes texts [first, end), or as many as the tile holds; returns the position after them. */
static uint32_t scan_load(const struct scan_run *r, uint32_t first, uint32_t end)
{
    struct scan_scratch *s = r->s;
    uint16_t *out = s->symbols;
    uint32_t t = first;
    for (; t < end && out < s->symbols + TILE_SYMBOLS; t++) {
        struct text text = scan_text(r->job, r->text_side, &r->texts, t);
        if (s->direct)
            for (uint32_t i = 0; i < text.n; i++)
                out[i] = ((const uint8_t *)text.codes)[i];
        else
            for (uint32_t i = 0; i < text.n; i++)
                out[i] = s->local[text_code(text.codes, text.width, i)];
        out += text.n;
    }
    return t;
}

static void scan_take_hits(const struct scan_run *r, size_t n_hits, uint32_t pattern, uint32_t text,
                           uint32_t text_length)
{
    const struct edit_rule *rule = &r->s->rule;
    for (size_t i = 0; i < n_hits; i++) {
        struct edit_hit h = r->s->hits[i];
        uint32_t p = pattern + h.lane, t = text + h.text;
        if (r->item->triangle && p > t)
            continue;
        if (!rule->exact) {
            scan_ask(r, p, t);
            continue;
        }
        uint32_t pattern_length = scan_length(r, true, p);
        uint64_t distance = scan_distance(rule, pattern_length, text_length, h.delta);
        scan_put(r, p, t, edit_rule_score(rule, pattern_length, text_length, distance));
    }
}

/* A block of n patterns against texts [begin, end) of one length. Texts of a small alphabet are in
 * the tile, from `symbols` on; others are recoded here. */
static void scan_length_run(const struct scan_run *r, uint32_t first, uint32_t n, uint32_t begin,
                            uint32_t end, const uint16_t *symbols)
{
    struct scan_scratch *s = r->s;
    edit_scan_fn *kernel = s->kernels->scan[s->rule.kind][r->item->class];
    struct edit_block block = {s->rows, s->mask, s->limit};
    uint32_t length = scan_length(r, false, begin);
    for (uint32_t t = begin, next; t < end; t = next) {
        next = end - t < EDIT_SCAN_TEXTS_MAX ? end : t + EDIT_SCAN_TEXTS_MAX;
        if (!s->direct)
            next = scan_load(r, t, next);
        size_t n_hits = kernel(&block, symbols, length, next - t, s->hits);
        scan_take_hits(r, n_hits, first, t, length);
        r->stats->verified += (uint64_t)n * (next - t);
        if (s->direct)
            symbols += (size_t)(next - t) * length;
    }
}

/* A block of n patterns against texts [begin, end). */
static void scan_block(const struct scan_run *r, uint32_t first, uint32_t n, uint32_t begin,
                       uint32_t end)
{
    const uint16_t *symbols = r->s->symbols;
    scan_fill_block(r, first, n);
    for (uint32_t t = begin, next; t < end; t = next) {
        uint32_t length = scan_length(r, false, t);
        next = r->texts.begin[length + 1] < end ? r->texts.begin[length + 1] : end;
        if (scan_limits(r, first, n, length))
            scan_length_run(r, first, n, t, next, symbols);
        if (r->s->direct)
            symbols += (size_t)(next - t) * length;
    }
    scan_clear_block(r, first, n);
}

static void scan_lanes_item(const struct scan_run *r)
{
    const struct scan_item *item = r->item;
    for (uint32_t begin = item->text_begin, end; begin < item->text_end; begin = end) {
        end = r->s->direct ? scan_load(r, begin, item->text_end) : item->text_end;
        for (uint32_t p = item->pattern_begin; p < item->pattern_end; p += r->lanes) {
            uint32_t left = item->pattern_end - p;
            scan_block(r, p, left < r->lanes ? left : r->lanes, begin, end);
        }
    }
}

static void scan_long_item(const struct scan_run *r)
{
    const struct scan_item *item = r->item;
    for (uint32_t p = item->pattern_begin; p < item->pattern_end; p++)
        for (uint32_t t = item->triangle && p > item->text_begin ? p : item->text_begin;
             t < item->text_end; t++) {
            uint32_t length_p = scan_length(r, true, p), length_t = scan_length(r, false, t);
            if (!edit_rule_bounds(&r->s->rule, length_p, length_t).possible)
                continue;
            r->stats->verified++;
            scan_ask(r, p, t);
        }
}

static void scan_run(const struct join_job *job, struct shm_view index, void *scratch,
                     uint32_t item, struct join_sink *sink, struct join_stats *stats)
{
    const struct scan_head *head = shm_at(index, SHM_HEAD_AT, struct scan_head);
    const struct scan_item *it = shm_at(index, head->items_at, struct scan_item) + item;
    struct by_length a = by_length_view(index, &head->a), b = by_length_view(index, &head->b);
    struct scan_run r = {
        .job = job,
        .s = scratch,
        .item = it,
        .patterns = it->pattern_is_a ? a : b,
        .texts = it->pattern_is_a ? b : a,
        .pattern_side = it->pattern_is_a ? job->a : job->b,
        .text_side = it->pattern_is_a ? job->b : job->a,
        .sink = sink,
        .stats = stats,
        .lanes = scan_lanes(it->class),
        .lane_bytes = 1u << it->class,
    };
    uint64_t verified = stats->verified;
    if (it->class == SCAN_LONG)
        scan_long_item(&r);
    else
        scan_lanes_item(&r);
    stats->pairs += scan_item_pairs(it);
    stats->candidates += stats->verified - verified;
}

const struct join join_edit_scan = {
    .name = "edit scan",
    .what = "every pair, many at once in the lanes of a vector",
    .cost = scan_cost,
    .build = scan_build,
    .open = scan_open,
    .run = scan_run,
    .close = scan_close,
};
