/* The join of the phonetic metrics whose codes must be equal: soundex, metaphone, nysiis ….
 *
 * The codes of all values are made once, numbered and sorted, so values that share a code are
 * neighbours. A pair that shares two codes is reported for the lower one, once. */
#include "core/shm.h"
#include "core/sort.h"
#include "data/distinct.h"
#include "matcher/join/join.h"
#include "matcher/metric/metric_phonetic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_A_VALUE 350e-9 /* and for each of its characters … */
#define SECONDS_A_CHARACTER 12e-9
#define SECONDS_A_PAIR 2.6e-9         /* with counting it … */
#define SECONDS_A_COUNTED_PAIR 0.1e-9 /* … where values of one code are counted together */
#define SAMPLE 1000u                  /* of a side, for the cost */
#define PAIRS_PER_ITEM 500000u
#define SILENT (1ull << 63) /* the key of a value without a code: its value id */

/* A value under one of its keys. */
struct entry {
    uint64_t key, other; /* other: its second key, or 0 */
    uint32_t place;
};

struct phonetic_side {
    uint64_t entry_at; /* struct entry × n, by key, then place */
    uint32_t n;
};

struct phonetic_head {
    struct phonetic_side a, b;
    uint64_t item_at;
    uint64_t pairs; /* of the whole job */
    uint32_t n_items;
};

/* Entries of A against entries of B, both of the same keys. */
struct phonetic_item {
    uint32_t a_begin, a_end, b_begin, b_end;
};

static const struct phonetic_head *phonetic_head(struct shm_view index)
{
    return shm_at(index, SHM_HEAD_AT, struct phonetic_head);
}

static const struct entry *entries_of(struct shm_view index, const struct phonetic_side *side)
{
    return shm_array(index, side->entry_at, struct entry, side->n);
}

/* ---- Keys ------------------------------------------------------------------------------------*/

/* The codes of a side's values, two for each place. A code that does not exist has no p. */
struct codes {
    struct bytes *code;
    uint64_t *at; /* where each is in … */
    char *space;
};

static bool codes_open(struct codes *c, const struct dictionary *dictionary,
                       const struct side *side)
{
    uint64_t bytes = 0;
    *c = (struct codes){.code = malloc((2 * (size_t)side->n + 1) * sizeof *c->code),
                        .at = malloc((2 * (size_t)side->n + 1) * sizeof *c->at)};
    for (size_t i = 0; c->at && i < 2 * (size_t)side->n; i++) {
        c->at[i] = bytes;
        bytes += PHONETIC_BYTES(dictionary_text(dictionary, side->value[i / 2]).utf8_bytes);
    }
    c->space = malloc(bytes + 1);
    return c->code && c->at && c->space;
}

static void codes_close(struct codes *c)
{
    free(c->code);
    free(c->at);
    free(c->space);
}

static void make_codes(struct codes *c, struct metric_state *s, const struct join_job *job,
                       const struct side *side, size_t place)
{
    const struct text text = dictionary_text(job->dictionary, side->value[place]);
    const struct phonetic_code to = {
        {c->space + c->at[2 * place], c->space + c->at[2 * place + 1]}};
    metric_phonetic_code(s, &text, &to);
    for (int i = 0; i < 2; i++)
        c->code[2 * place + (size_t)i] =
            to.code[i][0] ? (struct bytes){to.code[i], (uint32_t)strlen(to.code[i])}
                          : (struct bytes){NULL, 0};
}

static bool codes_make(struct codes *c, const struct join_job *job, const struct side *side)
{
    bool failed = false;
    if (!codes_open(c, job->dictionary, side))
        return false;
#pragma omp parallel reduction(|| : failed)
    {
        struct err e;
        struct metric_state *s = NULL;
        failed = !metric_open(&s, &job->use, &job->dictionary->alphabet,
                              job->dictionary->max_length, &e);
#pragma omp for schedule(static)
        for (uint32_t i = 0; i < side->n; i++)
            if (!failed)
                make_codes(c, s, job, side, i);
        metric_close(s);
    }
    return !failed;
}

static int by_key(const void *x, const void *y)
{
    const struct entry *a = x, *b = y;
    return a->key != b->key ? sort_order(a->key, b->key) : sort_order(a->place, b->place);
}

