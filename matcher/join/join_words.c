/* The join of weighed words: cosine_idf.
 *
 * Two values that match share a word among the first, rare ones of both: what comes after these
 * weighs too little. So each value has a posting for each of its first words, and postings of one
 * word are a group (words_search.h), which a worker searches. Values without a word match each
 * other alone. */
#include "core/shm.h"
#include "core/sort.h"
#include "matcher/join/words_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WHAT "words"
#define ITEM_PAIRS_LEAST 200000u
#define ITEM_PAIRS_MOST 5000000u
#define ITEMS_WANTED 500u
#define SEARCH_POSTINGS_MOST (1u << 22) /* larger groups are searched with less splitting */
#define SAMPLE_VALUES 4000u             /* of a side, for the cost */
#define SECONDS_A_VALUE 100e-9          /* and for each of its words … */
#define SECONDS_A_WORD 30e-9
#define SECONDS_A_PAIR 1.2e-9 /* of a group, and for each word of a text that is verified … */
#define SECONDS_A_PAIR_WORD 0.8e-9 /* … since one pair of some twenty is */

/* A side in the flat index. */
struct words_side {
    uint64_t posting_at; /* struct words_posting × n, by word, then by falling inverse */
    uint64_t blank_at;   /* u32 × n_blank: places of values without a word */
    uint32_t n, n_blank;
};

/* The postings of a word that both sides have. */
struct words_group {
    uint32_t word;
    uint32_t x, n_x, y, n_y;
};

/* Groups `first` .. `end`, whole; or, if it is one, the postings x_from .. x_to of A. */
struct words_item {
    uint32_t first, end, x_from, x_to;
};

struct words_head {
    struct words_side a, b;
    uint64_t group_at, item_at;
    uint64_t pairs;      /* of the whole job */
    uint64_t n_postings; /* that a search needs room for */
    uint32_t n_groups, n_items;
};

static const struct words_head *words_head(struct shm_view index)
{
    return shm_at(index, SHM_HEAD_AT, struct words_head);
}

static bool no_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory for a join of words");
}

/* ---- Postings --------------------------------------------------------------------------------*/

/* The side on its way: the postings as they come, and keys that sort them by word. */
struct making {
    const struct join_job *job;
    const struct side *side;
    uint64_t *first; /* n + 1: the first posting of each place */
    uint64_t *key, *spare;
    struct words_posting *raw;
};

/* The first words of a value: those from which on its words weigh enough to match. Writes their
 * postings where `posting` is not NULL; returns how many there are. */
static uint32_t first_words(const struct join_job *job, uint32_t place, uint32_t value,
                            uint64_t first, uint64_t *key, struct words_posting *posting)
{
    const struct idf *w = job->use.idf;
    const uint32_t *word = w->word + w->begin[value], size = idf_n_words(w, value);
    const double total = (double)w->total[value], least = words_least_common(job->need, total);
    const double inverse = 1 / sqrt(total);
    double rest = total;
    uint32_t n = 0;
    for (; n < size && rest >= least; n++) {
        rest -= w->weight[word[n]];
        if (!posting)
            continue;
        key[n] = (uint64_t)word[n] << 32 | (first + n);
        posting[n] = (struct words_posting){place, n, rest, inverse};
    }
    return n;
}

static bool count_postings(struct making *m, uint64_t *n)
{
    m->first = malloc((m->side->n + 1ull) * sizeof *m->first);
    if (!m->first)
        return false;
#pragma omp parallel for schedule(static)
    for (uint32_t i = 0; i < m->side->n; i++)
        m->first[i] = first_words(m->job, i, m->side->value[i], 0, NULL, NULL);
    *n = 0;
    for (uint32_t i = 0; i < m->side->n; i++) {
        const uint64_t mine = m->first[i];
        m->first[i] = *n;
        *n += mine;
    }
    return *n < UINT32_MAX;
}

static int by_inverse(const void *x, const void *y)
{
    const struct words_posting *a = x, *b = y;
    if (a->inverse != b->inverse)
        return a->inverse > b->inverse ? -1 : 1;
    return sort_order(a->place, b->place);
}

