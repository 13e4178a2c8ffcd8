/* Groups within groups. A group is split by the next word that two of its values share, until it is
 * small; then each of its pairs is looked at. Pairs that the path alone makes match are looked at
 * before, since they may share no further word. */
#include "matcher/join/words_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MOST 6u      /* words of a path; groups at its end are not split */
#define SMALL_PAIRS 2048u /* of a group that is not worth splitting */
#define MEMORY_LEVELS 3u  /* that the largest group has room for; what has none is not split */
#define RADIX_BITS 8u
#define RADIX (1u << RADIX_BITS)

struct group {
    struct words_list x, y;
    bool same;             /* x and y are one list */
    uint32_t depth;        /* words of the path */
    uint64_t common;       /* their weight */
    double weight, before; /* the same; that of the path without its last word, below 0: none */
};

/* Postings of a split group, by word; those of equal words keep their order. */
struct split {
    uint64_t *key; /* word << 32 | number among the postings */
    struct words_posting *posting;
    uint32_t n;
};

double words_least_common(double need, double total)
{
    return need * need * total * WORDS_SLACK;
}

/* The least significant digit first; one that all keys share is skipped. */
void words_sort_keys(uint64_t *key, uint64_t *spare, uint32_t n)
{
    uint64_t *from = key, *to = spare;
    for (unsigned shift = 32; shift < 64; shift += RADIX_BITS) {
        uint32_t first[RADIX + 1] = {0};
        for (uint32_t i = 0; i < n; i++)
            first[(from[i] >> shift & (RADIX - 1)) + 1]++;
        if (n == 0 || first[(from[0] >> shift & (RADIX - 1)) + 1] == n)
            continue; /* all are the same */
        for (uint32_t d = 0; d < RADIX; d++)
            first[d + 1] += first[d];
        for (uint32_t i = 0; i < n; i++)
            to[first[from[i] >> shift & (RADIX - 1)]++] = from[i];
        uint64_t *const swap = from;
        from = to;
        to = swap;
    }
    if (from != key)
        memcpy(key, from, n * sizeof *key);
}

uint32_t words_end_of_word(const uint64_t *key, uint32_t n, uint32_t from)
{
    uint32_t end = from;
    while (end < n && key[end] >> 32 == key[from] >> 32)
        end++;
    return end;
}

/* Do words of this weight, and the words of both, allow the score? It does not fall with any. */
static inline bool reaches(const struct words_search *s, double weight,
                           const struct words_posting *x, const struct words_posting *y)
{
    return weight * x->inverse * y->inverse >= s->need;
}

/* ---- Pairs -----------------------------------------------------------------------------------*/

/* How many words two lists share. */
static uint32_t count_common(const uint32_t *x, const uint32_t *x_end, const uint32_t *y,
                             const uint32_t *y_end)
{
    uint32_t n = 0;
    while (x < x_end && y < y_end) {
        const uint32_t in_x = *x, in_y = *y;
        n += in_x == in_y;
        x += in_x <= in_y;
        y += in_y <= in_x;
    }
    return n;
}

/* Scores a pair, and reports it if it matches and the path has its first words in common. */
static void verify(const struct words_search *s, const struct group *g,
                   const struct words_posting *x, const struct words_posting *y)
{
    const struct join_job *job = s->job;
    const struct idf *w = job->use.idf;
    const uint32_t va = job->a->value[x->place], vb = job->b->value[y->place];
    const uint32_t *px = w->word + w->begin[va], *py = w->word + w->begin[vb];
    if (job->self && !g->same && x->place > y->place)
        return; /* the other way round it is found as well */
    s->stats->candidates++;
    s->stats->verified++;
    const uint64_t common = g->common + idf_common(w, px + x->at + 1, w->word + w->begin[va + 1ull],
                                                   py + y->at + 1, w->word + w->begin[vb + 1ull]);
    const double score = metric_words_similarity(common, w->total[va], w->total[vb]);
    if (!join_takes(job, score) || count_common(px, px + x->at, py, py + y->at) != g->depth - 1)
        return;
    s->stats->matches++;
    const bool swap = job->self && x->place > y->place;
    join_put(s->sink, swap ? y->place : x->place, swap ? x->place : y->place, score);
}