/* The entries of a side whose codes have numbers, two for each place; sorted. *n: how many. */
static void make_entries(const struct side *side, const uint32_t *number, struct entry *entry,
                         uint64_t *n)
{
    *n = 0;
    for (uint32_t i = 0; i < side->n; i++, number += 2) {
        const bool silent = number[0] == TABLE_MISSING;
        const bool alone = silent || number[1] == TABLE_MISSING || number[1] == number[0];
        const uint64_t first = silent ? SILENT | side->value[i] : number[0] + 1ull;
        const uint64_t second = alone ? 0 : number[1] + 1ull;
        entry[(*n)++] = (struct entry){first, second, i};
        if (!alone)
            entry[(*n)++] = (struct entry){second, first, i};
    }
    qsort(entry, *n, sizeof *entry, by_key);
}

static bool put_side(const struct side *side, const uint32_t *number, struct phonetic_side *at,
                     struct shm *index, struct err *e)
{
    uint64_t n = 0;
    struct entry *entry = malloc((2 * (size_t)side->n + 1) * sizeof *entry);
    bool ok = entry || err_set(e, ERR_OS, NULL, "not enough memory for the sounds of values");
    if (ok)
        make_entries(side, number, entry, &n);
    at->n = (uint32_t)n;
    ok = ok && n <= UINT32_MAX &&
         (at->entry_at = shm_alloc(index, "sounds", (n + 1) * sizeof *entry, 64, e));
    if (ok)
        memcpy(shm_writable_array(index, at->entry_at, struct entry, n), entry, n * sizeof *entry);
    free(entry);
    return ok;
}

/* Numbers the codes of both sides (n[0] + n[1] places; one side alone has n[1] 0): equal codes get
 * the same number. NULL without memory; the caller frees it. */
static uint32_t *number_codes(const struct join_job *job)
{
    const struct side *const side[2] = {job->a, job->b};
    struct codes codes[2] = {0};
    const uint64_t n_a = 2 * (uint64_t)job->a->n, n = n_a + (job->self ? 0 : 2ull * job->b->n);
    struct bytes *all = malloc((n + 1) * sizeof *all);
    uint32_t *number = malloc((n + 1) * sizeof *number), distinct;
    bool ok = all && number && n <= UINT32_MAX;
    for (int i = 0; ok && i < (job->self ? 1 : 2); i++) {
        ok = codes_make(&codes[i], job, side[i]);
        if (ok && side[i]->n)
            memcpy(all + (i ? n_a : 0), codes[i].code, 2ull * side[i]->n * sizeof *all);
    }
    ok = ok && distinct_number(all, (uint32_t)n, number, &distinct);
    codes_close(&codes[0]);
    codes_close(&codes[1]);
    free(all);
    if (!ok)
        free(number);
    return ok ? number : NULL;
}

/* ---- Items -----------------------------------------------------------------------------------*/

static uint32_t end_of_key(const struct entry *entry, uint32_t n, uint32_t from)
{
    uint32_t end = from;
    while (end < n && entry[end].key == entry[from].key)
        end++;
    return end;
}

struct cut {
    struct phonetic_item *items; /* NULL: only counts */
    struct phonetic_item open;   /* not yet added */
    uint64_t pairs;              /* in it */
    uint32_t n;
};

static void cut_close(struct cut *c)
{
    if (c->pairs && c->items)
        c->items[c->n] = c->open;
    c->n += c->pairs > 0;
    c->pairs = 0;
}

/* Adds the entries of one key; many of A are cut into pieces. */
static void cut_key(struct cut *c, struct phonetic_item k)
{
    uint32_t n_b = k.b_end - k.b_begin, step = PAIRS_PER_ITEM / n_b + 1;
    for (uint32_t a = k.a_begin; a < k.a_end; a += step) {
        uint32_t end = k.a_end - a < step ? k.a_end : a + step;
        if (c->pairs == 0)
            c->open = (struct phonetic_item){a, end, k.b_begin, k.b_end};
        c->open.a_end = end;
        c->open.b_end = k.b_end;
        c->pairs += (uint64_t)(end - a) * n_b;
        if (c->pairs >= PAIRS_PER_ITEM)
            cut_close(c);
    }
}

