/* Groups of neighbours of a block, all of one length, as the lanes of a vector. */
#include "matcher/join/count/count_jaro.h"
#include "core/base.h"
#include "matcher/kernel/kernel_jaro_wide.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CODES_MOST 4096u /* of an alphabet whose rows are kept */
#define TEXT_MOST 256u   /* characters of a text of A */
#define CACHED 4u        /* lengths of A whose limits are remembered */
#define SLACK 1e-9
_Static_assert(COUNT_JARO_GROUP == JARO_WIDE_LANES_MAX, "a group is a vector");

/* What holds for texts of A and B of two lengths. */
struct limits {
    uint32_t length_a, length_b; /* 0: of none */
    uint32_t common_least, near;
    jaro_crossed_most crossed_most;
    uint64_t window[TEXT_MOST * JARO_WIDE_WORDS];
};

/* Lanes [begin, end) of a block, texts of one length. */
struct group {
    uint32_t begin, end, length, words;
};

struct count_jaro {
    const struct join_job *job;
    const struct jaro_wide_kernels *kernels;
    struct by_length a, b;
    bool winkler, narrow; /* narrow: the alphabet has rows */
    char *rows;           /* of the group; zero between groups */
    uint64_t steps, loaded;
    uint32_t length[COUNT_TEXTS_MOST]; /* of the texts of A at hand; 0: left to the metric */
    uint16_t symbols[COUNT_TEXTS_MOST][TEXT_MOST];
    struct limits limits[CACHED];
    struct jaro_hit hits[JARO_WIDE_TEXTS_MAX * JARO_WIDE_LANES_MAX];
};

bool count_jaro_fits(const struct join_job *job)
{
    return job->use.metric->flags & METRIC_JARO && job->use.view == METRIC_NORMALIZED_SIMILARITY;
}

bool count_jaro_open(struct count_jaro **jaro, const struct join_job *job,
                     const struct by_length *a, const struct by_length *b, struct err *e)
{
    const uint32_t n_codes = job->dictionary->alphabet.n_codes;
    struct count_jaro *j = *jaro = calloc(1, sizeof *j);
    const size_t bytes = (least(n_codes, CODES_MOST) + 1ull) * JARO_WIDE_WORDS * JARO_VECTOR_BYTES;
    if (j) {
        *j = (struct count_jaro){.job = job,
                                 .kernels = jaro_wide_kernels(),
                                 .a = *a,
                                 .b = *b,
                                 .winkler = job->use.metric->flags & METRIC_PREFIX,
                                 .narrow = n_codes <= CODES_MOST};
        j->rows = aligned_alloc(JARO_VECTOR_BYTES, bytes);
        if (j->rows) {
            memset(j->rows, 0, bytes);
            return true;
        }
    }
    count_jaro_close(j);
    *jaro = NULL;
    return err_set(e, ERR_OS, NULL, "no memory for the count join");
}

void count_jaro_close(struct count_jaro *j)
{
    if (!j)
        return;
    free(j->rows);
    free(j);
}

/* ---- Limits ----------------------------------------------------------------------------------*/

/* The places of a pattern of lb characters that are within reach of each place of a text. */
static void fill_window(struct limits *l, uint32_t words)
{
    const uint32_t reach = jaro_reach(greatest(l->length_a, l->length_b));
    l->near = reach < 64 ? least(l->length_a, 64 - reach) : 0;
    for (uint32_t i = 0; i < l->length_a; i++)
        for (uint32_t w = 0; w < words; w++) {
            const uint32_t from = greatest(i > reach ? i - reach : 0, 64 * w);
            const uint32_t to = least(least(i + reach + 1, l->length_b), 64 * w + 64);
            l->window[i * words + w] =
                from < to ? ~0ull >> (64 - (to - from)) << (from - 64 * w) : 0;
        }
}

/* How many of `common` characters may be out of order: the formula solved for them, with slack. */
static int16_t crossed_most(const struct limits *l, double wanted, uint32_t common)
{
    const double n = common;
    const double transpositions = n * (n / l->length_a + n / l->length_b + 1 - 3 * wanted) + SLACK;
    return transpositions < 0 ? -1 : (int16_t)fmin(n, 2 * floor(transpositions) + 1);
}