/* Looks at all pairs that the path without its last word does not make match: those are found
 * there. */
static void all_pairs(const struct words_search *s, const struct group *g)
{
    for (uint32_t i = 0; i < g->x.n; i++) {
        const struct words_posting *x = &g->x.posting[i];
        for (uint32_t k = g->same ? i : 0; k < g->y.n; k++) {
            const struct words_posting *y = &g->y.posting[k];
            if (!reaches(s, g->weight + x->rest, x, y))
                break; /* nor do those that come after it */
            if (reaches(s, g->weight + y->rest, x, y) && !reaches(s, g->before, x, y))
                verify(s, g, x, y);
        }
    }
}

/* The first of a list, from `from` on, that words of this weight do not make match with x. */
static uint32_t first_short(const struct words_search *s, const struct words_list *y, double weight,
                            const struct words_posting *x, uint32_t from)
{
    uint32_t n = y->n - from;
    while (n) {
        const uint32_t half = n / 2;
        const bool long_enough = reaches(s, weight, x, &y->posting[from + half]);
        from += long_enough ? half + 1 : 0;
        n = long_enough ? n - half - 1 : half;
    }
    return from;
}

/* Looks at the pairs that the path makes match, and that it did not without its last word. */
static void path_pairs(const struct words_search *s, const struct group *g)
{
    for (uint32_t i = 0; i < g->x.n; i++) {
        const struct words_posting *x = &g->x.posting[i];
        uint32_t k = g->same ? i : 0;
        k = g->before < 0 ? k : first_short(s, &g->y, g->before, x, k);
        for (; k < g->y.n && reaches(s, g->weight, x, &g->y.posting[k]); k++)
            verify(s, g, x, &g->y.posting[k]);
    }
}

/* ---- Splitting -------------------------------------------------------------------------------*/

static void *take(struct words_search *s, size_t bytes)
{
    const size_t rounded = (bytes + 63) & ~(size_t)63;
    if (rounded > s->capacity - s->in_use)
        return NULL;
    s->in_use += rounded;
    return s->memory + s->in_use - rounded;
}

/* The words after that of a posting with which a pair can still match; `inverse` is the largest of
 * the other list. Writes their postings, where `posting` is not NULL; returns how many there are.
 */
static uint32_t further(const struct words_search *s, const struct group *g, uint32_t value,
                        const struct words_posting *from, double inverse, uint64_t *key,
                        struct words_posting *posting, uint32_t first)
{
    const struct idf *w = s->job->use.idf;
    const uint32_t *word = w->word + w->begin[value];
    const uint32_t size = idf_n_words(w, value);
    const double total = (double)w->total[value];
    const double least =
        fmax(words_least_common(s->need, total), s->need / (from->inverse * inverse) * WORDS_SLACK);
    uint32_t n = 0;
    double rest = from->rest;
    for (uint32_t i = from->at + 1; i < size && g->weight + rest >= least; i++, n++) {
        rest -= w->weight[word[i]];
        if (!posting)
            continue;
        key[n] = (uint64_t)word[i] << 32 | (first + n);
        posting[n] = (struct words_posting){from->place, i, rest, from->inverse};
    }
    return n;
}

/* Splits one list of a group; false if there is no memory for it. What it takes beyond the split
 * itself is given back. */
