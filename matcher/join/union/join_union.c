/* The join of metrics that are made of others: token_ratio, WRatio, partial_token_set_ratio ….
 *
 * A pair that matches reaches what is asked of some part (union_parts.h). So the join that is best
 * for each part finds candidates, in an index of its own within the index here, over texts in the
 * form of the part. The metric decides on them. A pair that several parts find is reported for the
 * first of them: the others see that by scoring it, so nothing has to be remembered. */
#include "core/process.h"
#include "core/shm.h"
#include "matcher/join/score_cost.h"
#include "matcher/join/union/union_form.h"
#include "matcher/join/union/union_parts.h"

#include <math.h>
#include <stdlib.h>

#define WHAT "a union of joins"
#define N_FORMS (TEXT_FORM_WORD_SET + 1)
#define SINK_PAIRS 256u
#define SAMPLE_CHARACTERS 300000.0 /* of a side, for the cost of the parts … */
#define TRIED_CHARACTERS 60000.0   /* … and for the decisions */

struct union_head {
    uint32_t n_parts, n_items;
    struct union_form_at form[N_FORMS]; /* those that parts have */
    struct join_inner part[METRIC_PARTS_MOST];
};

static const struct union_head *union_head(struct shm_view index)
{
    return shm_at(index, SHM_HEAD_AT, struct union_head);
}

static struct join_job part_job(const struct join_job *job, const struct union_part *part,
                                const struct union_form *form)
{
    struct join_job own = *job;
    own.use = part->use;
    own.need = part->need;
    own.dictionary = &form->dictionary;
    own.a = &form->side[0];
    own.b = job->self ? own.a : &form->side[1];
    return own;
}

/* ---- Build -----------------------------------------------------------------------------------*/

/* Makes the forms that parts have. */
static bool build_forms(const struct join_job *job, const struct union_part *part, uint32_t n_parts,
                        struct union_form_at *at, struct shm *index, struct err *e)
{
    for (uint32_t i = 0; i < n_parts; i++) {
        const enum text_form form = part[i].form;
        if (form != TEXT_FORM_VALUE && at[form].begin_at == 0 &&
            !union_form_build(&at[form], job, form, index, e))
            return false;
    }
    return true;
}

static struct union_form view_form(struct shm_view index, const struct union_form_at *at,
                                   const struct join_job *job, enum text_form form)
{
    return form == TEXT_FORM_VALUE ? union_form_plain(job) : union_form_view(index, &at[form], job);
}

static bool union_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                        struct err *e)
{
    struct union_part part[METRIC_PARTS_MOST];
    struct union_head h = {.n_parts = union_parts_of(job, part)};
    const uint64_t at = shm_alloc(index, WHAT, sizeof h, 64, e);
    if (!at || !build_forms(job, part, h.n_parts, h.form, index, e))
        return false;
    uint64_t n = 0;
    for (uint32_t i = 0; i < h.n_parts; i++) {
        const struct union_form form = view_form(shm_view_of(index), h.form, job, part[i].form);
        const struct join_job own = part_job(job, &part[i], &form);
        if (!join_inner_build(&h.part[i], &own, WHAT, index, e))
            return false;
        n += h.part[i].n_items;
    }
    if (!join_check_items(n, e))
        return false;
    *n_items = h.n_items = (uint32_t)n;
    *shm_writable(index, at, struct union_head) = h;
    return true;
}

/* ---- Workers ---------------------------------------------------------------------------------*/

/* A part at work. */
struct worker_part {
    struct union_part of;
    struct join_job job;
    struct metric_state *metric; /* of the part */
    const struct join *join;     /* open, or NULL */
    void *scratch;
};

struct union_scratch {
    struct join_sink sink; /* of the parts; first, so that flush finds the rest */
    struct join_pair buffer[SINK_PAIRS];
    struct join_job job;
    struct union_form form[N_FORMS];
    struct metric_state *metric;
    struct worker_part part[METRIC_PARTS_MOST];
    uint32_t n_parts;
    uint32_t current; /* the part that runs */
    struct join_sink *out;
    struct join_stats *stats;
    bool timed;     /* a sample is tried: it is measured … */
    double seconds; /* … how long decisions take */
};

static struct text text_at(const struct union_form *f, int side, uint32_t place)
{
    const uint32_t own = f->place[side] ? f->place[side][place] : place;
    return dictionary_text(&f->dictionary, f->side[side].value[own]);
}

