/* The join of sets of words: token_set_ratio.
 *
 * Texts with a word in common are joined in groups: the group of a word is the texts that have it.
 * Where groups have more pairs than both sides, as when all texts share a word, one group has all
 * texts. In a group bit planes count for 512 pairs at once (token_blocks.h). For texts without a
 * word in common the metric is another one (metric.apart). The join that is best for that one finds
 * them, in an index of its own within the index here; what it finds with a word in common is
 * dropped. */
#include "core/shm.h"
#include "matcher/join/score_cost.h"
#include "matcher/join/token/token_blocks.h"

#include <math.h>
#include <stdlib.h>

#define ITEMS_WANTED 500u
#define ITEM_STEPS_LEAST 1000.0 /* a step is one text against one block */
#define ITEM_STEPS_MOST 200000.0
#define SECONDS_A_STEP 45e-9 /* these are for texts of TYPICAL_LENGTH characters */
#define TYPICAL_LENGTH 14.0
#define SECONDS_A_TEXT 500e-9 /* finding its words */
#define SECONDS_A_DECISION 250e-9
#define SAMPLE_TEXTS 1000u /* of a side, for the cost */
#define SAMPLE_CHARACTERS 40000u
#define SAMPLE_PAIRS_BUFFER 64u

struct token_head {
    struct token_words_at words;
    uint64_t items_at;
    struct join_inner apart; /* the other join; its items come first */
    uint32_t n_items;        /* of groups */
};

/* The groups of words first .. end - 1, whole; or, if it is one, this range of B's texts in it.
 * TOKEN_NO_PIVOT: all texts. */
struct token_item {
    uint32_t first, end;
    uint32_t y_begin, y_end; /* 0, 0: whole */
};

static const struct token_head *token_head(struct shm_view index)
{
    return shm_at(index, SHM_HEAD_AT, struct token_head);
}

static bool can_do(const struct join_job *job)
{
    return job->prune && job->use.metric->apart && job->use.formed &&
           job->use.view == METRIC_NORMALIZED_SIMILARITY;
}

/* The job of finding the pairs without a word in common. */
static struct join_job apart_job(const struct join_job *job)
{
    struct join_job apart = *job;
    apart.use = (struct metric_use){.metric = job->use.metric->apart};
    return apart;
}

/* ---- Items -----------------------------------------------------------------------------------*/

struct cut {
    const struct token_words *words;
    bool self;
    double item_steps;        /* that an item is to have */
    struct token_item *items; /* NULL: only counts */
    uint64_t n;
};

static struct token_list list_of(const struct token_words *w, unsigned side, uint32_t word)
{
    return word == TOKEN_NO_PIVOT ? w->side[side].worded : token_list_of(&w->side[side], word);
}

/* A measure of the work in a group. */
static double steps_of(uint32_t n_x, uint32_t n_y, bool self)
{
    const uint32_t blocks = (n_y + SET_LANES - 1) / SET_LANES;
    return n_x == 0 || n_y == 0 ? 0 : (self ? 0.5 : 1) * n_x * blocks + 0.1 * n_y;
}

static double group_steps(const struct token_words *w, uint32_t word, bool self)
{
    return steps_of(list_of(w, 0, word).n, list_of(w, 1, word).n, self);
}

static void cut_add(struct cut *c, struct token_item item)
{
    if (c->items)
        c->items[c->n] = item;
    c->n++;
}

/* Cuts a large group into ranges of B. */
static void cut_group(struct cut *c, uint32_t word)
{
    const uint32_t n_x = list_of(c->words, 0, word).n, n_y = list_of(c->words, 1, word).n;
    const double blocks = fmax(1, fmin(c->item_steps / n_x, UINT32_MAX / SET_LANES / 2));
    const uint32_t step = (uint32_t)blocks * SET_LANES;
    for (uint32_t y = 0; y < n_y; y += step)
        cut_add(c, (struct token_item){word, word + 1, y, n_y - y < step ? n_y : y + step});
}

