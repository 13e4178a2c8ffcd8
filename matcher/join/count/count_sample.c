/* Sampling: a small join of some texts of both sides, timed. */
#include "matcher/join/count/count_sample.h"
#include "core/base.h"
#include "core/process.h"
#include "core/random.h"
#include "matcher/join/count/count_jaro.h"
#include "matcher/join/count/count_pieces.h"
#include "matcher/join/count/count_rule.h"
#include "matcher/join/count/count_search.h"
#include "matcher/join/score_cost.h"

#include <math.h>
#include <stdlib.h>

#define SAMPLE_A 64u
#define SAMPLE_B SET_LANES
#define SAMPLE_CHARACTERS 400000u /* of a side, at most, where it has some texts */
#define SAMPLE_BYTES (1u << 30)   /* of address space */
#define SCORED_MOST 64u           /* pairs that are scored */
#define WARMING 4u                /* texts of A whose scores are not timed */
#define SCORED_CELLS 8e6          /* pairs of characters of these, at most */
#define PARTNERS_MOST 8u          /* that a text of A is scored with, once it is prepared */
#define SCORED_LENGTH 2048u       /* where texts are longer, beginnings are scored */
#define FIRST_BEGINNING 8192u     /* characters of these, at first */
#define LONGER_BEGINNING 4u       /* then so many times as many, … */
#define SCORE_SECONDS 0.15e-3     /* … until a score takes so long */
#define TRIAL_SECONDS 0.5e-3      /* for each such length */
#define LONG_TEXTS 1000u          /* of A, whose beginnings are scored at most */
#define LONG_SECONDS 8e-3         /* for all of these */
#define TIMED 4u                  /* times that counting is timed */
#define COLD 1.5                  /* in the large join, planes and texts come from far away */
#define PASSED_SECONDS 100e-9     /* a pair that passes, on its way to its score */
#define LANE_SECONDS 5e-9         /* a character of B into a lane, and out of it */
#define STEP_LEAST_SECONDS 0.5e-9 /* scoring many at once */
#define BUILD_SECONDS 12e-9       /* a character of B into planes */
#define SEEN_SECONDS 15e-9        /* a character of A into a probe */

/* The values of a small side. */
struct some {
    uint32_t value[SAMPLE_B];
    struct side side;
    double characters;
};

/* Takes up to n values of a side, of a random place in each of n equal runs. */
static void take_some(struct some *some, const struct dictionary *dictionary,
                      const struct side *side, uint32_t n, uint64_t *random)
{
    some->side = (struct side){.value = some->value};
    some->characters = 0;
    n = least(n, side->n);
    for (uint32_t i = 0; i < n && some->characters < SAMPLE_CHARACTERS; i++) {
        const uint64_t from = (uint64_t)side->n * i / n, to = (uint64_t)side->n * (i + 1) / n;
        const uint32_t value = side->value[from + random_next(random) % (to - from)];
        some->value[some->side.n++] = value;
        some->characters += dictionary_length(dictionary, value);
    }
}

/* What the small join finds. */
struct found {
    uint64_t n;
    uint64_t n_groups; /* of COUNT_JARO_GROUP neighbours of B, of which some passed with a text */
    struct count_hit last;
    double cells;
    struct count_hit some[SCORED_MOST]; /* of them, spread by chance */
    uint64_t random;
    const struct join_job *job;
    const struct by_length *a, *b;
};

/* Keeps each hit with the same chance (reservoir sampling: Vitter, 1985). */
static void put_found(void *to, const struct count_hit *hits, uint32_t n)
{
    struct found *f = to;
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t at = f->n < SCORED_MOST ? f->n : random_next(&f->random) % (f->n + 1);
        if (at < SCORED_MOST)
            f->some[at] = hits[i];
        f->n_groups += f->n == 0 || hits[i].a != f->last.a ||
                       hits[i].b / COUNT_JARO_GROUP != f->last.b / COUNT_JARO_GROUP;
        f->last = hits[i];
        f->n++;
        f->cells += (double)by_length_text(f->a, f->job->dictionary, f->job->a, hits[i].a).n *
                    by_length_text(f->b, f->job->dictionary, f->job->b, hits[i].b).n;
    }
}