/* With fewer characters in common a match has fewer out of order, until none is left. */
static void fill_limits(const struct count_jaro *j, struct limits *l)
{
    const uint32_t most = least(l->length_a, l->length_b);
    l->common_least = most + 1;
    memset(l->crossed_most, 255, sizeof l->crossed_most); /* -1 */
    for (unsigned prefix = 0; prefix < JARO_PREFIXES; prefix++) {
        const double wanted = metric_jaro_needed(j->job->need, prefix, j->winkler) - SLACK;
        int16_t crossed = 0;
        for (uint32_t common = most; common > 0 && crossed >= 0; common--) {
            crossed = l->crossed_most[prefix][common] = crossed_most(l, wanted, common);
            if (crossed >= 0)
                l->common_least = least(l->common_least, common);
        }
    }
}

static const struct limits *limits_of(struct count_jaro *j, uint32_t la, const struct group *g)
{
    struct limits *l = &j->limits[la % CACHED];
    if (l->length_a != la || l->length_b != g->length) {
        l->length_a = la;
        l->length_b = g->length;
        fill_window(l, g->words);
        fill_limits(j, l);
    }
    return l;
}

/* ---- Texts -----------------------------------------------------------------------------------*/

static struct text text_of_a(const struct count_jaro *j, uint32_t position)
{
    return by_length_text(&j->a, j->job->dictionary, j->job->a, position);
}

static struct text text_of_b(const struct count_jaro *j, uint32_t position)
{
    return by_length_text(&j->b, j->job->dictionary, j->job->b, position);
}

static void load_texts(struct count_jaro *j, const struct count_passed *passed, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++) {
        const struct text t = text_of_a(j, passed[k].a);
        j->length[k] = t.n <= TEXT_MOST && j->narrow ? t.n : 0;
        for (uint32_t i = 0; i < j->length[k]; i++)
            j->symbols[k][i] = (uint16_t)text_code(t.codes, t.width, i);
    }
}

/* The row of a symbol: a vector for each word of the group's patterns. */
static uint64_t *row_at(struct count_jaro *j, const struct group *g, uint32_t symbol)
{
    return (uint64_t *)(void *)j->rows + (size_t)symbol * g->words * j->kernels->lanes;
}

/* Writes the places of the texts of a group into the rows. */
static void load_group(struct count_jaro *j, const struct group *g, uint32_t block)
{
    for (uint32_t lane = g->begin; lane < g->end; lane++) {
        const struct text t = text_of_b(j, block + lane);
        for (uint32_t i = 0; i < t.n; i++)
            row_at(j, g,
                   text_code(t.codes, t.width, i))[i / 64 * j->kernels->lanes + lane - g->begin] |=
                1ull << i % 64;
        j->loaded += t.n;
    }
}

static void clear_group(struct count_jaro *j, const struct group *g, uint32_t block)
{
    const size_t bytes = (size_t)g->words * j->kernels->lanes * sizeof(uint64_t);
    for (uint32_t lane = g->begin; lane < g->end; lane++) {
        const struct text t = text_of_b(j, block + lane);
        for (uint32_t i = 0; i < t.n; i++)
            memset(row_at(j, g, text_code(t.codes, t.width, i)), 0, bytes);
    }
}

/* ---- Groups ----------------------------------------------------------------------------------*/

/* What is the same for all texts that are compared with a group. */
struct group_run {
    struct count_jaro *j;
    const struct count_jaro_sink *sink;
    const struct count_passed *passed;
    const struct group *group;
    uint32_t block;                          /* the position of lane 0 */
    uint32_t n, number[JARO_WIDE_TEXTS_MAX]; /* texts of one length, by their number in `passed` */
};

/* The lanes of a group that have passed, the first of the group in the lowest bit. */
static uint64_t lanes_of(const struct count_passed *p, const struct group *g)
{
    const uint32_t word = g->begin / 64, shift = g->begin % 64;
    uint64_t lanes = p->lane[word] >> shift;
    if (shift && word + 1 < SET_PLANE_WORDS)
        lanes |= p->lane[word + 1] << (64 - shift);
    return lanes & ((1ull << (g->end - g->begin)) - 1);
}

