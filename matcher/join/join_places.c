/* The join of places: km.
 *
 * A place is a point of a sphere in space, so poles and the date line are as good as any other
 * place of it. The straight line through the earth is no longer than the way along its surface:
 * places that match are at most so far apart in each of three coordinates. So space is cut into
 * cubes of that width, and what matches is in the same cube or in one of its 26 neighbours. Points
 * are sorted by cube, and three cubes in a row stand one after the other. The straight line then
 * drops most of what cubes let pass; the metric's own expression decides. Widths are a little too
 * large, against rounding. */
#include "core/base.h"
#include "core/shm.h"
#include "core/sort.h"
#include "matcher/join/join.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_A_VALUE 1e-6
#define SECONDS_A_LINE 2e-9  /* to look at a straight line … */
#define SECONDS_A_PAIR 60e-9 /* … and at the way along the surface … */
#define SHARE_PASSING 0.155  /* … of so many: a sphere's share of 27 cubes */
#define MOST_ITEMS 65536u
#define SAMPLE 3000u

#define SLACK_KM 1e-6       /* a millionth of it is all that rounding takes */
#define FARTHEST_KM 15000.0 /* beyond, the formula loses digits, and cubes find nothing to drop */
#define AXIS_BITS 20u       /* of the number of a cube */
#define AXIS_CUBES ((1u << AXIS_BITS) - 4)

struct point {
    uint64_t cube;
    struct metric_place place;
    double at[3];    /* km from the middle of the earth */
    uint32_t number; /* of the place in its side */
};

struct places_side {
    uint64_t point_at; /* struct point × n, by cube, then number */
    uint32_t n;
};

struct places_head {
    struct places_side a, b;
    uint64_t pairs; /* of the whole job */
    uint32_t n_items;
};

static const struct places_head *places_head(struct shm_view index)
{
    return shm_at(index, SHM_HEAD_AT, struct places_head);
}

static const struct point *points_of(struct shm_view index, const struct places_side *side)
{
    return shm_array(index, side->point_at, struct point, side->n);
}

/* ---- Cubes -----------------------------------------------------------------------------------*/

/* The length of the straight line between places that are this far apart, and a little more. */
static double line_km(double way_km)
{
    return 2 * METRIC_EARTH_KM * sin(way_km / (2 * METRIC_EARTH_KM)) * (1 + 1e-9) + SLACK_KM;
}

static double cube_km(double line)
{
    return fmax(line, 2 * (METRIC_EARTH_KM + 1) / AXIS_CUBES);
}

/* The number of a cube has bits for each axis, so that a step along the last one adds 1. */
static uint64_t step_of(int x, int y)
{
    const uint64_t row = 1ull << AXIS_BITS;
    return ((uint64_t)(int64_t)x * row + (uint64_t)(int64_t)y) * row;
}

static struct point point_of(const struct join_job *job, const struct side *side, uint32_t number,
                             double cube_km)
{
    const double degree = 3.14159265358979323846 / 180;
    const struct text t = dictionary_text(job->dictionary, side->value[number]);
    struct point p = {.place = metric_place_of((struct bytes){t.utf8, t.utf8_bytes}),
                      .number = number};
    if (isnan(p.place.cosine))
        return p;
    p.at[0] = METRIC_EARTH_KM * p.place.cosine * cos(p.place.longitude * degree);
    p.at[1] = METRIC_EARTH_KM * p.place.cosine * sin(p.place.longitude * degree);
    p.at[2] = METRIC_EARTH_KM * sin(p.place.latitude * degree);
    for (int i = 0; i < 3; i++) {
        const double cubes = (p.at[i] + METRIC_EARTH_KM + 0.5) / cube_km;
        p.cube = p.cube << AXIS_BITS | ((uint64_t)cubes + 1); /* none is 0: neighbours are above */
    }
    return p;
}

static int by_cube(const void *x, const void *y)
{
    const struct point *a = x, *b = y;
    return a->cube != b->cube ? sort_order(a->cube, b->cube) : sort_order(a->number, b->number);
}

/* The points of every step-th place of a side, sorted; what is no place is left out. NULL without
 * memory. */
static struct point *read_side(const struct join_job *job, const struct side *side, uint32_t step,
                               double cube_km, uint32_t *n)
{
    const uint32_t tries = (side->n + step - 1) / step;
    struct point *point = malloc((tries + 1ull) * sizeof *point);
    *n = 0;
    if (!point)
        return NULL;
#pragma omp parallel for schedule(static) if (tries > SAMPLE)
    for (uint32_t i = 0; i < tries; i++)
        point[i] = point_of(job, side, i * step, cube_km);
    for (uint32_t i = 0; i < tries; i++)
        if (!isnan(point[i].place.cosine))
            point[(*n)++] = point[i];
    qsort(point, *n, sizeof *point, by_cube);
    return point;
}

/* The first point from `from` on whose cube is at least this; n if there is none. It is near most
 * often. */
