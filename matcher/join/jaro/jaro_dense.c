/* Rectangles of pairs: blocks of patterns of one length against runs of texts of one length. */
#include "matcher/join/jaro/jaro_dense.h"

#include <stdlib.h>
#include <string.h>

#define TILE_SYMBOLS 65536u /* texts that are recoded together: they stay in the L2 cache */
#define TILE_SPANS 256u
#define HITS_AT_ONCE 64u
#define LANE_LENGTH 64u /* characters of the longest pattern that fits a lane */
_Static_assert(JARO_TALLY_LENGTH == JARO_SCORE_LENGTH, "pairs are counted by scores in a table");

/* Texts of one length in a tile. */
struct dense_span {
    uint32_t length;
    uint32_t begin, end; /* positions */
    uint32_t symbol;     /* where the first begins */
};

struct jaro_dense {
    const struct jaro_scan_kernels *kernels;
    struct metric_state *metric;            /* for patterns that fit no lane */
    char *rows;                             /* a vector a code; zero between blocks */
    uint16_t *symbols;                      /* a tile of texts */
    uint32_t *text_place;                   /* of the texts of the tile */
    uint32_t *text_rows;                    /* how many rows have it; where pairs are counted */
    uint32_t pattern_place[JARO_LANES_MAX]; /* of the patterns of the block */
    uint32_t tile_begin;
    struct dense_span span[TILE_SPANS];
    uint32_t n_spans;
    uint64_t *window; /* which places of the pattern may match place i of the text, a bit each … */
    uint32_t window_pattern, window_text; /* … for a pattern and a text of these lengths */
    struct jaro_tally tally;
    struct jaro_hit hits[JARO_SCAN_TEXTS_MAX * JARO_LANES_MAX];
};

bool jaro_dense_open(struct jaro_dense **d, const struct join_job *job, struct err *e)
{
    const struct dictionary *dictionary = job->dictionary;
    size_t rows_bytes = (dictionary->alphabet.n_codes + 1ull) * JARO_VECTOR_BYTES;
    struct jaro_dense *s = *d = calloc(1, sizeof *s);
    if (s) {
        s->kernels = jaro_scan_kernels();
        s->rows = aligned_alloc(JARO_VECTOR_BYTES, rows_bytes);
        s->symbols = malloc((TILE_SYMBOLS + (size_t)dictionary->max_length) * sizeof *s->symbols);
        s->text_place = malloc((TILE_SYMBOLS + 1) * sizeof *s->text_place); /* one may be empty */
        s->text_rows = malloc((TILE_SYMBOLS + 1) * sizeof *s->text_rows);
        s->window = calloc(dictionary->max_length + 1ull, sizeof *s->window);
    }
    if (!s || !s->rows || !s->symbols || !s->text_place || !s->text_rows || !s->window)
        err_set(e, ERR_OS, NULL, "no memory for the jaro join");
    else if (metric_open(&s->metric, &job->use, &dictionary->alphabet, dictionary->max_length, e)) {
        memset(s->rows, 0, rows_bytes);
        return true;
    }
    jaro_dense_close(s);
    *d = NULL;
    return false;
}

void jaro_dense_close(struct jaro_dense *d)
{
    if (!d)
        return;
    metric_close(d->metric);
    free(d->rows);
    free(d->symbols);
    free(d->text_place);
    free(d->text_rows);
    free(d->window);
    free(d);
}

/* ---- Blocks ----------------------------------------------------------------------------------*/

static uint32_t position_of(const struct jaro_range *range, uint32_t i)
{
    return range->position ? range->position[i] : i;
}

static uint32_t place_of(const struct jaro_range *range, uint32_t i)
{
    return range->texts->side.place[position_of(range, i)];
}

/* The end of the run of values of one length that begins at i. */
static uint32_t run_end(const struct jaro_range *range, uint32_t i, uint32_t length)
{
    uint32_t end = range->end, position = range->texts->side.begin[length + 1];
    while (i < end) {
        uint32_t middle = i + (end - i) / 2;
        if (position_of(range, middle) < position)
            i = middle + 1;
        else
            end = middle;
    }
    return i;
}

static uint32_t lane_size(uint32_t length)
{
    return length <= 8 ? 0 : length <= 16 ? 1 : length <= 32 ? 2 : 3;
}