/* Fills m->key, sorted, and the postings in the index. */
static void sort_postings(struct making *m, struct words_posting *out, uint32_t n)
{
#pragma omp parallel for schedule(static)
    for (uint32_t i = 0; i < m->side->n; i++)
        first_words(m->job, i, m->side->value[i], m->first[i], m->key + m->first[i],
                    m->raw + m->first[i]);
    words_sort_keys(m->key, m->spare, n);
#pragma omp parallel for schedule(static)
    for (uint32_t i = 0; i < n; i++)
        out[i] = m->raw[(uint32_t)m->key[i]];
#pragma omp parallel for schedule(dynamic, 4096)
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || m->key[i] >> 32 != m->key[i - 1] >> 32)
            qsort(out + i, words_end_of_word(m->key, n, i) - i, sizeof *out, by_inverse);
}

/* Values without a word, which have no posting. */
static bool put_blanks(const struct making *m, struct words_side *at, struct shm *index,
                       struct err *e)
{
    const uint64_t *total = m->job->use.idf->total;
    for (uint32_t i = 0; i < m->side->n; i++)
        at->n_blank += total[m->side->value[i]] == 0;
    at->blank_at = shm_alloc(index, WHAT, (at->n_blank + 1ull) * sizeof(uint32_t), 64, e);
    if (!at->blank_at)
        return false;
    uint32_t *blank = shm_writable_array(index, at->blank_at, uint32_t, at->n_blank), n = 0;
    for (uint32_t i = 0; i < m->side->n; i++)
        if (total[m->side->value[i]] == 0)
            blank[n++] = i;
    return true;
}

/* Makes a side; m->key has the words of its postings in the end. */
static bool make_side(struct making *m, struct words_side *at, struct shm *index, struct err *e)
{
    uint64_t n;
    if (!count_postings(m, &n))
        return no_memory(e);
    at->n = (uint32_t)n;
    m->key = malloc((n + 1) * sizeof *m->key);
    m->spare = malloc((n + 1) * sizeof *m->spare);
    m->raw = malloc((n + 1) * sizeof *m->raw);
    if (!m->key || !m->spare || !m->raw)
        return no_memory(e);
    at->posting_at = shm_alloc(index, WHAT, (n + 1) * sizeof(struct words_posting), 64, e);
    if (!at->posting_at)
        return false;
    sort_postings(m, shm_writable_array(index, at->posting_at, struct words_posting, n), at->n);
    return put_blanks(m, at, index, e);
}

static void making_close(struct making *m)
{
    free(m->first);
    free(m->key);
    free(m->spare);
    free(m->raw);
}

/* ---- Groups ----------------------------------------------------------------------------------*/

/* Writes the groups of words that both sides have; counts them where `group` is NULL. */
static uint32_t find_groups(const struct making *a, uint32_t n_a, const struct making *b,
                            uint32_t n_b, struct words_group *group)
{
    uint32_t n = 0;
    for (uint32_t i = 0, k = 0; i < n_a && k < n_b;) {
        const uint32_t x = (uint32_t)(a->key[i] >> 32), y = (uint32_t)(b->key[k] >> 32);
        const uint32_t i_end = x <= y ? words_end_of_word(a->key, n_a, i) : i;
        const uint32_t k_end = y <= x ? words_end_of_word(b->key, n_b, k) : k;
        if (x == y && group)
            group[n] = (struct words_group){x, i, i_end - i, k, k_end - k};
        n += x == y;
        i = i_end;
        k = k_end;
    }
    return n;
}

static bool build_groups(const struct making *a, const struct making *b, struct words_head *h,
                         struct shm *index, struct err *e)
{
    h->n_groups = find_groups(a, h->a.n, b, h->b.n, NULL);
    h->group_at = shm_alloc(index, WHAT, (h->n_groups + 1ull) * sizeof(struct words_group), 64, e);
    if (!h->group_at)
        return false;
    find_groups(a, h->a.n, b, h->b.n,
                shm_writable_array(index, h->group_at, struct words_group, h->n_groups));
    return true;
}

/* The words that come after those of postings. */
static uint64_t words_after(const struct join_job *job, const struct side *side,
                            const struct words_posting *posting, uint32_t n)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += idf_n_words(job->use.idf, side->value[posting[i].place]) - posting[i].at - 1;
    return sum;
}

