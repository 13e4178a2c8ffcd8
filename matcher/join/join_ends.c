/* The join of texts that begin or end alike: prefix, postfix.
 *
 * A pair that matches has a least number of characters in common at that end, which the length of
 * the longer text decides. So the texts of B are sorted, read from that end, and those that begin
 * as a text of A stand side by side. What the shorter text of a pair asks is less than what the
 * longer one does: each text of A finds a few too many, and the metric itself decides among them.
 */
#include "core/base.h"
#include "core/shm.h"
#include "matcher/join/join.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_A_VALUE 1e-6
#define SECONDS_A_PAIR 15e-9
#define MOST_ITEMS 65536u
#define SAMPLE 2000u

/* A text of B. Heads are in the order of the texts: the codes + 1 of the first characters, and
 * zeros after a text's end. */
struct entry {
    uint64_t head;
    uint32_t place;
};

struct ends_head {
    uint64_t entry_at; /* struct entry × b.n, in the order of the texts */
};

/* How texts are read. */
struct reader {
    const struct dictionary *dictionary;
    bool backwards;
    uint32_t head_codes, code_bits; /* of a head */
};

static struct reader reader_of(const struct join_job *job)
{
    const bool narrow = job->dictionary->width == 1;
    return (struct reader){.dictionary = job->dictionary,
                           .backwards = job->use.metric->end == METRIC_COMMON_ENDING,
                           .head_codes = narrow ? 7 : 3,
                           .code_bits = narrow ? 9 : 21};
}

static uint32_t code_at(const struct reader *r, const struct text *t, uint32_t i)
{
    return text_code(t->codes, t->width, r->backwards ? t->n - 1 - i : i);
}

static struct entry entry_of(const struct reader *r, const struct side *side, uint32_t place)
{
    const struct text t = dictionary_text(r->dictionary, side->value[place]);
    uint64_t head = 0;
    for (uint32_t i = 0; i < r->head_codes; i++)
        head = head << r->code_bits | (i < t.n ? code_at(r, &t, i) + 1 : 0);
    return (struct entry){head, place};
}

/* The order of the first `most` characters of two texts that have the same heads. */
static int compare_rest(const struct reader *r, const struct text *x, const struct text *y,
                        uint32_t most)
{
    const uint32_t nx = least(x->n, most), ny = least(y->n, most);
    for (uint32_t i = r->head_codes; i < nx && i < ny; i++) {
        const uint32_t c = code_at(r, x, i), d = code_at(r, y, i);
        if (c != d)
            return c < d ? -1 : 1;
    }
    return (nx > ny) - (nx < ny);
}

/* ---- What a threshold asks -------------------------------------------------------------------*/

static bool takes(const struct join_job *job, uint32_t common, uint32_t longer)
{
    const uint32_t distance = longer - common;
    if (job->use.view == METRIC_DISTANCE)
        return join_takes(job, distance);
    if (job->use.view == METRIC_NORMALIZED_DISTANCE)
        return join_takes(job, longer ? (double)distance / longer : 0);
    return join_takes(job, metric_edit_similarity(distance, longer));
}

/* The least number of characters in common that a pair with a text of `longer` characters must
 * have; more than that where none suffices. It rises with the length. */
static uint32_t least_common(const struct join_job *job, uint32_t longer)
{
    uint32_t from = 0, to = longer + 1;
    while (from < to) {
        const uint32_t middle = from + (to - from) / 2;
        if (takes(job, middle, longer))
            to = middle;
        else
            from = middle + 1;
    }
    return from;
}

/* ---- Sorting and finding ---------------------------------------------------------------------*/

struct order {
    struct reader reader;
    const struct side *side;
};

static int by_text(const void *x, const void *y, void *context)
{
    const struct entry *a = x, *b = y;
    if (a->head != b->head)
        return a->head < b->head ? -1 : 1;
    const struct order *o = context;
    const struct text s = dictionary_text(o->reader.dictionary, o->side->value[a->place]);
    const struct text t = dictionary_text(o->reader.dictionary, o->side->value[b->place]);
    return compare_rest(&o->reader, &s, &t, UINT32_MAX);
}

/* Writes the entries of every step-th place of a side, in the order of their texts. */
static void sort_entries(const struct reader *r, const struct side *side, uint32_t step,
                         struct entry *entry, uint32_t n)
{
    struct order order = {*r, side};
    for (uint32_t i = 0; i < n; i++)
        entry[i] = entry_of(r, side, i * step);
    qsort_r(entry, n, sizeof *entry, by_text, &order);
}

/* The first characters of a text of A, among the entries of B. */
struct search {
    const struct reader *reader;
    const struct side *b;
    const struct entry *entry;
    struct text text;
    uint32_t common;    /* characters */
    uint64_t head, cut; /* its head, and which bits of heads are compared */
};

static struct search search_make(const struct join_job *job, const struct reader *r,
                                 const struct entry *entry, uint32_t place_a)
{
    struct search s = {.reader = r, .b = job->b, .entry = entry};
    s.text = dictionary_text(job->dictionary, job->a->value[place_a]);
    s.common = least_common(job, s.text.n);
    const uint32_t spare = r->head_codes - least(s.common, r->head_codes);
    s.cut = ~0ull << spare * r->code_bits;
    s.head = entry_of(r, job->a, place_a).head & s.cut;
    return s;
}