static void cut_all(struct cut *c, struct shm_view index, const struct phonetic_head *h)
{
    const struct entry *a = entries_of(index, &h->a), *b = entries_of(index, &h->b);
    c->n = 0;
    for (uint32_t i = 0, k = 0; i < h->a.n && k < h->b.n;) {
        uint32_t i_end = end_of_key(a, h->a.n, i), k_end = end_of_key(b, h->b.n, k);
        uint64_t x = a[i].key, y = b[k].key;
        if (x == y)
            cut_key(c, (struct phonetic_item){i, i_end, k, k_end});
        i = x <= y ? i_end : i;
        k = y <= x ? k_end : k;
    }
    cut_close(c);
}

/* ---- The join --------------------------------------------------------------------------------*/

/* Pairs of entries with the same key. */
static double count_pairs(const struct entry *a, uint64_t n_a, const struct entry *b, uint64_t n_b)
{
    double pairs = 0;
    for (uint64_t i = 0, k = 0; i < n_a && k < n_b;) {
        const uint32_t i_end = end_of_key(a, (uint32_t)n_a, (uint32_t)i);
        const uint32_t k_end = end_of_key(b, (uint32_t)n_b, (uint32_t)k);
        const uint64_t x = a[i].key, y = b[k].key;
        pairs += x == y ? (double)(i_end - i) * (double)(k_end - k) : 0;
        i = x <= y ? i_end : i;
        k = y <= x ? k_end : k;
    }
    return pairs;
}

/* Every step-th value of a side, from `first` on. */
static struct side sample_side(const struct side *side, uint32_t first, uint32_t *value)
{
    const uint32_t step = side->n / SAMPLE + 1;
    uint32_t n = 0;
    for (uint32_t i = first * step / 2; i < side->n; i += step)
        value[n++] = side->value[i];
    return (struct side){.n = n, .value = value};
}

/* How many pairs have the same code, from those of a sample. */
static double pairs_expected(const struct join_job *job)
{
    uint32_t value[2][SAMPLE];
    struct entry entry[2][2 * SAMPLE];
    uint64_t n[2];
    const struct side a = sample_side(job->a, 0, value[0]);
    const struct side b = sample_side(job->b, 1, value[1]);
    struct join_job sample = *job;
    sample.self = false;
    sample.a = &a;
    sample.b = &b;
    uint32_t *number = number_codes(&sample);
    if (!number || a.n == 0 || b.n == 0) {
        free(number);
        return 0;
    }
    make_entries(&a, number, entry[0], &n[0]);
    make_entries(&b, number + 2 * (size_t)a.n, entry[1], &n[1]);
    free(number);
    return count_pairs(entry[0], n[0], entry[1], n[1]) * (double)join_n_pairs(job) /
           ((double)a.n * b.n);
}

static double side_seconds(const struct join_job *job, const struct side *side)
{
    return SECONDS_A_VALUE * side->n +
           SECONDS_A_CHARACTER * (double)side_characters(job->dictionary, side);
}

static double phonetic_cost(const struct join_job *job)
{
    if (!job->prune || !job->use.metric->phonetic || job->use.metric->alike ||
        metric_falls(job->use.view))
        return (double)INFINITY;
    return side_seconds(job, job->a) + (job->self ? 0 : side_seconds(job, job->b)) +
           (job->counts && !job->self ? SECONDS_A_COUNTED_PAIR : SECONDS_A_PAIR) *
               pairs_expected(job);
}

static bool put_sides(const struct join_job *job, struct phonetic_head *h, struct shm *index,
                      struct err *e)
{
    uint32_t *number = number_codes(job);
    bool ok = number || err_set(e, ERR_OS, NULL, "not enough memory for the sounds of values");
    ok = ok && put_side(job->a, number, &h->a, index, e);
    h->b = h->a;
    ok = ok && (job->self || put_side(job->b, number + 2 * (size_t)job->a->n, &h->b, index, e));
    free(number);
    return ok;
}