/* Does a part before the current one find a pair as well? */
static bool found_before(const struct union_scratch *s, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < s->current; i++) {
        const struct worker_part *p = &s->part[i];
        const struct union_form *f = &s->form[p->of.form];
        const struct text x = text_at(f, 0, a), y = text_at(f, s->job.self ? 0 : 1, b);
        if (metric_score_reaching(p->metric, &x, &y, p->of.need) >= p->of.need)
            return true;
    }
    return false;
}

/* Decides on a candidate, by places of the job. `said`: its score, NaN where it is not known. */
static void decide(struct union_scratch *s, uint32_t a, uint32_t b, double said)
{
    double score = said;
    if (isnan(said)) {
        const struct union_form *f = &s->form[TEXT_FORM_VALUE];
        const struct text x = text_at(f, 0, a), y = text_at(f, 1, b);
        score = metric_score_reaching(s->metric, &x, &y, s->job.need);
    }
    s->stats->candidates++;
    s->stats->verified++;
    if (!(score >= s->job.need) || found_before(s, a, b))
        return;
    s->stats->matches++;
    join_put(s->out, a, b, score);
}

/* Decides on all pairs of values that have the texts at two places of a form. */
static void decide_all(struct union_scratch *s, const struct join_pair *p, double said)
{
    const struct union_form *f = &s->form[s->part[s->current].of.form];
    const int side_b = s->job.self ? 0 : 1;
    const uint32_t *from_a = f->from[0], *from_b = f->from[side_b];
    for (uint32_t i = f->from_begin[0][p->a]; i < f->from_begin[0][p->a + 1]; i++) {
        const bool same = s->job.self && p->a == p->b; /* each pair once */
        const uint32_t first = same ? i : f->from_begin[side_b][p->b];
        for (uint32_t k = first; k < f->from_begin[side_b][p->b + 1]; k++) {
            const bool swap = s->job.self && from_a[i] > from_b[k];
            decide(s, swap ? from_b[k] : from_a[i], swap ? from_a[i] : from_b[k], said);
        }
    }
}

/* What the running part says of a pair's score; NaN: nothing. */
static double said_of(const struct union_scratch *s, const struct join_pair *p)
{
    const struct union_part *part = &s->part[s->current].of;
    const struct union_form *f = &s->form[part->form];
    const bool says = part->says && dictionary_length(&f->dictionary, f->side[0].value[p->a]) > 0;
    return says ? part->says(p->score) : (double)NAN;
}

static void decide_buffer(struct union_scratch *s)
{
    const bool formed = s->part[s->current].of.form != TEXT_FORM_VALUE;
    for (const struct join_pair *p = s->buffer; p < s->sink.next; p++)
        if (formed)
            decide_all(s, p, said_of(s, p));
        else
            decide(s, p->a, p->b, said_of(s, p));
}

static void flush_part(struct join_sink *sink)
{
    struct union_scratch *s = (struct union_scratch *)(void *)sink;
    const bool timed = s->timed && sink->next > s->buffer;
    const double start = timed ? proc_thread_seconds() : 0;
    decide_buffer(s);
    sink->next = s->buffer;
    if (timed)
        s->seconds += proc_thread_seconds() - start;
}

static void union_close(void *scratch)
{
    struct union_scratch *s = scratch;
    for (uint32_t i = 0; s && i < METRIC_PARTS_MOST; i++) {
        if (s->part[i].join)
            s->part[i].join->close(s->part[i].scratch);
        metric_close(s->part[i].metric);
    }
    if (s)
        metric_close(s->metric);
    free(s);
}

static struct shm_view part_view(struct shm_view index, uint32_t part)
{
    return join_inner_view(index, &union_head(index)->part[part]);
}

static bool open_part(struct union_scratch *s, uint32_t number, struct shm_view index,
                      struct err *e)
{
    struct worker_part *p = &s->part[number];
    const struct join *join = join_at(union_head(index)->part[number].row);
    p->job = part_job(&s->job, &p->of, &s->form[p->of.form]);
    if (!metric_open(&p->metric, &p->of.use, &p->job.dictionary->alphabet,
                     p->job.dictionary->max_length, e) ||
        !join->open(&p->job, part_view(index, number), &p->scratch, e))
        return false;
    p->join = join;
    return true;
}