/* Cuts the groups of all words: small ones together, large ones by themselves. */
static void cut_groups(struct cut *c)
{
    uint32_t first = 0;
    double steps = 0;
    for (uint32_t i = 0; i < c->words->n_words; i++) {
        const double more = group_steps(c->words, i, c->self);
        steps += more;
        if (steps < c->item_steps)
            continue;
        const uint32_t end = more < c->item_steps ? i + 1 : i;
        if (end > first)
            cut_add(c, (struct token_item){.first = first, .end = end});
        if (end == i)
            cut_group(c, i);
        first = i + 1;
        steps = 0;
    }
    if (first < c->words->n_words)
        cut_add(c, (struct token_item){.first = first, .end = c->words->n_words});
}

static void cut_all(struct cut *c, bool whole)
{
    c->n = 0;
    if (!whole)
        cut_groups(c);
    else if (c->words->side[0].worded.n)
        cut_group(c, TOKEN_NO_PIVOT);
}

/* ---- Build -----------------------------------------------------------------------------------*/

static bool build_items(const struct join_job *job, struct token_head *h, struct shm *index,
                        struct err *e)
{
    const struct token_words words = token_words_view(shm_view_of(index), &h->words);
    struct cut c = {.words = &words, .self = job->self};
    double in_groups = 0;
    for (uint32_t i = 0; i < words.n_words; i++)
        in_groups += group_steps(&words, i, job->self);
    const double of_all = group_steps(&words, TOKEN_NO_PIVOT, job->self);
    const bool whole = in_groups > of_all;
    const double each = (whole ? of_all : in_groups) / ITEMS_WANTED;
    c.item_steps = fmin(fmax(each, ITEM_STEPS_LEAST), ITEM_STEPS_MOST);
    cut_all(&c, whole);
    if (!join_check_items(c.n + h->apart.n_items, e))
        return false;
    h->n_items = (uint32_t)c.n;
    h->items_at = shm_alloc(index, "items of words", (c.n + 1ull) * sizeof *c.items, 64, e);
    if (!h->items_at)
        return false;
    c.items = shm_writable_array(index, h->items_at, struct token_item, c.n + 1ull);
    cut_all(&c, whole);
    return true;
}

static bool token_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                        struct err *e)
{
    struct token_head h = {0};
    const struct join_job apart = apart_job(job);
    const uint64_t at = shm_alloc(index, "words", sizeof h, 64, e);
    if (!at || !join_inner_build(&h.apart, &apart, "pairs without a common word", index, e) ||
        !token_words_build(job, &h.words, index, e) || !build_items(job, &h, index, e))
        return false;
    *n_items = h.apart.n_items + h.n_items;
    *shm_writable(index, at, struct token_head) = h;
    return true;
}

/* ---- Workers ---------------------------------------------------------------------------------*/

/* Where the other join puts its pairs. */
struct apart_sink {
    struct join_sink sink; /* first, so that flush finds the rest */
    struct join_pair buffer[256];
    struct token_task *task;
};

struct token_scratch {
    struct token_task task;
    const struct join *apart; /* open, or NULL */
    void *apart_scratch;
    struct join_job apart_job; /* which that scratch points to */
    struct apart_sink apart_sink;
};

/* Hands on what has no word in common. Two texts without words are equal, but score 0. */
static void flush_apart(struct join_sink *sink)
{
    struct apart_sink *s = (struct apart_sink *)(void *)sink;
    struct token_task *t = s->task;
    for (const struct join_pair *p = s->buffer; p < sink->next; p++) {
        uint32_t first = 0;
        if (token_n_words(&t->words.side[0], p->a) == 0 ||
            token_in_common(&t->words, p->a, p->b, &first))
            continue;
        t->stats->matches++;
        join_put(t->sink, p->a, p->b, p->score);
    }
    sink->next = s->buffer;
}