static uint32_t first_at_least(const struct point *point, uint32_t n, uint32_t from, uint64_t cube)
{
    uint32_t step = 1;
    while (step < n - from && point[from + step - 1].cube < cube)
        step *= 2;
    uint32_t to = step < n - from ? from + step : n;
    while (from < to) {
        const uint32_t middle = from + (to - from) / 2;
        if (point[middle].cube < cube)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* The nine rows of three cubes around that of a point of A; each goes forward as A's cubes ascend.
 */
struct around {
    const struct point *b;
    uint32_t n;
    uint32_t from[9], to[9];
};

static void look_around(struct around *r, uint64_t cube)
{
    for (int i = 0; i < 9; i++) {
        const uint64_t middle = cube + step_of(i / 3 - 1, i % 3 - 1);
        r->from[i] = first_at_least(r->b, r->n, r->from[i], middle - 1);
        r->to[i] = first_at_least(r->b, r->n, r->from[i], middle + 2);
    }
}

/* ---- Cost and build --------------------------------------------------------------------------*/

/* The pairs of a sample of both sides that are in neighbouring cubes stand for all. */
static double sampled_pairs(const struct join_job *job, double cube)
{
    const uint32_t step_a = job->a->n / SAMPLE + 1, step_b = job->b->n / SAMPLE + 1;
    uint32_t n_a, n_b;
    struct point *a = read_side(job, job->a, step_a, cube, &n_a);
    struct point *b = read_side(job, job->b, step_b, cube, &n_b);
    struct around around = {.b = b, .n = b ? n_b : 0};
    double pairs = 0;
    for (uint32_t i = 0; a && b && i < n_a; i++) {
        look_around(&around, a[i].cube);
        for (int k = 0; k < 9; k++)
            pairs += around.to[k] - around.from[k];
    }
    free(a);
    free(b);
    return pairs * step_a * step_b * (job->self ? 0.5 : 1);
}

static double places_cost(const struct join_job *job)
{
    if (!job->prune || !(job->use.metric->flags & METRIC_PLACES))
        return INFINITY;
    const double way = metric_most_difference(&job->use, job->need);
    if (!(way < FARTHEST_KM))
        return INFINITY;
    return SECONDS_A_VALUE * ((double)job->a->n + job->b->n) +
           (SECONDS_A_LINE + SHARE_PASSING * SECONDS_A_PAIR) *
               sampled_pairs(job, cube_km(line_km(way)));
}

static bool build_side(const struct join_job *job, const struct side *side, double cube,
                       struct places_side *at, struct shm *index, struct err *e)
{
    struct point *point = read_side(job, side, 1, cube, &at->n);
    bool ok = point != NULL;
    if (!ok)
        err_set(e, ERR_OS, NULL, "not enough memory for places");
    ok = ok && (at->point_at = shm_alloc(index, "places", (at->n + 1ull) * sizeof *point, 64, e));
    if (ok)
        memcpy(shm_writable_array(index, at->point_at, struct point, at->n), point,
               at->n * sizeof *point);
    free(point);
    return ok;
}

static bool places_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                         struct err *e)
{
    const double cube = cube_km(line_km(metric_most_difference(&job->use, job->need)));
    struct places_head h = {.pairs = join_n_pairs(job)};
    const uint64_t at = shm_alloc(index, "places", sizeof h, 64, e);
    if (!at || !build_side(job, job->a, cube, &h.a, index, e))
        return false;
    h.b = h.a;
    if (!job->self && !build_side(job, job->b, cube, &h.b, index, e))
        return false;
    h.n_items = greatest(1, least(h.a.n, MOST_ITEMS));
    *n_items = h.n_items;
    *shm_writable(index, at, struct places_head) = h;
    return true;
}

/* ---- Workers ---------------------------------------------------------------------------------*/

static bool places_open(const struct join_job *job, struct shm_view index, void **scratch,
                        struct err *e)
{
    (void)job, (void)index, (void)e;
    *scratch = NULL;
    return true;
}

static double squared_line(const struct point *a, const struct point *b)
{
    const double x = a->at[0] - b->at[0], y = a->at[1] - b->at[1], z = a->at[2] - b->at[2];
    return x * x + y * y + z * z;
}

/* A point of A against a row of cubes. */
static void try_row(const struct join_job *job, const struct point *a, const struct point *b,
                    const struct point *end, double most, struct join_sink *sink,
                    struct join_stats *stats)
{
    for (; b < end; b++) {
        if ((job->self && a->number > b->number) || squared_line(a, b) > most)
            continue;
        const double score = metric_places_score(&job->use, a->place, b->place);
        stats->verified++;
        if (join_takes(job, score)) {
            join_put(sink, a->number, b->number, score);
            stats->matches++;
        }
    }
}

static void places_run(const struct join_job *job, struct shm_view index, void *scratch,
                       uint32_t item, struct join_sink *sink, struct join_stats *stats)
{
    (void)scratch;
    const struct places_head *h = places_head(index);
    const struct point *a = points_of(index, &h->a);
    struct around around = {.b = points_of(index, &h->b), .n = h->b.n};
    const double line = line_km(metric_most_difference(&job->use, job->need));
    const uint64_t n = h->a.n, each = h->pairs / h->n_items, before = stats->verified;
    const uint32_t from = (uint32_t)(n * item / h->n_items);
    const uint32_t to = (uint32_t)(n * (item + 1) / h->n_items);
    stats->pairs += item ? each : h->pairs - each * (h->n_items - 1);
    for (uint32_t i = from; i < to; i++) {
        if (i == from || a[i].cube != a[i - 1].cube)
            look_around(&around, a[i].cube);
        for (int k = 0; k < 9; k++)
            try_row(job, &a[i], around.b + around.from[k], around.b + around.to[k], line * line,
                    sink, stats);
    }
    stats->candidates += stats->verified - before;
}

static void places_close(void *scratch)
{
    (void)scratch;
}

const struct join join_places = {
    .name = "places",
    .what = "neighbouring cubes of space, decided by the metric itself",
    .cost = places_cost,
    .build = places_build,
    .open = places_open,
    .run = places_run,
    .close = places_close,
};