static bool open_all(struct union_scratch *s, struct shm_view index, struct err *e)
{
    struct union_part part[METRIC_PARTS_MOST];
    const struct union_head *h = union_head(index);
    s->n_parts = union_parts_of(&s->job, part);
    s->form[TEXT_FORM_VALUE] = union_form_plain(&s->job);
    for (uint32_t i = 0; i < s->n_parts; i++) {
        s->part[i].of = part[i];
        s->form[part[i].form] = view_form(index, h->form, &s->job, part[i].form);
    }
    bool ok = metric_open(&s->metric, &s->job.use, &s->job.dictionary->alphabet,
                          s->job.dictionary->max_length, e);
    for (uint32_t i = 0; ok && i < s->n_parts; i++)
        ok = open_part(s, i, index, e);
    return ok;
}

static bool union_open(const struct join_job *job, struct shm_view index, void **scratch,
                       struct err *e)
{
    struct union_scratch *s = calloc(1, sizeof *s);
    *scratch = NULL;
    if (!s)
        return err_set(e, ERR_OS, NULL, "not enough memory for a union of joins");
    s->job = *job;
    s->sink = (struct join_sink){s->buffer, s->buffer + SINK_PAIRS, flush_part, NULL};
    if (!open_all(s, index, e)) {
        union_close(s);
        return false;
    }
    *scratch = s;
    return true;
}

static void union_run(const struct join_job *job, struct shm_view index, void *scratch,
                      uint32_t item, struct join_sink *sink, struct join_stats *stats)
{
    const struct union_head *h = union_head(index);
    struct union_scratch *s = scratch;
    struct join_stats ignored = {0};
    uint32_t part = 0, own = item;
    while (own >= h->part[part].n_items)
        own -= h->part[part++].n_items;
    stats->pairs += join_n_pairs(job) / h->n_items +
                    (item < join_n_pairs(job) % h->n_items); /* shared out evenly */
    s->current = part;
    s->out = sink;
    s->stats = stats;
    s->part[part].join->run(&s->part[part].job, part_view(index, part), s->part[part].scratch, own,
                            &s->sink, &ignored);
    flush_part(&s->sink);
}

/* ---- Cost ------------------------------------------------------------------------------------*/

/* Some values of a side, evenly spread, with so many characters in all; freed by the caller. Half:
 * the sides are the same, and this is to be one half of the sample or the other. */
static uint32_t *sample_side(const struct join_job *job, const struct side *whole,
                             double characters, const uint32_t *half, struct side *some)
{
    const double all = (double)side_characters(job->dictionary, whole);
    const uint32_t each = (uint32_t)(all / characters) + 1, step = half ? 2 * each : each;
    uint32_t *value = malloc((whole->n / step + 1ull) * sizeof *value);
    *some = (struct side){.value = value};
    for (uint32_t i = half ? *half * each : 0; value && i < whole->n; i += step)
        value[some->n++] = whole->value[i];
    return value;
}

/* A side of n values that are those of another one, each several times; freed by the caller. */
static uint32_t *stretch(struct side *side, uint32_t n)
{
    uint32_t *value = malloc((n + 1ull) * sizeof *value);
    for (uint32_t i = 0; value && i < n; i++)
        value[i] = side->value[(uint64_t)i * side->n / n];
    *side = (struct side){.n = n, .value = value};
    return value;
}

/* What the join of a part is expected to take, from the texts of a sample in its form. */
static double seconds_of_part(const struct join_job *job, const struct union_part *part,
                              struct union_form form)
{
    double seconds = INFINITY;
    uint32_t *a = stretch(&form.side[0], job->a->n), *b = stretch(&form.side[1], job->b->n);
    const struct join_job own = part_job(job, part, &form);
    if (a && b)
        (void)join_choose(&own, NULL, &seconds);
    free(a);
    free(b);
    return seconds;
}

/* The same of all parts, and of making the forms. */
static double seconds_of_parts(const struct join_job *job, const struct join_job *sample,
                               const struct union_part *part, uint32_t n_parts, struct shm *index)
{
    struct union_form_at at[N_FORMS] = {0};
    struct err e;
    const double start = proc_thread_seconds();
    if (!build_forms(sample, part, n_parts, at, index, &e))
        return INFINITY;
    double seconds = (proc_thread_seconds() - start) * ((double)job->a->n + job->b->n) /
                     ((double)sample->a->n + sample->b->n);
    for (uint32_t i = 0; i < n_parts; i++) {
        const struct union_form form = view_form(shm_view_of(index), at, sample, part[i].form);
        seconds += seconds_of_part(job, &part[i], form);
    }
    return seconds;
}