/* A pair that was found, or where nothing was any. */
static struct count_hit some_hit(const struct found *f, uint64_t i)
{
    const struct count_hit any = {(uint32_t)(i % f->a->n), (uint32_t)(i % f->b->n)};
    return f->n ? f->some[i % least_size(f->n, SCORED_MOST)] : any;
}

/* What beginnings of long texts took. Pieces, and Jaro's kernel, take time by the length. How other
 * scores grow is found by two lengths. */
struct timed {
    double n, cells;
    double by_length, by_cells; /* seconds of these, and of the others */
};

/* What decides on the pairs that counting lets pass, for beginnings of texts. */
struct scorer {
    struct count_pieces *pieces;
    struct metric_state *metric;
    uint32_t length;
    struct timed timed;
};

static bool scorer_open(struct scorer *s, const struct join_job *job, uint32_t length)
{
    struct err ignored;
    *s = (struct scorer){.length = length};
    return count_pieces_open(&s->pieces, job, length, &ignored) &&
           metric_open(&s->metric, &job->use, &job->dictionary->alphabet, length, &ignored);
}

static void scorer_close(struct scorer *s)
{
    count_pieces_close(s->pieces);
    metric_close(s->metric);
}

/* ---- Scores of texts that are not long -------------------------------------------------------*/

/* Scores texts of A that were found, from number `first` on, each with some of B; returns seconds
 * for each pair of characters. */
static double score_some(struct scorer *s, const struct found *f, uint32_t first, uint32_t end,
                         uint32_t partners)
{
    const struct join_job *job = f->job;
    const double start = proc_thread_seconds();
    double cells = 1;
    for (uint32_t i = first; i < end && cells < SCORED_CELLS; i++) {
        const struct text a = by_length_text(f->a, job->dictionary, job->a, some_hit(f, i).a);
        for (uint32_t k = 0; k < partners && cells < SCORED_CELLS; k++) {
            const struct text b =
                by_length_text(f->b, job->dictionary, job->b, some_hit(f, i + k).b);
            metric_score_reaching(s->metric, &a, &b, job->need);
            cells += (double)a.n * b.n;
        }
    }
    return (proc_thread_seconds() - start) / cells;
}

static double time_found(struct scorer *s, const struct found *f, uint32_t partners)
{
    score_some(s, f, 0, WARMING, partners); /* memory is touched for the first time */
    return score_some(s, f, WARMING, SCORED_MOST, partners);
}

/* Scoring what passes by the block. */
struct timed_jaro {
    struct count_jaro *jaro;
    double seconds;
};

static void ignore_match(void *to, struct count_hit pair, double score)
{
    (void)to;
    (void)pair;
    (void)score;
}

static void ignore_rest(void *to, struct count_hit pair)
{
    (void)to;
    (void)pair;
}

static void time_block(void *to, const struct count_passed *passed, uint32_t n, uint32_t begin,
                       uint32_t end)
{
    struct timed_jaro *t = to;
    const struct count_jaro_sink sink = {NULL, ignore_match, ignore_rest};
    const double start = proc_thread_seconds();
    count_jaro_block(t->jaro, &sink, passed, n, begin, end);
    t->seconds += proc_thread_seconds() - start;
}

static void search_all(struct count_search *search, uint32_t n_a, struct shm_view index,
                       const struct count_blocks_at *at, const struct count_taker *taker)
{
    const struct count_band *band = count_bands(index, at);
    for (uint32_t i = 0; i < at->n_bands; i++) {
        const struct count_item item = {
            .band = i, .a_end = n_a, .block_end = count_band_blocks(&band[i]), .n_parts = 1};
        count_search_run(search, &item, taker);
    }
}