/* Writes the places of each code of n patterns into the rows. */
static void fill_block(struct jaro_dense *d, const struct jaro_range *patterns, uint32_t first,
                       uint32_t n, uint32_t length)
{
    uint32_t lane_bytes = 1u << lane_size(length);
    for (uint32_t lane = 0; lane < n; lane++) {
        struct text t = jaro_text(patterns->texts, position_of(patterns, first + lane), length);
        d->pattern_place[lane] = place_of(patterns, first + lane);
        for (uint32_t i = 0; i < t.n; i++) {
            size_t code = text_code(t.codes, t.width, i);
            d->rows[code * d->kernels->vector_bytes + lane * lane_bytes + i / 8] |=
                (char)(1u << i % 8);
        }
    }
}

static void clear_block(struct jaro_dense *d, const struct jaro_range *patterns, uint32_t first,
                        uint32_t n, uint32_t length)
{
    for (uint32_t lane = 0; lane < n; lane++) {
        struct text t = jaro_text(patterns->texts, position_of(patterns, first + lane), length);
        for (uint32_t i = 0; i < t.n; i++)
            memset(d->rows + (size_t)text_code(t.codes, t.width, i) * d->kernels->vector_bytes, 0,
                   JARO_VECTOR_BYTES); /* the next row may go, too: all do */
    }
}

/* For each place of a text, the places of a pattern that are within reach. */
static void fill_window(struct jaro_dense *d, uint32_t pattern, uint32_t text)
{
    if (d->window_pattern == pattern && d->window_text == text)
        return;
    uint32_t longer = pattern > text ? pattern : text, reach = jaro_reach(longer);
    uint64_t all = pattern == 64 ? ~0ull : (1ull << pattern) - 1;
    for (uint32_t i = 0; i < text; i++) {
        uint32_t from = i > reach ? i - reach : 0, to = i + reach + 1;
        uint64_t below = to >= 64 ? ~0ull : (1ull << to) - 1;
        d->window[i] = from >= 64 ? 0 : all & below & (~0ull << from);
    }
    d->window_pattern = pattern;
    d->window_text = text;
}

/* What the block is to find among texts of a length; false if nothing can match. */
static bool fill_limits(struct jaro_block *block, const struct jaro_rectangle *r, uint32_t pattern,
                        uint32_t text)
{
    bool winkler = r->rule->at->winkler;
    uint32_t least = INT8_MAX;
    for (unsigned l = 0; l < JARO_PREFIXES; l++) {
        uint32_t min = JARO_NEVER;
        if (l >= r->prefix_min && l <= r->prefix_max)
            min = jaro_common_min(r->rule, pattern, text, winkler ? l : 0);
        block->common_min[l] = min > LANE_LENGTH ? INT8_MAX : (int8_t)min;
        least = min < least ? min : least;
    }
    block->common_least = (int8_t)least;
    return least != INT8_MAX;
}

/* ---- Running ---------------------------------------------------------------------------------*/

/* A run: a block of n patterns at `first`, texts of one length at `text`. */
struct dense_run {
    const struct jaro_rectangle *r;
    struct jaro_block block;
    uint32_t pattern_length, text_length;
    uint32_t first, n, text;
};

static void put(const struct jaro_rectangle *r, uint32_t p, uint32_t t, double score)
{
    bool swap = r->job->self ? p > t : !r->pattern_is_a;
    join_put(r->sink, swap ? t : p, swap ? p : t, score);
    r->stats->matches++;
}

/* Some hits. Whether one matches can't be foretold, so it is no branch. */
static void take_some(const struct jaro_dense *d, const struct dense_run *run,
                      const struct jaro_hit *hits, size_t n)
{
    const struct jaro_rectangle *r = run->r;
    const uint32_t *text_place = d->text_place + (run->text - d->tile_begin);
    const bool winkler = r->rule->at->winkler;
    const struct jaro_hit *match[HITS_AT_ONCE];
    double score[HITS_AT_ONCE];
    size_t n_matches = 0;
    for (size_t i = 0; i < n; i++) {
        const struct jaro_hit *h = match[n_matches] = &hits[i];
        const double s = score[n_matches] =
            jaro_score(r->rule, run->pattern_length, run->text_length, h->common, h->crossed,
                       winkler ? h->prefix : 0);
        const bool twice = r->triangle & (run->first + h->lane > run->text + h->text);
        n_matches += (s >= r->rule->at->need) & (h->lane < run->n) & !twice;
    }
    for (size_t i = 0; i < n_matches; i++)
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): each is set before it counts */
        put(r, d->pattern_place[match[i]->lane], text_place[match[i]->text], score[i]);
}

static void take_hits(const struct jaro_dense *d, const struct dense_run *run, size_t n)
{
    for (size_t i = 0; i < n; i += HITS_AT_ONCE)
        take_some(d, run, d->hits + i, n - i < HITS_AT_ONCE ? n - i : HITS_AT_ONCE);
}

