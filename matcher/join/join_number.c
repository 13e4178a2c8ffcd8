/* The join of numbers and dates: number, number_ratio, days.
 *
 * Values that can match lie in a window around each other, so both sides are sorted by value. The
 * window is a little too wide, against rounding, and the metric itself decides inside it. */
#include "core/shm.h"
#include "core/sort.h"
#include "matcher/join/join.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_A_VALUE 500e-9
#define SECONDS_A_PAIR 100e-9
#define PAIRS_PER_ITEM 100000u
#define SAMPLE 1000u

/* A value that is a number; others match nothing. */
struct figure {
    double value;
    uint32_t place;
};

struct number_side {
    uint64_t figure_at; /* struct figure × n, by value, then place */
    uint32_t n;
};

struct number_head {
    struct number_side a, b;
    uint64_t first_at; /* u32 × (n_items + 1): the first figure of A of each item */
    uint64_t pairs;    /* of the whole job */
    uint32_t n_items;
};

static const struct number_head *number_head(struct shm_view index)
{
    return shm_at(index, SHM_HEAD_AT, struct number_head);
}

static const struct figure *figures_of(struct shm_view index, const struct number_side *side)
{
    return shm_array(index, side->figure_at, struct figure, side->n);
}

/* ---- Windows ---------------------------------------------------------------------------------*/

struct window {
    double low, high;
};

/* Holds every value that can match x. Both ends rise with x. */
static struct window window_of(const struct join_job *job, double x)
{
    const double slack = 1e-9;
    if (job->use.metric->flags & METRIC_QUOTIENT) {
        double near = x * job->need, far = x / job->need;
        struct window w = x > 0 ? (struct window){near, far} : (struct window){far, near};
        return (struct window){w.low - fabs(w.low) * slack - DBL_MIN,
                               w.high + fabs(w.high) * slack + DBL_MIN};
    }
    double width =
        metric_most_difference(&job->use, job->need) * (1 + slack) + fabs(x) * 1e-12 + DBL_MIN;
    return (struct window){x - width, x + width};
}

static uint32_t first_at_least(const struct figure *figure, uint32_t n, double value)
{
    uint32_t from = 0, to = n;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (figure[middle].value < value)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* ---- Cost and build --------------------------------------------------------------------------*/

static double read_value(const struct join_job *job, uint32_t value)
{
    struct text t = dictionary_text(job->dictionary, value);
    return job->use.metric->number((struct bytes){t.utf8, t.utf8_bytes});
}

static int by_value(const void *x, const void *y)
{
    const struct figure *a = x, *b = y;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return sort_order(a->place, b->place);
}

/* The figures of every step-th place of a side from `first` on, sorted; NULL without memory. */
static struct figure *read_side(const struct join_job *job, const struct side *side, uint32_t first,
                                uint32_t step, uint32_t *n)
{
    const uint32_t tries = (side->n - first + step - 1) / step;
    struct figure *figure = malloc((tries + 1ull) * sizeof *figure);
    *n = 0;
    if (!figure)
        return NULL;
#pragma omp parallel for schedule(static) if (tries > SAMPLE)
    for (uint32_t i = 0; i < tries; i++)
        figure[i] =
            (struct figure){read_value(job, side->value[first + i * step]), first + i * step};
    for (uint32_t i = 0; i < tries; i++)
        if (!isnan(figure[i].value))
            figure[(*n)++] = figure[i];
    qsort(figure, *n, sizeof *figure, by_value);
    return figure;
}

static double number_cost(const struct join_job *job)
{
    if (!job->prune || !job->use.metric->number)
        return INFINITY;
    uint32_t step_a = job->a->n / SAMPLE + 1, step_b = job->b->n / SAMPLE + 1, n_a, n_b;
    /* Both sides may have about the same values in the same order: samples are taken apart. */
    struct figure *a = read_side(job, job->a, 0, step_a, &n_a);
    struct figure *b = read_side(job, job->b, step_b / 2, step_b, &n_b);
    double pairs = 0;
    for (uint32_t i = 0; a && b && i < n_a; i++) {
        struct window w = window_of(job, a[i].value);
        pairs +=
            first_at_least(b, n_b, nextafter(w.high, INFINITY)) - first_at_least(b, n_b, w.low);
    }
    free(a);
    free(b);
    return SECONDS_A_VALUE * ((double)job->a->n + job->b->n) +
           SECONDS_A_PAIR * pairs * step_a * step_b * (job->self ? 0.5 : 1);
}

static bool build_side(const struct join_job *job, const struct side *side, struct number_side *at,
                       struct shm *index, struct err *e)
{
    struct figure *figure = read_side(job, side, 0, 1, &at->n);
    bool ok = figure != NULL;
    if (!ok)
        err_set(e, ERR_OS, NULL, "not enough memory for numbers");
    ok =
        ok && (at->figure_at = shm_alloc(index, "numbers", (at->n + 1ull) * sizeof *figure, 64, e));
    if (ok)
        memcpy(shm_writable_array(index, at->figure_at, struct figure, at->n), figure,
               at->n * sizeof *figure);
    free(figure);
    return ok;
}

/* Cuts the figures of A where enough pairs have come together. Returns the number of items; writes
 * their first figures and the end to `first`, unless it is NULL. */
static uint32_t cut_items(const struct join_job *job, struct shm_view index,
                          const struct number_head *h, uint32_t *first)
{
    const struct figure *a = figures_of(index, &h->a), *b = figures_of(index, &h->b);
    uint32_t low = 0, high = 0, n = 0;
    uint64_t pairs = PAIRS_PER_ITEM;
    for (uint32_t i = 0; i < h->a.n; i++) {
        struct window w = window_of(job, a[i].value);
        if (pairs >= PAIRS_PER_ITEM) {
            if (first)
                first[n] = i;
            n++;
            pairs = 0;
        }
        while (low < h->b.n && b[low].value < w.low)
            low++;
        while (high < h->b.n && b[high].value <= w.high)
            high++;
        pairs += high - low + 1;
    }
    if (first)
        first[n] = h->a.n;
    return n;
}

static bool number_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                         struct err *e)
{
    struct number_head h = {0};
    uint64_t at = shm_alloc(index, "numbers", sizeof h, 64, e);
    if (!at || !build_side(job, job->a, &h.a, index, e))
        return false;
    h.b = h.a;
    if (!job->self && !build_side(job, job->b, &h.b, index, e))
        return false;
    h.pairs = join_n_pairs(job);
    uint32_t items = cut_items(job, shm_view_of(index), &h, NULL);
    h.n_items = items + 1; /* the last one is empty: there is always one */
    h.first_at = shm_alloc(index, "numbers", (items + 2ull) * sizeof(uint32_t), 64, e);
    if (!h.first_at)
        return false;
    uint32_t *first = shm_writable_array(index, h.first_at, uint32_t, items + 2ull);
    cut_items(job, shm_view_of(index), &h, first);
    first[items + 1] = h.a.n;
    *n_items = h.n_items;
    *shm_writable(index, at, struct number_head) = h;
    return true;
}