/* The most postings that a group is split into. */
static uint64_t most_postings(const struct join_job *job, const struct words_head *h,
                              struct shm_view index)
{
    const struct words_group *group =
        shm_array(index, h->group_at, struct words_group, h->n_groups);
    const struct words_posting *a = shm_array(index, h->a.posting_at, struct words_posting, h->a.n);
    const struct words_posting *b = shm_array(index, h->b.posting_at, struct words_posting, h->b.n);
    uint64_t most = 0;
#pragma omp parallel for schedule(static) reduction(max : most)
    for (uint32_t i = 0; i < h->n_groups; i++) {
        const uint64_t mine = words_after(job, job->a, a + group[i].x, group[i].n_x) +
                              words_after(job, job->b, b + group[i].y, group[i].n_y);
        most = mine > most ? mine : most;
    }
    return most < SEARCH_POSTINGS_MOST ? most : SEARCH_POSTINGS_MOST;
}

/* ---- Items -----------------------------------------------------------------------------------*/

struct cut {
    struct words_item *items; /* NULL: only counts */
    uint64_t n;
    double item_pairs;
};

static void cut_add(struct cut *c, struct words_item item)
{
    if (c->items)
        c->items[c->n] = item;
    c->n++;
}

static double pairs_of(const struct words_group *g)
{
    return (double)g->n_x * g->n_y + g->n_x + g->n_y;
}

/* Cuts one large group by its postings of A. */
static void cut_group(struct cut *c, uint32_t number, const struct words_group *g)
{
    const uint32_t step = (uint32_t)(c->item_pairs / g->n_y) + 1;
    for (uint32_t x = 0; x < g->n_x; x += step)
        cut_add(c,
                (struct words_item){number, number + 1, x, g->n_x - x < step ? g->n_x : x + step});
}

/* Small groups go together, large ones by themselves. Item 0 is the values without a word. */
static void cut_all(struct cut *c, const struct words_group *group, uint32_t n)
{
    uint32_t first = 0;
    double pairs = 0;
    c->n = 0;
    cut_add(c, (struct words_item){0, 0, 0, 0});
    for (uint32_t i = 0; i < n; i++) {
        const bool large = pairs_of(&group[i]) > c->item_pairs;
        pairs += large ? 0 : pairs_of(&group[i]);
        if (!large && pairs < c->item_pairs)
            continue;
        const uint32_t end = large ? i : i + 1;
        if (end > first)
            cut_add(c, (struct words_item){first, end, 0, 0});
        if (large)
            cut_group(c, i, &group[i]);
        first = i + 1;
        pairs = 0;
    }
    if (n > first)
        cut_add(c, (struct words_item){first, n, 0, 0});
}

static bool build_items(struct words_head *h, struct shm *index, struct err *e)
{
    const struct words_group *group =
        shm_array(shm_view_of(index), h->group_at, struct words_group, h->n_groups);
    double pairs = 0;
    for (uint32_t i = 0; i < h->n_groups; i++)
        pairs += pairs_of(&group[i]);
    struct cut c = {.item_pairs =
                        fmin(fmax(pairs / ITEMS_WANTED, ITEM_PAIRS_LEAST), ITEM_PAIRS_MOST)};
    cut_all(&c, group, h->n_groups);
    if (!join_check_items(c.n, e))
        return false;
    h->n_items = (uint32_t)c.n;
    h->item_at = shm_alloc(index, WHAT, c.n * sizeof *c.items, 64, e);
    if (!h->item_at)
        return false;
    c.items = shm_writable_array(index, h->item_at, struct words_item, c.n);
    cut_all(&c, group, h->n_groups);
    return true;
}

/* ---- Cost and build --------------------------------------------------------------------------*/

/* What the groups of a side's values have in pairs with the other side, from a sample: a word has
 * no more postings than records, and no more than the other side has values. *words: of a value,
 * on average. */
static double estimate_pairs(const struct join_job *job, const struct side *side, uint32_t others,
                             double *words)
{
    const struct idf *w = job->use.idf;
    const uint32_t step = side->n / SAMPLE_VALUES + 1;
    double pairs = 0;
    uint64_t taken = 0, n_words = 0;
    for (uint32_t i = 0; i < side->n; i += step, taken++) {
        const uint32_t value = side->value[i];
        n_words += idf_n_words(w, value);
        const uint32_t n = first_words(job, i, value, 0, NULL, NULL);
        for (uint32_t k = 0; k < n; k++)
            pairs += fmin((double)w->having[w->word[w->begin[value] + k]] / 2, others);
    }
    *words = taken ? (double)n_words / (double)taken : 0;
    return taken ? pairs * side->n / (double)taken : 0;
}