/* Seconds for a step, without making lanes: the large join makes those of a block for more texts of
 * A than there are here. The first time memory is cold. */
static bool time_jaro(struct count_sample *s, struct count_search *search,
                      const struct join_job *job, struct shm_view index, const struct by_length *a,
                      const struct by_length *b, const struct count_blocks_at *at)
{
    struct timed_jaro timed = {0};
    const struct count_taker taker = {.to = &timed, .block = time_block};
    struct err ignored;
    if (!count_jaro_open(&timed.jaro, job, a, b, &ignored))
        return false;
    search_all(search, job->a->n, index, at, &taker);
    timed.seconds = 0;
    const uint64_t before = count_jaro_steps(timed.jaro), loaded = count_jaro_loaded(timed.jaro);
    search_all(search, job->a->n, index, at, &taker);
    const double steps = (double)(count_jaro_steps(timed.jaro) - before);
    const double lanes = LANE_SECONDS * (double)(count_jaro_loaded(timed.jaro) - loaded);
    if (steps > 0)
        s->step_seconds = fmax(STEP_LEAST_SECONDS, (timed.seconds - lanes) / steps);
    count_jaro_close(timed.jaro);
    return true;
}

/* ---- Scores of long texts --------------------------------------------------------------------*/

static void time_pair(struct scorer *s, const struct join_job *job, struct text a, struct text b)
{
    a = score_beginning(a, s->length, job->dictionary->max_length);
    b = score_beginning(b, s->length, job->dictionary->max_length);
    const double start = proc_thread_seconds();
    const bool apart = count_pieces_apart(s->pieces, &a, &b);
    const double middle = proc_thread_seconds();
    if (!apart)
        metric_score_reaching(s->metric, &a, &b, job->need);
    const double scored = proc_thread_seconds() - middle;
    const bool linear = job->use.metric->flags & METRIC_JARO;
    s->timed.by_length += middle - start + (linear ? scored : 0);
    s->timed.by_cells += linear ? 0 : scored;
    s->timed.cells += (double)a.n * b.n;
    s->timed.n++;
}

/* Times random pairs whose lengths permit a match. Counting lets nearly all of these pass if texts
 * are long and of one language. So many are tried that some of them are alike. Each is cut to two
 * lengths if `shorter` is not NULL. */
static void time_beginnings(struct scorer *shorter, struct scorer *s, const struct join_job *job,
                            uint32_t partners, double seconds)
{
    const uint32_t prefix = count_rule_prefixes(job);
    const double start = proc_thread_seconds();
    uint64_t random = 20261201;
    for (uint32_t i = 0; i < LONG_TEXTS && proc_thread_seconds() - start < seconds; i++) {
        const struct text a =
            dictionary_text(job->dictionary, job->a->value[random_next(&random) % job->a->n]);
        for (uint32_t k = 0; k < partners && proc_thread_seconds() - start < seconds; k++) {
            const struct text b =
                dictionary_text(job->dictionary, job->b->value[random_next(&random) % job->b->n]);
            if (count_rule_common(job, a.n, b.n, prefix) == COUNT_NEVER)
                continue;
            if (shorter)
                time_pair(shorter, job, a, b);
            time_pair(s, job, a, b);
        }
    }
}

static struct score_time mean_time(const struct timed *t)
{
    return (struct score_time){t->by_cells / fmax(t->n, 1), t->cells / fmax(t->n, 1)};
}

/* Finds how long beginnings should be. Where bands are narrow, short ones take time by the length
 * alone, and say nothing of long ones. So they are made longer while they take little. */