static bool split_list(struct words_search *s, const struct group *g, const struct words_list *list,
                       const struct side *side, double inverse, struct split *out)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < list->n; i++)
        n += further(s, g, side->value[list->posting[i].place], &list->posting[i], inverse, NULL,
                     NULL, 0);
    out->n = (uint32_t)n;
    out->key = take(s, n * sizeof *out->key);
    out->posting = out->key ? take(s, n * sizeof *out->posting) : NULL;
    const size_t in_use = s->in_use;
    uint64_t *const spare = out->posting ? take(s, n * sizeof *spare) : NULL;
    struct words_posting *const raw = spare ? take(s, n * sizeof *raw) : NULL;
    if (!raw || n > UINT32_MAX)
        return false;
    uint32_t at = 0;
    for (uint32_t i = 0; i < list->n; i++)
        at += further(s, g, side->value[list->posting[i].place], &list->posting[i], inverse,
                      out->key + at, raw + at, at);
    words_sort_keys(out->key, spare, out->n);
    for (uint32_t i = 0; i < out->n; i++)
        out->posting[i] = raw[(uint32_t)out->key[i]];
    s->in_use = in_use;
    return true;
}

static bool split_group(struct words_search *s, const struct group *g, struct split *x,
                        struct split *y)
{
    /* the first of a list has the largest inverse */
    if (!split_list(s, g, &g->x, s->job->a, g->y.posting[0].inverse, x))
        return false;
    if (!g->same)
        return split_list(s, g, &g->y, s->job->b, g->x.posting[0].inverse, y);
    *y = *x;
    return true;
}

static void search(struct words_search *s, const struct group *g);

/* The postings of the word that stands at `from`. */
static struct words_list list_at(const struct split *s, uint32_t from)
{
    return (struct words_list){s->posting + from, words_end_of_word(s->key, s->n, from) - from};
}

/* Searches the groups of all words that both lists have. */
static void search_parts(struct words_search *s, const struct group *g, const struct split *x,
                         const struct split *y)
{
    const struct idf *w = s->job->use.idf;
    for (uint32_t i = 0, k = 0; i < x->n && k < y->n;) {
        const uint32_t in_x = (uint32_t)(x->key[i] >> 32), in_y = (uint32_t)(y->key[k] >> 32);
        const struct words_list of_x = list_at(x, i), of_y = list_at(y, k);
        if (in_x == in_y) {
            struct group part = {.x = of_x, .y = of_y, .same = g->same, .depth = g->depth + 1};
            part.common = g->common + w->weight[in_x];
            part.weight = (double)part.common;
            part.before = g->weight;
            search(s, &part);
        }
        i += in_x <= in_y ? of_x.n : 0;
        k += in_y <= in_x ? of_y.n : 0;
    }
}

/* The depth ends with the path. */
// NOLINTNEXTLINE(misc-no-recursion)
static void search(struct words_search *s, const struct group *g)
{
    const size_t in_use = s->in_use;
    struct split x, y;
    const bool small = (uint64_t)g->x.n * g->y.n <= SMALL_PAIRS || g->depth == PATH_MOST;
    if (small || !split_group(s, g, &x, &y)) {
        all_pairs(s, g);
    } else {
        path_pairs(s, g);
        search_parts(s, g, &x, &y);
    }
    s->in_use = in_use;
}

/* ---- The whole -------------------------------------------------------------------------------*/

void words_search_group(struct words_search *s, uint32_t word, struct words_list x,
                        struct words_list y, bool same)
{
    struct group g = {.x = x, .y = y, .same = same, .depth = 1, .before = -1};
    if (x.n == 0 || y.n == 0)
        return;
    g.common = s->job->use.idf->weight[word];
    g.weight = (double)g.common;
    search(s, &g);
}

bool words_search_open(struct words_search *s, const struct join_job *job, uint64_t n_postings,
                       struct err *e)
{
    const size_t each = 2 * (sizeof(uint64_t) + sizeof(struct words_posting));
    *s = (struct words_search){.job = job, .need = job->need * WORDS_SLACK};
    s->capacity = MEMORY_LEVELS * n_postings * each + 4096;
    s->memory = malloc(s->capacity);
    return s->memory || err_set(e, ERR_OS, NULL, "not enough memory for a join of words");
}

void words_search_close(struct words_search *s)
{
    free(s->memory);
}