static double words_cost(const struct join_job *job)
{
    if (!job->prune || !(job->use.metric->flags & METRIC_WEIGHS_WORDS))
        return (double)INFINITY;
    double words;
    const double pairs = estimate_pairs(job, job->a, job->b->n, &words);
    return fmin(pairs, (double)join_n_pairs(job)) * (SECONDS_A_PAIR + words * SECONDS_A_PAIR_WORD) +
           ((double)job->a->n + job->b->n) * (SECONDS_A_VALUE + words * SECONDS_A_WORD);
}

static bool build_all(const struct join_job *job, struct making *a, struct making *b,
                      struct words_head *h, struct shm *index, struct err *e)
{
    if (!make_side(a, &h->a, index, e) || (!job->self && !make_side(b, &h->b, index, e)))
        return false;
    if (job->self)
        h->b = h->a;
    if (!build_groups(a, job->self ? a : b, h, index, e) || !build_items(h, index, e))
        return false;
    h->n_postings = most_postings(job, h, shm_view_of(index));
    return true;
}

static bool words_join_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                             struct err *e)
{
    struct words_head h = {.pairs = join_n_pairs(job)};
    struct making a = {.job = job, .side = job->a}, b = {.job = job, .side = job->b};
    const uint64_t at = shm_alloc(index, WHAT, sizeof h, 64, e);
    const bool ok = at && build_all(job, &a, &b, &h, index, e);
    making_close(&a);
    making_close(&b);
    if (ok) {
        *n_items = h.n_items;
        *shm_writable(index, at, struct words_head) = h;
    }
    return ok;
}

/* ---- Workers ---------------------------------------------------------------------------------*/

static bool words_open(const struct join_job *job, struct shm_view index, void **scratch,
                       struct err *e)
{
    struct words_search *s = *scratch = calloc(1, sizeof *s);
    if (!s)
        return no_memory(e);
    if (words_search_open(s, job, words_head(index)->n_postings, e))
        return true;
    free(s);
    *scratch = NULL;
    return false;
}

static void words_close(void *scratch)
{
    if (scratch)
        words_search_close(scratch);
    free(scratch);
}

/* All values without a word equal each other. */
static void report_blanks(const struct join_job *job, struct shm_view index,
                          const struct words_head *h, struct join_sink *sink,
                          struct join_stats *stats)
{
    const uint32_t *a = shm_array(index, h->a.blank_at, uint32_t, h->a.n_blank);
    const uint32_t *b = shm_array(index, h->b.blank_at, uint32_t, h->b.n_blank);
    for (uint32_t i = 0; i < h->a.n_blank; i++)
        for (uint32_t k = job->self ? i : 0; k < h->b.n_blank; k++) {
            join_put(sink, a[i], b[k], metric_words_similarity(0, 0, 0));
            stats->candidates++;
            stats->verified++;
            stats->matches++;
        }
}

static void words_run(const struct join_job *job, struct shm_view index, void *scratch,
                      uint32_t number, struct join_sink *sink, struct join_stats *stats)
{
    const struct words_head *h = words_head(index);
    const struct words_group *group =
        shm_array(index, h->group_at, struct words_group, h->n_groups);
    const struct words_posting *a = shm_array(index, h->a.posting_at, struct words_posting, h->a.n);
    const struct words_posting *b = shm_array(index, h->b.posting_at, struct words_posting, h->b.n);
    const struct words_item *item = shm_array(index, h->item_at, struct words_item, number + 1ull);
    struct words_search *s = scratch;
    const uint64_t each = h->pairs / h->n_items;
    s->job = job;
    s->sink = sink;
    s->stats = stats;
    stats->pairs += number ? each : h->pairs - each * (h->n_items - 1);
    if (number == 0)
        report_blanks(job, index, h, sink, stats);
    item += number;
    for (uint32_t i = item->first; i < item->end; i++) {
        const struct words_group *g = &group[i];
        const bool part = item->x_to > 0;
        const uint32_t from = part ? item->x_from : 0, to = part ? item->x_to : g->n_x;
        words_search_group(s, g->word, (struct words_list){a + g->x + from, to - from},
                           (struct words_list){b + g->y, g->n_y}, job->self && !part);
    }
}

const struct join join_words = {
    .name = "words",
    .what = "groups of texts with a rare word in common, split by further words in common",
    .cost = words_cost,
    .build = words_join_build,
    .open = words_open,
    .run = words_run,
    .close = words_close,
};