static void token_close(void *scratch)
{
    struct token_scratch *s = scratch;
    if (s && s->apart)
        s->apart->close(s->apart_scratch);
    if (s) {
        token_blocks_close(&s->task);
        metric_close(s->task.metric);
    }
    free(s);
}

/* Opens what groups need. */
static bool open_task(struct token_task *t, const struct join_job *job, struct shm_view index,
                      const struct token_words_at *words, struct err *e)
{
    t->job = job;
    t->kernels = set_kernels();
    t->words = token_words_view(index, words);
    return metric_open(&t->metric, &job->use, &job->dictionary->alphabet,
                       job->dictionary->max_length, e) &&
           token_blocks_open(t, e);
}

static struct shm_view apart_view(struct shm_view index)
{
    return join_inner_view(index, &token_head(index)->apart);
}

static bool token_open(const struct join_job *job, struct shm_view index, void **scratch,
                       struct err *e)
{
    const struct token_head *h = token_head(index);
    const struct join *join = join_at(h->apart.row);
    struct token_scratch *s = *scratch = calloc(1, sizeof *s);
    if (!s)
        return err_set(e, ERR_OS, NULL, "not enough memory for a join of words");
    s->apart_sink = (struct apart_sink){.sink.flush = flush_apart, .task = &s->task};
    s->apart_sink.sink.next = s->apart_sink.buffer;
    s->apart_sink.sink.end =
        s->apart_sink.buffer + sizeof s->apart_sink.buffer / sizeof *s->apart_sink.buffer;
    s->apart_job = apart_job(job);
    bool ok = open_task(&s->task, job, index, &h->words, e);
    if (ok && join->open(&s->apart_job, apart_view(index), &s->apart_scratch, e)) {
        s->apart = join;
        return true;
    }
    token_close(s);
    *scratch = NULL;
    return false;
}

static void run_apart(struct shm_view index, struct token_scratch *s, uint32_t item)
{
    struct join_stats *stats = s->task.stats, all = *stats;
    s->apart->run(&s->apart_job, apart_view(index), s->apart_scratch, item, &s->apart_sink.sink,
                  &all);
    flush_apart(&s->apart_sink.sink);
    all.matches = stats->matches;
    *stats = all;
}

static void run_groups(struct token_task *t, const struct token_item *item)
{
    for (uint32_t i = item->first; i != item->end; i++) {
        const struct token_list x = list_of(&t->words, 0, i), y = list_of(&t->words, 1, i);
        const bool part = item->y_end > 0;
        token_blocks_join(t, i, x, y, part ? item->y_begin : 0, part ? item->y_end : y.n);
    }
}

static void token_run(const struct join_job *job, struct shm_view index, void *scratch,
                      uint32_t item, struct join_sink *sink, struct join_stats *stats)
{
    const struct token_head *h = token_head(index);
    struct token_scratch *s = scratch;
    s->task.job = job;
    s->task.sink = sink;
    s->task.stats = stats;
    if (item < h->apart.n_items)
        run_apart(index, s, item);
    else
        run_groups(&s->task,
                   shm_at(index, h->items_at, struct token_item) + item - h->apart.n_items);
}

/* ---- Cost ------------------------------------------------------------------------------------*/

/* Takes values of a side, evenly spread; returns how many. */
static uint32_t sample_values(const struct join_job *job, const struct side *side, uint32_t *value,
                              double *characters)
{
    const double all = (double)side_characters(job->dictionary, side);
    uint32_t n = 0;
    *characters = 0;
    const uint32_t step =
        (uint32_t)fmax(side->n / SAMPLE_TEXTS, fmin(all / SAMPLE_CHARACTERS, side->n)) + 1;
    for (uint32_t i = 0; i < side->n; i += step) {
        value[n] = side->value[i];
        *characters += dictionary_length(job->dictionary, value[n++]);
    }
    return n;
}

/* A sink that forgets. */
struct forgetful {
    struct join_sink sink;
    struct join_pair buffer[SAMPLE_PAIRS_BUFFER];
};

static void forget(struct join_sink *sink)
{
    sink->next = ((struct forgetful *)(void *)sink)->buffer;
}

