/* Batches of candidates. Short values are gathered as they are, by size. Else the value of A gives
 * the pattern, as a table of offsets by code, and the values of B give the texts. */
#include "matcher/join/jaro/jaro_verify.h"
#include "matcher/kernel/kernel_jaro.h"

#include <stdlib.h>
#include <string.h>

#define NO_POSITION UINT32_MAX

struct candidate {
    uint32_t a, b; /* positions */
    uint8_t length_a, length_b;
};

/* Pairs of short values. */
struct short_batch {
    struct jaro_shorts texts;
    uint32_t n, longest_a, longest_b;
    struct candidate candidate[JARO_LANES_MAX];
};

struct jaro_verify {
    struct jaro_batch batch;
    const struct jaro_scan_kernels *kernels;
    const struct jaro_verify_task *task;
    uint64_t *places; /* of the pattern, by code */
    struct text pattern;
    uint32_t pattern_position;
    uint32_t size;        /* of the lanes of the batch: 0 … 3 */
    uint32_t n, capacity; /* candidates in the batch */
    uint32_t longest;     /* text in the batch */
    struct candidate candidate[JARO_LANES_MAX];
    struct short_batch shorts[JARO_SHORT_SIZES];
};

bool jaro_verify_open(struct jaro_verify **v, const struct join_job *job, struct err *e)
{
    size_t bytes = (sizeof(struct jaro_verify) + 63) / 64 * 64;
    struct jaro_verify *s = *v = aligned_alloc(64, bytes);
    if (!s)
        return err_set(e, ERR_OS, NULL, "no memory for the jaro join");
    memset(s, 0, bytes);
    s->kernels = jaro_scan_kernels();
    s->pattern_position = NO_POSITION;
    s->places = calloc(job->dictionary->alphabet.n_codes + 1ull, sizeof *s->places);
    if (s->places)
        return true;
    jaro_verify_close(s);
    *v = NULL;
    return err_set(e, ERR_OS, NULL, "no memory for the jaro join");
}

void jaro_verify_close(struct jaro_verify *v)
{
    if (!v)
        return;
    free(v->places);
    free(v);
}

/* ---- Results ---------------------------------------------------------------------------------*/

static void put(const struct jaro_verify_task *t, uint32_t a, uint32_t b, double score)
{
    uint32_t place_a = t->a->side.place[a], place_b = t->b->side.place[b];
    bool swap = t->job->self && place_a > place_b;
    join_put(t->sink, swap ? place_b : place_a, swap ? place_a : place_b, score);
    t->stats->matches++;
}

struct match {
    uint32_t a, b; /* positions */
    double score;
};

/* Has memory fetch what matches are reported by. */
static void fetch_places(const struct jaro_verify_task *t, const struct match *match, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        __builtin_prefetch(&t->a->side.place[match[i].a]);
        __builtin_prefetch(&t->b->side.place[match[i].b]);
    }
}

/* Whether a candidate matches can't be foretold, so it is no branch. */
static void take(const struct jaro_verify_task *t, const struct candidate *candidate, uint32_t n,
                 const uint8_t *common, const uint8_t *half_transpositions)
{
    struct match match[JARO_LANES_MAX] = {0};
    uint32_t n_matches = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct candidate *c = &candidate[i];
        const double score = jaro_score(t->rule, c->length_a, c->length_b, common[i],
                                        half_transpositions[i], t->prefix);
        match[n_matches] = (struct match){c->a, c->b, score};
        n_matches += score >= t->rule->at->need;
    }
    fetch_places(t, match, n_matches);
    for (uint32_t i = 0; i < n_matches; i++)
        put(t, match[i].a, match[i].b, match[i].score);
    t->stats->verified += n;
}

static void flush_shorts(struct jaro_verify *v, uint32_t size)
{
    struct short_batch *s = &v->shorts[size];
    uint8_t common[JARO_LANES_MAX], half_transpositions[JARO_LANES_MAX];
    if (s->n == 0)
        return;
    v->kernels->shorts[size](&s->texts, s->longest_a, s->longest_b, common, half_transpositions);
    take(v->task, s->candidate, s->n, common, half_transpositions);
    s->n = s->longest_a = s->longest_b = 0;
}

static void flush(struct jaro_verify *v)
{
    uint8_t common[JARO_LANES_MAX], half_transpositions[JARO_LANES_MAX];
    if (v->n == 0)
        return;
    v->kernels->pairs[v->size](&v->batch, v->longest, common, half_transpositions);
    take(v->task, v->candidate, v->n, common, half_transpositions);
    memset(v->batch.places, 0, v->longest * sizeof *v->batch.places);
    v->n = v->longest = 0;
}