/* ---- Counting --------------------------------------------------------------------------------*/

/* How many crossed characters, at most, pairs of a cell with so many in common may have; -1: none
 * matches. False if that is no limit, since more crossed ones match again. */
static bool crossed_most(const struct jaro_rule *rule, const struct jaro_cell *cell,
                         uint32_t common, int8_t *most)
{
    const double *score = &rule->score[cell->score_at + (common - cell->common_min) * cell->halves];
    uint32_t n = 0, matches = 0;
    while (n < cell->halves && score[n] >= rule->at->need)
        n++;
    for (uint32_t t = 0; t < cell->halves; t++)
        matches += score[t] >= rule->at->need;
    *most = (int8_t)(2 * (int32_t)n - 1); /* an odd one more is no transposition more */
    return matches == n;
}

/* What pairs of two lengths and the prefix of a rectangle must have. False if that is not said by
 * limits, so that each pair has to be scored. */
static bool fill_tally_limits(struct jaro_tally_limits *limits, const struct jaro_rectangle *r,
                              uint32_t pattern, uint32_t text)
{
    const bool winkler = r->rule->at->winkler;
    if (pattern > JARO_TALLY_LENGTH || text > JARO_TALLY_LENGTH ||
        (winkler && r->prefix_min + 1 < JARO_PREFIXES))
        return false;
    const struct jaro_cell *cell =
        &r->rule->cell[jaro_cell_number(pattern, text, winkler ? r->prefix_min : 0)];
    *limits = (struct jaro_tally_limits){.common_least = cell->common_min,
                                         .common_most = cell->common_end - 1u,
                                         .prefix_least = r->prefix_min};
    bool limited = true;
    for (uint32_t m = cell->common_min; m < cell->common_end; m++)
        limited = crossed_most(r->rule, cell, m, &limits->crossed_most[m]) && limited;
    return limited;
}

/* How many of the next n texts can be counted in one call: their rows must fit a lane. */
static uint32_t countable(const struct jaro_dense *d, const struct dense_run *run, uint32_t n)
{
    const uint32_t *rows = d->text_rows + (run->text - d->tile_begin);
    const uint64_t most = (1ull << (8u << lane_size(run->pattern_length))) - 1;
    uint64_t sum = 0;
    uint32_t k = 0;
    while (k < n && sum + rows[k] <= most)
        sum += rows[k++];
    return k;
}

static void count_texts(struct jaro_dense *d, const struct dense_run *run,
                        const struct jaro_tally_limits *limits, const uint16_t *symbols, uint32_t n)
{
    const struct jaro_rectangle *r = run->r;
    const struct side *patterns = r->pattern_is_a ? r->job->a : r->job->b;
    d->kernels->tally[lane_size(run->pattern_length)](
        &run->block, limits, symbols, run->text_length, d->text_rows + (run->text - d->tile_begin),
        n, &d->tally);
    for (uint32_t lane = 0; lane < run->n; lane++) {
        r->stats->matches += d->tally.pairs[lane];
        *r->sink->rows +=
            (uint64_t)d->tally.weight[lane] * side_multiplicity(patterns, d->pattern_place[lane]);
    }
}

/* ---- Spans -----------------------------------------------------------------------------------*/

/* May pairs of the run be counted, so that none of them has to be put? In a triangle that holds
 * where all patterns are before all texts. */
static bool counts(const struct dense_run *run, const struct dense_span *span,
                   struct jaro_tally_limits *limits)
{
    const struct jaro_rectangle *r = run->r;
    return r->sink->rows && (!r->triangle || run->first + run->n <= span->begin) &&
           fill_tally_limits(limits, r, run->pattern_length, run->text_length);
}

static void run_span(struct jaro_dense *d, struct dense_run *run, const struct dense_span *span)
{
    jaro_scan_fn *kernel = d->kernels->scan[lane_size(run->pattern_length)];
    const uint16_t *symbols = d->symbols + span->symbol;
    struct jaro_tally_limits limits;
    const bool counted = counts(run, span, &limits);
    for (uint32_t n, tally; run->text < span->end; run->text += n) {
        n = span->end - run->text;
        n = n < JARO_SCAN_TEXTS_MAX ? n : JARO_SCAN_TEXTS_MAX;
        tally = counted ? countable(d, run, n) : 0;
        if (tally)
            count_texts(d, run, &limits, symbols, n = tally);
        else
            take_hits(d, run, kernel(&run->block, symbols, span->length, n, d->hits));
        run->r->stats->verified += (uint64_t)n * run->n;
        symbols += (size_t)n * span->length;
    }
}