static double seconds_of_sample(const struct join_job *job, const struct join_job *sample)
{
    struct union_part part[METRIC_PARTS_MOST];
    const uint32_t n_parts = union_parts_of(job, part);
    struct shm index;
    struct err e;
    if (!shm_create_private(&index, WHAT, 1ull << 32, &e))
        return INFINITY;
    const double seconds = seconds_of_parts(job, sample, part, n_parts, &index);
    shm_close(&index);
    return seconds;
}

/* The parts' joins over the sample of a job. */
static double estimate_parts(const struct join_job *job)
{
    struct join_job sample = *job;
    struct side a, b;
    uint32_t *value_a = sample_side(job, job->a, SAMPLE_CHARACTERS, NULL, &a);
    uint32_t *value_b = sample_side(job, job->b, SAMPLE_CHARACTERS, NULL, &b);
    sample.a = &a;
    sample.b = job->self ? &a : &b;
    const double seconds = value_a && value_b ? seconds_of_sample(job, &sample) : (double)INFINITY;
    free(value_a);
    free(value_b);
    return seconds;
}

static void forget(struct join_sink *sink)
{
    sink->next = sink->end - 1;
}

/* Joins a sample, and says how long its decisions take. */
static double try_index(const struct join_job *sample, struct shm *index)
{
    struct join_pair pair;
    struct join_sink sink = {&pair, &pair + 1, forget, NULL};
    struct join_stats stats = {0};
    uint32_t n_items;
    void *scratch;
    struct err e;
    if (!union_build(sample, index, &n_items, &e) ||
        !union_open(sample, shm_view_of(index), &scratch, &e))
        return INFINITY;
    struct union_scratch *s = scratch;
    s->timed = true;
    for (uint32_t i = 0; i < n_items; i++)
        union_run(sample, shm_view_of(index), s, i, &sink, &stats);
    const double seconds = s->seconds;
    union_close(s);
    return seconds;
}

/* The decisions on all candidates, from those of a sample. */
static double estimate_decisions(const struct join_job *job)
{
    static const uint32_t halves[] = {0, 1};
    struct join_job sample = *job;
    struct side a, b;
    struct shm index = {.fd = -1};
    struct err e;
    uint32_t *value_a = sample_side(job, job->a, TRIED_CHARACTERS, job->self ? halves : NULL, &a);
    uint32_t *value_b =
        sample_side(job, job->b, TRIED_CHARACTERS, job->self ? halves + 1 : NULL, &b);
    double seconds = INFINITY;
    sample.a = &a;
    sample.b = &b;
    sample.self = false;
    if (value_a && value_b && (a.n == 0 || b.n == 0))
        seconds = 0;
    else if (value_a && value_b && shm_create_private(&index, WHAT, 1ull << 32, &e))
        seconds = try_index(&sample, &index) * (double)join_n_pairs(job) / ((double)a.n * b.n);
    shm_close(&index);
    free(value_a);
    free(value_b);
    return seconds;
}

/* The same where texts are so long that a sample would be of a few: these have so much in common
 * that all pairs are candidates. */
static double long_decisions(const struct join_job *job)
{
    return (double)join_n_pairs(job) *
           score_cost_seconds(&job->use, job->dictionary, job->a, job->b);
}

/* Are texts long, on average? */
static bool are_long(const struct join_job *job)
{
    const double characters = (double)side_characters(job->dictionary, job->a) +
                              (double)side_characters(job->dictionary, job->b);
    return characters > SCORE_WHOLE * ((double)job->a->n + job->b->n);
}

static double union_cost(const struct join_job *job)
{
    if (!union_parts_serve(job))
        return INFINITY;
    if (job->a->n == 0 || job->b->n == 0)
        return 0;
    return estimate_parts(job) + (are_long(job) ? long_decisions(job) : estimate_decisions(job));
}

const struct join join_union = {
    .name = "union",
    .what = "the joins of the parts that a metric is made of",
    .cost = union_cost,
    .build = union_build,
    .open = union_open,
    .run = union_run,
    .close = union_close,
};