/* ---- Batches ---------------------------------------------------------------------------------*/

static void forget_pattern(struct jaro_verify *v)
{
    for (uint32_t i = 0; i < v->pattern.n; i++)
        v->places[text_code(v->pattern.codes, v->pattern.width, i)] = 0;
    v->pattern.n = 0;
    v->pattern_position = NO_POSITION;
}

static void set_pattern(struct jaro_verify *v, uint32_t position, struct text pattern)
{
    uint32_t size = pattern.n <= 16 ? 1 : pattern.n <= 32 ? 2 : 3;
    forget_pattern(v);
    for (uint32_t i = 0; i < pattern.n; i++)
        v->places[text_code(pattern.codes, pattern.width, i)] |= 1ull << i;
    v->pattern = pattern;
    v->pattern_position = position;
    if (size != v->size)
        flush(v);
    v->size = size;
    v->capacity = v->kernels->vector_bytes >> size;
}

static inline __attribute__((always_inline)) void
scatter(struct jaro_verify *v, struct text text, const uint32_t width, const uint32_t lane_bytes)
{
    char *out = v->batch.places[0] + v->n * lane_bytes;
    for (uint32_t i = 0; i < text.n; i++, out += JARO_VECTOR_BYTES) {
        uint64_t places = v->places[text_code(text.codes, width, i)];
        memcpy(out, &places, lane_bytes); /* little endian */
    }
}

static inline __attribute__((always_inline)) void add_text(struct jaro_verify *v, struct text text,
                                                           uint64_t window, uint64_t reach,
                                                           const uint32_t lane_bytes)
{
    if (text.width == 1)
        scatter(v, text, 1, lane_bytes);
    else if (text.width == 2)
        scatter(v, text, 2, lane_bytes);
    else
        scatter(v, text, 4, lane_bytes);
    memcpy(v->batch.window + v->n * lane_bytes, &window, lane_bytes);
    memcpy(v->batch.reach + v->n * lane_bytes, &reach, lane_bytes);
}

static struct candidate candidate_of(uint32_t a, uint32_t length_a, uint32_t b, uint32_t length_b)
{
    return (struct candidate){a, b, (uint8_t)length_a, (uint8_t)length_b};
}

void jaro_verify_short(struct jaro_verify *v, struct jaro_short a, struct jaro_short b)
{
    const uint32_t longer = a.length > b.length ? a.length : b.length;
    const uint32_t size = longer > JARO_SHORT_LENGTH(0), words = JARO_SHORT_LENGTH(size) / 8;
    struct short_batch *s = &v->shorts[size];
    const uint32_t n = s->n++, slot = jaro_short_slot(n, v->kernels->vector_bytes);
    for (uint32_t word = 0; word < words; word++) {
        memcpy(&s->texts.a[word][slot], a.codes + 8 * word, 8);
        memcpy(&s->texts.b[word][slot], b.codes + 8 * word, 8);
    }
    s->texts.length_a[n] = (uint8_t)a.length;
    s->texts.length_b[n] = (uint8_t)b.length;
    s->longest_a = a.length > s->longest_a ? a.length : s->longest_a;
    s->longest_b = b.length > s->longest_b ? b.length : s->longest_b;
    s->candidate[n] = candidate_of(a.position, a.length, b.position, b.length);
    if (s->n == v->kernels->vector_bytes)
        flush_shorts(v, size);
}

void jaro_verify_pair(struct jaro_verify *v, uint32_t a, struct text text_a, uint32_t b,
                      struct text text_b)
{
    uint32_t longer = text_a.n > text_b.n ? text_a.n : text_b.n;
    if (a != v->pattern_position)
        set_pattern(v, a, text_a);
    uint64_t reach = jaro_reach(longer);
    uint64_t window = reach >= 63 ? ~0ull : (2ull << reach) - 1;
    if (v->size == 1)
        add_text(v, text_b, window, reach, 2);
    else if (v->size == 2)
        add_text(v, text_b, window, reach, 4);
    else
        add_text(v, text_b, window, reach, 8);
    v->candidate[v->n++] = candidate_of(a, text_a.n, b, text_b.n);
    v->longest = text_b.n > v->longest ? text_b.n : v->longest;
    if (v->n == v->capacity)
        flush(v);
}

void jaro_verify_begin(struct jaro_verify *v, const struct jaro_verify_task *task)
{
    v->task = task;
}

void jaro_verify_end(struct jaro_verify *v)
{
    for (uint32_t size = 0; size < JARO_SHORT_SIZES; size++)
        flush_shorts(v, size);
    flush(v);
    forget_pattern(v);
    v->task = NULL;
}