static bool choose_length(uint32_t *length, const struct join_job *job, uint32_t partners)
{
    const uint32_t longest = job->dictionary->max_length;
    double seconds = 0;
    for (*length = least(longest, FIRST_BEGINNING); *length < longest;
         *length *= LONGER_BEGINNING) {
        struct scorer s;
        const bool ok = scorer_open(&s, job, *length);
        if (ok)
            time_beginnings(NULL, &s, job, partners, TRIAL_SECONDS);
        seconds = mean_time(&s.timed).seconds;
        scorer_close(&s);
        if (!ok || seconds > SCORE_SECONDS || s.timed.n == 0)
            return ok;
    }
    *length = longest;
    return true;
}

/* Seconds for a pair of characters of whole texts, whose pairs have `cells` on average. */
static double time_long(struct scorer *shorter, struct scorer *s, const struct join_job *job,
                        uint32_t partners, double cells)
{
    const bool whole = s->length == job->dictionary->max_length;
    time_beginnings(whole ? NULL : shorter, s, job, partners, LONG_SECONDS);
    const struct score_time before = mean_time(&shorter->timed), now = mean_time(&s->timed);
    if (whole || s->timed.n == 0 || cells <= now.cells)
        return (s->timed.by_cells + s->timed.by_length) / fmax(s->timed.cells, 1);
    const struct score_law law = score_law_between(before, now);
    const double by_length = s->timed.by_length / s->timed.n * sqrt(cells / now.cells);
    return (score_law_seconds(&law, cells) + by_length) / cells;
}

/* `all` is the job that f's is a sample of; per_a: pairs that pass for each text of A. */
static bool time_scores(struct count_sample *s, const struct join_job *all, const struct found *f,
                        double per_a)
{
    const uint32_t partners = (uint32_t)fmax(1, fmin(PARTNERS_MOST, per_a));
    const uint32_t longest = all->dictionary->max_length;
    uint32_t length = longest;
    struct scorer scorer = {0}, shorter = {0};
    if (longest > SCORED_LENGTH && !choose_length(&length, all, partners))
        return false;
    const bool ok = scorer_open(&scorer, all, length) &&
                    (length == longest || scorer_open(&shorter, all, length / LONGER_BEGINNING));
    if (ok)
        s->cell_seconds = longest > SCORED_LENGTH ? time_long(&shorter, &scorer, all, partners,
                                                              s->passed_cells / s->passed)
                                                  : time_found(&scorer, f, partners);
    scorer_close(&scorer);
    scorer_close(&shorter);
    return ok;
}

/* ---- The small join --------------------------------------------------------------------------*/

/* Pairs of the small sides whose lengths permit a match. */
static uint64_t count_possible(const struct join_job *job)
{
    const struct dictionary *d = job->dictionary;
    const uint32_t prefix = count_rule_prefixes(job);
    uint64_t n = 0;
    for (uint32_t i = 0; i < job->a->n; i++)
        for (uint32_t k = 0; k < job->b->n; k++)
            n += count_rule_common(job, dictionary_length(d, job->a->value[i]),
                                   dictionary_length(d, job->b->value[k]), prefix) != COUNT_NEVER;
    return n;
}

/* Seconds for a plane of a block. */
static double time_planes(struct count_search *search)
{
    const uint64_t planes = 1 + count_search_repeat(search); /* the first time memory is cold */
    const double start = proc_thread_seconds();
    for (uint32_t i = 0; i < TIMED; i++)
        count_search_repeat(search);
    return (proc_thread_seconds() - start) / TIMED / (double)planes;
}

/* Runs the small join of the large one, `all`. */
static bool time_search(struct count_sample *s, const struct join_job *job,
                        const struct join_job *all, struct shm_view index,
                        const struct by_length *a, const struct count_blocks_at *at)
{
    const struct by_length b = by_length_view(index, &at->side);
    struct found found = {.random = 1, .job = job, .a = a, .b = &b};
    const struct count_taker taker = {.to = &found, .hits = put_found};
    struct count_search *search;
    struct err ignored;
    if (!count_search_open(&search, job, index, a, at, &ignored))
        return false;
    search_all(search, a->n, index, at, &taker);
    s->plane_seconds = time_planes(search);
    const bool timed = !count_jaro_fits(job) || time_jaro(s, search, job, index, a, &b, at);
    count_search_close(search);
    const double pairs = (double)job->a->n * job->b->n;
    s->passed = ((double)found.n + 0.3) / (pairs + 1);
    s->passed_cells = (found.cells + 0.3 * s->characters_a * s->characters_b) / (pairs + 1);
    s->grouped = fmin(1, ((double)found.n_groups * COUNT_JARO_GROUP + 0.3) / (pairs + 1));
    s->possible = ((double)count_possible(job) + 0.3) / (pairs + 1);
    return timed && time_scores(s, all, &found, s->passed * all->b->n);
}