static bool phonetic_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                           struct err *e)
{
    struct phonetic_head h = {0};
    struct cut c = {0};
    uint64_t at = shm_alloc(index, "sounds", sizeof h, 64, e);
    if (!at || !put_sides(job, &h, index, e))
        return false;
    h.pairs = join_n_pairs(job);
    cut_all(&c, shm_view_of(index), &h);
    h.n_items = c.n + 1; /* the last one is empty: there is always one */
    h.item_at = shm_alloc(index, "sounds", h.n_items * sizeof *c.items, 64, e);
    if (!h.item_at)
        return false;
    c.items = shm_writable_array(index, h.item_at, struct phonetic_item, h.n_items);
    cut_all(&c, shm_view_of(index), &h);
    *n_items = h.n_items;
    *shm_writable(index, at, struct phonetic_head) = h;
    return true;
}

static bool phonetic_open(const struct join_job *job, struct shm_view index, void **scratch,
                          struct err *e)
{
    (void)job, (void)index, (void)e;
    *scratch = NULL;
    return true;
}

/* Do two entries of one key also share a lower key? */
static bool share_lower(const struct entry *x, const struct entry *y)
{
    return x->other && x->other < x->key && x->other == y->other;
}

static void join_key(const struct join_job *job, const struct entry *a, const struct entry *a_end,
                     const struct entry *b, const struct entry *b_end, struct join_sink *sink,
                     struct join_stats *stats)
{
    for (; a < a_end; a++)
        for (const struct entry *y = b; y < b_end; y++) {
            if ((job->self && a->place > y->place) || share_lower(a, y))
                continue;
            join_put(sink, a->place, y->place, 1.0);
            stats->matches++;
        }
}

/* The same of two tables where pairs are only counted: all values of a key at once, but for those
 * of A that have another key. */
static void count_key(const struct join_job *job, const struct entry *a, const struct entry *a_end,
                      const struct entry *b, const struct entry *b_end, struct join_sink *sink,
                      struct join_stats *stats)
{
    uint64_t all = 0;
    for (const struct entry *y = b; y < b_end; y++)
        all += side_multiplicity(job->b, y->place);
    for (; a < a_end; a++) {
        uint64_t rows = all, values = (uint64_t)(b_end - b);
        for (const struct entry *y = b; a->other && y < b_end; y++) {
            const bool elsewhere = share_lower(a, y);
            rows -= elsewhere ? side_multiplicity(job->b, y->place) : 0;
            values -= elsewhere;
        }
        *sink->rows += side_multiplicity(job->a, a->place) * rows;
        stats->matches += values;
    }
}

static void phonetic_run(const struct join_job *job, struct shm_view index, void *scratch,
                         uint32_t number, struct join_sink *sink, struct join_stats *stats)
{
    (void)scratch;
    const struct phonetic_head *h = phonetic_head(index);
    const struct entry *a = entries_of(index, &h->a), *b = entries_of(index, &h->b);
    struct phonetic_item item = shm_at(index, h->item_at, struct phonetic_item)[number];
    uint64_t each = h->pairs / h->n_items, before = stats->matches;
    stats->pairs += number ? each : h->pairs - each * (h->n_items - 1);
    while (item.a_begin < item.a_end && item.b_begin < item.b_end) {
        uint32_t a_end = end_of_key(a, item.a_end, item.a_begin);
        uint32_t b_end = end_of_key(b, item.b_end, item.b_begin);
        uint64_t x = a[item.a_begin].key, y = b[item.b_begin].key;
        if (x == y)
            (sink->rows && !job->self ? count_key : join_key)(
                job, a + item.a_begin, a + a_end, b + item.b_begin, b + b_end, sink, stats);
        item.a_begin = x <= y ? a_end : item.a_begin;
        item.b_begin = y <= x ? b_end : item.b_begin;
    }
    stats->candidates += stats->matches - before;
    stats->verified += stats->matches - before;
}

static void phonetic_close(void *scratch)
{
    (void)scratch;
}

const struct join join_phonetic = {
    .name = "sounds",
    .what = "values with a code in common, by sorting the codes",
    .cost = phonetic_cost,
    .build = phonetic_build,
    .open = phonetic_open,
    .run = phonetic_run,
    .close = phonetic_close,
};