/* A block of n patterns against the tile. */
static void run_block(struct jaro_dense *d, const struct jaro_rectangle *r, uint32_t first,
                      uint32_t n, uint32_t length)
{
    struct dense_run run = {.r = r,
                            .block = {.rows = d->rows, .window = d->window},
                            .pattern_length = length,
                            .first = first,
                            .n = n};
    fill_block(d, &r->pattern, first, n, length);
    for (uint32_t i = 0; i < d->n_spans; i++) {
        const struct dense_span *span = &d->span[i];
        run.text_length = span->length;
        if (!fill_limits(&run.block, r, length, span->length) ||
            (r->triangle && span->end <= first))
            continue;
        fill_window(d, length, span->length);
        run.text = span->begin;
        run_span(d, &run, span);
    }
    clear_block(d, &r->pattern, first, n, length);
}

/* Recodes texts from `begin` on until the tile is full; returns where the rest begins. `side` has
 * their rows. */
static uint32_t load_tile(struct jaro_dense *d, const struct jaro_range *texts,
                          const struct side *side, uint32_t begin)
{
    uint32_t n = 0, t = begin, length = 0;
    d->tile_begin = begin;
    for (d->n_spans = 0; t < texts->end && n < TILE_SYMBOLS && d->n_spans < TILE_SPANS;) {
        length = jaro_length(texts->texts, position_of(texts, t), length);
        struct dense_span *span = &d->span[d->n_spans++];
        *span = (struct dense_span){.length = length, .begin = t, .symbol = n};
        for (uint32_t end = run_end(texts, t, length); t < end && n < TILE_SYMBOLS; t++) {
            struct text text = jaro_text(texts->texts, position_of(texts, t), length);
            for (uint32_t i = 0; i < length; i++)
                d->symbols[n++] = (uint16_t)text_code(text.codes, text.width, i);
            d->text_place[t - begin] = place_of(texts, t);
            d->text_rows[t - begin] = side_multiplicity(side, d->text_place[t - begin]);
        }
        span->end = t;
    }
    return t;
}

static uint32_t prefix_of(struct text a, struct text b)
{
    uint32_t n = 0;
    while (n + 1 < JARO_PREFIXES && n < a.n && n < b.n &&
           text_code(a.codes, a.width, n) == text_code(b.codes, b.width, n))
        n++;
    return n;
}

/* A pattern too long for a lane against the texts of the tile. */
static void run_long(struct jaro_dense *d, const struct jaro_rectangle *r, uint32_t pattern)
{
    const struct dictionary *dictionary = r->job->dictionary;
    const struct side *side_p = r->pattern_is_a ? r->job->a : r->job->b;
    const struct side *side_t = r->pattern_is_a ? r->job->b : r->job->a;
    struct text p = dictionary_text(dictionary, side_p->value[place_of(&r->pattern, pattern)]);
    for (uint32_t i = 0; i < d->n_spans; i++) {
        const struct dense_span *span = &d->span[i];
        uint32_t t = r->triangle && pattern > span->begin ? pattern : span->begin;
        if (jaro_common_least(r->rule, p.n, span->length) == JARO_NEVER)
            continue;
        for (; t < span->end; t++) {
            struct text text = dictionary_text(dictionary, side_t->value[place_of(&r->text, t)]);
            uint32_t prefix = prefix_of(p, text);
            if (prefix < r->prefix_min || prefix > r->prefix_max)
                continue;
            double score = metric_score(d->metric, p, text);
            r->stats->verified++;
            if (score >= r->job->need)
                put(r, place_of(&r->pattern, pattern), place_of(&r->text, t), score);
        }
    }
}

void jaro_dense_run(struct jaro_dense *d, const struct jaro_rectangle *r)
{
    for (uint32_t begin = r->text.begin, end; begin < r->text.end; begin = end) {
        end = load_tile(d, &r->text, r->pattern_is_a ? r->job->b : r->job->a, begin);
        for (uint32_t p = r->pattern.begin, length = 0, n; p < r->pattern.end; p += n) {
            length = jaro_length(r->pattern.texts, position_of(&r->pattern, p), length);
            n = 1;
            if (length > LANE_LENGTH) {
                run_long(d, r, p);
                continue;
            }
            uint32_t lanes = d->kernels->vector_bytes >> lane_size(length);
            n = run_end(&r->pattern, p, length) - p;
            n = n < lanes ? n : lanes;
            run_block(d, r, p, n, length);
        }
    }
}