/* Does entry i come before all that begin as the text does, or (`after`) not after them? */
static bool is_before(const struct search *s, uint32_t i, bool after)
{
    const uint64_t head = s->entry[i].head & s->cut;
    if (head != s->head)
        return head < s->head;
    if (s->common <= s->reader->head_codes)
        return after;
    const struct text t = dictionary_text(s->reader->dictionary, s->b->value[s->entry[i].place]);
    const int order = compare_rest(s->reader, &t, &s->text, s->common);
    return order < 0 || (after && order == 0);
}

/* The first of the entries from .. to - 1 that is not before; `to` if there is none. */
static uint32_t find(const struct search *s, uint32_t from, uint32_t to, bool after)
{
    while (from < to) {
        const uint32_t middle = from + (to - from) / 2;
        if (is_before(s, middle, after))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct range {
    uint32_t from, to;
};

/* The entries of n that begin as the text does; most often few. */
static struct range range_of(const struct search *s, uint32_t n)
{
    const uint32_t from = find(s, 0, n, false);
    uint32_t step = 1;
    while (step < n - from && is_before(s, from + step - 1, true))
        step *= 2;
    return (struct range){from, find(s, from, step < n - from ? from + step : n, true)};
}

/* ---- Cost and build --------------------------------------------------------------------------*/

/* The pairs of a sample of both sides stand for all. */
static double ends_cost(const struct join_job *job)
{
    if (!job->prune || job->use.metric->end == METRIC_NO_END)
        return INFINITY;
    const struct reader r = reader_of(job);
    const uint32_t step_a = job->a->n / SAMPLE + 1, step_b = job->b->n / SAMPLE + 1;
    const uint32_t n = (job->b->n + step_b - 1) / step_b;
    struct entry *entry = malloc((n + 1ull) * sizeof *entry);
    double pairs = 0;
    if (!entry)
        return INFINITY;
    sort_entries(&r, job->b, step_b, entry, n);
    for (uint32_t a = 0; a < job->a->n; a += step_a) {
        const struct search s = search_make(job, &r, entry, a);
        const struct range range = range_of(&s, n);
        pairs += range.to - range.from;
    }
    free(entry);
    return SECONDS_A_VALUE * ((double)job->a->n + job->b->n) +
           SECONDS_A_PAIR * pairs * step_a * step_b;
}

static bool ends_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                       struct err *e)
{
    const struct reader r = reader_of(job);
    const uint32_t n = job->b->n;
    const uint64_t at = shm_alloc(index, "ends of texts", sizeof(struct ends_head), 64, e);
    const uint64_t entry_at =
        at ? shm_alloc(index, "ends of texts", (n + 1ull) * sizeof(struct entry), 64, e) : 0;
    if (!entry_at)
        return false;
    sort_entries(&r, job->b, 1, shm_writable_array(index, entry_at, struct entry, n), n);
    shm_writable(index, at, struct ends_head)->entry_at = entry_at;
    *n_items = least(job->a->n, MOST_ITEMS);
    return true;
}

/* ---- Workers ---------------------------------------------------------------------------------*/

static bool ends_open(const struct join_job *job, struct shm_view index, void **scratch,
                      struct err *e)
{
    struct metric_state *s;
    (void)index;
    bool ok =
        metric_open(&s, &job->use, &job->dictionary->alphabet, job->dictionary->max_length, e);
    *scratch = s;
    return ok;
}

static void try_place(const struct join_job *job, struct metric_state *metric, uint32_t a,
                      const struct entry *entry, const struct reader *r, struct join_sink *sink,
                      struct join_stats *stats)
{
    const struct search s = search_make(job, r, entry, a);
    const struct range range = range_of(&s, job->b->n);
    for (uint32_t i = range.from; i < range.to; i++) {
        const uint32_t b = entry[i].place;
        if (job->self && a > b)
            continue;
        const struct text other = dictionary_text(job->dictionary, job->b->value[b]);
        const double score = metric_score_texts(metric, &s.text, &other);
        stats->verified++;
        if (join_takes(job, score)) {
            join_put(sink, a, b, score);
            stats->matches++;
        }
    }
    stats->pairs += job->self ? job->a->n - a : job->b->n;
}

static void ends_run(const struct join_job *job, struct shm_view index, void *scratch,
                     uint32_t item, struct join_sink *sink, struct join_stats *stats)
{
    const struct reader r = reader_of(job);
    const struct ends_head *h = shm_at(index, SHM_HEAD_AT, struct ends_head);
    const struct entry *entry = shm_array(index, h->entry_at, struct entry, job->b->n);
    const uint64_t n = job->a->n, items = least(job->a->n, MOST_ITEMS), before = stats->verified;
    const uint32_t from = (uint32_t)(n * item / items), to = (uint32_t)(n * (item + 1) / items);
    for (uint32_t a = from; a < to; a++)
        try_place(job, scratch, a, entry, &r, sink, stats);
    stats->candidates += stats->verified - before;
}

static void ends_close(void *scratch)
{
    metric_close(scratch);
}

const struct join join_ends = {
    .name = "common ends",
    .what = "texts that begin or end alike, by sorting them, decided by the metric itself",
    .cost = ends_cost,
    .build = ends_build,
    .open = ends_open,
    .run = ends_run,
    .close = ends_close,
};