static bool sample_sides(struct count_sample *s, const struct join_job *job,
                         const struct join_job *all, struct shm *index)
{
    struct by_length_at a_at;
    struct count_blocks_at at;
    struct err ignored;
    /* The first piece of a segment is no offset that could be taken for none. */
    if (!shm_alloc(index, "a sample", 64, 64, &ignored) ||
        !by_length_build(&a_at, job->dictionary, job->a, index, &ignored) ||
        !count_blocks_build(&at, job, job->b, (struct count_lengths){0}, index, &ignored))
        return false;
    const struct by_length a = by_length_view(shm_view_of(index), &a_at);
    return time_search(s, job, all, shm_view_of(index), &a, &at);
}

bool count_sample_make(struct count_sample *s, const struct join_job *job)
{
    struct some *a = malloc(2 * sizeof *a), *b = a + 1;
    struct shm index;
    struct err ignored;
    uint64_t random = 20261130;
    *s = (struct count_sample){0};
    if (!a)
        return false;
    take_some(a, job->dictionary, job->a, SAMPLE_A, &random);
    take_some(b, job->dictionary, job->b, SAMPLE_B, &random);
    s->texts_a = least(job->a->n, COUNT_TEXTS_MOST);
    s->characters_a = a->characters / fmax(1, a->side.n);
    s->characters_b = b->characters / fmax(1, b->side.n);
    struct join_job small = *job;
    small.self = false;
    small.a = &a->side;
    small.b = &b->side;
    bool ok =
        a->side.n && b->side.n && shm_create_private(&index, "a sample", SAMPLE_BYTES, &ignored);
    if (ok) {
        ok = sample_sides(s, &small, job, &index);
        shm_close(&index);
    }
    free(a);
    return ok;
}

/* Seconds to make lanes of n_b texts, for each text of A. Those of a group are made when one of the
 * texts of A that are at hand has passed with it. */
static double lanes_seconds(const struct count_sample *s, double characters_b, double n_b)
{
    const double passing = fmin(1, s->grouped / s->possible);
    const double made = 1 - pow(1 - passing, s->texts_a);
    return LANE_SECONDS * characters_b * n_b * made / s->texts_a;
}

double count_sample_score_seconds(const struct count_sample *s, double characters_a,
                                  double characters_b, double n_b)
{
    if (s->step_seconds > 0)
        return s->step_seconds * n_b * fmin(1, s->grouped / s->possible) *
                   count_jaro_pair_steps(characters_a, characters_b) +
               lanes_seconds(s, characters_b, n_b);
    return n_b * fmin(1, s->passed / s->possible) * s->cell_seconds * characters_a * characters_b;
}

double count_sample_seconds(const struct count_sample *s, const struct join_job *job)
{
    const double pairs = (double)join_n_pairs(job);
    const double planes = s->possible * pairs / SET_LANES * s->characters_a;
    const double scores =
        s->step_seconds > 0
            ? count_sample_score_seconds(s, s->characters_a, s->characters_b, s->possible * pairs)
            : pairs * (s->passed * PASSED_SECONDS + s->passed_cells * s->cell_seconds);
    return BUILD_SECONDS * job->b->n * s->characters_b +
           SEEN_SECONDS * job->a->n * s->characters_a + COLD * planes * s->plane_seconds + scores;
}