/* ---- Workers ---------------------------------------------------------------------------------*/

static bool number_open(const struct join_job *job, struct shm_view index, void **scratch,
                        struct err *e)
{
    struct metric_state *s = NULL;
    (void)index;
    bool ok =
        metric_open(&s, &job->use, &job->dictionary->alphabet, job->dictionary->max_length, e);
    *scratch = s;
    return ok;
}

static void try_figure(const struct join_job *job, struct metric_state *metric, uint32_t a,
                       const struct figure *b, const struct figure *b_end, double high,
                       struct join_sink *sink, struct join_stats *stats)
{
    struct text text = dictionary_text(job->dictionary, job->a->value[a]);
    for (; b < b_end && b->value <= high; b++) {
        struct text other = dictionary_text(job->dictionary, job->b->value[b->place]);
        double score = metric_score(metric, text, other);
        stats->verified++;
        if (!join_takes(job, score))
            continue;
        bool swap = job->self && a > b->place;
        join_put(sink, swap ? b->place : a, swap ? a : b->place, score);
        stats->matches++;
    }
}

static void number_run(const struct join_job *job, struct shm_view index, void *scratch,
                       uint32_t item, struct join_sink *sink, struct join_stats *stats)
{
    const struct number_head *h = number_head(index);
    const struct figure *a = figures_of(index, &h->a), *b = figures_of(index, &h->b);
    const uint32_t *first = shm_at(index, h->first_at, uint32_t) + item;
    uint64_t each = h->pairs / h->n_items, before = stats->verified;
    stats->pairs += item ? each : h->pairs - each * (h->n_items - 1);
    for (uint32_t i = first[0]; i < first[1]; i++) {
        struct window w = window_of(job, a[i].value);
        uint32_t from = job->self ? i : first_at_least(b, h->b.n, w.low);
        try_figure(job, scratch, a[i].place, b + from, b + h->b.n, w.high, sink, stats);
    }
    stats->candidates += stats->verified - before;
}

static void number_close(void *scratch)
{
    metric_close(scratch);
}

const struct join join_number = {
    .name = "numbers",
    .what = "windows over sorted values, decided by the metric itself",
    .cost = number_cost,
    .build = number_build,
    .open = number_open,
    .run = number_run,
    .close = number_close,
};