static void take_hit(const struct group_run *r, const struct jaro_hit *h, uint32_t la)
{
    const struct count_jaro *j = r->j;
    const struct count_passed *p = &r->passed[r->number[h->text]];
    if (!(lanes_of(p, r->group) >> h->lane & 1))
        return;
    const double score = metric_jaro_similarity(la, r->group->length, h->common, h->crossed / 2,
                                                h->prefix, j->winkler);
    if (join_takes(j->job, score))
        r->sink->match(r->sink->to, (struct count_hit){p->a, r->block + r->group->begin + h->lane},
                       score);
}

static void run_texts(struct group_run *r)
{
    struct count_jaro *j = r->j;
    const uint16_t *text[JARO_WIDE_TEXTS_MAX];
    if (r->n == 0)
        return;
    const uint32_t la = j->length[r->number[0]], at_once = j->kernels->texts_at_once;
    const struct limits *l = limits_of(j, la, r->group);
    const struct jaro_wide_block block = {.rows = j->rows,
                                          .window = l->window,
                                          .words = r->group->words,
                                          .near = l->near,
                                          .common_least = l->common_least,
                                          .crossed_most = &l->crossed_most};
    for (uint32_t i = 0; i < r->n; i++)
        text[i] = j->symbols[r->number[i]];
    const size_t n_hits = j->kernels->scan(&block, text, la, r->n, j->hits);
    for (size_t i = 0; i < n_hits; i++)
        take_hit(r, &j->hits[i], la);
    j->steps += (uint64_t)(r->n + at_once - 1) / at_once * at_once * la * r->group->words;
    r->n = 0;
}

static void leave(const struct group_run *r, const struct count_passed *p)
{
    for (uint64_t lanes = lanes_of(p, r->group); lanes; lanes &= lanes - 1)
        r->sink->rest(r->sink->to, (struct count_hit){p->a, r->block + r->group->begin +
                                                                (uint32_t)__builtin_ctzll(lanes)});
}

/* Of many groups no text has passed, so rows are written when the first one asks for them. */
static void run_group(struct group_run *r, uint32_t n)
{
    struct count_jaro *j = r->j;
    const uint32_t length = r->group->length;
    const bool fits = j->narrow && length > 0 && length <= JARO_WIDE_LENGTH;
    bool loaded = false;
    for (uint32_t k = 0; k < n; k++) {
        if (!lanes_of(&r->passed[k], r->group))
            continue;
        if (!fits || j->length[k] == 0) {
            leave(r, &r->passed[k]);
            continue;
        }
        if (r->n == JARO_WIDE_TEXTS_MAX || (r->n && j->length[r->number[0]] != j->length[k]))
            run_texts(r);
        if (!loaded)
            load_group(j, r->group, r->block);
        loaded = true;
        r->number[r->n++] = k;
    }
    run_texts(r);
    if (loaded)
        clear_group(j, r->group, r->block);
}

void count_jaro_block(struct count_jaro *j, const struct count_jaro_sink *sink,
                      const struct count_passed *passed, uint32_t n, uint32_t begin, uint32_t end)
{
    struct group g = {0};
    struct group_run run = {.j = j, .sink = sink, .passed = passed, .group = &g, .block = begin};
    load_texts(j, passed, n);
    for (uint32_t lane = 0; lane < end - begin; lane = g.end) {
        const uint32_t length = text_of_b(j, begin + lane).n;
        const uint32_t length_end = least(end, j->b.begin[length + 1]) - begin;
        g = (struct group){lane, least(length_end, lane + j->kernels->lanes), length,
                           (length + 63) / 64};
        run_group(&run, n);
    }
}

/* ---- Seconds ---------------------------------------------------------------------------------*/

uint64_t count_jaro_steps(const struct count_jaro *j)
{
    return j->steps;
}

uint64_t count_jaro_loaded(const struct count_jaro *j)
{
    return j->loaded;
}

double count_jaro_pair_steps(double characters_a, double characters_b)
{
    const double words = fmax(1, characters_b / 64 + 0.5); /* half of the last one is empty */
    return characters_a * words / jaro_wide_kernels()->lanes;
}
