/* Metrics of what a text stands for: number, number_ratio, days, km; and of how rare it is, rarity.
 *
 * A text that is no number, no date or no place has no score: NaN, which is no match. Not here: how
 * a text is pronounced (metric_sounds.c). */
#include "matcher/index/typed_value.h"
#include "matcher/metric/metric_internal.h"

#include <assert.h>
#include <math.h>

/* ---- Closeness -------------------------------------------------------------------------------*/

static double scale_of(const struct metric_use *use)
{
    return use->n_args ? use->args[0] : use->metric->defaults[0];
}

double metric_most_difference(const struct metric_use *use, double need)
{
    const double scale = scale_of(use);
    if (use->view == METRIC_DISTANCE)
        return need;
    if (use->view == METRIC_NORMALIZED_DISTANCE)
        return need < 1 ? scale * need : (double)INFINITY;
    return scale * (1 - need) + scale * 1e-15;
}

/* A difference on the scale of the use: 1 at none, 0 at `scale` and beyond. */
static double closeness(const struct metric_use *use, double difference)
{
    const double scale = scale_of(use);
    if (isnan(difference))
        return (double)NAN;
    switch (use->view) {
    case METRIC_DISTANCE:
        return difference;
    case METRIC_NORMALIZED_DISTANCE:
        return difference < scale ? difference / scale : 1.0;
    case METRIC_SIMILARITY:
    case METRIC_NORMALIZED_SIMILARITY:
        break;
    }
    return difference < scale ? 1.0 - difference / scale : 0.0;
}

/* The figure that A stands for, NaN if for none. */
struct value_state {
    double a;
    uint32_t a_id;
};

/* The value of A, read once while A stays the same. */
static double value_of_a(struct metric_state *s, const struct text *a, metric_number_fn *read)
{
    struct value_state *own = s->own;
    if (!a->id || a->id != own->a_id)
        own->a = read((struct bytes){a->utf8, a->utf8_bytes});
    own->a_id = a->id;
    return own->a;
}

static double value_of(const struct text *b, metric_number_fn *read)
{
    return read((struct bytes){b->utf8, b->utf8_bytes});
}

static double number(struct metric_state *s, const struct text *a, const struct text *b)
{
    return closeness(&s->use, fabs(value_of_a(s, a, value_number) - value_of(b, value_number)));
}

static double days(struct metric_state *s, const struct text *a, const struct text *b)
{
    return closeness(&s->use, fabs(value_of_a(s, a, value_days) - value_of(b, value_days)));
}

/* The smaller by the larger magnitude; 0 for different signs. */
static double number_ratio(struct metric_state *s, const struct text *a, const struct text *b)
{
    double x = value_of_a(s, a, value_number), y = value_of(b, value_number);
    if (isnan(x) || isnan(y))
        return (double)NAN;
    if (x == y)
        return 1.0;
    if (x == 0 || y == 0 || (x < 0) != (y < 0))
        return 0.0;
    x = fabs(x);
    y = fabs(y);
    return x < y ? x / y : y / x;
}

/* ---- Places ----------------------------------------------------------------------------------*/

#define DEGREE (3.14159265358979323846 / 180)

/* "48.1372, 11.5756" */
struct metric_place metric_place_of(struct bytes text)
{
    double degrees[2];
    if (!value_place(text, degrees))
        return (struct metric_place){(double)NAN, (double)NAN, (double)NAN};
    return (struct metric_place){degrees[0], degrees[1], cos(degrees[0] * DEGREE)};
}

double metric_places_score(const struct metric_use *use, struct metric_place a,
                           struct metric_place b)
{
    const double x = sin((b.latitude - a.latitude) * DEGREE / 2);
    const double y = sin((b.longitude - a.longitude) * DEGREE / 2);
    const double h = x * x + a.cosine * b.cosine * y * y;
    return closeness(use, 2 * METRIC_EARTH_KM * asin(sqrt(h > 1 ? 1 : h))); /* NaN stays */
}

struct place_state {
    struct metric_place a;
    uint32_t a_id;
};

static double km(struct metric_state *s, const struct text *a, const struct text *b)
{
    struct place_state *own = s->own;
    if (!a->id || a->id != own->a_id)
        own->a = metric_place_of((struct bytes){a->utf8, a->utf8_bytes});
    own->a_id = a->id;
    return metric_places_score(&s->use, own->a,
                               metric_place_of((struct bytes){b->utf8, b->utf8_bytes}));
}

/* ---- Rarity ----------------------------------------------------------------------------------*/

/* The bits of a value are looked up once while A stays the same. */
struct rarity_state {
    uint32_t id;
    double bits;
};

static double rarity(struct metric_state *s, const struct text *a, const struct text *b)
{
    struct rarity_state *own = s->own;
    assert(a->id && b->id);
    if (a->id != b->id)
        return 0.0;
    if (a->id != own->id)
        *own = (struct rarity_state){a->id, rarity_bits(s->use.rarity, a->id - 1)};
    return own->bits;
}

static double rarity_unequal(uint64_t length)
{
    (void)length;
    return 0.0;
}

#define SCALE_ROW(NAME, ARGUMENTS, SCALE, STATE, SCORE, READS, NUMBER, FLAGS, WHAT)                \
    {                                                                                              \
        .name = NAME, .range = "0..1", .what = WHAT, .arguments = ARGUMENTS, .max_args = 1,        \
        .defaults = {SCALE}, .views = true, .state_bytes = sizeof(STATE), .score = SCORE,          \
        .flags = METRIC_READS_UTF8 | (FLAGS), .reads = READS, .number = NUMBER                     \
    }

extern const struct metric metric_value_rows[];
const struct metric metric_value_rows[] = {
    SCALE_ROW("number", "[, scale = 1]", 1, struct value_state, number, FIGURE_NUMBER, value_number,
              0, "numbers: 1 - difference / scale; none if one is not a number"),
    {.name = "number_ratio",
     .range = "0..1",
     .what = "numbers: the smaller by the larger; 0 for different signs",
     .arguments = "",
     .state_bytes = sizeof(struct value_state),
     .score = number_ratio,
     .flags = METRIC_READS_UTF8 | METRIC_QUOTIENT,
     .reads = FIGURE_NUMBER,
     .number = value_number},
    SCALE_ROW("days", "[, scale = 30]", 30, struct value_state, days, FIGURE_DATE, value_days, 0,
              "dates (2024-12-31): 1 - days between / scale; none if one is not a date"),
    SCALE_ROW("km", "[, scale = 10]", 10, struct place_state, km, FIGURE_PLACE, NULL, METRIC_PLACES,
              "places (\"48.1, 11.6\"): 1 - great-circle km / scale; none if one is not a place"),
    {.name = "rarity",
     .range = "0..",
     .what = "the same value: log2(1 / share of the records of both columns that have it)",
     .arguments = "",
     .state_bytes = sizeof(struct rarity_state),
     .score = rarity,
     .flags = METRIC_WEIGHS_VALUES,
     .unequal = rarity_unequal},
    {.name = NULL},
};