/* What the groups of a sample have. */
struct sampled {
    double pairs;     /* that share a word, once for each */
    double entries;   /* texts of A, once for each group */
    double decisions; /* pairs of two texts on which the metric decides */
};

static void run_sample(struct token_task *t, struct sampled *found)
{
    struct join_stats stats = {0};
    struct forgetful f = {.sink.flush = forget};
    f.sink.next = f.buffer;
    f.sink.end = f.buffer + SAMPLE_PAIRS_BUFFER;
    t->sink = &f.sink;
    t->stats = &stats;
    t->counts_always = true;
    for (uint32_t i = 0; i < t->words.n_words; i++) {
        const struct token_list x = list_of(&t->words, 0, i), y = list_of(&t->words, 1, i);
        found->pairs += (double)x.n * y.n;
        token_blocks_join(t, i, x, y, 0, y.n);
    }
    found->entries = (double)t->words.side[0].word_begin[t->words.side[0].n];
    const uint32_t alone = t->job->self ? t->words.side[0].worded.n : 0; /* a text with itself */
    t->sink = NULL;
    t->stats = NULL;
    found->decisions = (double)stats.verified - alone;
}

static bool sample_groups(const struct join_job *sample, struct sampled *found)
{
    struct token_words_at at;
    struct token_task task = {0};
    struct shm index;
    struct err e;
    if (!shm_create_private(&index, "a sample of words", 1u << 28, &e))
        return false;
    const bool ok = token_words_build(sample, &at, &index, &e) &&
                    open_task(&task, sample, shm_view_of(&index), &at, &e);
    if (ok)
        run_sample(&task, found);
    token_blocks_close(&task);
    metric_close(task.metric);
    shm_close(&index);
    return ok;
}

static double seconds_of_groups(const struct join_job *job)
{
    uint32_t value_a[SAMPLE_TEXTS], value_b[SAMPLE_TEXTS];
    double characters_a, characters_b;
    struct side a = {.value = value_a}, b = {.value = value_b};
    struct join_job sample = *job;
    struct sampled found = {0};
    a.n = sample_values(job, job->a, value_a, &characters_a);
    b.n = sample_values(job, job->b, value_b, &characters_b);
    sample.a = &a;
    sample.b = job->self ? &a : &b;
    if (a.n == 0 || b.n == 0)
        return 0;
    if (!sample_groups(&sample, &found))
        return INFINITY;
    const double scale_a = (double)job->a->n / a.n, scale_b = (double)job->b->n / b.n;
    const double length = characters_a / a.n / TYPICAL_LENGTH;
    const double whole = steps_of(job->a->n, job->b->n, job->self);
    const double steps = (job->self ? 0.5 : 1) * found.pairs * scale_a * scale_b / SET_LANES +
                         found.entries * scale_a;
    const double texts = (double)job->a->n + (job->self ? 0 : job->b->n);
    const double decisions = found.decisions * scale_a * scale_b;
    return (fmin(steps, whole) * SECONDS_A_STEP + decisions * SECONDS_A_DECISION +
            texts * SECONDS_A_TEXT) *
           fmax(length, 0.5);
}

static double token_cost(const struct join_job *job)
{
    double apart_cost;
    if (!can_do(job))
        return INFINITY;
    const struct join_job apart = apart_job(job);
    join_choose(&apart, NULL, &apart_cost);
    if (job->dictionary->max_length > SCORE_WHOLE) /* long texts have words in common: all pass */
        return apart_cost + (double)join_n_pairs(job) *
                                score_cost_seconds(&job->use, job->dictionary, job->a, job->b);
    return apart_cost + seconds_of_groups(job);
}

const struct join join_token = {
    .name = "words in common",
    .what = "groups of texts with a word in common, counted by 512 in bit planes; and a join for "
            "those without one",
    .cost = token_cost,
    .build = token_build,
    .open = token_open,
    .run = token_run,
    .close = token_close,
};
